module Functional.Torch.Tests.CudaSourceTests

open System
open Functional.Kernels
open Functional.Numerics
open Functional.Torch.Interop
open Functional.Tests.Kernels.Setting
open Functional.Tests.Kernels.FusedCases
open Functional.Tests.Kernels.FusedPrograms
open Expecto
open Functional.Tests

let private all = [| ElementType.Float32; ElementType.Float64; ElementType.Int32; ElementType.Bool |]

/// Random programs that compute with small whole numbers and halves, so that every order of adding gives the same bits.
let private exactCases count =
    [ for seed in 1..count do
          let case = caseOf (Random seed) all true

          if not (Array.contains 0 case.Program.Domain) then
              seed, case ]

let private checkBits (seed, case: Case) (given: Array list) =
    List.iter2
        (fun e a ->
            if bits e <> bits a then
                let text = (CudaSource.Of case.Program).Text[CudaPrelude.Text.Length ..]
                failtest $"seed {seed}\n{describe case}\nexpected %A{e}\ngiven %A{a}\n{text}")
        (expected case)
        given

/// A program of one operation on its arguments.
let private single op (args: Array list) (types: ElementType list) result =
    let strides = [| 1L |]

    let operands = [| for t in types @ [ result ] -> FusedOperand(t, strides) |]

    let loads = types |> List.mapi (fun i t -> instruction FusedOp.Load t [ i ] 0.0)
    let apply = instruction op result [ 0 .. types.Length - 1 ] 0.0

    let empty: Array =
        match result with
        | ElementType.Float32 -> Array.zeroCreate<float32> args.Head.Length
        | ElementType.Float64 -> Array.zeroCreate<float> args.Head.Length
        | ElementType.Int32 -> Array.zeroCreate<int> args.Head.Length
        | _ -> Array.zeroCreate<bool> args.Head.Length

    { Program =
        FusedProgram(
            [| args.Head.Length |],
            operands,
            Array.ofList (loads @ [ apply ]),
            [| FusedStore(types.Length, types.Length, FusedStoreKind.Write) |]
        )
      Arrays = args @ [ empty ]
      Places = [ for i in 0 .. types.Length -> i, 0 ] }

let private samplesOf t : Array =
    let random = Random 5
    let special = [| 0.0; -0.0; 1.0; -1.0; 0.5; -2.5; 1.5; 2.5; infinity; -infinity; nan; 1e-3; 100.0 |]
    let numbers = Array.append special (Array.init 60 (fun _ -> random.NextDouble() * 6.0 - 3.0))

    match t with
    | ElementType.Float32 -> Array.map float32 numbers
    | ElementType.Float64 -> numbers
    | ElementType.Int32 -> Array.init numbers.Length (fun _ -> random.Next(-9, 10))
    | _ -> Array.init numbers.Length (fun i -> i % 3 = 0)

/// Each operation in each type that it takes, on numbers of all kinds.
let private operationCases =
    [ for op in Enum.GetValues<FusedOp>() do
          match ElementwiseOperation.Of op with
          | null -> ()
          | row ->
              for t in all do
                  if not (isNull (row.Kernel t)) then
                      let x = samplesOf t
                      let y = x.Clone() :?> Array
                      Array.Reverse y
                      let args = if row.Arity = 2 then [ x; y ] else [ x ]
                      let result = if row.IsComparison then ElementType.Bool else t
                      yield op, t, single op args (List.replicate row.Arity t) result

      for source in all do
          for target in all do
              yield FusedOp.Cast, target, single FusedOp.Cast [ samplesOf source ] [ source ] target ]

/// The largest difference, in units of 1 or of the number if that is larger; infinite where only one is NaN or infinite.
let private distance (expected: Array) (given: Array) =
    let one (x: obj) (y: obj) =
        let x, y = Convert.ToDouble x, Convert.ToDouble y

        if x = y || (Double.IsNaN x && Double.IsNaN y) then 0.0
        elif not (Double.IsFinite x && Double.IsFinite y) then infinity
        else abs (x - y) / max 1.0 (abs x)

    (0.0, Seq.cast<obj> expected, Seq.cast<obj> given)
    |||> Seq.fold2 (fun worst x y -> max worst (one x y))

let private checkOperation (op: FusedOp, t: ElementType, case: Case) (given: Array list) =
    let tolerance =
        match t with
        | ElementType.Float32 -> 2e-6
        | ElementType.Float64 -> 1e-14
        | _ -> 0.0

    let off = distance (List.last (expected case)) (List.last given)
    Expect.isLessThanOrEqual off tolerance $"{op} of {t}: %A{List.last (expected case)}\ngiven %A{List.last given}"

let private sourceOf (case: Case) = CudaSource.Of case.Program

/// The programs of some cases as one kernel over all their arrays.
let private bundle (cases: Case list) =
    let starts = cases |> List.scan (fun n case -> n + case.Arrays.Length) 0

    { Program = cases.Head.Program
      Arrays = cases |> List.collect _.Arrays
      Places =
        List.zip cases (List.truncate cases.Length starts)
        |> List.collect (fun (case, start) -> case.Places |> List.map (fun (array, index) -> array + start, index)) }

