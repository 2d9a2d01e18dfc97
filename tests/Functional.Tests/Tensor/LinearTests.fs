/// Products of any rank, and einsum, against plain loops.
module Functional.Tests.LinearTests

open FsCheck.FSharp
open Functional
open Functional.Tests.Cases
open Expecto

let private float64 = toTensor Float64

let private has (expected: float list) (x: Tensor) =
    Expect.Equal<float list>(expected, List.ofArray (Tensor.toFloat64Array x))

// ---------------------------------------------------------------- einsum by its definition

/// Sums of products over all values of all letters. `terms` and `result` are letters without ellipsis.
let private loops (terms: string list) (result: string) (xs: Plain list) =
    let lengths =
        List.zip terms xs
        |> List.collect (fun (term, x) -> List.zip (List.ofSeq term) x.Lengths)
        |> Map.ofList

    let letters = String.concat "" terms |> Seq.distinct |> List.ofSeq
    let summed = letters |> List.filter (fun c -> not (result.Contains c))

    build (result |> Seq.map (fun c -> lengths[c]) |> List.ofSeq) (fun index ->
        let outer = Seq.zip result index |> Map.ofSeq

        indices (summed |> List.map (fun c -> lengths[c]))
        |> List.sumBy (fun inner ->
            let place = List.zip summed inner |> List.fold (fun m (c, i) -> Map.add c i m) outer

            List.zip terms xs
            |> List.fold (fun product (term, x) -> product * at x [ for c in term -> place[c] ]) 1.0))

/// Random subscripts over five letters, letters twice in a term included, with tensors for them.
let private subscripts =
    gen {
        let! lengths = Gen.listOfLength 5 length
        let! count = Gen.choose (1, 3)

        let! terms =
            Gen.listOfLength count (Gen.choose (0, 3) |> Gen.bind (fun n -> Gen.listOfLength n (Gen.choose (0, 4))))

        let all = terms |> List.concat |> List.distinct
        let! some = Gen.subListOf all
        let! result = Gen.shuffle (List.toArray some)
        let! xs = terms |> List.map (List.map (fun i -> lengths[i]) >> filled) |> Gen.sequenceToList
        let text (letters: seq<int>) = System.String.Concat(letters |> Seq.map (fun i -> "abcde"[i]))
        return List.map text terms, text result, xs
    }

// ---------------------------------------------------------------- matmul

/// Two tensors that matmul takes, and their common batch.
let private factors =
    gen {
        let! batch = shapeOf 0 2
        let! m = length
        let! k = length
        let! n = length

        let side (matrix: Shape) (vector: Shape) =
            gen {
                let! kind = Gen.choose (0, 5)

                if kind = 0 then
                    return! filled vector
                else
                    let! skipped = Gen.choose (0, batch.Length)
                    let tail = List.skip skipped batch

                    let! ones =
                        Gen.listOfLength tail.Length (Gen.frequency [ 1, Gen.constant true; 3, Gen.constant false ])

                    return! filled (List.map2 (fun one n -> if one then 1 else n) ones tail @ matrix)
            }

        let! a = side [ m; k ] [ k ]
        let! b = side [ k; n ] [ k ]
        return a, b
    }

// ---------------------------------------------------------------- diagonals

let private matrices = shapeOf 2 4 |> Gen.bind filled

