namespace Functional

/// The scale "gamma" and the shift "beta" that stand behind a normalization.
type internal Affine =
    {
        /// Whether it is multiplied by gamma.
        Scale: bool
        /// Whether beta is added.
        Center: bool
        Gamma: VariableOptions
        Beta: VariableOptions
    }

/// What the layers that normalize share.
module internal Affine =
    let private start (options: VariableOptions) fold shape =
        Layer.start shape (fun key -> options.Initializer.Draw (Key.fold fold key) shape)

    /// The starts of the parameters that there are, of this shape.
    let parameters (affine: Affine) (shape: Shape) =
        [ if affine.Scale then
              "gamma", start affine.Gamma 0 shape
          if affine.Center then
              "beta", start affine.Beta 1 shape ]

    /// The options of both parameters.
    let variables (affine: Affine) = [ "gamma", affine.Gamma; "beta", affine.Beta ]

    /// Both parameters as settings under Keras's names.
    let settings (affine: Affine) =
        [ "center", Setting.Flag affine.Center; "scale", Setting.Flag affine.Scale ]
        @ VariableOptions.settings "beta" affine.Beta
        @ VariableOptions.settings "gamma" affine.Gamma

    /// The parameters that settings describe; files of earlier versions say nothing of how they begin.
    let ofSettings (source: Settings.Source) : Affine =
        let options name initializer : VariableOptions =
            if (Settings.tryFind source $"{name}_initializer").IsSome then
                VariableOptions.ofSettings source name
            else
                { Initializer = initializer; Regularizer = None; Constraint = None }

        { Scale = Settings.flag source "scale"
          Center = Settings.flag source "center"
          Gamma = options "gamma" Initializer.ones
          Beta = options "beta" Initializer.zeros }

    /// y times gamma, plus beta, each made to broadcast to y.
    let apply (affine: Affine) (broadcastable: Tensor -> Tensor) (variables: Variables) (y: Tensor) =
        let y = if affine.Scale then y * broadcastable variables.Parameters["gamma"] else y
        if affine.Center then y + broadcastable variables.Parameters["beta"] else y

/// Axes and shapes of layers that normalize.
module internal NormalizationAxes =
    let demandEpsilon kind (epsilon: float) =
        if not (epsilon > 0.0 && System.Double.IsFinite epsilon) then
            Fail.argument kind "epsilon" epsilon "is not above 0."

    /// Axes of a batch of these samples, counted from the front, without the batch axis.
    let ofSample kind (shape: Shape) axes =
        let front = Fail.checkAxes kind (0 :: shape) axes

        if List.contains 0 front then
            Fail.argument kind "axis" 0 "is the batch axis; count the axes of a sample from 1, or from the end."

        front

    /// An error unless x has these lengths along these axes.
    let demandShape kind (expected: Shape) axes (x: Tensor) =
        let found = axes |> List.map (fun axis -> if axis < x.Rank then x.Shape[axis] else 0)

        if found <> expected then
            Fail.shapes
                kind
                [ "input", x.Shape; "parameters", expected ]
                "the input has other features than the layer was built for; give it as many, or build the layer anew."

    /// The parameter of some axes of x, reshaped so that it broadcasts to x.
    let broadcastable (x: Tensor) axes (parameter: Tensor) =
        let shape = x.Shape |> List.mapi (fun i n -> if List.contains i axes then n else 1)
        Tensor.reshape shape parameter
