/// Layers that normalize, from their settings.
module internal Functional.NormalizationKinds

let private batchNormOf (source: Settings.Source) =
    let affine = Affine.ofSettings source
    let optional name read = Settings.tryFind source name |> Option.map (fun _ -> read source name)

    let initializer name fallback =
        Settings.tryFind source name |> Option.map Initializer.ofSetting |> Option.defaultValue fallback

    let renorm () =
        let clipping =
            Settings.tryFind source "renorm_clipping"
            |> Option.map (Settings.ofGroup source.Owner)
            |> Option.defaultValue { source with Settings = [] }

        let limit name =
            Settings.tryFind clipping name |> Option.map (fun _ -> Settings.number clipping name)

        { Momentum = optional "renorm_momentum" Settings.number |> Option.defaultValue 0.99
          SmallestRatio = limit "rmin"
          LargestRatio = limit "rmax"
          LargestShift = limit "dmax" }

    batchNormWith
        { Axis = Settings.whole source "axis"
          Momentum = Settings.number source "momentum"
          Epsilon = Settings.number source "epsilon"
          Center = affine.Center
          Scale = affine.Scale
          BetaInitializer = affine.Beta.Initializer
          GammaInitializer = affine.Gamma.Initializer
          MovingMeanInitializer = initializer "moving_mean_initializer" Initializer.zeros
          MovingVarianceInitializer = initializer "moving_variance_initializer" Initializer.ones
          BetaRegularizer = affine.Beta.Regularizer
          GammaRegularizer = affine.Gamma.Regularizer
          BetaConstraint = affine.Beta.Constraint
          GammaConstraint = affine.Gamma.Constraint
          Renorm = if optional "renorm" Settings.flag = Some true then Some(renorm ()) else None }

let private layerNormOf source =
    let affine = Affine.ofSettings source

    layerNormWith
        { Axes = Settings.wholes source "axis"
          Epsilon = Settings.number source "epsilon"
          Center = affine.Center
          Scale = affine.Scale
          RmsScaling =
            Settings.tryFind source "rms_scaling" |> Option.exists (fun _ -> Settings.flag source "rms_scaling")
          BetaInitializer = affine.Beta.Initializer
          GammaInitializer = affine.Gamma.Initializer
          BetaRegularizer = affine.Beta.Regularizer
          GammaRegularizer = affine.Gamma.Regularizer
          BetaConstraint = affine.Beta.Constraint
          GammaConstraint = affine.Gamma.Constraint }

let private groupNormOf source =
    let affine = Affine.ofSettings source

    groupNormWith
        { Groups = Settings.whole source "groups"
          Axis = Settings.whole source "axis"
          Epsilon = Settings.number source "epsilon"
          Center = affine.Center
          Scale = affine.Scale
          BetaInitializer = affine.Beta.Initializer
          GammaInitializer = affine.Gamma.Initializer
          BetaRegularizer = affine.Beta.Regularizer
          GammaRegularizer = affine.Gamma.Regularizer
          BetaConstraint = affine.Beta.Constraint
          GammaConstraint = affine.Gamma.Constraint }

let private rmsNormOf source =
    rmsNormWith { Axes = Settings.wholes source "axis"; Epsilon = Settings.number source "epsilon" }

/// The kinds, from their settings.
let kinds: (string * (Settings.Source -> Layer<Tensor, Tensor>)) list =
    [ "batch_normalization", batchNormOf
      "layer_normalization", layerNormOf
      "group_normalization", groupNormOf
      "rms_normalization", rmsNormOf
      "unit_normalization", (fun source -> unitNormOver (Settings.wholes source "axis")) ]

/// A layer of each kind, whose settings all have defaults.
let templates: (Layer<Tensor, Tensor> * string list) list =
    [ batchNorm, []
      layerNorm, []
      groupNormWith GroupNormOptions.defaults, []
      rmsNorm, []
      unitNorm, [] ]