[<Tests>]
let tests =
    [ testCase "einsum is sums of products" (fun () ->
          forAll "einsum" subscripts (fun (terms, result, xs) ->
              let text = String.concat "," terms + "->" + result
              agrees 1e-12 (loops terms result xs) (Tensor.einsum text (List.map float64 xs))))

      testCase "einsum without an arrow keeps the letters that appear once, in order" (fun () ->
          forAll "implicit einsum" subscripts (fun (terms, _, xs) ->
              let result =
                  String.concat "" terms
                  |> Seq.countBy id
                  |> Seq.filter (fun (_, n) -> n = 1)
                  |> Seq.map fst
                  |> Seq.sort
                  |> Seq.toArray
                  |> System.String

              agrees 1e-12 (loops terms result xs) (Tensor.einsum (String.concat "," terms) (List.map float64 xs))))

      testCase "einsum's ellipsis stands for axes that are broadcast" (fun () ->
          let a = { Lengths = [ 2; 1; 3; 4 ]; Elements = Array.init 24 float }
          let b = { Lengths = [ 5; 4; 2 ]; Elements = Array.init 40 float }
          let product = Tensor.matmul (float64 a) (float64 b)
          Expect.True(Tensor.sameElements product (Tensor.einsum "...ij,...jk->...ik" [ float64 a; float64 b ]))
          Expect.True(Tensor.sameElements product (Tensor.einsum "...ij, ...jk" [ float64 a; float64 b ]))
          let x = float64 a
          Expect.True(Tensor.sameElements (Tensor.swapAxes -1 -2 x) (Tensor.einsum "...ij->...ji" [ x ]))
          Expect.True(Tensor.sameElements (Tensor.sumOver [ 0; 1 ] x) (Tensor.einsum "...ij->ij" [ x ]))
          Expect.True(Tensor.sameElements (Tensor.moveAxis 0 -1 x) (Tensor.einsum "i...->...i" [ x ])))

      testCase "matmul of any ranks is the product over the last two axes" (fun () ->
          forAll "matmul" factors (fun (a, b) ->
              let wide (x: Plain) vector = if x.Lengths.Length = 1 then { x with Lengths = vector } else x
              let x, y = wide a (1 :: a.Lengths), wide b (b.Lengths @ [ 1 ])
              let parts (s: Shape) = List.splitAt (s.Length - 2) s
              let (xBatch, xMatrix), (yBatch, yMatrix) = parts x.Lengths, parts y.Lengths
              let batch = Core.broadcastShape "test" xBatch yBatch

              let narrow (s: Shape) index =
                  List.map2 (fun i n -> if n = 1 then 0 else i) (List.skip (List.length index - s.Length) index) s

              let whole =
                  build (batch @ [ xMatrix[0]; yMatrix[1] ]) (fun index ->
                      let outer, inner = List.splitAt batch.Length index

                      [ 0 .. xMatrix[1] - 1 ]
                      |> List.sumBy (fun p ->
                          at x (narrow xBatch outer @ [ inner[0]; p ])
                          * at y (narrow yBatch outer @ [ p; inner[1] ])))

              let shape =
                  batch
                  @ (if a.Lengths.Length = 1 then [] else [ xMatrix[0] ])
                  @ (if b.Lengths.Length = 1 then [] else [ yMatrix[1] ])

              agrees 1e-12 { whole with Lengths = shape } (Tensor.matmul (float64 a) (float64 b))))

      testCase "dot sums over the last axis and the last but one" (fun () ->
          let cases =
              gen {
                  let! k = length
                  let! before = shapeOf 0 2
                  let! others = shapeOf 0 2
                  let! a = filled (before @ [ k ])
                  let! b = filled (if others.IsEmpty then [ k ] else List.insertAt (others.Length - 1) k others)
                  return a, b
              }

          forAll "dot" cases (fun (a, b) ->
              let left = "abc".Substring(0, a.Lengths.Length - 1) + "z"

              let right =
                  (if b.Lengths.Length = 1 then
                       "z"
                   else
                       "pqr".Substring(0, b.Lengths.Length - 2) + "zt")

              let result = left.TrimEnd 'z' + right.Replace("z", "")
              agrees 1e-12 (loops [ left; right ] result [ a; b ]) (Tensor.dot (float64 a) (float64 b)))

          has [ 6.0; 9.0 ] (Tensor.dot (tensor 3.0) (tensor [ 2.0; 3.0 ])))

      testCase "an outer product has every product of two elements" (fun () ->
          forAll "outer" (Gen.zip anyPlain anyPlain) (fun (a, b) ->
              let flat (x: Plain) = { x with Lengths = [ x.Elements.Length ] }
              same (loops [ "i"; "j" ] "ij" [ flat a; flat b ]) (Tensor.outer (float64 a) (float64 b))))

      testCase "diagonals, traces and triangles pick elements by their row and column" (fun () ->
          forAll "diagonal" matrices (fun x ->
              let batch, last = List.splitAt (x.Lengths.Length - 2) x.Lengths
              let k = min last[0] last[1]
              let diagonal = build (batch @ [ k ]) (fun index -> at x (index @ [ List.last index ]))

              let trace = build batch (fun index -> List.sum [ for i in 0 .. k - 1 -> at x (index @ [ i; i ]) ])

              same diagonal (Tensor.diagonal (float64 x)) .&. same trace (Tensor.trace (float64 x)))

          forAll "triangles" (Gen.zip matrices (Gen.choose (-5, 5))) (fun (x, k) ->
              let keep kept =
                  build x.Lengths (fun index ->
                      let i, j = index[index.Length - 2], index[index.Length - 1]
                      if kept (j - i) then at x index else 0.0)

              same (keep (fun d -> d <= k)) (Tensor.trilOf k (float64 x))
              .&. same (keep (fun d -> d >= k)) (Tensor.triuOf k (float64 x))
              .&. same (keep (fun d -> d <= 0)) (Tensor.tril (float64 x))
              .&. same (keep (fun d -> d >= 0)) (Tensor.triu (float64 x)))

          has [ 1.0; 0.0; 0.0; 2.0 ] (Tensor.diag (tensor [ 1.0; 2.0 ]))
          has [ 1.0; 4.0 ] (Tensor.diag (tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]))
          // NaN beside the triangle does not come through
          has [ 1.0; 0.0; 2.0; 3.0 ] (Tensor.tril (tensor [ [ 1.0; nan ]; [ 2.0; 3.0 ] ])))

      // ---------------------------------------------------------------- errors
      testCase "factors that do not fit say why" (fun () ->
          let x = Tensor.zeros [ 2; 3 ]

          fails
              "matmul: the left has 3 columns but the right has 2 rows; they must be equal.\nleft   [2; 3]\nright  [2; 3]"
              (fun () -> Tensor.matmul x x)

          fails
              "matmul: cannot broadcast: counted from the last axis, lengths 2 and 3 are neither equal nor 1.\nleft   [2]\nright  [3]"
              (fun () -> Tensor.matmul (Tensor.zeros [ 2; 1; 4 ]) (Tensor.zeros [ 3; 4; 1 ]))

          fails "matmul: a scalar has no axis to sum over; multiply by it with *.\nleft   []\nright  [2; 3]" (fun () ->
              Tensor.matmul (tensor 1.0) x)

          fails
              "matmul: both sides must have one type; cast one with Tensor.cast, for example Tensor.cast Float32 x (the left is float32, the right is int32)"
              (fun () -> Tensor.matmul x (tensor [ 1; 2; 3 ]))

          fails
              "dot: the left has 2 columns, the right 3 rows; they must be equal.\nleft   [2]\nright  [4; 3; 5]"
              (fun () -> Tensor.dot (Tensor.zeros [ 2 ]) (Tensor.zeros [ 4; 3; 5 ]))

          fails "trace: takes a matrix, or a stack of them: two axes or more.\ntensor  [2]" (fun () ->
              Tensor.trace (Tensor.zeros [ 2 ]))

          fails
              "diag: takes a vector or a matrix; of a stack of matrices take Tensor.diagonal.\ntensor  [1; 2; 2]"
              (fun () -> Tensor.diag (Tensor.zeros [ 1; 2; 2 ])))

      testCase "subscripts that do not fit say why" (fun () ->
          let x = Tensor.zeros [ 2; 3 ]

          fails
              "einsum: in \"ij,jk->ik\" the axis 'j' has lengths 3 and 2; they must be equal, or one of them 1.\ntensor 0  [2; 3]\ntensor 1  [2; 3]"
              (fun () -> Tensor.einsum "ij,jk->ik" [ x; x ])

          fails "einsum: subscripts = \"ij,jk\" names 2 tensors, but 1 were given." (fun () ->
              Tensor.einsum "ij,jk" [ x ])

          fails "einsum: tensors = [] is an empty list; give one tensor for each term." (fun () -> Tensor.einsum "" [])

          fails "einsum: \"ijk\" of \"ijk->i\" does not name the 2 axes of its tensor.\ntensor  [2; 3]" (fun () ->
              Tensor.einsum "ijk->i" [ x ])

          fails "einsum: subscripts = \"ij->k\" gives an axis 'k' that no tensor has." (fun () ->
              Tensor.einsum "ij->k" [ x ])

          fails "einsum: subscripts = \"ij->ii\" names an axis of the result twice." (fun () ->
              Tensor.einsum "ij->ii" [ x ])

          fails "einsum: subscripts = \"ij->i->j\" has more than one ->." (fun () -> Tensor.einsum "ij->i->j" [ x ])

          fails "einsum: subscripts = \"i1->i\" has '1', which is no letter; write it like \"ij,jk->ik\"." (fun () ->
              Tensor.einsum "i1->i" [ x ])

          fails "einsum: subscripts = \"...i...\" has more than one ellipsis in a term." (fun () ->
              Tensor.einsum "...i..." [ x ])

          fails
              "einsum: in \"...i,...i->...i\" the axes under the ellipsis cannot be broadcast: 2 and 3.\ntensor 0  [2; 3]\ntensor 1  [3; 3]"
              (fun () -> Tensor.einsum "...i,...i->...i" [ x; Tensor.zeros [ 3; 3 ] ])) ]
    |> testList "Tensor.Linear"
