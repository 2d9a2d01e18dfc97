namespace Functional

/// A parameter that a layer multiplies by.
type internal KernelVariable =
    {
        /// Its name among the parameters of the layer: "kernel".
        Name: string
        /// Keras's word for it in the names of settings: "kernel", "depthwise".
        Word: string
        Options: VariableOptions
    }

/// A layer that multiplies by kernels, adds a bias and applies an activation: dense layers and convolutions.
type internal KernelLayer =
    {
        /// Keras's name of the layer: "dense".
        Kind: string
        /// The name of the function that makes it, for errors.
        Operation: string
        /// A call of that function, to which an activation may be added behind: "dense units".
        Call: string
        /// The settings before those of the kernels and the bias.
        Settings: (string * Setting) list
        /// Applied behind the bias.
        Activation: Layer<Tensor, Tensor> option
        /// Whether there is a bias: one number for each length of the result's last axis.
        UseBias: bool
        /// The parameters that it multiplies by.
        Kernels: KernelVariable list
        Bias: VariableOptions
        /// The penalty on the layer's results.
        ActivityRegularizer: Regularizer option
        /// The number of axes of time or space in front of the channels, or behind them as the format says; 0 where
        /// samples have features alone.
        Axes: int
        DataFormat: DataFormat
        /// The kernels' shapes, and that of the product, from the shape of a sample with the channels behind.
        Shapes: Shape -> Shape list * Shape
        /// The product of the kernels and a batch of their type with the channels behind.
        Product: Tensor list -> Tensor -> Tensor
    }

module internal KernelLayer =
    let private refuse layer (activation: Layer<Tensor, Tensor>) reason =
        Fail.argument
            layer.Operation
            "activation"
            $"'{activation.Description.Kind}'"
            $"{reason}; put it behind: {layer.Call} --> activation."

    let private settings layer =
        layer.Settings
        @ [ "use_bias", Setting.Flag layer.UseBias
            for kernel in layer.Kernels do
                yield! VariableOptions.settings kernel.Word kernel.Options ]
        @ VariableOptions.settings "bias" layer.Bias

    let private outputShape layer shapes =
        let rule = layer.Shapes >> snd

        let result =
            Layer.single layer.Kind shapes |> DataFormat.shape layer.Operation layer.DataFormat layer.Axes rule

        match layer.Activation with
        | None -> [ result ]
        | Some activation -> Layer.shapes [ result ] activation

    let private parameters layer (shapes: Shape list) =
        let sample = DataFormat.channelsLast layer.DataFormat layer.Axes (List.exactlyOne shapes)
        let kernels, result = layer.Shapes sample

        match layer.Activation with
        | Some activation when Network.hasVariables [ result ] activation.Network ->
            refuse layer activation "has variables of its own"
        | Some _
        | None -> ()

        let drawn i (kernel: KernelVariable) shape key =
            let key = snd (Key.split key)
            kernel.Options.Initializer.Draw (if i = 0 then key else Key.fold i key) shape

        [ for i, (kernel, shape) in List.indexed (List.zip layer.Kernels kernels) do
              kernel.Name, Layer.start shape (drawn i kernel shape)
          if layer.UseBias then
              let bias = [ List.last result ]
              "bias", Layer.start bias (fun key -> layer.Bias.Initializer.Draw (fst (Key.split key)) bias) ]

    /// The product with the kernels, and the bias: the layer without its activation.
    let private linear layer (variables: Variables) (x: Tensor) =
        let kernels = layer.Kernels |> List.map (fun kernel -> variables.Parameters[kernel.Name])
        // pixels and counts come as integers; Keras casts them as well
        let x = if x.DType.IsFloat then x else Tensor.cast kernels.Head.DType x

        let product x =
            let y = layer.Product kernels x
            if layer.UseBias then y + variables.Parameters["bias"] else y

        DataFormat.over layer.DataFormat layer.Axes product x

    let private apply layer (variables: Variables) run x =
        let y = linear layer variables x

        match layer.Activation with
        | None -> y, variables
        | Some activation -> fst (activation.Apply (Network.noVariables activation.Network) run y), variables

    /// The function without the activation, where that is a softmax or a sigmoid.
    let private logits layer =
        layer.Activation
        |> Option.bind _.Logits
        |> Option.map (fun (kind, _) ->
            kind, (fun _ variables _ xs -> [ linear layer variables (List.exactlyOne xs) ], variables))

    /// The layer, whose parameters are its kernels and "bias".
    let create (layer: KernelLayer) : Layer<Tensor, Tensor> =
        match layer.Activation with
        | Some activation when not activation.Description.Children.IsEmpty ->
            refuse layer activation "is made of other layers"
        | Some _
        | None -> ()

        let logits = logits layer

        Layer.define layer.Kind (settings layer) (outputShape layer) (parameters layer) (apply layer)
        |> Layer.withVariableOptions
            [ for kernel in layer.Kernels do
                  kernel.Name, kernel.Options
              "bias", layer.Bias ]
        |> Layer.withActivations (Option.toList layer.Activation)
        |> Layer.mapStages (fun stage -> { stage with Logits = logits })
        |> Layer.withMaskRule MaskRule.Stops
        |> Layer.withActivityRegularizer layer.ActivityRegularizer
