/// Laws of the layers that change images at random.
module Functional.Tests.AugmentationTests

open System
open Expecto
open Functional
open Functional.Tests.Chains

/// Images [count; height; width; channels] whose elements all differ, from 0 on.
let private images (shape: Shape) =
    Tensor.reshape shape (Tensor.cast Float64 (Tensor.arangeInt 0 (Shape.size shape)))

let private applied run (layer: Layer<Tensor, Tensor>) (x: Tensor) =
    fst (layer.Apply (fst (Layer.init (Key.ofInt 0) x.Shape.Tail layer)) run x)

let private train key layer x = applied (training key) layer x

let private rest layer x = applied resting layer x

let private sameBits (a: Tensor) (b: Tensor) = bits a = bits b

let private near tolerance (a: Tensor) (b: Tensor) = Tensor.allClose tolerance tolerance a b

let private floats (x: Tensor) = Tensor.toFloat64Array x

let private nearest = { ImageTransformOptions.defaults with Interpolation = Interpolation.Nearest }

let private wide = { ValueRangeOptions.defaults with ValueRange = -1e9, 1e9 }

/// Every layer that keeps the shape of its images, by data format.
let private layers format : Layer<Tensor, Tensor> list =
    let options = { ImageTransformOptions.defaults with DataFormat = format }
    let values = { wide with DataFormat = format }

    [ randomFlipIn format FlipMode.Horizontal
      randomFlipIn format FlipMode.Vertical
      randomFlipIn format FlipMode.HorizontalAndVertical
      randomRotationWith options (-0.3, 0.4)
      randomTranslationWith options ((-0.3, 0.3), (-0.2, 0.4))
      randomZoomWith options ((-0.3, 0.2), None)
      randomZoomWith options ((-0.3, 0.2), Some(-0.1, 0.5))
      randomShearWith options ((0.1, 0.5), (-0.2, 0.3))
      randomContrastWith values (0.5, 0.7)
      randomBrightnessWith values (-0.5, 0.5)
      randomErasingWith { RandomErasingOptions.defaults with Factor = 1.0, 1.0; DataFormat = format } ]

let private last = layers DataFormat.ChannelsLast

/// Whether the flags [h; w] hold exactly in a rectangle.
let private isRectangle (flags: bool[,]) =
    let held =
        [ for i in 0 .. flags.GetLength 0 - 1 do
              for j in 0 .. flags.GetLength 1 - 1 do
                  if flags[i, j] then
                      i, j ]

    match held with
    | [] -> true
    | held ->
        let rows, columns = List.map fst held, List.map snd held
        held.Length = (List.max rows - List.min rows + 1) * (List.max columns - List.min columns + 1)

