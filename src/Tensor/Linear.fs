namespace Functional

/// The subscripts of an einsum: which label each axis carries.
module internal Subscripts =

    /// A letter, or an axis under the ellipsis counted from the last one.
    [<Struct>]
    type Label =
        | Letter of letter: char
        | UnderEllipsis of fromEnd: int

    let private fail text reason = Fail.argument "einsum" "subscripts" $"\"{text}\"" reason

    /// The labels of one operand. `hidden` is the number of axes under the ellipsis.
    let private labels text (part: string) hidden =
        let ellipsis = [ for i in hidden - 1 .. -1 .. 0 -> UnderEllipsis i ]

        match part.Split "..." with
        | [| letters |] -> letters, "", []
        | [| before; after |] -> before, after, ellipsis
        | _ -> fail text "has more than one ellipsis in a term."
        |> fun (before, after, hidden) ->
            for c in before + after do
                if not (System.Char.IsLetter c) then
                    fail text $"has '{c}', which is no letter; write it like \"ij,jk->ik\"."

            List.map Letter (List.ofSeq before) @ hidden @ List.map Letter (List.ofSeq after)

    /// The terms of the operands, and that of the result if there is one.
    let private split (text: string) (count: int) : string list * string option =
        let left, right =
            match text.Replace(" ", "").Split "->" with
            | [| left |] -> left, None
            | [| left; right |] -> left, Some right
            | _ -> fail text "has more than one ->."

        let terms = left.Split ',' |> List.ofArray

        if terms.Length <> count then
            fail text $"names {terms.Length} tensors, but {count} were given."

        terms, right

    /// The number of axes under the ellipsis of a term; 0 without one.
    let private hiddenAxes text (term: string) (shape: Shape) =
        let letters = term.Replace("...", "").Length
        let fits = if term.Contains "..." then letters <= shape.Length else letters = shape.Length

        if not fits then
            Fail.shapes
                "einsum"
                [ "tensor", shape ]
                $"\"{term}\" of \"{text}\" does not name the {shape.Length} axes of its tensor."

        shape.Length - letters

    /// NumPy's implicit form: the ellipsis, then the letters that appear once, in alphabetical order.
    let private implicitResult (operands: Label list list) hidden =
        let once =
            operands
            |> List.concat
            |> List.countBy id
            |> List.choose (function
                | Letter c, 1 -> Some c
                | _ -> None)

        [ for i in hidden - 1 .. -1 .. 0 -> UnderEllipsis i ] @ (once |> List.sort |> List.map Letter)

    let private checkResult text (known: Label list) (result: Label list) =
        if List.length (List.distinct result) <> result.Length then
            fail text "names an axis of the result twice."

        for label in result do
            if not (List.contains label known) then
                match label with
                | Letter c -> fail text $"gives an axis '{c}' that no tensor has."
                | UnderEllipsis _ -> fail text "gives an ellipsis that no tensor has."

    /// The labels of each operand and of the result.
    let parse (text: string) (shapes: Shape list) : Label list list * Label list =
        let terms, right = split text shapes.Length
        let hidden = List.map2 (hiddenAxes text) terms shapes
        let operands = List.map2 (labels text) terms hidden
        let most = List.max (0 :: hidden)

        let result =
            match right with
            | Some right -> labels text right most
            | None -> implicitResult operands most

        checkResult text (operands |> List.concat |> List.distinct) result
        operands, result

