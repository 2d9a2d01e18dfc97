namespace Functional



/// What a model says of a dataset, and how good that is.
[<RequireQualifiedAccess>]
type Evaluation =
    {
        /// The loss, where the model knows what it was trained with.
        Loss: float option
        /// The metrics by name.
        Metrics: (string * float) list
        /// What the dataset says.
        Labels: Tensor
        /// What the model says, row by row.
        Outputs: Tensor
        /// How much each row counts.
        SampleWeights: Tensor option
        /// The names of the classes by number, where they are known.
        ClassNames: string list
        /// Above what (strictly) a single output a sample means the class 1: 0.5, or 0 for a loss of logits.
        Threshold: float
    }

    /// The loss and the metrics on one line: accuracy: 0.9123 - loss: 0.3010
    override e.ToString() =
        let all = e.Metrics @ (e.Loss |> Option.map (fun loss -> "loss", loss) |> Option.toList)

        all
        |> List.sortBy fst
        |> List.map (fun (name, value) ->
            name + ": " + value.ToString("F4", System.Globalization.CultureInfo.InvariantCulture))
        |> String.concat " - "

/// What a model is trained for.
[<RequireQualifiedAccess>]
type Objective =
    {
        /// What training makes small.
        Loss: Loss
        /// What is reported beside.
        Metrics: Metric list
    }

/// A layer with its variables, ready to be used. A model is a value: training gives a new one. It may be used by many
/// threads.
[<Sealed>]
type Model
    internal
    (
        name: string,
        layer: Layer<Tensor, Tensor>,
        variables: Variables,
        inputShape: Shape,
        outputShape: Shape,
        objective: Objective option,
        forward: Tensor list -> Tensor list
    ) =

    let leaves = lazy (Tree.leaves variables.Parameters @ Tree.leaves variables.State)

    let dtype =
        lazy
            (Tree.leaves variables.Parameters @ Tree.leaves variables.State
             |> List.tryFind (fun x -> x.DType.IsFloat)
             |> Option.map _.DType
             |> Option.defaultValue Float32)

    /// What it is called in the summary and in saved files.
    member _.Name = name

    /// The layer that it is.
    member _.Layer = layer

    /// The numbers that it has learned.
    member _.Variables = variables

    /// The shape of what it is given for one sample.
    member _.InputShape = inputShape

    /// The shape of what it gives for one sample.
    member _.OutputShape = outputShape

    /// What it was trained for, if it was.
    member _.Objective = objective

    /// The floating type that it computes in.
    member internal _.DType = dtype.Value

    /// Its compiled function, from the leaves of its variables and a batch; shared by all models of one layer.
    member internal _.Forward = forward

    member internal _.Leaves = leaves.Value

    /// The table of its layers.
    override _.ToString() = Summary.table name layer [ inputShape ] variables

/// The functions of a layer that run as compiled plans.
module internal Compiled =
    /// Of a batch outside training. The variables' leaves come first, then the batch.
    let forward (layer: Layer<Tensor, Tensor>) (variables: Variables) =
        let parameterCount = Tree.count variables.Parameters
        let stateCount = Tree.count variables.State

        Jit.compile (fun flat ->
            let parameters, rest = List.splitAt parameterCount flat
            let state, rest = List.splitAt stateCount rest

            let variables =
                { Parameters = Tree.withLeaves variables.Parameters parameters
                  State = Tree.withLeaves variables.State state }

            [ Layer.predict variables layer rest.Head ])

    /// A float tensor in the model's own floating type; others as they are.
    let inType (dtype: DType) (x: Tensor) = if x.DType.IsFloat then Tensor.cast dtype x else x

