namespace Functional

/// Layers that disturb what they are given while training, and give it unchanged otherwise. Each draws from the key of
/// its own place in this step.
[<AutoOpen>]
module RegularizationLayers =
    let private demandRate kind (rate: float) =
        if not (rate >= 0.0 && rate < 1.0) then
            Fail.argument kind "rate" rate "is not a share to drop; give 0 or more, and less than 1."

    let private demandFloat kind (x: Tensor) =
        if not x.DType.IsFloat then
            Fail.dtypes
                kind
                [ "the input", x.DType ]
                "works on float32, float64, float16 or bfloat16; cast it with Tensor.cast Float32"

    let private inTraining kind settings (f: Key -> Tensor -> Tensor) : Layer<Tensor, Tensor> =
        Layer.stateless kind settings (fun shapes -> [ Layer.single kind shapes ]) (fun run x ->
            if run.Training then
                demandFloat kind x
                Core.beside x (fun () -> f run.Key x)
            else
                x)

    /// Sets a share of the elements to zero while training, each by a draw of its own, and divides the others by 1 -
    /// rate, so that nothing changes outside training. Any shape. A rate outside [0, 1) is an error. (Srivastava et al.
    /// 2014, "Dropout: a simple way to prevent neural networks from overfitting".)
    let dropout (rate: float) : Layer<Tensor, Tensor> =
        demandRate "dropout" rate

        inTraining "dropout" [ "rate", Setting.Number rate ] (fun key x ->
            if rate = 0.0 then
                x
            else
                let kept = Random.bernoulli (1.0 - rate) key x.Shape
                Tensor.where kept (x * (1.0 / (1.0 - rate))) (Tensor.zerosLike x))

    /// Adds normal noise of mean 0 and standard deviation `sd` while training. Any shape. A negative deviation is an
    /// error.
    let gaussianNoise (sd: float) : Layer<Tensor, Tensor> =
        if not (sd >= 0.0 && System.Double.IsFinite sd) then
            Fail.argument "gaussianNoise" "sd" sd "is not a standard deviation; give 0 or more."

        inTraining "gaussian_noise" [ "stddev", Setting.Number sd ] (fun key x ->
            x + Random.normalOf x.DType 0.0 sd key x.Shape)

    /// Multiplies by normal noise of mean 1 and standard deviation sqrt(rate / (1 - rate)) while training, which has
    /// the mean and the variance of `dropout rate`. Any shape. A rate outside [0, 1) is an error.
    let gaussianDropout (rate: float) : Layer<Tensor, Tensor> =
        demandRate "gaussianDropout" rate

        inTraining "gaussian_dropout" [ "rate", Setting.Number rate ] (fun key x ->
            x * Random.normalOf x.DType 1.0 (sqrt (rate / (1.0 - rate))) key x.Shape)
