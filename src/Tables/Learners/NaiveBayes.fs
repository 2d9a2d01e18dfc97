namespace Functional

open System

/// How the features of a class are distributed.
[<RequireQualifiedAccess>]
type NaiveBayesModel =
    /// Numbers: a normal distribution for each class and feature, of these means and variances [classes][features].
    | Gaussian of Means: float[][] * Variances: float[][]
    /// Counts: the logarithms of the share of each feature in a class [classes][features].
    | Multinomial of LogShares: float[][]
    /// Yes or no, as a feature is above the threshold or not: the logarithms of the probability of yes [classes][features].
    | Bernoulli of LogProbabilities: float[][] * Threshold: float

/// A fitted naive Bayes classifier: features are taken as independent within each class.
type NaiveBayes =
    {
        /// The distributions of the features.
        Model: NaiveBayesModel
        /// The logarithm of the prior probability of each class; -infinity for a class without samples.
        LogPriors: float[]
        /// How many features a sample has.
        Features: int
    }

/// Options of Gaussian naive Bayes.
type GaussianNaiveBayesOptions =
    {
        /// The share of the largest variance of all features that is added to every variance. Default 1e-9.
        VarianceSmoothing: float
        /// The prior probabilities of the classes. Default None: their shares of the samples.
        Priors: float list option
    }

    /// The defaults, scikit-learn's.
    static member defaults = { VarianceSmoothing = 1e-9; Priors = None }

/// Options of naive Bayes of counts (multinomial) and of yes or no (Bernoulli).
type DiscreteNaiveBayesOptions =
    {
        /// What is added to every count (Laplace's smoothing), at least 1e-10. Default 1.
        Alpha: float
        /// Whether classes have their shares of the samples as priors; else all have the same. Default true.
        FitPriors: bool
        /// Bernoulli: above what a feature is a yes. Default 0.
        Threshold: float
    }

    /// The defaults, scikit-learn's.
    static member defaults = { Alpha = 1.0; FitPriors = true; Threshold = 0.0 }

/// Using fitted naive Bayes classifiers.
[<RequireQualifiedAccess>]
module NaiveBayes =
    let private kind (model: NaiveBayesModel) =
        match model with
        | NaiveBayesModel.Gaussian _ -> "gaussian_naive_bayes"
        | NaiveBayesModel.Multinomial _ -> "multinomial_naive_bayes"
        | NaiveBayesModel.Bernoulli _ -> "bernoulli_naive_bayes"

    /// The logarithm of the likelihood of a sample under a class.
    let private logLikelihood (model: NaiveBayesModel) c (row: ReadOnlySpan<float>) =
        let mutable sum = 0.0

        match model with
        | NaiveBayesModel.Gaussian(means, variances) ->
            for j in 0 .. row.Length - 1 do
                let d = row[j] - means[c].[j]
                sum <- sum - 0.5 * (log (2.0 * Math.PI * variances[c].[j]) + d * d / variances[c].[j])
        | NaiveBayesModel.Multinomial shares ->
            for j in 0 .. row.Length - 1 do
                sum <- sum + row[j] * shares[c].[j]
        | NaiveBayesModel.Bernoulli(probabilities, threshold) ->
            for j in 0 .. row.Length - 1 do
                let p = probabilities[c].[j]
                sum <- sum + (if row[j] > threshold then p else log (1.0 - exp p))

        sum

    /// The logarithms of prior by likelihood [rows; classes].
    let private joint operation (x: Tensor) (bayes: NaiveBayes) : float[] =
        let samples = Samples.readFor operation bayes.Features x
        let classes = bayes.LogPriors.Length

        Array.init (samples.Rows * classes) (fun at ->
            let c = at % classes

            if Double.IsNegativeInfinity bayes.LogPriors[c] then
                Double.NegativeInfinity
            else
                bayes.LogPriors[c] + logLikelihood bayes.Model c (samples.Row(at / classes)))

    /// The most probable class of each sample of x [n; features]: Int32 [n].
    let predict (x: Tensor) (bayes: NaiveBayes) : Tensor =
        joint "NaiveBayes.predict" x bayes |> Samples.largest bayes.LogPriors.Length |> Samples.ofLabels

    /// The probability of each class for each sample: Float64 [n; classes].
    let probabilities (x: Tensor) (bayes: NaiveBayes) : Tensor =
        let classes = bayes.LogPriors.Length
        let logs = joint "NaiveBayes.probabilities" x bayes

        for row in 0 .. logs.Length / classes - 1 do
            Probabilities.softmax (Span(logs, row * classes, classes)) |> ignore

        Samples.ofRows classes logs

    /// The generic form, to be saved.
    let toState (bayes: NaiveBayes) : LearnerState =
        let table name (rows: float[][]) = LearnerStates.floats name [ rows.Length; bayes.Features ] (Array.concat rows)

        let settings, tensors =
            match bayes.Model with
            | NaiveBayesModel.Gaussian(means, variances) -> [], [ table "means" means; table "variances" variances ]
            | NaiveBayesModel.Multinomial shares -> [], [ table "log_shares" shares ]
            | NaiveBayesModel.Bernoulli(probabilities, threshold) ->
                [ "threshold", Setting.Number threshold ], [ table "log_probabilities" probabilities ]

        { Kind = kind bayes.Model
          Settings = ("features", Setting.Whole bayes.Features) :: settings
          Tensors = LearnerStates.floats "log_priors" [ bayes.LogPriors.Length ] bayes.LogPriors :: tensors }

    /// The classifier of its generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : NaiveBayes =
        let source = LearnerStates.settings state
        let features = Settings.whole source "features"
        let table name = LearnerStates.readFloats state name |> Array.chunkBySize features

        let model =
            match state.Kind with
            | "gaussian_naive_bayes" -> NaiveBayesModel.Gaussian(table "means", table "variances")
            | "multinomial_naive_bayes" -> NaiveBayesModel.Multinomial(table "log_shares")
            | "bernoulli_naive_bayes" ->
                NaiveBayesModel.Bernoulli(table "log_probabilities", Settings.number source "threshold")
            | other ->
                Fail.data
                    "NaiveBayes.ofState"
                    $"the saved learner is of the kind '{other}'; read it with Learners.ofState."

        { Model = model; LogPriors = LearnerStates.readFloats state "log_priors"; Features = features }

    /// The classifier as a learner of any kind.
    let fitted (bayes: NaiveBayes) : FittedLearner =
        { Kind = kind bayes.Model
          Task = LearnerTask.Classification
          Features = bayes.Features
          Classes = bayes.LogPriors.Length
          Predict = fun x -> predict x bayes
          Probabilities = Some(fun x -> probabilities x bayes)
          State = fun () -> toState bayes }

    let internal learner kind (fit: Tensor option -> Tensor -> Tensor -> NaiveBayes) : Learner =
        Learner.ofFits kind LearnerTask.Classification (fun weights x y -> fitted (fit weights x y))

    /// The samples of each class.
    let private byClass (labels: int[]) : int[][] =
        let members = Array.init (Samples.classCount labels) (fun _ -> Collections.Generic.List<int>())
        labels |> Array.iteri (fun i label -> members[label].Add i)
        members |> Array.map _.ToArray()

    /// Samples, the rows of each class, and the weight of each row.
    let internal read operation weights (x: Tensor) (y: Tensor) : Samples * int[][] * float[] =
        let samples = Samples.read operation x
        let groups = byClass (Samples.labels operation samples y)
        let ones () = Array.create samples.Rows 1.0
        samples, groups, Samples.weights operation samples weights |> Option.defaultWith ones

    /// The weight of the rows of each class.
    let internal masses (weights: float[]) (groups: int[][]) : float[] =
        groups |> Array.map (Array.sumBy (fun i -> weights[i]))

    let internal logShares (masses: float[]) : float[] =
        let all = Array.sum masses
        masses |> Array.map (fun mass -> log (mass / all))

