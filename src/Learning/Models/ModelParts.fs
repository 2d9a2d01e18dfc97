namespace Functional

/// What became of weights under paths that were given to a model: the Loaded ones; the Missing ones, which the model has
/// and which were not given; the Unexpected ones, which it does not have; and the Mismatched ones, whose shapes differ. A
/// weight that was not loaded keeps its value.
[<RequireQualifiedAccess>]
type WeightsReport =
    { Loaded: string list
      Missing: string list
      Unexpected: string list
      Mismatched: string list }

    /// Whether every weight that was given was loaded, and the model has no others.
    member report.IsComplete = report.Missing.IsEmpty && report.Unexpected.IsEmpty && report.Mismatched.IsEmpty

    /// The counts, and the paths that did not match.
    override report.ToString() =
        let listed what paths = if List.isEmpty paths then "" else $"\n{what}: " + String.concat ", " paths

        $"{report.Loaded.Length} loaded"
        + listed "missing" report.Missing
        + listed "unexpected" report.Unexpected
        + listed "of another shape" report.Mismatched

/// Looking into models, taking parts of them, and changing their weights by path.
[<AutoOpen>]
module ModelParts =
    /// Looking into models, taking parts of them, and changing their weights by path.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Model =
        /// A model of a graph, whose inputs have shapes, with variables drawn from the key. A layer whose inputs have
        /// none is an error.
        let ofGraph (layer: Layer<'In, 'Out>) (key: Key) : Model =
            if layer.Network.Inputs.IsEmpty then
                Fail.data
                    "Model.ofGraph"
                    "the layer is no graph with named inputs; take Model.create with the shape of a sample."

            Model.createMany layer (layer.Network.Inputs |> List.map snd) key

        /// The summary with the number of the optimizer's variables, as Keras prints it after compiling: give the
        /// `OptimizerState` of a training state.
        let summaryWith (optimizer: Tree<Tensor>) (model: Model) : string =
            let layer = Layer.ofNetwork<Tensor list, Tensor list> model.Network
            Summary.tableWith (Some optimizer) model.Name layer model.InputShapes model.Variables

        /// The layers in order. Those of a model inside the model are under its own entry.
        let layers (model: Model) : LayerInfo list = Network.layers model.InputShapes model.Network

        /// The layers in order, each followed by those inside it.
        let allLayers (model: Model) : LayerInfo list =
            let rec all (infos: LayerInfo list) = infos |> List.collect (fun info -> info :: all info.Layers)

            all (layers model)

        /// The layers of a kind, in Keras's snake case: "conv2d".
        let layersOfKind (kind: string) (model: Model) : LayerInfo list =
            allLayers model |> List.filter (fun info -> info.Kind = kind)

        /// The layer at a path; an unknown path is an error that names the layers there are.
        let layer (path: string) (model: Model) : LayerInfo =
            let all = allLayers model

            match all |> List.tryFind (fun info -> info.Path = path) with
            | Some info -> info
            | None ->
                let known = all |> List.map _.Path |> String.concat ", "
                Fail.argument "Model.layer" "path" $"'{path}'" $"is not that of a layer; there are {known}."

        /// The weights under their paths: first those that training changes.
        let weights (model: Model) : (string * Tensor) list =
            Variables.flatten model.Variables |> List.map (fun v -> v.Path, v.Tensor)

        /// The weights of the layer at a path, and of those inside it, under their paths. An unknown path is an error that
        /// names the layers there are.
        let weightsOf (path: string) (model: Model) : (string * Tensor) list =
            let info = layer path model

            weights model
            |> List.filter (fun (other, _) -> other.StartsWith(info.Path + "/", System.StringComparison.Ordinal))

        /// The model as a layer whose weights start at the model's, for transfer learning: `Model.toLayer trained -->
        /// dense 10`. It is one block under the model's name, and each use of it in a graph shares its weights; freeze the
        /// model before, where they are to stay. A model of several inputs or outputs is an error.
        let toLayer (model: Model) : Layer<Tensor, Tensor> =
            model.Layer |> ignore
            Layer.ofNetwork (Network.ofStage true true model.Stage)

        /// `toLayer` for a model of any number of inputs and outputs.
        let toLayerMany (model: Model) : Layer<Tensor list, Tensor list> =
            Layer.ofNetwork (Network.ofStage false false model.Stage)

        /// A model of a network over some variables of another, those whose paths begin with the prefix.
        let private over name (network: Network) inputShapes (prefix: string) (model: Model) : Model =
            let blueprint = Network.blueprint inputShapes network

            let wanted =
                Tree.flatten blueprint.Parameters @ Tree.flatten blueprint.State |> List.map fst |> Set.ofList

            let tensors =
                weights model
                |> List.filter (fun (path, _) -> path.StartsWith(prefix, System.StringComparison.Ordinal))
                |> List.map (fun (path, x) -> path.Substring prefix.Length, x)
                |> List.filter (fun (path, _) -> wanted.Contains path)

            let variables = Network.filled "Model" model.DType tensors blueprint
            Model.make name network variables inputShapes blueprint.Outputs

        /// A model with the same weights that gives the results of the layers at these paths, in this order: feature
        /// maps, for `Model.predictAll`. Layers not needed for them are left out; the others keep their paths. An
        /// unknown path is an error.
        let outputs (paths: string list) (model: Model) : Model =
            let network = Network.outputs paths model.InputShapes model.Network
            over model.Name network model.InputShapes "" model

        /// The model up to a layer, whose result it gives: the base of another model. An unknown path is an error.
        let upTo (path: string) (model: Model) : Model = outputs [ path ] model

        /// The layer at a path as a model of its own with the same weights, such as the decoder of an autoencoder. The
        /// layers of a block are the model's own. An unknown path is an error.
        let part (path: string) (model: Model) : Model =
            let network, inputShapes, prefix = Network.part path model.InputShapes model.Network
            over (Array.last (path.Split '/')) network inputShapes prefix model

        let private withNetwork network (model: Model) : Model =
            let changed = over model.Name network model.InputShapes "" model
            changed.With(model.Name, changed.Variables, model.Objectives)

        /// The model with the layers at these paths frozen: training leaves their weights as they are, and they run as
        /// outside training. "" is the whole model. An unknown path is an error.
        let freeze (paths: string list) (model: Model) : Model = withNetwork (Network.freeze paths model.Network) model

        /// The model with the layers at these paths, and those inside them, trained again. "" is the whole model. An
        /// unknown path is an error.
        let thaw (paths: string list) (model: Model) : Model = withNetwork (Network.thaw paths model.Network) model

        /// The model in another floating type: `Model.cast Float64`. Another type is an error.
        let cast (dtype: DType) (model: Model) : Model =
            Model.withVariables (Variables.cast dtype model.Variables) model

        /// The model with other weights under the paths of `weights`, all of them. Missing and unexpected paths and
        /// other shapes are an error that lists them.
        let withWeights (tensors: (string * Tensor) list) (model: Model) : Model =
            Model.withVariables (Variables.withTensors tensors model.Variables) model

        /// The model with those of the weights that it has too, and what became of each; where `skipsMismatch`, those of
        /// another shape are left out.
        let private loadedInPart skipsMismatch (tensors: (string * Tensor) list) (model: Model) =
            let own = weights model
            let shapes = own |> List.map (fun (path, x) -> path, x.Shape) |> dict
            let fits (path, x: Tensor) = not skipsMismatch || shapes[path] = x.Shape
            let known, unexpected = tensors |> List.partition (fst >> shapes.ContainsKey)
            let loaded, mismatched = List.partition fits known
            let paths = List.map fst
            let isIn tensors = (Set.ofList (paths tensors)).Contains
            let kept = own |> List.filter (fst >> isIn loaded >> not)

            let report: WeightsReport =
                { Loaded = paths loaded
                  Missing = paths (kept |> List.filter (fst >> isIn known >> not))
                  Unexpected = paths unexpected
                  Mismatched = paths mismatched }

            withWeights (loaded @ kept) model, report

        /// The model with those of the weights that it has too, and a report of the others. Other shapes are an error.
        /// (PyTorch: load_state_dict with strict=False.)
        let withWeightsInPart (tensors: (string * Tensor) list) (model: Model) : Model * WeightsReport =
            loadedInPart false tensors model

        /// The model with those of the weights that it has too, in the same shape, and a report of the others: the base
        /// of another classifier, without its head. (Keras: load_weights with skip_mismatch=True.)
        let withMatchingWeights (tensors: (string * Tensor) list) (model: Model) : Model * WeightsReport =
            loadedInPart true tensors model

        /// The model with the weights that another one has under a path: "encoder", or "" for all. Paths below it that
        /// only one of them has are an error that lists them.
        let copyWeights (path: string) (source: Model) (model: Model) : Model =
            let isBelow (other: string) =
                path = "" || other = path || other.StartsWith(path + "/", System.StringComparison.Ordinal)

            let copied = weights source |> List.filter (fst >> isBelow)

            if copied.IsEmpty then
                Fail.argument "Model.copyWeights" "path" $"'{path}'" "is not that of weights of the source."

            let kept = weights model |> List.filter (fst >> isBelow >> not)
            withWeights (copied @ kept) model

        /// The model with other numbers under one path, in the order of rows: `setWeight "dense/bias" [| 0f; 1f |]`. An
        /// unknown path and another count are errors.
        let setWeight (path: string) (values: float32[]) (model: Model) : Model =
            match weights model |> List.tryFind (fst >> (=) path) with
            | Some(_, old) ->
                let value = Core.beside old (fun () -> Tensor.ofArray old.Shape values) |> Tensor.cast old.DType

                withWeightsInPart [ path, value ] model |> fst
            | None ->
                let known = weights model |> List.map fst |> String.concat ", "
                Fail.argument "Model.setWeight" "path" $"'{path}'" $"is not that of a weight; there are {known}."

        /// What the model gives for batches outside training, and the model with the state that follows: stateful
        /// recurrent layers go on from there.
        let predictNext (xs: Tensor list) (model: Model) : Tensor list * Model =
            let inputs = xs |> List.map (Compiled.inType model.DType)
            let ys, variables = Network.apply model.Variables Run.inference inputs model.Network
            ys, Model.withVariables variables model

        /// The model with the states of stateful layers at zero again; see `Variables.resetStates`.
        let resetStates (model: Model) : Model = Model.withVariables (Variables.resetStates model.Variables) model

        /// What the model gives for batches in training mode, where dropout draws from the key and batch normalization
        /// uses the batch, and the model with the state that follows.
        let applyTraining (key: Key) (xs: Tensor list) (model: Model) : Tensor list * Model =
            let inputs = xs |> List.map (Compiled.inType model.DType)
            let ys, variables = Network.apply model.Variables (Run.training key) inputs model.Network
            ys, Model.withVariables variables model

        /// The training state of the model after layers were frozen or thawed, from one before: the state's variables,
        /// and what the optimizer keeps of the parameters that are still trained. Parameters that were frozen before
        /// begin with fresh memory; numbers that belong to no parameter, such as the count of steps, stay. Variables of
        /// another model are an error.
        let continueFrom (optimizer: Optimizer) (state: TrainState) (model: Model) : TrainState =
            let tensors = Variables.flatten state.Variables |> List.map (fun v -> v.Path, v.Tensor)
            let variables = Variables.withTensors tensors model.Variables
            let old = Tree.flatten state.OptimizerState |> dict

            let memory =
                optimizer.Init variables.Parameters
                |> Tree.mapi (fun path (fresh: Tensor) ->
                    match old.TryGetValue path with
                    | true, kept when kept.Shape = fresh.Shape -> kept
                    | _ -> fresh)

            { state with Variables = variables; OptimizerState = memory }
