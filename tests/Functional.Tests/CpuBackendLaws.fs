/// The CPU backend against the reference, for every primitive: on contiguous arguments and on views, in every type, on any number of
/// threads and with vectors of every width.
module Functional.Tests.CpuBackendLaws

open Functional
open Functional.Kernels
open Functional.Tests.Samples
open Expecto

let private elements (x: Tensor) = Tensor.toFloat64Array x

let private isRandom op =
    match op with
    | Op.KeySplit _
    | Op.KeyFold
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _ -> true
    | _ -> false

let private close (dtype: DType) (a: float) (b: float) =
    let tolerance =
        match dtype with
        | Float32 -> 2e-6
        | Float64 -> 1e-13
        // half a unit in the last place of 11 bits and of 8, and what the reference's own arguments add
        | Float16 -> 1.0 / 1024.0
        | BFloat16 -> 1.0 / 128.0
        | Int32
        | Int64
        | Bool -> 0.0

    a = b
    || (System.Double.IsNaN a && System.Double.IsNaN b)
    || abs (a - b) <= tolerance * max 1.0 (abs b)

let private agrees op (args: Tensor list) =
    let results = Core.applyMany op args
    let signatures = results |> List.map (fun (r: Tensor) -> { Shape = r.Shape; DType = r.DType })

    let inputs =
        args |> List.map (fun (a: Tensor) -> ({ Shape = a.Shape; DType = a.DType }: Signature), elements a)

    let expected =
        match op with
        | Op.StopGradient
        | Op.Barrier _ -> [ snd inputs.Head ]
        | op -> Reference.evaluate op inputs signatures

    List.forall2 (fun (r: Tensor) e -> Array.forall2 (close r.DType) (elements r) e) results expected

let private samples = floats @ others

let private law name (change: Tensor -> Tensor) =
    forAll name samples (fun sample ->
        if isRandom sample.Op then
            true
        else
            agrees sample.Op (sample.Args |> List.map change))

let private lawOf (dtype: DType) =
    // the steps of a loop are written for the types of its arguments
    let isLoop sample =
        match sample.Op with
        | Op.Scan _ -> true
        | _ -> false

    forAll $"{dtype}" samples (fun sample ->
        isRandom sample.Op
        || isLoop sample
        || agrees sample.Op (sample.Args |> List.map (fun x -> if x.DType = Float64 then Tensor.cast dtype x else x)))

/// The same elements, stored backwards, transposed and with gaps: a view that no kernel finds contiguous.
let private scattered (x: Tensor) =
    if x.Rank = 0 || x.Size = 0 then
        x
    else
        let axes = [ 0 .. x.Rank - 1 ]
        let stored = Tensor.flip axes (Tensor.transpose x)
        let spread = Tensor.reshape (stored.Shape @ [ 1 ]) stored
        let doubled = Tensor.concat -1 [ spread; spread ]
        Tensor.transpose (Tensor.flip axes (Tensor.squeezeAxes [ -1 ] (Tensor.sliceAxis -1 0 1 1 doubled)))