/// Naive Bayes of numbers, normally distributed in each class.
[<RequireQualifiedAccess>]
module GaussianNaiveBayes =
    /// Weighted mean and population variance of a feature over some samples; 0 and 1 over none.
    let private moments (samples: Samples) (weights: float[]) (rows: int[]) j =
        let mass = rows |> Array.sumBy (fun i -> weights[i])

        if mass = 0.0 then
            0.0, 1.0
        else
            let mean = (rows |> Array.sumBy (fun i -> weights[i] * samples.At(i, j))) / mass

            let squares =
                rows
                |> Array.sumBy (fun i ->
                    let d = samples.At(i, j) - mean
                    weights[i] * d * d)

            mean, squares / mass

    let private priors (options: GaussianNaiveBayesOptions) (masses: float[]) =
        match options.Priors with
        | None -> NaiveBayes.logShares masses
        | Some priors ->
            let sum = List.sum priors

            if priors.Length <> masses.Length || abs (sum - 1.0) > 1e-8 || List.exists (fun p -> p < 0.0) priors then
                Fail.argument
                    "GaussianNaiveBayes.fit"
                    "Priors"
                    $"%A{priors}"
                    $"are not the probabilities of {masses.Length} classes; give as many, which add up to 1."

            priors |> List.map log |> Array.ofList

    let private fitBy (options: GaussianNaiveBayesOptions) weights (x: Tensor) (y: Tensor) : NaiveBayes =
        let samples, groups, weights = NaiveBayes.read "GaussianNaiveBayes.fit" weights x y
        let all, ones = Array.init samples.Rows id, Array.create samples.Rows 1.0
        // of the plain samples, as in scikit-learn
        let widest = Seq.max (seq { for j in 0 .. samples.Features - 1 -> snd (moments samples ones all j) })
        let added = options.VarianceSmoothing * widest

        let table =
            groups
            |> Array.map (fun rows -> Array.init samples.Features (fun j -> moments samples weights rows j))

        { Model =
            NaiveBayesModel.Gaussian(
                table |> Array.map (Array.map fst),
                table |> Array.map (Array.map (fun (_, variance) -> variance + added))
            )
          LogPriors = priors options (NaiveBayes.masses weights groups)
          Features = samples.Features }

    /// Fits to samples x [n; features] and their classes y [n] (0 .. k - 1).
    let fit (options: GaussianNaiveBayesOptions) (x: Tensor) (y: Tensor) : NaiveBayes = fitBy options None x y

    /// `fit` with a weight for each sample [n], 0 or more.
    let fitWeighted (options: GaussianNaiveBayesOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : NaiveBayes =
        fitBy options (Some weights) x y

    /// Gaussian naive Bayes as a learner.
    let learner (options: GaussianNaiveBayesOptions) : Learner =
        NaiveBayes.learner "gaussian_naive_bayes" (fitBy options)

/// What naive Bayes of counts and of yes or no share.
module private DiscreteNaiveBayes =
    let read operation (options: DiscreteNaiveBayesOptions) weights (x: Tensor) (y: Tensor) =
        if not (options.Alpha >= 0.0) then
            Fail.argument operation "Alpha" options.Alpha "is negative; give 0 or more."

        let samples, groups, weights = NaiveBayes.read operation weights x y
        samples, groups, weights, max 1e-10 options.Alpha

    /// Weighted sums of a function of the values, by class and feature.
    let sums (of': float -> float) (samples: Samples) (weights: float[]) (groups: int[][]) : float[][] =
        groups
        |> Array.map (fun rows ->
            Array.init samples.Features (fun j -> rows |> Array.sumBy (fun i -> weights[i] * of' (samples.At(i, j)))))

    let priors (options: DiscreteNaiveBayesOptions) (weights: float[]) (groups: int[][]) =
        let present = groups |> Array.filter (Array.isEmpty >> not) |> Array.length

        if options.FitPriors then
            NaiveBayes.logShares (NaiveBayes.masses weights groups)
        else
            groups
            |> Array.map (fun rows -> if rows.Length = 0 then Double.NegativeInfinity else -log(float present))

/// Naive Bayes of counts, such as of words.
[<RequireQualifiedAccess>]
module MultinomialNaiveBayes =
    let private fitBy (options: DiscreteNaiveBayesOptions) weights (x: Tensor) (y: Tensor) : NaiveBayes =
        let operation = "MultinomialNaiveBayes.fit"
        let samples, groups, weights, alpha = DiscreteNaiveBayes.read operation options weights x y

        if samples.Values |> Array.exists (fun v -> v < 0.0) then
            Fail.data operation "x has negative values; it takes counts. Gaussian naive Bayes takes any numbers."

        let shares =
            DiscreteNaiveBayes.sums id samples weights groups
            |> Array.map (fun counts ->
                let smoothed = counts |> Array.map (fun count -> count + alpha)
                let total = log (Array.sum smoothed)
                smoothed |> Array.map (fun count -> log count - total))

        { Model = NaiveBayesModel.Multinomial shares
          LogPriors = DiscreteNaiveBayes.priors options weights groups
          Features = samples.Features }

    /// Fits to counts x [n; features], none below 0, and their classes y [n] (0 .. k - 1).
    let fit (options: DiscreteNaiveBayesOptions) (x: Tensor) (y: Tensor) : NaiveBayes = fitBy options None x y

    /// `fit` with a weight for each sample [n], 0 or more, by which its counts are multiplied.
    let fitWeighted (options: DiscreteNaiveBayesOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : NaiveBayes =
        fitBy options (Some weights) x y

    /// Multinomial naive Bayes as a learner.
    let learner (options: DiscreteNaiveBayesOptions) : Learner =
        NaiveBayes.learner "multinomial_naive_bayes" (fitBy options)

/// Naive Bayes of features that are a yes or a no.
[<RequireQualifiedAccess>]
module BernoulliNaiveBayes =
    let private fitBy (options: DiscreteNaiveBayesOptions) weights (x: Tensor) (y: Tensor) : NaiveBayes =
        let operation = "BernoulliNaiveBayes.fit"
        let samples, groups, weights, alpha = DiscreteNaiveBayes.read operation options weights x y
        let yes v = if v > options.Threshold then 1.0 else 0.0

        let probabilities =
            (NaiveBayes.masses weights groups, DiscreteNaiveBayes.sums yes samples weights groups)
            ||> Array.map2 (fun mass counts ->
                let total = log (mass + 2.0 * alpha)
                counts |> Array.map (fun count -> log (count + alpha) - total))

        { Model = NaiveBayesModel.Bernoulli(probabilities, options.Threshold)
          LogPriors = DiscreteNaiveBayes.priors options weights groups
          Features = samples.Features }

    /// Fits to x [n; features], each value a yes where it is above the threshold, and the classes y [n] (0 .. k - 1).
    let fit (options: DiscreteNaiveBayesOptions) (x: Tensor) (y: Tensor) : NaiveBayes = fitBy options None x y

    /// `fit` with a weight for each sample [n], 0 or more, by which its counts are multiplied.
    let fitWeighted (options: DiscreteNaiveBayesOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : NaiveBayes =
        fitBy options (Some weights) x y

    /// Bernoulli naive Bayes as a learner.
    let learner (options: DiscreteNaiveBayesOptions) : Learner =
        NaiveBayes.learner "bernoulli_naive_bayes" (fitBy options)
