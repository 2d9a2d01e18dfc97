namespace Functional

/// Options of the recurrent layers and of their cells, with Keras's names and defaults.
type RecurrentOptions =
    {
        /// The activation of the new state, or of the candidate; tanh by default. It must have no parameters.
        Activation: Layer<Tensor, Tensor>
        /// The activation of the gates of `lstm` and `gru`; sigmoid by default. It must have no parameters.
        RecurrentActivation: Layer<Tensor, Tensor>
        /// Whether biases are added; true by default.
        UseBias: bool
        /// The initializer of the kernel of the inputs; glorot uniform by default.
        KernelInitializer: Initializer
        /// The initializer of the recurrent kernel; orthogonal by default, in one draw for all gates.
        RecurrentInitializer: Initializer
        /// The initializer of the bias: zeros by default.
        BiasInitializer: Initializer
        /// Whether the bias of the forget gate of `lstm` starts at one; true by default. (Jozefowicz et al. 2015.)
        UnitForgetBias: bool
        /// Whether the reset gate of `gru` meets the state after its product with the recurrent kernel; true by
        /// default, as PyTorch and cuDNN have it. Without it the gate meets the state before the product. (Cho et al.
        /// 2014.)
        ResetAfter: bool
        /// The regularizer of the kernel; none by default.
        KernelRegularizer: Regularizer option
        /// The regularizer of the recurrent kernel; none by default.
        RecurrentRegularizer: Regularizer option
        /// The regularizer of the bias; none by default.
        BiasRegularizer: Regularizer option
        /// The constraint of the kernel, applied after each update; none by default.
        KernelConstraint: Constraint option
        /// The constraint of the recurrent kernel; none by default.
        RecurrentConstraint: Constraint option
        /// The constraint of the bias; none by default.
        BiasConstraint: Constraint option
        /// The penalty on the layer's output, summed over the batch as in Keras 3; none by default.
        ActivityRegularizer: Regularizer option
        /// The share of the input's features that are zero while training; 0 by default. One draw for each sequence:
        /// the same features in every step. (Gal and Ghahramani 2016.)
        Dropout: float
        /// The share of the state's units that are zero in the recurrent product while training; 0 by default. One draw
        /// for each sequence.
        RecurrentDropout: float
        /// Whether the layer gives the state after every step, [time; units], or after the last one, [units]; false by
        /// default.
        ReturnSequences: bool
        /// Whether the last step is read first; false by default. States of all steps then come in the order in which
        /// they were computed, as Keras gives them.
        GoBackwards: bool
        /// Whether masked steps give zeros where states of all steps are given; false by default: they repeat the state
        /// of the step before. (Bidirectional layers give zeros always, as in Keras.)
        ZeroOutputForMask: bool
        /// The batch size of a stateful layer; None, the default, of one that is not. A stateful layer keeps the last
        /// states of a batch and begins the next batch with them: sample i goes on where sample i ended. The states are
        /// variables that are not trained, "rnn_state_0" and on, [batch; units], zero at first; `Variables.resetStates`
        /// makes them zero again. Other batch sizes are an error.
        Stateful: int option
    }

    /// Keras's defaults.
    static member defaults =
        { Activation = tanh'
          RecurrentActivation = sigmoid
          UseBias = true
          KernelInitializer = Initializer.glorotUniform
          RecurrentInitializer = Initializer.orthogonal 1.0
          BiasInitializer = Initializer.zeros
          UnitForgetBias = true
          ResetAfter = true
          KernelRegularizer = None
          RecurrentRegularizer = None
          BiasRegularizer = None
          KernelConstraint = None
          RecurrentConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None
          Dropout = 0.0
          RecurrentDropout = 0.0
          ReturnSequences = false
          GoBackwards = false
          ZeroOutputForMask = false
          Stateful = None }

    member internal options.Kernel: VariableOptions =
        { Initializer = options.KernelInitializer
          Regularizer = options.KernelRegularizer
          Constraint = options.KernelConstraint }

    member internal options.Recurrent: VariableOptions =
        { Initializer = options.RecurrentInitializer
          Regularizer = options.RecurrentRegularizer
          Constraint = options.RecurrentConstraint }

    member internal options.Bias: VariableOptions =
        { Initializer = options.BiasInitializer
          Regularizer = options.BiasRegularizer
          Constraint = options.BiasConstraint }

/// Options of `rnnWith`: those of a loop over any cell, with Keras's names and defaults.
type RnnOptions =
    {
        /// Whether the layer gives the cell's output after every step, [time; ...], or after the last one; false by
        /// default.
        ReturnSequences: bool
        /// Whether the last step is read first; false by default.
        GoBackwards: bool
        /// Whether masked steps give zeros where the outputs of all steps are given; false by default: they repeat the
        /// output before.
        ZeroOutputForMask: bool
        /// The batch size of a stateful layer; None, the default, of one that is not. See `RecurrentOptions`.
        Stateful: int option
    }

    /// Keras's defaults.
    static member defaults: RnnOptions =
        { ReturnSequences = false; GoBackwards = false; ZeroOutputForMask = false; Stateful = None }

/// The checks, the settings and the shares of dropout that recurrent layers have in common.
module internal RecurrentSettings =
    let private demandShare kind name (rate: float) =
        if not (rate >= 0.0 && rate < 1.0) then
            Fail.argument kind name rate "is not a share to drop; give 0 or more, and less than 1."

    /// Errors of a batch size of a stateful layer.
    let demandStateful kind (stateful: int option) =
        match stateful with
        | Some batch when batch < 1 -> Fail.argument kind "stateful" batch "is not a batch size; give 1 or more."
        | Some _
        | None -> ()

    let demandActivation kind (activation: Layer<Tensor, Tensor>) =
        if not activation.Description.Children.IsEmpty then
            Fail.argument
                kind
                "activation"
                $"'{activation.Description.Kind}'"
                "is made of other layers; make one of it with Layer.ofFunction."

    let demandDropout kind (dropout: float) (recurrentDropout: float) =
        demandShare kind "dropout" dropout
        demandShare kind "recurrent_dropout" recurrentDropout

    /// Errors of activations with variables, for states of this shape.
    let demandNoVariables kind (state: Shape) (activations: Layer<Tensor, Tensor> list) =
        for activation in activations do
            if Network.hasVariables [ state ] activation.Network then
                Fail.argument
                    kind
                    "activation"
                    $"'{activation.Description.Kind}'"
                    "has variables of its own; take one without."

    let applied (activation: Layer<Tensor, Tensor>) x = Layer.predictAlone x activation

    /// Drops a share of the elements while training, in each step the same of this shape, and scales the others up.
    let drop (run: Run) (rate: float) key (like: Tensor) (shape: Shape) : Tensor -> Tensor =
        if run.Training && rate > 0.0 then
            let factors =
                Core.beside like (fun () ->
                    let kept = Random.bernoulli (1.0 - rate) key shape
                    let scaled = Tensor.fullOf like.DType shape (1.0 / (1.0 - rate))
                    Tensor.where kept scaled (Tensor.zerosOf like.DType shape))

            fun x -> x * factors
        else
            id

    /// The settings of the loop over time.
    let ofLoop (options: RnnOptions) returnsState : (string * Setting) list =
        [ "return_sequences", Setting.Flag options.ReturnSequences
          "return_state", Setting.Flag returnsState
          "go_backwards", Setting.Flag options.GoBackwards
          "zero_output_for_mask", Setting.Flag options.ZeroOutputForMask
          "stateful", Setting.Flag options.Stateful.IsSome
          match options.Stateful with
          | Some batch -> "batch_size", Setting.Whole batch
          | None -> () ]
