namespace Functional

/// The same elements in another shape, order or number.
[<AutoOpen>]
module TensorShaping =

    let private reshaped shape (x: Tensor) = if x.Shape = shape then x else Core.apply (Op.Reshape shape) [ x ]

    let private transposed perm (x: Tensor) =
        if perm = [ 0 .. x.Rank - 1 ] then x else Core.apply (Op.Transpose perm) [ x ]

    let private whole (x: Tensor) = x.Shape |> List.map (fun n -> { Start = 0; Stop = n; Step = 1 })

    let private sliced (ranges: Range list) (x: Tensor) =
        if ranges = whole x then x else Core.apply (Op.Slice ranges) [ x ]

    /// The axis that a new one is inserted at: one more place than there are axes.
    let private newAxis operation (shape: Shape) axis =
        let rank = shape.Length

        if axis < -rank - 1 || axis > rank then
            Fail.argument
                operation
                "axis"
                axis
                $"has no place in {Shape.toString shape}; a new axis goes at 0 to {rank}, or at -1 to %d{-rank - 1}."

        if axis < 0 then axis + rank + 1 else axis

    let private nonEmpty operation (xs: Tensor list) =
        if xs.IsEmpty then
            Fail.argument operation "tensors" "[]" "is an empty list; give one tensor at least."

    /// What Python's start:stop:step takes of an axis of length n: a range read forwards, and whether it is then
    /// reversed.
    let private pythonRange operation n (start, stop, step) =
        if step = 0 then
            Fail.argument operation "step" step "never moves; give a positive or a negative step."

        let clampTo low high i =
            let i = if i < 0 then int64 i + int64 n else int64 i
            int (min (int64 high) (max (int64 low) i))

        if step > 0 then
            let start = clampTo 0 n start
            { Start = start; Stop = max start (clampTo 0 n stop); Step = step }, false
        else
            let start = clampTo -1 (n - 1) start
            let stop = clampTo -1 (n - 1) stop
            let size = if step = System.Int32.MinValue then System.Int32.MaxValue else -step
            let last = if start > stop then (start - stop - 1) / size else -1

            if last < 0 then
                { Start = 0; Stop = 0; Step = 1 }, false
            else
                { Start = start - last * size; Stop = start + 1; Step = size }, true

    let private pythonSlice operation (picks: (int * (int * int * int)) list) (x: Tensor) =
        let found = picks |> List.map (fun (axis, pick) -> axis, pythonRange operation x.Shape[axis] pick)

        let ranges =
            whole x
            |> List.mapi (fun i all ->
                match List.tryFind (fun (axis, _) -> axis = i) found with
                | Some(_, (range, _)) -> range
                | None -> all)

        let y = sliced ranges x

        match found |> List.filter (fun (_, (_, reversed)) -> reversed) |> List.map fst with
        | [] -> y
        | axes -> Core.apply (Op.Flip(List.sort axes)) [ y ]

    /// Functions on tensors.
    module Tensor =

        // The same elements in another shape.

        /// The elements, row-major, in another shape of the same size. One length may be -1: it is found from the
        /// others.
        let reshape (shape: Shape) (x: Tensor) : Tensor =
            let wanted = shape |> List.filter (fun n -> n < 0)

            match wanted with
            | [] ->
                ShapeInference.checkShape "reshape" shape
                reshaped shape x
            | [ -1 ] ->
                let known = shape |> List.filter (fun n -> n >= 0)
                ShapeInference.checkShape "reshape" known
                let rest = Shape.size known

                if rest = 0 || x.Size % rest <> 0 then
                    Fail.shapes
                        "reshape"
                        [ "from", x.Shape; "to", shape ]
                        $"no length in the place of -1 makes {x.Size} elements."

                reshaped (shape |> List.map (fun n -> if n < 0 then x.Size / rest else n)) x
            | _ ->
                Fail.argument
                    "reshape"
                    "shape"
                    shape
                    "has more than a single -1, or another negative length; leave one to be found."

        /// The elements, row-major, as a vector.
        let flatten (x: Tensor) : Tensor = reshaped [ x.Size ] x

        /// A new axis of length 1 at this place of the result; -1 puts it last.
        let expandDims (axis: int) (x: Tensor) : Tensor =
            reshaped (List.insertAt (newAxis "expandDims" x.Shape axis) 1 x.Shape) x

        /// Without its axes of length 1.
        let squeeze (x: Tensor) : Tensor = reshaped (x.Shape |> List.filter ((<>) 1)) x

        /// Without these axes, each of which must have length 1.
        let squeezeAxes (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "squeeze" x.Shape axes

            for axis in axes do
                if x.Shape[axis] <> 1 then
                    Fail.shapes
                        "squeeze"
                        [ "tensor", x.Shape ]
                        $"axis %d{axis} has length {x.Shape[axis]}; only an axis of length 1 can be taken away."

            reshaped
                (x.Shape |> List.indexed |> List.filter (fun (i, _) -> not (List.contains i axes)) |> List.map snd)
                x

        // The same elements in another order of axes.

        /// With its axes in reverse order, as NumPy's .T.
        let transpose (x: Tensor) : Tensor = transposed (List.rev [ 0 .. x.Rank - 1 ]) x

        /// Axis i of the result is axis `order[i]` of `x`. The order names each axis once; axes may count from the end.
        let permute (order: int list) (x: Tensor) : Tensor =
            let front = order |> List.map (Fail.checkAxis "permute" x.Shape)

            if List.sort front <> [ 0 .. x.Rank - 1 ] then
                Fail.argument
                    "permute"
                    "order"
                    order
                    $"must name each of the {x.Rank} axes of {Shape.toString x.Shape} once."

            transposed front x

        /// With two axes exchanged.
        let swapAxes (i: int) (j: int) (x: Tensor) : Tensor =
            let i, j = Fail.checkAxis "swapAxes" x.Shape i, Fail.checkAxis "swapAxes" x.Shape j

            transposed
                [ for k in 0 .. x.Rank - 1 ->
                      if k = i then j
                      elif k = j then i
                      else k ]
                x

        /// With one axis taken out and put at another place of the result.
        let moveAxis (source: int) (destination: int) (x: Tensor) : Tensor =
            let source = Fail.checkAxis "moveAxis" x.Shape source
            let destination = Fail.checkAxis "moveAxis" x.Shape destination
            transposed ([ 0 .. x.Rank - 1 ] |> List.removeAt source |> List.insertAt destination source) x

        /// In reverse order along these axes.
        let flip (axes: int list) (x: Tensor) : Tensor =
            match Fail.checkAxes "flip" x.Shape axes with
            | [] -> x
            | axes -> Core.apply (Op.Flip axes) [ x ]

        // Elements repeated.

        /// Repeated to a larger shape, axes aligned at the end as in NumPy: a missing axis or one of length 1 is
        /// repeated.
        let broadcastTo (shape: Shape) (x: Tensor) : Tensor = Core.broadcastTo shape x

        /// The whole tensor laid side by side, `repeats[i]` times along axis i, as NumPy's tile. With fewer repeats
        /// than axes the last axes are meant; with more, new axes come in front.
        let tile (repeats: int list) (x: Tensor) : Tensor =
            for n in repeats do
                if n < 0 then
                    Fail.argument "tile" "repeats" repeats "has a negative number; repeat 0 times or more."

            let rank = max repeats.Length x.Rank
            let padded (list: int list) = List.replicate (rank - list.Length) 1 @ list
            let repeats, lengths = padded repeats, padded x.Shape

            if List.forall ((=) 1) repeats then
                reshaped lengths x
            else
                let shape = (repeats, lengths) ||> List.map2 (fun r n -> float r * float n)

                if List.fold (*) 1.0 shape > float System.Array.MaxLength then
                    Fail.argument
                        "tile"
                        "repeats"
                        repeats
                        $"makes more than the {Fail.mostElements} elements that one tensor holds."

                x
                |> reshaped (lengths |> List.collect (fun n -> [ 1; n ]))
                |> Core.broadcastTo ((repeats, lengths) ||> List.map2 (fun r n -> [ r; n ]) |> List.concat)
                |> reshaped (List.map2 (*) repeats lengths)

        /// Each element `n` times in a row along the axis, as NumPy's repeat.
        let repeat (n: int) (axis: int) (x: Tensor) : Tensor =
            let axis = Fail.checkAxis "repeat" x.Shape axis

            if n < 0 then
                Fail.argument "repeat" "n" n "is negative; repeat 0 times or more."

            if float n * float x.Size > float System.Array.MaxLength then
                Fail.argument "repeat" "n" n $"makes more than the {Fail.mostElements} elements that one tensor holds."

            x
            |> reshaped (List.insertAt (axis + 1) 1 x.Shape)
            |> Core.broadcastTo (List.insertAt (axis + 1) n x.Shape)
            |> reshaped (List.updateAt axis (n * x.Shape[axis]) x.Shape)

        // Joined and parted.

        /// Tensors joined along an axis, in which alone their shapes may differ. Types must be equal; an empty list is
        /// an error.
        let concat (axis: int) (xs: Tensor list) : Tensor =
            nonEmpty "concat" xs
            let axis = Fail.checkAxis "concat" xs.Head.Shape axis

            match xs with
            | [ x ] -> x
            | _ -> Core.apply (Op.Concat axis) xs

        /// Tensors of one shape joined along a new axis at this place of the result. An empty list is an error.
        let stack (axis: int) (xs: Tensor list) : Tensor =
            nonEmpty "stack" xs
            let first = xs.Head
            let axis = newAxis "stack" first.Shape axis

            for x in xs.Tail do
                if x.Shape <> first.Shape then
                    Fail.shapes
                        "stack"
                        [ "first", first.Shape; "other", x.Shape ]
                        "all shapes must be equal; `concat` joins along an axis they have."

            concat axis (xs |> List.map (fun x -> reshaped (List.insertAt axis 1 x.Shape) x))

        /// The parts of these lengths, in order, along the axis. The lengths must add up to the axis.
        let split (axis: int) (sizes: int list) (x: Tensor) : Tensor list =
            let axis = Fail.checkAxis "split" x.Shape axis
            let n = x.Shape[axis]

            if List.exists (fun size -> size < 0) sizes || List.sumBy int64 sizes <> int64 n then
                Fail.argument
                    "split"
                    "sizes"
                    sizes
                    $"must be 0 or more and add up to {n}, the length of axis %d{axis} of {Shape.toString x.Shape}."

            let starts = List.scan (+) 0 sizes

            (List.take sizes.Length starts, sizes)
            ||> List.map2 (fun start size ->
                sliced (List.updateAt axis { Start = start; Stop = start + size; Step = 1 } (whole x)) x)

        /// `n` parts of equal length along the axis, which must be divisible by `n`.
        let splitEqual (axis: int) (n: int) (x: Tensor) : Tensor list =
            let front = Fail.checkAxis "splitEqual" x.Shape axis

            if n < 1 || x.Shape[front] % n <> 0 then
                Fail.argument
                    "splitEqual"
                    "n"
                    n
                    $"does not divide axis {front} of {Shape.toString x.Shape}; give unequal sizes to Tensor.split."

            split front (List.replicate n (x.Shape[front] / n)) x

        /// The tensors that lie along the axis, each without it: the inverse of `stack`.
        let unstack (axis: int) (x: Tensor) : Tensor list =
            let axis = Fail.checkAxis "unstack" x.Shape axis

            split axis (List.replicate x.Shape[axis] 1) x |> List.map (reshaped (List.removeAt axis x.Shape))

        // Cut and padded.

        /// The elements start, start + step, ... before `stop` along the axis, with the meaning of Python's
        /// start:stop:step.
        ///
        /// Bounds below 0 count from the end and bounds outside the axis are moved to its ends; a negative step goes
        /// backwards. Int32.MaxValue stands for an open end, and Int32.MinValue for one where the step is negative. A
        /// step of 0 is an error.
        let sliceAxis (axis: int) (start: int) (stop: int) (step: int) (x: Tensor) : Tensor =
            let axis = Fail.checkAxis "slice" x.Shape axis
            pythonSlice "slice" [ axis, (start, stop, step) ] x

        /// One (start, stop, step) for each of the first axes, with the meaning of Python's start:stop:step; the other
        /// axes stay whole. See `sliceAxis`.
        let slice (ranges: (int * int * int) list) (x: Tensor) : Tensor =
            if ranges.Length > x.Rank then
                Fail.shapes
                    "slice"
                    [ "tensor", x.Shape ]
                    $"{ranges.Length} ranges were given for {x.Rank} axes; give one for each axis at most."

            pythonSlice "slice" (List.indexed ranges) x

        /// With `low` copies of the value in front of each axis and `high` behind it: one (low, high) for each axis.
        let padWith (value: float) (paddings: (int * int) list) (x: Tensor) : Tensor =
            let ops = paddings |> List.map (fun (low, high) -> { Low = low; High = high; Interior = 0 })

            if paddings.Length = x.Rank && List.forall ((=) (0, 0)) paddings then
                x
            else
                Core.apply (Op.Pad(ops, value)) [ x ]

        /// With `low` zeros in front of each axis and `high` behind it: one (low, high) for each axis.
        let pad (paddings: (int * int) list) (x: Tensor) : Tensor = padWith 0.0 paddings x
