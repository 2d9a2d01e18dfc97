/// NumPy's rules at their edges: empty axes, axes of length 1, bounds and steps beyond the end.
module Functional.Tests.NumpyEdgeTests

open FsCheck.FSharp
open Functional
open Functional.Tests.Cases
open Expecto

let private float64 = toTensor Float64

let private shapeIs (expected: Shape) (x: Tensor) = Expect.Equal<int list>(expected, x.Shape)

/// Subscripts over five letters, each at most once in a term, with tensors of which some axes have length 1, and the same
/// tensors broadcast to the lengths of the letters.
let private stretched =
    gen {
        let! lengths = Gen.listOfLength 5 length
        let! count = Gen.choose (2, 3)
        let! terms = Gen.listOfLength count (Gen.subListOf [ 0..4 ])
        let! result = Gen.subListOf (terms |> List.concat |> List.distinct)

        let! operands =
            terms
            |> List.map (fun term ->
                gen {
                    let! ones = Gen.listOfLength term.Length (Gen.elements [ true; false ])
                    let! x = filled (List.map2 (fun i one -> if one then 1 else lengths[i]) term ones)
                    return float64 x
                })
            |> Gen.sequenceToList

        // the length of a letter is what its axes are broadcast to
        let lengthOf i =
            List.zip terms operands
            |> List.collect (fun (term, x: Tensor) -> List.zip term x.Shape)
            |> List.filter (fun (letter, n) -> letter = i && n <> 1)
            |> List.map snd
            |> List.tryHead
            |> Option.defaultValue 1

        let whole =
            (terms, operands) ||> List.map2 (fun term x -> Tensor.broadcastTo (List.map lengthOf term) x)

        let text (letters: int list) = System.String.Concat(letters |> Seq.map (fun i -> "abcde"[i]))
        return String.concat "," (List.map text terms) + "->" + text result, operands, whole
    }

[<Tests>]
let tests =
    [ testCase "einsum broadcasts axes of length 1 under a letter" (fun () ->
          forAll "einsum" stretched (fun (subscripts, operands, whole) ->
              agrees 1e-12 (plain (Tensor.einsum subscripts whole)) (Tensor.einsum subscripts operands))

          let ones shape = Tensor.ones shape

          let check expected subscripts xs =
              Expect.Equal<float list>(expected, List.ofArray (Tensor.toFloat64Array (Tensor.einsum subscripts xs)))

          check [ 3.0; 3.0 ] "ij,j->i" [ ones [ 2; 3 ]; ones [ 1 ] ]
          check [ 6.0 ] "i,i,i" [ ones [ 1 ]; ones [ 6 ]; ones [ 1 ] ]
          check [ 3.0 ] "ii,i" [ ones [ 3; 3 ]; ones [ 1 ] ]
          check [ 0.0 ] "i,i" [ ones [ 0 ]; ones [ 1 ] ]
          shapeIs [ 2; 4 ] (Tensor.einsum "ij,jk" [ ones [ 2; 1 ]; ones [ 3; 4 ] ])
          shapeIs [ 2; 3 ] (Tensor.einsum "...,..." [ ones [ 2; 1 ]; ones [ 1; 3 ] ])
          shapeIs [ 3; 2 ] (Tensor.einsum "b...,..." [ ones [ 2; 3 ]; ones [ 1 ] ])
          shapeIs [ 0 ] (Tensor.einsum "i,i->i" [ ones [ 0 ]; ones [ 1 ] ]))

      testCase "a diagonal is not broadcast" (fun () ->
          fails
              "einsum: in \"ii\" the axis 'i' has lengths 1 and 3 within one tensor; they must be equal.\ntensor  [1; 3]"
              (fun () -> Tensor.einsum "ii" [ Tensor.ones [ 1; 3 ] ]))

      testCase "slices of empty axes are empty" (fun () ->
          let none = Tensor.zeros [ 0 ]
          shapeIs [ 0 ] none[1..]
          shapeIs [ 0 ] none[0..]
          shapeIs [ 0 ] none[..5]
          shapeIs [ 0 ] none[0 .. none.Size - 1]
          shapeIs [ 0 ] none[1 .. none.Size - 1]
          let rows = Tensor.zeros [ 0; 3 ]
          shapeIs [ 0; 2 ] rows[2.., 1..]
          shapeIs [ 0 ] (Tensor.sliceAxis 0 0 System.Int32.MaxValue 1 none)
          shapeIs [ 0 ] (Tensor.sliceAxis 0 System.Int32.MaxValue System.Int32.MinValue -1 none)
          shapeIs [ 0 ] (Tensor.flip [ 0 ] none))

      testCase "an end that somebody wrote is named where it does not fit" (fun () ->
          let x = Tensor.zeros [ 2; 3 ]

          fails
              "slice: end = -1 is negative, but ranges on axis 0 of [2; 3] begin at 0; use Tensor.sliceAxis."
              (fun () -> x[1 .. -1])

          shapeIs [ 0; 3 ] x[0 .. -1]
          shapeIs [ 0; 3 ] x[5..])

      testCase "bounds and steps may be the largest numbers" (fun () ->
          let x = Tensor.arangeInt 0 4
          let shown (x: Tensor) = string x
          let last, first = System.Int32.MaxValue, System.Int32.MinValue
          Expect.Equal("[1 2 3]", shown x[1..last])
          Expect.Equal("[0]", shown (Tensor.sliceAxis 0 0 last last x))
          Expect.Equal("[3]", shown (Tensor.sliceAxis 0 last first first x))
          Expect.Equal("[0]", shown (Tensor.sliceAxis 0 first last last x))
          Expect.Equal("[1]", shown (Tensor.compile (Tensor.sliceAxis 0 1 last last) x))) ]
    |> testList "Tensor.NumpyEdge"
