/// Attention of buffers, by blocks.
module internal Functional.CpuAttention

#nowarn "9" // kernels take pointers

open System
open FSharp.NativeInterop
open Functional
open Functional.Kernels

/// Whether one stride leads through `count` axes from `first` on.
let private mergesFrom (x: CpuBuffer) first count =
    let mutable merges = true

    for i in first .. first + count - 2 do
        if x.Lengths[i] > 1 && x.Strides[i] <> x.Strides[i + 1] * x.Lengths[i + 1] then
            merges <- false

    merges

/// The operand with at most two batch axes: it is copied together where no strides lead through more.
let private ofTwoBatchAxes (x: CpuBuffer) : CpuBuffer =
    let batch = x.Lengths.Length - 3
    if batch <= 2 || mergesFrom x 1 (batch - 1) then x else x.Packed()

/// The operand with columns that stand side by side.
let private withColumns (x: CpuBuffer) : CpuBuffer =
    let last = x.Lengths.Length - 1

    if x.Lengths[last] <= 1 || x.Strides[last] = 1 then
        ofTwoBatchAxes x
    else
        x.Packed()

/// The mask with columns that stand side by side or are all the same.
let private withFlags (x: CpuBuffer) : CpuBuffer = if Array.last x.Strides = 0 then ofTwoBatchAxes x else withColumns x

