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

    /// `dropout` that drops whole channels: all elements of time and space of a channel together.
    let private spatialDropout axes format rate : Layer<Tensor, Tensor> =
        let kind = $"spatial_dropout{axes}d"
        demandRate kind rate

        let shape shapes =
            let sample: Shape = Layer.single kind shapes

            if sample.Length <> axes + 1 then
                Fail.shapes
                    kind
                    [ "sample", sample ]
                    $"a sample must have {axes + 1} axes, of which one is of the channels."

            [ sample ]

        let drop (run: Run) (x: Tensor) =
            if not run.Training || rate = 0.0 then
                x
            else
                demandFloat kind x
                let channels = if format = DataFormat.ChannelsFirst then 1 else x.Rank - 1
                let one = x.Shape |> List.mapi (fun i n -> if i = 0 || i = channels then n else 1)

                Core.beside x (fun () ->
                    let kept = Tensor.broadcastTo x.Shape (Random.bernoulli (1.0 - rate) run.Key one)
                    Tensor.where kept (x * (1.0 / (1.0 - rate))) (Tensor.zerosLike x))

        Layer.stateless kind [ "rate", Setting.Number rate; DataFormat.toSetting format ] shape drop

    /// `dropout` of whole features of a sequence [time; features], or [features; time] as the format says. (Tompson et al.
    /// 2014, "Efficient object localization using convolutional networks".) PyTorch: Dropout1d, features in front.
    let spatialDropout1DWith (format: DataFormat) (rate: float) : Layer<Tensor, Tensor> = spatialDropout 1 format rate

    /// `spatialDropout1DWith` the channels behind.
    let spatialDropout1D (rate: float) = spatialDropout1DWith DataFormat.ChannelsLast rate

    /// `dropout` of whole channels of an image [height; width; channels], or [channels; height; width]. PyTorch: Dropout2d.
    let spatialDropout2DWith (format: DataFormat) (rate: float) : Layer<Tensor, Tensor> = spatialDropout 2 format rate

    /// `spatialDropout2DWith` the channels behind.
    let spatialDropout2D (rate: float) = spatialDropout2DWith DataFormat.ChannelsLast rate

    /// `dropout` of whole channels of a volume [depth; height; width; channels], or [channels; ...]. PyTorch: Dropout3d.
    let spatialDropout3DWith (format: DataFormat) (rate: float) : Layer<Tensor, Tensor> = spatialDropout 3 format rate

    /// `spatialDropout3DWith` the channels behind.
    let spatialDropout3D (rate: float) = spatialDropout3DWith DataFormat.ChannelsLast rate

    // where selu ends far below zero
    let private lowest = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946

    /// `dropout` for networks of `selu`: dropped elements become the lowest value of selu, and all are scaled and shifted so
    /// that mean 0 and variance 1 stay. A rate outside [0, 1) is an error. (Klambauer et al. 2017, "Self-normalizing neural
    /// networks".)
    let alphaDropout (rate: float) : Layer<Tensor, Tensor> =
        demandRate "alphaDropout" rate

        inTraining "alpha_dropout" [ "rate", Setting.Number rate ] (fun key x ->
            let kept = Random.bernoulli (1.0 - rate) key x.Shape
            let scale = 1.0 / sqrt ((1.0 - rate) * (1.0 + rate * lowest * lowest))
            Tensor.where kept x (Tensor.fullLike lowest x) * scale - scale * lowest * rate)
