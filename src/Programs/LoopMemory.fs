/// The memory between the steps of a loop: each carry twice, read from one and written to the other.
module internal Functional.LoopMemory

open System
open Functional
open Program

/// The bytes of each carry, from a cache line on.
let carryBytes (scan: Scan) : int64[] =
    scan.Body.Inputs
    |> List.take scan.Carries
    |> List.map (fun s -> (int64 (Shape.size s.Shape) * int64 s.DType.Size + 63L) / 64L * 64L)
    |> Array.ofList

/// The scratch memory of a loop: the arena of its body, of so many bytes, then the carries.
let bytes (scan: Scan) (arenaBytes: int64) = arenaBytes + 2L * Array.sum (carryBytes scan)

/// For each carry of a loop the stacked result that it can live in, or -1: a step that hands a carry out as it came in
/// copies it to that result, so the step before writes it there and nothing is copied.
let stackedCarries (scan: Scan) (program: Program) : int[] =
    let stacked carry (step: Step) =
        match step.Work, step.Reads, step.Writes with
        | Work.Primitive(Op.StopGradient, None), [ read ], [ write ] when
            read.Storage = program.Inputs[carry]
            && read.Offset = 0
            && StridedViews.sameSteps read.Lengths read.Strides (StridedViews.rowMajor read.Lengths)
            ->
            match Array.IndexOf(program.Outputs, write.Storage) with
            | result when result >= scan.Carries -> Some result
            | _ -> None
        | (Work.Primitive _ | Work.Fused _), _, _ -> None

    [| for carry in 0 .. scan.Carries - 1 -> program.Steps |> Array.tryPick (stacked carry) |> Option.defaultValue -1 |]
