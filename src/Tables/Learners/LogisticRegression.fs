namespace Functional

open System

/// A fitted logistic regression.
type LogisticRegression =
    {
        /// The weights of the features: one row where two classes were seen, for the second of them; else a row a class seen.
        Coefficients: float[][]
        /// What is added, one for each row.
        Intercepts: float[]
        /// The classes that were seen, ascending.
        Seen: int[]
        /// The number of classes: the largest and one. One that was not seen has probability 0.
        Classes: int
        /// How many steps of Newton's method were made.
        Iterations: int
    }

/// Options of logistic regression.
type LogisticRegressionOptions =
    {
        /// The inverse of the weight of the penalty on squared coefficients, above 0; infinity is no penalty. Default 1.
        C: float
        /// Whether there is an intercept, which is not penalized. Default true.
        FitIntercept: bool
        /// How much the samples of each class count. Default uniform.
        ClassWeights: ClassWeights
        /// At most so many steps. Default 100.
        MaxIterations: int
        /// Ends when no element of the gradient is larger. Default 1e-8 (scikit-learn's is 1e-4).
        Tolerance: float
    }

    /// The defaults: scikit-learn's, solved to a tighter tolerance.
    static member defaults =
        { C = 1.0
          FitIntercept = true
          ClassWeights = ClassWeights.Uniform
          MaxIterations = 100
          Tolerance = 1e-8 }

/// The objective C Σ loss + |w|² / 2 over parameters [inputs; outputs]: its value, gradient and curvature. One output is the
/// sigmoid of two classes, several are the softmax.
[<Sealed>]
type private LogisticObjective
    (x: float[], targets: int[], weights: float[], penalized: int, inputs: int, outputs: int, ridge: float) =
    let rows = targets.Length
    let probabilities = Array.zeroCreate<float>(rows * outputs)
    let room = Array.zeroCreate<float>(rows * outputs)

    let addPenalty (v: float[]) (result: float[]) =
        for i in 0 .. penalized * outputs - 1 do
            result[i] <- result[i] + ridge * v[i]

    /// The value; keeps the probabilities for `Gradient` and `Curvature`.
    member _.Value(w: float[]) : float =
        Products.times rows inputs outputs x w probabilities
        let mutable sum = 0.0

        for i in 0 .. rows - 1 do
            if outputs = 1 then
                let z = probabilities[i]
                sum <- sum + weights[i] * (Probabilities.softplus z - float targets[i] * z)
                probabilities[i] <- Probabilities.sigmoid z
            else
                let row = Span(probabilities, i * outputs, outputs)
                let score = row[targets[i]]
                sum <- sum + weights[i] * (Probabilities.softmax row - score)

        for i in 0 .. penalized * outputs - 1 do
            sum <- sum + 0.5 * ridge * w[i] * w[i]

        sum

    /// The gradient at the parameters of the last `Value`.
    member _.Gradient(w: float[]) : float[] =
        for i in 0 .. rows - 1 do
            for k in 0 .. outputs - 1 do
                let target =
                    if outputs = 1 then float targets[i]
                    elif targets[i] = k then 1.0
                    else 0.0

                room[i * outputs + k] <- weights[i] * (probabilities[i * outputs + k] - target)

        let gradient = Array.zeroCreate (inputs * outputs)
        Products.transposedTimes inputs rows outputs x room gradient
        addPenalty w gradient
        gradient

    /// The Hessian at the parameters of the last `Value` times a vector.
    member _.Curvature(v: float[]) : float[] =
        Products.times rows inputs outputs x v room

        for i in 0 .. rows - 1 do
            let mutable mean = 0.0

            if outputs = 1 then
                mean <- probabilities[i] * room[i]
            else
                for k in 0 .. outputs - 1 do
                    mean <- mean + probabilities[i * outputs + k] * room[i * outputs + k]

            for k in 0 .. outputs - 1 do
                let at = i * outputs + k
                room[at] <- weights[i] * probabilities[at] * (room[at] - mean)

        let result = Array.zeroCreate (inputs * outputs)
        Products.transposedTimes inputs rows outputs x room result
        addPenalty v result
        result

    /// The diagonal of the Hessian at the parameters of the last `Value`.
    member _.Diagonal() : float[] =
        for i in 0 .. rows - 1 do
            for k in 0 .. outputs - 1 do
                let p = probabilities[i * outputs + k]
                room[i * outputs + k] <- weights[i] * p * (1.0 - p)

        let squares = x |> Array.map (fun v -> v * v)
        let diagonal = Array.zeroCreate (inputs * outputs)
        Products.transposedTimes inputs rows outputs squares room diagonal
        addPenalty (Array.create diagonal.Length 1.0) diagonal
        diagonal

