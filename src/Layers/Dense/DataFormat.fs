namespace Functional

/// The place of the channels among the axes of a sequence, an image or a volume.
[<RequireQualifiedAccess>]
type DataFormat =
    /// Behind the axes of time or space, as in [height; width; channels]: Keras's default, and the order of the kernels.
    | ChannelsLast
    /// In front of the axes of time or space, as in [channels; height; width]: PyTorch's order. Layers move the channels
    /// behind, compute, and move them to the front again.
    | ChannelsFirst

/// Moving the channels of samples with so many axes of time or space behind these axes, and to the front again.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal DataFormat =
    let private names =
        [ DataFormat.ChannelsLast, "channels_last"; DataFormat.ChannelsFirst, "channels_first" ]

    /// The format as a setting, under Keras's name.
    let toSetting (format: DataFormat) = "data_format", Setting.Text(names |> List.find (fst >> (=) format) |> snd)

    /// The format that the settings name; channels last where they name none.
    let ofSettings (source: Settings.Source) : DataFormat =
        match Settings.tryFind source "data_format" with
        | None -> DataFormat.ChannelsLast
        | Some _ ->
            let text = Settings.text source "data_format"

            match names |> List.tryFind (snd >> (=) text) with
            | Some(format, _) -> format
            | None ->
                Fail.argument
                    source.Owner
                    "data_format"
                    $"'{text}'"
                    "is no order of axes; there are channels_last and channels_first."

    let private inFront axes =
        match axes with
        | 1 -> "[channels; length]"
        | 2 -> "[channels; height; width]"
        | _ -> "[channels; depth; height; width]"

    /// The shape that a rule for channels behind gives for a sample in this format, in this format where it has all axes.
    let shape operation format axes (rule: Shape -> Shape) (sample: Shape) : Shape =
        match format, sample with
        | DataFormat.ChannelsLast, sample -> rule sample
        | DataFormat.ChannelsFirst, channels :: extents when extents.Length = axes ->
            match List.rev (rule (extents @ [ channels ])) with
            | last :: front when front.Length = axes -> last :: List.rev front
            | result -> List.rev result
        | DataFormat.ChannelsFirst, sample ->
            Fail.shapes
                operation
                [ "sample", sample ]
                $"a sample must have the axes {inFront axes}, since the channels are in front; put reshape before it."

    /// The sample's shape with the channels behind.
    let channelsLast format axes (sample: Shape) : Shape =
        match format, sample with
        | DataFormat.ChannelsFirst, channels :: extents when extents.Length = axes -> extents @ [ channels ]
        | (DataFormat.ChannelsFirst | DataFormat.ChannelsLast), sample -> sample

    /// A function of tensors with the channels behind, on one in this format with any number of axes in front. The
    /// result is in this format where it has all axes.
    let over format axes (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        match format with
        | DataFormat.ChannelsFirst when x.Rank > axes ->
            let front = [ 0 .. x.Rank - axes - 2 ]
            let channels = x.Rank - axes - 1
            let y = x |> Tensor.permute (front @ [ channels + 1 .. x.Rank - 1 ] @ [ channels ]) |> f

            if y.Rank = x.Rank then
                y |> Tensor.permute (front @ [ x.Rank - 1 ] @ [ channels .. x.Rank - 2 ])
            else
                y
        | DataFormat.ChannelsFirst
        | DataFormat.ChannelsLast -> f x
