/// The same elements in another shape, order or number.
module Functional.Tests.ShapingTests

open FsCheck.FSharp
open Functional
open Functional.Tests.Cases
open Expecto

let private withAxis = withAxes |> Gen.bind (fun x -> axisOf x.Lengths |> Gen.map (fun axis -> x, axis))

let private float64 = toTensor Float64

let private shapeIs (expected: Shape) (x: Tensor) = Expect.Equal<int list>(expected, x.Shape)

// ---------------------------------------------------------------- slices

/// The positions that Python's start:stop:step takes of n elements.
let private pythonPositions n start stop step =
    let from bound = if bound < 0L then bound + int64 n else bound

    let start, stop = from (int64 start), from (int64 stop)

    if step > 0 then
        List.unfold (fun i -> if i < min stop (int64 n) then Some(int i, i + int64 step) else None) (max start 0L)
    else
        List.unfold (fun i -> if i > max stop -1L then Some(int i, i + int64 step) else None) (min start (int64 n - 1L))

// ---------------------------------------------------------------- F#'s own syntax

/// An index, or a range with both ends.
type private Pick =
    | At of int
    | Range of int option * int option

[<Tests>]
let tests =
    [ testCase "reshaping keeps the elements in order" (fun () ->
          forAll "reshape and flatten" anyPlain (fun x ->
              let t = float64 x
              let flat = Tensor.flatten t

              same { Lengths = [ x.Elements.Length ]; Elements = x.Elements } flat
              .&. same x (Tensor.reshape x.Lengths flat))

          shapeIs [ 2; 3 ] (Tensor.reshape [ 2; -1 ] (Tensor.zeros [ 6 ]))
          shapeIs [ 1 ] (Tensor.reshape [ -1 ] (tensor 1.0))
          shapeIs [ 3; 0 ] (Tensor.reshape [ 3; -1 ] (Tensor.zeros [ 0; 7 ])))

      testCase "axes of length one come and go" (fun () ->
          shapeIs [ 1; 2; 3 ] (Tensor.expandDims 0 (Tensor.zeros [ 2; 3 ]))
          shapeIs [ 2; 3; 1 ] (Tensor.expandDims -1 (Tensor.zeros [ 2; 3 ]))
          shapeIs [ 2; 1; 3 ] (Tensor.expandDims -2 (Tensor.zeros [ 2; 3 ]))
          shapeIs [ 2; 3 ] (Tensor.squeeze (Tensor.zeros [ 1; 2; 1; 3 ]))
          shapeIs [ 2; 1; 3 ] (Tensor.squeezeAxes [ 0 ] (Tensor.zeros [ 1; 2; 1; 3 ]))
          shapeIs [ 1; 2; 3 ] (Tensor.squeezeAxes [ -2 ] (Tensor.zeros [ 1; 2; 1; 3 ])))

      testCase "axes in another order hold the same elements at their new places" (fun () ->
          let withOrder =
              gen {
                  let! x = anyPlain
                  let! order = Gen.shuffle [| 0 .. x.Lengths.Length - 1 |]
                  let! back = Gen.arrayOfLength order.Length (Gen.elements [ true; false ])
                  return x, List.ofArray order, List.ofArray back
              }

          forAll "permute" withOrder (fun (x, order, back) ->
              let shape = order |> List.map (fun i -> x.Lengths[i])
              // axis k of the result is axis order[k] of x
              let source index =
                  List.init order.Length (fun i -> List.item (List.findIndex ((=) i) order) index)

              let named = List.map2 (fun i fromEnd -> if fromEnd then i - order.Length else i) order back
              same (build shape (source >> at x)) (Tensor.permute named (float64 x)))

          forAll "transpose" anyPlain (fun x ->
              same (build (List.rev x.Lengths) (List.rev >> at x)) (Tensor.transpose (float64 x)))

          let withTwo = withAxis |> Gen.bind (fun (x, i) -> axisOf x.Lengths |> Gen.map (fun j -> x, i, j))

          forAll "swapAxes" withTwo (fun (x, i, j) ->
              let i', j' = front x.Lengths i, front x.Lengths j

              let swap (list: int list) =
                  list
                  |> List.mapi (fun k _ ->
                      list[if k = i' then j'
                           elif k = j' then i'
                           else k])

              same (build (swap x.Lengths) (swap >> at x)) (Tensor.swapAxes i j (float64 x)))

          forAll "moveAxis" withTwo (fun (x, i, j) ->
              let i', j' = front x.Lengths i, front x.Lengths j
              let move from into (list: int list) = list |> List.removeAt from |> List.insertAt into list[from]
              same (build (move i' j' x.Lengths) (move j' i' >> at x)) (Tensor.moveAxis i j (float64 x))))

      testCase "flip reverses" (fun () ->
          let withSome = anyPlain |> Gen.bind (fun x -> axesOf x.Lengths |> Gen.map (fun axes -> x, axes))

          forAll "flip" withSome (fun (x, axes) ->
              let axes' = axes |> List.map (front x.Lengths)
              let source = List.mapi (fun i k -> if List.contains i axes' then x.Lengths[i] - 1 - k else k)
              same (build x.Lengths (source >> at x)) (Tensor.flip axes (float64 x))))

      testCase "tile and repeat, as in NumPy" (fun () ->
          let withRepeats =
              Gen.zip anyPlain (Gen.choose (0, 4) |> Gen.bind (fun n -> Gen.listOfLength n (Gen.choose (0, 3))))

          forAll "tile" withRepeats (fun (x, repeats) ->
              let rank = max repeats.Length x.Lengths.Length
              let pad (list: int list) = List.replicate (rank - list.Length) 1 @ list
              let lengths = pad x.Lengths
              let long = { x with Lengths = lengths }

              same
                  (build (List.map2 (*) (pad repeats) lengths) (fun index -> at long (List.map2 (%) index lengths)))
                  (Tensor.tile repeats (float64 x)))

          forAll "repeat" (Gen.zip withAxis (Gen.choose (0, 3))) (fun ((x, axis), n) ->
              let axis' = front x.Lengths axis
              let shape = List.updateAt axis' (n * x.Lengths[axis']) x.Lengths

              same
                  (build shape (List.mapi (fun i k -> if i = axis' then k / n else k) >> at x))
                  (Tensor.repeat n axis (float64 x))))

      testCase "split and concat are inverses, and stack and unstack" (fun () ->
          let withSizes =
              gen {
                  let! x, axis = withAxis
                  let n = x.Lengths[front x.Lengths axis]
                  let! cuts = Gen.listOf (Gen.choose (0, n))
                  let sizes = [ 0 ] @ List.sort cuts @ [ n ] |> List.pairwise |> List.map (fun (a, b) -> b - a)
                  return x, axis, sizes
              }

          forAll "split" withSizes (fun (x, axis, sizes) ->
              let parts = Tensor.split axis sizes (float64 x)

              (parts |> List.map (fun p -> p.Shape[front x.Lengths axis])) = sizes
              && close 0.0 x (Tensor.concat axis parts))

          forAll
              "unstack"
              (withAxis |> Gen.filter (fun (x, axis) -> x.Lengths[front x.Lengths axis] > 0))
              (fun (x, axis) ->
                  let parts = Tensor.unstack axis (float64 x)

                  parts |> List.forall (fun p -> p.Shape = List.removeAt (front x.Lengths axis) x.Lengths)
                  && close 0.0 x (Tensor.stack axis parts))

          let x = Tensor.arangeInt 0 6
          Expect.Equal("[2 3]", string (List.item 1 (Tensor.splitEqual 0 3 x)))
          shapeIs [ 6; 2 ] (Tensor.stack -1 [ x; x ])
          shapeIs [ 2; 6 ] (Tensor.stack 0 [ x; x ]))

      testCase "slices have Python's meaning" (fun () ->
          let bound =
              Gen.frequency [ 8, Gen.choose (-7, 7); 1, Gen.elements [ System.Int32.MinValue; System.Int32.MaxValue ] ]

          let step =
              Gen.elements [ 1; 1; 1; 2; 3; 7; -1; -1; -2; -3; -7; System.Int32.MinValue; System.Int32.MaxValue ]

          let cases =
              gen {
                  let! x, axis = withAxis
                  let! start = bound
                  let! stop = bound
                  let! step = step
                  return x, axis, start, stop, step
              }

          forAll "sliceAxis" cases (fun (x, axis, start, stop, step) ->
              let axis' = front x.Lengths axis
              let positions = pythonPositions x.Lengths[axis'] start stop step
              let shape = List.updateAt axis' positions.Length x.Lengths

              same
                  (build shape (List.mapi (fun i k -> if i = axis' then positions[k] else k) >> at x))
                  (Tensor.sliceAxis axis start stop step (float64 x)))

          let x = Tensor.reshape [ 3; 4 ] (Tensor.arangeInt 0 12)
          Expect.Equal("[[11  9]\n [ 7  5]]", string (Tensor.slice [ (-1, 0, -1); (3, 0, -2) ] x))
          Expect.Equal("[[4 5 6 7]]", string (Tensor.slice [ (1, 2, 1) ] x)))

      testCase "padding puts the value around the elements" (fun () ->
          let cases =
              gen {
                  let! x = anyPlain
                  let! paddings = Gen.listOfLength x.Lengths.Length (Gen.zip (Gen.choose (0, 2)) (Gen.choose (0, 2)))
                  return x, paddings
              }

          forAll "padWith" cases (fun (x, paddings) ->
              let shape = List.map2 (fun (low, high) n -> low + n + high) paddings x.Lengths

              let element index =
                  let inner = List.map2 (fun (low, _) i -> i - low) paddings index

                  if List.forall2 (fun i n -> i >= 0 && i < n) inner x.Lengths then
                      at x inner
                  else
                      1.5

              same (build shape element) (Tensor.padWith 1.5 paddings (float64 x)))

          Expect.Equal("[0 1 0 0]", string (Tensor.pad [ 1, 2 ] (tensor [ 1 ]))))

      testCase "F#'s slices are lists of indices" (fun () ->
          let x = { Lengths = [ 3; 2; 4; 2 ]; Elements = Array.init 48 float }
          let t = float64 x

          /// The tensor that the picks give, from lists of positions.
          let picked picks =
              let positions =
                  List.mapi
                      (fun axis n ->
                          match List.tryItem axis picks with
                          | Some(At i) -> [ (if i < 0 then i + n else i) ]
                          | Some(Range(first, last)) ->
                              [ defaultArg first 0 .. min (n - 1) (defaultArg last (n - 1)) ]
                          | None -> [ 0 .. n - 1 ])
                      x.Lengths

              let shape =
                  positions
                  |> List.mapi (fun axis p ->
                      match List.tryItem axis picks with
                      | Some(At _) -> []
                      | Some(Range _)
                      | None -> [ p.Length ])
                  |> List.concat

              let all =
                  build (positions |> List.map List.length) (fun index -> at x (List.map2 List.item index positions))

              { all with Lengths = shape }

          let check picks (actual: Tensor) = Expect.True(close 0.0 (picked picks) actual, $"%A{picks}")

          let all = Range(None, None)
          check [ At 1 ] t[1]
          check [ At -1 ] t[-1]
          check [ At 1; At 0 ] t[1, 0]
          check [ At 1; At 0; At -2 ] t[1, 0, -2]
          check [ At 1; At 0; At 2; At 1 ] t[1, 0, 2, 1]
          check [ Range(Some 1, None) ] t[1..]
          check [ Range(None, Some 1) ] t[..1]
          check [ all; At 1 ] t[*, 1]
          check [ At 2; all ] t[2, *]
          check [ Range(Some 0, Some 1); all ] t[0..1, *]
          check [ all; all; At 3 ] t[*, *, 3]
          check [ all; At 0; Range(Some 1, Some 2) ] t[*, 0, 1..2]
          check [ At 0; all; all ] t[0, *, *]
          check [ At 0; At 1; Range(Some 1, None) ] t[0, 1, 1..]
          check [ Range(Some 1, None); At 1; At 1 ] t[1.., 1, 1]
          check [ At 0; Range(None, Some 0); At 1 ] t[0, ..0, 1]
          check [ all; all; all ] t[*, *, *]
          check [ all; all; Range(Some 1, Some 2); all ] t[*, *, 1..2, *]
          check [ At -1; all; At -1; all ] t[-1, *, -1, *]
          check [ all; At 1; all; At 1 ] t[*, 1, *, 1]
          check [ At 2; At 1; At 3; all ] t[2, 1, 3, *]
          check [ all; At 1; At 3; At 0 ] t[*, 1, 3, 0]
          check [ At 0; all; At 3; At 0 ] t[0, *, 3, 0]
          check [ At 0; At 1; all; At 0 ] t[0, 1, *, 0]
          check [ all; all; At 0; At 0 ] t[*, *, 0, 0]
          check [ At 0; At 0; all; all ] t[0, 0, *, *]
          check [ At 0; all; all; At 1 ] t[0, *, *, 1]
          check [ all; At 0; At 0; all ] t[*, 0, 0, *]
          check [ At 1; all; all; all ] t[1, *, *, *]
          check [ all; At 1; all; all ] t[*, 1, *, *]
          check [ all; all; At 1; all ] t[*, *, 1, *]
          check [ all; all; all; At 1 ] t[*, *, *, 1]
          // beyond the end there is nothing
          check [ Range(Some 1, Some 9) ] t[1..9]
          shapeIs [ 0; 2; 4; 2 ] t[5..9]
          shapeIs [ 0; 2; 4; 2 ] t[.. -1]
          shapeIs [ 0; 2; 4; 2 ] t[2..1])

      // ---------------------------------------------------------------- errors
      testCase "shapes that cannot be say why" (fun () ->
          let x = Tensor.zeros [ 2; 3 ]

          fails "reshape: 6 elements cannot take a shape of 8.\nfrom  [2; 3]\nto    [2; 4]" (fun () ->
              Tensor.reshape [ 2; 4 ] x)

          fails "reshape: no length in the place of -1 makes 6 elements.\nfrom  [2; 3]\nto    [4; -1]" (fun () ->
              Tensor.reshape [ 4; -1 ] x)

          fails "reshape: no length in the place of -1 makes 0 elements.\nfrom  [0]\nto    [0; -1]" (fun () ->
              Tensor.reshape [ 0; -1 ] (Tensor.zeros [ 0 ]))

          fails
              "reshape: shape = [-1; -1] has more than a single -1, or another negative length; leave one to be found."
              (fun () -> Tensor.reshape [ -1; -1 ] x)

          fails "expandDims: axis = 3 has no place in [2; 3]; a new axis goes at 0 to 2, or at -1 to -3." (fun () ->
              Tensor.expandDims 3 x)

          fails "squeeze: axis 1 has length 3; only an axis of length 1 can be taken away.\ntensor  [2; 3]" (fun () ->
              Tensor.squeezeAxes [ 1 ] x)

          fails "permute: order = [0; 0] must name each of the 2 axes of [2; 3] once." (fun () ->
              Tensor.permute [ 0; 0 ] x)

          fails "permute: order = [0] must name each of the 2 axes of [2; 3] once." (fun () -> Tensor.permute [ 0 ] x)

          fails
              "swapAxes: axis 2 is outside the shape [2; 3]; the axes are 0 to 1, or -1 to -2 from the end."
              (fun () -> Tensor.swapAxes 0 2 x)

          fails "concat: tensors = [] is an empty list; give one tensor at least." (fun () -> Tensor.concat 0 [])
          fails "stack: tensors = [] is an empty list; give one tensor at least." (fun () -> Tensor.stack 0 [])

          fails
              "concat: all shapes must agree but for axis 0, along which they are joined.\nfirst  [2; 3]\nother  [2; 2]"
              (fun () -> Tensor.concat 0 [ x; Tensor.zeros [ 2; 2 ] ])

          fails
              "stack: all shapes must be equal; `concat` joins along an axis they have.\nfirst  [2; 3]\nother  [1; 3]"
              (fun () -> Tensor.stack 0 [ x; Tensor.zeros [ 1; 3 ] ])

          fails "split: sizes = [1; 1] must be 0 or more and add up to 3, the length of axis 1 of [2; 3]." (fun () ->
              Tensor.split 1 [ 1; 1 ] x)

          fails "splitEqual: n = 2 does not divide axis 1 of [2; 3]; give unequal sizes to Tensor.split." (fun () ->
              Tensor.splitEqual 1 2 x)

          fails "slice: step = 0 never moves; give a positive or a negative step." (fun () ->
              Tensor.sliceAxis 0 0 1 0 x)

          fails "slice: 3 ranges were given for 2 axes; give one for each axis at most.\ntensor  [2; 3]" (fun () ->
              Tensor.slice [ (0, 1, 1); (0, 1, 1); (0, 1, 1) ] x)

          fails "pad: 1 paddings were given; give one for each axis.\ntensor  [2; 3]" (fun () -> Tensor.pad [ 1, 1 ] x)

          fails "pad: padding = (-1, 0) is negative; use a slice to cut elements away." (fun () ->
              Tensor.pad [ (-1, 0); (0, 0) ] x)

          fails "tile: repeats = [-1] has a negative number; repeat 0 times or more." (fun () -> Tensor.tile [ -1 ] x)

          fails
              "tile: repeats = [100000; 100000] makes more than the 2,147,483,591 elements that one tensor holds."
              (fun () -> Tensor.tile [ 100000; 100000 ] x)

          fails "repeat: n = -1 is negative; repeat 0 times or more." (fun () -> Tensor.repeat -1 0 x)

          fails "repeat: n = 2000000000 makes more than the 2,147,483,591 elements that one tensor holds." (fun () ->
              Tensor.repeat 2000000000 0 x))

      testCase "indices out of range say what there is" (fun () ->
          let x = Tensor.zeros [ 2; 3 ]
          fails "slice: index = 2 is outside axis 0 of [2; 3]; it has 0 to 1 and -1 to -2." (fun () -> x[2])
          fails "slice: index = -4 is outside axis 1 of [2; 3]; it has 0 to 2 and -1 to -3." (fun () -> x[0, -4])

          fails "slice: index = 0 is outside axis 0 of [0; 3], which has no elements." (fun () ->
              (Tensor.zeros [ 0; 3 ])[0])

          fails "slice: 3 indices were given for 2 axes.\ntensor  [2; 3]" (fun () -> x[0, 0, 0])

          fails
              "slice: start = -2 is negative, but ranges on axis 0 of [2; 3] begin at 0; use Tensor.sliceAxis."
              (fun () -> x[-2 ..])

          fails
              "slice: end = -2 is negative, but ranges on axis 1 of [2; 3] begin at 0; use Tensor.sliceAxis."
              (fun () -> x[*, .. -2])) ]
    |> testList "Tensor.Shaping"
