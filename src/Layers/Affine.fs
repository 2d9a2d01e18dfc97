namespace Functional

/// What dense layers and convolutions share: a product with a kernel, a bias, and an activation inside the layer.
type internal Affine =
    {
        /// Keras's name of the layer: "dense".
        Kind: string
        /// The function its user calls, for errors.
        Operation: string
        /// A call of that function, to which an activation may be added behind: "dense units".
        Call: string
        /// The settings that stand before those of the kernel and the bias.
        Settings: (string * Setting) list
        /// What follows the bias.
        Activation: Layer<Tensor, Tensor> option
        /// Whether there is a bias: one number for each length of the result's last axis.
        UseBias: bool
        /// What Keras calls the kernel in the names of its settings: "kernel", "depthwise".
        KernelSettings: string
        KernelInitializer: Initializer
        KernelRegularizer: Regularizer option
        BiasInitializer: Initializer
        BiasRegularizer: Regularizer option
        /// The kernel's shape, and that of the product, from the shape of a sample that the layer takes.
        Shapes: Shape -> Shape * Shape
        /// The product of a kernel and a batch of its type.
        Product: Tensor -> Tensor -> Tensor
    }

module internal Affine =
    let private refuse affine (activation: Layer<Tensor, Tensor>) reason =
        Fail.argument
            affine.Operation
            "activation"
            $"'{activation.Description.Kind}'"
            $"{reason}; put it behind: {affine.Call} --> activation."

    /// The parameters are "kernel" and "bias".
    let layer (affine: Affine) : Layer<Tensor, Tensor> =
        match affine.Activation with
        | Some activation when not activation.Description.Children.IsEmpty ->
            refuse affine activation "is made of other layers"
        | Some _
        | None -> ()

        let regularizer name option = option |> Option.map (fun r -> name, Regularizer.toSetting r) |> Option.toList

        let settings =
            affine.Settings
            @ [ "use_bias", Setting.Flag affine.UseBias
                $"{affine.KernelSettings}_initializer", Initializer.toSetting affine.KernelInitializer
                "bias_initializer", Initializer.toSetting affine.BiasInitializer ]
            @ regularizer $"{affine.KernelSettings}_regularizer" affine.KernelRegularizer
            @ regularizer "bias_regularizer" affine.BiasRegularizer

        let description =
            { Layer.describe affine.Kind settings with
                Children = affine.Activation |> Option.map _.Description |> Option.toList }

        let shape shapes =
            let result = snd (affine.Shapes(Layer.single affine.Kind shapes))

            match affine.Activation with
            | None -> [ result ]
            | Some activation -> Layer.shapes [ result ] activation

        let draw key (shapes: Shape list) =
            let kernel, result = affine.Shapes(List.exactlyOne shapes)

            match affine.Activation with
            | Some activation ->
                let variables, _ = Layer.initMany key [ result ] activation

                if not (Variables.flatten variables).IsEmpty then
                    refuse affine activation "has variables of its own"
            | None -> ()

            let ofBias, ofKernel = Key.split key

            { Chain.noVariables with
                Parameters =
                    Tree.ofList
                        [ "kernel", affine.KernelInitializer.Draw ofKernel kernel
                          if affine.UseBias then
                              "bias", affine.BiasInitializer.Draw ofBias [ List.last result ] ] }

        let linear variables (x: Tensor) =
            let kernel = variables.Parameters["kernel"]
            // pixels and counts come as integers; Keras casts them as well
            let x = if x.DType.IsFloat then x else Tensor.cast kernel.DType x
            let y = affine.Product kernel x
            if affine.UseBias then y + variables.Parameters["bias"] else y

        let apply variables run x =
            let y = linear variables x

            match affine.Activation with
            | None -> y, variables
            | Some activation -> fst (activation.Apply Chain.noVariables run y), variables

        { Layer.define description shape draw apply with
            Logits =
                affine.Activation
                |> Option.bind _.Logits
                |> Option.map (fun (kind, before) ->
                    kind, (fun variables run x -> fst (before Chain.noVariables run (linear variables x)), variables))
            Penalties =
                fun variables ->
                    Regularizer.terms
                        [ affine.KernelRegularizer, variables.Parameters["kernel"]
                          if affine.UseBias then
                              affine.BiasRegularizer, variables.Parameters["bias"] ] }
