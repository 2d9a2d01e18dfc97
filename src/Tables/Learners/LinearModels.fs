namespace Functional

open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.LinearAlgebra.Factorization

/// A linear function fitted to numbers: y = x · Coefficients + Intercept. What linear, ridge and lasso regression give.
type LinearModel =
    {
        /// How it was fitted: "linear_regression", "ridge_regression" or "elastic_net".
        Kind: string
        /// The weight of each feature.
        Coefficients: float[]
        /// What is added.
        Intercept: float
    }

/// Options of linear regression.
type LinearRegressionOptions =
    {
        /// Whether there is an intercept, which is else 0. Default true.
        FitIntercept: bool
    }

    /// The defaults, scikit-learn's.
    static member defaults = { FitIntercept = true }

/// Options of ridge regression.
type RidgeOptions =
    {
        /// The weight of the squared coefficients, 0 or more. Default 1.
        Alpha: float
        /// Whether there is an intercept, which is not penalized. Default true.
        FitIntercept: bool
    }

    /// The defaults, scikit-learn's.
    static member defaults = { Alpha = 1.0; FitIntercept = true }

/// Using fitted linear functions.
[<RequireQualifiedAccess>]
module LinearModel =
    let private kinds = [ "linear_regression"; "ridge_regression"; "elastic_net" ]

    /// The number predicted for each sample of x [n; features]: Float64 [n].
    let predict (x: Tensor) (model: LinearModel) : Tensor =
        let samples = Samples.readFor "LinearModel.predict" model.Coefficients.Length x

        Array.init samples.Rows (fun i ->
            let mutable sum = model.Intercept

            for j in 0 .. samples.Features - 1 do
                sum <- sum + samples.At(i, j) * model.Coefficients[j]

            sum)
        |> Samples.ofTargets

    /// The generic form, to be saved.
    let toState (model: LinearModel) : LearnerState =
        { Kind = model.Kind
          Settings = []
          Tensors =
            [ LearnerStates.floats "coefficients" [ model.Coefficients.Length ] model.Coefficients
              LearnerStates.floats "intercept" [ 1 ] [| model.Intercept |] ] }

    /// The model of its generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : LinearModel =
        if not (List.contains state.Kind kinds) then
            LearnerStates.demandKind "linear_regression" state

        { Kind = state.Kind
          Coefficients = LearnerStates.readFloats state "coefficients"
          Intercept = (LearnerStates.readFloats state "intercept")[0] }

    /// The model as a learner of any kind.
    let fitted (model: LinearModel) : FittedLearner =
        { Kind = model.Kind
          Task = LearnerTask.Regression
          Features = model.Coefficients.Length
          Classes = 0
          Predict = fun x -> predict x model
          Probabilities = None
          State = fun () -> toState model }

    let internal learner kind (fit: Tensor option -> Tensor -> Tensor -> LinearModel) : Learner =
        Learner.ofFits kind LearnerTask.Regression (fun weights x y -> fitted (fit weights x y))

    /// Samples and targets less their means, where there is an intercept, and the means. With weights the means are weighted, and
    /// rows are multiplied by the roots of the weights, so that their squares count as much as they weigh.
    let internal centred fitIntercept (weights: float[] option) (samples: Samples) (y: float[]) =
        let less, centredY, means, mean =
            if fitIntercept then
                let means, mean =
                    match weights with
                    | Some w -> Samples.weightedMeans w samples, Array.sum (Array.map2 (*) w y) / Array.sum w
                    | None -> Samples.means samples, Array.average y

                Samples.less means samples, y |> Array.map (fun v -> v - mean), means, mean
            else
                samples, y, Array.zeroCreate samples.Features, 0.0

        match weights with
        | Some weights ->
            let roots = Array.map sqrt weights
            Samples.times roots less, Array.map2 (*) roots centredY, means, mean
        | None -> less, centredY, means, mean

    /// The model of centred data: the intercept is what the means need.
    let internal ofCentred kind (coefficients: float[]) (means: float[]) mean : LinearModel =
        { Kind = kind
          Coefficients = coefficients
          Intercept = mean - Array.fold2 (fun sum c m -> sum + c * m) 0.0 coefficients means }

