namespace Functional

/// Layers around a layer whose kernel they normalize.
[<AutoOpen>]
module KernelNormalizationLayers =
    let private isKernel (path: string) =
        List.contains (path.Substring(path.LastIndexOf '/' + 1)) [ "kernel"; "embeddings" ]

    /// The path of the only kernel among the parameters.
    let private kernelOf kind (parameters: Tree<'T>) =
        match Tree.flatten parameters |> List.filter (fst >> isKernel) with
        | [ path, kernel ] -> path, kernel
        | kernels ->
            Fail.argument
                kind
                "layer"
                kernels.Length
                "is the number of kernels in it; give one layer with one kernel, such as dense, a convolution or embedding."

    let private withLeaf name leaf (tree: Tree<'T>) =
        match tree with
        | Node branches -> Node(branches @ [ name, Leaf leaf ])
        | Leaf _ -> tree

    let private withoutLeaf name (tree: Tree<'T>) =
        match tree with
        | Node branches -> Node(List.filter (fst >> (<>) name) branches)
        | Leaf _ -> tree

    /// The kernel as a matrix whose columns are the last axis.
    let private matrix (kernel: Tensor) =
        let columns = List.last kernel.Shape
        Tensor.reshape [ kernel.Size / max 1 columns; columns ] kernel

    /// The layer inside run with another kernel.
    let private applyInner inner (variables: Variables) run xs path kernel =
        let parameters = variables.Parameters |> Tree.mapi (fun p x -> if p = path then kernel else x)
        let ys, next = Network.apply { variables with Parameters = parameters } run xs inner
        ys, { next with Parameters = variables.Parameters }

    // ------------------------------------------------------------------------------------------- spectral

    let private vector = "vector_u"

    let private unit (x: Tensor) =
        let squares = Tensor.sum (Tensor.square x)
        x * Tensor.rsqrt (Tensor.maximum squares (Tensor.fullLike 1e-24 squares))

    /// The vector after some iterations, and the largest singular value that it gives; the vectors are constants to the
    /// derivative.
    let private spectral iterations (kernel: Tensor) (u: Tensor) =
        let weights = matrix kernel
        let fixedWeights = Tensor.stopGradient weights

        let u, v =
            ((unit (Tensor.stopGradient u), Tensor.zerosLike u), [ 1..iterations ])
            ||> List.fold (fun (u, _) _ ->
                let v = unit (Tensor.matmul u (Tensor.transpose fixedWeights))
                unit (Tensor.matmul v fixedWeights), v)

        u, Tensor.sum (Tensor.matmul v weights * u)

    /// A layer whose kernel is divided by its largest singular value, found by this many power iterations in each pass.
    /// Training keeps the vector that they end with, the state "vector_u" [1; columns], for the next step; outside training it
    /// stays as it is. The kernel itself is not changed, as in PyTorch; Keras writes the divided kernel over it in training.
    /// A count below 1 is an error, and a layer without a kernel is one when the layer is built. (Miyato et al. 2018,
    /// "Spectral normalization for generative adversarial networks".)
    let spectralNormWith (powerIterations: int) (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        let kind = "spectral_normalization"

        if powerIterations < 1 then
            Fail.argument kind "power iterations" powerIterations "is not a number of iterations; give 1 or more."

        let build inner shapes : Blueprint =
            let blueprint = Network.blueprint shapes inner
            let _, (kernel: VariableStart) = kernelOf kind blueprint.Parameters
            let shape = [ 1; List.last kernel.Shape ]
            let draw key = (Initializer.truncatedNormal 0.0 0.02).Draw (Key.fold 0x75 key) shape
            { blueprint with State = withLeaf vector (Layer.start shape draw) blueprint.State }

        let apply inner (variables: Variables) (run: Run) xs =
            let path, kernel = kernelOf kind variables.Parameters
            let u, largest = spectral powerIterations kernel variables.State[vector]
            let own = { variables with State = withoutLeaf vector variables.State }
            let ys, next = applyInner inner own run xs path (kernel / largest)
            let u = if run.Training then u else variables.State[vector]
            ys, { next with State = withLeaf vector u next.State }

        let stage =
            Combinators.around
                kind
                [ "power_iterations", Setting.Whole powerIterations ]
                InnerUse.Repeated
                layer.Network
                build
                apply

        Layer.ofStage
            { stage with
                Penalties =
                    fun inner variables ->
                        Network.penalties { variables with State = withoutLeaf vector variables.State } inner.Head }

    /// `spectralNormWith` one iteration a pass.
    let spectralNorm (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> = spectralNormWith 1 layer

    // --------------------------------------------------------------------------------------------- weight

    let private lengths = "g"

    /// The norms of the columns.
    let private columnNorms (kernel: Tensor) = Tensor.normOver [ 0 ] (matrix kernel)

    /// A layer whose kernel is learned as directions and lengths: each column of the last axis is divided by its norm and
    /// multiplied by the parameter "g" [columns], which begins at the norm, so that nothing changes at first. A layer without a
    /// kernel is an error when the layer is built. (Salimans and Kingma 2016, "Weight normalization".) PyTorch: weight_norm.
    let weightNorm (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        let kind = "weight_normalization"

        let build inner shapes : Blueprint =
            let blueprint = Network.blueprint shapes inner
            let _, (kernel: VariableStart) = kernelOf kind blueprint.Parameters
            let start = Layer.start [ List.last kernel.Shape ] (fun key -> columnNorms (kernel.Draw key))
            { blueprint with Parameters = withLeaf lengths start blueprint.Parameters }

        let withoutLengths (variables: Variables) =
            { variables with Parameters = withoutLeaf lengths variables.Parameters }

        let apply inner (variables: Variables) run xs =
            let own = withoutLengths variables
            let path, kernel = kernelOf kind own.Parameters
            let kernel = kernel * (variables.Parameters[lengths] / columnNorms kernel)
            let ys, next = applyInner inner own run xs path kernel
            ys, { next with Parameters = variables.Parameters }

        let stage = Combinators.around kind [] InnerUse.Repeated layer.Network build apply

        let constrain (inner: Network list) parameters =
            let constrained = Network.constrain (withoutLeaf lengths parameters) inner.Head

            match Tree.tryFind lengths parameters with
            | Some(Leaf g) -> withLeaf lengths g constrained
            | Some(Node _)
            | None -> constrained

        Layer.ofStage
            { stage with
                Penalties = fun inner variables -> Network.penalties (withoutLengths variables) inner.Head
                Constrain = constrain }