/// Making and using models.
[<AutoOpen>]
module Models =
    /// Making and using models.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Model =
        let internal make name layer variables inputShape outputShape objective =
            Model(name, layer, variables, inputShape, outputShape, objective, Compiled.forward layer variables)

        let private shapeOf operation (inputShape: Shape) (layer: Layer<Tensor, Tensor>) =
            match Layer.shapes [ inputShape ] layer with
            | [ shape ] -> shape
            | shapes -> Fail.argument operation "outputs" shapes.Length "come of the layer; a model gives one tensor."

        /// A model of a layer with variables drawn from the key, for samples of this shape (without the batch axis). A
        /// layer that does not fit the ones before it is an error that names both.
        let create (layer: Layer<Tensor, Tensor>) (inputShape: Shape) (key: Key) : Model =
            let variables, outputShape = Layer.init key inputShape layer
            make "model" layer variables inputShape outputShape None

        /// A model of a layer with given variables, such as those of a training state.
        let ofVariables (layer: Layer<Tensor, Tensor>) (inputShape: Shape) (variables: Variables) : Model =
            make "model" layer variables inputShape (shapeOf "Model.ofVariables" inputShape layer) None

        /// The model under another name.
        let named (name: string) (model: Model) : Model =
            Model(
                name,
                model.Layer,
                model.Variables,
                model.InputShape,
                model.OutputShape,
                model.Objective,
                model.Forward
            )

        /// The model's variables: what it has learned, and what its layers remember beside.
        let variables (model: Model) : Variables = model.Variables

        let private sameStructure (a: Tree<Tensor>) (b: Tree<Tensor>) =
            Tree.map ignore a = Tree.map ignore b
            && List.forall2 (fun (x: Tensor) (y: Tensor) -> x.Shape = y.Shape) (Tree.leaves a) (Tree.leaves b)

        /// The model with other variables of the same names and shapes; anything else is an error. Their floating type
        /// may differ: the model then computes in that type.
        let withVariables (variables: Variables) (model: Model) : Model =
            if
                not (
                    sameStructure variables.Parameters model.Variables.Parameters
                    && sameStructure variables.State model.Variables.State
                )
            then
                Fail.data
                    "Model.withVariables"
                    "the variables have other names or shapes than the model's; take those of a model of the same \
                     layer, or read a file with Model.loadWeights."

            Model(
                model.Name,
                model.Layer,
                variables,
                model.InputShape,
                model.OutputShape,
                model.Objective,
                model.Forward
            )

        /// The model, trained for this: what `Model.evaluate` reports.
        let withObjective (loss: Loss) (metrics: Metric list) (model: Model) : Model =
            Model(
                model.Name,
                model.Layer,
                model.Variables,
                model.InputShape,
                model.OutputShape,
                Some({ Loss = loss; Metrics = metrics }: Objective),
                model.Forward
            )

        /// The number of numbers in the model, those that training does not change included.
        let parameterCount (model: Model) : int64 =
            Variables.trainableCount model.Variables + Variables.nonTrainableCount model.Variables

        /// The table of the model's layers with their output shapes and numbers of parameters, as Keras prints it.
        let summary (model: Model) : string = model.ToString()

        let private unfit operation (model: Model) (x: Tensor) =
            Fail.shapes
                operation
                [ "model", model.InputShape; "given", x.Shape ]
                "the model takes samples of its own shape, or a batch of them with the batch axis in front; reshape \
                 what you give."

        /// What the model gives, as a function that may be differentiated, mapped and compiled. Takes a batch, or one
        /// sample without the batch axis and then gives a result without it.
        let apply (model: Model) (x: Tensor) : Tensor =
            let on (batch: Tensor) = Layer.predict model.Variables model.Layer (Compiled.inType model.DType batch)

            if x.Shape = model.InputShape then
                on (Tensor.expandDims 0 x) |> Tensor.squeezeAxes [ 0 ]
            elif x.Rank > 0 && x.Shape.Tail = model.InputShape then
                on x
            else
                unfit "Model.apply" model x

        /// `predict` with at most `batchSize` samples at a time. A size below 1 is an error.
        let predictWith (batchSize: int) (model: Model) (x: Tensor) : Tensor =
            if batchSize < 1 then
                Fail.argument "Model.predict" "batchSize" batchSize "is no number of samples; give at least 1."

            let run (batch: Tensor) =
                model.Forward(model.Leaves @ [ Compiled.inType model.DType batch ]) |> List.head

            if x.Shape = model.InputShape then
                run (Tensor.expandDims 0 x) |> Tensor.squeezeAxes [ 0 ]
            elif x.Rank = 0 || x.Shape.Tail <> model.InputShape then
                unfit "Model.predict" model x
            elif x.Shape.Head = 0 then
                Tensor.zerosOf model.DType (0 :: model.OutputShape)
            elif x.Shape.Head <= batchSize then
                run x
            else
                [ for start in 0..batchSize .. x.Shape.Head - 1 ->
                      run (Tensor.sliceAxis 0 start (min (start + batchSize) x.Shape.Head) 1 x) ]
                |> Tensor.concat 0

        /// What the model gives for samples [n; ...], 256 at a time, or for one sample without the batch axis. Runs a
        /// compiled plan, made at the first call for each size of batch.
        let predict (model: Model) (x: Tensor) : Tensor = predictWith 256 model x

        /// The most probable class of each sample, int32: the largest output along the last axis; for a single output a
        /// sample, 1 where it is above 0.5, or above 0 where the model was trained with a loss of logits.
        let predictClasses (model: Model) (x: Tensor) : Tensor =
            let y = predict model x

            let threshold =
                model.Objective |> Option.map (fun o -> Loss.threshold o.Loss) |> Option.defaultValue 0.5

            let isAbove (y: Tensor) = Tensor.cast Int32 (Tensor.greater y (Tensor.scalarOf y.DType threshold))

            match List.tryLast y.Shape with
            | Some n when n > 1 -> Tensor.argmax -1 y
            | Some _ -> isAbove (Tensor.squeezeAxes [ -1 ] y)
            | None -> isAbove y
