namespace Functional

/// Options of `einsumDenseWith`.
type EinsumDenseOptions =
    {
        /// The letters of the result along which a bias is added: "d". None by default: no bias.
        BiasAxes: string
        /// The activation inside the layer: `Some relu`. None by default. It must have no parameters.
        Activation: Layer<Tensor, Tensor> option
        /// The initializer of the kernel: glorot uniform by default.
        KernelInitializer: Initializer
        /// The initializer of the bias: zeros by default.
        BiasInitializer: Initializer
        /// The regularizer of the kernel; none by default.
        KernelRegularizer: Regularizer option
        /// The regularizer of the bias; none by default.
        BiasRegularizer: Regularizer option
        /// The constraint of the kernel, applied after each update; none by default.
        KernelConstraint: Constraint option
        /// The constraint of the bias; none by default.
        BiasConstraint: Constraint option
        /// The penalty on the layer's results, summed over the batch as in Keras 3; none by default.
        ActivityRegularizer: Regularizer option
    }

    /// Keras's defaults: no bias, no activation, a kernel by glorot uniform, no regularizers and constraints.
    static member defaults =
        { BiasAxes = ""
          Activation = None
          KernelInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          KernelRegularizer = None
          BiasRegularizer = None
          KernelConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None }

/// The terms of "abc,cd->abd": the letters of the input, of the kernel and of the result, the ellipsis written '.'.
type private EinsumTerms = { Equation: string; Input: char list; Kernel: char list; Output: char list }

