namespace Functional

open Functional.Kernels

/// A primitive that shows its argument's elements through other strides.
[<RequireQualifiedAccess>]
type internal ViewKind =
    | Broadcast of Shape
    | Reshape of Shape
    | Transpose of perm: int list
    | Slice of Range list
    | Flip of axes: int list
    /// The argument as it is: `StopGradient` and `Barrier`.
    | Identity

/// A primitive that puts elements elsewhere and computes with none.
[<RequireQualifiedAccess>]
type internal MovementKind =
    | Pad of Padding list * value: float
    | Concat of axis: int
    | Gather of axis: int

/// A primitive whose result consists of sums of products of its two arguments' elements.
[<RequireQualifiedAccess>]
type internal ProductKind =
    | MatMul
    | Convolution
    | ConvolutionInput
    | ConvolutionKernel

/// A pooling, or the movement between an image and its pooled one.
[<RequireQualifiedAccess>]
type internal PoolKind =
    | MaxPool
    | Gather
    | Scatter

/// Attention, or its gradient.
[<RequireQualifiedAccess>]
type internal AttentionKind =
    | Forward
    | Gradient

/// The class of a primitive: what the compiler's passes and the backends tell primitives apart by. A rule that differs from
/// primitive to primitive matches `Op`; a rule that holds for classes matches this, and lists every class.
[<RequireQualifiedAccess>]
type internal OpClass =
    /// The argument's elements through other strides; a backend with strided views computes nothing.
    | View of ViewKind
    /// Each element of the result from the arguments' elements at its position, by this instruction.
    | Elementwise of FusedOp
    /// Axes reduced to one element each.
    | Reduction of Reduction * axes: int list
    /// Along an axis, where what an element gives depends on the others: indices of extremes, running sums, sorting.
    | AlongAxis
    /// Elements moved.
    | Movement of MovementKind
    /// Slices added at indices along the axis.
    | ScatterAdd of axis: int
    /// Sums of products.
    | Product of ProductKind
    | Pooling of PoolKind
    /// Products with a softmax between them, by blocks.
    | Attention of AttentionKind
    /// Random numbers and their keys.
    | Random
    /// A function with derivatives of its own, made of other primitives.
    | Custom of CustomFunction
    /// A loop over time.
    | Loop of Scan

module internal OpClass =

    // made once, since eager operations and steps ask too
    let private elementwise =
        [| for instruction in System.Enum.GetValues<FusedOp>() -> OpClass.Elementwise instruction |]

    let private identity = OpClass.View ViewKind.Identity
    let private matMul = OpClass.Product ProductKind.MatMul
    let private convolution = OpClass.Product ProductKind.Convolution
    let private convolutionInput = OpClass.Product ProductKind.ConvolutionInput
    let private convolutionKernel = OpClass.Product ProductKind.ConvolutionKernel

    /// The class of a primitive.
    let ofOp op : OpClass =
        match op with
        | Op.Unary u -> elementwise[int (ElementwiseOperations.ofUnary u).Instruction]
        | Op.Binary b -> elementwise[int (ElementwiseOperations.ofBinary b).Instruction]
        | Op.Compare c -> elementwise[int (ElementwiseOperations.ofComparison c).Instruction]
        | Op.Where -> elementwise[int FusedOp.Where]
        | Op.Cast _ -> elementwise[int FusedOp.Cast]
        | Op.Broadcast shape -> OpClass.View(ViewKind.Broadcast shape)
        | Op.Reshape shape -> OpClass.View(ViewKind.Reshape shape)
        | Op.Transpose perm -> OpClass.View(ViewKind.Transpose perm)
        | Op.Slice ranges -> OpClass.View(ViewKind.Slice ranges)
        | Op.Flip axes -> OpClass.View(ViewKind.Flip axes)
        | Op.StopGradient
        | Op.Barrier _ -> identity
        | Op.Pad(paddings, value) -> OpClass.Movement(MovementKind.Pad(paddings, value))
        | Op.Concat axis -> OpClass.Movement(MovementKind.Concat axis)
        | Op.Gather axis -> OpClass.Movement(MovementKind.Gather axis)
        | Op.ScatterAdd axis -> OpClass.ScatterAdd axis
        | Op.Reduce(reduction, axes) -> OpClass.Reduction(reduction, axes)
        | Op.ArgMax _
        | Op.ArgMin _
        | Op.CumSum _
        | Op.Sort _ -> OpClass.AlongAxis
        | Op.MatMul -> matMul
        | Op.Convolution _ -> convolution
        | Op.ConvolutionInput _ -> convolutionInput
        | Op.ConvolutionKernel _ -> convolutionKernel
        | Op.MaxPool _ -> OpClass.Pooling PoolKind.MaxPool
        | Op.PoolGather _ -> OpClass.Pooling PoolKind.Gather
        | Op.PoolScatter _ -> OpClass.Pooling PoolKind.Scatter
        | Op.Attention _ -> OpClass.Attention AttentionKind.Forward
        | Op.AttentionGradient _ -> OpClass.Attention AttentionKind.Gradient
        | Op.KeySplit _
        | Op.KeyFold
        | Op.RandomUniform _
        | Op.RandomNormal _
        | Op.RandomBits _ -> OpClass.Random
        | Op.Custom f -> OpClass.Custom f
        | Op.Scan scan -> OpClass.Loop scan

    /// The view that a primitive gives, if it gives one.
    let tryView op : ViewKind voption =
        match ofOp op with
        | OpClass.View kind -> ValueSome kind
        | OpClass.Elementwise _
        | OpClass.Reduction _
        | OpClass.AlongAxis
        | OpClass.Movement _
        | OpClass.ScatterAdd _
        | OpClass.Product _
        | OpClass.Pooling _
        | OpClass.Attention _
        | OpClass.Random
        | OpClass.Custom _
        | OpClass.Loop _ -> ValueNone

    /// Whether every element of the result is computed from the elements at the same position.
    let isElementwise op =
        match ofOp op with
        | OpClass.Elementwise _ -> true
        | OpClass.View _
        | OpClass.Reduction _
        | OpClass.AlongAxis
        | OpClass.Movement _
        | OpClass.ScatterAdd _
        | OpClass.Product _
        | OpClass.Pooling _
        | OpClass.Attention _
        | OpClass.Random
        | OpClass.Custom _
        | OpClass.Loop _ -> false

    /// Whether a backend's kernel of the primitive may run an epilogue, a fused kernel over its result while that is in cache.
    let takesEpilogue op =
        match ofOp op with
        | OpClass.Product product ->
            match product with
            | ProductKind.MatMul
            | ProductKind.Convolution
            | ProductKind.ConvolutionInput -> true
            | ProductKind.ConvolutionKernel -> false
        | OpClass.View _
        | OpClass.Elementwise _
        | OpClass.Reduction _
        | OpClass.AlongAxis
        | OpClass.Movement _
        | OpClass.ScatterAdd _
        | OpClass.Pooling _
        | OpClass.Attention _
        | OpClass.Random
        | OpClass.Custom _
        | OpClass.Loop _ -> false
