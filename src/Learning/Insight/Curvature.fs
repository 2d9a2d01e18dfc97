namespace Functional

/// Options of `Curvature.extremeEigenvaluesWith`.
type LanczosOptions =
    {
        /// The most products of the Hessian and a vector. Default 50.
        Iterations: int
        /// The change of both eigenvalues, relative to the larger of them, at which the search ends. Default 1e-6.
        Tolerance: float
        /// The source of the first direction. Default the key of 0.
        Key: Key
    }

    /// At most 50 products.
    static member defaults = { Iterations = 50; Tolerance = 1e-6; Key = Key.ofInt 0 }

/// Eigenvalues of a symmetric matrix that is known by its products with vectors.
module internal Lanczos =
    /// How many eigenvalues of the tridiagonal matrix with this diagonal and these numbers beside it are below x (Sturm).
    let private countBelow (diagonal: float[]) (beside: float[]) (x: float) =
        let step (count, q) i =
            let off = if i = 0 then 0.0 else beside[i - 1] * beside[i - 1]
            let q = diagonal[i] - x - off / q
            let q = if q = 0.0 then 1e-300 else q
            (if q < 0.0 then count + 1 else count), q

        Seq.fold step (0, 1.0) (seq { 0 .. diagonal.Length - 1 }) |> fst

    /// The eigenvalue of the tridiagonal matrix that has `below` smaller ones, by bisection.
    let private eigenvalue diagonal beside below =
        let reach i =
            (if i > 0 then abs (Array.item (i - 1) beside) else 0.0)
            + (if i < beside.Length then abs beside[i] else 0.0)

        let bounds sign = diagonal |> Array.mapi (fun i d -> d + sign * reach i)

        let rec halve low high n =
            let middle = low + (high - low) / 2.0

            if n = 0 || middle = low || middle = high then middle
            elif countBelow diagonal beside middle > below then halve low middle (n - 1)
            else halve middle high (n - 1)

        halve (Array.min (bounds -1.0)) (Array.max (bounds 1.0)) 200

    /// The smallest and the largest eigenvalue of the tridiagonal matrix.
    let private extremes (diagonal: float[]) (beside: float[]) =
        eigenvalue diagonal beside 0, eigenvalue diagonal beside (diagonal.Length - 1)

    let private dot (a: float[]) (b: float[]) =
        let mutable sum = 0.0

        for i in 0 .. a.Length - 1 do
            sum <- sum + a[i] * b[i]

        sum

    let private plus scale (b: float[]) (a: float[]) = Array.map2 (fun x y -> x + scale * y) a b

    /// The smallest and the largest eigenvalue that Lanczos's method finds from a first direction, every new direction
    /// made orthogonal to all before it.
    let extremeEigenvalues (options: LanczosOptions) (product: float[] -> float[]) (first: float[]) : float * float =
        let rec go (basis: float[] list) (diagonal: float list) (beside: float list) (before: (float * float) option) =
            let v = basis.Head
            let w = product v
            let alpha = dot v w
            // twice, since the first pass leaves rounding behind
            let orthogonal w = basis |> List.fold (fun w b -> plus -(dot w b) b w) w
            let rest = orthogonal (orthogonal w)
            let beta = sqrt (dot rest rest)
            let diagonal = alpha :: diagonal
            let found = extremes (Array.ofList (List.rev diagonal)) (Array.ofList (List.rev beside))
            let size = max (abs (fst found)) (abs (snd found))

            let isSettled =
                match before with
                | Some(low, high) -> abs (low - fst found) + abs (high - snd found) <= options.Tolerance * size
                | None -> false

            if isSettled || diagonal.Length >= min options.Iterations v.Length || beta <= 1e-12 * size then
                found
            else
                go (Array.map (fun x -> x / beta) rest :: basis) diagonal (beta :: beside) (Some found)

        let norm = sqrt (dot first first)
        go [ Array.map (fun x -> x / norm) first ] [] [] None

