namespace Functional

open System
open System.Globalization
open System.IO
open System.IO.Compression
open System.Text
open System.Text.Json

/// Something in a file that cannot be what was written.
exception internal Damaged of reason: string

/// The parts of saved models and training states.
module internal CheckpointParts =
    let architecture = "architecture.json"
    let metadata = "metadata.json"
    let weights = "weights.safetensors"
    let state = "state.json"
    let tensors = "tensors.safetensors"

    /// The most characters of JSON that are read: an architecture of a million layers.
    let private longestText = 1 <<< 28

    let text (content: string) : Stream -> unit =
        fun stream -> stream.Write(ReadOnlySpan(Encoding.UTF8.GetBytes content))

    let readText (entry: string) (archive: ArchiveReader) : string =
        archive.Read(entry, (fun source -> Encoding.UTF8.GetString(source.TakeAll(longestText, "the text"))))

    let json (write: Utf8JsonWriter -> unit) : string =
        use stream = new MemoryStream()

        do
            use writer = new Utf8JsonWriter(stream, JsonWriterOptions(Indented = true))
            write writer

        Encoding.UTF8.GetString(stream.ToArray())

    /// Parses JSON and reads it; whatever is not as expected becomes an error of the file.
    let parse (path: string) (entry: string) (text: string) (read: JsonElement -> 'T) : 'T =
        let damaged (reason: string) (e: exn) = Files.failWith path $"entry '{entry}': {reason}" e

        try
            use document = JsonDocument.Parse text
            read document.RootElement
        with
        | :? JsonException as e -> damaged $"is not JSON: {e.Message}" e
        | :? InvalidOperationException as e -> damaged $"has a value of the wrong kind: {e.Message}" e
        | :? FormatException as e -> damaged $"has a number out of range: {e.Message}" e
        | :? Collections.Generic.KeyNotFoundException as e -> damaged "lacks a value that it must have." e
        | Damaged reason as e -> damaged reason e
        | :? FunctionalException as e -> damaged e.Message e

    let field (name: string) (element: JsonElement) : JsonElement =
        match element.ValueKind, element.TryGetProperty name with
        | JsonValueKind.Object, (true, value) -> value
        | _ -> raise (Damaged $"'{name}' is missing.")

    let writeShape (writer: Utf8JsonWriter) (name: string) (shape: Shape) =
        writer.WriteStartArray name
        shape |> List.iter writer.WriteNumberValue
        writer.WriteEndArray()

    let readShape (element: JsonElement) : Shape = [ for n in element.EnumerateArray() -> n.GetInt32() ]

    /// One shape under the first name, several under the second.
    let writeShapes (writer: Utf8JsonWriter) one several (shapes: Shape list) =
        match shapes with
        | [ shape ] -> writeShape writer one shape
        | shapes ->
            writer.WriteStartArray(several: string)

            for shape in shapes do
                writer.WriteStartArray()
                shape |> List.iter writer.WriteNumberValue
                writer.WriteEndArray()

            writer.WriteEndArray()

    let readShapes (one: string) (several: string) (root: JsonElement) : Shape list =
        match root.TryGetProperty several with
        | true, shapes -> [ for shape in shapes.EnumerateArray() -> readShape shape ]
        | _ -> [ readShape (field one root) ]

    /// The version of the files' layout.
    let version = 1

    let writeFormat (writer: Utf8JsonWriter) (kind: string) =
        writer.WriteString("format", kind)
        writer.WriteNumber("version", version)

    let checkFormat (kind: string) (root: JsonElement) =
        if (field "format" root).GetString() <> kind then
            raise (Damaged $"it is no {kind}.")

        let found = (field "version" root).GetInt32()

        if found > version then
            raise (
                Damaged $"it was written by a later version of the library (layout {found}, known are up to {version})."
            )

open CheckpointParts

/// Saving and loading models, as one .zip of the architecture as JSON and the weights as safetensors, and weights
/// alone. Reading runs no code that a file brings.
[<AutoOpen>]
module ModelFiles =
    let private limit (length: int64) = Archive.usualLimit length

    /// No sample has more numbers than this between two layers of a real model: an architecture that says so would only
    /// ask for memory.
    let private largestSample = 1L <<< 27

    let private sizeOf (shape: Shape) =
        (1L, shape) ||> List.fold (fun size n -> if size > largestSample then size else size * int64 n)

    /// The blueprint of a network from a file. A sample that no real model has is an error before anything is allocated.
    let private blueprintOf (inputShapes: Shape list) (network: Network) : Blueprint =
        for name, _, built in fst (Network.build inputShapes network) do
            for shape in built.Outputs do
                if sizeOf shape > largestSample then
                    raise (Damaged $"the layer '{name}' would give {Shape.toString shape}, which is too large.")

        Network.blueprint inputShapes network

    /// Saving and loading models and weights.
    module Model =
        let private weightsOf (model: Model) = Variables.flatten model.Variables |> List.map (fun v -> v.Path, v.Tensor)

        /// The floating type that holds all of these weights without rounding.
        let private dtypeOf (tensors: (string * Tensor) list) =
            match tensors |> List.map (fun (_, x) -> x.DType) |> List.filter _.IsFloat |> List.distinct with
            | [ one ] -> one
            | types when List.contains Float64 types -> Float64
            | _ -> Float32

        /// The type in which a model computes with weights of another: theirs, but weights of 16 bits become what the
        /// model has, if that holds them.
        let private dtypeWith (weights: DType) (model: DType) =
            if not weights.IsHalf || weights = model then weights
            elif model.IsHalf then Float32
            else model

        let private fitting path fit =
            try
                fit ()
            with :? FunctionalException as e ->
                Files.failWith path $"does not fit the model: {e.Message}" e

        /// Raises the error of a model whose description cannot be read back.
        let private demandKnownLayers operation (model: Model) =
            match Catalog.ownCode model.Description with
            | [] -> ()
            | own ->
                let names = own |> List.map (fun d -> if d.Name = "" then d.Kind else d.Name) |> String.concat ", "

                Fail.data
                    operation
                    $"the model holds layers made from functions of your own: {names}. Code is not saved: write the \
                      weights alone with Model.saveWeights, and read them with Model.loadWeights into the model that \
                      your code builds."

            try
                Catalog.build model.Description |> ignore
            with :? FunctionalException as e ->
                let reason =
                    $"the model could not be read back: {e.Message} Write the weights alone with Model.saveWeights."

                raise (FunctionalException(FunctionalError.InvalidData(operation, reason), e))

        /// The entries of an archive that hold a model, under names that begin with `prefix`.
        let internal entries operation (prefix: string) (model: Model) =
            demandKnownLayers operation model

            let about =
                json (fun writer ->
                    writer.WriteStartObject()
                    writeFormat writer "functional-model"
                    writer.WriteString("name", model.Name)
                    writeShapes writer "inputShape" "inputShapes" model.InputShapes
                    writeShapes writer "outputShape" "outputShapes" model.OutputShapes
                    writer.WriteString("dtype", string model.DType)
                    writer.WriteEndObject())

            [ prefix + metadata, CompressionLevel.Optimal, text about
              prefix + architecture, CompressionLevel.Optimal, text (DescriptionJson.toJson model.Description)
              prefix + weights, CompressionLevel.NoCompression, Safetensors.writeTo operation [] (weightsOf model) ]

        /// Writes the model to a .zip file, atomically: "architecture.json" (kinds and options of the layers),
        /// "weights.safetensors" (parameters and state under their paths) and "metadata.json". A model with layers made
        /// from a user's own functions cannot be saved whole: the error names them; save its weights with
        /// `saveWeights`.
        let save (path: string) (model: Model) : unit = Archive.write "Model.save" path (entries "Model.save" "" model)

        /// The model that the entries of an archive hold whose names begin with `prefix`.
        let internal ofArchive (path: string) (prefix: string) (archive: ArchiveReader) : Model =
            let name, inputShapes =
                parse path (prefix + metadata) (readText (prefix + metadata) archive) (fun root ->
                    checkFormat "functional-model" root
                    (field "name" root).GetString(), readShapes "inputShape" "inputShapes" root)

            let description = readText (prefix + architecture) archive
            let tensors, _ = archive.Read(prefix + weights, Safetensors.readFrom)

            let damaged reason e = Files.failWith path $"entry '{prefix}{architecture}': {reason}" e

            let network, blueprint =
                try
                    let network = Catalog.network (DescriptionJson.ofJson description)
                    network, blueprintOf inputShapes network
                with
                | Damaged reason as e -> damaged reason e
                | :? FunctionalException as e -> damaged e.Message e
                | :? OverflowException as e -> damaged "describes a layer of impossible size." e

            let fill () = Network.filled "Model.load" (dtypeOf tensors) tensors blueprint
            Model.make name network (fitting path fill) inputShapes blueprint.Outputs

        /// Reads a model that `save` wrote. Raises `InvalidFile`, with what is wrong, for a file that is missing,
        /// damaged or of another kind, whose parts do not fit each other, or that holds a layer that this version of
        /// the library does not know.
        let load (path: string) : Model = Archive.read path limit (ofArchive path "")

        let private isNpz (path: string) = path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase)

        /// Whether a file is a .zip: models and training states that the library saved.
        let private isArchive (path: string) =
            Files.read path (fun stream ->
                let start = Array.zeroCreate<byte> 2
                stream.ReadAtLeast(start.AsSpan(), 2, false) = 2 && start = [| byte 'P'; byte 'K' |])

        /// The weights of a saved model or training state under their paths.
        let private weightsOfArchive (path: string) : (string * Tensor) list =
            Archive.read path limit (fun archive ->
                if archive.Has weights then
                    fst (archive.Read(weights, Safetensors.readFrom))
                elif archive.Has tensors then
                    fst (archive.Read(tensors, Safetensors.readFrom))
                    |> List.choose (fun (name: string, x) ->
                        [ "parameters/"; "state/" ]
                        |> List.tryFind (fun tree -> name.StartsWith(tree, StringComparison.Ordinal))
                        |> Option.map (fun tree -> name.Substring tree.Length, x))
                else
                    Fail.file path $"holds no weights: it is neither a model nor a training state that was saved.")

        let private readWeights (path: string) : (string * Tensor) list =
            if isNpz path then Npy.loadArchive path
            elif isArchive path then weightsOfArchive path
            else Safetensors.load path

        /// Writes the model's parameters and state under their paths: to NumPy's .npz where the name ends so, else as
        /// safetensors.
        let saveWeights (path: string) (model: Model) : unit =
            if isNpz path then
                Npy.saveArchive path (weightsOf model)
            else
                Safetensors.save path (weightsOf model)

        /// The model with the weights of a file: one that `saveWeights` or another library wrote, .npz or safetensors,
        /// or a model or a training state that was saved. The weights decide in which floating type the model computes;
        /// those of 16 bits are widened to the model's. Missing or surplus paths and other shapes are an error that lists
        /// them.
        let loadWeights (path: string) (model: Model) : Model =
            let tensors = readWeights path
            let variables = Variables.cast (dtypeWith (dtypeOf tensors) model.DType) model.Variables
            model |> Model.withVariables (fitting path (fun () -> Variables.withTensors tensors variables))

        /// The model with those of the weights of a file, as `loadWeights` reads it, that it has too, and a report of the
        /// others. The model keeps its floating type. Other shapes are an error, and so is float64 in a float32 model.
        /// (PyTorch: load_state_dict with strict=False.)
        let loadWeightsInPart (path: string) (model: Model) : Model * WeightsReport =
            let tensors = readWeights path
            fitting path (fun () -> Model.withWeightsInPart tensors model)

        /// `loadWeightsInPart` that leaves out the weights of another shape, and reports them: the base of a trained model
        /// under another head. (Keras: load_weights with skip_mismatch=True.)
        let loadMatchingWeights (path: string) (model: Model) : Model * WeightsReport =
            let tensors = readWeights path
            fitting path (fun () -> Model.withMatchingWeights tensors model)