/// A dense layer along any axes.
[<AutoOpen>]
module EinsumDenseLayers =
    let private kind = "einsum_dense"

    let private refuse equation reason = Fail.argument "einsumDense" "equation" $"'{equation}'" reason

    let private termsOf (equation: string) =
        let letters (text: string) = text.Trim().Replace("...", ".") |> List.ofSeq

        match equation.Split "->" with
        | [| operands; output |] ->
            match operands.Split ',' with
            | [| input; kernel |] ->
                let terms =
                    { Equation = equation; Input = letters input; Kernel = letters kernel; Output = letters output }

                if List.contains '.' terms.Kernel then
                    refuse equation "has an ellipsis for the kernel; name each of its axes."

                if List.contains '.' terms.Input <> List.contains '.' terms.Output then
                    refuse equation "has an ellipsis on one side; write it for the input and for the result."

                terms
            | _ -> refuse equation "must have two terms before ->: the input's and the kernel's."
        | _ -> refuse equation "must name the axes of the result behind ->, as in abc,cd->abd."

    /// The letters with an ellipsis of so many axes, which have the characters from '\000' on.
    let private expanded hidden letters =
        letters |> List.collect (fun c -> if c = '.' then List.init hidden char else [ c ])

    /// The lengths of the letters, from a sample and the lengths of the result's axes that are asked for, 0 for those of the
    /// input.
    let private lengths (terms: EinsumTerms) (outputShape: int list) (sample: Shape) =
        let hidden = sample.Length + 1 - (terms.Input |> List.filter ((<>) '.') |> List.length)

        if hidden < 0 || (hidden > 0 && not (List.contains '.' terms.Input)) then
            Fail.shapes
                kind
                [ "sample", sample ]
                $"'{terms.Equation}' names other axes than the batch and those of the sample."

        let input = expanded hidden terms.Input
        // the batch axis is not among the lengths that are asked for
        let known = List.zip input (0 :: sample)
        let named = terms.Output |> List.filter ((<>) '.')

        let asked =
            if List.tryHead terms.Output = Some '.' then
                named
            else
                List.filter ((<>) (List.head input)) named

        if asked.Length <> outputShape.Length then
            Fail.argument
                kind
                "output shape"
                outputShape
                $"has other axes than '{terms.Equation}' names behind the batch; give {asked.Length} lengths."

        let given = List.zip asked outputShape |> List.filter (fun (_, n) -> n > 0)

        for letter, n in given do
            match List.tryFind (fst >> (=) letter) known with
            | Some(_, m) when m <> n ->
                Fail.shapes
                    kind
                    [ "sample", sample; "output shape", outputShape ]
                    $"the axis '{letter}' has the lengths {m} and {n}."
            | Some _
            | None -> ()

        hidden, Map.ofList (given @ known)

    let private lengthOf (terms: EinsumTerms) (lengths: Map<char, int>) letter =
        match Map.tryFind letter lengths with
        | Some n -> n
        | None ->
            refuse terms.Equation $"has the axis '{letter}', whose length neither the input nor the output shape gives."

    /// The shapes of the kernel, of the bias and of the result.
    let private shapes (terms: EinsumTerms) (biasAxes: string) outputShape sample =
        let hidden, lengths = lengths terms outputShape sample
        let lengthOf = lengthOf terms lengths
        let output = expanded hidden terms.Output

        let bias =
            output
            |> List.skipWhile (biasAxes.Contains >> not)
            |> List.map (fun letter -> if biasAxes.Contains letter then lengthOf letter else 1)

        List.map lengthOf terms.Kernel, bias, List.map lengthOf output.Tail

    /// The product of a kernel and a batch by an einsum, with options: `einsumDenseWith options "abc,cd->abd" [ 0; 64 ]`. The
    /// first letter of the input is the batch; "..." stands for axes that are not named. The output shape gives the lengths of
    /// the result's named axes without the batch; 0 stands for the input's length (Keras: None). Parameters: "kernel" with
    /// the axes of its term, and, with `BiasAxes`, "bias". An equation that does not fit is an error here, or when the layer
    /// is built.
    let einsumDenseWith
        (options: EinsumDenseOptions)
        (equation: string)
        (outputShape: int list)
        : Layer<Tensor, Tensor> =
        let terms = termsOf equation

        for letter in options.BiasAxes do
            if not (List.contains letter terms.Output) then
                refuse equation $"has no axis '{letter}' in the result, along which a bias is to be added."

        let shapes = shapes terms options.BiasAxes outputShape
        let hasBias = options.BiasAxes <> ""

        let kernel: VariableOptions =
            { Initializer = options.KernelInitializer
              Regularizer = options.KernelRegularizer
              Constraint = options.KernelConstraint }

        let bias: VariableOptions =
            { Initializer = options.BiasInitializer
              Regularizer = options.BiasRegularizer
              Constraint = options.BiasConstraint }

        let product (parameters: Tensor list) (x: Tensor) =
            let y = Tensor.einsum equation [ x; parameters.Head ]
            if hasBias then y + parameters[1] else y

        KernelLayer.create
            { Kind = kind
              Operation = "einsumDense"
              Call = "einsumDense equation shape"
              Settings =
                [ "equation", Setting.Text equation
                  "output_shape", Settings.ofWholes outputShape
                  if hasBias then
                      "bias_axes", Setting.Text options.BiasAxes ]
              Activation = options.Activation
              UseBias = false
              Kernels =
                [ { Name = "kernel"; Word = "kernel"; Options = kernel }
                  if hasBias then
                      { Name = "bias"; Word = "bias"; Options = bias } ]
              Bias = { bias with Regularizer = None; Constraint = None }
              ActivityRegularizer = options.ActivityRegularizer
              Axes = 0
              DataFormat = DataFormat.ChannelsLast
              Shapes =
                fun sample ->
                    let kernel, bias, result = shapes sample
                    (if hasBias then [ kernel; bias ] else [ kernel ]), result
              Product = product }
        // its bias stands among the kernels, since it lies along any axes
        |> Layer.mapStages (fun stage ->
            { stage with
                Settings = stage.Settings |> List.distinctBy fst |> List.filter (fun (name, _) -> name <> "use_bias") })

    /// `einsumDenseWith` Keras's defaults: no bias, no activation.
    let einsumDense (equation: string) (outputShape: int list) : Layer<Tensor, Tensor> =
        einsumDenseWith EinsumDenseOptions.defaults equation outputShape
