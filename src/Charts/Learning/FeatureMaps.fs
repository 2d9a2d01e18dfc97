namespace Functional

/// Images of what a convolutional model has learned: filters, and the feature maps of a sample.
[<RequireQualifiedAccess>]
module FeatureMaps =
    let private one operation (shapes: Shape list) =
        match shapes with
        | [ shape ] -> shape
        | shapes -> Fail.shapes operation (shapes |> List.map (fun s -> "result", s)) "the layer must give one tensor."

    /// The kernels of a convolution as images [filters; height; width; channels], from the weight "kernel" [height; width;
    /// channels; filters] of the layer at a path; of a 1-D convolution the height is 1. Another layer is an error that names
    /// the convolutions there are.
    let filters (path: string) (model: Model) : Tensor =
        let operation = "FeatureMaps.filters"
        let kernel = Model.weightsOf path model |> List.tryFind (fun (name, _) -> name = path + "/kernel")

        match kernel with
        | Some(_, kernel) when kernel.Rank = 4 -> Tensor.permute [ 3; 0; 1; 2 ] kernel
        | Some(_, kernel) when kernel.Rank = 3 -> Tensor.permute [ 2; 0; 1 ] kernel |> Tensor.expandDims 1
        | Some _
        | None ->
            let known =
                Model.allLayers model
                |> List.filter (fun info -> info.Kind.StartsWith("conv", System.StringComparison.Ordinal))
                |> List.map _.Path
                |> String.concat ", "

            let listed = if known = "" then "the model has none." else $"there are {known}."
            Fail.argument operation "path" $"'{path}'" $"is not that of a convolution with a kernel; {listed}"

    /// The result of the layer at a path for one sample, without the batch axis. An unknown path is an error that names the
    /// layers there are.
    let output (path: string) (sample: Tensor) (model: Model) : Tensor =
        let operation = "FeatureMaps.output"
        let inner = Model.upTo path model
        one operation inner.OutputShapes |> ignore

        if [ sample.Shape ] <> model.InputShapes then
            Fail.shapes
                operation
                (("sample", sample.Shape) :: (model.InputShapes |> List.map (fun s -> "model", s)))
                "give one sample of the model's only input, without the batch axis."

        Model.predict sample inner

    /// The feature maps [channels; height; width] of a layer for one sample: its result [height; width; channels]. A layer
    /// with another result is an error.
    let ofLayer (path: string) (sample: Tensor) (model: Model) : Tensor =
        let result = output path sample model

        match result.Rank with
        | 3 -> Tensor.permute [ 2; 0; 1 ] result
        | _ ->
            Fail.shapes
                "FeatureMaps.ofLayer"
                [ path, result.Shape ]
                "the layer's result for one sample must be [height; width; channels]; take a convolution or a pooling."
