/// Activations from their settings, and the settings that Keras has no default for.
module internal Functional.ActivationKinds

let private softmaxOf source =
    match Settings.find source "axis" with
    | Setting.Items _ -> softmaxOverAxes (Settings.wholes source "axis")
    | Setting.Number _
    | Setting.Whole _
    | Setting.Text _
    | Setting.Flag _
    | Setting.Group _ -> softmaxOver (Settings.whole source "axis")

let private reluOf (source: Settings.Source) =
    if
        source.Settings
        |> List.exists (fun (name, _) -> List.contains name [ "max_value"; "negative_slope"; "threshold" ])
    then
        let number name fallback =
            Settings.tryFind source name
            |> Option.map (fun _ -> Settings.number source name)
            |> Option.defaultValue fallback

        reluWith
            { MaxValue = Settings.tryFind source "max_value" |> Option.map (fun _ -> Settings.number source "max_value")
              NegativeSlope = number "negative_slope" 0.0
              Threshold = number "threshold" 0.0 }
    else
        relu

/// The kinds with settings.
let withSettings: (string * (Settings.Source -> Layer<Tensor, Tensor>)) list =
    let number source name = Settings.number source name

    [ "relu", reluOf
      "softmax", softmaxOf
      "leaky_relu", (fun source -> leakyReluOf (number source "negative_slope"))
      "elu", (fun source -> eluOf (number source "alpha"))
      "celu", (fun source -> celuOf (number source "alpha"))
      "hard_shrink", (fun source -> hardShrinkOf (number source "threshold"))
      "soft_shrink", (fun source -> softShrinkOf (number source "threshold"))
      "squareplus", (fun source -> squareplusOf (number source "b"))
      "threshold", (fun source -> thresholdOf (number source "threshold") (number source "default_value")) ]

/// The kinds without settings.
let plain: Layer<Tensor, Tensor> list =
    [ linear
      relu6
      sigmoid
      tanh'
      logSoftmax
      selu
      gelu
      geluTanh
      silu
      softplus
      softsign
      hardSigmoid
      hardSwish
      mish
      exponential
      glu
      hardTanh
      tanhShrink
      logSigmoid
      sparsePlus
      sparseSigmoid
      sparsemax ]

/// A layer of each kind whose settings have defaults.
let templates: (Layer<Tensor, Tensor> * string list) list =
    [ softmax, []
      leakyRelu, []
      elu, []
      celu, []
      hardShrink, []
      softShrink, []
      squareplus, []
      thresholdOf 0.0 0.0, [ "threshold"; "default_value" ]
      prelu, [] ]
