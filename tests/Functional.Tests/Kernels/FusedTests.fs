module Functional.Tests.Kernels.FusedTests

#nowarn "9" // addresses of arrays

open System
open Functional.Kernels
open Functional.Tests.Kernels.Setting
open Functional.Tests.Kernels.FusedCases
open Functional.Tests.Kernels.FusedPrograms
open Expecto
open Functional.Tests

let private all = [| ElementType.Float32; ElementType.Float64; ElementType.Int32; ElementType.Bool |]
let private narrow = [| ElementType.Float32; ElementType.Int32; ElementType.Bool |]
let private wide = [| ElementType.Float64; ElementType.Bool |]
let private modes = [ FusedMode.Interpreted; FusedMode.Generated ]

let private sameArrays (context: unit -> string) (expected: Array list) (actual: Array list) =
    List.iter2
        (fun e a ->
            if bits e <> bits a then
                Expect.Fail(context () + $"\nexpected %A{e}\ngiven %A{a}"))
        expected
        actual

/// Many random programs, in every way of running them, against what each instruction means by itself.
let private checkPrograms count (types: ElementType[]) sums =
    for seed in 1..count do
        let case = caseOf (Random seed) types sums

        for level in levels do
            let wanted = withSetting level 1 (fun () -> expected case)

            for mode in modes do
                for threads in [ 1; 3 ] do
                    let given = withSetting level threads (fun () -> run mode case)
                    let context () = $"seed {seed} {level} {mode}, {threads} threads\n{describe case}"
                    sameArrays context wanted given

// ---- programs that matter

/// A program over rows and columns, of float32 or float64: operands by their strides, and steps in order.
type private Builder(domain: int list, t: ElementType) =
    let operands = ResizeArray<FusedOperand>()
    let steps = ResizeArray<FusedInstruction>()
    let stores = ResizeArray<FusedStore>()

    let push op kind args value =
        steps.Add(instruction op kind args value)
        steps.Count - 1

    member _.Operand(strides: int list) =
        operands.Add(FusedOperand(t, strides |> List.map int64 |> Array.ofList))
        operands.Count - 1

    member b.Load strides = push FusedOp.Load t [ b.Operand strides ] 0.0
    member _.Of(op, [<ParamArray>] args: int[]) = push op t (List.ofArray args) 0.0
    member _.Test(op, a, b) = push op ElementType.Bool [ a; b ] 0.0
    member _.Number value = push FusedOp.Constant t [] value

    member b.Store(value, strides, kind) = stores.Add(FusedStore(value, b.Operand strides, kind))

    member _.Program = FusedProgram(Array.ofList domain, operands.ToArray(), steps.ToArray(), stores.ToArray())

    member b.Case(arrays: Array list) =
        { Program = b.Program; Arrays = arrays; Places = [ for i in 0 .. arrays.Length - 1 -> i, 0 ] }

/// Softmax, the logarithm of softmax, the summed cross-entropy with labels, and its gradient.
let private crossEntropy rows columns t =
    let b = Builder([ rows; columns ], t)
    let full = [ columns; 1 ]
    let x, y = b.Load full, b.Load full
    let d = b.Of(FusedOp.Sub, x, b.Of(FusedOp.RowMax, x))
    let e = b.Of(FusedOp.Exp, d)
    let sum = b.Of(FusedOp.RowSum, e)
    let softmax = b.Of(FusedOp.Div, e, sum)
    let logs = b.Of(FusedOp.Sub, d, b.Of(FusedOp.Log, sum))
    let loss = b.Of(FusedOp.Neg, b.Of(FusedOp.RowSum, b.Of(FusedOp.Mul, y, logs)))
    b.Store(softmax, full, FusedStoreKind.Write)
    b.Store(logs, full, FusedStoreKind.Write)
    b.Store(b.Of(FusedOp.Sub, softmax, y), full, FusedStoreKind.Write)
    b.Store(loss, [ 1; 0 ], FusedStoreKind.Write)
    b.Store(loss, [ 0; 0 ], FusedStoreKind.SumRows)
    b

