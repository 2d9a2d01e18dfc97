namespace Functional

/// Options of `normalizationWith`.
type NormalizationOptions =
    {
        /// The axes that keep a mean and a variance each, counted with the batch axis as 0; [-1] by default: the features.
        /// Without axes one mean and one variance serve all elements.
        Axes: int list
        /// Whether what was normalized is brought back to where it came from; false by default.
        Invert: bool
    }

    /// Keras's defaults.
    static member defaults = { Axes = [ -1 ]; Invert = false }

/// The output of `discretizationWith`.
[<RequireQualifiedAccess>]
type DiscretizationMode =
    /// The number of the bin of each element, int32: the default.
    | Int
    /// What `categoryEncoding` makes of these numbers.
    | Encoded of CategoryMode

/// Layers that bring raw features into shape, so that a model takes them as they come. Numbers that they learn from data
/// stand in their settings; `Preprocessing.adapt` finds them.
[<AutoOpen>]
module PreprocessingLayers =
    let private floats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

    /// Numbers as a tensor beside x, of its type.
    let private beside (x: Tensor) shape (values: float list) =
        Core.beside x (fun () -> Tensor.cast x.DType (Tensor.ofFloat64Array shape (Array.ofList values)))

    let private numbers values = Setting.Items(List.map Setting.Number values)

    /// x·scale + offset, with a number each for the elements of the last axis. Lists of other lengths, but 1, are an error
    /// when the layer is built.
    let rescalingOf (scales: float list) (offsets: float list) : Layer<Tensor, Tensor> =
        let kind = "rescaling"

        for value in scales @ offsets do
            if not (System.Double.IsFinite value) then
                Fail.argument kind "number" value "is not a finite number."

        let setting values =
            match values with
            | [ value ] -> Setting.Number value
            | values -> numbers values

        let rule shapes =
            let sample = Layer.single kind shapes
            let last = if sample.IsEmpty then 1 else List.last sample

            match [ scales; offsets ] |> List.tryFind (fun list -> list.Length <> 1 && list.Length <> last) with
            | Some list ->
                Fail.shapes
                    kind
                    [ "sample", sample; "numbers", [ list.Length ] ]
                    "give one number, or one for each feature."
            | None -> [ sample ]

        let apply _ x =
            let x = floats x
            let row values = beside x [ List.length values ] values
            x * row scales + row offsets

        Layer.stateless kind [ "scale", setting scales; "offset", setting offsets ] rule apply

    /// x·scale + offset: `rescaling (1.0 / 255.0) 0.0` brings pixels to 0..1. Integers become float32. Any shape.
    let rescaling (scale: float) (offset: float) : Layer<Tensor, Tensor> = rescalingOf [ scale ] [ offset ]

    /// The axes of a batch of these samples that keep a mean.
    let private keptAxes kind (axes: int list) (sample: Shape) = List.sort (Fail.checkAxes kind (0 :: sample) axes)

    /// The lengths of the axes that keep a mean, in a shape that broadcasts to a batch.
    let private statisticsShape kind axes (sample: Shape) =
        let kept = keptAxes kind axes sample

        if List.contains 0 kept then
            Fail.argument kind "axis" 0 "is the batch axis; count the axes of a sample from 1, or from the end."

        1 :: sample |> List.mapi (fun i n -> if List.contains i kept then n else 1)

    // keeps features that never change finite, as in Keras
    let private leastDeviation = 1e-7

    let private normalized (options: NormalizationOptions) (mean: Tensor) (variance: Tensor) (x: Tensor) =
        let deviation = sqrt variance
        let deviation = Tensor.maximum deviation (Tensor.fullLike leastDeviation deviation)
        if options.Invert then mean + x * deviation else (x - mean) / deviation

    let private normalizationSettings (options: NormalizationOptions) =
        [ "axis", Settings.ofWholes options.Axes; "invert", Setting.Flag options.Invert ]

    /// (x - mean) / deviation, with a mean and a variance for each element of the axes that keep them, in their order. Other
    /// numbers of them are an error when the layer is built. `Preprocessing.adapt` finds them from data.
    let normalizationOf
        (options: NormalizationOptions)
        (mean: float list)
        (variance: float list)
        : Layer<Tensor, Tensor> =
        let kind = "normalization"

        match variance |> List.tryFind (fun v -> not (v >= 0.0)) with
        | Some v -> Fail.argument kind "variance" v "is negative; give 0 or more."
        | None -> ()

        let rule shapes =
            let sample = Layer.single kind shapes
            let size = Shape.size (statisticsShape kind options.Axes sample)

            if mean.Length <> size || variance.Length <> size then
                Fail.shapes
                    kind
                    [ "sample", sample; "mean", [ mean.Length ]; "variance", [ variance.Length ] ]
                    $"the axes that keep a mean have {size} elements; give as many means and variances."

            [ sample ]

        let apply _ x =
            let x = floats x
            let shape = statisticsShape kind options.Axes x.Shape.Tail
            normalized options (beside x shape mean) (beside x shape variance) x

        let settings = normalizationSettings options @ [ "mean", numbers mean; "variance", numbers variance ]

        Layer.stateless kind settings rule apply

    /// Normalization that is not adapted yet: its state "mean", "variance" and "count" begins at 0, 1 and 0, so that it gives
    /// what it is given. Adapt it with `Preprocessing.adapt`, or load its state.
    let normalizationWith (options: NormalizationOptions) : Layer<Tensor, Tensor> =
        let kind = "normalization"

        let build shapes : Blueprint =
            let sample = Layer.single kind shapes
            let shape = statisticsShape kind options.Axes sample |> List.filter ((<>) 1)

            let shape =
                if Shape.size shape = Shape.size (statisticsShape kind options.Axes sample) then
                    shape
                else
                    [ 1 ]

            { Parameters = Tree.empty
              State =
                Tree.ofList
                    [ "mean", Layer.start shape (fun _ -> Tensor.zeros shape)
                      "variance", Layer.start shape (fun _ -> Tensor.ones shape)
                      "count", Layer.start [] (fun _ -> Tensor.zeros []) ]
              Outputs = [ sample ] }

        let apply (variables: Variables) _ (xs: Tensor list) =
            let x = floats xs.Head
            let shape = statisticsShape kind options.Axes x.Shape.Tail
            let statistic (name: string) = Tensor.reshape shape variables.State[name]
            [ normalized options (statistic "mean") (statistic "variance") x ], variables

        Layer.ofStage (Layer.stage kind (normalizationSettings options) build apply)

    /// `normalizationWith` Keras's defaults: a mean and a variance for each feature of the last axis.
    let normalization = normalizationWith NormalizationOptions.defaults

    let private discretizationModeOf mode =
        match mode with
        | DiscretizationMode.Int -> "int"
        | DiscretizationMode.Encoded CategoryMode.OneHot -> "one_hot"
        | DiscretizationMode.Encoded CategoryMode.MultiHot -> "multi_hot"
        | DiscretizationMode.Encoded CategoryMode.Count -> "count"

    let private demandRising (boundaries: float list) =
        match List.pairwise boundaries |> List.tryFind (fun (a, b) -> not (a < b)) with
        | Some(a, b) ->
            Fail.argument "discretization" "boundary" b $"is not above {string a}, which stands before it; sort them."
        | None -> ()

    /// The layer that puts numbers into so many bins, by what tells the bin of each number.
    let private binning settings mode bins (binOf: Tensor -> Tensor) : Layer<Tensor, Tensor> =
        let kind = "discretization"

        // Keras counts ids along the first axis of a sample
        let behind rank =
            List.init rank id |> fun axes -> if rank > 2 then 0 :: axes[2..] @ [ 1 ] else axes

        let shape, encoded =
            match mode with
            | DiscretizationMode.Int -> (fun sample -> [ sample ]), id
            | DiscretizationMode.Encoded CategoryMode.OneHot ->
                let encoding = categoryEncoding CategoryMode.OneHot bins
                (fun sample -> Layer.shapes [ sample ] encoding), (fun ids -> Layer.predictAlone ids encoding)
            | DiscretizationMode.Encoded category ->
                let encoding = categoryEncoding category bins

                (fun (sample: Shape) ->
                    let batch = 1 :: sample
                    Layer.shapes [ List.tail (behind batch.Length |> List.map (fun axis -> batch[axis])) ] encoding),
                (fun (ids: Tensor) -> Layer.predictAlone (Tensor.permute (behind ids.Rank) ids) encoding)

        Layer.stateless
            kind
            (settings @ [ "output_mode", Setting.Text(discretizationModeOf mode) ])
            (Layer.single kind >> shape)
            (fun _ x -> encoded (binOf (floats x)))

    /// The bins of numbers between rising boundaries: 0 below the first one, 1 from it to below the second, and so on; as the
    /// mode says them. Boundaries that do not rise are an error.
    let discretizationWith (mode: DiscretizationMode) (boundaries: float list) : Layer<Tensor, Tensor> =
        demandRising boundaries

        let binOf (x: Tensor) =
            boundaries
            |> List.map (fun boundary -> Tensor.cast Int32 (Tensor.greaterEqual x (Tensor.fullLike boundary x)))
            |> List.fold (+) (Core.beside x (fun () -> Tensor.zerosOf Int32 x.Shape))

        binning [ "bin_boundaries", numbers boundaries ] mode (boundaries.Length + 1) binOf

    /// `discretizationWith` the numbers of the bins, int32.
    let discretization (boundaries: float list) : Layer<Tensor, Tensor> =
        discretizationWith DiscretizationMode.Int boundaries

    /// Bins whose boundaries `Preprocessing.adapt` finds; before, running it is an error. A count below 2 is one as well.
    let discretizationInto (mode: DiscretizationMode) (bins: int) : Layer<Tensor, Tensor> =
        if bins < 2 then
            Fail.argument "discretization" "bins" bins "is not a number of bins; give 2 or more."

        binning [ "num_bins", Setting.Whole bins ] mode bins (fun _ ->
            Fail.argument
                "discretization"
                "boundaries"
                "none"
                "are known yet; adapt the layer to data first: layer |> Preprocessing.adapt data.")

    /// For each sample a row with the sum of the weights of each id: [ids [batch; n]; weights [batch; n]] to [batch; tokens].
    /// `categoryEncoding CategoryMode.Count` has the weight 1 for each. (Keras: count_weights.) Ids are int32; floats are cast.
    /// Inputs of other shapes are an error when the layer is built, an id outside 0 to tokens - 1 when it runs.
    let weightedCategoryCount (tokens: int) : Layer<Tensor list, Tensor> =
        let kind = "weighted_category_count"

        if tokens < 1 then
            Fail.argument kind "tokens" tokens "is not a number of ids; give 1 or more."

        let rule (shapes: Shape list) =
            match shapes with
            | [ [ n ]; [ m ] ] when n = m -> [ [ tokens ] ]
            | shapes ->
                Fail.shapes
                    kind
                    (shapes |> List.mapi (fun i shape -> $"input {i}", shape))
                    "takes ids [n] and as many weights [n] for each sample."

        let apply _ (xs: Tensor list) =
            let ids, weights = Tensor.cast Int32 xs[0], floats xs[1]
            let identity = Core.beside weights (fun () -> Tensor.eyeOf weights.DType tokens tokens)
            Tensor.einsum "bn,bnt->bt" [ weights; Tensor.gather 0 ids identity ]

        Layer.stateless kind [ "num_tokens", Setting.Whole tokens ] rule apply

    let internal discretizationModeOfText owner text =
        match text with
        | "int" -> DiscretizationMode.Int
        | text -> DiscretizationMode.Encoded(EmbeddingLayers.categoryModeOf owner text)