/// Products and sums over pairs of axes.
[<AutoOpen>]
module TensorLinear =

    let private reshaped shape (x: Tensor) = if x.Shape = shape then x else Core.apply (Op.Reshape shape) [ x ]

    let private multiply a b = Core.apply Op.MatMul [ a; b ]

    let private product operation (a: Tensor) (b: Tensor) =
        let mismatch reason = Fail.shapes operation [ "left", a.Shape; "right", b.Shape ] reason

        if a.Rank = 0 || b.Rank = 0 then
            mismatch "a scalar has no axis to sum over; multiply by it with *."

        if a.DType <> b.DType then
            Fail.dtypes
                operation
                [ "the left", a.DType; "the right", b.DType ]
                "both sides must have one type; cast one with Tensor.cast, for example Tensor.cast Float32 x"

        // A vector on the left is a row, one on the right a column; the axis added for it goes away again.
        let x = if a.Rank = 1 then reshaped [ 1; a.Size ] a else a
        let y = if b.Rank = 1 then reshaped [ b.Size; 1 ] b else b
        let xBatch, xMatrix = List.splitAt (x.Rank - 2) x.Shape
        let yBatch, yMatrix = List.splitAt (y.Rank - 2) y.Shape
        let k = xMatrix[1]

        if k <> yMatrix[0] then
            mismatch $"the left has {k} columns but the right has {yMatrix[0]} rows; they must be equal."

        let whole =
            if yBatch.IsEmpty && not xBatch.IsEmpty then
                let rows = Shape.size xBatch * xMatrix[0]
                reshaped (xBatch @ [ xMatrix[0]; yMatrix[1] ]) (multiply (reshaped [ rows; k ] x) y)
            else
                let batch = Core.broadcastShape operation xBatch yBatch
                multiply (Core.broadcastTo (batch @ xMatrix) x) (Core.broadcastTo (batch @ yMatrix) y)

        let batch = List.take (whole.Rank - 2) whole.Shape

        reshaped
            (batch @ (if a.Rank = 1 then [] else [ xMatrix[0] ]) @ (if b.Rank = 1 then [] else [ yMatrix[1] ]))
            whole

    let private matrix operation (x: Tensor) =
        if x.Rank < 2 then
            Fail.shapes operation [ "tensor", x.Shape ] "takes a matrix, or a stack of them: two axes or more."

        List.splitAt (x.Rank - 2) x.Shape

    /// The elements (i, i) of the last two axes, which become one.
    let private diagonalOf operation (x: Tensor) =
        let batch, last = matrix operation x
        let n, m = last[0], last[1]
        let k = min n m
        // In a row-major matrix the diagonal is every (m + 1)-th element.
        let ranges = batch |> List.map (fun n -> { Start = 0; Stop = n; Step = 1 })
        let stop = if k = 0 then 0 else (k - 1) * (m + 1) + 1
        let flat = reshaped (batch @ [ n * m ]) x
        Core.apply (Op.Slice(ranges @ [ { Start = 0; Stop = stop; Step = m + 1 } ])) [ flat ]

    /// Whether column - row compares so with k, for the last two axes.
    let private band operation compare (k: int) (x: Tensor) =
        let _, last = matrix operation x

        let difference =
            Core.beside x (fun () -> Tensor.arangeInt 0 last[1] - reshaped [ last[0]; 1 ] (Tensor.arangeInt 0 last[0]))

        let kept = compare difference (Core.scalar Int32 (float k))
        Tensor.where kept x (Tensor.zerosLike x)

    // Einsum: every operand is a tensor whose axes carry labels; each step below keeps that so.

    let private axisOf label labels = List.findIndex ((=) label) labels

    let private sumLabel (x: Tensor, labels) label =
        let i = axisOf label labels
        Tensor.sumOver [ i ] x, List.removeAt i labels

    let private arranged order (x: Tensor, labels) = Tensor.permute (order |> List.map (fun l -> axisOf l labels)) x

    /// Axes of one operand that carry one label are replaced by their diagonal.
    let rec private diagonalized (x: Tensor, labels: Subscripts.Label list) =
        match labels |> List.countBy id |> List.tryFind (fun (_, n) -> n > 1) with
        | None -> x, labels
        | Some(label, _) ->
            let i = axisOf label labels
            let j = i + 1 + axisOf label (List.skip (i + 1) labels)
            let rest = [ 0 .. labels.Length - 1 ] |> List.except [ i; j ]
            let diagonal = diagonalOf "einsum" (Tensor.permute (rest @ [ i; j ]) x)
            diagonalized (diagonal, (rest |> List.map (fun i -> labels[i])) @ [ label ])

    /// The contraction of two operands: labels that are in both and not wanted are summed over.
    let private contract wanted (a: Tensor, aLabels) (b: Tensor, bLabels) =
        let isWanted label = List.contains label wanted

        // labels of one operand only that the result lacks are summed first
        let reduced (x, labels) others =
            labels
            |> List.filter (fun l -> not (isWanted l || List.contains l others))
            |> List.fold sumLabel (x, labels)

        let a, aLabels = reduced (a, aLabels) bLabels
        let b, bLabels = reduced (b, bLabels) aLabels
        let shared = aLabels |> List.filter (fun l -> List.contains l bLabels)
        let batch, summed = shared |> List.partition isWanted
        let left, right = List.except shared aLabels, List.except shared bLabels
        let aArranged = arranged (batch @ left @ summed) (a, aLabels)
        let bArranged = arranged (batch @ summed @ right) (b, bLabels)
        let part start count (x: Tensor) = x.Shape |> List.skip start |> List.take count
        let batchShape = part 0 batch.Length aArranged
        let leftShape = part batch.Length left.Length aArranged
        let rightShape = part (batch.Length + summed.Length) right.Length bArranged

        let joined =
            if summed.IsEmpty then
                let ones = List.map (fun _ -> 1)

                reshaped (batchShape @ leftShape @ ones rightShape) aArranged
                * reshaped (batchShape @ ones leftShape @ rightShape) bArranged
            else
                let k = part (batch.Length + left.Length) summed.Length aArranged |> Shape.size
                let stack = if batch.IsEmpty then [] else [ Shape.size batchShape ]
                let rows, columns = Shape.size leftShape, Shape.size rightShape

                multiply (reshaped (stack @ [ rows; k ]) aArranged) (reshaped (stack @ [ k; columns ]) bArranged)
                |> reshaped (batchShape @ leftShape @ rightShape)

        joined, batch @ left @ right

    /// The lengths of a label that one operand carries twice are equal, as in NumPy: a diagonal is not broadcast.
    let private demandSquareDiagonals text (x: Tensor, labels: Subscripts.Label list) =
        for label, axes in List.zip labels x.Shape |> List.groupBy fst do
            match label, axes |> List.map snd |> List.distinct with
            | Subscripts.Letter c, n :: m :: _ ->
                Fail.shapes
                    "einsum"
                    [ "tensor", x.Shape ]
                    $"in \"{text}\" the axis '{c}' has lengths {n} and {m} within one tensor; they must be equal."
            | _ -> ()

    /// The length of each label: axes under one label are broadcast, as everywhere in NumPy.
    let private labelLengths text (operands: (Tensor * Subscripts.Label list) list) =
        let lengths = System.Collections.Generic.Dictionary<Subscripts.Label, int>()

        for x, labels in operands do
            for label, n in List.zip labels x.Shape do
                match lengths.TryGetValue label with
                | true, known when known <> n && known <> 1 && n <> 1 ->
                    let reason =
                        match label with
                        | Subscripts.Letter c ->
                            $"the axis '{c}' has lengths {known} and {n}; they must be equal, or one of them 1."
                        | Subscripts.UnderEllipsis _ ->
                            $"the axes under the ellipsis cannot be broadcast: {known} and {n}."

                    Fail.shapes
                        "einsum"
                        (operands |> List.mapi (fun i (x, _) -> $"tensor {i}", x.Shape))
                        $"in \"{text}\" {reason}"
                | true, known when n = 1 -> lengths[label] <- known
                | _ -> lengths[label] <- n

        lengths

    /// The operands without the axes of length 1 that are to be broadcast: another operand has the label, so nothing
    /// needs to be repeated.
    let private withoutBroadcastAxes text (operands: (Tensor * Subscripts.Label list) list) =
        operands |> List.iter (demandSquareDiagonals text)
        let lengths = labelLengths text operands

        operands
        |> List.map (fun (x, labels) ->
            let kept = List.zip labels x.Shape |> List.filter (fun (label, n) -> n = lengths[label])
            reshaped (List.map snd kept) x, List.map fst kept)

    /// Functions on tensors.
    module Tensor =

        /// The matrix product, as NumPy's matmul: of [..., m, k] and [..., k, n] it is [..., m, n].
        ///
        /// The axes before the last two are a batch and are broadcast. A vector on the left is a row and on the right a
        /// column, and its axis is gone from the result. Types must be equal.
        let matmul (a: Tensor) (b: Tensor) : Tensor = product "matmul" a b

        /// The dot product, as NumPy's dot: of two vectors their inner product, of matrices the matrix product; a
        /// scalar multiplies. In general the sum over the last axis of `a` and the last but one of `b`, whose other
        /// axes follow those of `a` without broadcasting.
        let dot (a: Tensor) (b: Tensor) : Tensor =
            if a.Rank = 0 || b.Rank = 0 then
                a * b
            elif b.Rank <= 2 then
                product "dot" a b
            else
                let k = b.Rank - 2
                let front = Tensor.moveAxis k 0 b
                let others = List.removeAt k b.Shape

                if List.last a.Shape <> b.Shape[k] then
                    Fail.shapes
                        "dot"
                        [ "left", a.Shape; "right", b.Shape ]
                        $"the left has {List.last a.Shape} columns, the right {b.Shape[k]} rows; they must be equal."

                let sums = product "dot" a (reshaped [ b.Shape[k]; Shape.size others ] front)
                reshaped (List.take (a.Rank - 1) a.Shape @ others) sums

        /// All products of an element of `a` and one of `b`: both are flattened, and the result is [a's size; b's
        /// size].
        let outer (a: Tensor) (b: Tensor) : Tensor = reshaped [ a.Size; 1 ] a * reshaped [ 1; b.Size ] b

        /// The diagonal of the last two axes, which become one: [..., n, m] gives [..., min n m].
        let diagonal (x: Tensor) : Tensor = diagonalOf "diagonal" x

        /// A vector becomes the diagonal of a square matrix of zeros; a matrix gives its diagonal. NumPy's diag.
        let diag (x: Tensor) : Tensor =
            match x.Shape with
            | [ n ] ->
                let rows = reshaped [ n; 1 ] x
                let same = Core.beside x (fun () -> Tensor.cast Bool (Tensor.eye n))
                Tensor.where same rows (Tensor.zerosLike x)
            | [ _; _ ] -> diagonalOf "diag" x
            | _ ->
                Fail.shapes
                    "diag"
                    [ "tensor", x.Shape ]
                    "takes a vector or a matrix; of a stack of matrices take Tensor.diagonal."

        /// The sum of the diagonal of the last two axes: a scalar for a matrix. (NumPy takes the first two of many.)
        let trace (x: Tensor) : Tensor = Tensor.sumOver [ -1 ] (diagonalOf "trace" x)

        /// The last two axes with zeros above the k-th diagonal (0 is the main one, 1 the one above it).
        let trilOf (k: int) (x: Tensor) : Tensor = band "tril" Tensor.lessEqual k x

        /// The last two axes with zeros above the diagonal.
        let tril (x: Tensor) : Tensor = trilOf 0 x

        /// The last two axes with zeros below the k-th diagonal (0 is the main one, 1 the one above it).
        let triuOf (k: int) (x: Tensor) : Tensor = band "triu" Tensor.greaterEqual k x

        /// The last two axes with zeros below the diagonal.
        let triu (x: Tensor) : Tensor = triuOf 0 x

        /// Sums of products over axes named by letters, as NumPy's einsum: `einsum "ij,jk->ik" [ a; b ]` is a product
        /// of matrices, "ii" a trace, "ij->ji" a transpose, "bij,bjk->bik" a batch of products.
        ///
        /// Letters missing in the result are summed over; without -> the result has the letters that appear once, in
        /// alphabetical order. "..." stands for the axes that are not named. Axes under one letter, or under the
        /// ellipsis, are broadcast: each has the same length or 1. Tensors are joined from left to right, so the order
        /// of many decides the cost.
        let einsum (subscripts: string) (tensors: Tensor list) : Tensor =
            if tensors.IsEmpty then
                Fail.argument "einsum" "tensors" "[]" "is an empty list; give one tensor for each term."

            let operands, result = Subscripts.parse subscripts (tensors |> List.map _.Shape)
            let labelled = List.zip tensors operands |> withoutBroadcastAxes subscripts |> List.map diagonalized

            let rec join first rest =
                match rest with
                | [] -> first
                | next :: rest ->
                    let wanted = result @ List.collect snd rest
                    join (contract wanted first next) rest

            let joined = join labelled.Head labelled.Tail

            snd joined
            |> List.filter (fun l -> not (List.contains l result))
            |> List.fold sumLabel joined
            |> arranged result