/// Saving and loading whole training states, so that a run goes on as if it had never stopped.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module TrainState =
    let rec private writeTree (writer: Utf8JsonWriter) path (tree: Tree<Tensor>) =
        match tree with
        | Leaf _ -> writer.WriteStringValue(path: string)
        | Node branches ->
            writer.WriteStartObject()

            for name, branch in branches do
                writer.WritePropertyName(name: string)
                writeTree writer $"{path}/{name}" branch

            writer.WriteEndObject()

    let rec private readTree (tensors: Map<string, Tensor>) (element: JsonElement) : Tree<Tensor> =
        match element.ValueKind with
        | JsonValueKind.Object ->
            let branches = [ for p in element.EnumerateObject() -> p.Name, readTree tensors p.Value ]

            if List.length (List.distinctBy fst branches) <> branches.Length then
                raise (Damaged "a name stands twice in a tree.")

            Node branches
        | JsonValueKind.String ->
            let name = element.GetString()

            match Map.tryFind name tensors with
            | Some tensor -> Leaf tensor
            | None -> raise (Damaged $"the tensor '{name}' is missing.")
        | kind -> raise (Damaged $"a tree holds a {kind}.")

    let private trees (s: TrainState) =
        [ "parameters", s.Variables.Parameters
          "state", s.Variables.State
          "optimizer", s.OptimizerState
          "running", s.Running
          "callbacks", s.Callbacks ]

    let private numberText (value: float) = value.ToString("R", CultureInfo.InvariantCulture)

    /// The state with this learning rate. An error where a schedule rules the rate, or it is negative.
    let withLearningRate (rate: float) (state: TrainState) : TrainState =
        { state with OptimizerState = Optimizer.withLearningRate rate state.OptimizerState }

    let private writeLog (writer: Utf8JsonWriter) (log: EpochLog) =
        writer.WriteStartObject()
        writer.WriteNumber("epoch", log.Epoch)
        writer.WriteStartArray "values"

        for name, value in log.Values do
            writer.WriteStartArray()
            writer.WriteStringValue name
            // as a text, since JSON has no NaN
            writer.WriteStringValue(numberText value)
            writer.WriteEndArray()

        writer.WriteEndArray()
        writer.WriteEndObject()

    let private writeState (state: TrainState) (writer: Utf8JsonWriter) =
        writer.WriteStartObject()
        writeFormat writer "functional-training-state"
        writer.WriteNumber("step", state.Step)
        writer.WriteNumber("epoch", state.Epoch)
        writer.WriteNumber("batch", state.Batch)
        writer.WriteNumber("pass", state.Pass)
        writer.WriteNumber("taken", state.Taken)

        for name, tree in trees state do
            writer.WritePropertyName name
            writeTree writer name tree

        writer.WriteStartArray "history"
        state.History.Epochs |> List.iter (writeLog writer)
        writer.WriteEndArray()
        writer.WriteEndObject()

    /// Writes the state to a .zip file, atomically: "state.json" (steps, epochs, history and the names) and
    /// "tensors.safetensors".
    let save (path: string) (state: TrainState) : unit =
        let rec named path (tree: Tree<Tensor>) =
            match tree with
            | Leaf tensor -> [ path, tensor ]
            | Node branches -> branches |> List.collect (fun (name, branch) -> named $"{path}/{name}" branch)

        let all =
            ("key", Key.toTensor state.Key)
            :: (trees state |> List.collect (fun (name, tree) -> named name tree))

        Archive.write
            "TrainState.save"
            path
            [ CheckpointParts.state, CompressionLevel.Optimal, text (json (writeState state))
              tensors, CompressionLevel.NoCompression, Safetensors.writeTo "TrainState.save" [] all ]

    let private readLog (element: JsonElement) : EpochLog =
        let value (pair: JsonElement) =
            match [ for part in pair.EnumerateArray() -> part.GetString() ] with
            | [ name; number ] -> name, Double.Parse(number, CultureInfo.InvariantCulture)
            | _ -> raise (Damaged "a value of the history is not a name and a number.")

        { Epoch = (field "epoch" element).GetInt32()
          Values = [ for pair in (field "values" element).EnumerateArray() -> value pair ] }

    /// Reads a state that `save` wrote. Raises `InvalidFile`, with what is wrong, for a file that is missing, damaged
    /// or of another kind.
    let load (path: string) : TrainState =
        Archive.read path Archive.usualLimit (fun archive ->
            let about = readText CheckpointParts.state archive
            let tensors = archive.Read(tensors, Safetensors.readFrom) |> fst |> Map.ofList

            parse path CheckpointParts.state about (fun root ->
                checkFormat "functional-training-state" root

                let count name =
                    let n = (field name root).GetInt32()
                    if n < 0 then raise (Damaged $"'{name}' is {n}.") else n

                let countOr earlier (name: string) =
                    match root.TryGetProperty name with
                    | true, _ -> count name
                    | _ -> count earlier

                // files of earlier versions have neither running sums nor memories of callbacks
                let optional (name: string) =
                    match root.TryGetProperty name with
                    | true, tree -> readTree tensors tree
                    | _ -> Tree.empty

                { Variables =
                    Variables.ofTrees
                        (readTree tensors (field "parameters" root))
                        (readTree tensors (field "state" root))
                  Running = optional "running"
                  Callbacks = optional "callbacks"
                  OptimizerState = readTree tensors (field "optimizer" root)
                  Step = count "step"
                  Epoch = count "epoch"
                  Batch = count "batch"
                  Pass = countOr "epoch" "pass"
                  Taken = countOr "batch" "taken"
                  Key =
                    (match Map.tryFind "key" tensors with
                     | Some key -> Key.ofTensor key
                     | None -> raise (Damaged "the key is missing."))
                  History = History [ for log in (field "history" root).EnumerateArray() -> readLog log ] }))