/// A sum of a half and a bfloat16 in float32, rounded to each, and an int64 of it.
let private halves =
    let n = 9
    let strides = [| 1L |]
    let load = FusedOp.Load

    let types =
        [ ElementType.Float16
          ElementType.BFloat16
          ElementType.Float16
          ElementType.BFloat16
          ElementType.Int64 ]

    let program =
        FusedProgram(
            [| n |],
            [| for t in types -> FusedOperand(t, strides) |],
            [| instruction load ElementType.Float16 [ 0 ] 0.0
               instruction load ElementType.BFloat16 [ 1 ] 0.0
               instruction FusedOp.Cast ElementType.Float32 [ 0 ] 0.0
               instruction FusedOp.Cast ElementType.Float32 [ 1 ] 0.0
               instruction FusedOp.Add ElementType.Float32 [ 2; 3 ] 0.0
               instruction FusedOp.Cast ElementType.Float16 [ 4 ] 0.0
               instruction FusedOp.Cast ElementType.BFloat16 [ 4 ] 0.0
               instruction FusedOp.Cast ElementType.Int64 [ 4 ] 0.0 |],
            [| FusedStore(5, 2, FusedStoreKind.Write)
               FusedStore(6, 3, FusedStoreKind.Write)
               FusedStore(7, 4, FusedStoreKind.Write) |]
        )

    let a =
        Array.init n (fun i -> BitConverter.HalfToUInt16Bits(Half.CreateTruncating(float i * 1.37 - 4.0)))

    let b = Array.init n (fun i -> BFloat16.ToBits(BFloat16.op_Explicit (float32 i * 0.731f)))

    { Program = program
      Arrays = [ a; b; Array.zeroCreate<uint16> n; Array.zeroCreate<uint16> n; Array.zeroCreate<int64> n ]
      Places = [ for i in 0..4 -> i, 0 ] }

let private checkHalves (given: Array list) =
    let wide (x: uint16) (y: uint16) =
        float32 (BitConverter.UInt16BitsToHalf x) + BFloat16.op_Implicit (BFloat16.FromBits y)

    let sums = Array.map2 wide (halves.Arrays[0] :?> uint16[]) (halves.Arrays[1] :?> uint16[])
    let half (s: float32) = BitConverter.HalfToUInt16Bits(Half.CreateTruncating s)
    Expect.equal (given[2] :?> uint16[]) (Array.map half sums) "float16"
    let narrow (s: float32) = BFloat16.ToBits(BFloat16.op_Explicit s)
    Expect.equal (given[3] :?> uint16[]) (Array.map narrow sums) "bfloat16"
    Expect.equal (given[4] :?> int64[]) (Array.map int64 sums) "int64"

[<Tests>]
let tests =
    [ testCase "random programs as C++ on the host give the bits that their instructions mean" (fun () ->
          let cases = exactCases 150
          let sources = cases |> List.map (snd >> sourceOf)

          for (case, source), kernel in List.zip (List.zip cases sources) (KernelRuns.onHost sources) do
              checkBits case (KernelRuns.runOnHost kernel source (snd case)))

      testCase "each operation as C++ on the host is that of the CPU's kernels" (fun () ->
          let sources = operationCases |> List.map (fun (_, _, case) -> sourceOf case)

          for ((op, t, case), source), kernel in List.zip (List.zip operationCases sources) (KernelRuns.onHost sources) do
              checkOperation (op, t, case) (KernelRuns.runOnHost kernel source case))

      testCase "halves are computed in float32 and rounded once; int64 truncates" (fun () ->
          let source = sourceOf halves
          checkHalves (KernelRuns.runOnHost (KernelRuns.onHost [ source ]).Head source halves))

      testCase "several programs are one kernel, and those that differ in length alone share their code" (fun () ->
          let relu n =
              single
                  FusedOp.Relu
                  [ Array.init n (fun i -> float32 (i - 3)) ]
                  [ ElementType.Float32 ]
                  ElementType.Float32

          let cases =
              [ relu 5
                relu 11
                single FusedOp.Neg [ [| 1; 2; 3 |] ] [ ElementType.Int32 ] ElementType.Int32
                relu 7 ]

          let source = CudaSource.Of [| for case in cases -> case.Program |]
          Expect.stringContains source.Text "part1(" "two functions"
          Expect.isFalse (source.Text.Contains "part2(") "no more of them"
          let together = bundle cases
          let given = KernelRuns.runOnHost (KernelRuns.onHost [ source ]).Head source together

          for e, a in List.zip (List.collect expected cases) given do
              Expect.equal (bits a) (bits e) "the same bits")

      testCase "NVRTC takes what is generated" (fun () ->
          match Nvrtc.Instance with
          | null -> skiptest "NVRTC is not there"
          | compiler ->
              for _, case in exactCases 8 do
                  Expect.isGreaterThan (compiler.Compile((sourceOf case).Text, 90)).Length 0 "machine code")

      testCase "random programs on the GPU give the bits that their instructions mean" (fun () ->
          let runtime = KernelRuns.gpu ()
          let cases = exactCases 60
          // compiled side by side
          let sources = cases |> List.map (snd >> sourceOf)

          for source in sources do
              CudaKernel.Create(source, 0, runtime.Capability 0).Prepare()

          for case, source in List.zip cases sources do
              checkBits case (KernelRuns.runOnGpu runtime source (snd case)))

      testCase "each operation on the GPU is that of the CPU's kernels" (fun () ->
          let runtime = KernelRuns.gpu ()
          let sources = operationCases |> List.map (fun (_, _, case) -> sourceOf case)

          for source in sources do
              CudaKernel.Create(source, 0, runtime.Capability 0).Prepare()

          for (op, t, case), source in List.zip operationCases sources do
              checkOperation (op, t, case) (KernelRuns.runOnGpu runtime source case)

          checkHalves (KernelRuns.runOnGpu runtime (sourceOf halves) halves)) ]
    |> testList "Cuda.Source"
