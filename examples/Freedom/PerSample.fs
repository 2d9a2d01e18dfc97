/// The gradient of each sample by itself, by vmap of grad: which digits pull hardest at the weights.
module Freedom.PerSample

open Functional

let private model = Model.create (dense 32 --> relu --> dense 10) [ 64 ] (Key.ofInt 1)

let private loss parameters (row: Tensor) =
    let run = Run.training (Key.ofInt 0)
    let pixels, label = Tensor.reshape [ 1; 64 ] row[..63], Tensor.cast Int32 row[64..]
    let logits = fst (model.Layer.Apply { model.Variables with Parameters = parameters } run pixels)

    let fromLogits =
        Loss.sparseCategoricalCrossentropyWith { CrossentropyOptions.defaults with FromLogits = true }

    Loss.value fromLogits label logits None

/// The Euclidean norm of the gradient of one row: 64 pixels and the label.
let private gradientNorm parameters row =
    Tree.grad (fun p -> loss p row) parameters
    |> Tree.fold (fun sum g -> sum + Tensor.sum (Tensor.square g)) (Tensor.scalar 0.0)
    |> sqrt

let run (options: Options) : bool =
    let digits = Dataset.digits ()

    let trained =
        Learn.fitModel
            { Fit.defaults with
                Optimizer = Optimizer.adam 2e-3
                Loss = Loss.sparseCategoricalCrossentropyWith { CrossentropyOptions.defaults with FromLogits = true }
                Epochs = options.StepsOr 10 }
            model
            digits
            (Key.ofInt 2)

    let parameters = trained.Model.Variables.Parameters

    let rows =
        Tensor.concat 1 [ digits.Features; Tensor.reshape [ -1; 1 ] (Tensor.cast Float32 digits.Labels) ]

    let norms = Tensor.compile (vmap (gradientNorm parameters)) rows
    let alone = Tensor.stack 0 [ for i in 0..19 -> gradientNorm parameters rows[i] ]
    let difference = Tensor.toFloat (Tensor.max (abs (norms[..19] - alone)))

    let hardest = (Tensor.toInts (Tensor.argsort -1 (-norms)) |> Array.ofSeq)[..19]
    let order = Tensor.ofInts [ 20 ] hardest
    let shown = digits.Features |> Tensor.gather 0 order |> Tensor.reshape [ 20; 8; 8 ]

    Report.create "Gradients of single samples"
    |> Report.addChart "Their norms" (Chart.histogram (Tensor.toFloat64Array norms))
    |> Report.addChart
        "The digits with the largest"
        (Chart.imagesWithLabels digits.ClassNames (digits.Labels |> Tensor.gather 0 order) shown)
    |> options.Show

    options.Judge("largest difference from one sample after the other", difference, 1e-4)
