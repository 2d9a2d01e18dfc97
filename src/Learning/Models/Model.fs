namespace Functional

/// The evaluation of one output of a model on a dataset.
[<RequireQualifiedAccess>]
type OutputEvaluation =
    {
        /// The name of the output.
        Output: string
        /// The labels of the dataset.
        Labels: Tensor
        /// The outputs of the model, row by row.
        Outputs: Tensor
        /// How much each row counts.
        SampleWeights: Tensor option
        /// Above what (strictly) a single number a sample means the class 1: 0.5, or 0 for a loss of logits.
        Threshold: float
    }

/// The evaluation of a model on a dataset: its outputs, its loss and its metrics.
[<RequireQualifiedAccess>]
type Evaluation =
    {
        /// The loss, where the model knows what it was trained with.
        Loss: float option
        /// The metrics by name; of several outputs, first the loss of each (`price_loss`).
        Metrics: (string * float) list
        /// Labels and outputs, for each output in order; empty for a source of batches.
        Parts: OutputEvaluation list
        /// The names of the classes by number, where they are known.
        ClassNames: string list
    }

    /// Labels and outputs of the only output. Several outputs are an error.
    member e.Part: OutputEvaluation =
        match e.Parts with
        | [ part ] -> part
        | [] ->
            Fail.data
                "Evaluation"
                "of a source of batches labels and outputs are not kept; evaluate a dataset, or take Model.predict."
        | several ->
            let names = several |> List.map _.Output |> String.concat ", "

            Fail.argument
                "Evaluation"
                "outputs"
                several.Length
                $"are not one: take one of them with Evaluation.output; there are {names}."

    /// The labels of the only output. Several outputs are an error.
    member e.Labels = e.Part.Labels

    /// The only output of the model, row by row. Several outputs are an error.
    member e.Outputs = e.Part.Outputs

    /// How much each row counts for the only output. Several outputs are an error.
    member e.SampleWeights = e.Part.SampleWeights

    /// Above what (strictly) a single number a sample means the class 1. Several outputs are an error.
    member e.Threshold = e.Part.Threshold

    /// The loss and the metrics on one line: accuracy: 0.9123 - loss: 0.3010
    override e.ToString() =
        let all = e.Metrics @ (e.Loss |> Option.map (fun loss -> "loss", loss) |> Option.toList)

        all
        |> List.sortBy fst
        |> List.map (fun (name, value) ->
            name + ": " + value.ToString("F4", System.Globalization.CultureInfo.InvariantCulture))
        |> String.concat " - "

/// Looking at evaluations.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Evaluation =
    /// The evaluation of one output alone, by its name: `e |> Evaluation.output "sold" |> Report.classification`. An
    /// unknown name is an error that lists the names.
    let output (name: string) (evaluation: Evaluation) : Evaluation =
        match evaluation.Parts |> List.tryFind (fun part -> part.Output = name) with
        | None ->
            let known = evaluation.Parts |> List.map _.Output |> String.concat ", "
            Fail.argument "Evaluation.output" "name" $"'{name}'" $"is no output of the model; there are {known}."
        | Some part when evaluation.Parts.Length = 1 -> { evaluation with Parts = [ part ] }
        | Some part ->
            let isOf (output: string) (key: string) = key.StartsWith(output + "_", System.StringComparison.Ordinal)

            // the names of outputs may begin with each other: price, price_gross
            let others = evaluation.Parts |> List.map _.Output |> List.filter (fun other -> isOf name other)

            let own =
                evaluation.Metrics
                |> List.filter (fun (key, _) -> isOf name key && not (others |> List.exists (fun o -> isOf o key)))
                |> List.map (fun (key, value) -> key.Substring(name.Length + 1), value)

            { evaluation with
                Loss = own |> List.tryFind (fst >> (=) "loss") |> Option.map snd
                Metrics = own |> List.filter (fst >> (<>) "loss")
                Parts = [ part ] }

/// The objective of one output of a model: its loss and its metrics.
[<RequireQualifiedAccess>]
type Objective =
    {
        /// The loss that training minimizes.
        Loss: Loss
        /// How much the loss counts in the sum of all outputs' losses. 0 leaves it out.
        LossWeight: float
        /// The metrics that are reported.
        Metrics: Metric list
    }

