module Functional.Tests.Kernels.ConvolutionTests

#nowarn "9"

open System
open FsCheck.FSharp
open Microsoft.FSharp.NativeInterop
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

let private xSize (s: ConvolutionShape) = s.Batch * s.Height * s.Width * s.Channels

let private kernelSize (s: ConvolutionShape) = s.KernelHeight * s.KernelWidth * (s.Channels / s.Groups) * s.Filters

let private ySize (s: ConvolutionShape) = s.Batch * s.OutHeight * s.OutWidth * s.Filters

/// Every product of a convolution, as the positions of its factors and of the sum it belongs to.
let private products (s: ConvolutionShape) (visit: int -> int -> int -> unit) =
    let channels, filters = s.Channels / s.Groups, s.Filters / s.Groups

    for n in 0 .. s.Batch - 1 do
        for oy in 0 .. s.OutHeight - 1 do
            for ox in 0 .. s.OutWidth - 1 do
                for ky in 0 .. s.KernelHeight - 1 do
                    for kx in 0 .. s.KernelWidth - 1 do
                        let y = oy * s.StrideY + ky * s.DilationY - s.PadTop
                        let x = ox * s.StrideX + kx * s.DilationX - s.PadLeft

                        if y >= 0 && y < s.Height && x >= 0 && x < s.Width then
                            for f in 0 .. s.Filters - 1 do
                                for c in 0 .. channels - 1 do
                                    visit
                                        (((n * s.Height + y) * s.Width + x) * s.Channels + f / filters * channels + c)
                                        (((ky * s.KernelWidth + kx) * channels + c) * s.Filters + f)
                                        (((n * s.OutHeight + oy) * s.OutWidth + ox) * s.Filters + f)

/// The three functions, as functions from two arrays to a third. The result starts as NaN, between guards.
type private Direction =
    | Forward
    | InputGradient
    | KernelGradient

