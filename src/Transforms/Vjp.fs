/// Reverse mode: each value records the primitive and arguments that it was computed from, and cotangents are
/// propagated back along the record.
module internal Functional.Vjp

open System.Collections.Generic
open System.Threading
open Functional
open Core

let private zerosOf (s: Signature) = Tensor.zerosOf s.DType s.Shape

let private swapLast (x: Tensor) =
    let r = x.Rank
    apply (Op.Transpose([ 0 .. r - 3 ] @ [ r - 1; r - 2 ])) [ x ]

let private unbroadcast (shape: Shape) (ct: Tensor) =
    let missing = ct.Rank - shape.Length

    let axes =
        ct.Shape
        |> List.indexed
        |> List.filter (fun (i, n) -> i < missing || (shape[i - missing] = 1 && n <> 1))
        |> List.map fst

    let summed = if axes.IsEmpty then ct else apply (Op.Reduce(Reduction.Sum, axes)) [ ct ]
    apply (Op.Reshape shape) [ summed ]

let private unslice (ranges: Range list) (shape: Shape) (ct: Tensor) =
    let paddings =
        (ranges, List.zip shape ct.Shape)
        ||> List.map2 (fun r (n, count) ->
            let last = if count = 0 then r.Start else r.Start + (count - 1) * r.Step + 1

            { Low = r.Start; High = n - last; Interior = r.Step - 1 })

    apply (Op.Pad(paddings, 0.0)) [ ct ]

let private unpad (paddings: Padding list) (shape: Shape) (ct: Tensor) =
    let ranges =
        (paddings, shape)
        ||> List.map2 (fun p n ->
            { Start = p.Low
              Stop = if n = 0 then p.Low else p.Low + (n - 1) * (p.Interior + 1) + 1
              Step = p.Interior + 1 })

    apply (Op.Slice ranges) [ ct ]

/// The part of a concatenation's cotangent that belongs to argument `i`.
let private unconcat axis (args: Tensor list) i (ct: Tensor) =
    let start = args |> List.take i |> List.sumBy (fun a -> a.Shape[axis])

    let ranges =
        ct.Shape
        |> List.mapi (fun j n ->
            if j = axis then
                { Start = start; Stop = start + args[i].Shape[axis]; Step = 1 }
            else
                { Start = 0; Stop = n; Step = 1 })

    apply (Op.Slice ranges) [ ct ]

/// Height and width of images [n; h; w; c].
let private imageSize (x: Tensor) = x.Shape[1], x.Shape[2]

/// Height and width of a kernel [kh; kw; c; f].
let private kernelSize (kernel: Tensor) = kernel.Shape[0], kernel.Shape[1]

/// The cotangents of the arguments of a convolution: each of the three primitives is the transpose of the other two.
let private pullConvolution op (a: Tensor) (b: Tensor) (ct: Tensor) i =
    match op, i with
    | Op.Convolution window, 0 -> Some(apply (Op.ConvolutionInput(window, imageSize a)) [ ct; b ])
    | Op.Convolution window, _ -> Some(apply (Op.ConvolutionKernel(window, kernelSize b)) [ a; ct ])
    | Op.ConvolutionInput(window, _), 0 -> Some(apply (Op.Convolution window) [ ct; b ])
    | Op.ConvolutionInput(window, _), _ -> Some(apply (Op.ConvolutionKernel(window, kernelSize b)) [ ct; a ])
    | Op.ConvolutionKernel(window, _), 0 -> Some(apply (Op.ConvolutionInput(window, imageSize a)) [ b; ct ])
    | Op.ConvolutionKernel(window, _), _ -> Some(apply (Op.Convolution window) [ a; ct ])
    | op, _ -> ShapeInference.wrongCount op 2

