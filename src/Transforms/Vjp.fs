/// Reverse mode: each value records the primitive and arguments that it was computed from, and cotangents are
/// propagated back along the record.
module internal Functional.Vjp

open System.Collections.Generic
open System.Threading
open Functional
open Core

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

/// A primitive with its arguments and its only result, the cotangent of that result, and the index of the argument whose
/// cotangent is wanted.
type private Application =
    { Op: Op
      Args: Tensor list
      Result: Tensor
      Cotangent: Tensor
      Index: int }

    member a.WrongCount() : 'T = ShapeInference.wrongCount a.Op a.Args.Length

/// The rule of a primitive of one argument.
let private one (a: Application) (rule: Tensor -> Tensor) =
    match a.Args with
    | [ x ] -> Some(rule x)
    | _ -> a.WrongCount()

/// The rules of a primitive of two arguments, for the first and for the second.
let private two
    (a: Application)
    (first: Tensor -> Tensor -> Tensor option)
    (second: Tensor -> Tensor -> Tensor option)
    =
    match a.Args with
    | [ x; y ] -> if a.Index = 0 then first x y else second x y
    | _ -> a.WrongCount()

/// The rule of a primitive that takes values by indices, which have no cotangent.
let private indexed (a: Application) (rule: Tensor -> Tensor -> Tensor) =
    two a (fun x indices -> Some(rule x indices)) (fun _ _ -> None)

let private pullUnary (a: Application) operation =
    match a.Args with
    | [ x ] -> ElementwiseDerivatives.unary operation x a.Result a.Cotangent
    | _ -> a.WrongCount()

let private pullBinary (a: Application) operation =
    two a (fun x y -> ElementwiseDerivatives.left operation x y a.Result a.Cotangent) (fun x y ->
        ElementwiseDerivatives.right operation x y a.Result a.Cotangent)

let private pullWhere (a: Application) =
    let ct = a.Cotangent

    match a.Index with
    | 1 -> Some(apply Op.Where [ a.Args.Head; ct; Tensor.zerosLike ct ])
    | 2 -> Some(apply Op.Where [ a.Args.Head; Tensor.zerosLike ct; ct ])
    | _ -> None

let private pullTranspose (a: Application) perm =
    let inverse = perm |> List.indexed |> List.sortBy snd |> List.map fst
    Some(apply (Op.Transpose inverse) [ a.Cotangent ])

let private pullScatterAdd (a: Application) axis =
    match a.Args, a.Index with
    | _, 0 -> Some a.Cotangent
    | [ _; indices; _ ], 2 -> Some(apply (Op.Gather axis) [ a.Cotangent; indices ])
    | _ -> None

let private pullReduction (a: Application) reduction axes =
    match a.Args with
    | [ x ] ->
        let everywhere = ElementwiseDerivatives.broadcastReduced axes x.Shape a.Cotangent

        match reduction with
        | Reduction.Sum -> Some everywhere
        | Reduction.Max
        | Reduction.Min -> Some(everywhere * ElementwiseDerivatives.extremeWeights axes x a.Result)
        | Reduction.All
        | Reduction.Any -> None
    | _ -> a.WrongCount()

let private pullCumSum (a: Application) axis =
    let flip x = apply (Op.Flip [ axis ]) [ x ]
    Some(flip (apply a.Op [ flip a.Cotangent ]))

let private pullMatMul (a: Application) =
    two a (fun _ right -> Some(apply Op.MatMul [ a.Cotangent; swapLast right ])) (fun left _ ->
        Some(apply Op.MatMul [ swapLast left; a.Cotangent ]))

let private pullConvolution (a: Application) window =
    two
        a
        (fun x kernel -> Some(apply (Op.ConvolutionInput(window, imageSize x)) [ a.Cotangent; kernel ]))
        (fun x kernel -> Some(apply (Op.ConvolutionKernel(window, kernelSize kernel)) [ x; a.Cotangent ]))