[<Tests>]
let tests =
    [ testCase "outside training images stay as they are" (fun () ->
          let x = images [ 3; 5; 6; 2 ]

          for layer in last do
              Expect.True(sameBits x (rest layer x), layer.Description.Kind))

      testCase "integers become float32 in training and outside" (fun () ->
          let x = Tensor.reshape [ 2; 4; 4; 1 ] (Tensor.arangeInt 0 32)

          for layer in last do
              Expect.Equal(Float32, (rest layer x).DType)
              Expect.Equal(Float32, (train 1 layer x).DType))

      testCase "the same key gives the same images, another one others" (fun () ->
          let x = images [ 8; 6; 7; 2 ]

          for layer in last do
              Expect.True(sameBits (train 3 layer x) (train 3 layer x), layer.Description.Kind)
              Expect.False(sameBits (train 3 layer x) (train 4 layer x), layer.Description.Kind))

      testCase "each image has a draw of its own" (fun () ->
          let x = Tensor.broadcastTo [ 16; 6; 7; 2 ] (images [ 1; 6; 7; 2 ])

          for layer in last do
              let y = train 5 layer x
              let found = [ for i in 0..15 -> floats y[i] ] |> List.distinct
              Expect.True(found.Length > 1, layer.Description.Kind))

      testCase "channels in front are the same images" (fun () ->
          let x = images [ 4; 6; 7; 3 ]
          let toFront, back = Tensor.permute [ 0; 3; 1; 2 ], Tensor.permute [ 0; 2; 3; 1 ]

          for a, b in List.zip last (layers DataFormat.ChannelsFirst) do
              // noise is drawn element by element in the order of the layer's own axes
              if a.Description.Kind <> "random_erasing" then
                  Expect.True(sameBits (train 9 a x) (back (train 9 b (toFront x))), a.Description.Kind))

      testCase "compiled and eager images are the same" (fun () ->
          let x = images [ 3; 6; 5; 2 ]

          for layer in randomCrop (3, 4) :: last do
              Expect.True(near 1e-9 (train 2 layer x) (Tensor.compile (train 2 layer) x), layer.Description.Kind))

      testCase "a layer comes back from its description" (fun () ->
          for layer in
              [ randomCropIn DataFormat.ChannelsFirst (3, 2)
                randomErasingWith { RandomErasingOptions.defaults with FillValue = Some 7.0 }
                centerCropIn DataFormat.ChannelsFirst (3, 2)
                resizingWith
                    { ResizingOptions.defaults with Interpolation = Interpolation.Lanczos3; Antialias = true }
                    (3, 2)
                yield! last
                yield! layers DataFormat.ChannelsFirst ] do
              let json = DescriptionJson.toJson layer.Description
              Expect.Equal(layer.Description, (Catalog.build (DescriptionJson.ofJson json)).Description))

      testCase "by name, one number is a range as in Keras" (fun () ->
          let same (a: Layer<Tensor, Tensor>) (b: Layer<Tensor, Tensor>) = Expect.Equal(a.Description, b.Description)

          let number name (value: float) = name, Setting.Number value
          same (randomRotation 0.2) (Layer.ofName "RandomRotation" [ number "factor" 0.2 ])
          same (randomContrast 0.3) (Layer.ofName "RandomContrast" [ number "factor" 0.3 ])
          same (randomBrightness 0.3) (Layer.ofName "random_brightness" [ number "factor" 0.3 ])
          same (randomShear (0.3, 0.0)) (Layer.ofName "RandomShear" [ number "x_factor" 0.3 ])
          same (randomZoom 0.3) (Layer.ofName "RandomZoom" [ number "height_factor" 0.3 ])

          same
              (randomZoomWith ImageTransformOptions.defaults ((-0.3, 0.3), Some(-0.1, 0.1)))
              (Layer.ofName "RandomZoom" [ number "height_factor" 0.3; number "width_factor" 0.1 ])

          same
              (randomErasingWith { RandomErasingOptions.defaults with Factor = 0.0, 0.5; FillValue = Some 128.0 })
              (Layer.ofName "RandomErasing" [ number "factor" 0.5; "fill_value", Setting.Whole 128 ]))

      testCase "a flip mirrors about half of the images, and twice is none" (fun () ->
          let x = images [ 200; 3; 4; 2 ]

          for mode, axis in [ FlipMode.Horizontal, 2; FlipMode.Vertical, 1 ] do
              let layer = randomFlip mode
              let y = train 1 layer x
              let mirrored = Tensor.flip [ axis ] x
              let isMirrored i = floats y[i] = floats mirrored[i]
              Expect.True([ 0..199 ] |> List.forall (fun i -> isMirrored i || floats y[i] = floats x[i]))
              Expect.InRange([ 0..199 ] |> List.filter isMirrored |> List.length, 70, 130)

          for layer in List.take 3 last do
              Expect.True(sameBits x (train 7 layer (train 7 layer x))))

      testCase "a quarter turn is that of NumPy's rot90" (fun () ->
          let x = images [ 2; 5; 5; 3 ]
          let left = Tensor.flip [ 1 ] (Tensor.swapAxes 1 2 x)
          let turn options share = train 1 (randomRotationWith options (share, share)) x
          Expect.True(sameBits left (turn nearest 0.25))
          Expect.True(near 1e-9 left (turn ImageTransformOptions.defaults 0.25))
          Expect.True(near 1e-9 (Tensor.flip [ 1; 2 ] x) (turn ImageTransformOptions.defaults 0.5))

          Expect.True(
              near 1e-9 (Tensor.swapAxes 1 2 (Tensor.flip [ 1 ] x)) (turn ImageTransformOptions.defaults -0.25)
          )

          Expect.True(sameBits x (turn ImageTransformOptions.defaults 0.0)))

      testCase "turning back and forth in single precision keeps the middle" (fun () ->
          let x = images [ 1; 5; 5; 1 ] |> Tensor.cast Float32
          let turn share x = train 1 (randomRotationWith nearest (share, share)) x
          Expect.True(sameBits x (x |> turn 0.25 |> turn -0.25)))

      testCase "moved by whole elements, images are filled as told" (fun () ->
          let x = images [ 1; 4; 5; 1 ]

          let moved mode =
              let options = { ImageTransformOptions.defaults with FillMode = mode; FillValue = -7.0 }
              let y = train 1 (randomTranslationWith options ((0.5, 0.5), (-0.2, -0.2))) x
              floats y[0, *, 0, 0]

          // two rows down and a column to the left: the first column shows 1, 6, 11, ...
          Expect.True((moved FillMode.Constant = [| -7.0; -7.0; 1.0; 6.0 |]))
          Expect.True((moved FillMode.Nearest = [| 1.0; 1.0; 1.0; 6.0 |]))
          Expect.True((moved FillMode.Reflect = [| 6.0; 1.0; 1.0; 6.0 |]))
          Expect.True((moved FillMode.Wrap = [| 11.0; 16.0; 1.0; 6.0 |])))

      testCase "contrast multiplies the distance from each channel's mean, brightness adds" (fun () ->
          let x = images [ 6; 4; 5; 2 ]
          let means = Tensor.meanKeep [ 1; 2 ] x
          let factors = floats ((train 3 (randomContrastWith wide (0.5, 0.7)) x - means) / (x - means))

          for i in 0..5 do
              let ofImage = factors[i * 40 .. i * 40 + 39]
              Expect.InRange(ofImage[0], 0.5, 1.7)
              Expect.True(ofImage |> Array.forall (fun f -> abs (f - ofImage[0]) < 1e-9))

          let unit = { ValueRangeOptions.defaults with ValueRange = 0.0, 1.0 }
          let y = train 1 (randomBrightnessWith unit (0.25, 0.25)) (x * 1e-3)
          Expect.True(near 1e-12 (x * 1e-3 + 0.25) y)
          let white = train 1 (randomBrightnessWith unit (1.0, 1.0)) (x * 1e-3)
          Expect.True(floats white |> Array.forall ((=) 1.0)))

      testCase "a crop is a window of the image, and all places come" (fun () ->
          let x = Tensor.broadcastTo [ 300; 4; 5; 1 ] (images [ 1; 4; 5; 1 ])
          let y = train 1 (randomCrop (3, 3)) x
          let corners = [ for i in 0..299 -> Tensor.toFloat y[i, 0, 0, 0] ]

          for i, corner in List.indexed corners do
              let window =
                  [| for r in 0..2 do
                         for c in 0..2 -> corner + float (5 * r + c) |]

              Expect.True((floats y[i] = window))

          Expect.Equal<float list>([ 0.0; 1.0; 2.0; 5.0; 6.0; 7.0 ], List.sort (List.distinct corners))

          let resized = rest (resizingWith { ResizingOptions.defaults with CropToAspectRatio = true } (3, 3)) x
          Expect.True(sameBits resized (rest (randomCrop (3, 3)) x))
          Expect.Equal<Shape>([ 300; 6; 6; 1 ], (train 1 (randomCrop (6, 6)) x).Shape))

      testCase "erasing fills one rectangle of each image" (fun () ->
          let x = images [ 60; 8; 9; 2 ] + 1.0

          let erase factor =
              randomErasingWith { RandomErasingOptions.defaults with Factor = factor; FillValue = Some -5.0 }

          Expect.True(sameBits x (train 2 (erase (0.0, 0.0)) x))
          let y = train 2 (erase (1.0, 1.0)) x

          for i in 0..59 do
              let both channel = Array2D.init 8 9 (fun r c -> Tensor.toFloat y[i, r, c, channel] = 0.0)
              Expect.True(isRectangle (both 0))
              Expect.True((both 0 = both 1))

          let changed (y: Tensor) = [ 0..59 ] |> List.filter (fun i -> floats y[i] <> floats x[i]) |> List.length
          Expect.InRange(changed y, 55, 60)
          Expect.InRange(changed (train 2 (erase (0.5, 0.5)) x), 18, 42)
          // noise stays within the values
          let noisy =
              train 3 (randomErasingWith { RandomErasingOptions.defaults with Factor = 1.0, 1.0 }) (x * 0.0 - 1.0)

          Expect.True(floats noisy |> Array.forall (fun v -> v = -1.0 || (v >= 0.0 && v <= 255.0))))

      testCase "a network with augmentation trains, and predicts without it" (fun () ->
          let x = Tensor.cast Float32 (images [ 16; 6; 6; 1 ]) * (1.0 / 576.0)
          let data = Dataset.ofTensors x (Tensor.ofInts [ 16 ] (Array.init 16 (fun i -> i % 2)))

          let net =
              randomFlip FlipMode.Horizontal
              --> randomRotation 0.1
              --> randomCrop (5, 5)
              --> flatten
              --> dense 2
              --> softmax

          let options = { Fit.defaults with Loss = Loss.sparseCategoricalCrossentropy; Epochs = 2 }

          let result = Learn.fit options net data (Key.ofInt 1)
          let predict () = floats (Model.predict x result.Model)
          Expect.True((predict () = predict ())))

      testCase "options out of range are refused" (fun () ->
          let refused part make = Expect.Contains(part, errorOf make)
          refused "factor = (0.5, -0.5) is not a range" (fun () -> randomRotationWith nearest (0.5, -0.5))

          refused "height factor = (0, 1.5) is not a range within -1 to 1" (fun () ->
              randomZoomWith nearest ((0.0, 1.5), None))

          refused "lower = (-0.1, -0.1)" (fun () -> randomContrast -0.1)

          refused "value range = (1, 0)" (fun () ->
              randomBrightnessWith { wide with ValueRange = 1.0, 0.0 } (0.1, 0.2))

          refused "size = 0" (fun () -> randomCrop (0, 3))

          refused "is for resizing" (fun () ->
              randomZoomWith { nearest with Interpolation = Interpolation.Bicubic } ((0.0, 0.1), None))

          refused "a sample must be an image" (fun () -> Layer.init (Key.ofInt 1) [ 4 ] (randomRotation 0.1))) ]
    |> testList "Layers.Augmentation"
