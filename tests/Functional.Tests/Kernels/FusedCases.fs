/// Random fused programs, and what they mean: each instruction by itself, over the whole domain.
module Functional.Tests.Kernels.FusedCases

#nowarn "9" // addresses of arrays

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Functional.Kernels
open Functional.Tests.Kernels.Setting

/// A program, the arrays it works on, and where each operand's element 0 stands: the array's number and the index.
type Case = { Program: FusedProgram; Arrays: Array list; Places: (int * int) list }

let instruction op (t: ElementType) (args: int list) value =
    let at i = if i < args.Length then args[i] else -1
    FusedInstruction(op, t, at 0, at 1, at 2, value)

let private copy (a: Array) = a.Clone() :?> Array

/// The arrays after `run` on copies of them, given the operands' addresses and scratch memory.
let onCopies (case: Case) scratchBytes (run: nativeptr<nativeint> -> nativeptr<byte> -> unit) =
    let arrays = case.Arrays |> List.map copy
    let pins = arrays |> List.map (fun a -> GCHandle.Alloc(a, GCHandleType.Pinned))
    let scratch = NativeMemory.AlignedAlloc(unativeint (max 64L scratchBytes), 64un)

    try
        let addresses =
            [| for number, index in case.Places do
                   let a = arrays[number]
                   let size = if a :? (bool[]) then 1 else Buffer.ByteLength a / max 1 a.Length
                   pins[number].AddrOfPinnedObject() + nativeint (index * size) |]

        use p = fixed addresses
        run p (NativePtr.ofVoidPtr scratch)
        arrays
    finally
        NativeMemory.AlignedFree scratch
        pins |> List.iter _.Free()

let run mode (case: Case) =
    let kernel = FusedKernel.Create(case.Program, mode)
    onCopies case kernel.ScratchBytes (fun operands scratch -> kernel.Run(operands, scratch))

// ---- meaning

let private unary (kind: UnaryKind) (x: Array) : Array =
    match x with
    | :? (float32[]) as x ->
        let y = Array.zeroCreate x.Length
        UnaryKernels.Apply(kind, ReadOnlySpan x, Span y)
        y
    | :? (float[]) as x ->
        let y = Array.zeroCreate x.Length
        UnaryKernels.Apply(kind, ReadOnlySpan x, Span y)
        y
    | x ->
        let x = x :?> int[]
        let y = Array.zeroCreate x.Length
        UnaryKernels.Apply(kind, ReadOnlySpan x, Span y)
        y

