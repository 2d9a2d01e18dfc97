namespace Functional

/// Which library's form an update has where the two differ. The docs of each rule say how.
[<RequireQualifiedAccess>]
type UpdateForm =
    /// As in Keras.
    | Keras
    /// As in PyTorch.
    | PyTorch

/// Options of stochastic gradient descent.
type SgdOptions =
    {
        /// Default 0.01.
        LearningRate: float
        /// How much of the last step is kept. Default 0.
        Momentum: float
        /// Whether the gradient is taken where the momentum leads. Default false.
        Nesterov: bool
        /// Default Keras.
        Form: UpdateForm
    }

    /// Keras's defaults.
    static member defaults =
        { SgdOptions.LearningRate = 0.01; Momentum = 0.0; Nesterov = false; Form = UpdateForm.Keras }

/// Options of RMSprop.
type RmspropOptions =
    {
        /// Default 0.001 (PyTorch 0.01).
        LearningRate: float
        /// How much of the average of squares is kept. Default 0.9 (PyTorch's alpha, 0.99).
        Rho: float
        /// Default 0.
        Momentum: float
        /// Default 1e-7 (PyTorch 1e-8).
        Epsilon: float
        /// Whether the squared average gradient is taken from the average of squares. Default false.
        Centered: bool
        /// Default Keras.
        Form: UpdateForm
    }

    /// Keras's defaults.
    static member defaults =
        { LearningRate = 0.001
          Rho = 0.9
          Momentum = 0.0
          Epsilon = 1e-7
          Centered = false
          Form = UpdateForm.Keras }

    /// PyTorch's form and defaults.
    static member pytorch =
        { RmspropOptions.defaults with
            LearningRate = 0.01
            Rho = 0.99
            Epsilon = 1e-8
            Form = UpdateForm.PyTorch }

/// Options of Adagrad.
type AdagradOptions =
    {
        /// Default 0.001 (PyTorch 0.01).
        LearningRate: float
        /// The initial sum of squares. Default 0.1 (PyTorch 0).
        InitialAccumulator: float
        /// Default 1e-7 (PyTorch 1e-10).
        Epsilon: float
        /// Default Keras.
        Form: UpdateForm
    }

    /// Keras's defaults.
    static member defaults =
        { LearningRate = 0.001; InitialAccumulator = 0.1; Epsilon = 1e-7; Form = UpdateForm.Keras }

    /// PyTorch's form and defaults.
    static member pytorch =
        { LearningRate = 0.01; InitialAccumulator = 0.0; Epsilon = 1e-10; Form = UpdateForm.PyTorch }

/// Options of Adadelta.
type AdadeltaOptions =
    {
        /// Default 0.001 (PyTorch 1).
        LearningRate: float
        /// How much of both averages is kept. Default 0.95 (PyTorch 0.9).
        Rho: float
        /// Default 1e-7 (PyTorch 1e-6).
        Epsilon: float
    }

    /// Keras's defaults.
    static member defaults = { AdadeltaOptions.LearningRate = 0.001; Rho = 0.95; Epsilon = 1e-7 }

    /// PyTorch's defaults.
    static member pytorch = { AdadeltaOptions.LearningRate = 1.0; Rho = 0.9; Epsilon = 1e-6 }

/// Options of Adam, and of AdamW.
type AdamOptions =
    {
        /// Default 0.001.
        LearningRate: float
        /// How much of the average gradient is kept. Default 0.9.
        Beta1: float
        /// How much of the average of squares is kept. Default 0.999.
        Beta2: float
        /// Default 1e-7 (PyTorch 1e-8).
        Epsilon: float
        /// Whether the largest average of squares so far is used. Default false.
        AmsGrad: bool
        /// Decoupled weight decay: w -= lr * decay * w. Default 0 for Adam and 0.004 for AdamW (PyTorch 0.01).
        WeightDecay: float
        /// Default Keras.
        Form: UpdateForm
    }

    /// Keras's defaults of Adam.
    static member defaults =
        { LearningRate = 0.001
          Beta1 = 0.9
          Beta2 = 0.999
          Epsilon = 1e-7
          AmsGrad = false
          WeightDecay = 0.0
          Form = UpdateForm.Keras }

    /// Keras's defaults of AdamW.
    static member adamw = { AdamOptions.defaults with WeightDecay = 0.004 }

    /// PyTorch's form and defaults of Adam.
    static member pytorch = { AdamOptions.defaults with Epsilon = 1e-8; Form = UpdateForm.PyTorch }

/// Options of Adamax.
type AdamaxOptions =
    {
        /// Default 0.001 (PyTorch 0.002).
        LearningRate: float
        /// How much of the average gradient is kept. Default 0.9.
        Beta1: float
        /// How much of the largest gradient is kept. Default 0.999.
        Beta2: float
        /// Default 1e-7 (PyTorch 1e-8).
        Epsilon: float
        /// Default Keras.
        Form: UpdateForm
    }

    /// Keras's defaults.
    static member defaults =
        { LearningRate = 0.001; Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-7; Form = UpdateForm.Keras }

    /// PyTorch's form and defaults.
    static member pytorch =
        { LearningRate = 0.002; Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Form = UpdateForm.PyTorch }

/// Options of Nadam.
type NadamOptions =
    {
        /// Default 0.001 (PyTorch 0.002).
        LearningRate: float
        /// How much of the average gradient is kept. Default 0.9.
        Beta1: float
        /// How much of the average of squares is kept. Default 0.999.
        Beta2: float
        /// Default 1e-7 (PyTorch 1e-8).
        Epsilon: float
        /// How fast the momentum grows. Default 1 (PyTorch 0.004).
        MomentumDecay: float
    }

    /// Keras's defaults.
    static member defaults = { LearningRate = 0.001; Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-7; MomentumDecay = 1.0 }

    /// PyTorch's defaults.
    static member pytorch =
        { LearningRate = 0.002; Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; MomentumDecay = 0.004 }

/// Options of Lion.
type LionOptions =
    {
        /// Default 0.001; a third to a tenth of Adam's rate suits it.
        LearningRate: float
        /// How much of the average gradient goes into the step. Default 0.9.
        Beta1: float
        /// How much of the average gradient is kept. Default 0.99.
        Beta2: float
    }

    /// Keras's defaults.
    static member defaults = { LionOptions.LearningRate = 0.001; Beta1 = 0.9; Beta2 = 0.99 }

/// Options of LAMB.
type LambOptions =
    {
        /// Default 0.001.
        LearningRate: float
        /// How much of the average gradient is kept. Default 0.9.
        Beta1: float
        /// How much of the average squared gradient is kept. Default 0.999.
        Beta2: float
        /// Added to the root of the average squared gradient. Default 1e-7.
        Epsilon: float
    }

    /// Keras's defaults.
    static member defaults = { LambOptions.LearningRate = 0.001; Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-7 }