let private run
    direction
    (s: ConvolutionShape)
    (epilogue: 'T nativeptr -> Epilogue | null)
    (a: 'T[])
    (b: 'T[])
    (nan: 'T)
    =
    let guard = 64

    let size =
        match direction with
        | Forward -> ySize s
        | InputGradient -> xSize s
        | KernelGradient -> kernelSize s

    let result = Array.create (size + 2 * guard) nan
    use pa = fixed a
    use pb = fixed b
    use pr = fixed result
    let target = NativePtr.add pr guard

    match direction with
    | Forward -> Convolution.Forward(&s, pa, pb, target, epilogue target)
    | InputGradient -> Convolution.InputGradient(&s, pa, pb, target, epilogue target)
    | KernelGradient -> Convolution.KernelGradient(&s, pa, pb, target)

    same (Array.create guard nan) result[.. guard - 1]
    same (Array.create guard nan) result[guard + size ..]
    result[guard .. guard + size - 1]

let private noEpilogue (_: 'T nativeptr) : Epilogue | null = null

/// Sizes whose parts suit each other; the output may reach beyond what the padding covers, or use less than there is.
let private shapes =
    gen {
        let! groups = Gen.frequency [ 4, Gen.constant 1; 1, Gen.choose (2, 4) ]
        let narrow = Gen.frequency [ 1, Gen.constant 0; 12, Gen.choose (1, 5); 6, Gen.choose (6, 20) ]
        let wide = Gen.elements [ 8; 16; 24; 32; 33; 47; 48; 64; 65; 100 ]

        let! wideChannels, wideFilters =
            Gen.frequency
                [ 3, Gen.constant (false, false)
                  1, Gen.zip (Gen.elements [ true; false ]) (Gen.elements [ true; false ]) ]

        let! depthwise = Gen.frequency [ 7, Gen.constant false; 1, Gen.constant true ]
        let! channels = if wideChannels then wide else narrow
        let! filters = if wideFilters then wide else narrow
        let! multiplier = Gen.frequency [ 3, Gen.constant 1; 1, Gen.choose (2, 3) ]
        let groups = if depthwise then max 1 channels else groups
        let channels = if depthwise then groups else channels * groups
        let filters = if depthwise then groups * multiplier else filters * groups
        let! batch = Gen.frequency [ 1, Gen.constant 0; 8, Gen.choose (1, 3); 2, Gen.choose (4, 17) ]
        let side = Gen.frequency [ 1, Gen.constant 0; 10, Gen.choose (1, 9); 2, Gen.choose (10, 20) ]
        let! flat = Gen.frequency [ 5, Gen.constant false; 1, Gen.constant true ]
        let! height = if flat then Gen.constant 1 else side
        let! width = side

        let! kernelHeight =
            if flat then
                Gen.constant 1
            else
                Gen.frequency [ 1, Gen.constant 0; 15, Gen.choose (1, 4) ]

        let! kernelWidth = Gen.frequency [ 1, Gen.constant 0; 15, Gen.choose (1, 4) ]
        let step = Gen.frequency [ 4, Gen.constant 1; 1, Gen.choose (2, 3) ]
        let! strideY = step
        let! strideX = step
        let! dilationY = step
        let! dilationX = step

        let padding kernel =
            Gen.frequency [ 2, Gen.constant 0; 2, Gen.choose (0, max 0 (kernel - 1)); 1, Gen.choose (0, 4) ]

        let! top = padding kernelHeight
        let! bottom = padding kernelHeight
        let! left = padding kernelWidth
        let! right = padding kernelWidth

        let outputs size kernel stride dilation before after =
            max 0 ((size + before + after - (kernel - 1) * dilation - 1) / stride + 1)

        let outHeight = outputs height kernelHeight strideY dilationY top bottom
        let outWidth = outputs width kernelWidth strideX dilationX left right
        // Large cases are left out: plain loops over them take too long.
        let batch =
            if batch * outHeight * outWidth * kernelHeight * kernelWidth * channels / groups * filters > 3_000_000 then
                1
            else
                batch

        return
            ConvolutionShape(
                batch,
                height,
                width,
                channels,
                kernelHeight,
                kernelWidth,
                outHeight,
                outWidth,
                filters,
                strideY,
                strideX,
                top,
                left,
                dilationY,
                dilationX,
                groups
            )
    }

let private valid batch height width channels kernel filters =
    ConvolutionShape(
        batch,
        height,
        width,
        channels,
        kernel,
        kernel,
        height - kernel + 1,
        width - kernel + 1,
        filters,
        1,
        1,
        0,
        0,
        1,
        1,
        1
    )

let private same3 batch side channels filters =
    ConvolutionShape(batch, side, side, channels, 3, 3, side, side, filters, 1, 1, 1, 1, 1, 1, 1)

/// The convolutions of small networks, and what is cut into several slices or blocks.
let private networks =
    [ valid 3 28 28 1 3 32
      valid 2 14 14 32 3 32
      valid 2 12 12 32 3 64
      valid 9 10 10 64 3 64
      valid 17 4 4 64 3 64
      same3 3 16 32 40
      same3 5 15 33 17
      valid 1 28 28 1 3 32
      valid 3 16 16 3 3 32
      same3 2 28 1 16
      same3 3 14 16 8
      same3 3 7 8 8
      same3 2 28 16 1
      ConvolutionShape(2, 15, 15, 16, 3, 3, 8, 8, 32, 2, 2, 1, 1, 1, 1, 1)
      ConvolutionShape(5, 8, 8, 48, 1, 1, 8, 8, 40, 1, 1, 0, 0, 1, 1, 1)
      ConvolutionShape(3, 12, 12, 40, 3, 3, 12, 12, 40, 1, 1, 1, 1, 1, 1, 40)
      ConvolutionShape(3, 12, 12, 32, 3, 3, 12, 12, 64, 1, 1, 1, 1, 1, 1, 4)
      ConvolutionShape(40, 1, 50, 24, 1, 5, 1, 46, 20, 1, 1, 0, 0, 1, 1, 1) ]

/// 3 by 3 kernels with many channels, which tiles of several pixels suit, at any edge.
let private tiled =
    gen {
        let size = Gen.choose (3, 18)
        let! height = size
        let! width = size
        let pad = Gen.frequency [ 4, Gen.choose (0, 2); 1, Gen.choose (3, 4) ]
        let! top = pad
        let! left = pad
        let! below = pad
        let! right = pad
        let! channels = Gen.choose (16, 66)
        let! filters = Gen.choose (16, 66)
        let outHeight, outWidth = height + top + below - 2, width + left + right - 2
        let work = outHeight * outWidth * 9 * channels * filters
        let! batch = Gen.choose (1, max 1 (min 12 (4_000_000 / work)))

        return
            ConvolutionShape(
                batch,
                height,
                width,
                channels,
                3,
                3,
                outHeight,
                outWidth,
                filters,
                1,
                1,
                top,
                left,
                1,
                1,
                1
            )
    }

let private operands direction (s: ConvolutionShape) (element: Element<'T>) =
    let draw seed size = Array.init size (let random = Random(seed: int) in fun _ -> element random)

    match direction with
    | Forward -> draw 1 (xSize s), draw 2 (kernelSize s)
    | InputGradient -> draw 3 (ySize s), draw 2 (kernelSize s)
    | KernelGradient -> draw 1 (xSize s), draw 3 (ySize s)

/// The exact sums and the sums of the sizes of their terms.
let private expected direction (s: ConvolutionShape) (a: float[]) (b: float[]) =
    let length =
        match direction with
        | Forward -> ySize s
        | InputGradient -> xSize s
        | KernelGradient -> kernelSize s

    let sums = Array.zeroCreate length
    let sizes = Array.zeroCreate length

    products s (fun x k y ->
        let i, j, target =
            match direction with
            | Forward -> x, k, y
            | InputGradient -> y, k, x
            | KernelGradient -> x, y, k

        sums[target] <- sums[target] + a[i] * b[j]
        sizes[target] <- sizes[target] + abs (a[i] * b[j]))

    sums, sizes

let private close tolerance (sums: float[], sizes: float[]) (actual: float[]) =
    Expect.Equal(sums.Length, actual.Length)

    for i in 0 .. sums.Length - 1 do
        if not (abs (actual[i] - sums[i]) <= tolerance * sizes[i]) then
            Expect.Fail $"element %d{i} is %g{actual[i]} and not %g{sums[i]}"

let private directions = [ Forward; InputGradient; KernelGradient ]

/// Sums of sizes, each the largest of those whose elements may be computed together in a tile: of an image, or of the
/// taps of a channel and a filter. Winograd's algorithm is as precise as that, and no more.
let private together direction (s: ConvolutionShape) (sizes: float[]) =
    let group =
        match direction with
        | Forward -> fun i -> i / (s.OutHeight * s.OutWidth * s.Filters)
        | InputGradient -> fun i -> i / (s.Height * s.Width * s.Channels)
        | KernelGradient -> fun i -> i % (s.Channels * s.Filters)

    let largest = Array.zeroCreate sizes.Length
    sizes |> Array.iteri (fun i size -> largest[group i] <- max size largest[group i])
    Array.init sizes.Length (fun i -> largest[group i])

let private inTiles (s: ConvolutionShape) =
    (s.KernelHeight, s.KernelWidth, s.StrideY, s.StrideX, s.DilationY, s.DilationX, s.Groups) = (3, 3, 1, 1, 1, 1, 1)
    && min s.Channels s.Filters >= 4

let private checkSingle s =
    for direction in directions do
        let a, b = operands direction s (tame >> float32)
        let sums, sizes = expected direction s (Array.map float a) (Array.map float b)
        let exact = sums, (if inTiles s then together direction s sizes else sizes)

        for result in onAllLevels (fun () -> run direction s noEpilogue a b nanf) do
            close 1e-5 exact (Array.map float result)

let private checkDouble s =
    for direction in directions do
        let a, b = operands direction s tame
        let exact = expected direction s a b

        for result in onAllLevels (fun () -> run direction s noEpilogue a b nan) do
            close 1e-13 exact result

/// Doubles every element of its blocks and adds 1, which shows in the result whether it ran once on the final value.
let private doubling (rows: int) (columns: int) (target: float32 nativeptr) =
    { new Epilogue() with
        member _.Run(row, count, column, width) =
            Expect.InRange(row, 0L, int64 rows)
            Expect.InRange(row + count, row + 1L, int64 rows)
            Expect.InRange(column, 0, columns)
            Expect.InRange(column + width, column + 1, columns)

            for i in int row .. int row + int count - 1 do
                for j in column .. column + width - 1 do
                    let at = i * columns + j
                    NativePtr.set target at (2.0f * NativePtr.get target at + 1.0f) }

let private checkEpilogue (s: ConvolutionShape) =
    for direction in [ Forward; InputGradient ] do
        let a, b = operands direction s (tame >> float32)

        let rows, columns =
            if direction = Forward then
                s.Batch * s.OutHeight * s.OutWidth, s.Filters
            else
                s.Batch * s.Height * s.Width, s.Channels

        for level in levels do
            let plain = withSetting level 1 (fun () -> run direction s noEpilogue a b nanf)

            for threads in [ 1; 4 ] do
                withSetting level threads (fun () -> run direction s (doubling rows columns) a b nanf)
                |> same (plain |> Array.map (fun v -> 2.0f * v + 1.0f))

/// Small ones, and such as have enough pixels for tiles of several.
let private shapesOfTwoSizes = [ same3 2 9 20 40; same3 4 16 32 40 ]

[<Tests>]
let tests =
    [ lawWith
          150
          "convolutions of float32 and their gradients are the sums of their products"
          (Prop.forAll (Arb.fromGen shapes) checkSingle)

      lawWith
          60
          "3 by 3 convolutions of many channels are the sums of their products"
          (Prop.forAll (Arb.fromGen tiled) checkSingle)

      lawWith
          100
          "convolutions of float64 and their gradients are the sums of their products"
          (Prop.forAll (Arb.fromGen shapes) checkDouble)

      testCase "convolutions of networks are the sums of their products" (fun () ->
          for s in networks do
              checkSingle s
              checkDouble s)

      testCase "the number of threads changes no bit" (fun () ->
          for s in networks do
              for direction in directions do
                  let a, b = operands direction s (tame >> float32)

                  for level in levels do
                      let one = withSetting level 1 (fun () -> run direction s noEpilogue a b nanf)

                      for threads in 2..4 do
                          same one (withSetting level threads (fun () -> run direction s noEpilogue a b nanf)))

      testCase "an epilogue sees each element once, when it is final" (fun () ->
          List.iter checkEpilogue networks
          Law.checkWith 50 "epilogues of convolutions" (Prop.forAll (Arb.fromGen shapes) checkEpilogue))

      testCase "an infinite or undefined element reaches only the windows that see it" (fun () ->
          for s in shapesOfTwoSizes do
              let x, kernel = operands Forward s (tame >> float32)
              let side = s.Height
              x[4 * s.Channels + 7] <- nanf
              x[(2 * side * side - 1) * s.Channels] <- infinityf

              for result in onAllLevels (fun () -> run Forward s noEpilogue x kernel nanf) do
                  for n in 0 .. s.Batch - 1 do
                      for oy in 0 .. side - 1 do
                          for ox in 0 .. side - 1 do
                              for f in 0 .. s.Filters - 1 do
                                  let value = result[((n * side + oy) * side + ox) * s.Filters + f]

                                  if n = 0 && oy <= 1 && abs (ox - 4) <= 1 then
                                      Expect.True(Single.IsNaN value)
                                  elif n = 1 && oy >= side - 2 && ox >= side - 2 then
                                      Expect.True(Single.IsInfinity value)
                                  else
                                      Expect.True(Single.IsFinite value))

      testCase "an infinite element reaches only the taps that meet it" (fun () ->
          for s in shapesOfTwoSizes do
              let x, dy = operands KernelGradient s (tame >> float32)
              x[7] <- infinityf

              for result in onAllLevels (fun () -> run KernelGradient s noEpilogue x dy nanf) do
                  for ky in 0..2 do
                      for kx in 0..2 do
                          for c in 0 .. s.Channels - 1 do
                              for f in 0 .. s.Filters - 1 do
                                  let value = result[((ky * 3 + kx) * s.Channels + c) * s.Filters + f]
                                  Expect.Equal(c = 7 && ky < 2 && kx < 2, Single.IsInfinity value)
                                  Expect.False(Single.IsNaN value))

      testCase "once warm, nothing is allocated" (fun () ->
          use _ = KernelScope.UseThreads 1

          for s in networks do
              for direction in directions do
                  let a, b = operands direction s (tame >> float32)

                  let result: float32[] = Array.zeroCreate (max (ySize s) (max (xSize s) (kernelSize s)))

                  use pa = fixed a
                  use pb = fixed b
                  use target = fixed result

                  let call () =
                      match direction with
                      | Forward -> Convolution.Forward(&s, pa, pb, target)
                      | InputGradient -> Convolution.InputGradient(&s, pa, pb, target)
                      | KernelGradient -> Convolution.KernelGradient(&s, pa, pb, target)

                  Expect.Equal(0L, allocated call))
      |> testSequenced ]
    |> testList "Kernels.Convolution"
