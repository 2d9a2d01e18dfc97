namespace Functional

/// Options of `denseWith`.
type DenseOptions =
    {
        /// What follows the product, inside the layer: `Some relu`. None by default. It must have no parameters.
        Activation: Layer<Tensor, Tensor> option
        /// Whether a bias is added; true by default.
        UseBias: bool
        /// How the kernel starts; glorot uniform by default.
        KernelInitializer: Initializer
        /// How the bias starts; zeros by default.
        BiasInitializer: Initializer
        /// What the kernel costs; nothing by default.
        KernelRegularizer: Regularizer option
        /// What the bias costs; nothing by default.
        BiasRegularizer: Regularizer option
    }

    /// Keras's defaults: no activation, a bias of zeros, a kernel by glorot uniform, no regularizers.
    static member defaults =
        { Activation = None
          UseBias = true
          KernelInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          KernelRegularizer = None
          BiasRegularizer = None }

/// The dense layer.
[<AutoOpen>]
module DenseLayers =
    let private product (x: Tensor) (kernel: Tensor) =
        let inputs, units = kernel.Shape[0], kernel.Shape[1]

        if x.Rank = 0 || List.last x.Shape <> inputs then
            Fail.shapes
                "dense"
                [ "input", x.Shape; "kernel", kernel.Shape ]
                $"the kernel takes {inputs} features along the input's last axis; give it as many, or build the \
                  layer anew."

        // pixels and counts come as integers; Keras casts them as well
        let x = if x.DType.IsFloat then x else Tensor.cast kernel.DType x

        if x.Rank <= 2 then
            Tensor.matmul x kernel
        else
            let front = List.take (x.Rank - 1) x.Shape
            // one product of matrices instead of one an outer index
            Tensor.matmul (Tensor.reshape [ Shape.size front; inputs ] x) kernel
            |> Tensor.reshape (front @ [ units ])

    /// x·kernel + bias on the last axis, [..., in] to [..., units], with options. Parameters: "kernel" [in; units] and
    /// "bias" [units]. A unit count below 1 is an error, and so is an activation with parameters when the layer is
    /// built.
    let denseWith (options: DenseOptions) (units: int) : Layer<Tensor, Tensor> =
        if units < 1 then
            Fail.argument "dense" "units" units "is not a number of outputs; give 1 or more."

        match options.Activation with
        | Some activation when not activation.Description.Children.IsEmpty ->
            Fail.argument
                "dense"
                "activation"
                $"'{activation.Description.Kind}'"
                "is made of other layers; put it behind: dense units --> activation."
        | Some _
        | None -> ()

        let regularizer name option = option |> Option.map (fun r -> name, Regularizer.toSetting r) |> Option.toList

        let settings =
            [ "units", Setting.Whole units
              "use_bias", Setting.Flag options.UseBias
              "kernel_initializer", Initializer.toSetting options.KernelInitializer
              "bias_initializer", Initializer.toSetting options.BiasInitializer ]
            @ regularizer "kernel_regularizer" options.KernelRegularizer
            @ regularizer "bias_regularizer" options.BiasRegularizer

        let description =
            { Layer.describe "dense" settings with
                Children = options.Activation |> Option.map _.Description |> Option.toList }

        let shape shapes =
            match List.rev (Layer.single "dense" shapes) with
            | [] ->
                Fail.shapes
                    "dense"
                    [ "sample", [] ]
                    "a sample is a number, but dense takes rows of features; reshape [1] before it."
            | _ :: front ->
                let result = List.rev (units :: front)

                match options.Activation with
                | None -> [ result ]
                | Some activation -> Layer.shapes [ result ] activation

        let draw key (shapes: Shape list) =
            let sample = shapes.Head

            match options.Activation with
            | Some activation ->
                let variables, _ = Layer.initMany key [ List.take (sample.Length - 1) sample @ [ units ] ] activation

                if not (Variables.flatten variables).IsEmpty then
                    Fail.argument
                        "dense"
                        "activation"
                        $"'{activation.Description.Kind}'"
                        "has variables of its own; put it behind: dense units --> activation."
            | None -> ()

            let ofBias, ofKernel = Key.split key

            { Chain.noVariables with
                Parameters =
                    Tree.ofList
                        [ "kernel", options.KernelInitializer.Draw ofKernel [ List.last sample; units ]
                          if options.UseBias then
                              "bias", options.BiasInitializer.Draw ofBias [ units ] ] }

        let affine variables (x: Tensor) =
            let y = product x variables.Parameters["kernel"]
            if options.UseBias then y + variables.Parameters["bias"] else y

        let apply variables run x =
            let y = affine variables x

            match options.Activation with
            | None -> y, variables
            | Some activation -> fst (activation.Apply Chain.noVariables run y), variables

        { Layer.define description shape draw apply with
            Logits =
                options.Activation
                |> Option.bind _.Logits
                |> Option.map (fun (kind, before) ->
                    kind, (fun variables run x -> fst (before Chain.noVariables run (affine variables x)), variables))
            Penalty =
                fun variables ->
                    Regularizer.total
                        [ options.KernelRegularizer, variables.Parameters["kernel"]
                          if options.UseBias then
                              options.BiasRegularizer, variables.Parameters["bias"] ] }

    /// x·kernel + bias on the last axis: [..., in] to [..., units]. The kernel [in; units] starts by glorot uniform,
    /// the bias at zero, as in Keras. PyTorch's Linear keeps the transposed kernel, and starts both uniform in
    /// ±1/sqrt(in). Integers and booleans are cast to the kernel's type. A unit count below 1 is an error.
    let dense (units: int) : Layer<Tensor, Tensor> = denseWith DenseOptions.defaults units