let private pullConvolutionInput (a: Application) window =
    two a (fun _ kernel -> Some(apply (Op.Convolution window) [ a.Cotangent; kernel ])) (fun y kernel ->
        Some(apply (Op.ConvolutionKernel(window, kernelSize kernel)) [ a.Cotangent; y ]))

let private pullConvolutionKernel (a: Application) window =
    two a (fun x y -> Some(apply (Op.ConvolutionInput(window, imageSize x)) [ y; a.Cotangent ])) (fun x _ ->
        Some(apply (Op.Convolution window) [ x; a.Cotangent ]))

/// The cotangent of an argument of a primitive with one result; None for zero.
let private pull (a: Application) : Tensor option =
    let ct = a.Cotangent

    match a.Op with
    | Op.Unary operation -> pullUnary a operation
    | Op.Binary operation -> pullBinary a operation
    | Op.Where -> pullWhere a
    | Op.Cast _ -> one a (fun x -> apply (Op.Cast x.DType) [ ct ])
    | Op.Broadcast _ -> one a (fun x -> unbroadcast x.Shape ct)
    | Op.Reshape _ -> one a (fun x -> apply (Op.Reshape x.Shape) [ ct ])
    | Op.Transpose perm -> pullTranspose a perm
    | Op.Slice ranges -> one a (fun x -> unslice ranges x.Shape ct)
    | Op.Pad(paddings, _) -> one a (fun x -> unpad paddings x.Shape ct)
    | Op.Flip _ -> Some(apply a.Op [ ct ])
    | Op.Concat axis -> Some(unconcat axis a.Args a.Index ct)
    | Op.Gather axis -> indexed a (fun x at -> apply (Op.ScatterAdd axis) [ Tensor.zerosLike x; at; ct ])
    | Op.ScatterAdd axis -> pullScatterAdd a axis
    | Op.Reduce(reduction, axes) -> pullReduction a reduction axes
    | Op.CumSum axis -> pullCumSum a axis
    | Op.MatMul -> pullMatMul a
    | Op.Convolution window -> pullConvolution a window
    | Op.ConvolutionInput(window, _) -> pullConvolutionInput a window
    | Op.ConvolutionKernel(window, _) -> pullConvolutionKernel a window
    | Op.PoolGather pool -> indexed a (fun x at -> apply (Op.PoolScatter(pool, imageSize x)) [ ct; at ])
    | Op.PoolScatter(pool, _) -> indexed a (fun _ at -> apply (Op.PoolGather pool) [ ct; at ])
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
    | Op.MaxPool _
    | Op.Sort _
    | Op.Attention _
    | Op.AttentionGradient _
    | Op.Custom _
    | Op.Scan _ -> a.WrongCount() // of several results: see `pullMany`

/// The cotangents of the wanted arguments of a primitive with one result.
let private pullEach op args (results: Tensor list) (cts: Tensor option list) wanted =
    let pullOne ct index =
        pull { Op = op; Args = args; Result = results.Head; Cotangent = ct; Index = index }

    match cts.Head with
    | Some ct -> wanted |> List.mapi (fun i isWanted -> if isWanted then pullOne ct i else None)
    | None -> args |> List.map (fun _ -> None)

let private pullCustom (f: DifferentiableFunction) args (results: Tensor list) (cts: Tensor option list) =
    let orZeros (y: Tensor) ct = ct |> Option.defaultWith (fun () -> Tensor.zerosLike y)
    f.Pull(args, results, List.map2 orZeros results cts) |> List.map Some

/// Of the results of a sort the second is the permutation that was applied; its inverse moves the cotangent back.
let private pullSort (results: Tensor list) (cts: Tensor option list) =
    let inverse = applyMany (Op.Sort false) [ results[1] ] |> List.item 1
    [ cts.Head |> Option.map (Tensor.takeAlong -1 inverse) ]

let private pullMaxPool pool (args: Tensor list) (results: Tensor list) (cts: Tensor option list) =
    [ cts.Head
      |> Option.map (fun ct -> apply (Op.PoolScatter(pool, imageSize args.Head)) [ ct; results[1] ]) ]

