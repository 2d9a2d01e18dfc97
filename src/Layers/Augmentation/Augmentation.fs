/// What the layers that change images at random have in common: they act in training alone, and draw for each image of
/// a batch from the key of their own place in this step.
module internal Functional.Augmentation

/// A layer of images with channels: its shape rule, its function in training of a key and a batch, and that outside
/// training. Integers are cast to float32 in both.
let layer operation kind format settings rule (training: Key -> Tensor -> Tensor) (resting: Tensor -> Tensor) =
    Spatial.stateless operation kind 2 format settings rule (fun run x ->
        let x = Spatial.asFloats x
        if run.Training then Core.beside x (fun () -> training run.Key x) else resting x)

/// A layer that gives images of the shape of those it takes, and outside training themselves.
let ofSameShape operation kind format settings (training: Key -> Tensor -> Tensor) : Layer<Tensor, Tensor> =
    let rule sample =
        Spatial.extents operation 2 sample |> ignore
        sample

    layer operation kind format settings rule (fun key x -> if x.Size = 0 then x else training key x) id

/// For each image a number between the bounds [n; 1; 1], by the i-th draw of the key.
let uniform i (low: float, high: float) (key: Key) (x: Tensor) : Tensor =
    let dtype = if x.DType = Float64 then Float64 else Float32
    Random.uniformOf dtype 0.0 1.0 (Key.fold i key) [ x.Shape[0]; 1; 1 ] * (high - low) + low

/// For each image whether an event of this probability came [n; 1; 1; 1], by the i-th draw of the key.
let isDrawn i probability (key: Key) (x: Tensor) : Tensor =
    Random.bernoulli probability (Key.fold i key) [ x.Shape[0]; 1; 1; 1 ]

/// An error unless the bounds are in order and within limits.
let demandRange operation argument (least: float, most: float) (low: float, high: float) =
    if not (least <= low && low <= high && high <= most) then
        Fail.argument
            operation
            argument
            $"({string low}, {string high})"
            $"is not a range within {string least} to {string most}; give the smaller bound first."

/// A range as a setting.
let ofRange (low: float, high: float) = Setting.Items [ Setting.Number low; Setting.Number high ]

/// The range that a setting holds.
let rangeOf (source: Settings.Source) name : float * float =
    match Settings.items source name with
    | [ low; high ] ->
        let number setting = Settings.number { source with Settings = [ name, setting ] } name
        number low, number high
    | _ -> Fail.data source.Owner $"its description is damaged: the setting '{name}' must be two numbers."
