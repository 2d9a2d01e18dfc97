namespace Functional

/// The output whose score an attribution explains.
[<RequireQualifiedAccess>]
type AttributionTarget =
    /// Of each sample the class of its largest output.
    | Predicted
    /// One class for all samples, counted from 0.
    | Class of int
    /// A class for each sample.
    | Classes of int list

/// Options of `Attribution.integratedGradientsWith`.
type IntegratedGradientsOptions =
    {
        /// The sample that stands for nothing to see, without the batch axis. Default None: zeros.
        Baseline: Tensor option
        /// The number of points along the way, by the midpoint rule. Default 50.
        Steps: int
    }

    /// 50 points on the way from zeros.
    static member defaults = { Baseline = None; Steps = 50 }

/// Explanations of what a classifier says of a sample, by gradients. The scores that are explained are those before the
/// softmax or the sigmoid in which a model ends; other models' outputs are taken as they are.
[<RequireQualifiedAccess>]
module Attribution =
    let private demandModel operation (x: Tensor) (model: Model) =
        if model.InputShapes.Length <> 1 || model.OutputShapes.Length <> 1 then
            Fail.argument
                operation
                "model"
                model.Name
                "has several inputs or outputs; take a part of it with one of both (Model.outputs)."

        if x.Rank = 0 || x.Shape.Tail <> model.InputShape then
            Fail.shapes
                operation
                [ "model", Shape.unknown :: model.InputShape; "given", x.Shape ]
                "samples with the batch axis in front are needed; put it there with Tensor.expandDims 0."

    /// The scores [n; classes] of a network for a batch.
    let private scoresOf (model: Model) (network: Network) (x: Tensor) =
        let scores, _ = Network.applyLogits [ true ] model.Variables Run.inference [ x ] network

        match scores with
        | [ y ] when y.Rank = 2 -> y
        | [ y ] when y.Rank = 1 -> Tensor.expandDims -1 y
        | [ y ] -> Fail.shapes "Attribution" [ "output", y.Shape ] "one row of scores a sample is needed: [n; classes]."
        | several -> Fail.argument "Attribution" "outputs" several.Length "are not one."

    /// 1 at the target of each sample and 0 elsewhere, [n; classes].
    let private maskOf operation target (scores: Tensor) =
        let n, classes = scores.Shape[0], scores.Shape[1]

        let demandClass c =
            if c < 0 || c >= classes then
                Fail.argument operation "target" c $"is none of the classes, which are 0 to {classes - 1}."

        let numbers =
            match target with
            | AttributionTarget.Predicted -> Tensor.argmax -1 scores
            | AttributionTarget.Class c ->
                demandClass c
                Core.beside scores (fun () -> Tensor.ofInts [ n ] (Array.create n c))
            | AttributionTarget.Classes cs ->
                List.iter demandClass cs

                if cs.Length <> n then
                    Fail.argument operation "target" cs.Length $"is not the number of samples, which is {n}."

                Core.beside scores (fun () -> Tensor.ofInts [ n ] (Array.ofList cs))

        Tensor.oneHotOf scores.DType classes numbers

    /// The scores of the targets of a batch [n], as a function of the batch; the targets are those of `x`.
    let private targetScores operation target (x: Tensor) (model: Model) =
        demandModel operation x model
        let scores = scoresOf model model.Network
        let mask = maskOf operation target (scores x)
        fun x -> Tensor.sumOver [ -1 ] (scores x * mask)

    let private typed (model: Model) x = Compiled.inType model.DType x

    /// The scores [n] of the targets of samples [n; ...], that attributions are of.
    let scores (target: AttributionTarget) (x: Tensor) (model: Model) : Tensor =
        let x = typed model x
        targetScores "Attribution.scores" target x model x

    /// The gradient of the target's score by each number of the samples [n; ...], in their shape.
    let gradients (target: AttributionTarget) (x: Tensor) (model: Model) : Tensor =
        let x = typed model x
        let score = targetScores "Attribution.gradients" target x model
        Tensor.compile (grad (fun x -> Tensor.sum (score x))) x

    /// The saliency map of samples [n; ...], in their shape: how much the target's score changes with each number, the
    /// absolute value of its gradient. Of images the largest over the channels is mostly shown: `Tensor.maxOver [ -1 ]`.
    /// (Simonyan, Vedaldi and Zisserman 2014, "Deep inside convolutional networks".)
    let saliency (target: AttributionTarget) (x: Tensor) (model: Model) : Tensor = Tensor.abs (gradients target x model)

    /// `integratedGradients` with options. A baseline of another shape than a sample's and less than 1 step are errors.
    let integratedGradientsWith
        (options: IntegratedGradientsOptions)
        (target: AttributionTarget)
        (x: Tensor)
        (model: Model)
        : Tensor =
        let operation = "Attribution.integratedGradients"
        let x = typed model x

        if options.Steps < 1 then
            Fail.argument operation "steps" options.Steps "is no number of points; give at least 1."

        let score = targetScores operation target x model

        let baseline =
            match options.Baseline with
            | None -> Tensor.zerosLike x
            | Some baseline when baseline.Shape = model.InputShape ->
                Tensor.broadcastTo x.Shape (Tensor.toDevice x.Device (typed model baseline))
            | Some baseline ->
                Fail.shapes
                    operation
                    [ "baseline", baseline.Shape; "a sample", model.InputShape ]
                    "the baseline is one sample, without the batch axis."

        let difference = x - baseline
        let at = Tensor.compile (grad (fun x -> Tensor.sum (score x)))

        let total =
            seq { for step in 1 .. options.Steps -> (float step - 0.5) / float options.Steps }
            |> Seq.map (fun share -> at (baseline + difference * share))
            |> Seq.reduce (+)

        difference * (total / float options.Steps)

    /// The integrated gradients of samples [n; ...], in their shape: each number's distance from the baseline, zeros, times
    /// the mean gradient of the target's score along the straight way from there. Their sum over a sample is what its score
    /// is above that of the baseline, but for the error of 50 points (completeness). (Sundararajan, Taly and Yan 2017,
    /// "Axiomatic attribution for deep networks".)
    let integratedGradients (target: AttributionTarget) (x: Tensor) (model: Model) : Tensor =
        integratedGradientsWith IntegratedGradientsOptions.defaults target x model

    /// The network whose layer at a path has something added to its result.
    let private withAdded path (added: Tensor) (network: Network) =
        network
        |> Network.changed "Attribution.gradCam" path (fun stage ->
            { stage with
                Logits = None
                Apply =
                    fun inner variables run xs ->
                        let ys, next = stage.Apply inner variables run xs
                        List.map (fun y -> y + added) ys, next })

    /// Grad-CAM: for images, or other samples, a map [n; h; w] of the places of a convolutional layer's result [n; h; w; c]
    /// that speak for the target: the positive part of the sum of its feature maps, each times the mean over the places of
    /// the gradient of the target's score by it. `path` is that of the layer (`Model.layers`), mostly the last one before
    /// flattening or pooling; resize the map to the image to lay it over it. A layer without places is an error. (Selvaraju et
    /// al. 2017, "Grad-CAM: visual explanations from deep networks".)
    let gradCam (path: string) (target: AttributionTarget) (x: Tensor) (model: Model) : Tensor =
        let operation = "Attribution.gradCam"
        let x = typed model x
        demandModel operation x model
        let maps = Model.apply x (Model.upTo path model)

        if maps.Rank < 3 then
            Fail.shapes
                operation
                [ path, maps.Shape ]
                "the layer's result has no places: [n; ...; channels] is needed, as of a convolution."

        let mask = maskOf operation target (scoresOf model model.Network x)

        let slopes =
            grad
                (fun added -> Tensor.sum (scoresOf model (withAdded path added model.Network) x * mask))
                (Tensor.zerosLike maps)

        let places = [ 1 .. maps.Rank - 2 ]
        Tensor.relu (Tensor.sumOver [ -1 ] (Tensor.meanKeep places slopes * maps))
