/// Attention and its gradient, composed of operators of ATen, in float32 for half types.
module internal Functional.Torch.AttentionOperators

open Functional
open Functional.Torch.Steps

/// The sizes of an attention, batch axes joined.
type private Sizes = { Batch: int; Queries: int; Keys: int; Heads: int; KeyHeads: int; DType: DType }

let private sizesOf (q: Signature) (k: Signature) : Sizes =
    let rank = q.Shape.Length

    { Batch = Shape.size (List.take (rank - 3) q.Shape)
      Queries = q.Shape[rank - 3]
      Keys = k.Shape[rank - 3]
      Heads = q.Shape[rank - 2]
      KeyHeads = k.Shape[rank - 2]
      DType = if q.DType.IsHalf then Float32 else q.DType }

let private widen c (s: Sizes) (signature: Signature) x = if signature.DType = s.DType then x else convert c s.DType x

/// [..., positions, heads, width] as [batch * heads; positions; width]; heads of keys are repeated for those that share them.
let private headsFirst (c: ICaller<'v>) (s: Sizes) (x: 'v, signature: Signature) : 'v =
    let rank = signature.Shape.Length

    let positions, heads, width =
        signature.Shape[rank - 3], signature.Shape[rank - 2], signature.Shape[rank - 1]

    let x =
        widen c s signature x |> reshape c [ s.Batch; positions; heads; width ] |> permute c [ 0; 2; 1; 3 ]

    if heads = s.Heads then
        reshape c [ s.Batch * heads; positions; width ] x
    else
        unsqueeze c 2 x
        |> expand c [ s.Batch; heads; s.Heads / heads; positions; width ]
        |> reshape c [ s.Batch * s.Heads; positions; width ]

/// [batch * heads; positions; width] as this result; what belongs to one head of keys is summed.
let private headsLast (c: ICaller<'v>) (s: Sizes) (result: Signature) (x: 'v) : 'v =
    let rank = result.Shape.Length
    let positions, heads, width = result.Shape[rank - 3], result.Shape[rank - 2], result.Shape[rank - 1]

    let x =
        if heads = s.Heads then
            reshape c [ s.Batch; heads; positions; width ] x
        else
            reshape c [ s.Batch; heads; s.Heads / heads; positions; width ] x |> sum c [ 2 ] false s.DType

    let x = permute c [ 0; 2; 1; 3 ] x |> reshape c result.Shape
    if result.DType = s.DType then x else convert c result.DType x

let private transposed c (x: 'v) : 'v = permute c [ 0; 2; 1 ] x

/// Which keys each query sees, as [batch * heads; queries; keys] or what is repeated to it; none where all see all.
let private visible (c: ICaller<'v>) (form: AttentionForm) (s: Sizes) (mask: 'v option) : 'v option =
    let causal () =
        let ones = filled c { Shape = [ 1; s.Queries; s.Keys ]; DType = Bool } 1.0
        one c "tril" "" [ Argument.Tensor ones; Argument.Int(int64 (s.Keys - s.Queries)) ]

    let given = mask |> Option.map (reshape c [ s.Batch * s.Heads; s.Queries; s.Keys ])

    match given, form.Causal with
    | None, false -> None
    | None, true -> Some(causal ())
    | Some mask, false -> Some mask
    | Some mask, true -> Some(one c "logical_and" "" [ Argument.Tensor mask; Argument.Tensor(causal ()) ])

/// The scaled products of queries and keys, minus infinity where a query does not see a key.
let private scores (c: ICaller<'v>) (form: AttentionForm) (s: Sizes) (q: 'v) (k: 'v) (visible: 'v option) : 'v =
    let products = mul c (batchProduct c q (transposed c k)) (c.Number(s.DType, form.Scale))

    match visible with
    | None -> products
    | Some visible -> where c visible products (c.Number(s.DType, -infinity))

/// The attention, and the logarithm of the sum of the exponentials of each row of scores.
let forward (c: ICaller<'v>) (form: AttentionForm) (args: ('v * Signature) list) (results: Signature list) : 'v list =
    let q, k, v = args[0], args[1], args[2]
    let s = sizesOf (snd q) (snd k)
    let mask = List.tryItem 3 args |> Option.map fst
    let visible = visible c form s mask
    let scores = scores c form s (headsFirst c s q) (headsFirst c s k) visible
    let zero, one' = c.Number(s.DType, 0.0), c.Number(s.DType, 1.0)
    let largest = amax c [ 2 ] true scores

    // a row of which nothing is seen has zeros for its exponentials
    let largest =
        if visible.IsNone then
            largest
        else
            where c (binary c "eq" largest (c.Number(s.DType, -infinity))) zero largest

    let exponentials = unary c "exp" (sub c scores largest)
    let sums = sum c [ 2 ] true s.DType exponentials
    let isEmpty = binary c "eq" sums zero
    let divisors = if visible.IsNone then sums else where c isEmpty one' sums
    let attended = batchProduct c (div c exponentials divisors) (headsFirst c s v)
    let logSums = add c largest (unary c "log" sums)

    let logSums =
        if visible.IsNone then
            logSums
        else
            where c isEmpty (c.Number(s.DType, infinity)) logSums

    let logSums = reshape c results[1].Shape logSums

    [ headsLast c s results[0] attended
      (if results[1].DType = s.DType then
           logSums
       else
           convert c results[1].DType logSums) ]

/// The cotangents of queries, keys and values.
let gradient (c: ICaller<'v>) (form: AttentionForm) (args: ('v * Signature) list) (results: Signature list) : 'v list =
    let count = args.Length
    let q, k, v = args[0], args[1], args[2]
    let attended, logSums, cotangent = args[count - 3], args[count - 2], args[count - 1]
    let s = sizesOf (snd q) (snd k)
    let mask = if count = 7 then Some(fst args[3]) else None
    let visible = visible c form s mask
    let qs, ks, ct = headsFirst c s q, headsFirst c s k, headsFirst c s cotangent
    let logs = widen c s (snd logSums) (fst logSums) |> reshape c [ s.Batch * s.Heads; s.Queries; 1 ]
    let probabilities = unary c "exp" (sub c (scores c form s qs ks visible) logs)
    let toProbabilities = batchProduct c ct (transposed c (headsFirst c s v))
    let means = sum c [ 2 ] true s.DType (mul c ct (headsFirst c s attended))
    let slopes = mul c (mul c probabilities (sub c toProbabilities means)) (c.Number(s.DType, form.Scale))

    [ headsLast c s results[0] (batchProduct c slopes ks)
      headsLast c s results[1] (batchProduct c (transposed c slopes) qs)
      headsLast c s results[2] (batchProduct c (transposed c probabilities) ct) ]
