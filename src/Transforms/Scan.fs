namespace Functional

/// Options of a loop: see `Tensor.scanWith`.
type ScanOptions =
    {
        /// From the last slice to the first. What each step gives still stands at the position of the slice that it
        /// read.
        Reverse: bool
        /// The number of steps. Needed where there are no sequences; None takes it from them.
        Length: int option
    }

    /// From the first slice to the last, as many steps as the sequences have slices.
    static member Default = { Reverse = false; Length = None }

/// Loops over time, as JAX's `lax.scan`: one primitive, however many steps, that is differentiated, mapped and compiled
/// like any other. Its derivative keeps of each step only what the way back needs, and sums what the steps give to the
/// gradient of a matrix in one product after the loop.
[<AutoOpen>]
module Scanning =
    let private lengthOf operation (options: ScanOptions) (sequences: Tree<Tensor>) =
        let named =
            Tree.flatten sequences |> List.map (fun (path, x) -> (if path = "" then "sequence" else path), x)

        for name, x in named do
            if x.Rank = 0 then
                Fail.shapes
                    operation
                    [ name, x.Shape ]
                    "a sequence needs a first axis, along which the loop runs; close over values that all steps share."

        match options.Length, named |> List.map (fun (_, x) -> x.Shape.Head) |> List.distinct with
        | Some n, _ when n < 0 -> Fail.argument operation "length" n "is negative; run 0 steps or more."
        | Some n, [] -> n
        | Some n, [ m ] when n = m -> n
        | None, [ n ] -> n
        | None, [] -> Fail.argument operation "length" "unknown" "as there are no sequences; give the number of steps."
        | length, _ ->
            let wanted =
                match length with
                | Some n -> $"{n}, the length that was asked for"
                | None -> "the same for all"

            Fail.shapes
                operation
                (named |> List.map (fun (name, x) -> name, x.Shape))
                $"the first axis of every sequence must be {wanted}."

    let private run
        operation
        (options: ScanOptions)
        (f: Tree<Tensor> -> Tree<Tensor> -> Tree<Tensor> * Tree<Tensor>)
        (init: Tree<Tensor>)
        (xs: Tree<Tensor>)
        =
        let length = lengthOf operation options xs
        let output = ref Tree.empty<unit>

        let step carries slices _ =
            let after, given = f (Tree.withLeaves init carries) (Tree.withLeaves xs slices)

            for path, (before: Tensor, after: Tensor) in Tree.zip init after |> Tree.flatten do
                if before.Shape <> after.Shape || before.DType <> after.DType then
                    let name = if path = "" then "carry" else path

                    Fail.shapes
                        operation
                        [ $"{name} before a step", before.Shape; "after it", after.Shape ]
                        $"a carry keeps its shape and type ({before.DType}; after the step it is {after.DType})."

            output.Value <- Tree.map ignore given
            Tree.leaves after, Tree.leaves given

        let loop = ScanTracing.prepare options.Reverse length step (Tree.leaves init) (Tree.leaves xs) []

        let last, stacked = ScanTracing.apply loop |> List.splitAt loop.Scan.Carries
        Tree.withLeaves init last, Tree.withLeaves output.Value stacked

    /// Loops over trees of tensors.
    module Tree =
        /// `Tree.scan` with options: in the opposite direction, or with a number of steps where there are no sequences
        /// (`xs` = `Tree.empty`).
        let scanWith options f (init: Tree<Tensor>) (xs: Tree<Tensor>) : Tree<Tensor> * Tree<Tensor> =
            run "scan" options f init xs

        /// Runs `f carry x = carry', y` over the slices x of `xs` along their first axis, beginning with `init`. Gives
        /// the last carry, and every y stacked along a new first axis. The carry keeps its names, shapes and types; f
        /// is run once, on symbols, and may use any tensor around it.
        let scan f (init: Tree<Tensor>) (xs: Tree<Tensor>) = scanWith ScanOptions.Default f init xs

    let private oneOf (tree: Tree<Tensor>) = Tree.leaves tree |> List.head

    /// Loops over tensors.
    module Tensor =
        /// `Tensor.scan` with options, such as the opposite direction: `Tensor.scanWith { ScanOptions.Default with
        /// Reverse = true } f init xs`.
        let scanWith options (f: Tensor -> Tensor -> Tensor * Tensor) (init: Tensor) (xs: Tensor) : Tensor * Tensor =
            let step carry x =
                let after, given = f (oneOf carry) (oneOf x)
                Leaf after, Leaf given

            let last, stacked = run "scan" options step (Leaf init) (Leaf xs)
            oneOf last, oneOf stacked

        /// Runs `f carry x = carry', y` over x = xs[0], xs[1], ..., beginning with the carry `init`. Gives the last
        /// carry, and every y stacked along a new first axis. The carry keeps its shape and type. f is run once, on
        /// symbols; it may use any tensor around it, of which derivatives are taken as well. For several carries or
        /// sequences see `Tree.scan`.
        ///
        /// For example `Tensor.scan (fun total x -> total + x, total + x) (tensor 0.0) xs` gives the sum of a vector
        /// and its running sums.
        let scan f (init: Tensor) (xs: Tensor) = scanWith ScanOptions.Default f init xs