/// Newton's method, each step solved by conjugate gradients preconditioned by the diagonal.
module private Newton =
    let private dot (a: float[]) (b: float[]) =
        let mutable sum = 0.0

        for i in 0 .. a.Length - 1 do
            sum <- sum + a[i] * b[i]

        sum

    let private largest (v: float[]) = v |> Array.fold (fun m e -> max m (abs e)) 0.0

    let private add scale (v: float[]) (into: float[]) =
        for i in 0 .. v.Length - 1 do
            into[i] <- into[i] + scale * v[i]

    /// d with H d = -gradient, to a relative residual that shrinks with the gradient.
    let private direction (objective: LogisticObjective) (gradient: float[]) : float[] =
        let diagonal = objective.Diagonal()
        let floor = 1e-12 * largest diagonal
        let precondition (r: float[]) = Array.map2 (fun r d -> r / max floor d) r diagonal
        let d = Array.zeroCreate<float> gradient.Length
        let r = gradient |> Array.map (~-)
        let mutable z = precondition r
        let mutable p = Array.copy z
        let mutable rz = dot r z
        let goal = rz * min 1e-2 (min (sqrt rz) 1.0 * 1e-2) ** 2.0
        let mutable left = 10 * gradient.Length + 20

        while rz > goal && left > 0 do
            let hp = objective.Curvature p
            let curvature = dot p hp

            if curvature > 0.0 then
                let step = rz / curvature
                add step p d
                add -step hp r
                z <- precondition r
                let next = dot r z
                p <- Array.map2 (fun z p -> z + next / rz * p) z p
                rz <- next
                left <- left - 1
            else
                left <- 0

        if dot d gradient < 0.0 then d else gradient |> Array.map (~-)

    /// The minimum from the start 0, and the number of steps. Ends at the tolerance, after `most` steps, or where rounding lets
    /// no step descend further.
    let minimize (objective: LogisticObjective) length most tolerance : float[] * int =
        let mutable w = Array.zeroCreate<float> length
        let mutable value = objective.Value w
        let mutable gradient = objective.Gradient w
        let mutable steps = 0
        let mutable running = true

        while running && steps < most && largest gradient > tolerance do
            let d = direction objective gradient
            let slope = dot d gradient
            let mutable scale = 1.0
            let mutable searching = true

            while searching do
                let next = Array.map2 (fun w d -> w + scale * d) w d
                let nextValue = objective.Value next

                // beside the minimum the value says nothing any more, and the gradient decides
                let flat = nextValue <= value + 1e-13 * abs value
                let descends = nextValue <= value + 1e-4 * scale * slope
                let nextGradient = if descends || flat then objective.Gradient next else gradient

                if descends || (flat && largest nextGradient < largest gradient) then
                    w <- next
                    value <- nextValue
                    gradient <- nextGradient
                    searching <- false
                else
                    scale <- scale / 2.0

                    if scale < 1e-10 then
                        searching <- false
                        running <- false

            steps <- steps + 1

        w, steps

