module Functional.Tests.Kernels.PoolingTests

#nowarn "9"

open System
open FsCheck.FSharp
open Microsoft.FSharp.NativeInterop
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

let private xSize (s: PoolingShape) = s.Batch * s.Height * s.Width * s.Channels
let private ySize (s: PoolingShape) = s.Batch * s.OutHeight * s.OutWidth * s.Channels

let private shapes =
    gen {
        let! batch = Gen.choose (0, 4)
        let side = Gen.frequency [ 1, Gen.constant 0; 10, Gen.choose (1, 9) ]
        let! height = side
        let! width = side

        let! channels =
            Gen.frequency [ 1, Gen.constant 0; 6, Gen.choose (1, 20); 6, Gen.elements [ 8; 16; 32; 64; 47; 100 ] ]

        let! usual = Gen.elements [ true; false ]
        let! windowHeight = if usual then Gen.constant 2 else Gen.choose (1, 4)
        let! windowWidth = if usual then Gen.constant 2 else Gen.choose (1, 4)
        let! overlapping = Gen.elements [ true; false ]
        let! strideY = if overlapping then Gen.choose (1, 3) else Gen.constant windowHeight
        let! strideX = if overlapping then Gen.choose (1, 3) else Gen.constant windowWidth
        let! top = Gen.frequency [ 2, Gen.constant 0; 1, Gen.choose (0, windowHeight - 1); 1, Gen.choose (0, 3) ]
        let! left = Gen.frequency [ 2, Gen.constant 0; 1, Gen.choose (0, windowWidth - 1); 1, Gen.choose (0, 3) ]
        // one more or less than what fits: windows may lie outside, and parts of x in no window
        let! more = Gen.choose (-1, 1)
        let outHeight = max 0 ((height + top) / strideY + more)
        let outWidth = max 0 ((width + left) / strideX + more)

        return
            PoolingShape(
                batch,
                height,
                width,
                channels,
                windowHeight,
                windowWidth,
                outHeight,
                outWidth,
                strideY,
                strideX,
                top,
                left
            )
    }

let private guard = 64

let private guarded size (filler: 'T) (f: 'T nativeptr -> unit) =
    let result = Array.create (size + 2 * guard) filler
    use p = fixed result
    f (NativePtr.add p guard)
    same (Array.create guard filler) result[.. guard - 1]
    same (Array.create guard filler) result[guard + size ..]
    result[guard .. guard + size - 1]

let private max (s: PoolingShape) (x: 'T[]) (filler: 'T) =
    use px = fixed x
    let mutable values = [||]

    let indices =
        guarded (ySize s) -7 (fun indices ->
            values <- guarded (ySize s) filler (fun y -> Pooling.Max(&s, px, y, indices)))

    same values (guarded (ySize s) filler (fun y -> Pooling.Max(&s, px, y, NativePtr.ofNativeInt 0n)))
    values, indices

/// Each window's largest element and where it stands, one by one; the choice between NaNs and equals is the first.
let private reference (s: PoolingShape) (x: float[]) =
    [| for n in 0 .. s.Batch - 1 do
           for oy in 0 .. s.OutHeight - 1 do
               for ox in 0 .. s.OutWidth - 1 do
                   for c in 0 .. s.Channels - 1 do
                       let inside =
                           [ for wy in 0 .. s.WindowHeight - 1 do
                                 for wx in 0 .. s.WindowWidth - 1 do
                                     let y = oy * s.StrideY + wy - s.PadTop
                                     let x' = ox * s.StrideX + wx - s.PadLeft

                                     if y >= 0 && y < s.Height && x' >= 0 && x' < s.Width then
                                         x[((n * s.Height + y) * s.Width + x') * s.Channels + c], y * s.Width + x' ]

                       match List.tryFind (fst >> Double.IsNaN) inside with
                       | Some undefined -> undefined
                       | None when inside.IsEmpty -> -infinity, -1
                       | None ->
                           let largest = inside |> List.map fst |> List.max
                           largest, inside |> List.find (fun (v, _) -> v = largest) |> snd |]

let private data (s: PoolingShape) (element: Element<'T>) =
    let random = Random 5
    Array.init (xSize s) (fun _ -> element random)

let private checkMax (s: PoolingShape) (element: Element<'T>) (nan: 'T) (toFloat: 'T -> float) =
    let x = data s element
    let values, indices = Array.unzip (reference s (Array.map toFloat x))

    for level in levels do
        for threads in 1..4 do
            withSetting level threads (fun () ->
                let actual, places = max s x nan
                same indices places
                // -0 and 0 are equal: the first of them is taken, with its sign.
                same values (Array.map toFloat actual))

let private batches = Prop.forAll (Arb.fromGen shapes)

let private indicesOf s = reference s (data s doubles) |> Array.map snd

let private scatter (s: PoolingShape) (dy: 'T[]) (indices: int[]) (filler: 'T) =
    use pd = fixed dy
    use pi = fixed indices
    guarded (xSize s) filler (fun dx -> Pooling.Scatter(&s, pd, pi, dx))

[<Tests>]
let tests =
    [ law "the largest of each window and where it stands, float32" (batches (fun s -> checkMax s singles nanf float))

      law "the largest of each window and where it stands, float64" (batches (fun s -> checkMax s doubles nan id))

      law
          "gathering takes elements from where the indices point"
          (batches (fun s ->
              let x, indices = data s singles, indicesOf s
              let row = s.OutHeight * s.OutWidth * s.Channels

              let expected =
                  indices
                  |> Array.mapi (fun i at ->
                      if at < 0 then
                          0.0f
                      else
                          x[(i / row * s.Height * s.Width + at) * s.Channels + i % s.Channels])

              let gather (x: 'T[]) (filler: 'T) =
                  use px = fixed x
                  use pi = fixed indices
                  guarded (ySize s) filler (fun y -> Pooling.Gather(&s, px, pi, y))

              same expected (onlyResult (fun () -> gather x nanf))
              same (Array.map float expected) (onlyResult (fun () -> gather (Array.map float x) nan))))

      law
          "scattering adds up in the order of the windows"
          (batches (fun s ->
              let random = Random 11
              let indices = indicesOf s
              let row = s.OutHeight * s.OutWidth * s.Channels

              let expected (dy: 'T[]) (add: 'T -> 'T -> 'T) =
                  let dx = Array.zeroCreate (xSize s)

                  for i in 0 .. dy.Length - 1 do
                      if indices[i] >= 0 then
                          let at = (i / row * s.Height * s.Width + indices[i]) * s.Channels + i % s.Channels
                          dx[at] <- add dx[at] dy[i]

                  dx

              let dy = Array.init (ySize s) (fun _ -> float32 (tame random))
              same (expected dy (+)) (onlyResult (fun () -> scatter s dy indices nanf))
              let dy = Array.map float dy
              same (expected dy (+)) (onlyResult (fun () -> scatter s dy indices nan))))

      testCase "once warm, nothing is allocated" (fun () ->
          use _ = KernelScope.UseThreads 1
          let s = PoolingShape(3, 8, 8, 24, 2, 2, 4, 4, 2, 2, 0, 0)
          let x, dx = data s singles, data s singles
          let y, indices = Array.zeroCreate (ySize s), Array.zeroCreate (ySize s)
          use px = fixed x
          use pdx = fixed dx
          use py = fixed y
          use pi = fixed indices

          let call () =
              Pooling.Max(&s, px, py, pi)
              Pooling.Gather(&s, px, pi, py)
              Pooling.Scatter(&s, py, pi, pdx)

          Expect.Equal(0L, allocated call))
      |> testSequenced ]
    |> testList "Kernels.Pooling"