let private span (x: 'T[]) = Operand<'T>(ReadOnlySpan x, 0, ReadOnlySpan [| 1 |])

let private binary (kind: BinaryKind) (a: Array) (b: Array) : Array =
    match a with
    | :? (float32[]) as a ->
        let y = Array.zeroCreate a.Length
        let a = span a
        let b = span (b :?> float32[])
        BinaryKernels.Apply(kind, ReadOnlySpan [| y.Length |], &a, &b, Span y)
        y
    | :? (float[]) as a ->
        let y = Array.zeroCreate a.Length
        let a = span a
        let b = span (b :?> float[])
        BinaryKernels.Apply(kind, ReadOnlySpan [| y.Length |], &a, &b, Span y)
        y
    | a ->
        let a = a :?> int[]
        let y = Array.zeroCreate a.Length
        let a = span a
        let b = span (b :?> int[])
        BinaryKernels.Apply(kind, ReadOnlySpan [| y.Length |], &a, &b, Span y)
        y

let private compare (kind: CompareKind) (a: Array) (b: Array) : Array =
    let y = Array.zeroCreate<bool> a.Length
    let shape = ReadOnlySpan [| y.Length |]

    match a with
    | :? (float32[]) as a ->
        let a = span a
        let b = span (b :?> float32[])
        BinaryKernels.Compare(kind, shape, &a, &b, Span y)
    | :? (float[]) as a ->
        let a = span a
        let b = span (b :?> float[])
        BinaryKernels.Compare(kind, shape, &a, &b, Span y)
    | :? (int[]) as a ->
        let a = span a
        let b = span (b :?> int[])
        BinaryKernels.Compare(kind, shape, &a, &b, Span y)
    | a ->
        let a = span (a :?> bool[])
        let b = span (b :?> bool[])
        BinaryKernels.Compare(kind, shape, &a, &b, Span y)

    y

let private truncated (x: float) =
    if Double.IsNaN x then 0
    elif x >= 2147483647.0 then Int32.MaxValue
    elif x <= -2147483648.0 then Int32.MinValue
    else int x

let private cast (t: ElementType) (x: Array) : Array =
    let convert (toSingle: 'T -> float32) (toDouble: 'T -> float) (toInt: 'T -> int) (toBool: 'T -> bool) (x: 'T[]) =
        match t with
        | ElementType.Float32 -> Array.map toSingle x :> Array
        | ElementType.Float64 -> Array.map toDouble x
        | ElementType.Int32 -> Array.map toInt x
        | _ -> Array.map toBool x

    match x with
    | :? (float32[]) as x -> convert id float (float >> truncated) (fun v -> v <> 0.0f) x
    | :? (float[]) as x -> convert float32 id truncated (fun v -> v <> 0.0) x
    | :? (int[]) as x -> convert float32 float id (fun v -> v <> 0) x
    | x ->
        let one v = if v then 1 else 0
        convert (one >> float32) (one >> float) one id (x :?> bool[])

let private mapRows length (f: 'T[] -> 'T) (x: 'T[]) =
    let rows = if length = 0 then 0 else x.Length / length

    Array.init rows (fun r -> f x[r * length .. (r + 1) * length - 1])
    |> Array.collect (Array.replicate length)

let private reduceRows op length (x: Array) : Array =
    let either f (a: float) b = if Double.IsNaN a || Double.IsNaN b then nan else f a b
    let largest = either (fun a b -> Math.Max(a, b))
    let smallest = either (fun a b -> Math.Min(a, b))

    match x, op with
    | :? (float32[]) as x, FusedOp.RowSum -> mapRows length (Array.fold (+) 0.0f) x
    | :? (float[]) as x, FusedOp.RowSum -> mapRows length (Array.fold (+) 0.0) x
    | :? (int[]) as x, FusedOp.RowSum -> mapRows length (Array.fold (+) 0) x
    | :? (float32[]) as x, _ ->
        let f = if op = FusedOp.RowMax then largest else smallest
        mapRows length (Array.map float >> Array.reduce f >> float32) x
    | :? (float[]) as x, _ -> mapRows length (Array.reduce (if op = FusedOp.RowMax then largest else smallest)) x
    | x, _ -> mapRows length (Array.reduce (if op = FusedOp.RowMax then max else min)) (x :?> int[])

let private sizeOf (domain: int[]) = Array.fold (*) 1 domain

/// For each element of the domain in row-major order the index it has in an operand.
let private indices (domain: int[]) (operand: FusedOperand) start =
    let strides = Array.map int operand.Strides
    let result = Array.zeroCreate (sizeOf domain)
    let mutable next = 0

    let rec visit axis at =
        if axis = domain.Length then
            result[next] <- at
            next <- next + 1
        else
            for i in 0 .. domain[axis] - 1 do
                visit (axis + 1) (at + i * strides[axis])

    visit 0 start
    result

let private pick (x: Array) (at: int[]) : Array =
    match x with
    | :? (float32[]) as x -> Array.map (Array.get x) at
    | :? (float[]) as x -> Array.map (Array.get x) at
    | :? (int[]) as x -> Array.map (Array.get x) at
    | x -> Array.map (Array.get (x :?> bool[])) at

let private parse<'Kind when 'Kind: struct and 'Kind :> Enum and 'Kind: (new: unit -> 'Kind)> (op: FusedOp) =
    match Enum.TryParse<'Kind>(string op) with
    | true, kind when Enum.IsDefined kind -> Some kind
    | _ -> None

let private choose (c: Array) (a: Array) (b: Array) : Array =
    let c = c :?> bool[]
    let pick (a: 'T[]) (b: Array) = Array.map3 (fun c a b -> if c then a else b) c a (b :?> 'T[])

    match a with
    | :? (float32[]) as a -> pick a b
    | :? (float[]) as a -> pick a b
    | :? (int[]) as a -> pick a b
    | a -> pick (a :?> bool[]) b

/// The value of every instruction at every element of the domain.
let values (case: Case) =
    let p = case.Program
    let size = sizeOf p.Domain
    let last = if p.Domain.Length = 0 then 1 else p.Domain[p.Domain.Length - 1]
    let results = Array.zeroCreate<Array> p.Instructions.Length

    for i in 0 .. results.Length - 1 do
        let x = p.Instructions[i]
        let a () = results[x.A]
        let b () = results[x.B]

        results[i] <-
            match x.Op with
            | FusedOp.Load ->
                let number, start = case.Places[x.A]
                pick case.Arrays[number] (indices p.Domain p.Operands[x.A] start)
            | FusedOp.Constant -> cast x.Type (Array.create size x.Value)
            | FusedOp.Iota ->
                let strides = Array.init p.Domain.Length (fun axis -> if axis = x.A then 1L else 0L)
                cast x.Type (indices p.Domain (FusedOperand(ElementType.Int32, strides)) 0)
            | FusedOp.Where -> choose (a ()) (b ()) results[x.C]
            | FusedOp.Cast -> cast x.Type (a ())
            | FusedOp.Not -> Array.map not (a () :?> bool[])
            | FusedOp.And -> Array.map2 (&&) (a () :?> bool[]) (b () :?> bool[])
            | FusedOp.Or -> Array.map2 (||) (a () :?> bool[]) (b () :?> bool[])
            | FusedOp.RowSum
            | FusedOp.RowMax
            | FusedOp.RowMin -> reduceRows x.Op last (a ())
            | op ->
                match parse<UnaryKind> op, parse<BinaryKind> op, parse<CompareKind> op with
                | Some kind, _, _ -> unary kind (a ())
                | _, Some kind, _ -> binary kind (a ()) (b ())
                | _, _, Some kind -> compare kind (a ()) (b ())
                | _ -> failwith $"What does {op} mean?"

    results

/// The arrays after the program, by its meaning.
let expected (case: Case) =
    let p = case.Program
    let values = values case
    let arrays = case.Arrays |> List.map copy
    let last = if p.Domain.Length = 0 then 1 else p.Domain[p.Domain.Length - 1]

    for store in p.Stores do
        let number, start = case.Places[store.Operand]
        let at = indices p.Domain p.Operands[store.Operand] start
        let value = values[store.Value]
        let strides = p.Operands[store.Operand].Strides

        if store.Kind = FusedStoreKind.Write then
            at |> Array.iteri (fun i to' -> arrays[number].SetValue(value.GetValue i, to'))
        else
            let each = if store.Kind = FusedStoreKind.SumRows then last else 1
            let sums = Array.init (sizeOf p.Domain / max 1 each) (fun i -> i * each)

            // All elements of the operand, also those that nothing is added to.
            let outputs =
                Array.fold2
                    (fun n length stride -> if length <> 1 && stride <> 0L then n * length else n)
                    1
                    p.Domain
                    strides

            match arrays[number], value with
            | (:? (float32[]) as y), (:? (float32[]) as v) ->
                Array.fill y start outputs 0.0f
                sums |> Array.iter (fun i -> y[at[i]] <- y[at[i]] + v[i])
            | (:? (float[]) as y), (:? (float[]) as v) ->
                Array.fill y start outputs 0.0
                sums |> Array.iter (fun i -> y[at[i]] <- y[at[i]] + v[i])
            | y, v ->
                let y, v = y :?> int[], v :?> int[]
                Array.fill y start outputs 0
                sums |> Array.iter (fun i -> y[at[i]] <- y[at[i]] + v[i])

    arrays

// ---- random programs

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

let private ofReals =
    [| FusedOp.Floor
       FusedOp.Ceil
       FusedOp.Round
       FusedOp.Exp
       FusedOp.Expm1
       FusedOp.Log
       FusedOp.Log1p
       FusedOp.Sqrt
       FusedOp.Rsqrt
       FusedOp.Sin
       FusedOp.Cos
       FusedOp.Tan
       FusedOp.Asin
       FusedOp.Acos
       FusedOp.Atan
       FusedOp.Sinh
       FusedOp.Cosh
       FusedOp.Tanh
       FusedOp.Sigmoid
       FusedOp.Softplus
       FusedOp.Erf |]

let private exactOnes = [| FusedOp.Neg; FusedOp.Abs; FusedOp.Sign; FusedOp.Relu |]
let private exactTwos = [| FusedOp.Add; FusedOp.Sub; FusedOp.Maximum; FusedOp.Minimum |]
let private twos = [| FusedOp.Mul; FusedOp.Div; FusedOp.FloorDiv; FusedOp.Pow |]

let private comparisons =
    [| FusedOp.Equal
       FusedOp.NotEqual
       FusedOp.Less
       FusedOp.LessEqual
       FusedOp.Greater
       FusedOp.GreaterEqual |]

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
            push (oneOf comparisons) ElementType.Bool [ value u; value u ] 0.0 |> ignore
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
            push (oneOf (if sums then exactTwos else Array.append twos exactTwos)) t [ value t; value t ] 0.0
            |> ignore
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

/// What one can read of a program that went wrong.
let describe (case: Case) =
    let p = case.Program
    let line i (x: obj) = $"  {i}: {x}"

    String.concat
        "\n"
        [ $"domain %A{p.Domain}"
          for i in 0 .. p.Operands.Length - 1 do
              line i $"{p.Operands[i].Type} %A{p.Operands[i].Strides} at {case.Places[i]}"
          for i in 0 .. p.Instructions.Length - 1 do
              line i (p.Instructions[i].ToString())
          for i in 0 .. p.Stores.Length - 1 do
              line i (p.Stores[i].ToString()) ]
