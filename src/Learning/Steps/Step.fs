namespace Functional

/// The forward part of a step: its loss on a batch, before the update.
[<NoEquality; NoComparison>]
type internal StepOutcome =
    {
        /// The loss that the step minimizes, a scalar.
        Value: Tensor
        /// The losses that are reported, scalars: the value itself first, then those of several outputs.
        Losses: Tensor list
        /// The outputs of the model for the batch, for metrics.
        Outputs: Tensor list
        /// The masks of the outputs, one or None for each.
        Masks: Tensor option list
        /// The layers' state that follows.
        State: Tree<Tensor>
    }

/// One step of training, as a value: a loss of variables and a batch, and the optimizer that makes it smaller. Make one
/// with `Step.create`, and run it with a `TrainingLoop`.
[<Sealed>]
type Step
    internal
    (
        optimizer: Optimizer,
        valueNames: string list,
        lossOf: Variables -> Run -> Batch -> StepOutcome,
        constrain: Variables -> Variables
    ) =
    /// How the variables learn from gradients.
    member _.Optimizer = optimizer

    /// The names of the values that the step gives beside its loss; see `Step.createWithValues`.
    member _.ValueNames = valueNames

    member internal _.LossOf = lossOf

    /// The variables with the parameters that follow from those that an update gave.
    member internal _.Constrain = constrain

/// Several sets of variables as one, and its parts.
[<AutoOpen>]
module VariableParts =
    /// Looking at the variables of a layer, and giving them other values.
    module Variables =
        /// Sets of variables under names, as one: paths begin with the name. For steps that know several models.
        let ofParts (parts: (string * Variables) list) : Variables =
            Variables.ofTrees
                (Node [ for name, part in parts -> name, part.Parameters ])
                (Node [ for name, part in parts -> name, part.State ])

        /// The variables under a path, such as the name of a part. A path that is none of theirs is an error.
        let part (path: string) (variables: Variables) : Variables =
            match Tree.tryFind path variables.Parameters, Tree.tryFind path variables.State with
            | None, None ->
                let names =
                    Tree.flatten variables.Parameters
                    |> List.map (fun (path, _) -> (path.Split '/')[0])
                    |> List.distinct
                    |> String.concat ", "

                Fail.argument
                    "Variables.part"
                    "path"
                    $"'{path}'"
                    $"is no path of these variables, which begin with {names}."
            | parameters, state ->
                Variables.ofTrees (Option.defaultValue Tree.empty parameters) (Option.defaultValue Tree.empty state)

        /// The variables with a part of them replaced.
        let withPart (name: string) (part: Variables) (variables: Variables) : Variables =
            let put (whole: Tree<Tensor>) tree =
                match whole with
                | Node branches -> Node [ for n, branch in branches -> n, (if n = name then tree else branch) ]
                | Leaf _ -> tree

            Variables.ofTrees (put variables.Parameters part.Parameters) (put variables.State part.State)

/// Steps of training.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Step =
    /// A step that minimizes a loss, a scalar, of variables and a batch. The loss is given the circumstances of training
    /// (`Training` true, and a key for dropout that differs from step to step), and is differentiated and compiled: it must
    /// be made of tensor functions. What layers remember beside their parameters, such as running averages, stays as it is;
    /// see `createWith`.
    let create (optimizer: Optimizer) (loss: Variables -> Run -> Batch -> Tensor) : Step =
        Step(
            optimizer,
            [],
            (fun variables run batch ->
                let value = loss variables run batch
                { Value = value; Losses = [ value ]; Outputs = []; Masks = []; State = variables.State }),
            id
        )

    /// As `create`, of a loss that also gives the variables with the layers' state that follows, as `Layer.Apply` does.
    let createWith (optimizer: Optimizer) (loss: Variables -> Run -> Batch -> Tensor * Variables) : Step =
        Step(
            optimizer,
            [],
            (fun variables run batch ->
                let value, next = loss variables run batch
                { Value = value; Losses = [ value ]; Outputs = []; Masks = []; State = next.State }),
            id
        )

    /// As `createWith`, of a loss that also gives scalars to look at, such as an accuracy, in the order of their names:
    /// `TrainingLoop.Values` reads them after each step. Other numbers of values than of names are an error of the first
    /// step.
    let createWithValues
        (optimizer: Optimizer)
        (names: string list)
        (loss: Variables -> Run -> Batch -> Tensor * Tensor list * Variables)
        : Step =
        let outcome variables run batch =
            let value, values, next = loss variables run batch

            if values.Length <> names.Length || values |> List.exists (fun x -> x.Size <> 1) then
                Fail.argument
                    "Step.createWithValues"
                    "values"
                    (values |> List.map _.Shape)
                    $"must be {names.Length} scalars, one for each name."

            { Value = value
              Losses = [ value ]
              Outputs = values |> List.map (Tensor.cast Float64)
              Masks = []
              State = next.State }

        Step(optimizer, names, outcome, id)

    /// The step that brings the parameters within constraints after each update, as `Layer.constrain` does for those of a
    /// layer. Parameters stay of the same names, shapes and types.
    let withConstraint (constrain: Variables -> Variables) (step: Step) : Step =
        Step(step.Optimizer, step.ValueNames, step.LossOf, step.Constrain >> constrain)