/// The shape of a model's loss around its parameters: gradients of single samples, and the Hessian by its products.
[<RequireQualifiedAccess>]
module Curvature =
    /// The loss of a batch outside training, with what regularizers add, as a function of leaves: those of the parameters,
    /// and then the batch.
    let private lossOf (options: FitOptions) (model: Model) (batch: Batch) =
        let step = FitChecks.stepOf options model
        let form = BatchForm.formOf batch
        let count = Tree.count model.Variables.Parameters

        fun (flat: Tensor list) ->
            let parameters, batch = List.splitAt count flat

            let variables =
                { model.Variables with Parameters = Tree.withLeaves model.Variables.Parameters parameters }

            (step.LossOf variables Run.inference (BatchForm.rebuild form batch)).Value

    let private prepared (model: Model) (batch: Batch) =
        let batch = BatchForm.inType model.DType batch

        match model.Backend with
        | ValueSome backend -> BatchForm.onto backend batch
        | ValueNone -> batch

    let private demandParameters operation (model: Model) =
        if Tree.count model.Variables.Parameters = 0 then
            Fail.data operation "the model has no parameters that are trained; thaw a layer first."

    /// The gradient of the loss of each sample of a batch by itself, a tree like the parameters with an axis of samples in
    /// front of each leaf: the gradient of one sample, mapped over all (vmap), compiled. Uses Loss and Outputs of the options;
    /// the model is as outside training, and what regularizers add is in each of them. The mean over the axis of samples is
    /// the gradient of the batch, for a loss that is a mean over samples.
    let perSampleGradients (options: FitOptions) (batch: Batch) (model: Model) : Tree<Tensor> =
        demandParameters "Curvature.perSampleGradients" model
        let batch = prepared model batch
        let loss = lossOf options model batch
        let leaves, samples = Tree.leaves model.Variables.Parameters, BatchForm.flatten batch
        let count = leaves.Length

        let gradient flat =
            let parameters, sample = List.splitAt count flat
            let alone = sample |> List.map (Tensor.expandDims 0)
            let _, pull = Vjp.vjp (fun parameters -> [ loss (parameters @ alone) ]) parameters
            pull [ Tensor.onesOf model.DType [] ]

        let axes = List.map (fun _ -> None) leaves @ List.map (fun _ -> Some 0) samples
        let mapped = Jit.compile (Vmap.vmap axes (List.map (fun _ -> 0)) gradient)
        Tree.withLeaves model.Variables.Parameters (mapped (leaves @ samples))

    /// The product of the Hessian of a batch's loss by the parameters and a tree like these, as a compiled function of the
    /// tree: a derivative of the gradient along it, without the Hessian itself.
    let hessianv (options: FitOptions) (batch: Batch) (model: Model) : Tree<Tensor> -> Tree<Tensor> =
        demandParameters "Curvature.hessianv" model
        let batch = prepared model batch
        let loss = lossOf options model batch
        let leaves, samples = Tree.leaves model.Variables.Parameters, BatchForm.flatten batch
        let count = leaves.Length

        let product =
            Jit.compile (fun flat ->
                let parameters, rest = List.splitAt count flat
                let direction, samples = List.splitAt count rest

                let gradient parameters =
                    let _, pull = Vjp.vjp (fun parameters -> [ loss (parameters @ samples) ]) parameters
                    pull [ Tensor.onesOf model.DType [] ]

                snd (Jvp.jvp gradient parameters direction))

        fun direction ->
            let given = Tree.leaves direction

            if List.map (fun (x: Tensor) -> x.Shape) given <> List.map (fun (x: Tensor) -> x.Shape) leaves then
                Fail.shapes
                    "Curvature.hessianv"
                    (List.zip
                        [ "parameters"; "direction" ]
                        [ [ List.sumBy (fun (x: Tensor) -> x.Size) leaves ]
                          [ List.sumBy (fun (x: Tensor) -> x.Size) given ] ])
                    "the direction is no tree like the model's parameters; make it with Tree.map of these."

            let direction = given |> List.map (Tensor.cast model.DType)
            Tree.withLeaves model.Variables.Parameters (product (leaves @ direction @ samples))

    /// `extremeEigenvalues` with options. Less than one iteration is an error.
    let extremeEigenvaluesWith
        (search: LanczosOptions)
        (options: FitOptions)
        (batch: Batch)
        (model: Model)
        : float * float =
        if search.Iterations < 1 then
            Fail.argument "Curvature.extremeEigenvalues" "iterations" search.Iterations "is below 1."

        let product = hessianv options batch model
        let like = model.Variables.Parameters
        let sizes = Tree.leaves like |> List.map _.Size

        let ofVector (v: float[]) =
            let starts = List.scan (+) 0 sizes |> List.truncate sizes.Length

            let leaf start (x: Tensor) =
                Core.beside x (fun () -> Tensor.ofFloat64Array x.Shape v[start .. start + x.Size - 1])
                |> Tensor.cast x.DType

            Tree.withLeaves like (List.map2 leaf starts (Tree.leaves like))

        let toVector tree = Tree.leaves tree |> List.map Tensor.toFloat64Array |> Array.concat
        let first = Random.normalOf Float64 0.0 1.0 search.Key [ List.sum sizes ] |> Tensor.toFloat64Array
        Lanczos.extremeEigenvalues search (ofVector >> product >> toVector) first

    /// The smallest and the largest eigenvalue of the Hessian of a batch's loss by the parameters, by Lanczos's method with
    /// products (`hessianv`): one gradient and its derivative for each of at most 50. The largest one tells which learning
    /// rates plain descent bears: those below 2 / it.
    let extremeEigenvalues (options: FitOptions) (batch: Batch) (model: Model) : float * float =
        extremeEigenvaluesWith LanczosOptions.defaults options batch model

    /// The largest eigenvalue of the Hessian of a batch's loss by the parameters; see `extremeEigenvalues`.
    let largestEigenvalue (options: FitOptions) (batch: Batch) (model: Model) : float =
        snd (extremeEigenvalues options batch model)