let private pullReduction reduction axes (x: Tensor) (result: Tensor) (ct: Tensor) =
    let everywhere = ElementwiseDerivatives.broadcastReduced axes x.Shape ct

    match reduction with
    | Reduction.Sum -> Some everywhere
    | Reduction.Max
    | Reduction.Min -> Some(everywhere * ElementwiseDerivatives.extremeWeights axes x result)
    | Reduction.All
    | Reduction.Any -> None

/// The cotangent of argument `i` of a primitive with one result for the cotangent `ct` of that result; None for zero.
let private pull op (args: Tensor list) (result: Tensor) (ct: Tensor) i : Tensor option =
    let wrongCount () = ShapeInference.wrongCount op args.Length

    /// The rule of a primitive of one argument.
    let one rule =
        match args with
        | [ x ] -> rule x
        | _ -> wrongCount ()

    /// The rule of a primitive of two arguments, the first of which has index 0.
    let two rule =
        match args with
        | [ x; y ] -> rule x y
        | _ -> wrongCount ()

    /// The transpose of a primitive that is linear in its only argument x.
    let transpose (op: Tensor -> Tensor) = one (op >> Some)

    match op with
    | Op.Unary u -> one (fun x -> ElementwiseDerivatives.unary u x result ct)
    | Op.Binary b ->
        two (fun x y ->
            if i = 0 then
                ElementwiseDerivatives.left b x y result ct
            else
                ElementwiseDerivatives.right b x y result ct)
    | Op.Where ->
        match i with
        | 1 -> Some(apply Op.Where [ args.Head; ct; Tensor.zerosLike ct ])
        | 2 -> Some(apply Op.Where [ args.Head; Tensor.zerosLike ct; ct ])
        | _ -> None
    | Op.Cast _ -> transpose (fun x -> apply (Op.Cast x.DType) [ ct ])
    | Op.Broadcast _ -> transpose (fun x -> unbroadcast x.Shape ct)
    | Op.Reshape _ -> transpose (fun x -> apply (Op.Reshape x.Shape) [ ct ])
    | Op.Transpose perm ->
        let inverse = perm |> List.indexed |> List.sortBy snd |> List.map fst
        Some(apply (Op.Transpose inverse) [ ct ])
    | Op.Slice ranges -> transpose (fun x -> unslice ranges x.Shape ct)
    | Op.Pad(paddings, _) -> transpose (fun x -> unpad paddings x.Shape ct)
    | Op.Flip _ -> Some(apply op [ ct ])
    | Op.Concat axis -> Some(unconcat axis args i ct)
    | Op.Gather axis ->
        two (fun x indices ->
            if i = 0 then
                Some(apply (Op.ScatterAdd axis) [ Tensor.zerosLike x; indices; ct ])
            else
                None)
    | Op.ScatterAdd axis ->
        match args, i with
        | _, 0 -> Some ct
        | [ _; indices; _ ], 2 -> Some(apply (Op.Gather axis) [ ct; indices ])
        | _ -> None
    | Op.Reduce(reduction, axes) -> one (fun x -> pullReduction reduction axes x result ct)
    | Op.CumSum axis ->
        let flip x = apply (Op.Flip [ axis ]) [ x ]
        Some(flip (apply op [ flip ct ]))
    | Op.MatMul ->
        two (fun a b ->
            if i = 0 then
                Some(apply Op.MatMul [ ct; swapLast b ])
            else
                Some(apply Op.MatMul [ swapLast a; ct ]))
    | Op.Convolution _
    | Op.ConvolutionInput _
    | Op.ConvolutionKernel _ -> two (fun a b -> pullConvolution op a b ct i)
    | Op.PoolGather pool ->
        two (fun x indices ->
            if i = 0 then
                Some(apply (Op.PoolScatter(pool, imageSize x)) [ ct; indices ])
            else
                None)
    | Op.PoolScatter(pool, _) ->
        two (fun _ indices -> if i = 0 then Some(apply (Op.PoolGather pool) [ ct; indices ]) else None)
    | Op.Barrier _ -> Some ct
    | Op.Compare _
    | Op.ArgMax _
    | Op.ArgMin _
    | Op.KeySplit _
    | Op.KeyFold
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _
    | Op.StopGradient -> None
    // of several results, or recorded with a rule of their own: see `pullMany`
    | Op.MaxPool _
    | Op.Sort _
    | Op.Custom _
    | Op.Scan _ -> wrongCount ()

