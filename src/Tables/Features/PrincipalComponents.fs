namespace Functional

open System
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.LinearAlgebra.Factorization

/// How many principal components are kept.
[<RequireQualifiedAccess>]
type ComponentCount =
    /// All: the smaller of samples and features.
    | All
    /// So many.
    | Count of int
    /// The fewest that explain more than this share of the variance.
    | Variance of share: float

/// Options of principal components.
type PrincipalComponentsOptions =
    {
        /// How many are kept. Default all.
        Components: ComponentCount
        /// Whether scores are divided by their deviation, so that each has variance 1. Default false.
        Whiten: bool
    }

    /// All components, not whitened.
    static member defaults = { Components = ComponentCount.All; Whiten = false }

/// The directions of the largest variance of samples. scikit-learn: PCA.
type PrincipalComponents =
    {
        /// The mean of each feature, which is taken off first.
        Means: float[]
        /// The directions, of length 1, by falling variance: a row of weights of the features for each.
        Components: float[][]
        /// The variance along each, by n - 1.
        ExplainedVariance: float[]
        /// Its share of the variance of all features.
        ExplainedVarianceRatio: float[]
        /// The singular values of the centred samples.
        SingularValues: float[]
        /// The mean variance of the components that were left out; 0 where none was (Tipping and Bishop 1999).
        NoiseVariance: float
        /// Whether scores are divided by their deviation.
        Whiten: bool
    }

/// Principal components by singular value decomposition.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module PrincipalComponents =
    let private operation = "PrincipalComponents.fit"

    /// Left vectors [n; r] and singular values, falling, of a tall matrix: QR first, since the left vectors of all n rows
    /// would take n^2 numbers.
    let private ofTall (x: Matrix<float>) =
        let qr = x.QR QRMethod.Thin
        let svd = qr.R.Svd true
        qr.Q * svd.U, svd.S.AsArray(), svd.VT

    /// The product of a matrix [n; k] with its own transpose, by the kernels of tensors.
    let private gram rows columns (values: float[]) =
        let x = Tensor.ofFloat64Array [ rows; columns ] values
        Tensor.matmul x (Tensor.transpose x)

    /// The same of a wide matrix from the eigenvectors of its Gram matrix [n; n]: right vectors are X^T U / S.
    let private ofWide rows columns (values: float[]) =
        let product = gram rows columns values |> Tensor.toFloat64Array
        let evd = Matrix<float>.Build.Dense(rows, rows, product).Evd Symmetricity.Symmetric
        let order = [| rows - 1 .. -1 .. 0 |]
        let singular = order |> Array.map (fun i -> sqrt (max 0.0 evd.EigenValues[i].Real))

        let left =
            Matrix<float>.Build.DenseOfColumnArrays(order |> Array.map (fun i -> evd.EigenVectors.Column(i).ToArray()))

        let u = Tensor.ofFloat64Array [ rows; rows ] (left.ToRowMajorArray())

        let projected =
            Tensor.matmul (Tensor.transpose u) (Tensor.ofFloat64Array [ rows; columns ] values)
            |> Tensor.toFloat64Array
        // the centred rows have rank n - 1: a direction without variance is left 0
        let least = singular[0] * 1e-10
        let scale i = if singular[i] > least then 1.0 / singular[i] else 0.0
        let right = Matrix<float>.Build.Dense(rows, columns, fun i j -> projected[i * columns + j] * scale i)
        left, singular, right

    /// Whether each component is turned round: the largest element of its left vector is to be positive, as scikit-learn's
    /// svd_flip chooses it.
    let private isNegative (left: Matrix<float>) i =
        let column = left.Column i
        column[column.AbsoluteMaximumIndex()] < 0.0

    let private countOf (options: PrincipalComponentsOptions) (ratios: float[]) =
        match options.Components with
        | ComponentCount.All -> ratios.Length
        | ComponentCount.Count n when n >= 1 && n <= ratios.Length -> n
        | ComponentCount.Count n ->
            Fail.argument
                operation
                "Components"
                n
                $"is not from 1 to {ratios.Length}, the smaller of samples and features."
        | ComponentCount.Variance share when share > 0.0 && share < 1.0 ->
            let reached = Array.scan (+) 0.0 ratios |> Array.tail

            1
            + (reached |> Array.tryFindIndex (fun sum -> sum > share) |> Option.defaultValue (ratios.Length - 1))
        | ComponentCount.Variance share ->
            Fail.argument
                operation
                "Components"
                share
                "is no share of the variance; give a number between 0 and 1, such as 0.95."

    /// The principal components of samples x [n; k], at least two.
    ///
    /// Signs are as in scikit-learn before 1.5: the sample farthest along a component has a positive score. Where there are
    /// more features than samples the Gram matrix [n; n] is decomposed, in n^2 k steps; components whose singular value is
    /// below 1e-5 of the largest are then less exact, and those below 1e-10 are 0. Raises `InvalidData` for NaN, one sample,
    /// or no variance.
    let fit (options: PrincipalComponentsOptions) (x: Tensor) : PrincipalComponents =
        let samples = Samples.read operation x
        let rows, columns = samples.Rows, samples.Features

        if rows < 2 then
            Fail.data operation "there is one sample; components need two at least."

        let means = Samples.means samples
        let centered = samples.Values |> Array.mapi (fun i v -> v - means[i % columns])

        let left, singular, right =
            if columns > rows then
                ofWide rows columns centered
            else
                ofTall (Matrix<float>.Build.DenseOfRowMajor(rows, columns, centered))

        let variances = singular |> Array.map (fun s -> s * s / float (rows - 1))
        let total = Array.sum variances

        if total = 0.0 then
            Fail.data operation "all samples are equal, so that no direction has variance."

        let ratios = variances |> Array.map (fun v -> v / total)
        let count = countOf options ratios
        let sign i = if isNegative left i then -1.0 else 1.0

        { Means = means
          Components = Array.init count (fun i -> right.Row(i).ToArray() |> Array.map ((*) (sign i)))
          ExplainedVariance = variances[.. count - 1]
          ExplainedVarianceRatio = ratios[.. count - 1]
          SingularValues = singular[.. count - 1]
          NoiseVariance = if count < variances.Length then Array.average variances[count..] else 0.0
          Whiten = options.Whiten }

    let private components (model: PrincipalComponents) =
        Tensor.ofFloat64Array [ model.Components.Length; model.Means.Length ] (Array.concat model.Components)

    let private vector (values: float[]) = Tensor.ofFloat64Array [ values.Length ] values
    let private deviations (model: PrincipalComponents) = vector (model.ExplainedVariance |> Array.map sqrt)

    /// The scores of samples x [n; k] along the components: Float64 [n; components].
    let transform (x: Tensor) (model: PrincipalComponents) : Tensor =
        let samples = Samples.readFor "PrincipalComponents.transform" model.Means.Length x
        let values = Tensor.ofFloat64Array [ samples.Rows; samples.Features ] samples.Values
        let scores = Tensor.matmul (values - vector model.Means) (Tensor.transpose (components model))
        if model.Whiten then scores / deviations model else scores

    /// Samples from scores [n; components]: Float64 [n; k]. Where components were left out the nearest there are.
    let inverse (scores: Tensor) (model: PrincipalComponents) : Tensor =
        let samples = Samples.readFor "PrincipalComponents.inverse" model.Components.Length scores
        let scores = Tensor.ofFloat64Array [ samples.Rows; samples.Features ] samples.Values
        let scores = if model.Whiten then scores * deviations model else scores
        Tensor.matmul scores (components model) + vector model.Means
