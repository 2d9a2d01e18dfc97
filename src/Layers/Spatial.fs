/// Layers of images [height; width; channels] and sequences [length; channels]: their samples, and the arguments of
/// windows.
module internal Functional.Spatial

/// The fix for samples that are no images: the reshape that makes them ones.
let private toImage (sample: Shape) =
    let square channels n =
        let side = int (sqrt (float (n / channels)))
        if side * side * channels = n then Some [ side; side; channels ] else None

    let target =
        match sample with
        | [ n ] -> square 1 n |> Option.orElse (square 3 n)
        | [ height; width ] -> Some [ height; width; 1 ]
        | _ -> None

    match target with
    | Some target -> Shape.toString target
    | None -> "[height; width; channels]"

/// Height, width and channels of a sample, which must be an image.
let image operation (sample: Shape) =
    match sample with
    | [ height; width; channels ] -> height, width, channels
    | sample ->
        Fail.shapes
            operation
            [ "sample", sample ]
            $"a sample must be an image [height; width; channels]; put reshape {toImage sample} before it."

/// Length and channels of a sample, which must be a sequence.
let sequence operation (sample: Shape) =
    match sample with
    | [ length; channels ] -> length, channels
    | sample ->
        let target =
            match sample with
            | [ n ] -> Shape.toString [ n; 1 ]
            | _ -> "[length; channels]"

        Fail.shapes
            operation
            [ "sample", sample ]
            $"a sample must be a sequence [length; channels]; put reshape {target} before it."

/// An error for a sample [...; channels] with an empty axis of space or time, on which no window stands.
let demandExtent operation (sample: Shape) =
    if sample |> List.take (sample.Length - 1) |> List.exists (fun n -> n < 1) then
        Fail.shapes
            operation
            [ "sample", sample ]
            "an axis of the sample has no elements, so that no window stands on it; give one or more along each."

/// `f`, which takes a batch of samples of `rank` axes, on one sample and on any number of batch axes as well.
let private overBatch operation rank (f: Tensor -> Tensor) (x: Tensor) =
    if x.Rank = rank + 1 then
        f x
    else
        let batch = x.Rank - rank

        if batch < 0 then
            let name =
                if rank = 3 then
                    "an image [height; width; channels]"
                else
                    "a sequence [length; channels]"

            Fail.shapes operation [ "input", x.Shape ] $"the input must end in the axes of {name}; reshape it."

        let front, sample = List.splitAt batch x.Shape
        let y = f (Tensor.reshape (Shape.size front :: sample) x)
        Tensor.reshape (front @ y.Shape.Tail) y

/// `f` of a batch of images on any number of batch axes, or none.
let over operation f x = overBatch operation 3 f x

/// An error in the layer's words unless samples of this shape fit the layer and the kernel that it was built with.
let demandFit operation (shapes: Shape -> Shape * Shape) (kernel: Tensor) (sample: Shape) =
    match List.zip (fst (shapes sample)) kernel.Shape |> List.tryFind (fun (wanted, built) -> wanted <> built) with
    | Some(wanted, built) ->
        Fail.shapes
            operation
            [ "sample", sample; "kernel", kernel.Shape ]
            $"the kernel takes {built} channels, and the sample has {wanted}; give it as many, or build the layer anew."
    | None -> ()

/// `f` of the size of images, and of a batch of them that fits the layer and its kernel, with any number of batch axes.
let overFitting operation shapes kernel (f: int * int -> Tensor -> Tensor) x =
    x
    |> over operation (fun x ->
        demandFit operation shapes kernel x.Shape.Tail
        f (x.Shape[1], x.Shape[2]) x)

/// `f` of a batch of images on sequences, which are images of height 1, with any number of batch axes, or none.
let overSequences operation (f: Tensor -> Tensor) x =
    let asImages (x: Tensor) =
        let y = f (Tensor.reshape [ x.Shape[0]; 1; x.Shape[1]; x.Shape[2] ] x)
        Tensor.reshape [ y.Shape[0]; y.Shape[2]; y.Shape[3] ] y

    overBatch operation 2 asImages x

/// The signature of a batch of one, by which shapes are asked for.
let one (sample: Shape) : Signature = { Shape = 1 :: sample; DType = Float32 }

/// An error for a size, a stride or a count below 1.
let demandPositive operation (argument: string) (value: int) =
    if value < 1 then
        Fail.argument operation argument value "is too small; give 1 or more."

/// An error for sizes or strides below 1.
let demandPair operation argument (vertical: int, horizontal: int) =
    demandPositive operation argument vertical
    demandPositive operation argument horizontal

/// Sizes or strides as a setting.
let pair (vertical: int, horizontal: int) = Settings.ofWholes [ vertical; horizontal ]

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

/// The pair that a setting holds.
let pairOf (source: Settings.Source) name =
    match Settings.wholes source name with
    | [ vertical; horizontal ] -> vertical, horizontal
    | _ -> Fail.data source.Owner $"its description is damaged: the setting '{name}' must be two whole numbers."

/// The two pairs that a setting holds.
let pairsOf (source: Settings.Source) name =
    let damaged () =
        Fail.data source.Owner $"its description is damaged: the setting '{name}' must be two pairs of whole numbers."

    match Settings.find source name with
    | Setting.Items [ first; second ] ->
        let pair setting = pairOf { source with Settings = [ name, setting ] } name
        pair first, pair second
    | Setting.Items _
    | Setting.Number _
    | Setting.Whole _
    | Setting.Text _
    | Setting.Flag _
    | Setting.Group _ -> damaged ()

/// Causal padding looks back along a sequence; images have no such direction.
let demandNotCausal operation padding =
    if padding = WindowPadding.Causal then
        Fail.argument operation "padding" "causal" "is for sequences, by conv1D; take valid or same."

/// Errors for the sizes and the padding of a window over images.
let demandWindow operation kernelSize strides dilation padding =
    demandPair operation "kernel size" kernelSize
    demandPair operation "strides" strides
    demandPair operation "dilation rate" dilation
    demandNotCausal operation padding
