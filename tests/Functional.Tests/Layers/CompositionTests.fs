module Functional.Tests.CompositionTests

open FsCheck
open FsCheck.FSharp
open Expecto
open Functional
open Functional.Tests.Chains

/// Everything that can be seen of a layer: description, names, shapes, first variables, and what it gives in training.
let private seen (shape: Shape) (layer: Layer<Tensor, Tensor>) =
    let variables, result = Layer.init (Key.ofInt 7) shape layer
    let x = Tensor.cast Float32 (wave (3 :: shape))
    let y, after = layer.Apply variables (training 11) x

    (layer.Description, Layer.names layer, Layer.stages [ shape ] layer, result),
    (variableBits variables, bits y, variableBits after, layer.Penalty variables |> Option.map bits)

/// The layers joined in every order that the numbers choose.
let rec private joined (choices: int list) (layers: Layer<Tensor, Tensor> list) =
    match layers, choices with
    | [ layer ], _ -> layer
    | layers, choice :: rest ->
        let at = choice % (layers.Length - 1)
        let before, after = List.splitAt at layers
        joined rest (before @ (after[0] --> after[1]) :: List.skip 2 after)
    | layers, [] -> List.reduce (-->) layers

[<Tests>]
let tests =
    [ testCase "composition is associative" (fun () ->
          let orders = Arb.fromGen (Gen.listOfLength 4 (Gen.choose (0, 1000)))

          Law.checkWith
              60
              "a chain does not depend on how it was put together"
              (Prop.forAll stacks (fun stack ->
                  Prop.forAll orders (fun order ->
                      seen stack.Shape (joined order stack.Layers) = seen stack.Shape stack.Chain))))

      testCase "the identity is the unit of composition" (fun () ->
          law "identity --> f = f = f --> identity" (fun stack ->
              let chain = stack.Chain
              let expected = seen stack.Shape chain

              seen stack.Shape (Layer.identity --> chain) = expected
              && seen stack.Shape (chain --> Layer.identity) = expected))

      testCase "the shapes that layers promise are those they give" (fun () ->
          law "shape inference equals the shapes of results" (fun stack ->
              let chain = stack.Chain
              let variables, promised = Layer.init (Key.ofInt 1) stack.Shape chain
              let x = Tensor.cast Float32 (wave (2 :: stack.Shape))
              let y, _ = chain.Apply variables (training 3) x
              let stages = Layer.stages [ stack.Shape ] chain

              let prefixes =
                  [ for n in 1 .. stack.Layers.Length ->
                        Layer.shapes [ stack.Shape ] (List.reduce (-->) (List.take n stack.Layers)) ]

              y.Shape = 2 :: promised
              && snd (List.last stages) = [ promised ]
              && List.forall (fun shape -> List.exists (snd >> (=) shape) stages) prefixes))

      testCase "stages are named by kind and place" (fun () ->
          let net = dense 4 --> relu --> dense 3 --> Layer.named "head" (dense 2 --> relu) --> dense 1
          Expect.Equal<string list>([ "dense"; "relu"; "dense_1"; "head"; "dense_2" ], Layer.names net)

          let variables, shape = Layer.init (Key.ofInt 0) [ 5 ] net

          Expect.Equal<string list>(
              [ "dense/kernel"
                "dense/bias"
                "dense_1/kernel"
                "dense_1/bias"
                "head/dense/kernel"
                "head/dense/bias"
                "dense_2/kernel"
                "dense_2/bias" ],
              Variables.flatten variables |> List.map _.Path
          )

          Expect.Equal<Shape>([ 1 ], shape))

      testCase "a given name pushes the counted ones aside" (fun () ->
          let net = dense 4 --> Layer.named "dense" (dense 4) --> dense 4 --> Layer.named "dense_2" relu
          Expect.Equal<string list>([ "dense_1"; "dense"; "dense_3"; "dense_2" ], Layer.names net))

      testCase "no two layers draw from one key" (fun () ->
          let inner = Layer.named "a" (dense 3 --> dense 3 --> Layer.named "b" (dense 3 --> dense 3))

          let net =
              inner
              --> dense 3
              --> residual (dense 3)
              --> branch [ dense 3; dense 3 --> dense 3 ]
              --> Merge.add
              --> dense 3

          let variables, _ = Layer.init (Key.ofInt 5) [ 3 ] net

          let kernels =
              Variables.flatten variables
              |> List.filter (fun v -> v.Path.EndsWith "kernel")
              |> List.map (fun v -> bits v.Tensor)

          Expect.Equal(10, kernels.Length)
          Expect.Equal(10, (List.distinct kernels).Length))

      testCase "no two layers drop by one key" (fun () ->
          let drop = dropout 0.5
          let net = Layer.named "a" (drop --> drop) --> drop --> residual drop
          let variables, _ = Layer.init (Key.ofInt 5) [ 4000 ] net
          let y, _ = net.Apply variables (training 2) (Tensor.ones [ 1; 4000 ])
          let kept = Tensor.toFloat (Tensor.mean (Tensor.cast Float32 (Tensor.notEqual y (Tensor.zerosLike y))))
          // equal masks would leave a half
          Expect.InRange(kept, 0.10, 0.15))

      testCase "functions are layers" (fun () ->
          let net =
              (fun (x: Tensor) -> x * 2.0) --> dense 3 --> Tensor.square --> (fun x -> Tensor.sumOver [ -1 ] x)

          let variables, shape = Layer.init (Key.ofInt 1) [ 4 ] net
          Expect.Equal<Shape>([], shape)
          Expect.Equal<string list>([ "lambda"; "dense"; "lambda_1"; "lambda_2" ], Layer.names net)
          let x = Tensor.ones [ 2; 4 ]

          let expected =
              Tensor.matmul (x * 2.0) variables.Parameters["dense/kernel"]
              |> Tensor.square
              |> Tensor.sumOver [ 1 ]

          Expect.Equal(bits expected, bits (Layer.predict variables x net)))

      testCase "a layer of one's own is a few lines" (fun () ->
          let scale =
              Layer.make "scale" (fun _ shape -> [ "gamma", Tensor.ones shape ], shape) (fun p x -> p["gamma"] * x)

          let net = dense 2 --> scale
          let variables, _ = Layer.init (Key.ofInt 1) [ 3 ] net
          Expect.Equal<Shape>([ 2 ], variables.Parameters["scale/gamma"].Shape))

      testCase "a layer of one's own may have a state and draw" (fun () ->
          let count =
              Layer.makeWith
                  "count"
                  (fun _ shape -> { Variables.none with State = Tree.ofList [ "calls", Tensor.zeros [] ] }, shape)
                  (fun variables run x ->
                      let calls = variables.State["calls"] + 1.0
                      x + Random.normal run.Key x.Shape, { variables with State = Tree.ofList [ "calls", calls ] })

          let net = count --> count
          let variables, _ = Layer.init (Key.ofInt 1) [ 3 ] net
          let y, after = net.Apply variables (training 1) (Tensor.zeros [ 2; 3 ])
          Expect.Equal(1.0, Tensor.toFloat after.State["count_1/calls"])
          Expect.Equal(bits y, bits (fst (net.Apply variables (training 1) (Tensor.zeros [ 2; 3 ])))))

      testCase "chains are differentiated and compiled like functions" (fun () ->
          law "compiled chains give the values of eager ones, and gradients of the shapes of parameters" (fun stack ->
              let chain = stack.Chain
              let variables, _ = Layer.init (Key.ofInt 1) stack.Shape chain
              let variables = Variables.cast Float64 variables
              let x = wave (3 :: stack.Shape)
              let loss x = Tensor.sum (Tensor.square (Layer.predict variables x chain))

              let slopes =
                  variables.Parameters
                  |> Tree.grad (fun parameters ->
                      let variables = { variables with Parameters = parameters }
                      Tensor.sum (Tensor.square (fst (chain.Apply variables (training 1) x))))

              let shapes = Tree.map (fun (x: Tensor) -> x.Shape)

              Tensor.allClose 1e-12 1e-12 (loss x) (Tensor.compile loss x)
              && Tensor.toBool (Tensor.all (Tensor.isFinite (grad loss x)))
              && shapes slopes = shapes variables.Parameters))

      testCase "a name given twice is an error" (fun () ->
          let block = Layer.named "block" (dense 3)

          Expect.Equal(
              "named: name = 'block' is the name of 2 layers that stand side by side; give each its own.",
              errorOf (fun () -> block --> relu --> block)
          )

          Expect.Contains("'block' is the name of 2 layers", errorOf (fun () -> Layer.repeat 3 block))
          Expect.Contains("'block' is the name of 2 layers", errorOf (fun () -> branch [ block; block ])))

      testTheory "some names are no names" [ ""; "a/b" ] (fun (name: string) ->
          Expect.Contains("is not a layer's name", errorOf (fun () -> Layer.named name relu)))

      testCase "a layer of one's own has a kind and named parameters" (fun () ->
          let make kind names =
              Layer.make kind (fun _ shape -> [ for name in names -> name, Tensor.ones shape ], shape) (fun _ x -> x)

          Expect.Contains("cannot be the kind of a layer of one's own", errorOf (fun () -> make "sequential" []))
          Expect.Contains("cannot be the kind of a layer of one's own", errorOf (fun () -> make "a/b" []))
          let init names = fun () -> Layer.init (Key.ofInt 0) [ 2 ] (make "mine" names)
          Expect.Contains("'a/b' cannot be a variable's name", errorOf (init [ "a/b" ]))
          Expect.Contains("name one variable twice", errorOf (init [ "a"; "a" ])))

      testCase "a layer that does not fit is named with the one before it" (fun () ->
          let net = dense 4 --> relu --> dense 6 --> reshape [ 4 ]

          Expect.Equal(
              "Layer.init: layer 'reshape' cannot follow 'dense_1', which gives [6]: reshape: a sample has 6 elements, which \
               the target does not hold; take a target of the same size.\nsample  [6]\ntarget  [4]",
              errorOf (fun () -> Layer.init (Key.ofInt 0) [ 3 ] net)
          )

          let nested = dense 4 --> Layer.named "head" (dense 6 --> reshape [ 4 ])

          let expected =
              "layer 'head' cannot follow 'dense', which gives [4]: layer 'reshape' cannot follow 'dense', which gives [6]"

          Expect.Contains(expected, errorOf (fun () -> Layer.init (Key.ofInt 0) [ 3 ] nested))
          Expect.Contains(expected, errorOf (fun () -> Layer.stages [ [ 3 ] ] nested))

          Expect.Contains(
              "layer 'reshape' cannot take the input [3]",
              errorOf (fun () -> Layer.init (Key.ofInt 0) [ 3 ] (reshape [ 4 ] --> dense 3))
          ))

      testCase "sizes below one are refused" (fun () ->
          let expected = "has a length below 1; give the shape of one sample, without the batch axis."
          Expect.Contains(expected, errorOf (fun () -> Layer.init (Key.ofInt 0) [ 0 ] (dense 3)))
          Expect.Contains(expected, errorOf (fun () -> Layer.init (Key.ofInt 0) [ 4; -1 ] relu)))

      testCase "a function must keep the batch axis" (fun () ->
          Expect.Contains(
              "the function must keep the batch axis in front: a result for each sample.\n\
               a batch of two  [2; 4]\nits result      [4]",
              errorOf (fun () -> Layer.init (Key.ofInt 0) [ 4 ] (dense 4 --> (fun x -> Tensor.sumOver [ 0 ] x)))
          ))

      testCase "variables of another chain are refused" (fun () ->
          let variables, _ = Layer.init (Key.ofInt 0) [ 4 ] (dense 4 --> relu)
          let net = dense 4 --> relu --> dense 3

          Expect.Contains(
              "the variables are not those of this network of 3 layers",
              errorOf (fun () -> Layer.predict variables (Tensor.ones [ 1; 4 ]) net)
          ))

      testCase "what ends in a softmax or a sigmoid has logits" (fun () ->
          let x = Tensor.cast Float32 (wave [ 5; 3 ])

          let check expected (f: Tensor -> Tensor) (net: Layer<Tensor, Tensor>) =
              let variables, _ = Layer.init (Key.ofInt 2) [ 3 ] net

              match net.Logits with
              | Some(kind, apply) ->
                  Expect.Equal(expected, kind)
                  let logits, _ = apply variables resting x
                  Expect.Equal(bits (Layer.predict variables x net), bits (f logits))
              | None -> Expect.Fail "has no logits"

          let withActivation activation = denseWith { DenseOptions.defaults with Activation = Some activation } 4

          check "softmax" (Tensor.softmax -1) (dense 4 --> relu --> dense 2 --> softmax)
          check "softmax" (Tensor.softmax -1) (dense 4 --> withActivation softmax)
          check "softmax" (Tensor.softmax -1) softmax
          check "sigmoid" Tensor.sigmoid (dense 4 --> Layer.named "head" (dense 1 --> sigmoid))
          check "sigmoid" Tensor.sigmoid (dense 4 --> (dense 3 --> (dropout 0.5 --> sigmoid)))
          check "softmax" (Tensor.softmax -1) (freeze (dense 4 --> softmax))
          Expect.True((dense 4 --> softmax --> relu).Logits.IsNone)
          Expect.True((dense 4 --> softmax --> dropout 0.1).Logits.IsNone)
          Expect.True((withActivation relu).Logits.IsNone)
          Expect.True((softmaxOver 1).Logits.IsNone)) ]
    |> testList "Layers.Composition"
