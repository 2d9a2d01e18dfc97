/// Layers that normalize, and dense layers along any axes, beside PyTorch; their laws.
module Functional.Tests.NormalizationPeerTests

open System
open Expecto
open Functional
open Functional.Tests.Chains
open Functional.Tests.LayerPeers

let private random = Random 5
let private upTo n = random.Next(1, n + 1)

let private drawn count (draw: unit -> PeerCase) = List.init count (fun _ -> draw ())

let private flags () = random.Next 2 = 0, random.Next 2 = 0

let private parameter present name = if present then $"p['{name}']" else "None"

let private groupCase () =
    let groups, each = upTo 3, upTo 3
    let scale, center = flags ()
    let front = random.Next 2 = 0
    let epsilon = 10.0 ** float -(upTo 5)
    let spatial = List.init (random.Next 3) (fun _ -> upTo 4)
    let channels = groups * each
    let asked = if each = 1 then -1 else groups

    let options =
        { GroupNormOptions.defaults with
            Groups = asked
            Axis = if front then 1 else -1
            Epsilon = epsilon
            Scale = scale
            Center = center }

    // PyTorch 1.13 cannot derive by one of the two alone
    let constant name = $"torch.{name}({channels}, dtype=torch.float64)"
    let gamma = if scale then "p['gamma']" else constant "ones"
    let beta = if center then "p['beta']" else constant "zeros"
    let torch = $"F.group_norm(x, {groups}, {gamma}, {beta}, {epsilon:R})"

    // PyTorch has no running statistics to fall back on where a group is one number
    { Layer = groupNormWith options
      Sample = if front then channels :: spatial else spatial @ [ channels ]
      Python = if front then torch else $"last(lambda x: {torch}, x)" }

let private layerCase () =
    let shape = List.init (1 + random.Next 3) (fun _ -> 1 + upTo 3)
    let scale, center = flags ()
    let over = 1 + random.Next shape.Length
    let axes = List.init over (fun i -> -1 - i)
    let lengths = String.Join(",", shape |> List.skip (shape.Length - over))
    let gamma, beta = parameter scale "gamma", parameter center "beta"

    { Layer =
        layerNormWith { LayerNormOptions.defaults with Axes = axes; Scale = scale; Center = center; Epsilon = 1e-5 }
      Sample = shape
      Python = $"F.layer_norm(x, [{lengths}], {gamma}, {beta}, 1e-5)" }

let private rmsCases =
    [ { Layer = rmsNorm
        Sample = [ 4; 5 ]
        Python = "x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * p['scale']" }
      { Layer = rmsNormWith { Axes = [ 2; 1 ]; Epsilon = 0.01 }
        Sample = [ 3; 2; 4 ]
        Python = "x * torch.rsqrt((x * x).mean((1, 2), keepdim=True) + 0.01) * p['scale'].reshape(1, 3, 2, 1)" }
      { Layer = layerNormWith { LayerNormOptions.defaults with RmsScaling = true }
        Sample = [ 5 ]
        Python = "x * torch.rsqrt(x.var(-1, unbiased=False, keepdim=True) + 1e-3) * p['gamma']" }
      { Layer = unitNorm; Sample = [ 3; 4 ]; Python = "F.normalize(x, dim=-1)" }
      { Layer = unitNormOver [ 1; 2 ]
        Sample = [ 3; 4 ]
        Python = "x / torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True)" } ]

