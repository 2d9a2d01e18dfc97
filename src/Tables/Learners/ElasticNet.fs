namespace Functional

/// Options of regression with a penalty on absolute (lasso) and squared coefficients.
type ElasticNetOptions =
    {
        /// The weight of the penalty, 0 or more. Default 1.
        Alpha: float
        /// The share of the absolute values in the penalty, 0 to 1: 1 is the lasso. Default 0.5; `Lasso` takes 1.
        L1Ratio: float
        /// Whether there is an intercept, which is not penalized. Default true.
        FitIntercept: bool
        /// At most so many passes over the coefficients. Default 1000.
        MaxIterations: int
        /// Descent ends when the duality gap is below this times the sum of squared (centred) targets. Default 1e-4.
        Tolerance: float
    }

    /// The defaults, scikit-learn's.
    static member defaults =
        { Alpha = 1.0; L1Ratio = 0.5; FitIntercept = true; MaxIterations = 1000; Tolerance = 1e-4 }

/// Linear regression whose penalty is a mix of absolute and squared coefficients, by coordinate descent.
[<RequireQualifiedAccess>]
module ElasticNet =
    let private check (options: ElasticNetOptions) =
        let operation = "ElasticNet.fit"

        if not (options.Alpha >= 0.0) then
            Fail.argument operation "Alpha" options.Alpha "is negative; give 0 or more."

        if not (options.L1Ratio >= 0.0 && options.L1Ratio <= 1.0) then
            Fail.argument operation "L1Ratio" options.L1Ratio "is no share; give a number from 0 to 1."

        if options.MaxIterations < 1 then
            Fail.argument operation "MaxIterations" options.MaxIterations "is below 1; give 1 pass or more."

    let private dot (a: float[]) (b: float[]) =
        let mutable sum = 0.0

        for i in 0 .. a.Length - 1 do
            sum <- sum + a[i] * b[i]

        sum

    /// The gap between the objective and its dual at the point made feasible by scaling the residuals.
    let private gap l1 l2 (columns: float[][]) (y: float[]) (residual: float[]) (w: float[]) =
        let dual = columns |> Array.mapi (fun j column -> abs (dot column residual - l2 * w[j])) |> Array.max

        let squared = dot residual residual
        let scale = if dual > l1 then l1 / dual else 1.0
        let w1, w2 = w |> Array.sumBy abs, dot w w

        0.5 * squared * (1.0 + scale * scale) + l1 * w1 - scale * dot residual y
        + 0.5 * l2 * (1.0 + scale * scale) * w2

    /// One pass: each coefficient goes to its minimum, the others held. Gives the largest change and the largest coefficient.
    let private sweep l1 l2 (columns: float[][]) (norms: float[]) (residual: float[]) (w: float[]) =
        let mutable change = 0.0
        let mutable largest = 0.0

        for j in 0 .. w.Length - 1 do
            if norms[j] > 0.0 then
                let before = w[j]
                let slope = dot columns[j] residual + norms[j] * before
                let shrunk = float (sign slope) * max 0.0 (abs slope - l1)
                let after = shrunk / (norms[j] + l2)

                if after <> before then
                    let column = columns[j]

                    for i in 0 .. residual.Length - 1 do
                        residual[i] <- residual[i] + (before - after) * column[i]

                w[j] <- after
                change <- max change (abs (after - before))
                largest <- max largest (abs after)

        change, largest

    let private descend (options: ElasticNetOptions) (columns: float[][]) (y: float[]) : float[] =
        let n = float y.Length
        let l1 = options.Alpha * options.L1Ratio * n
        let l2 = options.Alpha * (1.0 - options.L1Ratio) * n
        let norms = columns |> Array.map (fun column -> dot column column)
        let residual = Array.copy y
        let w = Array.zeroCreate<float> columns.Length
        let mutable pass = 0
        let mutable running = true

        while running && pass < options.MaxIterations do
            let change, largest = sweep l1 l2 columns norms residual w
            pass <- pass + 1
            // the gap costs a pass, so it is looked at only when the coefficients have come to rest
            if largest = 0.0 || change <= options.Tolerance * largest || pass = options.MaxIterations then
                running <- gap l1 l2 columns y residual w > options.Tolerance * dot y y && change > 0.0

        w

    let private fitBy (options: ElasticNetOptions) (weights: Tensor option) (x: Tensor) (y: Tensor) : LinearModel =
        check options
        let operation = "ElasticNet.fit"
        let samples = Samples.read operation x

        // with the mean 1, so that the penalty counts as much as without weights
        let weights =
            Samples.weights operation samples weights
            |> Option.map (fun weights ->
                let mean = Array.average weights
                weights |> Array.map (fun w -> w / mean))

        let y = Samples.targets operation samples y
        let samples, y, means, mean = LinearModel.centred options.FitIntercept weights samples y

        let columns = Array.init samples.Features (fun j -> Array.init samples.Rows (fun i -> samples.At(i, j)))

        LinearModel.ofCentred "elastic_net" (descend options columns y) means mean

    /// What minimizes |y - X w|² / (2 n) + alpha (ratio |w|₁ + (1 - ratio) |w|² / 2), the objective of scikit-learn's ElasticNet,
    /// over x [n; features] and the numbers y [n]. Ends after MaxIterations passes at the latest.
    let fit (options: ElasticNetOptions) (x: Tensor) (y: Tensor) : LinearModel = fitBy options None x y

    /// `fit` with a weight for each sample [n], 0 or more; only their ratios count.
    let fitWeighted (options: ElasticNetOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : LinearModel =
        fitBy options (Some weights) x y

    /// The elastic net as a learner.
    let learner (options: ElasticNetOptions) : Learner = LinearModel.learner "elastic_net" (fitBy options)

/// Linear regression with a penalty on absolute coefficients, which makes some of them zero: the elastic net with a share of 1.
[<RequireQualifiedAccess>]
module Lasso =
    /// scikit-learn's defaults for its Lasso.
    let defaults: ElasticNetOptions = { ElasticNetOptions.defaults with L1Ratio = 1.0 }

    /// What minimizes |y - X w|² / (2 n) + alpha |w|₁; the L1Ratio of the options is taken as 1. See `ElasticNet.fit`.
    let fit (options: ElasticNetOptions) (x: Tensor) (y: Tensor) : LinearModel =
        ElasticNet.fit { options with L1Ratio = 1.0 } x y

    /// `fit` with a weight for each sample [n], 0 or more; only their ratios count.
    let fitWeighted (options: ElasticNetOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : LinearModel =
        ElasticNet.fitWeighted { options with L1Ratio = 1.0 } weights x y

    /// The lasso as a learner.
    let learner (options: ElasticNetOptions) : Learner = ElasticNet.learner { options with L1Ratio = 1.0 }
