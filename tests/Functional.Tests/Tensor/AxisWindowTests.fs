/// Convolutions and poolings of sequences and volumes: what they mean in plain loops, their transposes, and the errors.
module Functional.Tests.AxisWindowTests

open System
open Expecto
open Functional

let private randomTensor (random: Random) shape =
    Array.init (Shape.size shape) (fun _ -> 2.0 * random.NextDouble() - 1.0)
    |> Tensor.ofFloat64Array shape

let private message (f: unit -> Tensor) = Expect.Throws<FunctionalException>(fun () -> f () |> ignore).Message

let private dot (a: Tensor) (b: Tensor) = Tensor.toFloat (Tensor.sum (a * b))

/// A random window along one axis, the size of its kernel, and a length on which it fits.
let private axis (random: Random) =
    let size, dilation = 1 + random.Next 3, 1 + random.Next 2

    let window =
        { Stride = 1 + random.Next 2; Dilation = dilation; Before = random.Next 3; After = random.Next 3 }

    window, size, (size - 1) * dilation + 1 + random.Next 3

/// A random volume, the kernel, and their windows, in so many groups.
let private volume seed =
    let random = Random(seed: int)
    let depth, kd, d = axis random
    let y, kh, h = axis random
    let x, kw, w = axis random
    let groups = 1 + random.Next 2
    let channels, filters = groups * (1 + random.Next 2), groups * (1 + random.Next 2)
    let window: Window = { Y = y; X = x; Groups = groups }
    let image = randomTensor random [ 2; d; h; w; channels ]
    let kernel = randomTensor random [ kd; kh; kw; channels / groups; filters ]
    depth, window, image, kernel

let private flat (shape: Shape) (place: int list) = List.fold2 (fun index length i -> index * length + i) 0 shape place

let private at (place: int list) (x: Tensor) = (Tensor.toFloat64Array x)[flat x.Shape place]

/// The elements from `first` to `last` of an axis.
let private between axis (first, last) x = Tensor.sliceAxis axis first (last + 1) 1 x

/// The element of the convolution at a place, in plain loops.
let private element (depth: WindowAxis) (window: Window) (x: Tensor) (kernel: Tensor) (n, i, j, k, f) =
    let shifted (axis: WindowAxis) place offset = place * axis.Stride + offset * axis.Dilation - axis.Before
    let part, ofGroup = kernel.Shape[3], kernel.Shape[4] / window.Groups
    let first = f / ofGroup * part
    let value = Tensor.toFloat64Array x
    let weight = Tensor.toFloat64Array kernel

    seq {
        for a in 0 .. kernel.Shape[0] - 1 do
            for b in 0 .. kernel.Shape[1] - 1 do
                for c in 0 .. kernel.Shape[2] - 1 do
                    for channel in 0 .. part - 1 do
                        let places = [ shifted depth i a; shifted window.Y j b; shifted window.X k c ]

                        if List.forall2 (fun place length -> 0 <= place && place < length) places x.Shape[1..3] then
                            let index = flat x.Shape ([ n ] @ places @ [ first + channel ])
                            value[index] * weight[flat kernel.Shape [ a; b; c; channel; f ]]
    }
    |> Seq.sum

