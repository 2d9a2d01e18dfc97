/// Layers of images [height; width; channels] and sequences [length; channels]: their samples, and the arguments of
/// windows.
module internal Functional.Spatial

/// Samples of so many axes of time or space, as errors call them.
let private called axes =
    match axes with
    | 1 -> "a sequence [length; channels]"
    | 2 -> "an image [height; width; channels]"
    | _ -> "a volume [depth; height; width; channels]"

/// The names of the axes.
let axisNames axes =
    match axes with
    | 1 -> [ "length" ]
    | 2 -> [ "height"; "width" ]
    | _ -> [ "depth"; "height"; "width" ]

/// The fix for samples that have other axes: the reshape that makes them what is wanted.
let private target axes (sample: Shape) =
    let square channels n =
        let side = int (sqrt (float (n / channels)))
        if side * side * channels = n then Some [ side; side; channels ] else None

    let found =
        match axes, sample with
        | 1, [ n ] -> Some [ n; 1 ]
        | 2, [ n ] -> square 1 n |> Option.orElse (square 3 n)
        | axes, sample when axes > 1 && sample.Length = axes -> Some(sample @ [ 1 ])
        | _ -> None

    match found, axes with
    | Some shape, _ -> Shape.toString shape
    | None, 1 -> "[length; channels]"
    | None, 2 -> "[height; width; channels]"
    | None, _ -> "[depth; height; width; channels]"

/// The lengths of the axes of time or space, and the channels, of a sample that must have so many.
let extents operation axes (sample: Shape) : int list * int =
    if sample.Length = axes + 1 then
        List.take axes sample, List.last sample
    else
        Fail.shapes
            operation
            [ "sample", sample ]
            $"a sample must be {called axes}; put reshape {target axes sample} before it."

/// An error for a sample [...; channels] with an empty axis of space or time, on which no window stands.
let demandExtent operation (sample: Shape) =
    if sample |> List.take (sample.Length - 1) |> List.exists (fun n -> n < 1) then
        Fail.shapes
            operation
            [ "sample", sample ]
            "an axis of the sample has no elements, so that no window stands on it; give one or more along each."

/// `f`, which takes a batch of samples of so many axes of time or space with channels behind, on one sample and on any
/// number of batch axes as well.
let over operation axes (f: Tensor -> Tensor) (x: Tensor) =
    if x.Rank = axes + 2 then
        f x
    else
        let batch = x.Rank - axes - 1

        if batch < 0 then
            Fail.shapes operation [ "input", x.Shape ] $"the input must end in the axes of {called axes}; reshape it."

        let front, sample = List.splitAt batch x.Shape
        let y = f (Tensor.reshape (Shape.size front :: sample) x)
        Tensor.reshape (front @ y.Shape.Tail) y

/// An error in the layer's words unless samples of this shape fit the layer and the kernels that it was built with.
let demandFit operation (shapes: Shape -> Shape list * Shape) (kernels: Tensor list) (sample: Shape) =
    let differing (wanted: Shape, built: Tensor) =
        List.zip wanted built.Shape |> List.tryFind (fun (wanted, built) -> wanted <> built)

    match List.zip (fst (shapes sample)) kernels |> List.tryPick differing with
    | Some(wanted, built) ->
        Fail.shapes
            operation
            [ "sample", sample; "kernel", kernels.Head.Shape ]
            $"the kernel takes {built} channels, and the sample has {wanted}; give it as many, or build the layer anew."
    | None -> ()

/// `f` of the lengths of the axes of time or space, and of a batch that fits the layer and its kernels, with any number
/// of batch axes.
let overFitting operation axes shapes kernels (f: int list -> Tensor -> Tensor) x =
    x
    |> over operation axes (fun x ->
        demandFit operation shapes kernels x.Shape.Tail
        f (List.take axes x.Shape.Tail) x)

/// A layer without variables over samples of so many axes of time or space: the shape it gives by channels behind, and
/// its function of a batch of them.
let stateless operation kind axes format settings (rule: Shape -> Shape) (f: Run -> Tensor -> Tensor) =
    let layer: Layer<Tensor, Tensor> =
        Layer.stateless
            kind
            settings
            (fun shapes -> [ Layer.single kind shapes |> DataFormat.shape operation format axes rule ])
            (fun run x -> DataFormat.over format axes (over operation axes (f run)) x)

    layer |> Layer.withMaskRule MaskRule.Stops

/// Integers as float32; floats as they are.
let asFloats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

/// The signature of a batch of one, by which shapes are asked for.
let one (sample: Shape) : Signature = { Shape = 1 :: sample; DType = Float32 }

/// An error for a size, a stride or a count below 1.
let demandPositive operation (argument: string) (value: int) =
    if value < 1 then
        Fail.argument operation argument value "is too small; give 1 or more."

/// An error for sizes or strides below 1.
let demandSizes operation argument (sizes: int list) =
    for size in sizes do
        demandPositive operation argument size

/// Sizes or strides as a setting: a number for sequences, else one for each axis.
let ofSizes (sizes: int list) =
    match sizes with
    | [ one ] -> Setting.Whole one
    | several -> Settings.ofWholes several

/// Two numbers as a setting.
let pair (first: int, second: int) = Settings.ofWholes [ first; second ]

/// Pairs as a setting.
let ofPairs pairs = Setting.Items(List.map pair pairs)

let private paddings =
    [ "valid", WindowPadding.Valid; "same", WindowPadding.Same; "causal", WindowPadding.Causal ]

/// The padding as a setting, under Keras's name.
let ofPadding padding = Setting.Text(paddings |> List.find (snd >> (=) padding) |> fst)

/// The padding that a setting names.
let padding (source: Settings.Source) name =
    let text = Settings.text source name

    match paddings |> List.tryFind (fst >> (=) text) with
    | Some(_, padding) -> padding
    | None -> Fail.argument source.Owner name $"'{text}'" "is not a padding; there are valid, same and causal."

let private damaged (source: Settings.Source) name expected =
    Fail.data source.Owner $"its description is damaged: the setting '{name}' must be {expected}."

/// The pair that a setting holds.
let pairOf (source: Settings.Source) name =
    match Settings.wholes source name with
    | [ vertical; horizontal ] -> vertical, horizontal
    | _ -> damaged source name "two whole numbers"

/// The three numbers that a setting holds.
let tripleOf (source: Settings.Source) name =
    match Settings.wholes source name with
    | [ depth; height; width ] -> depth, height, width
    | _ -> damaged source name "three whole numbers"

/// The pairs that a setting holds, which must be so many.
let pairsOf count (source: Settings.Source) name =
    let damaged () = damaged source name $"{count} pairs of whole numbers"

    match Settings.find source name with
    | Setting.Items pairs when pairs.Length = count ->
        pairs |> List.map (fun setting -> pairOf { source with Settings = [ name, setting ] } name)
    | Setting.Items _
    | Setting.Number _
    | Setting.Whole _
    | Setting.Text _
    | Setting.Flag _
    | Setting.Group _ -> damaged ()

/// Causal padding looks back along a sequence; images and volumes have no such direction.
let demandNotCausal operation padding =
    if padding = WindowPadding.Causal then
        Fail.argument operation "padding" "causal" "is for sequences, by conv1D; take valid or same."

/// Errors for the sizes and the padding of a window.
let demandWindow operation kernelSize strides dilation padding =
    demandSizes operation "kernel size" kernelSize
    demandSizes operation "strides" strides
    demandSizes operation "dilation rate" dilation

    if List.length kernelSize > 1 then
        demandNotCausal operation padding