/// Adapting layers to data.
[<RequireQualifiedAccess>]
module Preprocessing =
    let private statistics (axes: int list) (data: Tensor) =
        let data = Tensor.cast Float64 data
        let kept = Fail.checkAxes "Preprocessing.adapt" data.Shape axes
        let others = [ 0 .. data.Rank - 1 ] |> List.except kept
        let values x = Tensor.toFloat64Array x |> List.ofArray
        values (Tensor.meanOver others data), values (Tensor.varOver others data)

    /// The values at the shares 1/n ... (n - 1)/n of the sorted data, interpolated between neighbours; equal ones once.
    let private quantiles bins (data: Tensor) =
        let sorted = Tensor.toFloat64Array data |> Array.filter (System.Double.IsNaN >> not) |> Array.sort

        [ for i in 1 .. bins - 1 do
              let place = float i / float bins * float (sorted.Length - 1)
              let below = int (floor place)
              let above = min (below + 1) (sorted.Length - 1)
              sorted[below] + (place - float below) * (sorted[above] - sorted[below]) ]
        |> List.distinct

    /// The layer with what it learns from data [n; ...]: the mean and the variance of `normalization`, the boundaries of
    /// `discretizationInto`, which are quantiles of all elements. Another layer is an error, and so is empty data. (Keras's
    /// `adapt`; its quantiles are approximate.)
    let adapt (data: Tensor) (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        if data.Size = 0 then
            Fail.shapes "Preprocessing.adapt" [ "data", data.Shape ] "there is nothing to learn from."

        let source = Settings.ofDescription layer.Description

        match layer.Description.Kind with
        | "normalization" ->
            let axes = Settings.wholes source "axis"
            let mean, variance = statistics axes data
            normalizationOf { Axes = axes; Invert = Settings.flag source "invert" } mean variance
        | "discretization" when (Settings.tryFind source "num_bins").IsSome ->
            let mode =
                PreprocessingLayers.discretizationModeOfText "discretization" (Settings.text source "output_mode")

            discretizationWith mode (quantiles (Settings.whole source "num_bins") data)
        | kind ->
            Fail.argument
                "Preprocessing.adapt"
                "layer"
                $"'{kind}'"
                "learns nothing from data; adapt normalization, or discretizationInto a number of bins."
