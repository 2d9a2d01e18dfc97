/// Random layers and chains, and what is asked of them.
module Functional.Tests.Chains

open System
open FsCheck
open FsCheck.FSharp
open Expecto
open Functional

/// The elements as they are stored: NaN equals NaN, and 0 differs from -0.
let bits (x: Tensor) =
    x.Shape, x.DType, Tensor.toFloat64Array x |> Array.map BitConverter.DoubleToInt64Bits |> List.ofArray

/// The paths, the flags and the bits of all variables.
let variableBits variables =
    Variables.flatten variables |> List.map (fun v -> v.Path, v.Trainable, bits v.Tensor)

/// The text of the library's error that the function ends in.
let errorOf (f: unit -> 'T) = Expect.Throws<FunctionalException>(fun () -> f () |> ignore).Message

/// Float64 elements from -2 to 2, the same ones for the same shape.
let wave (shape: Shape) =
    Array.init (Shape.size shape) (fun i -> 2.0 * sin (1.0 + 1.7 * float i))
    |> Tensor.ofFloat64Array shape

let training key = { Training = true; Key = Key.ofInt key }

let resting = { Training = false; Key = Key.ofInt 0 }

/// The name of a variable without those of its layers.
let lastName (path: string) = path.Substring(path.LastIndexOf '/' + 1)

/// The variable of this name in the only layer that has one.
let at (name: string) (tree: Tree<Tensor>) =
    Tree.flatten tree
    |> List.filter (fun (path, _) -> path.EndsWith("/" + name))
    |> List.exactlyOne
    |> snd

/// What a layer without variables gives.
let predictAlone (layer: Layer<Tensor, Tensor>) (x: Tensor) =
    Layer.predict (fst (Layer.init (Key.ofInt 0) x.Shape.Tail layer)) x layer

let private someDense units =
    gen {
        let! activation = Gen.elements [ None; Some relu; Some softmax; Some(leakyReluOf 0.1) ]
        let! bias = Gen.elements [ true; false ]

        let! kernel =
            Gen.elements
                [ Initializer.glorotUniform
                  Initializer.heNormal
                  Initializer.orthogonal 0.5
                  Initializer.randomNormal 0.1 0.2
                  Initializer.varianceScaling 2.0 FanMode.FanOut InitialDistribution.UntruncatedNormal ]

        let! regularizer = Gen.elements [ None; Some(Regularizer.l2 0.1); Some(Regularizer.l1l2 0.2 0.3) ]

        return
            denseWith
                { DenseOptions.defaults with
                    Activation = activation
                    UseBias = bias
                    KernelInitializer = kernel
                    KernelRegularizer = regularizer }
                units
    }

let private elementwise =
    Gen.elements
        [ linear
          relu
          relu6
          sigmoid
          tanh'
          softmax
          logSoftmax
          leakyRelu
          elu
          selu
          gelu
          geluTanh
          silu
          softplus
          softsign
          hardSigmoid
          hardSwish
          mish
          prelu
          dropout 0.3
          gaussianNoise 0.1
          gaussianDropout 0.2
          batchNorm
          batchNormWith { BatchNormOptions.defaults with Momentum = 0.5; Scale = false }
          layerNorm
          layerNormWith { LayerNormOptions.defaults with Epsilon = 1e-5; Center = false } ]

/// Layers of images and sequences.
let private windows (shape: Shape) =
    let same = WindowPadding.Same

    match shape with
    | [ _; _; channels ] ->
        gen {
            let! filters = Gen.choose (1, 3)
            let! strides = Gen.elements [ 1, 1; 2, 1 ]
            let! activation = Gen.elements [ None; Some relu; Some softmax ]

            return!
                Gen.elements
                    [ conv2DWith
                          { Conv2DOptions.defaults with
                              Strides = strides
                              Padding = same
                              Groups = channels
                              Activation = activation
                              KernelRegularizer = Some(Regularizer.l2 0.1) }
                          (filters * channels)
                          (3, 2)
                      conv2D filters (1, 1)
                      depthwiseConv2DWith
                          { DepthwiseConv2DOptions.defaults with Padding = same; DepthMultiplier = filters }
                          (2, 3)
                      conv2DTransposeWith
                          { Conv2DTransposeOptions.defaults with Strides = strides; Activation = activation }
                          filters
                          (2, 1)
                      maxPooling2DWith { Pooling2DOptions.defaults with Strides = Some strides; Padding = same } (2, 2)
                      averagePooling2DWith
                          { Pooling2DOptions.defaults with Strides = Some strides; Padding = same }
                          (2, 2)
                      globalMaxPooling2D
                      globalAveragePooling2DWith { GlobalPoolingOptions.defaults with KeepDims = true }
                      upSampling2D strides
                      upSampling2DWith
                          { UpSampling2DOptions.defaults with Interpolation = Interpolation.Bilinear }
                          strides
                      zeroPadding2D (1, 0)
                      separableConv2DWith
                          { SeparableConv2DOptions.defaults with
                              Padding = same
                              DepthMultiplier = 2
                              PointwiseRegularizer = Some(Regularizer.l2 0.1)
                              Activation = activation }
                          filters
                          (2, 2)
                      conv2DWith
                          { Conv2DOptions.defaults with DataFormat = DataFormat.ChannelsFirst; Padding = same }
                          filters
                          (2, 2)
                      adaptiveAveragePooling2D (2, 1)
                      adaptiveMaxPooling2DWith { DataFormat = DataFormat.ChannelsFirst } (1, 2)
                      resizingWith { ResizingOptions.defaults with Interpolation = Interpolation.Bicubic } (3, 2)
                      randomRotation 0.1
                      randomCrop (2, 2) ]
        }
    | [ _; _ ] ->
        gen {
            let! filters = Gen.choose (1, 3)
            let! padding = Gen.elements [ same; WindowPadding.Causal ]

            return!
                Gen.elements
                    [ conv1DWith { Conv1DOptions.defaults with Padding = padding; Strides = 2 } filters 3
                      maxPooling1DWith { Pooling1DOptions.defaults with Strides = Some 1; Padding = same } 2
                      averagePooling1DWith { Pooling1DOptions.defaults with Strides = None; Padding = same } 2
                      globalMaxPooling1D
                      globalAveragePooling1D
                      upSampling1D 2
                      zeroPadding1D (0, 1)
                      conv1DTransposeWith { Conv1DTransposeOptions.defaults with Strides = 2 } filters 2
                      depthwiseConv1DWith { DepthwiseConv1DOptions.defaults with Padding = padding } 2
                      separableConv1DWith { SeparableConv1DOptions.defaults with Padding = padding } filters 2
                      adaptiveMaxPooling1D 2 ]
        }
    | _ -> elementwise

/// A layer that takes samples of this shape; `place` tells names apart. Depth bounds how many layers hold others.
let rec private layer depth place (shape: Shape) : Gen<Layer<Tensor, Tensor>> =
    let last = List.last shape

    let reshaping =
        Gen.elements
            [ flatten
              reshape [ -1 ]
              reshape (1 :: shape)
              permute [ shape.Length .. -1 .. 1 ]
              if shape.Length = 1 then
                  repeatVector 2 ]

    let dense = Gen.choose (1, 4) |> Gen.bind someDense
    let square = someDense last

    if depth = 0 then
        Gen.frequency [ 3, elementwise; 3, dense; 2, windows shape; 1, reshaping ]
    else
        let inner = chain (depth - 1) shape

        let branched =
            gen {
                let! first = someDense 2
                let! second = inner
                let! third = someDense 3
                return branch [ first; second --> flatten --> dense' 2 shape; third ] --> concatenate -1
            }

        Gen.frequency
            [ 4, elementwise
              4, dense
              3, windows shape
              2, reshaping
              1, Gen.map residual square
              1, Gen.map2 (fun n layer -> iterate n layer) (Gen.choose (1, 3)) square
              1, Gen.map (Layer.named $"block{depth}{place}") inner
              1, Gen.map freeze inner
              1, Gen.map (Layer.repeat 2) square
              if shape.Length = 1 then
                  1, branched ]

/// A dense layer behind `flatten` for samples of one axis.
and private dense' units (_: Shape) = dense units

/// One to three layers that fit each other, as a chain.
and private chain depth shape : Gen<Layer<Tensor, Tensor>> =
    gen {
        let! layers = layers depth 3 shape
        return List.reduce (-->) layers
    }

/// Up to `most` layers, of which each takes what the one before gives.
and private layers depth most shape : Gen<Layer<Tensor, Tensor> list> =
    let rec next place shape =
        gen {
            if place = 0 then
                return []
            else
                let! layer = layer depth place shape
                let! rest = next (place - 1) (List.exactlyOne (Layer.shapes [ shape ] layer))
                return layer :: rest
        }

    Gen.choose (1, most) |> Gen.bind (fun n -> next n shape)

/// The shape of a sample, and layers that may follow each other on it.
type Stack =
    { Shape: Shape
      Layers: Layer<Tensor, Tensor> list }

    /// The layers as one chain.
    member stack.Chain = List.reduce (-->) stack.Layers

    override stack.ToString() = $"%A{stack.Shape} %s{DescriptionJson.toJson stack.Chain.Description}"

let stacks =
    gen {
        let! shape = Gen.elements [ [ 3 ]; [ 4 ]; [ 2; 3 ]; [ 2; 1; 2 ] ]
        let! layers = layers 2 4 shape
        return { Shape = shape; Layers = layers }
    }
    |> Arb.fromGen

/// Tries to refute a property of random chains.
let law name (property: Stack -> bool) = Law.checkWith 60 name (Prop.forAll stacks property)
