/// Tensors from numbers, and numbers from tensors.
module Functional.Tests.CreationTests

open System
open Functional
open Functional.Tests.Cases
open Expecto

let private holds dtype (shape: Shape) (elements: float list) (x: Tensor) =
    Expect.Equal(dtype, x.DType)
    Expect.Equal<int list>(shape, x.Shape)
    Expect.Equal<float list>(elements, List.ofArray (Tensor.toFloat64Array x))

[<Tests>]
let tests =
    [ testCase "nested sequences give their shape and type" (fun () ->
          holds Float32 [] [ 3.0 ] (tensor 3.0)
          holds Float32 [] [ 3.0 ] (tensor 3.0f)
          holds Int32 [ 3 ] [ 1.0; 2.0; 3.0 ] (tensor [ 1; 2; 3 ])
          holds Bool [ 2 ] [ 1.0; 0.0 ] (tensor [| true; false |])
          holds Float32 [ 2; 2 ] [ 1.0; 2.0; 3.0; 4.0 ] (tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ])
          holds Float32 [ 2; 2 ] [ 1.0; 2.0; 3.0; 4.0 ] (tensor [| [| 1.0f; 2.0f |]; [| 3.0f; 4.0f |] |])

          holds
              Int32
              [ 1; 2; 1 ]
              [ 5.0; 6.0 ]
              (tensor (
                  seq {
                      seq {
                          [ 5 ]
                          [ 6 ]
                      }
                  }
              ))

          holds
              Float32
              [ 2; 3 ]
              [ 0.0; 1.0; 2.0; 10.0; 11.0; 12.0 ]
              (tensor (array2D [ [ 0.0; 1.0; 2.0 ]; [ 10.0; 11.0; 12.0 ] ]))

          holds Int32 [ 1; 1; 2; 1 ] [ 7.0; 8.0 ] (tensor [ [ [ [ 7 ]; [ 8 ] ] ] ])

          holds
              Float32
              [ 2; 2 ]
              [ 1.0; 2.0; 3.0; 4.0 ]
              (tensor [ array2D [ [ 1.0; 2.0 ] ]; array2D [ [ 3.0; 4.0 ] ] ] |> Tensor.squeeze))

      testCase "empty sequences have the type of their elements, and float32 otherwise" (fun () ->
          holds Float32 [ 0 ] [] (tensor [])
          holds Int32 [ 0 ] [] (tensor ([]: int list))
          holds Bool [ 2; 0 ] [] (tensor [ []; ([]: bool list) ]))

      testCase "tensorOf chooses the type" (fun () ->
          holds Float64 [ 2 ] [ 0.1; 0.2 ] (tensorOf Float64 [ 0.1; 0.2 ])
          holds Int32 [ 3 ] [ 1.0; -1.0; 2147483647.0 ] (tensorOf Int32 [ 1.9; -1.9; 1e20 ])
          holds Bool [ 2 ] [ 1.0; 0.0 ] (tensorOf Bool [ 2; 0 ])
          holds Float64 [] [ 2.0 ] (tensorOf Float64 2))

      testCase "filled tensors hold the value in the type that is asked for" (fun () ->
          holds Float32 [ 2; 1 ] [ 0.0; 0.0 ] (Tensor.zeros [ 2; 1 ])
          holds Int32 [ 2 ] [ 1.0; 1.0 ] (Tensor.onesOf Int32 [ 2 ])
          holds Float64 [ 2 ] [ 0.1; 0.1 ] (Tensor.fullOf Float64 [ 2 ] 0.1)
          holds Bool [ 2 ] [ 1.0; 1.0 ] (Tensor.onesOf Bool [ 2 ])
          holds Float32 [] [ 2.5 ] (Tensor.full [] 2.5)
          holds Float32 [ 0; 3 ] [] (Tensor.ones [ 0; 3 ])
          holds Int32 [ 1; 2 ] [ 0.0; 0.0 ] (Tensor.zerosLike (tensor [ [ 4; 5 ] ]))
          holds Int32 [ 1; 2 ] [ 1.0; 1.0 ] (Tensor.onesLike (tensor [ [ 4; 5 ] ]))
          holds Int32 [ 1; 2 ] [ 7.0; 7.0 ] (Tensor.fullLike 7.0 (tensor [ [ 4; 5 ] ]))
          holds Float64 [] [ 4.0 ] (Tensor.scalarOf Float64 4.0))

      testCase "ranges leave their end out, and linspace has both ends" (fun () ->
          holds Float32 [ 4 ] [ 0.0; 0.5; 1.0; 1.5 ] (Tensor.arange 0.0 2.0 0.5)
          holds Float32 [ 3 ] [ 3.0; 2.0; 1.0 ] (Tensor.arange 3.0 0.0 -1.0)
          holds Float32 [ 0 ] [] (Tensor.arange 1.0 0.0 1.0)
          holds Float64 [ 2 ] [ 0.5; 0.75 ] (Tensor.arangeOf Float64 0.5 1.0 0.25)
          holds Int32 [ 3 ] [ -1.0; 0.0; 1.0 ] (Tensor.arangeInt -1 2)
          holds Int32 [ 0 ] [] (Tensor.arangeInt 2 -1)
          holds Float32 [ 5 ] [ 0.0; 0.25; 0.5; 0.75; 1.0 ] (Tensor.linspace 0.0 1.0 5)
          holds Float32 [ 1 ] [ 2.0 ] (Tensor.linspace 2.0 3.0 1)
          holds Float32 [ 0 ] [] (Tensor.linspace 2.0 3.0 0)

          forAll "linspace ends at its ends" (FsCheck.FSharp.Gen.choose (2, 200)) (fun n ->
              let x = Tensor.toFloat64Array (Tensor.linspaceOf Float64 -0.1 0.7 n)
              x.Length = n && x[0] = -0.1 && x[n - 1] = 0.7 && Array.sort x = x))

      testCase "unit matrices and one-hot rows have ones at their places" (fun () ->
          holds Float32 [ 2; 2 ] [ 1.0; 0.0; 0.0; 1.0 ] (Tensor.eye 2)
          holds Int32 [ 2; 3 ] [ 1.0; 0.0; 0.0; 0.0; 1.0; 0.0 ] (Tensor.eyeOf Int32 2 3)
          holds Float32 [ 0; 0 ] [] (Tensor.eye 0)
          holds Float32 [ 2; 3 ] [ 0.0; 0.0; 1.0; 1.0; 0.0; 0.0 ] (Tensor.oneHot 3 (tensor [ 2; 0 ]))
          holds Int32 [ 2 ] [ 0.0; 1.0 ] (Tensor.oneHotOf Int32 2 (tensor 1))
          // an index of no class is no class
          holds Bool [ 2; 2 ] [ 0.0; 0.0; 0.0; 0.0 ] (Tensor.oneHotOf Bool 2 (tensor [ -1; 2 ])))

      testCase "arrays and spans are copied" (fun () ->
          let elements = [| 1.0f; 2.0f |]
          let x = Tensor.ofArray [ 2 ] elements
          let y = Tensor.ofSpan [ 2 ] (ReadOnlySpan elements)
          elements[0] <- 5.0f
          holds Float32 [ 2 ] [ 1.0; 2.0 ] x
          holds Float32 [ 2 ] [ 1.0; 2.0 ] y
          let out = Tensor.toArray x
          out[0] <- 7.0f
          holds Float32 [ 2 ] [ 1.0; 2.0 ] x
          holds Float64 [ 2 ] [ 0.1; 0.2 ] (Tensor.ofSpan [ 2 ] (ReadOnlySpan [| 0.1; 0.2 |]))
          holds Int32 [ 2; 1 ] [ 3.0; 4.0 ] (Tensor.ofSpan [ 2; 1 ] (ReadOnlySpan [| 3; 4 |]))
          holds Bool [ 1 ] [ 1.0 ] (Tensor.ofSpan [ 1 ] (ReadOnlySpan [| true |]))
          holds Float32 [ 2; 2 ] [ 1.0; 2.0; 3.0; 4.0 ] (Tensor.ofArray2D (array2D [ [ 1.0f; 2.0f ]; [ 3.0f; 4.0f ] ]))
          holds Int32 [ 3 ] [ 1.0; 2.0; 3.0 ] (Tensor.ofSeq (seq { 1..3 })))

      testCase "elements go out as they came in" (fun () ->
          forAll "out and in" (FsCheck.FSharp.Gen.zip anyPlain dtypes) (fun (x, dtype) ->
              let t = toTensor dtype x
              let again = Tensor.cast dtype (Tensor.ofFloat64Array t.Shape (Tensor.toFloat64Array t))

              Tensor.sameElements t again
              && Tensor.toArray t = Array.map float32 (Tensor.toFloat64Array t)
              && Tensor.toInts t = Array.map int (Tensor.toFloat64Array t)
              && Tensor.toBools t = Array.map ((<>) 0.0) (Tensor.toFloat64Array t)))

      testCase "a tensor of one element is read as a number" (fun () ->
          Expect.Equal(2.5, Tensor.toFloat (tensor 2.5))
          Expect.Equal(2.5, Tensor.item (tensor [ [ 2.5 ] ]))
          Expect.Equal(2, Tensor.toInt (tensor 2.9))
          Expect.True(Tensor.toBool (tensor 3)))

      testCase "casts truncate toward zero and stay in range" (fun () ->
          holds Int32 [ 4 ] [ 1.0; -1.0; 0.0; 2147483647.0 ] (Tensor.cast Int32 (tensor [ 1.9; -1.9; nan; infinity ]))
          holds Bool [ 3 ] [ 0.0; 1.0; 1.0 ] (Tensor.cast Bool (tensor [ 0.0; 0.5; nan ]))
          holds Float32 [ 2 ] [ 1.0; 0.0 ] (Tensor.cast Float32 (tensor [ true; false ])))

      testCase "what cannot be a tensor says why" (fun () ->
          fails
              "tensor: the nested sequences are ragged; give every row the same length.\nthe element [0]  [2]\nthe element [1]  [3]"
              (fun () -> tensor [ [ 1; 2 ]; [ 3; 4; 5 ] ])

          fails
              "tensor: the nested sequences are ragged; give every row the same length.\nthe element [1; 0]  [1]\nthe element [1; 1]  [0]"
              (fun () -> tensor [ [ [ 1 ] ]; [ [ 3 ]; [] ] ])

          fails
              "tensor: the outermost sequence is String; give float32, float, Half, BFloat16, int, int64 and bool, or sequences of one of them."
              (fun () -> tensor "1.0")

          fails
              "tensor: the element [1] is Decimal; give float32, float, Half, BFloat16, int, int64 and bool, or sequences of one of them."
              (fun () -> tensor [ box 1.0; box 1.0M ])

          fails "tensor: the elements differ in type (one element is int32, another is float32)" (fun () ->
              tensor [ box 1; box 1.0 ])

          fails "zeros: shape = [2; -1] has a negative length; every axis has 0 or more elements." (fun () ->
              Tensor.zeros [ 2; -1 ])

          fails
              "ones: shape = [65536; 65536] would have 4,294,967,296 elements; one tensor holds at most 2,147,483,591."
              (fun () -> Tensor.ones [ 65536; 65536 ])

          fails
              "scalar: 0.5 is not an int32; cast the tensor first with Tensor.cast Float32 (the tensor is int32)"
              (fun () -> Tensor.fullOf Int32 [ 2 ] 0.5)

          fails
              "scalar: 2147483648 is not an int32; cast the tensor first with Tensor.cast Float32 (the tensor is int32)"
              (fun () -> Tensor.scalarOf Int32 2147483648.0)

          fails "arange: step = 0 never reaches the end; give a positive or a negative step." (fun () ->
              Tensor.arange 0.0 1.0 0.0)

          fails "arange: stop = Infinity is not a finite number." (fun () -> Tensor.arange 0.0 infinity 1.0)

          fails "arange: step = 1E-300 makes Infinity elements; one tensor holds at most 2,147,483,591." (fun () ->
              Tensor.arange 0.0 1e300 1e-300)

          fails "linspace: n = -1 is negative; ask for 0 numbers or more." (fun () -> Tensor.linspace 0.0 1.0 -1)

          fails "eye: shape = [-2; -2] has a negative length; every axis has 0 or more elements." (fun () ->
              Tensor.eye -2)

          fails "oneHot: depth = -2 is negative; give the number of classes." (fun () ->
              Tensor.oneHot -2 (tensor [ 1 ]))

          fails
              "oneHot: indices must be int32 or int64; cast them with Tensor.cast Int32 (the indices' type is float32)"
              (fun () -> Tensor.oneHot 2 (tensor [ 1.0 ]))

          fails "ofArray: 3 elements were given, but the shape holds 4.\nshape  [2; 2]" (fun () ->
              Tensor.ofArray [ 2; 2 ] [| 1.0f; 2.0f; 3.0f |])

          fails "ofInts: shape = [-1] has a negative length; every axis has 0 or more elements." (fun () ->
              Tensor.ofInts [ -1 ] [| 1 |])

          fails "ofArray: the array is null; give an array with the elements in row-major order." (fun () ->
              Tensor.ofArray [ 1 ] null)

          fails
              "ofSpan: the element type = Byte is none of float32, float, Half, BFloat16, int, int64 and bool."
              (fun () -> Tensor.ofSpan [ 1 ] (ReadOnlySpan [| 1uy |])))

      testCase "a value without data, or with too much, gives no number" (fun () ->
          let x = traced Float32 [ 2 ]

          fails "toArray: a traced value has no data yet; return it from the function instead." (fun () ->
              Tensor.toArray x)

          fails "toInts: a traced value has no data yet; return it from the function instead." (fun () ->
              Tensor.toInts x)

          fails "toFloat: a traced value has no data yet; return it from the function instead." (fun () ->
              Tensor.toFloat (traced Float64 []))

          fails "allClose: a traced value has no data yet; return it from the function instead." (fun () ->
              Tensor.allClose 0.0 0.0 x x)

          fails "sameElements: a traced value has no data yet; return it from the function instead." (fun () ->
              Tensor.sameElements x x)

          fails "toFloat: takes a tensor of one element, and this one has 2.\ntensor  [2]" (fun () ->
              Tensor.toFloat (tensor [ 1.0; 2.0 ]))

          fails "item: takes a tensor of one element, and this one has 0.\ntensor  [0]" (fun () ->
              Tensor.item (tensor []))) ]
    |> testList "Tensor.Creation"