/// The operand at an address; its last three axes are positions, heads and columns in the order given.
let private operand<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (x: CpuBuffer)
    (first: nativeptr<'T>)
    (position, head)
    =
    let r = x.Lengths.Length
    let stride axis = if x.Lengths[axis] = 1 then 0n else nativeint x.Strides[axis]
    let mutable result = AttentionOperand<'T>()
    result.First <- first
    result.Row <- stride (r - 3 + position)
    result.Head <- stride (r - 3 + head)
    // one column alone stands beside the next
    result.Column <- if x.Lengths[r - 1] = 1 then 1n else nativeint x.Strides[r - 1]

    if r >= 4 then
        result.Inner <- if r = 4 then stride 0 else nativeint x.Strides[r - 4]

    if r >= 5 then
        result.Outer <- stride 0

    if r >= 6 then
        // axis 0 is the outer one, the others are merged to the inner one
        result.Inner <- nativeint x.Strides[r - 4]

    result

let private sizesOf (form: AttentionForm) (q: CpuBuffer) (k: CpuBuffer) (v: CpuBuffer) =
    let r = q.Lengths.Length
    let batch = Array.sub q.Lengths 0 (r - 3)

    AttentionSizes(
        OuterBatch = (if batch.Length >= 2 then batch[0] else 1),
        InnerBatch =
            (match batch.Length with
             | 0 -> 1
             | 1 -> batch[0]
             | _ -> Array.fold (*) 1 batch[1..]),
        Queries = q.Lengths[r - 3],
        Keys = k.Lengths[r - 3],
        Heads = q.Lengths[r - 2],
        KeyHeads = k.Lengths[r - 2],
        Width = q.Lengths[r - 1],
        ValueWidth = v.Lengths[r - 1],
        Scale = form.Scale,
        Causal = form.Causal
    )

let private problem<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    form
    (q: CpuBuffer<'T>)
    (k: CpuBuffer<'T>)
    (v: CpuBuffer<'T>)
    (mask: CpuBuffer<bool> voption)
    (result: nativeptr<'T>)
    (logSums: nativeptr<'T>)
    (pq, pk, pv, pm: nativeptr<bool>)
    =
    let mutable p = AttentionProblem<'T>()
    p.Sizes <- sizesOf form q k v
    p.Query <- operand q pq (0, 1)
    p.Key <- operand k pk (0, 1)
    p.Value <- operand v pv (0, 1)

    match mask with
    | ValueSome mask -> p.Mask <- operand mask pm (1, 0)
    | ValueNone -> ()

    p.Result <- result
    p.LogSums <- logSums
    p

let private maskOf (args: CpuBuffer list) isMasked : CpuBuffer<bool> voption =
    if isMasked then ValueSome(withFlags args[3] :?> CpuBuffer<bool>) else ValueNone

let private forwardInto<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (run: AttentionProblem<'T> -> unit)
    form
    (args: CpuBuffer list)
    (results: CpuBuffer list)
    =
    let typed (x: CpuBuffer) = ofTwoBatchAxes x :?> CpuBuffer<'T>
    let q, k, v = typed args[0], typed args[1], typed args[2]
    let mask = maskOf args (args.Length = 4)
    let result, logSums = results[0] :?> CpuBuffer<'T>, results[1] :?> CpuBuffer<'T>

    if result.Size > 0 then
        use pq = fixed &q.First
        use pk = fixed &k.First
        use pv = fixed &v.First
        use pr = fixed &result.First
        use pl = fixed &logSums.First

        match mask with
        | ValueSome flags ->
            use pm = fixed &flags.First
            run (problem form q k v mask pr pl (pq, pk, pv, pm))
        | ValueNone -> run (problem form q k v mask pr pl (pq, pk, pv, NativePtr.ofNativeInt 0n))

let private gradientInto<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (run: AttentionGradientProblem<'T> -> unit)
    form
    (args: CpuBuffer list)
    (results: CpuBuffer list)
    =
    let typed (x: CpuBuffer) = x :?> CpuBuffer<'T>

    let q, k, v =
        typed (ofTwoBatchAxes args[0]), typed (ofTwoBatchAxes args[1]), typed (ofTwoBatchAxes args[2])

    let given = List.skip (args.Length - 3) args

    let result, logSums, ct =
        typed (withColumns given[0]), typed (given[1].Packed()), typed (withColumns given[2])

    let mask = maskOf args (args.Length = 7)
    let toQuery, toKey, toValue = typed results[0], typed results[1], typed results[2]

    if q.Size = 0 then
        toKey.Target.Clear()
        toValue.Target.Clear()
    else
        use pq = fixed &q.First
        use pk = fixed &k.First
        use pv = fixed &v.First
        use pr = fixed &result.First
        use pl = fixed &logSums.First
        use pg = fixed &ct.First
        use ptq = fixed &toQuery.First
        use ptk = fixed &toKey.First
        use ptv = fixed &toValue.First
        let mutable p = AttentionGradientProblem<'T>()
        p.Result <- operand result pr (0, 1)
        p.Gradient <- operand ct pg (0, 1)
        p.Query <- ptq
        p.Key <- ptk
        p.Value <- ptv

        match mask with
        | ValueSome flags ->
            use pm = fixed &flags.First
            p.Forward <- problem form q k v mask (NativePtr.ofNativeInt 0n) pl (pq, pk, pv, pm)
            run p
        | ValueNone ->
            p.Forward <- problem form q k v mask (NativePtr.ofNativeInt 0n) pl (pq, pk, pv, NativePtr.ofNativeInt 0n)

            run p

let private wrongType operation (x: CpuBuffer) =
    Fail.dtypes operation [ "the query", x.DType ] "takes float32 or float64; cast it with Tensor.cast"

let private forward32 (p: AttentionProblem<float32>) = Attention.Forward &p
let private forward64 (p: AttentionProblem<float>) = Attention.Forward &p
let private gradient32 (p: AttentionGradientProblem<float32>) = Attention.Backward &p
let private gradient64 (p: AttentionGradientProblem<float>) = Attention.Backward &p

/// The result and the logarithms of the sums.
let forward form (args: CpuBuffer list) (results: CpuBuffer list) =
    match args.Head with
    | :? CpuBuffer<float32> -> forwardInto forward32 form args results
    | :? CpuBuffer<float> -> forwardInto forward64 form args results
    | q -> wrongType "attention" q

/// The cotangents of queries, keys and values.
let gradient form (args: CpuBuffer list) (results: CpuBuffer list) =
    match args.Head with
    | :? CpuBuffer<float32> -> gradientInto gradient32 form args results
    | :? CpuBuffer<float> -> gradientInto gradient64 form args results
    | q -> wrongType "attentionGradient" q
