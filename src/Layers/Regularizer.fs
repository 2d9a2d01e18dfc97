namespace Functional

/// A penalty on a parameter, added to the loss to keep it small.
type Regularizer =
    {
        /// The name: "l1", "l2" or "l1l2".
        Name: string
        /// Its options under Keras's names.
        Settings: (string * Setting) list
        /// The cost of a parameter, a scalar of its type.
        Penalty: Tensor -> Tensor
    }

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
        | name ->
            Fail.argument
                "Regularizer"
                "name"
                $"'{name}'"
                "is not a regularizer of the library; one of your own cannot be made again from its description."

    /// The regularizer that a setting of a layer describes, if the layer has it.
    let internal find (source: Settings.Source) name : Regularizer option =
        Settings.tryFind source name |> Option.map ofSetting

    /// The penalties of those of the parameters that have a regularizer.
    let internal terms (parameters: (Regularizer option * Tensor) list) : Tensor list =
        parameters |> List.choose (fun (regularizer, x) -> regularizer |> Option.map (fun r -> r.Penalty x))
