/// The code of docs/convolution.md, as it stands there.
module Functional.Tests.ConvolutionPage

open Expecto
open Functional

let private run () =
    let active = { Conv2DOptions.defaults with Activation = Some relu }

    let digits =
        conv2DWith active 32 (3, 3)
        --> maxPooling2D (2, 2)
        --> conv2DWith active 16 (3, 3)
        --> maxPooling2D (2, 2)
        --> flatten
        --> dense 10
        --> softmax

    let model = Model.create digits [ 28; 28; 1 ] (Key.ofInt 1)
    printfn "%s" (Model.summary model) // 8,954 parameters

    Expect.Equal(8954L, Variables.trainableCount model.Variables)

    let causal dilation =
        conv1DWith
            { Conv1DOptions.defaults with
                Padding = WindowPadding.Causal
                DilationRate = dilation
                Activation = Some relu }
            16
            2

    let wavenet = causal 1 --> causal 2 --> causal 4 --> causal 8 --> conv1D 1 1
    let seen = Layer.shapes [ [ 100; 3 ] ] wavenet // [ [ 100; 1 ] ]

    Expect.Equal<Shape list>([ [ 100; 1 ] ], seen)
    let variables, _ = Layer.init (Key.ofInt 1) [ 40; 3 ] wavenet
    let x = Random.normal (Key.ofInt 2) [ 1; 40; 3 ]

    let weight =
        x |> grad (fun x -> Tensor.sum (Tensor.sliceAxis 1 30 31 1 (Layer.predict variables x wavenet)))

    let slope i = Tensor.toFloat (Tensor.sum (Tensor.abs weight[0, i, *]))
    let reached = [ 0..39 ] |> List.filter (fun i -> slope i > 0.0)
    Expect.Equal((15, 30), (List.head reached, List.last reached))

    let inFront =
        conv2DWith { Conv2DOptions.defaults with DataFormat = DataFormat.ChannelsFirst } 8 (3, 3)
        --> maxPooling2DWith { Pooling2DOptions.defaults with DataFormat = DataFormat.ChannelsFirst } (2, 2)

    let shapes = Layer.shapes [ [ 3; 32; 32 ] ] inFront // [ [ 8; 15; 15 ] ]

    Expect.Equal<Shape list>([ [ 8; 15; 15 ] ], shapes)

    let same = { active with Padding = WindowPadding.Same }
    let halved = maxPooling2DWith { Pooling2DOptions.defaults with Padding = WindowPadding.Same } (2, 2)

    let encoder =
        conv2DWith same 16 (3, 3)
        --> halved
        --> conv2DWith same 8 (3, 3)
        --> halved
        --> conv2DWith same 8 (3, 3)
        --> halved

    let decoder =
        conv2DWith same 8 (3, 3)
        --> upSampling2D (2, 2)
        --> conv2DWith same 8 (3, 3)
        --> upSampling2D (2, 2)
        --> conv2DWith active 16 (3, 3)
        --> upSampling2D (2, 2)
        --> conv2DWith { same with Activation = Some sigmoid } 1 (3, 3)

    let autoencoder =
        Model.create (Layer.named "encoder" encoder --> Layer.named "decoder" decoder) [ 28; 28; 1 ] (Key.ofInt 1)

    let codes = autoencoder |> Model.part "encoder" |> Model.predict (Tensor.ones [ 5; 28; 28; 1 ]) // [5; 4; 4; 8]

    Expect.Equal(4385L, Variables.trainableCount autoencoder.Variables)
    Expect.Equal<Shape>([ 5; 4; 4; 8 ], codes.Shape)

    let thumbnails =
        resizingWith { ResizingOptions.defaults with CropToAspectRatio = true; Antialias = true } (32, 32)

    let small = Layer.shapes [ [ 480; 640; 3 ] ] thumbnails // [ [ 32; 32; 3 ] ]

    Expect.Equal<Shape list>([ [ 32; 32; 3 ] ], small)

    let scans =
        conv3D 8 (3, 3, 3)
        --> relu
        --> maxPooling3D (2, 2, 2)
        --> conv3D 16 (3, 3, 3)
        --> relu
        --> globalAveragePooling3D

    let pooled = Layer.shapes [ [ 20; 64; 64; 1 ] ] scans // [ [ 16 ] ]

    Expect.Equal<Shape list>([ [ 16 ] ], pooled)

    let laplacian =
        tensor [ [ 0.0; 1.0; 0.0 ]; [ 1.0; -4.0; 1.0 ]; [ 0.0; 1.0; 0.0 ] ] |> Tensor.reshape [ 3; 3; 1; 1 ]

    let edges (images: Tensor) =
        let size = images.Shape[1], images.Shape[2]
        let window = Window.create WindowPadding.Same (1, 1) (1, 1) 1 (3, 3) size
        Tensor.conv2d window laplacian images

    let constant = edges (Tensor.ones [ 1; 5; 5; 1 ])
    Expect.Equal(0.0, Tensor.toFloat constant[0, 2, 2, 0])
    Expect.Equal(-2.0, Tensor.toFloat constant[0, 0, 0, 0])

[<Tests>]
let tests =
    [ testCase "the code of docs/convolution.md gives what it says" run
      Pages.codeRuns "convolution.md" "ConvolutionPage.fs" ]
    |> testList "Docs.Convolution"