/// By blocks where the result alone has a cotangent, as it does everywhere outside tests.
let private pullAttention form (args: Tensor list) (results: Tensor list) (cts: Tensor option list) =
    let pulled =
        match cts with
        | [ Some ct; None ] -> applyMany (Op.AttentionGradient form) (args @ results @ [ ct ])
        | [ ct; Some ctOfLogSums ] ->
            let ct = ct |> Option.defaultWith (fun () -> Tensor.zerosLike results.Head)
            AttentionComposition.pull form args ct (Some ctOfLogSums)
        | _ -> []

    args |> List.mapi (fun i _ -> List.tryItem i pulled)

/// The cotangents of all arguments of `op` for those of its results, None standing for zero. Only arguments whose flag
/// in `wanted` is set are computed.
let private pullMany op args (results: Tensor list) (cts: Tensor option list) wanted : Tensor option list =
    match op with
    | Op.Custom f -> pullCustom (f :?> DifferentiableFunction) args results cts
    | Op.Sort _ -> pullSort results cts
    | Op.MaxPool pool -> pullMaxPool pool args results cts
    | Op.Attention form -> pullAttention form args results cts
    // the interpreter has rules of its own for these
    | Op.AttentionGradient _
    | Op.Scan _ -> ShapeInference.wrongCount op args.Length
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
    | Op.Barrier _ -> pullEach op args results cts wanted

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
    override _.Backend = primal.Backend
    member _.Primal = primal
    member _.Entry = entry
    member _.Index = index

/// The cotangents that entries of the record have received so far, and the entries that are still to be gone through: the
/// latest first, when the cotangents of everything computed from it are known.
type private Received() =
    let slots = Dictionary<int, Tensor option[]>()
    let queue = PriorityQueue<Entry, int>()

    let slotsOf (entry: Entry) =
        match slots.TryGetValue entry.Order with
        | true, known -> known
        | _ ->
            let created = Array.create entry.Results.Length None
            slots[entry.Order] <- created
            queue.Enqueue(entry, -entry.Order)
            created

    let add (target: Recorded) (ct: Tensor) =
        let slots = slotsOf target.Entry

        slots[target.Index] <-
            match slots[target.Index] with
            | Some sum -> Some(sum + ct)
            | None -> Some ct

    /// Adds cotangents to what the targets have received.
    member _.Add (targets: Recorded option list) (cts: Tensor option list) =
        (targets, cts)
        ||> List.iter2 (fun target ct ->
            match target, ct with
            | Some target, Some ct -> add target ct
            | _ -> ())

    /// Carries all cotangents back to the entries without parents, which are the inputs.
    member me.CarryBack() =
        while queue.Count > 0 do
            let entry = queue.Dequeue()

            if not entry.Parents.IsEmpty then
                me.Add entry.Parents (entry.Back(List.ofArray slots[entry.Order]))
                slots.Remove entry.Order |> ignore

    /// The cotangent of an input; None for zero.
    member _.Find(input: Recorded) : Tensor option =
        match slots.TryGetValue input.Entry.Order with
        | true, known -> known[input.Index]
        | _ -> None

/// Carries the cotangents `cts` of `outputs` back to `inputs`.
let private backward (inputs: Recorded option list) (outputs: Recorded option list) (cts: Tensor option list) =
    let received = Received()
    received.Add outputs cts
    received.CarryBack()
    inputs |> List.map (Option.bind received.Find)

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
        | Op.AttentionGradient form -> AttentionComposition.gradient form args
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
        List.map2 (fun (x: Tensor) ct -> ct |> Option.defaultWith (fun () -> Tensor.zerosLike x)) xs (pull cts)

    values, back

/// The values of `f` at `xs`, and the linear function that carries cotangents of the values back to cotangents of `xs`.
/// An argument that is not of a float type receives zeros of its own type.
let vjp (f: Tensor list -> Tensor list) (xs: Tensor list) : Tensor list * (Tensor list -> Tensor list) =
    let values, back = vjpOfSome f xs
    values, List.map Some >> back
