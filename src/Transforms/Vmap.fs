/// vmap: each value carries a batch axis in front that the function mapped over it does not see.
module internal Functional.Vmap

open Functional
open Core

let private insertFront n (x: Tensor) = broadcastTo (n :: x.Shape) x

let private moveToFront axis (x: Tensor) =
    let others = [ 0 .. x.Rank - 1 ] |> List.filter ((<>) axis)
    apply (Op.Transpose(axis :: others)) [ x ]

/// Indices of a batch of n as indices into the batch laid end to end along an axis of n * length. Going through a range
/// of `length` keeps the check that each index is within its own element of the batch.
let private offset n length (indices: Tensor) =
    let ones = indices.Shape.Tail |> List.map (fun _ -> 1)

    let range, start =
        beside indices (fun () ->
            Tensor.ofInts [ length ] [| 0 .. length - 1 |],
            Tensor.ofInts (n :: ones) [| for i in 0 .. n - 1 -> i * length |])

    apply (Op.Gather 0) [ range; indices ] + start

/// [n, pre.., length, post..] as [n * length, pre.., post..]
let private joinBatch axis (x: Tensor) =
    let moved =
        apply (Op.Transpose(0 :: (axis + 1) :: ([ 1 .. x.Rank - 1 ] |> List.filter ((<>) (axis + 1))))) [ x ]

    match moved.Shape with
    | n :: length :: rest -> apply (Op.Reshape(n * length :: rest)) [ moved ]
    | shape -> Fail.axis "vmap" axis shape

/// Gather where both x [n, pre.., length, post..] and indices [n, i..] are batched: [n, pre.., i.., post..]
let private gatherBoth axis (x: Tensor) (indices: Tensor) =
    let n, i = indices.Shape.Head, indices.Rank - 1
    let joined = joinBatch axis x

    let gathered = apply (Op.Gather 0) [ joined; offset n x.Shape[axis + 1] indices ]

    // [n, i.., pre.., post..] -> [n, pre.., i.., post..]
    let pre = [ 1 + i .. i + axis ]
    let post = [ 1 + i + axis .. gathered.Rank - 1 ]
    apply (Op.Transpose(0 :: pre @ [ 1..i ] @ post)) [ gathered ]

/// ScatterAdd where all of x [n, pre.., length, post..], indices [n, i..] and updates [n, pre.., i.., post..] are
/// batched.
let private scatterAll axis (x: Tensor) (indices: Tensor) (updates: Tensor) =
    let n, i = indices.Shape.Head, indices.Rank - 1
    let length = x.Shape[axis + 1]
    let joined = joinBatch axis x
    let pre = [ 1..axis ]
    let inner = [ axis + 1 .. axis + i ]
    let post = [ axis + i + 1 .. updates.Rank - 1 ]

    let scattered =
        apply
            (Op.ScatterAdd 0)
            [ joined; offset n length indices; apply (Op.Transpose(0 :: inner @ pre @ post)) [ updates ] ]

    // [n, length, pre.., post..] -> [n, pre.., length, post..]
    let split = apply (Op.Reshape(n :: length :: scattered.Shape.Tail)) [ scattered ]
    apply (Op.Transpose(0 :: [ 2 .. axis + 1 ] @ [ 1 ] @ [ axis + 2 .. split.Rank - 1 ])) [ split ]

let private matmul n (a: Tensor) aBatched (b: Tensor) bBatched =
    match a.Shape with
    | [ _; m; k ] when aBatched && not bBatched ->
        // one matrix on the right: the rows of the whole batch meet it in one product
        let rows = apply (Op.Reshape [ n * m; k ]) [ a ]
        apply (Op.Reshape [ n; m; b.Shape[1] ]) [ apply Op.MatMul [ rows; b ] ]
    | _ ->
        let front batched x = if batched then x else insertFront n x
        apply Op.MatMul [ front aBatched a; front bBatched b ]

type private Batched(owner, value: Tensor) =
    inherit Tracer(owner, { Shape = value.Shape.Tail; DType = value.DType })
    override _.Backend = value.Backend

    member _.Value = value