/// The cotangents of all arguments of `op` for those of its results, None standing for zero. Only arguments for which
/// `wanted` holds are computed.
let private pullMany op args (results: Tensor list) (cts: Tensor option list) wanted : Tensor option list =
    let ofFirst = cts.Head

    match op with
    | Op.Custom f ->
        let full =
            List.map2 (fun (y: Tensor) ct -> ct |> Option.defaultWith (fun () -> zerosOf y.Signature)) results cts

        (f :?> DifferentiableFunction).Pull(args, results, full) |> List.map Some
    | Op.Sort _ ->
        // the indices are a permutation of the last axis; the inverse moves each cotangent back to its argument
        let inverse = applyMany (Op.Sort false) [ List.item 1 results ] |> List.item 1
        [ ofFirst |> Option.map (Tensor.takeAlong -1 inverse) ]
    | Op.MaxPool pool ->
        let size = imageSize (List.head args)
        [ ofFirst |> Option.map (fun ct -> apply (Op.PoolScatter(pool, size)) [ ct; List.item 1 results ]) ]
    // loops have a rule of their own in the interpreter
    | Op.Scan _ -> ShapeInference.wrongCount op args.Length
    // these have one result
    | Op.Unary _
    | Op.Binary _
    | Op.Compare _
    | Op.Where
    | Op.Cast _
    | Op.Broadcast _
    | Op.Reshape _
    | Op.Transpose _
    | Op.Slice _
    | Op.Pad _
    | Op.Flip _
    | Op.Concat _
    | Op.Gather _
    | Op.ScatterAdd _
    | Op.Reduce _
    | Op.ArgMax _
    | Op.ArgMin _
    | Op.CumSum _
    | Op.MatMul
    | Op.Convolution _
    | Op.ConvolutionInput _
    | Op.ConvolutionKernel _
    | Op.PoolGather _
    | Op.PoolScatter _
    | Op.KeySplit _
    | Op.KeyFold
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _
    | Op.StopGradient
    | Op.Barrier _ ->
        match ofFirst with
        | Some ct -> wanted |> List.mapi (fun i w -> if w then pull op args results.Head ct i else None)
        | None -> args |> List.map (fun _ -> None)

/// One application of a primitive on the record: its arguments, and the function from cotangents of its results to
/// those of its arguments.
type private Entry
    (order: int, results: Signature list, parents: Recorded option list, back: Tensor option list -> Tensor option list)
    =
    member _.Order = order
    member _.Results = results
    member _.Parents = parents
    member _.Back = back

and private Recorded(owner, primal: Tensor, entry: Entry, index: int) =
    inherit Tracer(owner, primal.Signature)
    member _.Primal = primal
    member _.Entry = entry
    member _.Index = index

/// Carries the cotangents `cts` of `outputs` back to `inputs`.
let private backward (inputs: Recorded option list) (outputs: Recorded option list) (cts: Tensor option list) =
    let received = Dictionary<int, Tensor option[]>()
    // the latest entry first: by then the cotangents of everything computed from it are known
    let queue = PriorityQueue<Entry, int>()

    let give (r: Recorded) (ct: Tensor) =
        let slots =
            match received.TryGetValue r.Entry.Order with
            | true, slots -> slots
            | _ ->
                let slots = Array.create r.Entry.Results.Length None
                received[r.Entry.Order] <- slots
                queue.Enqueue(r.Entry, -r.Entry.Order)
                slots

        slots[r.Index] <-
            match slots[r.Index] with
            | Some sum -> Some(sum + ct)
            | None -> Some ct

    let giveAll targets cts =
        (targets, cts)
        ||> List.iter2 (fun target ct ->
            match target, ct with
            | Some r, Some ct -> give r ct
            | _ -> ())

    giveAll outputs cts

    while queue.Count > 0 do
        let entry = queue.Dequeue()

        if not entry.Parents.IsEmpty then
            giveAll entry.Parents (entry.Back(List.ofArray received[entry.Order]))
            received.Remove entry.Order |> ignore

    inputs
    |> List.map (
        Option.bind (fun r ->
            match received.TryGetValue r.Entry.Order with
            | true, slots -> slots[r.Index]
            | _ -> None)
    )

