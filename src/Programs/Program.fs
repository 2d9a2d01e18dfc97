/// Programs: steps that run in turn over storages, the memory of values.
module internal Functional.Program

open Functional
open Functional.Kernels

/// The kind of a storage.
[<RequireQualifiedAccess>]
type Kind =
    /// The n-th argument.
    | Input of int
    /// A value known beforehand.
    | Constant of Buffer
    /// The n-th result.
    | Output of int
    /// A temporary, whose memory is reused once its value is dead.
    | Temporary

/// The memory of one value: `Size` elements.
type Storage =
    { DType: DType
      Size: int
      Kind: Kind }

    member me.Bytes = int64 me.Size * int64 me.DType.Size

/// A strided view of a storage: what a step reads or writes.
type Operand = { Storage: int; Offset: int; Lengths: int[]; Strides: int[] }

/// The work of a step.
[<RequireQualifiedAccess>]
type Work =
    /// A fused kernel; its operands are the step's, those it reads first.
    | Fused of FusedProgram
    /// A primitive into contiguous results; where an epilogue is there, it then runs over the first result, as over its
    /// operand 0, and the step's further operands.
    | Primitive of Op * epilogue: FusedProgram option

/// One step of a program.
type Step =
    {
        Work: Work
        /// The operands read: of a primitive its arguments first, then those of the epilogue.
        Reads: Operand list
        /// The number of reads that are arguments of the primitive.
        Arguments: int
        /// The operands written: of a primitive its results first, then those of the epilogue.
        Writes: Operand list
        /// Pairs of a read and a written storage that may be the same memory, because each element is read before it is
        /// written.
        Overwrites: struct (int * int) list
        /// The graph's nodes it computes.
        Nodes: int list
    }

/// Steps over storages.
type Program =
    {
        Graph: Graph
        Storages: Storage[]
        Steps: Step[]
        /// The storage of each argument.
        Inputs: int[]
        /// The storage of each result.
        Outputs: int[]
    }