let private kernelCases =
    [ { Layer = spectralNormWith 400 (dense 3)
        Sample = [ 4 ]
        Python = "x @ (p['kernel'] / torch.linalg.matrix_norm(p['kernel'], 2)) + p['bias']" }
      { Layer = weightNorm (dense 3)
        Sample = [ 4 ]
        Python = "x @ torch._weight_norm(p['kernel'], p['g'].reshape(1, 3), 1) + p['bias']" }
      { Layer = weightNorm (conv2D 2 (2, 3))
        Sample = [ 4; 5; 2 ]
        Python =
          "last(lambda x: F.conv2d(x, (p['kernel'] * (p['g'] / p['kernel'].reshape(-1, 2).norm(dim=0))).permute(3, 2, 0, 1), p['bias']), x)" }
      { Layer =
          einsumDenseWith
              { EinsumDenseOptions.defaults with BiasAxes = "de"; Activation = Some tanh' }
              "abc,cde->abde"
              [ 0; 2; 3 ]
        Sample = [ 4; 5 ]
        Python = "torch.tanh(torch.einsum('abc,cde->abde', x, p['kernel']) + p['bias'])" }
      { Layer = einsumDenseWith { EinsumDenseOptions.defaults with BiasAxes = "d" } "bc...,cde->bde..." [ 3; 2 ]
        Sample = [ 4; 5 ]
        Python = "torch.einsum('bcz,cde->bdez', x, p['kernel']) + p['bias']" }
      { Layer = einsumDense "...b,bc->...c" [ 3 ]; Sample = [ 2; 3; 4 ]; Python = "x @ p['kernel']" } ]

[<Tests>]
let tests =
    [ testCase "group and instance normalization are PyTorch's" (fun () ->
          // a group of one number is all noise
          let cases = drawn 60 groupCase |> List.filter (fun case -> Shape.size case.Sample > 9)
          Expect.True(cases.Length > 10)
          compare false cases)

      testCase "layer normalization over trailing axes is PyTorch's" (fun () -> compare false (drawn 40 layerCase))

      testCase "root mean squares and unit norms are those of their formulas" (fun () -> compare false rmsCases)

      testCase "spectral and weight normalization, and einsums, are PyTorch's" (fun () -> compare false kernelCases)

      testCase "instance normalization is a group for each channel" (fun () ->
          let x = Tensor.cast Float32 (wave [ 2; 4; 3; 5 ])
          Expect.Equal(bits (predictAlone instanceNorm x), bits (predictAlone (groupNorm 5) x)))

      testCase "weight normalization changes nothing at first" (fun () ->
          let x = wave [ 3; 4 ]
          let layer = weightNorm (dense 3)
          let variables = fst (Layer.init (Key.ofInt 3) [ 4 ] layer) |> Variables.cast Float64

          let inner =
              { Variables.none with
                  Parameters = Node [ "dense", (Tree.tryFind "weight_normalization/dense" variables.Parameters).Value ]
                  State = Node [ "dense", Tree.empty ] }

          let y, z = Layer.predict variables x layer, Layer.predict inner x (dense 3)
          Expect.True(Tensor.allClose 1e-6 1e-6 y z))

      testCase "training keeps the vector of spectral normalization, and running the model does not" (fun () ->
          let layer = spectralNorm (dense 3)
          let variables = fst (Layer.init (Key.ofInt 3) [ 4 ] layer)
          let x = Tensor.cast Float32 (wave [ 3; 4 ])
          let state (variables: Variables) = bits (at "vector_u" variables.State)
          Expect.True((state (snd (layer.Apply variables resting x)) = state variables))
          let mutable now = variables

          for i in 1..60 do
              now <- snd (layer.Apply now (training i) x)

          Expect.False((state now = state variables))
          let kernel = at "kernel" variables.Parameters
          let zero = Tensor.zeros [ 1; 4 ]
          let rows = Tensor.eyeOf Float32 4 4

          let effective =
              Layer.predict now rows layer - Layer.predict now (Tensor.broadcastTo [ 4; 4 ] zero) layer

          let squares = Tensor.matmul (Tensor.transpose effective) effective
          let direction = at "vector_u" now.State
          let stretched = Tensor.matmul direction squares
          Expect.True(Tensor.allClose 1e-3 1e-3 direction stretched, $"{kernel}"))

      testCase "regularizers and constraints of what is inside stay in force" (fun () ->
          let inner =
              denseWith
                  { DenseOptions.defaults with
                      KernelRegularizer = Some(Regularizer.l2 0.5)
                      KernelConstraint = Some Constraint.nonNeg }
                  3

          for layer in [ spectralNorm inner; weightNorm inner ] do
              let variables = fst (Layer.init (Key.ofInt 3) [ 4 ] layer)
              let kernel = at "kernel" variables.Parameters
              let cost = 0.5 * Tensor.toFloat (Tensor.sum (Tensor.square kernel))
              Expect.Equal(cost, Tensor.toFloat (List.exactlyOne (layer.Penalties variables)), 1e-5)
              let limited = at "kernel" (Layer.constrain variables layer).Parameters
              Expect.True(Tensor.toFloat (Tensor.min limited) >= 0.0))

      testCase "batch renormalization corrects towards the running statistics" (fun () ->
          let renorm =
              { RenormOptions.defaults with Momentum = 0.8; LargestRatio = Some 1.2; LargestShift = Some 0.5 }

          let layer =
              batchNormWith { BatchNormOptions.defaults with Renorm = Some renorm; Momentum = 0.9; Epsilon = 1e-3 }

          let variables = fst (Layer.init (Key.ofInt 3) [ 2 ] layer) |> Variables.cast Float64
          let x = wave [ 6; 2 ] * 3.0
          let y, after = layer.Apply variables (training 1) x
          let mean = Tensor.meanOver [ 0 ] x
          let deviation = sqrt (Tensor.varOver [ 0 ] x + 1e-3)
          let ratio = Tensor.clamp 0.0 1.2 deviation
          let shift = Tensor.clamp -0.5 0.5 mean
          let expected = (x - mean) / deviation * ratio + shift
          Expect.True(Tensor.allClose 1e-9 1e-9 expected y)

          let near name (expected: Tensor) =
              Expect.True(Tensor.allClose 1e-9 1e-9 expected (at name after.State), name)

          near "moving_mean" (mean * 0.1)
          near "renorm_mean" (mean * 0.2)
          near "renorm_stddev" (deviation * 0.2 + 0.8)
          near "moving_stddev" (deviation * 0.1 + 0.9)
          near "moving_variance" (Tensor.square (deviation * 0.1 + 0.9) - 1e-3))

      testCase "gamma and beta have options" (fun () ->
          let l2 = Some(Regularizer.l2 0.5)
          let half = Initializer.constant 0.5

          let layers =
              [ batchNormWith
                    { BatchNormOptions.defaults with
                        GammaInitializer = half
                        BetaInitializer = half
                        GammaRegularizer = l2
                        BetaRegularizer = l2
                        GammaConstraint = Some(Constraint.maxNorm 0.1)
                        MovingMeanInitializer = half
                        Renorm = Some { RenormOptions.defaults with SmallestRatio = Some 0.3 } }
                layerNormWith
                    { LayerNormOptions.defaults with
                        GammaInitializer = half
                        BetaInitializer = half
                        GammaRegularizer = l2
                        BetaRegularizer = l2
                        GammaConstraint = Some(Constraint.maxNorm 0.1) }
                groupNormWith
                    { GroupNormOptions.defaults with
                        Groups = 2
                        GammaInitializer = half
                        BetaInitializer = half
                        GammaRegularizer = l2
                        BetaRegularizer = l2
                        GammaConstraint = Some(Constraint.maxNorm 0.1) } ]

          for layer in layers do
              let variables = fst (Layer.init (Key.ofInt 3) [ 4 ] layer)
              Expect.Equal(4.0 * 0.25 * 0.5 * 2.0, Tensor.toFloat (layer.Penalty variables).Value, 1e-6)
              let limited = at "gamma" (Layer.constrain variables layer).Parameters
              Expect.True(Tensor.toFloat (Tensor.norm limited) <= 0.1 + 1e-6)
              let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
              Expect.Equal(layer.Description, back.Description))

      testCase "every layer comes back from its description" (fun () ->
          let layers =
              [ rmsNormWith { Axes = [ 1; 2 ]; Epsilon = 0.5 }
                unitNormOver [ 1 ]
                instanceNorm
                layerNormWith { LayerNormOptions.defaults with RmsScaling = true }
                spectralNormWith 3 (dense 2)
                weightNorm (conv1D 2 2)
                for case in kernelCases do
                    case.Layer ]

          for layer in layers do
              let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
              Expect.Equal(layer.Description, back.Description))

      testCase "wrong shapes and options are refused" (fun () ->
          let built (layer: Layer<Tensor, Tensor>) shape = errorOf (fun () -> Layer.init (Key.ofInt 1) shape layer)
          Expect.Contains("3 groups do not divide the 4 channels", built (groupNorm 3) [ 2; 4 ])
          Expect.Contains("groups = 0 is not a number of groups", errorOf (fun () -> groupNorm 0))
          Expect.Contains("axis = 0 is the batch axis", built (rmsNormWith { Axes = [ 0 ]; Epsilon = 1.0 }) [ 2 ])
          Expect.Contains("layer = 0 is the number of kernels in it", built (spectralNorm relu) [ 2 ])
          Expect.Contains("must have two terms before ->", errorOf (fun () -> einsumDense "ab->a" [ 1 ]))
          Expect.Contains("whose length neither", built (einsumDense "ab,bc->ac" [ 0 ]) [ 2 ])) ]
    |> testList "Layers.NormalizationPeers"
