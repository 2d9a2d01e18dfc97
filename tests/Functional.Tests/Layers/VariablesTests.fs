module Functional.Tests.VariablesTests

open Expecto
open Functional
open Functional.Tests.Chains

let private net = dense 4 --> batchNorm --> dense 2

let private start () = fst (Layer.init (Key.ofInt 3) [ 3 ] net)

let private values variables = Variables.flatten variables |> List.map (fun v -> v.Path, v.Tensor)

[<Tests>]
let tests =
    [ testCase "variables know their paths and whether they are trained" (fun () ->
          let expected =
              [ "dense/kernel", true
                "dense/bias", true
                "batch_normalization/gamma", true
                "batch_normalization/beta", true
                "dense_1/kernel", true
                "dense_1/bias", true
                "batch_normalization/moving_mean", false
                "batch_normalization/moving_variance", false ]

          Expect.Equal<(string * bool) list>(
              expected,
              Variables.flatten (start ()) |> List.map (fun v -> v.Path, v.Trainable)
          )

          Expect.Equal(34L, Variables.trainableCount (start ()))
          Expect.Equal(8L, Variables.nonTrainableCount (start ())))

      testCase "variables in float64 compute in float64" (fun () ->
          let variables = Variables.cast Float64 (start ())
          Expect.Equal(Float64, (Layer.predict variables (wave [ 2; 3 ]) net).DType)

          Expect.Contains(
              "layers compute in float32, float64, float16 or bfloat16",
              errorOf (fun () -> Variables.cast Int32 variables)
          ))

      testCase "values go where their paths say, in any order and type" (fun () ->
          let trained, _ = Layer.init (Key.ofInt 9) [ 3 ] net
          let loaded = start () |> Variables.withTensors (List.rev (values trained))
          Expect.True((variableBits trained = variableBits loaded))

          let wide = Variables.cast Float64 (start ()) |> Variables.withTensors (values trained)

          Expect.True((variableBits (Variables.cast Float64 trained) = variableBits wide))

          Expect.Contains(
              "'dense/kernel' would be rounded; cast the variables with Variables.cast Float64",
              errorOf (fun () -> start () |> Variables.withTensors (values (Variables.cast Float64 trained)))
          ))

      testCase "values of another model are refused with their paths" (fun () ->
          let load list = fun () -> Variables.withTensors list (start ())
          let all = values (start ())

          Expect.Equal(
              "Variables.withTensors: the values are those of another layer; build it as it was built when they were saved.\n\
               Variables without a value:\ndense/kernel\nValues without a variable:\nother",
              errorOf (load (("other", Tensor.ones [ 1 ]) :: all.Tail))
          )

          Expect.Contains("'dense/kernel' is there 2 times", errorOf (load (all.Head :: all)))

          Expect.Contains(
              "'dense/kernel' has another shape here; build the layer with the sizes that it was saved with.\n\
               variable  [3; 4]\nvalue     [5]",
              errorOf (load (("dense/kernel", Tensor.ones [ 5 ]) :: all.Tail))
          )

          Expect.Contains(
              "'dense/kernel' has another type here",
              errorOf (load (("dense/kernel", Tensor.zerosOf Int32 [ 3; 4 ]) :: all.Tail))
          )) ]
    |> testList "Layers.Variables"
