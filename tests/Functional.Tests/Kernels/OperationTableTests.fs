/// The two tables of elementwise operations, the core's (ElementwiseOperations) and the kernels' (ElementwiseOperation), and
/// the forms in which a kernel computes an operation.
module Functional.Tests.Kernels.OperationTableTests

open System
open Functional
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto
open FusedCases

/// What the core's table holds of an operation.
type private Entry = { Case: string; Instruction: FusedOp; Accepts: DType -> bool; Arity: int; IsComparison: bool }

let private casesOf<'T> =
    [ for case in Reflection.FSharpType.GetUnionCases typeof<'T> ->
          case.Name, (Reflection.FSharpValue.MakeUnion(case, [||]) :?> 'T) ]

let private entries =
    let entry case instruction accepts arity isComparison =
        { Case = case
          Instruction = instruction
          Accepts = accepts
          Arity = arity
          IsComparison = isComparison }

    [ for case, op in casesOf<Unary> do
          let row = ElementwiseOperations.ofUnary op
          entry case row.Instruction row.Accepts.Fits 1 false
      for case, op in casesOf<Binary> do
          let row = ElementwiseOperations.ofBinary op
          entry case row.Instruction row.Accepts.Fits 2 false
      for case, op in casesOf<Comparison> do
          let row = ElementwiseOperations.ofComparison op
          entry case row.Instruction row.Accepts.Fits 2 true ]

let private numbers =
    [| 0.0
       -0.0
       1.0
       -1.0
       0.5
       -0.5
       1.5
       2.5
       -2.5
       7.0
       nan
       infinity
       -infinity
       1e-40
       -1e-310
       1e300
       88.8
       -103.5
       1e10 |]

let private integers = [| 0; 1; -1; 2; -2; 7; -7; 31; 46341; Int32.MaxValue; Int32.MinValue |]

/// Special values of a type: for two arguments, each with each.
let private arguments arity (t: ElementType) : Array list =
    let all (values: 'T[]) : Array list =
        match arity with
        | 1 -> [ values ]
        | _ ->
            [ Array.collect (Array.replicate values.Length) values
              Array.concat (Array.replicate values.Length values) ]

    match t with
    | ElementType.Float32 -> all (Array.map float32 numbers)
    | ElementType.Float64 -> all numbers
    | ElementType.Int32 -> all integers
    | _ -> all [| true; false |]

/// The fused program of one instruction.
let private programOf entry (t: ElementType) (args: Array list) : Case =
    let result = if entry.IsComparison then ElementType.Bool else t
    let n = args.Head.Length
    let operands = [| for _ in args -> FusedOperand(t, [| 1L |]) |]

    let steps =
        [| for i in 0 .. args.Length - 1 do
               instruction FusedOp.Load t [ i ] 0.0

           instruction entry.Instruction result [ 0 .. args.Length - 1 ] 0.0 |]

    let output: Array =
        match result with
        | ElementType.Float32 -> Array.zeroCreate<float32> n
        | ElementType.Float64 -> Array.zeroCreate<float> n
        | ElementType.Int32 -> Array.zeroCreate<int> n
        | _ -> Array.zeroCreate<bool> n

    let store = FusedStore(args.Length, args.Length, FusedStoreKind.Write)

    { Program = FusedProgram([| n |], Array.append operands [| FusedOperand(result, [| 1L |]) |], steps, [| store |])
      Arrays = args @ [ output ]
      Places = [ for i in 0 .. args.Length -> i, 0 ] }

let private one (i: int) (a: Array) : Array =
    match a with
    | :? (float32[]) as a -> [| a[i] |]
    | :? (float[]) as a -> [| a[i] |]
    | :? (int[]) as a -> [| a[i] |]
    | a -> [| (a :?> bool[])[i] |]

let private kernelsOf (row: ElementwiseOperation) =
    [ ElementType.Float32, row.Float32
      ElementType.Float64, row.Float64
      ElementType.Int32, row.Int32
      ElementType.Bool, row.Bool ]
    |> List.choose (fun (t, kernel) -> if isNull kernel then None else Some t)

[<Tests>]
let tests =
    [ testCase "each operation has a row of its own in both tables, under one name" (fun () ->
          for entry in entries do
              Expect.Equal(entry.Case, string entry.Instruction)

              match ElementwiseOperation.Of entry.Instruction with
              | null -> Expect.Fail $"{entry.Case} has no row of kernels."
              | row ->
                  Expect.Equal(entry.Arity, row.Arity)
                  Expect.Equal(entry.IsComparison, row.IsComparison)

          let registered = Enum.GetValues<FusedOp>() |> Array.filter (ElementwiseOperation.Of >> isNull >> not)

          Expect.Equal<FusedOp list>(
              entries |> List.map _.Instruction |> List.sort,
              registered |> Array.sort |> List.ofArray
          ))

      testCase "an operation has kernels for the element types that it accepts, and for no others" (fun () ->
          for entry in entries do
              let row = ElementwiseOperation.Of entry.Instruction

              for dtype, kernel in
                  [ Float32, row.Float32; Float64, row.Float64; Int32, row.Int32; Int64, row.Int64; Bool, row.Bool ] do
                  Expect.True((entry.Accepts dtype = not (isNull kernel)), $"{entry.Case} of {dtype}"))

      testCase "eager, interpreted, generated, and one element at a time: the same bits on special values" (fun () ->
          for entry in entries do
              for t in kernelsOf (ElementwiseOperation.Of entry.Instruction) do
                  let args = arguments entry.Arity t
                  let case = programOf entry t args

                  for level in levels do
                      withSetting level 1 (fun () ->
                          let whole = eager entry.Instruction args
                          let expected = bits whole

                          let agree form (actual: int64[]) =
                              Expect.True(
                                  (expected = actual),
                                  $"{form} {entry.Case} of {t}, {level}: %A{expected}, not %A{actual}"
                              )

                          for mode in [ FusedMode.Interpreted; FusedMode.Generated ] do
                              agree (string mode) (bits (List.last (run mode case)))

                          agree
                              "one at a time"
                              (Array.init expected.Length (fun i ->
                                  (bits (eager entry.Instruction (args |> List.map (one i))))[0])))) ]
    |> testList "Kernels.OperationTable"
