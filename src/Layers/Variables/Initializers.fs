namespace Functional

open System
open System.Runtime.Intrinsics

/// An initializer of parameters: its name and settings, and the draw.
type Initializer =
    {
        /// The name in Keras's snake case: "glorot_uniform".
        Name: string
        /// Its options under Keras's names.
        Settings: (string * Setting) list
        /// The float32 parameter of a shape, from a key.
        Draw: Key -> Shape -> Tensor
    }

/// The fan by which the variance of an initializer is divided.
[<RequireQualifiedAccess>]
type FanMode =
    /// The number of inputs of one output.
    | FanIn
    /// The number of outputs of one input.
    | FanOut
    /// The mean of both.
    | FanAverage

/// The distribution that a variance-scaling initializer draws from.
[<RequireQualifiedAccess>]
type InitialDistribution =
    /// Normal, cut at two standard deviations, and widened so that the variance is what it would be uncut.
    | TruncatedNormal
    /// Normal.
    | UntruncatedNormal
    /// Uniform around zero.
    | Uniform

/// Initializers, with the names and the defaults of Keras. All draw float32 numbers, the same ones for the same key and
/// shape. Fans are counted as in Keras: a dense kernel is [in; out], a convolution's kernel has the spatial axes in
/// front, and their product, the receptive field, multiplies both fans.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Initializer =
    let private make name settings draw = { Name = name; Settings = settings; Draw = draw }

    let private demandFinite name argument (value: float) =
        if not (Double.IsFinite value) then
            Fail.argument $"Initializer.{name}" argument value "is not a finite number."

    let private demandDeviation name (value: float) =
        demandFinite name "sd" value

        if value < 0.0 then
            Fail.argument $"Initializer.{name}" "sd" value "is not a standard deviation; give 0 or more."

    /// All zeros: the default of biases.
    let zeros = make "zeros" [] (fun _ shape -> Tensor.zeros shape)

    /// All ones.
    let ones = make "ones" [] (fun _ shape -> Tensor.ones shape)

    /// One value everywhere. It must be finite.
    let constant (value: float) =
        demandFinite "constant" "value" value
        make "constant" [ "value", Setting.Number value ] (fun _ shape -> Tensor.full shape value)

    /// The elements of a tensor, as float32: Keras's constant of an array. It is broadcast to the parameter's shape; a
    /// tensor that cannot be is an error when the layer is built. Saved models hold the elements.
    let ofTensor (value: Tensor) =
        let value = Tensor.cast Float32 value
        let elements = Tensor.toFloat64Array value |> Array.map Setting.Number |> List.ofArray

        let settings =
            [ "value", Setting.Group [ "shape", Settings.ofWholes value.Shape; "data", Setting.Items elements ] ]

        make "constant" settings (fun _ shape -> Tensor.broadcastTo shape value)

    /// The tensor that a group of its shape and its elements describes.
    let private tensorOf (setting: Setting) =
        let source = Settings.ofGroup "Initializer" setting

        let elements =
            Settings.items source "data"
            |> List.map (fun item -> Settings.number { source with Settings = [ "data", item ] } "data")

        Tensor.ofFloat64Array (Settings.wholes source "shape") (Array.ofList elements)

    /// Normal numbers. Keras's defaults are mean 0 and standard deviation 0.05. A negative deviation is an error.
    let randomNormal (mean: float) (sd: float) =
        demandFinite "randomNormal" "mean" mean
        demandDeviation "randomNormal" sd

        make "random_normal" [ "mean", Setting.Number mean; "stddev", Setting.Number sd ] (fun key shape ->
            Random.normalOf Float32 mean sd key shape)

    /// Uniform numbers from `low` to below `high`. Keras's defaults are -0.05 and 0.05. `low` must be below `high`.
    let randomUniform (low: float) (high: float) =
        demandFinite "randomUniform" "low" low
        demandFinite "randomUniform" "high" high

        if low >= high then
            Fail.argument
                "Initializer.randomUniform"
                "low"
                low
                $"is not below high = {string high}; give the smaller bound first."

        make "random_uniform" [ "minval", Setting.Number low; "maxval", Setting.Number high ] (fun key shape ->
            Random.uniformOf Float32 low high key shape)

    /// Normal numbers of which none is further than two deviations from the mean; `sd` is the deviation before the cut.
    /// Keras's defaults are mean 0 and standard deviation 0.05. A negative deviation is an error.
    let truncatedNormal (mean: float) (sd: float) =
        demandFinite "truncatedNormal" "mean" mean
        demandDeviation "truncatedNormal" sd

        make "truncated_normal" [ "mean", Setting.Number mean; "stddev", Setting.Number sd ] (fun key shape ->
            Random.truncatedNormalOf Float32 mean sd key shape)

    /// The numbers of inputs and outputs that a parameter of this shape connects.
    let fans (shape: Shape) : int64 * int64 =
        match List.rev shape with
        | [] -> 1L, 1L
        | [ n ] -> int64 n, int64 n
        | outputs :: inputs :: field ->
            let receptive = (1L, field) ||> List.fold (fun size n -> size * int64 n)
            receptive * int64 inputs, receptive * int64 outputs

    /// `fans` of a parameter whose inputs and outputs lie along these axes, such as the kernel [features; heads; units] of
    /// an attention: the products of their lengths, each times those of the axes that are neither. An axis of both is an
    /// error.
    let fansOver (inputAxes: int list) (outputAxes: int list) (shape: Shape) : int64 * int64 =
        let inputs = Fail.checkAxes "Initializer.fansOver" shape inputAxes
        let outputs = Fail.checkAxes "Initializer.fansOver" shape outputAxes

        match List.tryFind (fun axis -> List.contains axis outputs) inputs with
        | Some axis -> Fail.argument "Initializer.fansOver" "axis" axis "is one of inputs and of outputs; name it once."
        | None -> ()

        let size axes = (1L, axes) ||> List.fold (fun size axis -> size * int64 shape[axis])
        let receptive = size ([ 0 .. shape.Length - 1 ] |> List.except (inputs @ outputs))
        receptive * size inputs, receptive * size outputs

    let private scaledBy (fans: Shape -> int64 * int64) scale mode distribution key (shape: Shape) =
        let inputs, outputs = fans shape

        let fan =
            match mode with
            | FanMode.FanIn -> float inputs
            | FanMode.FanOut -> float outputs
            | FanMode.FanAverage -> float (inputs + outputs) / 2.0

        let variance = scale / max 1.0 fan

        match distribution with
        | InitialDistribution.TruncatedNormal ->
            // 0.8796... of the deviation is left after the cut
            Random.truncatedNormalOf Float32 0.0 (sqrt variance / 0.87962566103423978) key shape
        | InitialDistribution.UntruncatedNormal -> Random.normalOf Float32 0.0 (sqrt variance) key shape
        | InitialDistribution.Uniform ->
            let limit = sqrt (3.0 * variance)
            Random.uniformOf Float32 -limit limit key shape

    let private scaled scale mode distribution = scaledBy fans scale mode distribution

    let private modes =
        [ FanMode.FanIn, "fan_in"; FanMode.FanOut, "fan_out"; FanMode.FanAverage, "fan_avg" ]

    let private distributions =
        [ InitialDistribution.TruncatedNormal, "truncated_normal"
          InitialDistribution.UntruncatedNormal, "untruncated_normal"
          InitialDistribution.Uniform, "uniform" ]

    let private nameOf options option = options |> List.find (fst >> (=) option) |> snd

    let private varianceScalingBy axes fans scale mode distribution =
        demandFinite "varianceScaling" "scale" scale

        if scale <= 0.0 then
            Fail.argument "Initializer.varianceScaling" "scale" scale "is not above 0."

        make
            "variance_scaling"
            ([ "scale", Setting.Number scale
               "mode", Setting.Text(nameOf modes mode)
               "distribution", Setting.Text(nameOf distributions distribution) ]
             @ axes)
            (scaledBy fans scale mode distribution)

    /// Numbers around zero of variance scale / fan. Keras's defaults are scale 1, `FanIn` and `TruncatedNormal`. The
    /// scale must be above 0.
    let varianceScaling (scale: float) (mode: FanMode) (distribution: InitialDistribution) =
        varianceScalingBy [] fans scale mode distribution

    /// `varianceScaling` of parameters whose inputs and outputs lie along these axes; see `fansOver`.
    let varianceScalingOver
        (inputAxes: int list)
        (outputAxes: int list)
        (scale: float)
        (mode: FanMode)
        (distribution: InitialDistribution)
        =
        let axes = [ "input_axes", Settings.ofWholes inputAxes; "output_axes", Settings.ofWholes outputAxes ]
        varianceScalingBy axes (fansOver inputAxes outputAxes) scale mode distribution

    /// Uniform in ±sqrt(6 / (fan in + fan out)): the default of kernels. (Glorot and Bengio 2010, "Understanding the
    /// difficulty of training deep feedforward neural networks".) PyTorch's linear layers start uniform in ±1/sqrt(fan
    /// in) instead.
    let glorotUniform = make "glorot_uniform" [] (scaled 1.0 FanMode.FanAverage InitialDistribution.Uniform)

    /// Truncated normal of variance 2 / (fan in + fan out). PyTorch's xavier_normal_ is not truncated.
    let glorotNormal =
        make "glorot_normal" [] (scaled 1.0 FanMode.FanAverage InitialDistribution.TruncatedNormal)

    /// Uniform in ±sqrt(6 / fan in), for layers before a relu. (He et al. 2015, "Delving deep into rectifiers".)
    let heUniform = make "he_uniform" [] (scaled 2.0 FanMode.FanIn InitialDistribution.Uniform)

    /// Truncated normal of variance 2 / fan in, for layers before a relu. PyTorch's kaiming_normal_ is not truncated.
    let heNormal = make "he_normal" [] (scaled 2.0 FanMode.FanIn InitialDistribution.TruncatedNormal)

    /// Uniform in ±sqrt(3 / fan in). (LeCun et al. 1998, "Efficient backprop".)
    let lecunUniform = make "lecun_uniform" [] (scaled 1.0 FanMode.FanIn InitialDistribution.Uniform)

    /// Truncated normal of variance 1 / fan in, for layers before a selu.
    let lecunNormal = make "lecun_normal" [] (scaled 1.0 FanMode.FanIn InitialDistribution.TruncatedNormal)

    /// The sum of products, four running sums wide on every machine, so that the bits do not depend on it.
    let private dot (a: float[]) (b: float[]) =
        let mutable sums = Vector256<float>.Zero
        let whole = a.Length / 4 * 4
        let mutable i = 0

        while i < whole do
            sums <- sums + Vector256.Create(a, i) * Vector256.Create(b, i)
            i <- i + 4

        let mutable sum = Vector256.Sum sums

        for i in whole .. a.Length - 1 do
            sum <- sum + a[i] * b[i]

        sum

    /// a minus `scale` times b, in a's place.
    let private subtract (scale: float) (b: float[]) (a: float[]) =
        let factor = Vector256.Create scale
        let whole = a.Length / 4 * 4
        let mutable i = 0

        while i < whole do
            (Vector256.Create(a, i) - factor * Vector256.Create(b, i)).CopyTo(a, i)
            i <- i + 4

        for i in whole .. a.Length - 1 do
            a[i] <- a[i] - scale * b[i]

    /// The columns made orthonormal in place by Gram and Schmidt's process. A second pass removes what rounding left in
    /// the first. This is the Q of the QR decomposition whose R has a positive diagonal, which is Q times the signs of
    /// R's diagonal for any other.
    let private orthonormalize (columns: float[][]) =
        for j in 0 .. columns.Length - 1 do
            let column = columns[j]

            for _ in 1..2 do
                for i in 0 .. j - 1 do
                    subtract (dot columns[i] column) columns[i] column

            let length = sqrt (dot column column)

            for i in 0 .. column.Length - 1 do
                column[i] <- column[i] / length

    /// A matrix with orthonormal columns, or rows where it is wide, times `gain`: the default of recurrent kernels. A
    /// parameter of more axes is drawn as one matrix whose columns are the last axis. (Saxe et al. 2014, "Exact
    /// solutions to the nonlinear dynamics of learning in deep linear neural networks".) Keras's default gain is 1. A
    /// parameter of less than two axes is an error.
    let orthogonal (gain: float) =
        demandFinite "orthogonal" "gain" gain

        let draw key (shape: Shape) =
            if shape.Length < 2 then
                Fail.shapes
                    "Initializer.orthogonal"
                    [ "parameter", shape ]
                    "an orthogonal parameter needs two axes or more; take another initializer."

            let columns = List.last shape
            let rows = Shape.size shape / max 1 columns
            let tall, narrow = max rows columns, min rows columns
            // row i of the draw is column i of the tall matrix
            let normal = Random.normalOf Float64 0.0 1.0 key [ narrow; tall ] |> Tensor.toFloat64Array
            let basis = Array.init narrow (fun i -> Array.sub normal (i * tall) tall)
            orthonormalize basis
            let at r c = if rows >= columns then basis[c][r] else basis[r][c]

            Array.init (rows * columns) (fun i -> float32 (gain * at (i / columns) (i % columns)))
            |> Tensor.ofArray shape

        make "orthogonal" [ "gain", Setting.Number gain ] draw

    /// The identity matrix times `gain`, cut or filled with zeros where it is not square. Keras's default gain is 1. A
    /// parameter that is not a matrix is an error.
    let identity (gain: float) =
        demandFinite "identity" "gain" gain

        let draw _ (shape: Shape) =
            match shape with
            | [ rows; columns ] -> Tensor.eyeOf Float32 rows columns * gain
            | shape ->
                Fail.shapes
                    "Initializer.identity"
                    [ "parameter", shape ]
                    "an identity is a matrix: two axes; take another initializer."

        make "identity" [ "gain", Setting.Number gain ] draw

    /// The initializer of a name in Keras, with Keras's defaults: "he_normal", "HeNormal", "orthogonal". An unknown name is
    /// an error.
    let ofName (name: string) : Initializer =
        match name.Replace("_", "").ToLowerInvariant() with
        | "zeros" -> zeros
        | "ones" -> ones
        | "constant" -> constant 0.0
        | "randomnormal" -> randomNormal 0.0 0.05
        | "randomuniform" -> randomUniform -0.05 0.05
        | "truncatednormal" -> truncatedNormal 0.0 0.05
        | "variancescaling" -> varianceScaling 1.0 FanMode.FanIn InitialDistribution.TruncatedNormal
        | "glorotuniform" -> glorotUniform
        | "glorotnormal" -> glorotNormal
        | "heuniform" -> heUniform
        | "henormal" -> heNormal
        | "lecununiform" -> lecunUniform
        | "lecunnormal" -> lecunNormal
        | "orthogonal" -> orthogonal 1.0
        | "identity" -> identity 1.0
        | _ -> Fail.argument "Initializer.ofName" "name" $"'{name}'" "is not an initializer of Keras."

    /// The initializer as data: its name and its settings.
    let toSetting (initializer: Initializer) : Setting =
        Setting.Group(("name", Setting.Text initializer.Name) :: initializer.Settings)

    /// The initializer that `toSetting` described. An unknown name, such as that of an initializer of one's own, is an
    /// error.
    let ofSetting (setting: Setting) : Initializer =
        let source = Settings.ofGroup "Initializer" setting
        let number = Settings.number source

        let option options name =
            let given = Settings.text source name

            match options |> List.tryFind (snd >> (=) given) with
            | Some(option, _) -> option
            | None ->
                let known = options |> List.map snd |> String.concat ", "
                Fail.argument "Initializer" name $"'{given}'" $"is none of {known}."

        match Settings.text source "name" with
        | "zeros" -> zeros
        | "ones" -> ones
        | "constant" ->
            match Settings.find source "value" with
            | Setting.Group _ as value -> ofTensor (tensorOf value)
            | Setting.Number _
            | Setting.Whole _
            | Setting.Text _
            | Setting.Flag _
            | Setting.Items _ -> constant (number "value")
        | "random_normal" -> randomNormal (number "mean") (number "stddev")
        | "random_uniform" -> randomUniform (number "minval") (number "maxval")
        | "truncated_normal" -> truncatedNormal (number "mean") (number "stddev")
        | "variance_scaling" ->
            let scale, mode, distribution = number "scale", option modes "mode", option distributions "distribution"

            match Settings.tryFind source "input_axes" with
            | Some _ ->
                let axes = Settings.wholes source
                varianceScalingOver (axes "input_axes") (axes "output_axes") scale mode distribution
            | None -> varianceScaling scale mode distribution
        | "glorot_uniform" -> glorotUniform
        | "glorot_normal" -> glorotNormal
        | "he_uniform" -> heUniform
        | "he_normal" -> heNormal
        | "lecun_uniform" -> lecunUniform
        | "lecun_normal" -> lecunNormal
        | "orthogonal" -> orthogonal (number "gain")
        | "identity" -> identity (number "gain")
        | name ->
            Fail.argument
                "Initializer"
                "name"
                $"'{name}'"
                "is not an initializer of the library; one of your own cannot be made again from its description."
