/// Random fused programs.
module Functional.Tests.Kernels.FusedPrograms

open System
open Functional.Kernels
open Functional.Tests.Kernels.Setting
open Functional.Tests.Kernels.FusedCases

let private arrayOfType (random: Random) exact (t: ElementType) n : Array =
    let small () = float (random.Next(-8, 9)) / 2.0

    match t with
    | ElementType.Float32 -> Array.init n (fun _ -> if exact then float32 (small ()) else singles random)
    | ElementType.Float64 -> Array.init n (fun _ -> if exact then small () else doubles random)
    | ElementType.Int32 -> Array.init n (fun _ -> if exact then random.Next(-8, 9) else ints random)
    | _ -> Array.init n (fun _ -> bools random)

/// Strides over the domain, the index of element 0, and the length needed. Outputs repeat nothing.
let private layout (random: Random) (domain: int[]) output =
    let order = Array.init domain.Length id
    let simple = random.Next 2 = 0

    if simple then Array.Reverse order else random.Shuffle order

    let strides = Array.zeroCreate domain.Length
    let mutable size = 1L

    for axis in order do
        let repeats = not output && random.Next(if simple then 4 else 6) = 0
        let step = if not simple && random.Next 5 = 0 then 2L else 1L
        strides[axis] <- if repeats then 0L else size * step
        size <- if repeats then size else size * step * int64 (max 1 domain[axis])

    let mutable start = 0L

    for axis in order do
        if not simple && random.Next 5 = 0 then
            start <- start + strides[axis] * int64 (max 0 (domain[axis] - 1))
            strides[axis] <- -strides[axis]

    strides, int start, int size

let private domains =
    [| [||]
       [| 0 |]
       [| 3; 0 |]
       [| 0; 4 |]
       [| 1 |]
       [| 2000 |]
       [| 3; 1030 |]
       [| 40; 57 |]
       [| 61; 10 |]
       [| 300; 3 |]
       [| 5; 7; 1 |]
       [| 4; 1; 9 |]
       [| 2; 3; 2; 2; 3; 5 |]
       [| 40000 |]
       [| 700; 33 |]
       [| 2500; 16 |]
       [| 20; 2100 |]
       [| 6; 70; 41 |] |]

let private domainOf (random: Random) =
    if random.Next 2 = 0 then
        domains[random.Next domains.Length]
    else
        Array.init (random.Next(1, 5)) (fun _ -> if random.Next 4 = 0 then random.Next(1, 40) else random.Next(1, 8))

let private reals = [| ElementType.Float32; ElementType.Float64 |]

/// The elementwise operations whose row in the kernels' table fits.
let private operations fits =
    Enum.GetValues<FusedOp>()
    |> Array.filter (fun op ->
        match ElementwiseOperation.Of op with
        | null -> false
        | row -> fits row)

/// Whether the operation takes floats, and integers or not.
let private takes arity integers (row: ElementwiseOperation) =
    row.Arity = arity
    && not row.IsComparison
    && not (isNull row.Float32)
    && isNull row.Int32 <> integers

let private ofReals = operations (takes 1 false)
let private exactOnes = operations (takes 1 true)
let private exactTwos = [| FusedOp.Add; FusedOp.Sub; FusedOp.Maximum; FusedOp.Minimum |]
let private twos = operations (takes 2 true)
let private twosOfReals = operations (takes 2 false)
let private comparisons = operations (fun row -> row.IsComparison && isNull row.Bool)
let private equalities = operations (fun row -> row.IsComparison && not (isNull row.Bool))

