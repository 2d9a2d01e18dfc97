namespace Functional

/// A penalty on a parameter, added to the loss to keep it small.
type Regularizer =
    {
        /// The name in Keras's snake case: "l1", "l2", "l1l2" or "orthogonal_regularizer".
        Name: string
        /// Its options under Keras's names.
        Settings: (string * Setting) list
        /// The cost of a parameter, a scalar of its type.
        Penalty: Tensor -> Tensor
    }

/// The vectors of a matrix that `Regularizer.orthogonal` pushes apart.
[<RequireQualifiedAccess>]
type OrthogonalMode =
    /// The rows: Keras's default.
    | Rows
    /// The columns: the units of a dense kernel [in; out].
    | Columns

/// Regularizers, with Keras's meaning. They are per layer and add to the loss; PyTorch's `weight_decay` is an option of
/// the optimizer instead.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Regularizer =
    let private demandWeight name argument (weight: float) =
        if not (System.Double.IsFinite weight) || weight < 0.0 then
            Fail.argument $"Regularizer.{name}" argument weight "is not a weight; give 0 or more."

    let private absolute (weight: float) (x: Tensor) = Tensor.sum (Tensor.abs x) * weight

    let private squared (weight: float) (x: Tensor) = Tensor.sum (Tensor.square x) * weight

    /// weight · Σ|x|, which drives parameters to zero. Keras's default weight is 0.01. A negative weight is an error.
    let l1 (weight: float) : Regularizer =
        demandWeight "l1" "weight" weight
        { Name = "l1"; Settings = [ "l1", Setting.Number weight ]; Penalty = absolute weight }

    /// weight · Σx², without the half that textbooks put before it. Keras's default weight is 0.01. A negative weight
    /// is an error.
    let l2 (weight: float) : Regularizer =
        demandWeight "l2" "weight" weight
        { Name = "l2"; Settings = [ "l2", Setting.Number weight ]; Penalty = squared weight }

    /// a · Σ|x| + b · Σx². Keras's default is 0.0 for both, the l1 and l2 forms alone have 0.01. A negative weight is
    /// an error.
    let l1l2 (a: float) (b: float) : Regularizer =
        demandWeight "l1l2" "l1" a
        demandWeight "l1l2" "l2" b

        { Name = "l1l2"
          Settings = [ "l1", Setting.Number a; "l2", Setting.Number b ]
          Penalty = fun x -> absolute a x + squared b x }

    let private modes = [ OrthogonalMode.Rows, "rows"; OrthogonalMode.Columns, "columns" ]

    /// factor · the mean of |cosine| over all pairs of rows, or of columns: 0 where they are orthogonal. Keras's defaults
    /// are the factor 0.01 and `Rows`. A negative factor is an error, and so is a parameter that is not a matrix of two
    /// such vectors or more when the penalty is computed.
    let orthogonal (factor: float) (mode: OrthogonalMode) : Regularizer =
        demandWeight "orthogonal" "factor" factor

        let penalty (x: Tensor) =
            if x.Rank <> 2 then
                Fail.shapes "Regularizer.orthogonal" [ "parameter", x.Shape ] "it must be a matrix: two axes."

            let rows = if mode = OrthogonalMode.Rows then x else Tensor.transpose x
            let count = rows.Shape[0]

            if count < 2 then
                Fail.shapes
                    "Regularizer.orthogonal"
                    [ "parameter", x.Shape ]
                    $"a single one of its {modes |> List.find (fst >> (=) mode) |> snd} has no other to be orthogonal to."

            let squares = Tensor.sumKeep [ 1 ] (Tensor.square rows)
            let units = rows * Tensor.rsqrt (Tensor.maximum squares (Tensor.fullLike 1e-12 squares))
            let others = Core.beside x (fun () -> 1.0 - Tensor.eyeOf x.DType count count)

            Tensor.sum (Tensor.abs (Tensor.matmul units (Tensor.transpose units) * others))
            * (factor / float (count * (count - 1)))

        { Name = "orthogonal_regularizer"
          Settings =
            [ "factor", Setting.Number factor
              "mode", Setting.Text(modes |> List.find (fst >> (=) mode) |> snd) ]
          Penalty = penalty }

    /// The regularizer of a name in Keras, with Keras's defaults: "l1", "l2", "L1L2", "orthogonal_regularizer". An unknown
    /// name is an error.
    let ofName (name: string) : Regularizer =
        match name.Replace("_", "").ToLowerInvariant() with
        | "l1" -> l1 0.01
        | "l2" -> l2 0.01
        | "l1l2" -> l1l2 0.0 0.0
        | "orthogonalregularizer" -> orthogonal 0.01 OrthogonalMode.Rows
        | _ -> Fail.argument "Regularizer.ofName" "name" $"'{name}'" "is not a regularizer of Keras."

    /// The regularizer as data: its name and its settings.
    let toSetting (regularizer: Regularizer) : Setting =
        Setting.Group(("name", Setting.Text regularizer.Name) :: regularizer.Settings)

    /// The regularizer that `toSetting` described. An unknown name, such as that of a regularizer of one's own, is an
    /// error.
    let ofSetting (setting: Setting) : Regularizer =
        let source = Settings.ofGroup "Regularizer" setting
        let number = Settings.number source

        match Settings.text source "name" with
        | "l1" -> l1 (number "l1")
        | "l2" -> l2 (number "l2")
        | "l1l2" -> l1l2 (number "l1") (number "l2")
        | "orthogonal_regularizer" ->
            let mode = Settings.text source "mode"

            match modes |> List.tryFind (snd >> (=) mode) with
            | Some(mode, _) -> orthogonal (number "factor") mode
            | None -> Fail.argument "Regularizer" "mode" $"'{mode}'" "is neither rows nor columns."
        | name ->
            Fail.argument
                "Regularizer"
                "name"
                $"'{name}'"
                "is not a regularizer of the library; one of your own cannot be made again from its description."
