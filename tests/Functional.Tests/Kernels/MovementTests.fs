module Functional.Tests.Kernels.MovementTests

open System
open FsCheck.FSharp
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

let private copy (view: View<'T>) =
    onlyResult (fun () ->
        let y: 'T[] = Array.zeroCreate (List.fold (*) 1 view.Shape)
        let x = Operand<'T>(ReadOnlySpan view.Elements, view.Offset, ReadOnlySpan view.Strides)
        StridedKernels.Copy(ReadOnlySpan(Array.ofList view.Shape), &x, Span y)
        y)

let private copies (element: Element<'T>) =
    let views = shapes |> Gen.bind (fun shape -> viewOf shape element)

    Law.checkWith 50 "copies of views" (Prop.forAll (Arb.fromGen views) (fun view -> same (read view) (copy view)))

/// outer, n and inner, and some indices below n.
let private gathers =
    gen {
        let! outer = Gen.choose (1, 4)
        let! n = Gen.choose (1, 9)
        let! inner = Gen.oneof [ Gen.constant 1; Gen.choose (1, 40); Gen.choose (100, 150) ]
        let! indices = Gen.arrayOf (Gen.choose (0, n - 1))
        let! many = Gen.elements [ 1; 1; 1; 1; 1; 50 ]
        return outer, n, inner, Array.concat (Array.replicate many indices)
    }
    |> Arb.fromGen

[<Tests>]
let tests =
    [ testCase "a view is copied in row-major order" (fun () ->
          copies singles
          copies doubles
          copies ints
          copies bools)

      testCase "elements of images that are repeated, in rows of any length" (fun () ->
          let cases =
              gen {
                  let! images = Gen.elements [ 1; 3; 70 ]

                  let! height, width =
                      Gen.zip (Gen.choose (1, 5)) (Gen.oneof [ Gen.choose (1, 9); Gen.choose (60, 70) ])

                  let! channels = Gen.oneof [ Gen.choose (1, 40); Gen.choose (120, 140) ]
                  let! down, across = Gen.zip (Gen.choose (1, 3)) (Gen.choose (1, 3))
                  return images, height, width, channels, down, across
              }

          let repeated (element: Element<'T>) =
              Law.checkWith
                  30
                  "repeated"
                  (Prop.forAll (Arb.fromGen cases) (fun (images, height, width, channels, down, across) ->
                      let random = Random channels
                      let row = width * channels

                      let view =
                          { Elements = Array.init (images * height * row) (fun _ -> element random)
                            Offset = 0
                            Shape = [ images; height; down; width; across; channels ]
                            Strides = [| height * row; row; 0; channels; 0; 1 |] }

                      same (read view) (copy view)))

          repeated singles
          repeated doubles
          repeated bools)

      testCase "a transpose of any size has its rows for columns" (fun () ->
          let sizes =
              Gen.zip
                  (Gen.oneof [ Gen.choose (1, 20); Gen.choose (60, 140) ])
                  (Gen.oneof [ Gen.choose (1, 20); Gen.choose (60, 140) ])

          let transposed (element: Element<'T>) =
              Law.checkWith
                  30
                  "transposes"
                  (Prop.forAll (Arb.fromGen (Gen.zip sizes (arrayOf 1 element))) (fun ((m, n), first) ->
                      let view =
                          { Elements =
                              Array.init (2 * m * n) (fun i ->
                                  if i % 7 = 3 then first[0] else Unchecked.defaultof<'T>)
                            Offset = 0
                            Shape = [ 2; n; m ]
                            Strides = [| m * n; 1; n |] }

                      same (read view) (copy view)))

          transposed singles
          transposed doubles
          transposed bools)

      testCase "written views hold what was copied, and nothing else is touched" (fun () ->
          let cases =
              gen {
                  let! shape = Gen.choose (0, 3) |> Gen.bind (fun rank -> Gen.listOfLength rank (Gen.choose (0, 9)))
                  let! from = viewOf shape ints
                  let! order = Gen.shuffle [| 0 .. shape.Length - 1 |]
                  let! gaps = Gen.listOfLength shape.Length (Gen.choose (0, 2))
                  let strides = Array.zeroCreate shape.Length
                  let mutable size = 1

                  for axis in order do
                      strides[axis] <- size
                      size <- size * (shape[axis] + gaps[axis])

                  return from, strides, max 1 size
              }

          Law.checkWith
              50
              "copies to views"
              (Prop.forAll (Arb.fromGen cases) (fun (from, strides, size) ->
                  let result =
                      onlyResult (fun () ->
                          let y = Array.create (size + 3) 777
                          let x = Operand<int>(ReadOnlySpan from.Elements, from.Offset, ReadOnlySpan from.Strides)

                          StridedKernels.Copy(
                              ReadOnlySpan(Array.ofList from.Shape),
                              &x,
                              Span y,
                              2,
                              ReadOnlySpan strides
                          )

                          y)

                  let expected = Array.create (size + 3) 777

                  for p, v in List.zip (positions from.Shape) (List.ofArray (read from)) do
                      expected[2 + Seq.sum (Seq.map2 (*) p strides)] <- v

                  same expected result)))

      testCase "filling sets every element" (fun () ->
          for n in [ 0; 1; 1000; 300_001 ] do
              let y = Array.zeroCreate n
              StridedKernels.Fill(Span y, 3.5f)
              Expect.All(y, (fun v -> Expect.Equal(3.5f, v))))

      lawWith
          50
          "gathering reads at the indices"
          (Prop.forAll gathers (fun (outer, n, inner, indices) ->
              let x = Array.init (outer * n * inner) float32

              let result =
                  onlyResult (fun () ->
                      let y = Array.zeroCreate (outer * indices.Length * inner)
                      GatherKernels.Gather(ReadOnlySpan x, outer, n, inner, ReadOnlySpan indices, Span y)
                      y)

              let expected =
                  [| for o in 0 .. outer - 1 do
                         for j in indices do
                             x[(o * n + j) * inner .. (o * n + j) * inner + inner - 1] |]
                  |> Array.concat

              same expected result))

      lawWith
          50
          "scattering adds at the indices, in their order"
          (Prop.forAll gathers (fun (outer, n, inner, indices) ->
              let x = Array.init (outer * n * inner) (fun i -> 0.1f * float32 i)
              let updates = Array.init (outer * indices.Length * inner) (fun i -> 0.3f * float32 (i % 17))

              let result =
                  onlyResult (fun () ->
                      let y = Array.copy x

                      GatherKernels.ScatterAdd(Span y, outer, n, inner, ReadOnlySpan indices, ReadOnlySpan updates)

                      y)

              let expected = Array.copy x

              for o in 0 .. outer - 1 do
                  for j in 0 .. indices.Length - 1 do
                      for i in 0 .. inner - 1 do
                          let k = (o * n + indices[j]) * inner + i
                          expected[k] <- expected[k] + updates[(o * indices.Length + j) * inner + i]

              same expected result))

      testCase "the first index outside an axis is found" (fun () ->
          Expect.Equal(-1, GatherKernels.FirstOutside(ReadOnlySpan [| 0; 4; 2 |], 5))
          Expect.Equal(1, GatherKernels.FirstOutside(ReadOnlySpan [| 0; 5; -1 |], 5))
          Expect.Equal(2, GatherKernels.FirstOutside(ReadOnlySpan [| 0; 4; -1 |], 5))
          Expect.Equal(0, GatherKernels.FirstOutside(ReadOnlySpan [| 0 |], 0))

          Expect.Throws<ArgumentException>(fun () ->
              GatherKernels.Gather(ReadOnlySpan [| 1.0; 2.0 |], 1, 2, 1, ReadOnlySpan [| 2 |], Span [| 0.0 |]))
          |> ignore) ]
    |> testList "Kernels.Movement"
