/// Elements picked, added to and put in order by indices.
module Functional.Tests.IndexingTests

open System
open FsCheck.FSharp
open Functional
open Functional.Tests.Cases
open Expecto

let private float64 = toTensor Float64

let private withAxis = withAxes |> Gen.bind (fun x -> axisOf x.Lengths |> Gen.map (fun axis -> x, axis))

let private withLength = withAxis |> Gen.filter (fun (x, axis) -> x.Lengths[front x.Lengths axis] > 0)

/// Indices into an axis of length n.
let private indicesOf shape n =
    Gen.arrayOfLength (Shape.size shape) (Gen.choose (0, n - 1))
    |> Gen.map (fun elements -> { Lengths = shape; Elements = Array.map float elements })

let private withIndices =
    gen {
        let! x, axis = withLength
        let! shape = shapeOf 0 2
        let! chosen = indicesOf shape x.Lengths[front x.Lengths axis]
        return x, axis, chosen
    }

// ---------------------------------------------------------------- order

let private lines axis (f: (float * int) list -> float list) (x: Plain) =
    let axis = front x.Lengths axis
    let line index = List.init x.Lengths[axis] (fun i -> at x (List.updateAt axis i index), i)
    build x.Lengths (fun index -> (f (line index))[index[axis]])

[<Tests>]
let tests =
    [ testCase "gather picks slices" (fun () ->
          forAll "gather" withIndices (fun (x, axis, chosen) ->
              let axis' = front x.Lengths axis
              let before, after = List.take axis' x.Lengths, List.skip (axis' + 1) x.Lengths

              let element index =
                  let inner = index |> List.skip before.Length |> List.take chosen.Lengths.Length

                  List.take before.Length index
                  @ [ int (at chosen inner) ]
                  @ List.skip (before.Length + inner.Length) index
                  |> at x

              let expected = build (before @ chosen.Lengths @ after) element

              same expected (Tensor.gather axis (toTensor Int32 chosen) (float64 x))
              .&. same expected (Tensor.take axis (toTensor Int32 chosen) (float64 x))))

      testCase "scatterAdd is gather's transpose" (fun () ->
          forAll "<gather x, u> = <x, scatterAdd u>" withIndices (fun (x, axis, chosen) ->
              let t, i = float64 x, toTensor Int32 chosen
              let picked = Tensor.gather axis i t

              let updates = Tensor.ofFloat64Array picked.Shape (Array.init picked.Size (fun k -> float (k % 7) - 3.0))

              let scattered = Tensor.scatterAdd axis i updates (Tensor.zerosLike t)
              Tensor.toFloat (Tensor.sum (picked * updates)) = Tensor.toFloat (Tensor.sum (t * scattered)))

          Expect.Equal(
              "[ 1. 11. 25.]",
              string (
                  Tensor.scatterAdd 0 (tensor [ 1; 2; 2 ]) (tensor [ 10.0; 10.0; 13.0 ]) (tensor [ 1.0; 1.0; 2.0 ])
              )
          ))

      testCase "takeAlong picks elements" (fun () ->
          let cases =
              gen {
                  let! x, axis = withLength
                  let axis' = front x.Lengths axis
                  let! k = Gen.choose (0, 4)
                  // an axis of length 1 is broadcast, on either side
                  let! ones =
                      Gen.listOfLength x.Lengths.Length (Gen.frequency [ 1, Gen.constant true; 4, Gen.constant false ])

                  let shape = List.map2 (fun one n -> if one then 1 else n) ones x.Lengths |> List.updateAt axis' k
                  let! chosen = indicesOf shape x.Lengths[axis']
                  return x, axis, chosen
              }

          forAll "takeAlong" cases (fun (x, axis, chosen) ->
              let axis' = front x.Lengths axis
              let shape = List.updateAt axis' chosen.Lengths[axis'] x.Lengths

              let element index =
                  let place = List.map2 (fun i n -> if n = 1 then 0 else i) index chosen.Lengths
                  let place = List.updateAt axis' index[axis'] place
                  at x (List.updateAt axis' (int (at chosen place)) index)

              same (build shape element) (Tensor.takeAlong axis (toTensor Int32 chosen) (float64 x)))

          // the row is broadcast to two
          let x = tensor [ [ 1.0; 2.0; 3.0 ] ]
          Expect.Equal("[[3.]\n [1.]]", string (Tensor.takeAlong 1 (tensor [ [ 2 ]; [ 0 ] ]) x)))

      testCase "sorting is stable, along any axis" (fun () ->
          let up = List.sortBy fst
          let down = List.sortWith (fun (a: float, _) (b, _) -> b.CompareTo a)
          let values = List.map fst
          let places = List.map (snd >> float)

          forAll "sort" withAxis (fun (x, axis) ->
              let t = float64 x

              same (lines axis (up >> values) x) (Tensor.sort axis t)
              .&. same (lines axis (up >> places) x) (Tensor.argsort axis t)
              .&. same (lines axis (down >> values) x) (Tensor.sortDescending axis t)
              .&. same (lines axis (down >> places) x) (Tensor.argsortDescending axis t)
              .&. Tensor.sameElements (Tensor.sort axis t) (Tensor.takeAlong axis (Tensor.argsort axis t) t)))

      testCase "the largest k are the first k of the sorted" (fun () ->
          let cases =
              withAxes |> Gen.bind (fun x -> Gen.choose (0, List.last x.Lengths) |> Gen.map (fun k -> x, k))

          forAll "topK" cases (fun (x, k) ->
              let t = float64 x
              let values, places = Tensor.topK k t

              Tensor.sameElements values (Tensor.sliceAxis -1 0 k 1 (Tensor.sortDescending -1 t))
              && Tensor.sameElements values (if k = 0 then values else Tensor.takeAlong -1 places t)
              && places.DType = Int32))

      testCase "NaN is the greatest" (fun () ->
          let x = tensor [ 2.0; nan; -infinity; infinity ]
          Expect.Equal("[-inf   2.  inf  nan]", string (Tensor.sort 0 x))
          Expect.Equal("[2 0 3 1]", string (Tensor.argsort 0 x))
          Expect.Equal("[ nan  inf   2. -inf]", string (Tensor.sortDescending 0 x))
          Expect.Equal("[1 3]", string (snd (Tensor.topK 2 x))))

      testCase "whole numbers and truth are sorted too" (fun () ->
          Expect.Equal("[-5  2  9]", string (Tensor.sort 0 (tensor [ 9; -5; 2 ])))
          Expect.Equal("[False  True  True]", string (Tensor.sort 0 (tensor [ true; false; true ]))))

      testCase "indices of int64 are taken as those of int32, and none outside of the axis" (fun () ->
          let x = tensor [ [ 1.0; 2.0; 3.0 ]; [ 4.0; 5.0; 6.0 ] ]
          let longs = Tensor.ofInt64s [ 2 ] [| 1L; 0L |]
          let ints = Tensor.ofInts [ 2 ] [| 1; 0 |]
          Expect.True(Tensor.sameElements (Tensor.gather 0 ints x) (Tensor.gather 0 longs x))
          Expect.True(Tensor.sameElements (Tensor.scatterAdd 0 ints x x) (Tensor.scatterAdd 0 longs x x))
          Expect.True(Tensor.sameElements (Tensor.oneHot 3 ints) (Tensor.oneHot 3 longs))
          // 2^32 would be 0 in 32 bits
          let far = Tensor.ofInt64s [ 1 ] [| 4294967296L |]
          Expect.Throws<FunctionalException>(fun () -> Tensor.gather 0 far x |> ignore) |> ignore)

      // ---------------------------------------------------------------- errors
      testCase "indices out of range are refused" (fun () ->
          let x = tensor [ [ 1.0; 2.0; 3.0 ]; [ 4.0; 5.0; 6.0 ] ]

          fails "gather: index = 2 is outside axis 0, of length 2." (fun () -> Tensor.gather 0 (tensor [ 0; 2 ]) x)
          fails "gather: index = -1 is outside axis 1, of length 3." (fun () -> Tensor.gather 1 (tensor [ -1 ]) x)

          fails
              "gather: indices must be int32 or int64; cast them with Tensor.cast Int32 (the indices' type is float32)"
              (fun () -> Tensor.gather 0 (tensor [ 1.0 ]) x)

          fails "gather: axis 2 is outside the shape [2; 3]; the axes are 0 to 1, or -1 to -2 from the end." (fun () ->
              Tensor.gather 2 (tensor [ 0 ]) x)

          // never an element of another row
          for index in [ 3; -1; -4; 7; Int32.MaxValue ] do
              let error =
                  Expect.Throws<FunctionalException>(fun () ->
                      Tensor.takeAlong 1 (tensor [ [ index ]; [ 0 ] ]) x |> ignore)

              Expect.StartsWith("gather: index = ", error.Message)

          fails
              "takeAlong: both need the same number of axes; put axes of length 1 in with Tensor.expandDims.\ntensor   [2; 3]\nindices  [2]"
              (fun () -> Tensor.takeAlong 1 (tensor [ 0; 1 ]) x)

          fails
              "takeAlong: cannot broadcast: counted from the last axis, lengths 2 and 3 are neither equal nor 1.\nleft   [2]\nright  [3]"
              (fun () -> Tensor.takeAlong 1 (tensor [ [ 0 ]; [ 0 ]; [ 0 ] ]) x)

          fails
              "scatterAdd: the updates' shape is the tensor's with the axis replaced by the indices' shape.\n\
               tensor    [2; 3]\nindices   [1]\nupdates   [2; 3]\nexpected  [1; 3]"
              (fun () -> Tensor.scatterAdd 0 (tensor [ 0 ]) x x)

          fails "scatterAdd: index = 2 is outside axis 0, of length 2." (fun () ->
              Tensor.scatterAdd 0 (tensor [ 2 ]) (Tensor.zeros [ 1; 3 ]) x)

          fails "topK: k = 4 is outside 0 to 3, the length of the last axis of [2; 3]." (fun () -> Tensor.topK 4 x)
          fails "topK: k = -1 is outside 0 to 3, the length of the last axis of [2; 3]." (fun () -> Tensor.topK -1 x)
          fails "sort: axis 0 is outside the shape []; a scalar has no axes." (fun () -> Tensor.sort 0 (tensor 1.0))) ]
    |> testList "Tensor.Indexing"