/// Applications large enough to be cut into slices.
let private large: (string * Op * Tensor list) list =
    let key = Key.ofInt 3
    let x = Random.normal key [ 300; 700 ]
    let y = Random.uniform key [ 700; 300 ]
    let column = Random.normal key [ 100_000 ]
    let indices = Random.randint 0 300 key [ 2000 ]
    let images = Random.normal key [ 8; 32; 32; 16 ]
    let kernel = Random.normal key [ 3; 3; 16; 24 ]
    let window = { Window.plain with Y.Stride = 2; X.Before = 1; X.After = 1 }
    let filtered = Tensor.conv2d window kernel images
    let pool = Pool.create WindowPadding.Same (2, 2) (3, 3) (32, 32)
    let pooled, places = Tensor.maxPool2dWithIndices pool images

    let form: AttentionForm = { Scale = 0.2; Causal = false }
    let attended = [ for i in 0..2 -> Random.normal (Key.ofInt i) [ 2; 700; 2; 24 ] ]
    let results = Core.applyMany (Op.Attention form) attended
    let oneHead = [ for i in 0..2 -> Random.normal (Key.ofInt i) [ 1; 700; 1; 24 ] ]
    let resultsOfOne = Core.applyMany (Op.Attention form) oneHead

    [ "matmul", Op.MatMul, [ x; y ]
      "sum", Op.Reduce(Reduction.Sum, [ 0; 1 ]), [ x ]
      "sum rows", Op.Reduce(Reduction.Sum, [ 1 ]), [ x ]
      "sum columns", Op.Reduce(Reduction.Sum, [ 0 ]), [ x ]
      "sum of many", Op.Reduce(Reduction.Sum, [ 0 ]), [ column ]
      "exp", Op.Unary Unary.Exp, [ x ]
      "add", Op.Binary Binary.Add, [ x; Tensor.transpose y ]
      "cumsum", Op.CumSum 0, [ x ]
      "gather", Op.Gather 0, [ x; indices ]
      "scatterAdd", Op.ScatterAdd 0, [ x; indices; Tensor.gather 0 indices x ]
      "sort", Op.Sort false, [ x ]
      "normal", Op.RandomNormal([ 100_000 ], Float32), [ Tensor.ofInts [ 2 ] [| 1; 2 |] ]
      "convolution", Op.Convolution window, [ images; kernel ]
      "convolution, to its input", Op.ConvolutionInput(window, (32, 32)), [ filtered; kernel ]
      "convolution, to its kernel", Op.ConvolutionKernel(window, (3, 3)), [ images; filtered ]
      "pooling", Op.MaxPool pool, [ images ]
      "elements of a pooling", Op.PoolGather pool, [ images; places ]
      "sums of a pooling", Op.PoolScatter(pool, (32, 32)), [ pooled; places ]
      "attention", Op.Attention form, attended
      "causal attention", Op.Attention { form with Causal = true }, attended
      "gradient of attention", Op.AttentionGradient form, attended @ results @ [ results.Head ]
      "gradient of one head", Op.AttentionGradient form, oneHead @ resultsOfOne @ [ resultsOfOne.Head ]
      "transposed sum", Op.Reduce(Reduction.Sum, [ 1 ]), [ Tensor.transpose x ] ]

[<Tests>]
let tests =
    [ testCase "every primitive gives what the reference gives" (fun () -> law "float64" id)

      testCase "every primitive gives in float32 what the reference gives" (fun () -> lawOf Float32)

      testCase "every primitive gives in float16 what the reference gives" (fun () -> lawOf Float16)

      testCase "every primitive gives in bfloat16 what the reference gives" (fun () -> lawOf BFloat16)

      testCase "every primitive gives on views what it gives on contiguous tensors" (fun () ->
          law "views" scattered

          Law.check "a scattered tensor has the elements it had" (fun (xs: int list) ->
              let x = Tensor.ofInts [ xs.Length; 1 ] (Array.ofList xs)
              Tensor.sameElements x (scattered x)))

      testCase "every primitive gives with narrower vectors what the reference gives" (fun () ->
          for level in [ SimdLevel.Portable; SimdLevel.Avx2 ] do
              use _ = KernelScope.UseLevel level
              law $"{level}" id)

      testCase "results are the same bits on any number of threads" (fun () ->
          for name, op, args in large do
              let on threads =
                  use _ = KernelScope.UseThreads threads
                  Core.applyMany op args

              let one = on 1

              for threads in [ 2; 3; 8 ] do
                  Expect.True(
                      List.forall2 Tensor.sameElements one (on threads),
                      $"{name} differs on {threads} threads"
                  ))

      testCase "an index out of range is named" (fun () ->
          let x = tensor [ 1.0; 2.0 ]
          let error = Expect.Throws<FunctionalException>(fun () -> Tensor.gather 0 (tensor [ 0; 2 ]) x |> ignore)
          Expect.Equal("gather: index = 2 is outside axis 0, of length 2.", error.Message)

          let error =
              Expect.Throws<FunctionalException>(fun () ->
                  vmap (Tensor.gather 0 (tensor [ 0; -1 ])) (Tensor.ones [ 3; 2 ]) |> ignore)

          Expect.Contains("index = -1 is outside axis 1, of length 2.", error.Message)) ]
    |> testList "CpuBackendLaws"
