/// What fused programs mean: each instruction by itself, over the whole domain.
module Functional.Tests.Kernels.FusedCases

#nowarn "9" // addresses of arrays

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Functional.Kernels
open Functional.Tests.Kernels.Setting

/// A program, the arrays it works on, and where each operand's element 0 stands: the array's number and the index.
type Case = { Program: FusedProgram; Arrays: Array list; Places: (int * int) list }

let instruction op (t: ElementType) (args: int list) value =
    let at i = if i < args.Length then args[i] else -1
    FusedInstruction(op, t, at 0, at 1, at 2, value)

let private copy (a: Array) = a.Clone() :?> Array

/// The arrays after `run` on copies of them, given the operands' addresses and scratch memory.
let onCopies (case: Case) scratchBytes (run: nativeptr<nativeint> -> nativeptr<byte> -> unit) =
    let arrays = case.Arrays |> List.map copy
    let pins = arrays |> List.map (fun a -> GCHandle.Alloc(a, GCHandleType.Pinned))
    let scratch = NativeMemory.AlignedAlloc(unativeint (max 64L scratchBytes), 64un)

    try
        let addresses =
            [| for number, index in case.Places do
                   let a = arrays[number]
                   let size = if a :? (bool[]) then 1 else Buffer.ByteLength a / max 1 a.Length
                   pins[number].AddrOfPinnedObject() + nativeint (index * size) |]

        use p = fixed addresses
        run p (NativePtr.ofVoidPtr scratch)
        arrays
    finally
        NativeMemory.AlignedFree scratch
        pins |> List.iter _.Free()

let run mode (case: Case) =
    let kernel = FusedKernel.Create(case.Program, mode)
    onCopies case kernel.ScratchBytes (fun operands scratch -> kernel.Run(operands, scratch))

// ---- meaning

