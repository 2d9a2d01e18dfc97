module Functional.Torch.Tests.CudaRandomTests

#nowarn "9" // addresses of arrays

open System
open Functional.Kernels
open Functional.Torch.Interop
open Functional.Tests.Kernels.Setting
open Functional.Tests.Kernels.FusedCases
open Expecto

let private keysOf count =
    let random = Random 3
    Array.init (2 * count) (fun _ -> random.Next(Int32.MinValue, Int32.MaxValue))

/// A case whose arrays are those of the kernel; its program says nothing.
let private over (arrays: Array list) : Case =
    { Program = FusedProgram([||], [||], [||], [||])
      Arrays = arrays
      Places = arrays |> List.mapi (fun i _ -> i, 0) }

/// Each kind of random numbers: its name, its kernel, the arrays given, what the CPU's kernel gives.
let private draws: (string * CudaSource * Case * Array) list =
    [ for keys, perKey in [ 1, 1000; 3, 7; 5, 4; 2, 1 ] do
          let key = keysOf keys

          let draw name kind t (empty: 'T[]) (draw: int[] -> 'T[] -> unit) =
              let expected = Array.copy empty
              draw key expected
              name, CudaRandom.Of(kind, t, int64 keys, int64 perKey), over [ key; empty ], expected :> Array

          let singles () : float32[] = Array.zeroCreate (keys * perKey)
          let doubles () : float[] = Array.zeroCreate (keys * perKey)
          let ints n : int[] = Array.zeroCreate n

          yield
              draw "uniform" RandomKind.Uniform ElementType.Float32 (singles ()) (fun key y ->
                  RandomKernels.Uniform(ReadOnlySpan key, Span y))

          yield
              draw "uniform float64" RandomKind.Uniform ElementType.Float64 (doubles ()) (fun key y ->
                  RandomKernels.Uniform(ReadOnlySpan key, Span y))

          yield
              draw "normal" RandomKind.Normal ElementType.Float32 (singles ()) (fun key y ->
                  RandomKernels.Normal(ReadOnlySpan key, Span y))

          yield
              draw "normal float64" RandomKind.Normal ElementType.Float64 (doubles ()) (fun key y ->
                  RandomKernels.Normal(ReadOnlySpan key, Span y))

          yield
              draw "bits" RandomKind.Bits ElementType.Int32 (ints (keys * perKey)) (fun key y ->
                  RandomKernels.Bits(ReadOnlySpan key, Span y))

          yield
              draw "split" RandomKind.Split ElementType.Int32 (ints (2 * keys * perKey)) (fun key y ->
                  RandomKernels.Split(ReadOnlySpan key, perKey, Span y))

          let data = Array.init keys (fun i -> i * 7 - 3)
          let folded = ints (2 * keys)
          RandomKernels.FoldIn(ReadOnlySpan key, ReadOnlySpan data, Span folded)

          yield
              "fold",
              CudaRandom.Of(RandomKind.Fold, ElementType.Int32, int64 keys, 1L),
              over [ key; data; ints (2 * keys) ],
              folded ]

let private check (name: string, _, _, expected: Array) (given: Array list) =
    Expect.equal (bits (List.last given)) (bits expected) name

[<Tests>]
let tests =
    [ testCase "random numbers as C++ on the host are those of the CPU's kernels, bit for bit" (fun () ->
          let sources = draws |> List.map (fun (_, source, _, _) -> source)

          for draw, kernel in List.zip draws (KernelRuns.onHost sources) do
              let _, source, case, _ = draw
              check draw (KernelRuns.runOnHost kernel source case))

      testCase "random numbers on the GPU are those of the CPU's kernels, bit for bit" (fun () ->
          let runtime = KernelRuns.gpu ()

          for _, source, _, _ in draws do
              CudaKernel.Create(source, 0, runtime.Capability 0).Prepare()

          for draw in draws do
              let _, source, case, _ = draw
              check draw (KernelRuns.runOnGpu runtime source case)) ]
    |> testList "Cuda.Random"