/// Least squares by QR and singular values.
module private LeastSquares =
    /// What minimizes |y - X w|² + penalty |w|²; without penalty the shortest of what minimizes |y - X w|². A thin QR reduces
    /// the matrix to its shorter side; its singular values are then taken, those below precision counting as 0.
    let solve (penalty: float) (samples: Samples) (y: float[]) : float[] =
        let x = Matrix<float>.Build.DenseOfRowMajor(samples.Rows, samples.Features, samples.Values)
        let y: Vector<float> = Vector<float>.Build.DenseOfArray y

        let (left: Matrix<float> option), (square: Matrix<float>), (right: Matrix<float> option) =
            if samples.Rows > samples.Features then
                let qr = x.QR QRMethod.Thin
                Some qr.Q, qr.R, None
            elif samples.Rows < samples.Features then
                let qr = x.Transpose().QR QRMethod.Thin
                None, qr.R.Transpose(), Some qr.Q
            else
                None, x, None

        let svd: Svd<float> = square.Svd true
        let largest = svd.S.Maximum()
        let negligible = largest * 2.220446049250313e-16 * float (max samples.Rows samples.Features)
        let reduced = left |> Option.fold (fun (v: Vector<float>) q -> q.TransposeThisAndMultiply v) y
        let rotated = svd.U.TransposeThisAndMultiply reduced

        let scaled =
            rotated.MapIndexed(fun i v ->
                let s = svd.S[i]
                if s <= negligible && penalty = 0.0 then 0.0 else v * s / (s * s + penalty))

        let w = svd.VT.TransposeThisAndMultiply scaled
        (right |> Option.fold (fun (v: Vector<float>) q -> q.Multiply v) w).ToArray()

/// Linear regression by ordinary least squares.
[<RequireQualifiedAccess>]
module LinearRegression =
    let private fitBy (options: LinearRegressionOptions) weights (x: Tensor) (y: Tensor) : LinearModel =
        let operation = "LinearRegression.fit"
        let samples = Samples.read operation x
        let weights = Samples.weights operation samples weights
        let y = Samples.targets operation samples y
        let samples, y, means, mean = LinearModel.centred options.FitIntercept weights samples y
        LinearModel.ofCentred "linear_regression" (LeastSquares.solve 0.0 samples y) means mean

    /// What minimizes the sum of squared residuals over x [n; features] and the numbers y [n]: QR and singular values, so that
    /// features that depend on each other give the shortest coefficients, as in scikit-learn.
    let fit (options: LinearRegressionOptions) (x: Tensor) (y: Tensor) : LinearModel = fitBy options None x y

    /// `fit` with a weight for each sample [n], 0 or more.
    let fitWeighted (options: LinearRegressionOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : LinearModel =
        fitBy options (Some weights) x y

    /// Linear regression as a learner.
    let learner (options: LinearRegressionOptions) : Learner = LinearModel.learner "linear_regression" (fitBy options)

/// Linear regression with a penalty on the squared coefficients.
[<RequireQualifiedAccess>]
module RidgeRegression =
    let private fitBy (options: RidgeOptions) weights (x: Tensor) (y: Tensor) : LinearModel =
        let operation = "RidgeRegression.fit"

        if not (options.Alpha >= 0.0) then
            Fail.argument operation "Alpha" options.Alpha "is negative; give 0 or more."

        let samples = Samples.read operation x
        let weights = Samples.weights operation samples weights
        let y = Samples.targets operation samples y
        let samples, y, means, mean = LinearModel.centred options.FitIntercept weights samples y
        LinearModel.ofCentred "ridge_regression" (LeastSquares.solve options.Alpha samples y) means mean

    /// What minimizes |y - X w|² + alpha |w|², the objective of scikit-learn's Ridge. A negative alpha is an error.
    let fit (options: RidgeOptions) (x: Tensor) (y: Tensor) : LinearModel = fitBy options None x y

    /// `fit` with a weight for each sample [n], 0 or more.
    let fitWeighted (options: RidgeOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : LinearModel =
        fitBy options (Some weights) x y

    /// Ridge regression as a learner.
    let learner (options: RidgeOptions) : Learner = LinearModel.learner "ridge_regression" (fitBy options)
