namespace Functional


/// The transforms over functions of trees of tensors: what `Derivatives` offers for one tensor, for any number under
/// names.
[<AutoOpen>]
module TreeDerivatives =
    /// The function of leaves that `f` is, and the names of the tree that it gave last: the names alone, so that no
    /// value of a transform outlives it.
    let private flat (input: Tree<'T>) (f: Tree<Tensor> -> Tree<Tensor>) =
        let output = ref Tree.empty<unit>

        let run leaves =
            let result = f (Tree.withLeaves input leaves)
            output.Value <- Tree.map ignore result
            Tree.leaves result

        run, output

    let private same (point: Tree<Tensor>) (other: Tree<Tensor>) = Tree.zip point other |> Tree.leaves |> List.map snd

    /// The transforms over functions of trees of tensors.
    module Tree =
        /// The value of f at a point and the derivative along the tangent, a tree of the point's names, shapes and
        /// types. Tangents of leaves that are not floats are ignored.
        let jvp (f: Tree<Tensor> -> Tree<Tensor>) (point: Tree<Tensor>) (tangent: Tree<Tensor>) =
            let run, output = flat point f
            let values, tangents = Jvp.jvp run (Tree.leaves point) (same point tangent)
            Tree.withLeaves output.Value values, Tree.withLeaves output.Value tangents

        /// The value of f at a point, and the function that carries a cotangent, a tree like the value, back to one
        /// like the point.
        let vjp (f: Tree<Tensor> -> Tree<Tensor>) (point: Tree<Tensor>) =
            let run, output = flat point f
            let values, pull = Vjp.vjp run (Tree.leaves point)
            let value = Tree.withLeaves output.Value values
            value, (fun cotangent -> Tree.withLeaves point (pull (same value cotangent)))

        /// The scalar of f at a point, something else that f gives beside it, and the gradient of the scalar, a tree
        /// like the point. Leaves that are not floats have gradient zero.
        let valueAndGradWith (f: Tree<Tensor> -> Tensor * Tree<Tensor>) (point: Tree<Tensor>) =
            let mutable beside = Tree.empty

            let run leaves =
                let scalar, rest = f (Tree.withLeaves point leaves)
                beside <- rest
                scalar :: Tree.leaves rest

            let values, pull = Vjp.vjpOfSome run (Tree.leaves point)

            if not values.Head.Shape.IsEmpty then
                Fail.shapes
                    "grad"
                    [ "result", values.Head.Shape ]
                    "the function must give a scalar; sum or average its result, or take its jacobian."

            // nothing for what stands beside the scalar: zeros would be carried through all that it came of
            let cotangents = Some(Tensor.onesLike values.Head) :: List.map (fun _ -> None) values.Tail

            (values.Head, Tree.withLeaves beside values.Tail), Tree.withLeaves point (pull cotangents)

        /// The scalar of f at a point and its gradient, a tree like the point.
        let valueAndGrad (f: Tree<Tensor> -> Tensor) (point: Tree<Tensor>) =
            let (value, _), gradient = valueAndGradWith (fun leaves -> f leaves, Tree.empty) point

            value, gradient

        /// The gradient of f, from a tree to a scalar, as a tree like the point.
        let grad f point = snd (valueAndGrad f point)

        /// f mapped over one axis of each leaf (None: the leaf is the same for all), with the results' new axis at
        /// `outAxis`.
        let vmapAxes (inAxes: Tree<int option>) outAxis (f: Tree<Tensor> -> Tree<Tensor>) (point: Tree<Tensor>) =
            let run, output = flat point f
            let axes = Tree.zip point inAxes |> Tree.leaves |> List.map snd

            let values = Vmap.vmap axes (List.map (fun _ -> outAxis)) run (Tree.leaves point)

            Tree.withLeaves output.Value values

        /// f mapped over the first axis of every leaf.
        let vmap f (point: Tree<Tensor>) = vmapAxes (Tree.map (fun _ -> Some 0) point) 0 f point

        /// f traced once for each set of names, shapes and types, then replayed; see `Tensor.compile`.
        let compile (f: Tree<Tensor> -> Tree<Tensor>) : Tree<Tensor> -> Tree<Tensor> =
            // the names of what f gives may depend on the shapes that it is given
            let compiled = LeastRecentlyUsed<Tree<Signature>, (Tensor list -> Tensor list) * Tree<unit> ref> 256

            fun point ->
                let signatures = point |> Tree.map _.Signature

                let run, output =
                    compiled.GetOrAdd(
                        signatures,
                        fun () ->
                            let run, output = flat signatures f
                            Jit.compile run, output
                    )

                let values = run (Tree.leaves point)
                Tree.withLeaves output.Value values

        /// f, computed again in the backward pass instead of kept; see `Tensor.checkpoint`.
        let checkpoint (f: Tree<Tensor> -> Tree<Tensor>) (point: Tree<Tensor>) =
            let run, output = flat point f
            let values = CustomDerivatives.checkpoint run (Tree.leaves point)
            Tree.withLeaves output.Value values

        /// f with a derivative of one's own: `pull x y ct` gives a cotangent like x; see `customVjp`.
        let customVjp f pull (point: Tree<Tensor>) =
            let run, output = flat point f

            let back xs ys cts =
                let like = Tree.withLeaves output.Value
                Tree.leaves (pull (Tree.withLeaves point xs) (like ys) (like cts))

            let values = CustomDerivatives.customVjp run back (Tree.leaves point)
            Tree.withLeaves output.Value values

        /// The derivative along the tangent of f, from a tree to a scalar: the gradient times the tangent, at the cost
        /// of one evaluation.
        let gradv (f: Tree<Tensor> -> Tensor) (point: Tree<Tensor>) (tangent: Tree<Tensor>) =
            let _, slope = jvp (fun p -> Leaf(f p)) point tangent
            slope[""]

        /// The Hessian of f, from a tree to a scalar, times a tree like the point: the gradient's derivative along it.
        let hessianv (f: Tree<Tensor> -> Tensor) (point: Tree<Tensor>) (v: Tree<Tensor>) = jvp (grad f) point v |> snd

        /// The leaves laid end to end as one vector, and the function that makes such a vector a tree again. With it
        /// every derivative of a function of a tensor is one of a function of a tree: hessian (unravel >> f) vector,
        /// and the like. The leaves must be of one float type.
        let ravel (point: Tree<Tensor>) : Tensor * (Tensor -> Tree<Tensor>) =
            let leaves = Tree.leaves point

            match leaves |> List.map _.DType |> List.distinct with
            | [ dtype ] when dtype.IsFloat -> ()
            | dtypes ->
                Fail.dtypes
                    "Tree.ravel"
                    (dtypes |> List.map (fun dtype -> "a leaf", dtype))
                    "the leaves must be of one float type; cast them with Tree.map (Tensor.cast Float64)"

            let unravel (vector: Tensor) =
                let parts = Tensor.split 0 (leaves |> List.map _.Size) vector

                Tree.withLeaves
                    point
                    (List.map2 (fun (leaf: Tensor) part -> Tensor.reshape leaf.Shape part) leaves parts)

            Tensor.concat 0 (leaves |> List.map Tensor.flatten), unravel
