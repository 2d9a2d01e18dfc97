/// The plane of the first two principal components.
module internal Functional.PrincipalPlane

open MathNet.Numerics.LinearAlgebra

/// Samples [n; features] as positions Float64 [n; 2] along the first two principal components, by the eigenvectors of the
/// smaller of the covariance and the Gram matrix. Of one feature alone the second coordinate is 0. The farthest sample is
/// on the positive side of each component.
let project (x: Tensor) : Tensor =
    let n, features = x.Shape[0], x.Shape[1]
    let centered = Tensor.cast Float64 x |> fun x -> x - Tensor.meanKeep [ 0 ] x
    let isTall = n >= features

    let products =
        if isTall then
            Tensor.matmul (Tensor.transpose centered) centered
        else
            Tensor.matmul centered (Tensor.transpose centered)

    let size = products.Shape[0]

    let solved =
        Matrix.Build.DenseOfRowMajor(size, size, Tensor.toFloat64Array products).Evd(Symmetricity.Symmetric)

    let along rank =
        if rank >= size then
            Array.zeroCreate n
        else
            let column = size - 1 - rank
            let vector = solved.EigenVectors.Column(column).ToArray()

            let scores =
                if isTall then
                    Tensor.toFloat64Array (Tensor.matmul centered (Tensor.ofFloat64Array [ features ] vector))
                else
                    let length = sqrt (max 0.0 solved.EigenValues[column].Real)
                    vector |> Array.map (fun v -> v * length)

            let farthest = scores |> Array.maxBy abs
            if farthest < 0.0 then Array.map (~-) scores else scores

    Tensor.transpose (Tensor.ofFloat64Array [ 2; n ] (Array.append (along 0) (along 1)))