/// A random program. With sums it computes with small whole numbers and halves, so that the order of adding does not matter,
/// without it uses all operations and numbers of all kinds. `types` are those that it may use.
let caseOf (random: Random) (types: ElementType[]) sums =
    let domain = domainOf random
    let rank = domain.Length
    let oneOf (choices: 'a[]) = choices[random.Next choices.Length]
    let operands = ResizeArray<FusedOperand>()
    let arrays = ResizeArray<Array>()
    let places = ResizeArray<int * int>()
    let steps = ResizeArray<FusedInstruction>()

    let push op t args value =
        steps.Add(instruction op t args value)
        steps.Count - 1

    let newOperand t output =
        let strides, start, size = layout random domain output
        let before = random.Next 3
        operands.Add(FusedOperand(t, strides))
        places.Add((arrays.Count, start + before))
        arrays.Add(arrayOfType random sums t (before + size + random.Next 3))
        operands.Count - 1

    let source t =
        match random.Next 5 with
        | 0 -> push FusedOp.Constant t [] (float (random.Next(-2, 4)))
        | 1 when rank > 0 && t <> ElementType.Bool && not (sums && Array.exists (fun n -> n > 40) domain) ->
            push FusedOp.Iota t [ random.Next rank ] 0.0
        | _ -> push FusedOp.Load t [ newOperand t false ] 0.0

    let value t =
        let known =
            [| for i in 0 .. steps.Count - 1 do
                   if steps[i].Type = t then
                       i |]

        if known.Length = 0 || random.Next 3 = 0 then source t else oneOf known

    let clamped v =
        let t = steps[v].Type
        let low = push FusedOp.Maximum t [ v; push FusedOp.Constant t [] -8.0 ] 0.0
        push FusedOp.Minimum t [ low; push FusedOp.Constant t [] 8.0 ] 0.0

    for _ in 1 .. random.Next(1, 9) do
        let t = oneOf types
        let number = t <> ElementType.Bool

        match random.Next 9 with
        | 0 ->
            let u = oneOf types
            push FusedOp.Cast t [ value u ] 0.0 |> ignore
        | 1 -> push FusedOp.Where t [ value ElementType.Bool; value t; value t ] 0.0 |> ignore
        | 2 ->
            let u = oneOf types
            let choices = if u = ElementType.Bool then equalities else Array.append equalities comparisons
            push (oneOf choices) ElementType.Bool [ value u; value u ] 0.0 |> ignore
        | 3
        | 4 when number ->
            let real = Array.contains t reals && not sums

            push (oneOf (if real then Array.append ofReals exactOnes else exactOnes)) t [ value t ] 0.0
            |> ignore
        | 5 when number && rank > 0 && domain[rank - 1] > 0 ->
            let op = oneOf [| FusedOp.RowSum; FusedOp.RowMax; FusedOp.RowMin |]

            if op <> FusedOp.RowSum then
                push op t [ value t ] 0.0 |> ignore
            elif sums then
                clamped (push op t [ clamped (value t) ] 0.0) |> ignore
        | _ when number ->
            let all = if Array.contains t reals then Array.append twos twosOfReals else twos
            push (oneOf (if sums then exactTwos else all)) t [ value t; value t ] 0.0 |> ignore
        | 6 -> push FusedOp.Not t [ value t ] 0.0 |> ignore
        | _ -> push (oneOf [| FusedOp.And; FusedOp.Or |]) t [ value t; value t ] 0.0 |> ignore

    if steps.Count = 0 then
        source types[0] |> ignore

    let stores = ResizeArray<FusedStore>()
    let rowValues = FusedProgram(domain, operands.ToArray(), steps.ToArray(), [||])

    let write v =
        let t = steps[v].Type

        // In place of an operand that is read, if none of it is repeated and nothing else is written there.
        let readable =
            [| for i in 0 .. operands.Count - 1 do
                   let o = operands[i]
                   let injective = Array.forall2 (fun n s -> n = 1 || s <> 0L) domain o.Strides
                   let free = not (stores.Exists(fun s -> fst places[s.Operand] = fst places[i]))

                   if o.Type = t && injective && free then
                       i |]

        if readable.Length > 0 && random.Next 3 = 0 then
            let i = oneOf readable
            operands.Add operands[i]
            places.Add places[i]
            stores.Add(FusedStore(v, operands.Count - 1, FusedStoreKind.Write))
        else
            let o = newOperand t true

            let row = rank > 0 && rowValues.IsRowValue v

            // Of no columns the values are not among those of the domain's elements.
            if row && domain[rank - 1] > 0 && random.Next 2 = 0 then
                operands[o].Strides[ rank - 1 ] <- 0L
                // A stride below 0 had moved the start to the other end of the last axis.
                let strides = operands[o].Strides
                let low = Array.fold2 (fun low n s -> low + min 0L (s * int64 (max 0 (n - 1)))) 0L domain strides
                places[o] <- (fst places[o], int -low)

            stores.Add(FusedStore(v, o, FusedStoreKind.Write))

    let sum v =
        let rows = rowValues.IsRowValue v && random.Next 3 > 0
        let v = clamped v
        let kept = Array.init rank (fun axis -> random.Next 2 = 0 && not (rows && axis = rank - 1))
        let mutable size = 1L
        let strides = Array.zeroCreate rank

        for axis in rank - 1 .. -1 .. 0 do
            if kept[axis] then
                strides[axis] <- size
                size <- size * int64 domain[axis]

        operands.Add(FusedOperand(steps[v].Type, strides))
        places.Add((arrays.Count, 1))
        arrays.Add(arrayOfType random true steps[v].Type (int size + 2))
        let kind = if rows then FusedStoreKind.SumRows else FusedStoreKind.Sum
        stores.Add(FusedStore(v, operands.Count - 1, kind))

    for _ in 1 .. random.Next(1, 4) do
        let known = rowValues.Instructions.Length
        let v = if random.Next 2 = 0 then known - 1 else random.Next known
        let sums = sums && (rank = 0 || domain[rank - 1] > 0)

        if sums && steps[v].Type <> ElementType.Bool && random.Next 2 = 0 then
            sum v
        else
            write v

    { Program = FusedProgram(domain, operands.ToArray(), steps.ToArray(), stores.ToArray())
      Arrays = List.ofSeq arrays
      Places = List.ofSeq places }
