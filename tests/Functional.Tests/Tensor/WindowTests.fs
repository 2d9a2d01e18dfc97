/// Convolutions and poolings of tensors: what windows the paddings give, means of windows, and the errors.
module Functional.Tests.WindowTests

open Expecto
open Functional

let private wave (shape: Shape) =
    Array.init (Shape.size shape) (fun i -> 2.0 * sin (1.0 + 1.7 * float i))
    |> Tensor.ofFloat64Array shape

let private plan padding strides dilations kernel image = Window.create padding strides dilations 1 kernel image

let private message (f: unit -> Tensor) = Expect.Throws<FunctionalException>(fun () -> f () |> ignore).Message

[<Tests>]
let tests =
    [ testCase "same padding leaves n / stride elements, the odd one of the padding behind" (fun () ->
          Law.check
              "same and causal"
              (fun
                  (FsCheck.PositiveInt n)
                  (FsCheck.PositiveInt stride)
                  (FsCheck.PositiveInt size)
                  (FsCheck.PositiveInt dilation) ->
                  let along padding = (plan padding (stride, 1) (dilation, 1) (size, 1) (n, 1)).Y

                  let same, causal = along WindowPadding.Same, along WindowPadding.Causal
                  let fits (axis: WindowAxis) = ConvolutionShapes.convolved axis size n = (n + stride - 1) / stride

                  fits same
                  && fits causal
                  && (same.After = same.Before || same.After = same.Before + 1)
                  && causal.After = 0)

          let before, after = let y = (plan WindowPadding.Same (2, 2) (1, 1) (3, 3) (6, 6)).Y in y.Before, y.After
          Expect.Equal((0, 1), (before, after)))

      testCase "a convolution is a product with every window" (fun () ->
          let x = wave [ 2; 5; 6; 3 ]
          let kernel = wave [ 2; 3; 3; 4 ]
          let y = Tensor.conv2d { Window.plain with Y.Stride = 2 } kernel x

          let window i j =
              x[*, 2 * i .. 2 * i + 1, j .. j + 2, *] |> Tensor.reshape [ 2; 18 ] |> Tensor.matmul
              <| Tensor.reshape [ 18; 4 ] kernel

          Expect.Equal<Shape>([ 2; 2; 4; 4 ], y.Shape)

          for i in 0..1 do
              for j in 0..3 do
                  Expect.True(Tensor.allClose 1e-12 1e-12 (window i j) (Tensor.reshape [ 2; 4 ] y[*, i..i, j..j, *])))

      testCase "the mean of a window counts what is inside the image" (fun () ->
          let x = wave [ 2; 7; 5; 3 ]

          for padding in [ WindowPadding.Valid; WindowPadding.Same ] do
              for strides in [ 1, 1; 2, 2; 2, 3; 3, 1 ] do
                  for size in [ 1, 1; 2, 2; 2, 3; 3, 2; 3, 3 ] do
                      let pool = Pool.create padding strides size (7, 5)
                      let y = Tensor.averagePool2d pool x

                      let range (axis: PoolAxis) i length =
                          let start = i * axis.Stride - axis.Before
                          max 0 start, min length (start + axis.Size) - 1

                      for i in 0 .. y.Shape[1] - 1 do
                          for j in 0 .. y.Shape[2] - 1 do
                              let top, bottom = range pool.Y i 7
                              let left, right = range pool.X j 5
                              let expected = Tensor.meanOver [ 1; 2 ] x[*, top..bottom, left..right, *]

                              Expect.True(
                                  Tensor.allClose 1e-12 1e-12 expected (Tensor.meanOver [ 1; 2 ] y[*, i..i, j..j, *])
                              ))

      testCase "the first of equals is the largest, and NaN is larger" (fun () ->
          let at values =
              let y, indices =
                  Tensor.maxPool2dWithIndices
                      (Pool.create WindowPadding.Valid (1, 1) (2, 2) (2, 2))
                      (Tensor.ofFloat64Array [ 1; 2; 2; 1 ] values)

              Tensor.toFloat y, (Tensor.toInts indices)[0]

          Expect.Equal((3.0, 1), at [| 1.0; 3.0; 3.0; 3.0 |])
          Expect.Equal((nan, 2), at [| infinity; 3.0; nan; nan |])
          Expect.Equal((-infinity, 0), at (Array.create 4 -infinity)))

      testCase "empty batches give empty results" (fun () ->
          let none = Tensor.zerosOf Float64 [ 0; 4; 4; 2 ]
          let kernel = wave [ 3; 3; 2; 5 ]
          let apply x = Tensor.conv2d Window.plain kernel x
          Expect.Equal<Shape>([ 0; 2; 2; 5 ], (apply none).Shape)
          let slope = kernel |> grad (fun kernel -> Tensor.sum (Tensor.conv2d Window.plain kernel none))
          Expect.True(Tensor.sameElements (Tensor.zerosLike kernel) slope)
          let pool = Pool.create WindowPadding.Valid (2, 2) (2, 2) (4, 4)

          Expect.Equal<Shape>(
              [ 0; 2; 2; 2 ],
              (grad (Tensor.maxPool2d pool >> Tensor.sum) none |> Tensor.maxPool2d pool).Shape
          ))

      testCase "what does not fit is told with the fix" (fun () ->
          let x = wave [ 1; 4; 4; 2 ]
          let conv window shape () = Tensor.conv2d window (wave shape) x

          Expect.Equal(
              "conv2d: the kernel spans 5 elements of the height, which has 4 with its padding; take a smaller kernel or \
               dilation, or more padding.\nimage   [4; 4]\nkernel  [5; 1]",
              message (conv Window.plain [ 5; 1; 2; 1 ])
          )

          Expect.Equal(
              "conv2d: the kernel takes 3 channels, and the image has 2; the last axis of the image and the third of the \
               kernel must agree.\nimage   [1; 4; 4; 2]\nkernel  [3; 3; 3; 1]",
              message (conv Window.plain [ 3; 3; 3; 1 ])
          )

          Expect.Equal(
              "conv2d: groups = 3 does not divide the 2 channels and the 3 filters; take a common divisor of both.",
              message (conv { Window.plain with Groups = 3 } [ 3; 3; 1; 3 ])
          )

          Expect.Contains(
              "stride = 0 is too small; give 1 or more.",
              message (conv { Window.plain with Y.Stride = 0 } [ 3; 3; 2; 1 ])
          )

          Expect.Contains(
              "the image must have the four axes [batch; height; width; channels]; reshape it first.\nimage  [4; 4]",
              message (fun () -> Tensor.conv2d Window.plain (wave [ 3; 3; 2; 1 ]) (wave [ 4; 4 ]))
          )

          Expect.Contains(
              "both arguments must have one type",
              message (fun () -> Tensor.conv2d Window.plain (Tensor.cast Float32 (wave [ 3; 3; 2; 1 ])) x)
          )

          Expect.Contains(
              "takes float32, float64, float16 or bfloat16",
              message (fun () ->
                  Tensor.maxPool2d (Pool.create WindowPadding.Valid (1, 1) (2, 2) (4, 4)) (Tensor.cast Int32 x))
          )

          Expect.Contains(
              "conv2dTranspose: the image does not belong to the others; its shape must be the expected one.\n\
               kernel    [3; 3; 4; 2]\nsize      [9; 9]\nimage     [1; 4; 4; 2]\nexpected  [1; 7; 7; 2]",
              message (fun () -> Tensor.conv2dTranspose Window.plain (9, 9) (wave [ 3; 3; 4; 2 ]) x)
          )

          let pool = Pool.create WindowPadding.Valid (1, 1) (2, 2) (4, 4)

          Expect.Equal(
              "maxPool2d: padding = 2 leaves windows of 2 without an element; pad less than the window's height.",
              message (fun () -> Tensor.maxPool2d { pool with Y.Before = 2 } x)
          )

          Expect.Contains(
              "the window does not fit in the width, which has 4 elements with its padding",
              message (fun () -> Tensor.averagePool2d { pool with X.Size = 5 } x)
          )

          let indices = Tensor.ofInts [ 1; 3; 3; 2 ] (Array.init 18 (fun i -> if i = 4 then 16 else 0))

          Expect.Equal(
              "poolGather: index = 16 is outside an image of 4 by 4 elements; take the indices that Op.MaxPool gave.",
              message (fun () -> Core.apply (Op.PoolGather pool) [ x; indices ])
          )) ]
    |> testList "Tensor.Window"
