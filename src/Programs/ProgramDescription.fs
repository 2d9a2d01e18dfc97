/// Programs as text: each step with what it computes, from which memory, at which cost.
module internal Functional.ProgramDescription

open Functional
open Functional.Kernels
open Program
open MemoryPlanning

/// The work and the traffic of one step.
type Cost = { Flops: float; Bytes: float }

let private elements (o: Operand) =
    Array.map2 (fun n stride -> if stride = 0 then 1.0 else float n) o.Lengths o.Strides
    |> Array.fold (*) 1.0

let private product (lengths: int[]) = lengths |> Array.fold (fun size n -> size * float n) 1.0

let private sizeOf (o: Operand) = product o.Lengths

/// Whether an instruction computes: moving, choosing and converting elements is none of the arithmetic.
let private isCounted instruction =
    match instruction with
    | FusedOp.Load
    | FusedOp.Constant
    | FusedOp.Iota
    | FusedOp.Cast
    | FusedOp.Where -> false
    | _ -> true

/// The number of additions, multiplications and functions of one element.
let private flopsOf (fused: FusedProgram) =
    let counted = fused.Instructions |> Array.filter (fun i -> isCounted i.Op)

    float (counted.Length + (fused.Stores |> Array.filter (fun s -> s.Kind <> FusedStoreKind.Write)).Length)
    * product fused.Domain

/// Each output pixel and filter meets every element of the window: `pixels` is the shape of the output of the
/// convolution that this is, or is a transpose of.
let private convolutionFlops (pixels: Operand) (kernel: Operand) =
    2.0 * product pixels.Lengths * product kernel.Lengths[..2]

/// Two products of queries and keys forward, five backward; those of a causal attention count as whole.
let private attentionFlops kind (reads: Operand list) =
    let query, key = reads[0].Lengths, reads[1].Lengths
    let products = product query * float key[key.Length - 3]

    match kind with
    | AttentionKind.Forward -> 4.0 * products
    | AttentionKind.Gradient -> 10.0 * products

let private primitiveFlops op (reads: Operand list) (writes: Operand list) =
    let result = writes.Head

    match OpClass.ofOp op with
    | OpClass.Product product ->
        match product with
        | ProductKind.MatMul -> 2.0 * sizeOf result * float (Array.last reads.Head.Lengths)
        | ProductKind.Convolution -> convolutionFlops result reads[1]
        | ProductKind.ConvolutionInput -> convolutionFlops reads[0] reads[1]
        | ProductKind.ConvolutionKernel -> convolutionFlops reads[1] result
    | OpClass.Reduction _
    | OpClass.AlongAxis -> sizeOf reads.Head
    | OpClass.Elementwise instruction -> if isCounted instruction then sizeOf result else 0.0
    | OpClass.ScatterAdd _ -> sizeOf result
    | OpClass.Pooling pooling ->
        match pooling with
        | PoolKind.MaxPool -> sizeOf result
        | PoolKind.Gather
        | PoolKind.Scatter -> 0.0
    | OpClass.Attention kind -> attentionFlops kind reads
    | OpClass.View _
    | OpClass.Movement _
    | OpClass.Random
    | OpClass.Custom _
    | OpClass.Loop _ -> 0.0

/// The cost of a step: floating-point operations, and bytes read and written if nothing is in cache.
let cost (program: Program) (step: Step) : Cost =
    let bytes (o: Operand) = elements o * float program.Storages[o.Storage].DType.Size

    let own = List.take (min step.Arguments step.Reads.Length) step.Reads

    { Flops =
        match step.Work with
        | Work.Fused fused -> flopsOf fused
        | Work.Primitive(op, None) -> primitiveFlops op own step.Writes
        | Work.Primitive(op, Some fused) -> primitiveFlops op own step.Writes + flopsOf fused
      Bytes = step.Reads @ step.Writes |> List.sumBy bytes }

/// The names of a step's primitives: matmul+add+relu.
let name (program: Program) (step: Step) =
    match step.Work, step.Nodes with
    | Work.Primitive(Op.StopGradient, None), _ -> "copy"
    | Work.Primitive(op, None), _ -> ShapeInference.name op
    | _, nodes ->
        let names =
            nodes
            |> List.choose (fun i ->
                match program.Graph.Nodes[i] with
                | Node.Compute(op, _, _) -> Some(ShapeInference.name op)
                | Node.Input _
                | Node.Constant _ -> None)

        if names.Length <= 8 then
            String.concat "+" names
        else
            String.concat "+" (List.truncate 6 names) + $"+{names.Length - 6} more"

let private size (value: float) =
    if value >= 1e9 then sprintf "%.1fG" (value / 1e9)
    elif value >= 1e6 then sprintf "%.1fM" (value / 1e6)
    elif value >= 1e3 then sprintf "%.1fk" (value / 1e3)
    else sprintf "%.0f" value

/// The location of a storage as text: in0, const3, out1, out1=in where a result takes an argument's memory, float32@offset
/// for what is in the arena.
let private place (program: Program) (memory: MemoryPlan) storage =
    let inArena = memory.OffsetOf storage >= 0L

    match program.Storages[storage].Kind with
    | Kind.Input i -> $"in{i}"
    | Kind.Constant _ -> $"const{storage}"
    | Kind.Output i when not inArena && memory.Owner[storage] = storage -> $"out{i}"
    | Kind.Output i when not inArena -> $"out{i}=in"
    | Kind.Output _
    | Kind.Temporary -> $"{program.Storages[storage].DType}@{memory.OffsetOf storage}"

/// One line a step: its number, the kernel, what it reads and writes, its FLOPs and bytes; behind a loop the lines of
/// its body, which `body` gives; then the bytes of the arena.
let program (program: Program) (memory: MemoryPlan) (body: int -> string option) =
    let operand (o: Operand) =
        let lengths = o.Lengths |> Array.map string |> String.concat ";"

        let strided =
            if StridedViews.sameSteps o.Lengths o.Strides (StridedViews.rowMajor o.Lengths) then
                ""
            else
                "~"

        $"{place program memory o.Storage}{strided}[{lengths}]"

    let line i (step: Step) =
        let cost = cost program step
        let reads = step.Reads |> List.map operand |> String.concat " "
        let writes = step.Writes |> List.map operand |> String.concat " "

        let own =
            $"{i, 3}  {name program step}: {reads} -> {writes}  {size cost.Flops} FLOPs, {size cost.Bytes}B"

        match body i with
        | Some text -> own + "\n      " + text.Replace("\n", "\n      ")
        | None -> own

    let arena = if memory.ArenaBytes = 0L then "none" else $"{memory.ArenaBytes} bytes"

    String.concat "\n" (Array.toList (Array.mapi line program.Steps) @ [ $"arena: {arena}" ])