let private ofType t (values: float[]) : Array = if t = ElementType.Float64 then values else Array.map float32 values

let private toFloats (a: Array) =
    match a with
    | :? (float32[]) as a -> Array.map float a
    | a -> a :?> float[]

[<Tests>]
let tests =
    [ testCase "programs of all types give what their instructions mean" (fun () -> checkPrograms 100 all false)

      testCase "programs of types of 4 bytes give what their instructions mean" (fun () ->
          checkPrograms 200 narrow false)

      testCase "programs of float64 give what their instructions mean" (fun () -> checkPrograms 100 wide false)

      testCase "programs with sums give what their instructions mean" (fun () ->
          checkPrograms 100 all true
          checkPrograms 200 narrow true
          checkPrograms 100 wide true)

      testCase "blocks of rows and columns cover the domain" (fun () ->
          for seed in 1..300 do
              let case = caseOf (Random seed) (if seed % 2 = 0 then narrow else all) false
              let p = case.Program

              if not (p.HasRowReductions || p.HasSums) then
                  let last = if p.Domain.Length = 0 then 1 else p.Domain[p.Domain.Length - 1]
                  let rows = Array.fold (fun n length -> n * int64 length) 1L p.Domain / int64 (max 1 last)

                  for level in levels do
                      let wanted = withSetting level 1 (fun () -> expected case)

                      for mode in modes do
                          let random = Random seed

                          let given =
                              withSetting level 1 (fun () ->
                                  let kernel = FusedKernel.Create(p, mode)

                                  onCopies case 0L (fun operands _ ->
                                      let mutable row = 0L

                                      while row < rows do
                                          let height = min (rows - row) (int64 (random.Next(1, 20)))
                                          let mutable column = 0

                                          while column < last do
                                              let width = min (last - column) (random.Next(1, 60))
                                              kernel.RunRows(operands, row, height, column, width)
                                              column <- column + width

                                          row <- row + height))

                          sameArrays (fun () -> $"seed {seed} {level} {mode}\n{describe case}") wanted given)

      testCase "softmax, its logarithm, cross-entropy and gradient" (fun () ->
          for t, tolerance in [ ElementType.Float32, 1e-5; ElementType.Float64, 1e-13 ] do
              for rows, columns in [ 1, 1; 5, 10; 128, 10; 16, 57; 33, 16; 7, 1024; 3, 2500 ] do
                  let random = Random(rows + columns)

                  let x =
                      Array.init (rows * columns) (fun _ -> 12.0 * random.NextDouble() - 6.0) |> ofType t |> toFloats

                  let y =
                      Array.init (rows * columns) (fun i -> if i % columns = i / columns % columns then 1.0 else 0.0)

                  let empty n = ofType t (Array.zeroCreate n)
                  let n = rows * columns

                  let case =
                      (crossEntropy rows columns t).Case
                          [ ofType t x; ofType t y; empty n; empty n; empty n; empty rows; empty 1 ]

                  let exact =
                      x
                      |> Array.chunkBySize columns
                      |> Array.map (fun row ->
                          let sum = row |> Array.sumBy exp
                          row |> Array.map (fun v -> v - log sum))
                      |> Array.concat

                  let losses =
                      Array.map2 (fun l p -> -l * p) exact y |> Array.chunkBySize columns |> Array.map Array.sum

                  let expected =
                      [ Array.map exp exact
                        exact
                        Array.map2 (fun l p -> exp l - p) exact y
                        losses
                        [| Array.sum losses |] ]

                  for level in levels do
                      let results = [ for mode in modes -> withSetting level 1 (fun () -> run mode case) ]

                      for result in results do
                          sameArrays (fun () -> $"{t} {rows} {columns} {level}") results.Head result

                          for expected, given in List.zip expected (List.skip 2 result) do
                              Array.iter2
                                  (fun (e: float) g ->
                                      Expect.True(abs (e - g) <= tolerance * (1.0 + abs e), $"{e} and {g}"))
                                  expected
                                  (toFloats given))

      testCase "sums over rows, columns and everything, of any number of threads" (fun () ->
          for rows, columns in [ 128, 512; 20011, 32; 3, 70001; 1, 300_000; 4001, 10; 700, 1100 ] do
              let b = Builder([ rows; columns ], ElementType.Float32)
              let x = b.Load [ columns; 1 ]
              let square = b.Of(FusedOp.Mul, x, x)
              b.Store(x, [ 0; 1 ], FusedStoreKind.Sum)
              b.Store(square, [ 1; 0 ], FusedStoreKind.Sum)
              b.Store(square, [ 0; 0 ], FusedStoreKind.Sum)
              let random = Random 3
              let x = Array.init (rows * columns) (fun _ -> float32 (random.NextDouble() - 0.3))
              let case = b.Case [ x; Array.create columns 7.0f; Array.create rows 7.0f; [| 7.0f |] ]

              let expected =
                  [ Array.init columns (fun c -> Seq.sum (Seq.init rows (fun r -> float x[r * columns + c])))
                    Array.init rows (fun r -> Seq.sum (Seq.init columns (fun c -> float x[r * columns + c] ** 2.0)))
                    [| Array.sumBy (fun v -> float v ** 2.0) x |] ]

              for level in levels do
                  let results =
                      [ for mode in modes do
                            for threads in 1..4 do
                                withSetting level threads (fun () -> run mode case) ]

                  for result in results do
                      sameArrays (fun () -> $"{rows} {columns} {level}") results.Head result

                  for expected, given in List.zip expected results.Head.Tail do
                      Array.iter2
                          (fun (e: float) (g: float) ->
                              Expect.True(abs (e - g) <= 2e-5 * float (max rows columns), $"{e} and {g}"))
                          expected
                          (toFloats given))

      testCase "of empty rows the sum is 0 and the largest is less than all" (fun () ->
          let b = Builder([ 3; 0 ], ElementType.Float32)
          let x = b.Load [ 0; 1 ]
          b.Store(b.Of(FusedOp.RowSum, x), [ 1; 0 ], FusedStoreKind.Write)
          b.Store(b.Of(FusedOp.RowMax, x), [ 1; 0 ], FusedStoreKind.Write)
          b.Store(x, [ 0; 0 ], FusedStoreKind.Sum)
          let case = b.Case [ [| 1.0f |]; Array.create 3 5.0f; Array.create 3 5.0f; [| 5.0f |] ]

          for mode in modes do
              let result = run mode case
              same (Array.create 3 0.0f) (result[1] :?> float32[])
              same (Array.create 3 -infinityf) (result[2] :?> float32[])
              same [| 0.0f |] (result[3] :?> float32[]))

      testCase "running allocates nothing" (fun () ->
          for mode in modes do
              let cases =
                  [ (crossEntropy 50 30 ElementType.Float32).Case
                        [ for n in [ 1500; 1500; 1500; 1500; 1500; 50; 1 ] -> Array.create n 0.5f :> Array ]
                    (let b = Builder([ 400_000 ], ElementType.Float32)
                     let x = b.Load [ 1 ]
                     b.Store(b.Of(FusedOp.Tanh, b.Of(FusedOp.Mul, x, x)), [ 1 ], FusedStoreKind.Write)
                     b.Store(x, [ 0 ], FusedStoreKind.Sum)
                     b.Case [ Array.create 400_000 0.5f; Array.create 400_000 0.5f; [| 0.0f |] ]) ]

              for case in cases do
                  withSetting KernelScope.DetectedLevel 1 (fun () ->
                      let kernel = FusedKernel.Create(case.Program, mode)

                      onCopies case kernel.ScratchBytes (fun operands scratch ->
                          Expect.Equal(0L, allocated (fun () -> kernel.Run(operands, scratch))))
                      |> ignore))
      |> testSequenced

      testCase "programs that make no sense are refused, and the text says why" (fun () ->
          let float32s strides = FusedOperand(ElementType.Float32, Array.map int64 strides)
          let load = instruction FusedOp.Load ElementType.Float32 [ 0 ] 0.0

          let refused (text: string) domain operands steps stores =
              let error =
                  Expect.Throws<ArgumentException>(fun () ->
                      FusedProgram(domain, Array.ofList operands, Array.ofList steps, Array.ofList stores) |> ignore)

              Expect.Contains(text, error.Message)

          let write = FusedStore(0, 1, FusedStoreKind.Write)
          let pair = [ float32s [| 1 |]; float32s [| 1 |] ]
          refused "at most 6" (Array.create 7 1) [] [] []
          refused "negative length" [| -1 |] [] [] []
          refused "has 1 strides" [| 2; 2 |] pair [ load ] [ write ]
          refused "loads operand 4" [| 2 |] pair [ instruction FusedOp.Load ElementType.Float32 [ 4 ] 0.0 ] []
          refused "cannot make" [| 2 |] pair [ instruction FusedOp.Load ElementType.Int32 [ 0 ] 0.0 ] []
          refused "not an earlier one" [| 2 |] pair [ instruction FusedOp.Neg ElementType.Float32 [ 0 ] 0.0 ] []
          refused "cannot make" [| 2 |] pair [ load; instruction FusedOp.And ElementType.Float32 [ 0; 0 ] 0.0 ] []
          refused "axis 1 of 1" [| 2 |] pair [ instruction FusedOp.Iota ElementType.Int32 [ 1 ] 0.0 ] []
          refused "to one place" [| 2 |] [ float32s [| 1 |]; float32s [| 0 |] ] [ load ] [ write ]

          refused
              "0 or contiguous"
              [| 2 |]
              [ float32s [| 1 |]; float32s [| 2 |] ]
              [ load ]
              [ FusedStore(0, 1, FusedStoreKind.Sum) ]

          refused "read too" [| 2 |] pair [ load ] [ FusedStore(0, 0, FusedStoreKind.Sum) ]

          refused
              "once a row"
              [| 2 |]
              [ float32s [| 1 |]; float32s [| 0 |] ]
              [ load ]
              [ FusedStore(0, 1, FusedStoreKind.SumRows) ]

          refused "of 2" [| 2 |] pair [ load ] [ FusedStore(0, 2, FusedStoreKind.Write) ])

      testCase "elements that kernels of this processor do not hold are refused" (fun () ->
          for dtype in [ ElementType.Float16; ElementType.BFloat16; ElementType.Int64 ] do
              let operand = FusedOperand(dtype, [| 1L |])
              let steps = [| instruction FusedOp.Load dtype [ 0 ] 0.0; instruction FusedOp.Neg dtype [ 0 ] 0.0 |]
              let write = FusedStore(1, 1, FusedStoreKind.Write)
              let program = FusedProgram([| 2 |], [| operand; operand |], steps, [| write |])
              Expect.False(FusedKernel.Takes dtype)
              let error = Expect.Throws<ArgumentException>(fun () -> FusedKernel.Create program |> ignore)
              Expect.Contains("do not take", error.Message))

      testCase "parts of programs with reductions or sums cannot run" (fun () ->
          let case =
              (crossEntropy 4 5 ElementType.Float32).Case
                  [ for n in [ 20; 20; 20; 20; 20; 4; 1 ] -> Array.create n 0.5f :> Array ]

          let kernel = FusedKernel.Create case.Program

          onCopies case kernel.ScratchBytes (fun operands _ ->
              Expect.Throws<InvalidOperationException>(fun () -> kernel.RunRows(operands, 0L, 1L, 0, 5)) |> ignore)
          |> ignore) ]
    |> testList "Kernels.Fused"
