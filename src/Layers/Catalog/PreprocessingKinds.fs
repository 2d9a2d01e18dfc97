/// Layers of raw features, and those that disturb or penalize, from their settings.
module internal Functional.PreprocessingKinds

let private numbers (source: Settings.Source) name =
    match Settings.find source name with
    | Setting.Items items ->
        items |> List.map (fun item -> Settings.number { source with Settings = [ name, item ] } name)
    | Setting.Number _
    | Setting.Whole _
    | Setting.Text _
    | Setting.Flag _
    | Setting.Group _ -> [ Settings.number source name ]

let private normalizationKind source =
    let options = { Axes = Settings.wholes source "axis"; Invert = Settings.flag source "invert" }

    match Settings.tryFind source "mean" with
    | Some _ -> normalizationOf options (numbers source "mean") (numbers source "variance")
    | None -> normalizationWith options

let private discretizationKind (source: Settings.Source) =
    let mode =
        match Settings.tryFind source "output_mode" with
        | Some _ -> PreprocessingLayers.discretizationModeOfText source.Owner (Settings.text source "output_mode")
        | None -> DiscretizationMode.Int

    match Settings.tryFind source "bin_boundaries" with
    | Some _ -> discretizationWith mode (numbers source "bin_boundaries")
    | None -> discretizationInto mode (Settings.whole source "num_bins")

let private categoryEncodingKind (source: Settings.Source) =
    let mode = EmbeddingLayers.categoryModeOf source.Owner (Settings.text source "output_mode")
    categoryEncoding mode (Settings.whole source "num_tokens")

/// The kinds, from their settings.
let kinds: (string * (Settings.Source -> Layer<Tensor, Tensor>)) list =
    let rate make source = make (Settings.number source "rate")
    let spatial make source = make (DataFormat.ofSettings source) (Settings.number source "rate")

    [ "rescaling", (fun source -> rescalingOf (numbers source "scale") (numbers source "offset"))
      "normalization", normalizationKind
      "discretization", discretizationKind
      "category_encoding", categoryEncodingKind
      "dropout", rate dropout
      "alpha_dropout", rate alphaDropout
      "gaussian_dropout", rate gaussianDropout
      "spatial_dropout1d", spatial spatialDropout1DWith
      "spatial_dropout2d", spatial spatialDropout2DWith
      "spatial_dropout3d", spatial spatialDropout3DWith
      "gaussian_noise", (fun source -> gaussianNoise (Settings.number source "stddev"))
      "activity_regularization",
      (fun source -> activityRegularization (Settings.number source "l1") (Settings.number source "l2")) ]

/// A layer of each kind whose settings have defaults, and the settings without one.
let templates: (Layer<Tensor, Tensor> * string list) list =
    [ rescaling 1.0 0.0, [ "scale" ]
      normalization, []
      for layer in
          [ dropout 0.5
            alphaDropout 0.5
            gaussianDropout 0.5
            spatialDropout1D 0.5
            spatialDropout2D 0.5
            spatialDropout3D 0.5 ] do
          layer, [ "rate" ]
      gaussianNoise 1.0, [ "stddev" ]
      activityRegularization 0.0 0.0, [] ]