/// A custom function over a whole batch: its three parts, each mapped over the front axis.
type private BatchedFunction(f: DifferentiableFunction, map: (Tensor list -> Tensor list) -> Tensor list -> Tensor list)
    =
    inherit DifferentiableFunction(f.Name)

    override _.Forward args = map f.Forward args

    override _.Push(args, results, tangents) =
        map
            (fun all ->
                let args', rest = List.splitAt args.Length all
                let results', tangents' = List.splitAt results.Length rest
                f.Push(args', results', tangents'))
            (args @ results @ tangents)

    override _.Pull(args, results, cotangents) =
        map
            (fun all ->
                let args', rest = List.splitAt args.Length all
                let results', cotangents' = List.splitAt results.Length rest
                f.Pull(args', results', cotangents'))
            (args @ results @ cotangents)

type private Interpret(n: int) =
    inherit Interpreter()

    /// The value with its batch axis, if it has one here.
    member me.Find(x: Tensor) =
        match x with
        | Traced(:? Batched as b) when obj.ReferenceEquals(b.Owner, me) -> Some b.Value
        | _ -> None

    member me.Front(x: Tensor) = me.Find x |> Option.defaultWith (fun () -> insertFront n x)

    /// A gather whose values, indices or both have a batch axis in front.
    member private me.Gather(axis, args: Tensor list) =
        match args with
        | [ x; indices ] ->
            match me.Find x, me.Find indices with
            | Some x, None -> apply (Op.Gather(axis + 1)) [ x; indices ]
            | None, Some indices ->
                // the batch axis of the indices stands where the gathered axis was
                moveToFront axis (apply (Op.Gather axis) [ x; indices ])
            | _ -> gatherBoth axis (me.Front x) (me.Front indices)
        | args -> ShapeInference.wrongCount (Op.Gather axis) args.Length

    member private me.ScatterAdd(axis, args: Tensor list) =
        match args with
        | [ x; indices; updates ] ->
            match me.Find indices with
            | None -> apply (Op.ScatterAdd(axis + 1)) [ me.Front x; indices; me.Front updates ]
            | Some indices -> scatterAll axis (me.Front x) indices (me.Front updates)
        | args -> ShapeInference.wrongCount (Op.ScatterAdd axis) args.Length

    /// The primitive over values that all have the batch axis in front.
    member private me.OnFront(op, args: Tensor list) = applyMany op (args |> List.map me.Front)

    member private me.Broadcast(shape: Shape, args: Tensor list) =
        match args with
        | [ x ] ->
            let ones = List.replicate (shape.Length - x.Rank) 1
            let value = apply (Op.Reshape(n :: ones @ x.Shape)) [ me.Front x ]
            [ apply (Op.Broadcast(n :: shape)) [ value ] ]
        | args -> ShapeInference.wrongCount (Op.Broadcast shape) args.Length

    /// The rule of a primitive of two arguments: each with its batch axis, if it has one, and whether it has.
    member private me.Two(op, args: Tensor list, rule) : Tensor list =
        match args with
        | [ a; b ] ->
            let value x = me.Find x |> Option.defaultValue x
            [ rule (value a) (me.Find a).IsSome (value b) (me.Find b).IsSome ]
        | args -> ShapeInference.wrongCount op args.Length

    /// `op` over values that have a batch axis in front: mostly the primitive with its axes moved on by one.
    member private me.Rule(op, args: Tensor list) : Tensor list =
        let onFront op = me.OnFront(op, args)
        let next = List.map ((+) 1)

        match op with
        | Op.Unary _
        | Op.Binary _
        | Op.Compare _
        | Op.Where
        | Op.Cast _
        | Op.Attention _
        | Op.AttentionGradient _
        | Op.Sort _
        | Op.KeySplit _
        | Op.KeyFold
        | Op.RandomUniform _
        | Op.RandomNormal _
        | Op.RandomBits _
        | Op.StopGradient
        | Op.Barrier _ -> onFront op
        | Op.Broadcast shape -> me.Broadcast(shape, args)
        | Op.Reshape shape -> onFront (Op.Reshape(n :: shape))
        | Op.Transpose perm -> onFront (Op.Transpose(0 :: next perm))
        | Op.Slice ranges -> onFront (Op.Slice({ Start = 0; Stop = n; Step = 1 } :: ranges))
        | Op.Pad(paddings, value) -> onFront (Op.Pad({ Low = 0; High = 0; Interior = 0 } :: paddings, value))
        | Op.Flip axes -> onFront (Op.Flip(next axes))
        | Op.Concat axis -> onFront (Op.Concat(axis + 1))
        | Op.Gather axis -> [ me.Gather(axis, args) ]
        | Op.ScatterAdd axis -> [ me.ScatterAdd(axis, args) ]
        | Op.Reduce(reduction, axes) -> onFront (Op.Reduce(reduction, next axes))
        | Op.ArgMax axis -> onFront (Op.ArgMax(axis + 1))
        | Op.ArgMin axis -> onFront (Op.ArgMin(axis + 1))
        | Op.CumSum axis -> onFront (Op.CumSum(axis + 1))
        | Op.MatMul -> me.Two(op, args, matmul n)
        | Op.Convolution _
        | Op.ConvolutionInput _
        | Op.ConvolutionKernel _ -> me.Two(op, args, VmapConvolutions.convolution n op)
        | Op.MaxPool _
        | Op.PoolGather _
        | Op.PoolScatter _ -> VmapConvolutions.pooling n op (args |> List.map me.Front)
        | Op.Custom f when (f :?> DifferentiableFunction).KeepsBatch -> onFront op
        | Op.Custom f -> onFront (Op.Custom(BatchedFunction(f :?> DifferentiableFunction, Interpret.Map n)))
        | Op.Scan _ -> Fail.argument (ShapeInference.name op) "batch" n "of a loop has a rule of its own."

    /// `f` mapped over the front axis, of length n, of every value; results that do not depend on it are repeated.
    static member Map n (f: Tensor list -> Tensor list) (xs: Tensor list) =
        let interpreter = Interpret n
        f (xs |> List.map (fun x -> Traced(Batched(interpreter, x)))) |> List.map interpreter.Front

    /// The value, and whether it has a batch axis in front.
    member me.Value(x: Tensor) =
        match me.Find x with
        | Some value -> value, true
        | None -> x, false

    /// `f` on values that have a batch axis of length n in front where they are flagged; so do its results.
    static member Mixed n (f: Tensor list -> Tensor list) (xs: (Tensor * bool) list) =
        let me = Interpret n

        f (xs |> List.map (fun (x, isBatched) -> if isBatched then Traced(Batched(me, x)) else x))
        |> List.map me.Value

    override me.Apply(op, args) =
        // inferring first gives errors that speak of the shapes the mapped function sees
        match op with
        | Op.Custom _ -> ()
        | op -> ShapeInference.signatures op (args |> List.map _.Signature) |> ignore

        let wrap y = Traced(Batched(me, y))

        match op with
        | Op.Scan scan ->
            ScanVmap.apply (Interpret.Mixed n) n scan (List.map me.Value args)
            |> List.map (fun (y, isBatched) -> if isBatched then wrap y else y)
        | op -> me.Rule(op, args) |> List.map wrap

let private moveAxis from target (x: Tensor) =
    if from = target then
        x
    else
        let others = [ 0 .. x.Rank - 1 ] |> List.filter ((<>) from)
        apply (Op.Transpose(List.insertAt target from others)) [ x ]

/// `f` mapped over one axis of each argument (None: the argument is the same for all), the results' batch axis put at
/// `outAxes`.
let vmap
    (inAxes: int option list)
    (outAxes: Tensor list -> int list)
    (f: Tensor list -> Tensor list)
    (xs: Tensor list)
    =
    let axes = (xs, inAxes) ||> List.map2 (fun x axis -> axis |> Option.map (Fail.checkAxis "vmap" x.Shape))

    let lengths =
        List.map2 (fun (x: Tensor) axis -> axis |> Option.map (fun i -> x.Shape[i])) xs axes
        |> List.choose id
        |> List.distinct

    let n =
        match lengths with
        | [ n ] -> n
        | [] -> Fail.argument "vmap" "inAxes" "none" "maps over nothing; name the axis of at least one argument."
        | _ ->
            Fail.shapes
                "vmap"
                (xs |> List.mapi (fun i x -> $"argument {i}", x.Shape))
                "the mapped axes must have one length."

    let interpreter = Interpret n

    let inputs =
        (xs, axes)
        ||> List.map2 (fun x axis ->
            match axis with
            | Some axis -> Traced(Batched(interpreter, moveAxis axis 0 x))
            | None -> x)

    let outputs = f inputs |> List.map interpreter.Front

    (outputs, outAxes outputs)
    ||> List.map2 (fun y axis -> moveAxis 0 (Fail.checkAxis "vmap" y.Shape axis) y)
