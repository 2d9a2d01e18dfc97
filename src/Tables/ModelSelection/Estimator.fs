namespace Functional

/// Anything that can be fitted, for cross-validation and searches: a function from training samples to predictions.
[<NoEquality; NoComparison>]
type Estimator =
    {
        /// Its name in tables and errors.
        Name: string
        /// From a key, which it draws from alone, and training samples to a function that gives the outputs for the samples
        /// of a dataset, of which it takes the features alone: a row of probabilities a class [n; k], one probability a
        /// sample, or numbers [n] or [n; 1]. May be called from several threads.
        Fit: Key -> Dataset -> Dataset -> Tensor
    }

/// Making estimators.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Estimator =
    /// An estimator of one's own: `fit key train` gives the function from features [n; ...] to outputs.
    let ofFunction (name: string) (fit: Key -> Dataset -> Tensor -> Tensor) : Estimator =
        { Name = name
          Fit =
            fun key train ->
                let predict = fit key train
                fun test -> predict test.Features }

    let private oneHot (classes: int) (labels: Tensor) = Tensor.cast Float64 (Tensor.oneHot classes labels)

    /// A learner with its options. Its outputs are the probabilities of the classes where it knows them; else 1 for the class
    /// that it says and 0 for the others; for regression numbers. Weights of the dataset's samples weigh the fit; where the
    /// learner takes none they are an error.
    let ofLearner (learner: Learner) : Estimator =
        { Name = learner.Kind
          Fit =
            fun _ train ->
                let fitted =
                    match train.SampleWeights with
                    | Some weights -> learner |> Learner.fitWeighted weights train.Features train.Labels
                    | None -> learner |> Learner.fit train.Features train.Labels

                fun test ->
                    match fitted.Task, fitted.Probabilities with
                    | LearnerTask.Classification, Some probabilities -> probabilities test.Features
                    | LearnerTask.Classification, None -> oneHot fitted.Classes (fitted.Predict test.Features)
                    | LearnerTask.Regression, _ -> fitted.Predict test.Features }

    /// Outputs as metrics take them: logits become probabilities.
    let private asProbabilities (loss: Loss) (output: Tensor) =
        match loss.Outputs with
        | OutputKind.Logits when List.last output.Shape = 1 -> Tensor.sigmoid output
        | OutputKind.Logits -> Tensor.softmax -1 output
        | OutputKind.Numbers
        | OutputKind.Probabilities
        | OutputKind.Own -> output

    let private ofRun (options: FitOptions) (model: Model) : Dataset -> Tensor =
        fun test ->
            match Model.predictAll test.Inputs model with
            | [ output ] -> asProbabilities options.Loss output
            | several ->
                Fail.argument
                    "Estimator"
                    "outputs"
                    several.Length
                    "are not one; take one of them with Estimator.ofFunction."

    /// A network that is built anew and trained with these options each time. Training compiles one step for each size of
    /// batch and all folds share it, as they do the plan of prediction. Of logits the outputs are the probabilities. A
    /// network of several outputs is an error.
    let ofNetwork (options: FitOptions) (layer: Layer<'In, 'Out>) : Estimator =
        { Name = "network"; Fit = fun key train -> ofRun options (Learn.fit options layer train key).Model }

    /// `ofNetwork` for models that a function makes of a key: of several inputs, with trained parts, or with other beginnings.
    let ofModel (options: FitOptions) (build: Key -> Model) : Estimator =
        { Name = "model"
          Fit =
            fun key train ->
                let initial, run = Key.split key
                ofRun options (Learn.fitModel options (build initial) train run).Model }

    /// The estimator under another name.
    let named (name: string) (estimator: Estimator) : Estimator = { estimator with Name = name }

    /// The estimator after a change of the features that is learnt from the training samples of each fold alone: `prepare
    /// train` gives the function of features. What is learnt from all samples at once would tell the estimator of those that
    /// it is tested with.
    let after (prepare: Dataset -> Tensor -> Tensor) (estimator: Estimator) : Estimator =
        { estimator with
            Fit =
                fun key train ->
                    let change = prepare train
                    let predict = estimator.Fit key (Dataset.mapFeatures change train)
                    fun test -> predict (Dataset.mapFeatures change test) }

    /// The features as a frame, and with the labels as its target where there is one number a sample.
    let private frameOf (names: string list) (x: Tensor) = Frame.ofTensor names x

    let private target = "the target of the estimator"

    let private withTarget (d: Dataset) names =
        match d.Labels.Shape with
        | [ _ ]
        | [ _; 1 ] ->
            let labels = Tensor.toFloat64Array d.Labels

            frameOf names d.Features
            |> Deedle.Frame.addCol target (Deedle.Series(Array.init labels.Length id, labels)),
            Some target
        | _ -> frameOf names d.Features, None

    /// The estimator after a preparation of the features [n; k], fitted to the training samples of each fold alone, with the
    /// labels as its target. Columns have the names of the dataset's features, or x0, x1, ... Rows that a step leaves out, such as
    /// outliers, are left out of the training alone, with their labels and weights: whatever is predicted keeps all its rows, as by
    /// the samplers of imbalanced-learn.
    let prepared (preparation: Preparation) (estimator: Estimator) : Estimator =
        { estimator with
            Fit =
                fun key train ->
                    let names =
                        match train.FeatureNames, train.SampleShape with
                        | [], [ k ] -> List.init k (fun i -> $"x{i}")
                        | names, _ -> names

                    let fitted, learnt =
                        match withTarget train names with
                        | frame, Some target ->
                            let fitted, learnt = preparation |> Preparation.fitApplyTo target frame
                            fitted, Deedle.Frame.dropCol target learnt
                        | frame, None -> preparation |> Preparation.fitApply frame

                    let features = Frame.toTensorOf train.Features.DType learnt
                    let rows = Array.ofSeq learnt.RowKeys
                    let predict = estimator.Fit key (Dataset.rows rows train |> Dataset.mapFeatures (fun _ -> features))
                    let change (x: Tensor) = fitted |> Prepared.apply (frameOf names x) |> Frame.toTensorOf x.DType
                    fun test -> predict (Dataset.mapFeatures change test) }

    /// Fits to a dataset: gives the function from features to outputs.
    let fit (key: Key) (dataset: Dataset) (estimator: Estimator) : Dataset -> Tensor = estimator.Fit key dataset