/// A network with its variables, ready to be used. A model is a value: training gives a new one. It may be used by many
/// threads.
[<Sealed>]
type Model
    internal
    (
        name: string,
        network: Network,
        variables: Variables,
        inputShapes: Shape list,
        outputShapes: Shape list,
        objectives: Objective list,
        forward: Tensor list -> Tensor list
    ) =

    let leaves = lazy (Tree.leaves variables.Parameters @ Tree.leaves variables.State)

    let dtype =
        lazy
            (Tree.leaves variables.Parameters @ Tree.leaves variables.State
             |> List.tryFind (fun x -> x.DType.IsFloat)
             |> Option.map _.DType
             |> Option.defaultValue Float32)

    let backend = lazy (Variables.backend variables)

    let one what (shapes: Shape list) =
        match shapes with
        | [ shape ] -> shape
        | shapes ->
            Fail.argument
                "Model"
                what
                shapes.Length
                "is not one: the model takes or gives several tensors; use InputShapes, OutputShapes and \
                 Model.predictAll."

    /// The model as one layer whose variables start at the model's, and which shares them between its uses.
    let stage =
        lazy
            (let tensors = dict (Tree.flatten variables.Parameters @ Tree.flatten variables.State)

             let start path (fresh: VariableStart) : VariableStart =
                 match tensors.TryGetValue path with
                 | true, x when x.Shape = fresh.Shape -> { Shape = x.Shape; DType = x.DType; Draw = fun _ -> x }
                 | true, x ->
                     Fail.shapes
                         "Model.toLayer"
                         [ "the model", x.Shape; "here", fresh.Shape ]
                         $"the weight '{path}' has another shape for these samples; give samples of the model's shape."
                 | _ -> fresh

             let block = Network.container "sequential" (if name = "model" then "" else name) network

             let build inner shapes =
                 let fresh: Blueprint = block.Build inner shapes

                 { fresh with Parameters = Tree.mapi start fresh.Parameters; State = Tree.mapi start fresh.State }

             { block with Build = build; SharesWeights = true })

    /// Its name in the summary and in saved files.
    member _.Name = name

    /// Its layers, and how they feed each other.
    member _.Network = network

    /// The network as a layer of one tensor. A model of several inputs or outputs is an error.
    member _.Layer: Layer<Tensor, Tensor> =
        one "inputs" inputShapes |> ignore
        one "outputs" outputShapes |> ignore
        Layer.ofNetwork network

    /// The model as one layer over its own weights; the same one at each call.
    member internal _.Stage: Stage = stage.Value

    /// Its parameters and its state.
    member _.Variables = variables

    /// The shape of one sample of each input.
    member _.InputShapes = inputShapes

    /// The shape of one sample of each output.
    member _.OutputShapes = outputShapes

    /// The shape of one sample of its only input; an error where there are several.
    member _.InputShape = one "inputs" inputShapes

    /// The shape of one sample of its only output; an error where there are several.
    member _.OutputShape = one "outputs" outputShapes

    /// The names of the inputs of a graph; those of other models are called input, input_1, ...
    member _.InputNames: string list =
        match network.Inputs with
        | [] -> inputShapes |> List.mapi (fun i _ -> if i = 0 then "input" else $"input_{i}")
        | named -> List.map fst named

    /// The names of the outputs: those that were given, else of the layers that they come from.
    member _.OutputNames: string list = Network.outputNames outputShapes.Length network

    /// The objective that each output was trained for; empty where the model was not trained.
    member _.Objectives = objectives

    /// The network as data.
    member internal _.Description = Network.describe network

    /// The floating type that it computes in.
    member internal _.DType = dtype.Value

    /// Where its variables are; none of a model without variables, which computes where its inputs are.
    member internal _.Backend = backend.Value

    /// Where its variables are, and where it computes; of a model without variables, where tensors are made.
    member me.Device: Device =
        match me.Backend with
        | ValueSome backend -> backend.Device
        | ValueNone -> Backends.current().Device

    /// Its compiled function, from the leaves of its variables and its inputs; shared by all models of one network.
    member internal _.Forward = forward

    member internal _.Leaves = leaves.Value

    /// The model with another name, other variables or other objectives.
    member internal _.With(name, variables, objectives) =
        Model(name, network, variables, inputShapes, outputShapes, objectives, forward)

    /// The table of its layers.
    override _.ToString() =
        Summary.table name (Layer.ofNetwork<Tensor list, Tensor list> network) inputShapes variables

