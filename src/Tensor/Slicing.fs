namespace Functional

/// F#'s syntax of indices and slices: `x[1]`, `x[0..3, *]`, `x[-1, 2..]`, on up to four axes.
///
/// A single index takes its axis away and may count from the end: -1 is the last. A range includes both ends, as
/// everywhere in F#, and what it has beyond the end of its axis is left out. Its ends do not count from the end of the
/// axis: 0..n-1 has to be empty where n is 0; `Tensor.sliceAxis` takes Python's ranges. Axes that are not named stay
/// whole.
[<AutoOpen>]
module TensorSlicing =

    /// The selection along one axis.
    type private Pick =
        | At of int
        | Span of int option * int option

    let private range (shape: Shape) axis first last =
        let n = shape[axis]

        let refuse name i =
            Fail.argument
                "slice"
                name
                i
                $"is negative, but ranges on axis {axis} of {Shape.toString shape} begin at 0; use Tensor.sliceAxis."

        let start = defaultArg first 0
        let stop = last |> Option.map (fun last -> if last >= n then n else last + 1) |> Option.defaultValue n

        if start < 0 then
            refuse "start" start

        // an end just below its start is how F# writes an empty range: 0..n-1 where n is 0
        if stop < 0 || stop = 0 && start > 0 && n > 0 then
            refuse "end" (stop - 1)

        let start = min start n
        { Start = start; Stop = max start stop; Step = 1 }

    let private pick (x: Tensor) (picks: Pick list) =
        if picks.Length > x.Rank then
            Fail.shapes "slice" [ "tensor", x.Shape ] $"{picks.Length} indices were given for {x.Rank} axes."

        let ranges =
            x.Shape
            |> List.mapi (fun axis n ->
                match List.tryItem axis picks with
                | Some(At i) ->
                    if i < -n || i >= n then
                        let there =
                            if n = 0 then
                                ", which has no elements."
                            else
                                $"; it has 0 to {n - 1} and -1 to %d{-n}."

                        Fail.argument "slice" "index" i $"is outside axis {axis} of {Shape.toString x.Shape}{there}"

                    let i = if i < 0 then i + n else i
                    { Start = i; Stop = i + 1; Step = 1 }
                | Some(Span(first, last)) -> range x.Shape axis first last
                | None -> { Start = 0; Stop = n; Step = 1 })

        let shape =
            ranges
            |> List.indexed
            |> List.choose (fun (axis, r) ->
                match List.tryItem axis picks with
                | Some(At _) -> None
                | Some(Span _)
                | None -> Some(r.Stop - r.Start))

        let part =
            if List.forall2 (fun r n -> r.Stop - r.Start = n) ranges x.Shape then
                x
            else
                Core.apply (Op.Slice ranges) [ x ]

        if part.Shape = shape then part else Core.apply (Op.Reshape shape) [ part ]

    type Tensor with

        /// The element or subtensor at one index of the first axis; -1 is the last.
        member x.Item
            with get (i: int): Tensor = pick x [ At i ]

        /// The element or subtensor at these indices of the first two axes; -1 is the last.
        member x.Item
            with get (i: int, j: int): Tensor = pick x [ At i; At j ]

        /// The element or subtensor at these indices of the first three axes; -1 is the last.
        member x.Item
            with get (i: int, j: int, k: int): Tensor = pick x [ At i; At j; At k ]

        /// The element or subtensor at these indices of the first four axes; -1 is the last.
        member x.Item
            with get (i: int, j: int, k: int, l: int): Tensor = pick x [ At i; At j; At k; At l ]

        /// x[range]; a range includes both ends.
        member x.GetSlice(first0: int option, last0: int option) : Tensor = pick x [ Span(first0, last0) ]

        /// x[range, range]; a range includes both ends.
        member x.GetSlice(first0: int option, last0: int option, first1: int option, last1: int option) : Tensor =
            pick x [ Span(first0, last0); Span(first1, last1) ]

        /// x[range, index]; a range includes both ends.
        member x.GetSlice(first0: int option, last0: int option, j: int) : Tensor = pick x [ Span(first0, last0); At j ]

        /// x[index, range]; a range includes both ends.
        member x.GetSlice(i: int, first1: int option, last1: int option) : Tensor = pick x [ At i; Span(first1, last1) ]

        /// x[range, range, range]; a range includes both ends.
        member x.GetSlice
            (
                first0: int option,
                last0: int option,
                first1: int option,
                last1: int option,
                first2: int option,
                last2: int option
            ) : Tensor =
            pick x [ Span(first0, last0); Span(first1, last1); Span(first2, last2) ]

        /// x[range, range, index]; a range includes both ends.
        member x.GetSlice
            (first0: int option, last0: int option, first1: int option, last1: int option, k: int)
            : Tensor =
            pick x [ Span(first0, last0); Span(first1, last1); At k ]

        /// x[range, index, range]; a range includes both ends.
        member x.GetSlice
            (first0: int option, last0: int option, j: int, first2: int option, last2: int option)
            : Tensor =
            pick x [ Span(first0, last0); At j; Span(first2, last2) ]

        /// x[range, index, index]; a range includes both ends.
        member x.GetSlice(first0: int option, last0: int option, j: int, k: int) : Tensor =
            pick x [ Span(first0, last0); At j; At k ]

        /// x[index, range, range]; a range includes both ends.
        member x.GetSlice
            (i: int, first1: int option, last1: int option, first2: int option, last2: int option)
            : Tensor =
            pick x [ At i; Span(first1, last1); Span(first2, last2) ]

        /// x[index, range, index]; a range includes both ends.
        member x.GetSlice(i: int, first1: int option, last1: int option, k: int) : Tensor =
            pick x [ At i; Span(first1, last1); At k ]

        /// x[index, index, range]; a range includes both ends.
        member x.GetSlice(i: int, j: int, first2: int option, last2: int option) : Tensor =
            pick x [ At i; At j; Span(first2, last2) ]

        /// x[range, range, range, range]; a range includes both ends.
        member x.GetSlice
            (
                first0: int option,
                last0: int option,
                first1: int option,
                last1: int option,
                first2: int option,
                last2: int option,
                first3: int option,
                last3: int option
            ) : Tensor =
            pick x [ Span(first0, last0); Span(first1, last1); Span(first2, last2); Span(first3, last3) ]

        /// x[range, range, range, index]; a range includes both ends.
        member x.GetSlice
            (
                first0: int option,
                last0: int option,
                first1: int option,
                last1: int option,
                first2: int option,
                last2: int option,
                l: int
            ) : Tensor =
            pick x [ Span(first0, last0); Span(first1, last1); Span(first2, last2); At l ]

        /// x[range, range, index, range]; a range includes both ends.
        member x.GetSlice
            (
                first0: int option,
                last0: int option,
                first1: int option,
                last1: int option,
                k: int,
                first3: int option,
                last3: int option
            ) : Tensor =
            pick x [ Span(first0, last0); Span(first1, last1); At k; Span(first3, last3) ]

        /// x[range, range, index, index]; a range includes both ends.
        member x.GetSlice
            (first0: int option, last0: int option, first1: int option, last1: int option, k: int, l: int)
            : Tensor =
            pick x [ Span(first0, last0); Span(first1, last1); At k; At l ]

        /// x[range, index, range, range]; a range includes both ends.
        member x.GetSlice
            (
                first0: int option,
                last0: int option,
                j: int,
                first2: int option,
                last2: int option,
                first3: int option,
                last3: int option
            ) : Tensor =
            pick x [ Span(first0, last0); At j; Span(first2, last2); Span(first3, last3) ]

        /// x[range, index, range, index]; a range includes both ends.
        member x.GetSlice
            (first0: int option, last0: int option, j: int, first2: int option, last2: int option, l: int)
            : Tensor =
            pick x [ Span(first0, last0); At j; Span(first2, last2); At l ]

        /// x[range, index, index, range]; a range includes both ends.
        member x.GetSlice
            (first0: int option, last0: int option, j: int, k: int, first3: int option, last3: int option)
            : Tensor =
            pick x [ Span(first0, last0); At j; At k; Span(first3, last3) ]

        /// x[range, index, index, index]; a range includes both ends.
        member x.GetSlice(first0: int option, last0: int option, j: int, k: int, l: int) : Tensor =
            pick x [ Span(first0, last0); At j; At k; At l ]

        /// x[index, range, range, range]; a range includes both ends.
        member x.GetSlice
            (
                i: int,
                first1: int option,
                last1: int option,
                first2: int option,
                last2: int option,
                first3: int option,
                last3: int option
            ) : Tensor =
            pick x [ At i; Span(first1, last1); Span(first2, last2); Span(first3, last3) ]

        /// x[index, range, range, index]; a range includes both ends.
        member x.GetSlice
            (i: int, first1: int option, last1: int option, first2: int option, last2: int option, l: int)
            : Tensor =
            pick x [ At i; Span(first1, last1); Span(first2, last2); At l ]

        /// x[index, range, index, range]; a range includes both ends.
        member x.GetSlice
            (i: int, first1: int option, last1: int option, k: int, first3: int option, last3: int option)
            : Tensor =
            pick x [ At i; Span(first1, last1); At k; Span(first3, last3) ]

        /// x[index, range, index, index]; a range includes both ends.
        member x.GetSlice(i: int, first1: int option, last1: int option, k: int, l: int) : Tensor =
            pick x [ At i; Span(first1, last1); At k; At l ]

        /// x[index, index, range, range]; a range includes both ends.
        member x.GetSlice
            (i: int, j: int, first2: int option, last2: int option, first3: int option, last3: int option)
            : Tensor =
            pick x [ At i; At j; Span(first2, last2); Span(first3, last3) ]

        /// x[index, index, range, index]; a range includes both ends.
        member x.GetSlice(i: int, j: int, first2: int option, last2: int option, l: int) : Tensor =
            pick x [ At i; At j; Span(first2, last2); At l ]

        /// x[index, index, index, range]; a range includes both ends.
        member x.GetSlice(i: int, j: int, k: int, first3: int option, last3: int option) : Tensor =
            pick x [ At i; At j; At k; Span(first3, last3) ]
