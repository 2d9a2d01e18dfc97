namespace Functional

/// A layer that multiplies by a kernel, adds a bias and applies an activation: dense layers and convolutions.
type internal KernelLayer =
    {
        /// Keras's name of the layer: "dense".
        Kind: string
        /// The name of the function that makes it, for errors.
        Operation: string
        /// A call of that function, to which an activation may be added behind: "dense units".
        Call: string
        /// The settings before those of the kernel and the bias.
        Settings: (string * Setting) list
        /// Applied behind the bias.
        Activation: Layer<Tensor, Tensor> option
        /// Whether there is a bias: one number for each length of the result's last axis.
        UseBias: bool
        /// Keras's word for the kernel in the names of its settings: "kernel", "depthwise".
        KernelSettings: string
        Kernel: VariableOptions
        Bias: VariableOptions
        /// The penalty on the layer's results.
        ActivityRegularizer: Regularizer option
        /// The kernel's shape, and that of the product, from the shape of a sample that the layer takes.
        Shapes: Shape -> Shape * Shape
        /// The product of a kernel and a batch of its type.
        Product: Tensor -> Tensor -> Tensor
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
        @ [ "use_bias", Setting.Flag layer.UseBias ]
        @ VariableOptions.settings layer.KernelSettings layer.Kernel
        @ VariableOptions.settings "bias" layer.Bias

    let private outputShape layer shapes =
        let result = snd (layer.Shapes(Layer.single layer.Kind shapes))

        match layer.Activation with
        | None -> [ result ]
        | Some activation -> Layer.shapes [ result ] activation

    let private parameters layer (shapes: Shape list) =
        let kernel, result = layer.Shapes(List.exactlyOne shapes)

        match layer.Activation with
        | Some activation when Network.hasVariables [ result ] activation.Network ->
            refuse layer activation "has variables of its own"
        | Some _
        | None -> ()

        let bias = [ List.last result ]

        [ "kernel", Layer.start kernel (fun key -> layer.Kernel.Initializer.Draw (snd (Key.split key)) kernel)
          if layer.UseBias then
              "bias", Layer.start bias (fun key -> layer.Bias.Initializer.Draw (fst (Key.split key)) bias) ]

    /// The product with the kernel, and the bias: the layer without its activation.
    let private linear layer (variables: Variables) (x: Tensor) =
        let kernel = variables.Parameters["kernel"]
        // pixels and counts come as integers; Keras casts them as well
        let x = if x.DType.IsFloat then x else Tensor.cast kernel.DType x
        let y = layer.Product kernel x
        if layer.UseBias then y + variables.Parameters["bias"] else y

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

    /// The layer, whose parameters are "kernel" and "bias".
    let create (layer: KernelLayer) : Layer<Tensor, Tensor> =
        match layer.Activation with
        | Some activation when not activation.Description.Children.IsEmpty ->
            refuse layer activation "is made of other layers"
        | Some _
        | None -> ()

        let logits = logits layer

        Layer.define layer.Kind (settings layer) (outputShape layer) (parameters layer) (apply layer)
        |> Layer.withVariableOptions [ "kernel", layer.Kernel; "bias", layer.Bias ]
        |> Layer.withActivations (Option.toList layer.Activation)
        |> Layer.mapStages (fun stage -> { stage with Logits = logits })
        |> Layer.withActivityRegularizer layer.ActivityRegularizer