/// The functions of a network that run as compiled plans.
module internal Compiled =
    /// All outputs outside training. The leaves of the variables come first, then the inputs.
    let forward (network: Network) (variables: Variables) =
        let parameterCount = Tree.count variables.Parameters
        let stateCount = Tree.count variables.State

        Jit.compile (fun flat ->
            let parameters, rest = List.splitAt parameterCount flat
            let state, inputs = List.splitAt stateCount rest

            let variables =
                Variables.ofTrees
                    (Tree.withLeaves variables.Parameters parameters)
                    (Tree.withLeaves variables.State state)

            Network.predict variables inputs network)

    /// A float tensor in the model's own floating type, Int64 as Int32, which layers and losses take; others as they are.
    let inType (dtype: DType) (x: Tensor) =
        if x.DType.IsFloat then Tensor.cast dtype x
        elif x.DType = Int64 then Tensor.cast Int32 x
        else x

/// Making and using models.
[<AutoOpen>]
module Models =
    /// Making and using models.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Model =
        let internal make name (network: Network) variables inputShapes outputShapes =
            Model(name, network, variables, inputShapes, outputShapes, [], Compiled.forward network variables)

        /// A model of a layer of any number of inputs, with variables drawn from the key, for samples of these shapes
        /// (without the batch axis). A layer that does not fit the ones before it is an error that names both.
        let createMany (layer: Layer<'In, 'Out>) (inputShapes: Shape list) (key: Key) : Model =
            let variables, outputShapes = Layer.initMany key inputShapes layer
            make "model" layer.Network variables inputShapes outputShapes

        /// A model of a layer with variables drawn from the key, for samples of this shape (without the batch axis). A
        /// layer that does not fit the ones before it is an error that names both.
        let create (layer: Layer<Tensor, 'Out>) (inputShape: Shape) (key: Key) : Model =
            createMany layer [ inputShape ] key

        /// A model of a layer of any number of inputs with given variables, such as those of a training state.
        let ofVariablesMany (layer: Layer<'In, 'Out>) (inputShapes: Shape list) (variables: Variables) : Model =
            make "model" layer.Network variables inputShapes (Layer.shapes inputShapes layer)

        /// A model of a layer with given variables, such as those of a training state.
        let ofVariables (layer: Layer<Tensor, 'Out>) (inputShape: Shape) (variables: Variables) : Model =
            ofVariablesMany layer [ inputShape ] variables

        /// The model under another name.
        let named (name: string) (model: Model) : Model = model.With(name, model.Variables, model.Objectives)

        /// The model's variables: its parameters, and the state of its layers.
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

            model.With(model.Name, variables, model.Objectives)

        /// The model with its variables on this device, where it then computes: predictions move their inputs there and
        /// stay there until they are read; training moves its data there batch by batch. PyTorch: model.to(device).
        let toDevice (device: Device) (model: Model) : Model =
            model.With(model.Name, Variables.toDevice device model.Variables, model.Objectives)

        /// Where the model's variables are, and where it computes.
        let device (model: Model) : Device = model.Device

        /// The model with an objective for each of its outputs, in order, which `Model.evaluate` reports. Another number of
        /// objectives than of outputs is an error.
        let withObjectives (objectives: Objective list) (model: Model) : Model =
            if objectives.Length <> model.OutputShapes.Length then
                Fail.argument
                    "Model.withObjectives"
                    "objectives"
                    objectives.Length
                    $"is not the number of outputs, which is {model.OutputShapes.Length}; give one for each."

            model.With(model.Name, model.Variables, objectives)

        /// The model with a loss and metrics that each of its outputs is trained for: what `Model.evaluate` reports.
        let withObjective (loss: Loss) (metrics: Metric list) (model: Model) : Model =
            let one: Objective = { Loss = loss; LossWeight = 1.0; Metrics = metrics }
            model |> withObjectives (List.replicate model.OutputShapes.Length one)

        /// The number of parameters, non-trainable ones included.
        let parameterCount (model: Model) : int64 =
            Variables.trainableCount model.Variables + Variables.nonTrainableCount model.Variables

        /// The table of the model's layers with their output shapes and numbers of parameters, as Keras prints it.
        let summary (model: Model) : string = model.ToString()

        let private unfit operation (expected: Shape) (x: Tensor) =
            Fail.shapes
                operation
                [ "model", expected; "given", x.Shape ]
                "the model takes samples of its own shape, or a batch of them with the batch axis in front; reshape \
                 what you give."

        let private demandOne operation (shapes: Shape list) =
            if shapes.Length <> 1 then
                Fail.argument
                    operation
                    "outputs"
                    shapes.Length
                    "is the number of tensors that the model gives; take Model.predictAll, which gives a list."

        /// The inputs as batches, their number of samples, and whether they came as one sample without the batch axis.
        let private batched operation (model: Model) (xs: Tensor list) =
            if xs.Length <> model.InputShapes.Length then
                let names = String.concat ", " model.InputNames

                Fail.argument
                    operation
                    "inputs"
                    xs.Length
                    $"is not the number of tensors that the model takes, which is {model.InputShapes.Length}: {names}."

            if List.forall2 (fun (x: Tensor) shape -> x.Shape = shape) xs model.InputShapes then
                xs |> List.map (Tensor.expandDims 0), 1, true
            else
                for x, shape in List.zip xs model.InputShapes do
                    if x.Rank = 0 || x.Shape.Tail <> shape then
                        unfit operation shape x

                match xs |> List.map _.Shape.Head |> List.distinct with
                | [ count ] -> xs, count, false
                | _ ->
                    Fail.shapes
                        operation
                        (List.zip model.InputNames (xs |> List.map _.Shape))
                        "the inputs hold different numbers of samples; give as many of each."

        let private inType (model: Model) xs = xs |> List.map (Compiled.inType model.DType)

        /// `apply` for a model of any number of inputs and outputs.
        let applyAll (xs: Tensor list) (model: Model) : Tensor list =
            let batches, _, isSample = batched "Model.apply" model xs
            let ys = model.Network |> Network.predict model.Variables (inType model batches)
            if isSample then ys |> List.map (Tensor.squeezeAxes [ 0 ]) else ys

        /// What the model gives, as a function that may be differentiated, mapped and compiled. Takes a batch, or one
        /// sample without the batch axis and then gives a result without it.
        let apply (x: Tensor) (model: Model) : Tensor =
            demandOne "Model.apply" model.OutputShapes
            applyAll [ x ] model |> List.head

        let private predictOf operation batchSize (xs: Tensor list) (model: Model) : Tensor list =
            if batchSize < 1 then
                Fail.argument operation "batchSize" batchSize "is not a number of samples; give at least 1."

            let onDevice (x: Tensor) =
                match model.Backend with
                | ValueSome backend -> Tensor.toDevice backend.Device x
                | ValueNone -> x

            let run batches = model.Forward(model.Leaves @ inType model (List.map onDevice batches))
            let batches, count, isSample = batched operation model xs

            if isSample then
                run batches |> List.map (Tensor.squeezeAxes [ 0 ])
            elif count = 0 then
                model.OutputShapes |> List.map (fun shape -> Tensor.zerosOf model.DType (0 :: shape))
            elif count <= batchSize then
                run batches
            else
                [ for start in 0..batchSize .. count - 1 ->
                      run (batches |> List.map (Tensor.sliceAxis 0 start (min (start + batchSize) count) 1)) ]
                |> List.transpose
                |> List.map (Tensor.concat 0)

        /// `predictAll` with at most `batchSize` samples at a time. A size below 1 is an error.
        let predictAllWith (batchSize: int) (xs: Tensor list) (model: Model) : Tensor list =
            predictOf "Model.predictAll" batchSize xs model

        /// `predict` for a model of any number of inputs and outputs: tensors in the order of the inputs, results in
        /// that of the outputs.
        let predictAll (xs: Tensor list) (model: Model) : Tensor list = predictOf "Model.predictAll" 256 xs model

        /// `predict` with at most `batchSize` samples at a time. A size below 1 is an error.
        let predictWith (batchSize: int) (x: Tensor) (model: Model) : Tensor =
            demandOne "Model.predict" model.OutputShapes
            predictOf "Model.predict" batchSize [ x ] model |> List.head

        /// What the model gives for samples [n; ...], 256 at a time, or for one sample without the batch axis. Runs a
        /// compiled plan, made at the first call for each size of batch. A model of several outputs is an error.
        let predict (x: Tensor) (model: Model) : Tensor = predictWith 256 x model

        /// The most probable class of each sample, int32: the largest output along the last axis; for a single output a
        /// sample, 1 where it is above 0.5, or above 0 where the model was trained with a loss of logits.
        let predictClasses (x: Tensor) (model: Model) : Tensor =
            let y = predict x model

            let threshold =
                model.Objectives
                |> List.tryHead
                |> Option.map (fun o -> Loss.threshold o.Loss)
                |> Option.defaultValue 0.5

            let isAbove (y: Tensor) = Tensor.cast Int32 (Tensor.greater y (Tensor.scalarOf y.DType threshold))

            match List.tryLast y.Shape with
            | Some n when n > 1 -> Tensor.argmax -1 y
            | Some _ -> isAbove (Tensor.squeezeAxes [ -1 ] y)
            | None -> isAbove y