let private unary op (x: Array) : Array =
    let apply (x: 'T[]) =
        let y: 'T[] = Array.zeroCreate x.Length
        UnaryKernels.Apply(op, ReadOnlySpan x, Span y)
        y :> Array

    match x with
    | :? (float32[]) as x -> apply x
    | :? (float[]) as x -> apply x
    | :? (int[]) as x -> apply x
    | x -> apply (x :?> bool[])

let private span (x: 'T[]) = Operand<'T>(ReadOnlySpan x, 0, ReadOnlySpan [| 1 |])

let private binary op (a: Array) (b: Array) : Array =
    let apply (a: 'T[]) =
        let y: 'T[] = Array.zeroCreate a.Length
        let a = span a
        let b = span (b :?> 'T[])
        BinaryKernels.Apply(op, ReadOnlySpan [| y.Length |], &a, &b, Span y)
        y :> Array

    match a with
    | :? (float32[]) as a -> apply a
    | :? (float[]) as a -> apply a
    | :? (int[]) as a -> apply a
    | a -> apply (a :?> bool[])

let private compare op (a: Array) (b: Array) : Array =
    let apply (a: 'T[]) =
        let y = Array.zeroCreate<bool> a.Length
        let a = span a
        let b = span (b :?> 'T[])
        BinaryKernels.Compare(op, ReadOnlySpan [| y.Length |], &a, &b, Span y)
        y :> Array

    match a with
    | :? (float32[]) as a -> apply a
    | :? (float[]) as a -> apply a
    | :? (int[]) as a -> apply a
    | a -> apply (a :?> bool[])

/// An elementwise operation by the eager kernels.
let eager op (args: Array list) =
    match ElementwiseOperation.Of op, args with
    | null, _ -> failwith $"{op} is not elementwise."
    | row, [ a; b ] when row.IsComparison -> compare op a b
    | _, [ a; b ] -> binary op a b
    | _, args -> unary op args.Head

let private truncated (x: float) =
    if Double.IsNaN x then 0
    elif x >= 2147483647.0 then Int32.MaxValue
    elif x <= -2147483648.0 then Int32.MinValue
    else int x

let private cast (t: ElementType) (x: Array) : Array =
    let convert (toSingle: 'T -> float32) (toDouble: 'T -> float) (toInt: 'T -> int) (toBool: 'T -> bool) (x: 'T[]) =
        match t with
        | ElementType.Float32 -> Array.map toSingle x :> Array
        | ElementType.Float64 -> Array.map toDouble x
        | ElementType.Int32 -> Array.map toInt x
        | _ -> Array.map toBool x

    match x with
    | :? (float32[]) as x -> convert id float (float >> truncated) (fun v -> v <> 0.0f) x
    | :? (float[]) as x -> convert float32 id truncated (fun v -> v <> 0.0) x
    | :? (int[]) as x -> convert float32 float id (fun v -> v <> 0) x
    | x ->
        let one v = if v then 1 else 0
        convert (one >> float32) (one >> float) one id (x :?> bool[])

let private mapRows length (f: 'T[] -> 'T) (x: 'T[]) =
    let rows = if length = 0 then 0 else x.Length / length

    Array.init rows (fun r -> f x[r * length .. (r + 1) * length - 1])
    |> Array.collect (Array.replicate length)

let private reduceRows op length (x: Array) : Array =
    let either f (a: float) b = if Double.IsNaN a || Double.IsNaN b then nan else f a b
    let largest = either (fun a b -> Math.Max(a, b))
    let smallest = either (fun a b -> Math.Min(a, b))

    match x, op with
    | :? (float32[]) as x, FusedOp.RowSum -> mapRows length (Array.fold (+) 0.0f) x
    | :? (float[]) as x, FusedOp.RowSum -> mapRows length (Array.fold (+) 0.0) x
    | :? (int[]) as x, FusedOp.RowSum -> mapRows length (Array.fold (+) 0) x
    | :? (float32[]) as x, _ ->
        let f = if op = FusedOp.RowMax then largest else smallest
        mapRows length (Array.map float >> Array.reduce f >> float32) x
    | :? (float[]) as x, _ -> mapRows length (Array.reduce (if op = FusedOp.RowMax then largest else smallest)) x
    | x, _ -> mapRows length (Array.reduce (if op = FusedOp.RowMax then max else min)) (x :?> int[])

let private sizeOf (domain: int[]) = Array.fold (*) 1 domain

/// For each element of the domain in row-major order the index it has in an operand.
let private indices (domain: int[]) (operand: FusedOperand) start =
    let strides = Array.map int operand.Strides
    let result = Array.zeroCreate (sizeOf domain)
    let mutable next = 0

    let rec visit axis at =
        if axis = domain.Length then
            result[next] <- at
            next <- next + 1
        else
            for i in 0 .. domain[axis] - 1 do
                visit (axis + 1) (at + i * strides[axis])

    visit 0 start
    result

let private pick (x: Array) (at: int[]) : Array =
    match x with
    | :? (float32[]) as x -> Array.map (Array.get x) at
    | :? (float[]) as x -> Array.map (Array.get x) at
    | :? (int[]) as x -> Array.map (Array.get x) at
    | x -> Array.map (Array.get (x :?> bool[])) at

let private choose (c: Array) (a: Array) (b: Array) : Array =
    let c = c :?> bool[]
    let pick (a: 'T[]) (b: Array) = Array.map3 (fun c a b -> if c then a else b) c a (b :?> 'T[])

    match a with
    | :? (float32[]) as a -> pick a b
    | :? (float[]) as a -> pick a b
    | :? (int[]) as a -> pick a b
    | a -> pick (a :?> bool[]) b

/// The value of every instruction at every element of the domain.
let values (case: Case) =
    let p = case.Program
    let size = sizeOf p.Domain
    let last = if p.Domain.Length = 0 then 1 else p.Domain[p.Domain.Length - 1]
    let results = Array.zeroCreate<Array> p.Instructions.Length

    for i in 0 .. results.Length - 1 do
        let x = p.Instructions[i]
        let a () = results[x.A]
        let b () = results[x.B]

        results[i] <-
            match x.Op with
            | FusedOp.Load ->
                let number, start = case.Places[x.A]
                pick case.Arrays[number] (indices p.Domain p.Operands[x.A] start)
            | FusedOp.Constant -> cast x.Type (Array.create size x.Value)
            | FusedOp.Iota ->
                let strides = Array.init p.Domain.Length (fun axis -> if axis = x.A then 1L else 0L)
                cast x.Type (indices p.Domain (FusedOperand(ElementType.Int32, strides)) 0)
            | FusedOp.Where -> choose (a ()) (b ()) results[x.C]
            | FusedOp.Cast -> cast x.Type (a ())
            | FusedOp.RowSum
            | FusedOp.RowMax
            | FusedOp.RowMin -> reduceRows x.Op last (a ())
            | op -> eager op (if x.B < 0 then [ a () ] else [ a (); b () ])

    results

/// The arrays after the program, by its meaning.
let expected (case: Case) =
    let p = case.Program
    let values = values case
    let arrays = case.Arrays |> List.map copy
    let last = if p.Domain.Length = 0 then 1 else p.Domain[p.Domain.Length - 1]

    for store in p.Stores do
        let number, start = case.Places[store.Operand]
        let at = indices p.Domain p.Operands[store.Operand] start
        let value = values[store.Value]
        let strides = p.Operands[store.Operand].Strides

        if store.Kind = FusedStoreKind.Write then
            at |> Array.iteri (fun i to' -> arrays[number].SetValue(value.GetValue i, to'))
        else
            let each = if store.Kind = FusedStoreKind.SumRows then last else 1
            let sums = Array.init (sizeOf p.Domain / max 1 each) (fun i -> i * each)

            // All elements of the operand, also those that nothing is added to.
            let outputs =
                Array.fold2
                    (fun n length stride -> if length <> 1 && stride <> 0L then n * length else n)
                    1
                    p.Domain
                    strides

            match arrays[number], value with
            | (:? (float32[]) as y), (:? (float32[]) as v) ->
                Array.fill y start outputs 0.0f
                sums |> Array.iter (fun i -> y[at[i]] <- y[at[i]] + v[i])
            | (:? (float[]) as y), (:? (float[]) as v) ->
                Array.fill y start outputs 0.0
                sums |> Array.iter (fun i -> y[at[i]] <- y[at[i]] + v[i])
            | y, v ->
                let y, v = y :?> int[], v :?> int[]
                Array.fill y start outputs 0
                sums |> Array.iter (fun i -> y[at[i]] <- y[at[i]] + v[i])

    arrays

/// What one can read of a program that went wrong.
let describe (case: Case) =
    let p = case.Program
    let line i (x: obj) = $"  {i}: {x}"

    String.concat
        "\n"
        [ $"domain %A{p.Domain}"
          for i in 0 .. p.Operands.Length - 1 do
              line i $"{p.Operands[i].Type} %A{p.Operands[i].Strides} at {case.Places[i]}"
          for i in 0 .. p.Instructions.Length - 1 do
              line i (p.Instructions[i].ToString())
          for i in 0 .. p.Stores.Length - 1 do
              line i (p.Stores[i].ToString()) ]