type private Interpret() =
    inherit Interpreter()
    let mutable count = 0

    member me.Find(x: Tensor) =
        match x with
        | Traced(:? Recorded as r) when obj.ReferenceEquals(r.Owner, me) -> Some r
        | _ -> None

    member me.Record(primals: Tensor list, parents, back) =
        let entry = Entry(Interlocked.Increment &count, primals |> List.map _.Signature, parents, back)

        primals
        |> List.mapi (fun i primal -> if primal.DType.IsFloat then Traced(Recorded(me, primal, entry, i)) else primal)

    /// The values of `f` at `xs`, which of them depend on the flagged `xs`, and what carries cotangents of the values
    /// back to these `xs`, None standing for zero.
    static member Vjp (f: Tensor list -> Tensor list) (xs: Tensor list) (flags: bool list) =
        let me = Interpret()

        let inputs =
            List.map2 (fun x flag -> if flag then List.head (me.Record([ x ], [], (fun _ -> []))) else x) xs flags

        let outputs = f inputs
        let found = outputs |> List.map me.Find

        let values =
            (outputs, found)
            ||> List.map2 (fun y r ->
                match r with
                | Some r -> r.Primal
                | None -> y)

        values, List.map Option.isSome found, backward (List.map me.Find inputs) found

    override me.Apply(op, args) =
        let parents = args |> List.map me.Find

        let primals =
            (args, parents)
            ||> List.map2 (fun a p ->
                match p with
                | Some r -> r.Primal
                | None -> a)

        let wanted = parents |> List.map Option.isSome

        match op with
        | Op.StopGradient -> applyMany op primals
        | Op.Scan scan ->
            let results, depend, back = ScanVjp.record Interpret.Vjp scan primals wanted

            List.map3
                (fun depends result recorded -> if depends then recorded else result)
                depend
                results
                (me.Record(results, parents, back))
        | op ->
            let results = applyMany op primals
            me.Record(results, parents, (fun cts -> pullMany op primals results cts wanted))

/// The values of `f` at `xs`, and the linear function that carries cotangents of some of the values, None standing for zero,
/// back to cotangents of `xs`. An argument that no cotangent reaches receives zeros of its own type.
let vjpOfSome (f: Tensor list -> Tensor list) (xs: Tensor list) : Tensor list * (Tensor option list -> Tensor list) =
    let values, _, pull = Interpret.Vjp f xs (xs |> List.map (fun _ -> true))

    let check (y: Tensor) (ct: Tensor) =
        if y.DType.IsFloat && y.Signature <> ct.Signature then
            Fail.shapes
                "vjp"
                [ "result", y.Shape; "cotangent", ct.Shape ]
                $"the cotangent must have the result's shape and type ({y.DType}; the cotangent is {ct.DType})."

    let back (cts: Tensor option list) =
        List.iter2 (fun y ct -> Option.iter (check y) ct) values cts
        List.map2 (fun (x: Tensor) ct -> ct |> Option.defaultWith (fun () -> zerosOf x.Signature)) xs (pull cts)

    values, back

/// The values of `f` at `xs`, and the linear function that carries cotangents of the values back to cotangents of `xs`.
/// An argument that is not of a float type receives zeros of its own type.
let vjp (f: Tensor list -> Tensor list) (xs: Tensor list) : Tensor list * (Tensor list -> Tensor list) =
    let values, back = vjpOfSome f xs
    values, List.map Some >> back
