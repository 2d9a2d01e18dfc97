namespace Functional

/// A function of one number with its derivative.
[<RequireQualifiedAccess>]
type ActivationCurve =
    {
        /// The name of the function.
        Name: string
        /// The arguments, ascending.
        Xs: float[]
        /// The values.
        Values: float[]
        /// The derivatives, by reverse mode.
        Derivatives: float[]
    }

/// Activation functions and their derivatives as curves.
[<RequireQualifiedAccess>]
module ActivationCurves =
    /// All activations of the library that work on single numbers, by name, with the parameters of Keras's layers.
    let all: (string * (Tensor -> Tensor)) list =
        [ "linear", Activation.linear
          "relu", Activation.relu
          "relu6", Activation.relu6
          "leaky_relu", Activation.leakyRelu 0.3
          "elu", Activation.elu 1.0
          "selu", Activation.selu
          "gelu", Activation.gelu
          "gelu_tanh", Activation.geluTanh
          "silu", Activation.silu
          "mish", Activation.mish
          "softplus", Activation.softplus
          "softsign", Activation.softsign
          "sigmoid", Activation.sigmoid
          "tanh", Activation.tanh
          "hard_sigmoid", Activation.hardSigmoid
          "hard_swish", Activation.hardSwish
          "exponential", Activation.exponential ]

    /// The activations of these names; an unknown one is an error that lists all.
    let named (names: string list) : (string * (Tensor -> Tensor)) list =
        names
        |> List.map (fun name ->
            match all |> List.tryFind (fst >> (=) name) with
            | Some found -> found
            | None ->
                let known = all |> List.map fst |> String.concat ", "
                Fail.argument "ActivationCurves" "name" $"'{name}'" $"is not that of an activation; there are {known}.")

    /// An elementwise function over a range, at `count` points (2 or more), with its derivative by `grad`. A function that
    /// changes the shape is an error.
    let ofFunction (count: int) (low: float, high: float) (name: string, f: Tensor -> Tensor) : ActivationCurve =
        let operation = "ActivationCurves.ofFunction"

        if count < 2 then
            Fail.argument operation "count" count "is no number of points; give 2 or more."

        if not (low < high) then
            Fail.argument operation "range" $"{low} to {high}" "is empty; give the lower end first."

        let xs = PlaneGrid.linspace low high count
        let points = Tensor.ofFloat64Array [ count ] xs
        let values = f points

        if values.Shape <> points.Shape then
            Fail.shapes
                operation
                [ "argument", points.Shape; "result", values.Shape ]
                "the function must keep the shape."

        { Name = name
          Xs = xs
          Values = Tensor.toFloat64Array values
          Derivatives = Tensor.toFloat64Array (grad (f >> Tensor.sum) points) }