/// Logistic regression: classes whose log odds are linear in the features.
[<RequireQualifiedAccess>]
module LogisticRegression =
    let private kind = "logistic_regression"

    let private check (options: LogisticRegressionOptions) =
        let operation = "LogisticRegression.fit"

        if not (options.C > 0.0) then
            Fail.argument operation "C" options.C "is not above 0; it is the inverse of the penalty's weight."

        if options.MaxIterations < 1 then
            Fail.argument operation "MaxIterations" options.MaxIterations "is below 1; give 1 step or more."

    /// The samples with a column of ones behind them.
    let private withOnes (samples: Samples) =
        Array.init (samples.Rows * (samples.Features + 1)) (fun at ->
            let j = at % (samples.Features + 1)
            if j = samples.Features then 1.0 else samples.At(at / (samples.Features + 1), j))

    /// The classes seen, ascending, and the position among them of each label.
    let private seen operation (labels: int[]) =
        let seen = labels |> Array.distinct |> Array.sort

        if seen.Length < 2 then
            Fail.data
                operation
                $"all samples are of the class {seen[0]}; there must be two classes or more to tell apart."

        let position = Array.create (Array.last seen + 1) -1
        seen |> Array.iteri (fun i label -> position[label] <- i)
        seen, labels |> Array.map (fun label -> position[label])

    /// What the means need. A number added to all intercepts of a softmax changes nothing: here they add up to zero.
    let private intercepts fitIntercept (w: float[]) (coefficients: float[][]) (means: float[]) =
        let outputs = coefficients.Length

        if fitIntercept then
            let raw =
                Array.init outputs (fun k ->
                    w[means.Length * outputs + k] - Array.fold2 (fun sum c m -> sum + c * m) 0.0 coefficients[k] means)

            let shared = if outputs > 1 then Array.average raw else 0.0
            raw |> Array.map (fun intercept -> intercept - shared)
        else
            Array.zeroCreate outputs

    let private fitBy (options: LogisticRegressionOptions) own (x: Tensor) (y: Tensor) : LogisticRegression =
        check options
        let operation = "LogisticRegression.fit"
        let samples = Samples.read operation x
        let labels = Samples.labels operation samples y
        let seen, targets = seen operation labels
        // with C infinite the penalty's weight is 0 and the losses count 1
        let scale, ridge = if Double.IsInfinity options.C then 1.0, 0.0 else options.C, 1.0

        let weights =
            ClassWeights.ofSamples operation options.ClassWeights (Samples.weights operation samples own) labels
            |> Array.map (fun w -> w * scale)

        let outputs = if seen.Length = 2 then 1 else seen.Length
        let features = samples.Features
        // an intercept takes up the means, and centred features are better conditioned
        let means =
            if options.FitIntercept then
                Samples.means samples
            else
                Array.zeroCreate features

        let inputs = if options.FitIntercept then features + 1 else features

        let matrix =
            if options.FitIntercept then
                withOnes (Samples.less means samples)
            else
                samples.Values

        let objective = LogisticObjective(matrix, targets, weights, features, inputs, outputs, ridge)
        let w, steps = Newton.minimize objective (inputs * outputs) options.MaxIterations options.Tolerance
        let coefficients = Array.init outputs (fun k -> Array.init features (fun j -> w[j * outputs + k]))

        { Coefficients = coefficients
          Intercepts = intercepts options.FitIntercept w coefficients means
          Seen = seen
          Classes = Array.last seen + 1
          Iterations = steps }

    /// What minimizes C Σ loss + |w|² / 2 over x [n; features] and classes y [n] (0 .. k - 1), the objective of scikit-learn's
    /// default: log loss of a sigmoid for two classes, cross-entropy of a softmax for more. By Newton's method.
    let fit (options: LogisticRegressionOptions) (x: Tensor) (y: Tensor) : LogisticRegression = fitBy options None x y

    /// `fit` with a weight for each sample [n], 0 or more, by which its loss is multiplied.
    let fitWeighted
        (options: LogisticRegressionOptions)
        (weights: Tensor)
        (x: Tensor)
        (y: Tensor)
        : LogisticRegression =
        fitBy options (Some weights) x y

    let private features (model: LogisticRegression) = model.Coefficients[0].Length

    let private scores operation (x: Tensor) (model: LogisticRegression) : float[] =
        let samples = Samples.readFor operation (features model) x
        let outputs = model.Intercepts.Length

        Array.init (samples.Rows * outputs) (fun at ->
            let k = at % outputs
            let mutable sum = model.Intercepts[k]

            for j in 0 .. samples.Features - 1 do
                sum <- sum + samples.At(at / outputs, j) * model.Coefficients[k].[j]

            sum)

    /// The log odds of the second class (Float64 [n; 1]), or the scores of the classes seen (Float64 [n; classes seen]):
    /// scikit-learn's decision function.
    let decision (x: Tensor) (model: LogisticRegression) : Tensor =
        Samples.ofRows model.Intercepts.Length (scores "LogisticRegression.decision" x model)

    /// The most probable class of each sample of x [n; features]: Int32 [n].
    let predict (x: Tensor) (model: LogisticRegression) : Tensor =
        let scores = scores "LogisticRegression.predict" x model

        if model.Intercepts.Length = 1 then
            scores |> Array.map (fun z -> if z > 0.0 then model.Seen[1] else model.Seen[0])
        else
            Samples.largest model.Intercepts.Length scores |> Array.map (fun k -> model.Seen[k])
        |> Samples.ofLabels

    /// The probability of each class for each sample: Float64 [n; classes].
    let probabilities (x: Tensor) (model: LogisticRegression) : Tensor =
        let scores = scores "LogisticRegression.probabilities" x model
        let outputs = model.Intercepts.Length
        let rows = scores.Length / outputs
        let all = Array.zeroCreate<float>(rows * model.Classes)

        for i in 0 .. rows - 1 do
            if outputs = 1 then
                let p = Probabilities.sigmoid scores[i]
                all[i * model.Classes + model.Seen[0]] <- 1.0 - p
                all[i * model.Classes + model.Seen[1]] <- p
            else
                let row = Span(scores, i * outputs, outputs)
                Probabilities.softmax row |> ignore

                for k in 0 .. outputs - 1 do
                    all[i * model.Classes + model.Seen[k]] <- row[k]

        Samples.ofRows model.Classes all

    /// The generic form, to be saved.
    let toState (model: LogisticRegression) : LearnerState =
        { Kind = kind
          Settings = [ "classes", Setting.Whole model.Classes; "iterations", Setting.Whole model.Iterations ]
          Tensors =
            [ LearnerStates.floats
                  "coefficients"
                  [ model.Intercepts.Length; features model ]
                  (Array.concat model.Coefficients)
              LearnerStates.floats "intercepts" [ model.Intercepts.Length ] model.Intercepts
              LearnerStates.ints "seen" model.Seen ] }

    /// The model of its generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : LogisticRegression =
        LearnerStates.demandKind kind state
        let source = LearnerStates.settings state
        let coefficients = LearnerStates.readFloats state "coefficients"
        let intercepts = LearnerStates.readFloats state "intercepts"

        { Coefficients = Array.splitInto intercepts.Length coefficients
          Intercepts = intercepts
          Seen = LearnerStates.readInts state "seen"
          Classes = Settings.whole source "classes"
          Iterations = Settings.whole source "iterations" }

    /// The model as a learner of any kind.
    let fitted (model: LogisticRegression) : FittedLearner =
        { Kind = kind
          Task = LearnerTask.Classification
          Features = features model
          Classes = model.Classes
          Predict = fun x -> predict x model
          Probabilities = Some(fun x -> probabilities x model)
          State = fun () -> toState model }

    /// Logistic regression as a learner.
    let learner (options: LogisticRegressionOptions) : Learner =
        Learner.ofFits kind LearnerTask.Classification (fun weights x y -> fitted (fitBy options weights x y))
