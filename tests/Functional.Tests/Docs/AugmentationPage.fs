/// The code of docs/augmentation.md, as it stands there.
module Functional.Tests.AugmentationPage

open Expecto
open Functional

let private run () =
    let augmented =
        randomFlip FlipMode.Horizontal
        --> randomRotation 0.05
        --> randomTranslation (0.1, 0.1)
        --> randomZoom 0.1

    let net = augmented --> conv2D 8 (3, 3) --> relu --> flatten --> dense 2 --> softmax
    let model = Model.create net [ 16; 16; 3 ] (Key.ofInt 1)

    let x = Random.uniform (Key.ofInt 3) [ 4; 16; 16; 3 ]
    Expect.Equal<Shape>([ 4; 2 ], (Model.predict x model).Shape)
    let plain = fst (Layer.init (Key.ofInt 1) [ 16; 16; 3 ] augmented)
    Expect.True(Tensor.sameElements x (Layer.predict plain x augmented))

    let quarter =
        randomRotationWith { ImageTransformOptions.defaults with Interpolation = Interpolation.Nearest } (0.25, 0.25)

    let image = tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ] |> Tensor.reshape [ 1; 2; 2; 1 ]
    let run = { Training = true; Key = Key.ofInt 7 }
    let variables, _ = Layer.init (Key.ofInt 1) [ 2; 2; 1 ] quarter
    let turned = fst (quarter.Apply variables run image) // 2, 4 above 1, 3

    Expect.True((Tensor.toFloat64Array turned = [| 2.0; 4.0; 1.0; 3.0 |]))

    let lighter =
        randomBrightnessWith { ValueRangeOptions.defaults with ValueRange = 0.0, 1.0 } (0.0, 0.3)
        --> randomContrastWith { ValueRangeOptions.defaults with ValueRange = 0.0, 1.0 } (0.2, 0.4)

    let values, _ = Layer.init (Key.ofInt 1) [ 16; 16; 3 ] lighter
    let changed = fst (lighter.Apply values run x)
    Expect.InRange(Tensor.toFloat (Tensor.min changed), 0.0, 1.0)
    Expect.InRange(Tensor.toFloat (Tensor.max changed), 0.0, 1.0)
    Expect.False(Tensor.sameElements x changed)

    let patches =
        randomCrop (12, 12)
        --> randomErasingWith
                { RandomErasingOptions.defaults with Factor = 1.0, 1.0; Scale = 0.02, 0.1; FillValue = Some 0.0 }

    let places, _ = Layer.init (Key.ofInt 1) [ 16; 16; 3 ] patches
    let cut = fst (patches.Apply places run (x + 1.0))
    Expect.Equal<Shape>([ 4; 12; 12; 3 ], cut.Shape)
    Expect.Equal(0.0, Tensor.toFloat (Tensor.min cut))

[<Tests>]
let tests =
    [ testCase "the code of docs/augmentation.md gives what it says" run
      Pages.codeRuns "augmentation.md" "AugmentationPage.fs" ]
    |> testList "Docs.Augmentation"