[<Tests>]
let tests =
    [ testCase "conv3d is the sum over the kernel's depth, height, width and channels" (fun () ->
          for seed in 1..60 do
              let depth, window, x, kernel = volume seed
              let y = Tensor.conv3d depth window kernel x
              let random = Random(seed: int)

              for _ in 1..10 do
                  let place = y.Shape |> List.map (fun n -> random.Next n)

                  let expected = element depth window x kernel (place[0], place[1], place[2], place[3], place[4])
                  Expect.Equal(expected, at place y, 1e-12))

      testCase "the transposes of conv1d and conv3d are adjoint to them" (fun () ->
          for seed in 1..60 do
              let depth, window, x, kernel = volume seed
              let y = Tensor.conv3d depth window kernel x
              let other = randomTensor (Random seed) y.Shape
              let size = x.Shape[1], x.Shape[2], x.Shape[3]
              let back = Tensor.conv3dTranspose depth window size kernel other
              Expect.Equal<Shape>(x.Shape, back.Shape)
              Expect.Equal(dot y other, dot x back, 1e-10)

              let sequence = x |> between 1 (0, 0) |> between 2 (0, 0) |> Tensor.squeezeAxes [ 1; 2 ]
              let row = kernel |> between 0 (0, 0) |> between 1 (0, 0) |> Tensor.squeezeAxes [ 0; 1 ]
              let y = Tensor.conv1d window.X window.Groups row sequence
              let other = randomTensor (Random seed) y.Shape
              let back = Tensor.conv1dTranspose window.X window.Groups sequence.Shape[1] row other
              Expect.Equal(dot y other, dot sequence back, 1e-10))

      testCase "a volume of depth 1 is an image, and an image of height 1 a sequence" (fun () ->
          let random = Random 5
          let window = { Window.plain with Y.Stride = 2; X.Before = 1 }
          let image, kernel = randomTensor random [ 2; 5; 6; 3 ], randomTensor random [ 2; 3; 3; 4 ]
          let flat = Tensor.conv2d window kernel image

          let deep = Tensor.conv3d Window.plain.Y window (Tensor.expandDims 0 kernel) (Tensor.expandDims 1 image)

          Expect.True(Tensor.allClose 1e-12 1e-12 flat (Tensor.squeezeAxes [ 1 ] deep))
          let row, ofRow = image[*, 0, *, *], kernel[0, *, *, *]

          let along =
              Tensor.conv2d { window with Y = Window.plain.Y } (Tensor.expandDims 0 ofRow) (Tensor.expandDims 1 row)

          Expect.True(
              Tensor.allClose 1e-12 1e-12 (Tensor.squeezeAxes [ 1 ] along) (Tensor.conv1d window.X 1 ofRow row)
          ))

      testCase "poolings of volumes are those of their windows" (fun () ->
          for seed in 1..30 do
              let random = Random(seed: int)
              let sizes = [ for _ in 1..3 -> 1 + random.Next 3 ]
              let lengths = sizes |> List.map (fun size -> size + random.Next 3)
              let x = randomTensor random ([ 1 ] @ lengths @ [ 2 ])
              let padding = if random.Next 2 = 0 then WindowPadding.Valid else WindowPadding.Same
              let axes = List.map2 (fun size n -> Pool.along padding (1 + random.Next 2) size n) sizes lengths
              let pool: Pool = { Y = axes[1]; X = axes[2] }
              let largest, mean = Tensor.maxPool3d axes[0] pool x, Tensor.averagePool3d axes[0] pool x
              let place = largest.Shape |> List.map (fun n -> random.Next n)

              let bounds i =
                  let start = place[i + 1] * axes[i].Stride - axes[i].Before
                  max 0 start, min lengths[i] (start + sizes[i]) - 1

              let window =
                  x
                  |> between 1 (bounds 0)
                  |> between 2 (bounds 1)
                  |> between 3 (bounds 2)
                  |> between 4 (place[4], place[4])

              Expect.Equal(Tensor.toFloat (Tensor.max window), at place largest)
              Expect.Equal(Tensor.toFloat (Tensor.mean window), at place mean, 1e-12))

      testCase "conv3d differentiates twice, and runs batched and compiled" (fun () ->
          for seed in 1..10 do
              let depth, window, x, kernel = volume seed
              let f x = Tensor.sum (Tensor.tanh (Tensor.conv3d depth window kernel x))
              let v = randomTensor (Random seed) x.Shape
              let found = Derivatives.hessianv f x v
              let expected = (grad f (x + 1e-5 * v) - grad f (x - 1e-5 * v)) * 5e4
              Expect.True(Tensor.allClose 1e-6 1e-6 expected found)

              let apply (x: Tensor) = Tensor.conv3d depth window kernel (Tensor.expandDims 0 x)
              let eager = Tensor.stack 0 [ apply x[0]; apply x[1] ]
              Expect.True(Tensor.allClose 1e-12 1e-12 eager (vmap apply x))
              Expect.True(Tensor.allClose 1e-12 1e-12 eager (Tensor.compile (vmap apply) x)))

      testCase "other axes, channels and sizes are told" (fun () ->
          let plain, axis = Window.plain, Window.plain.X
          let volume, kernel = Tensor.zeros [ 1; 3; 3; 3; 2 ], Tensor.zeros [ 2; 2; 2; 2; 4 ]
          let conv3d = Tensor.conv3d axis plain

          Expect.Contains(
              "must have the five axes [batch; depth;",
              message (fun () -> conv3d kernel (Tensor.zeros [ 3; 3; 2 ]))
          )

          Expect.Contains(
              "kernel must have the five axes",
              message (fun () -> conv3d (Tensor.zeros [ 2; 2; 2; 4 ]) volume)
          )

          Expect.Contains(
              "kernel depth = 4 spans 4 elements of the depth, which has 3",
              message (fun () -> conv3d (Tensor.zeros [ 4; 2; 2; 2; 4 ]) volume)
          )

          Expect.Contains(
              "the kernel takes 1 channels in each of 1 groups, and the volume has 2",
              message (fun () -> conv3d (Tensor.zeros [ 2; 2; 2; 1; 4 ]) volume)
          )

          Expect.Contains(
              "depth = 9 is not one of which the window leaves 3 elements",
              message (fun () -> Tensor.conv3dTranspose axis plain (9, 4, 4) kernel (Tensor.zeros [ 1; 3; 3; 3; 4 ]))
          )

          Expect.Contains(
              "must have the three axes [batch; length; channels]",
              message (fun () -> Tensor.conv1d axis 1 (Tensor.zeros [ 2; 2; 4 ]) volume)
          )

          Expect.Contains(
              "must have the three axes [size; channels",
              message (fun () -> Tensor.conv1d axis 1 kernel (Tensor.zeros [ 1; 3; 2 ]))
          )

          Expect.Contains(
              "maxPool3d: the volumes must have the five axes",
              message (fun () ->
                  Tensor.maxPool3d Pool.single { Y = Pool.single; X = Pool.single } (Tensor.zeros [ 2; 2 ]))
          )) ]
    |> testList "Tensor.AxisWindow"
