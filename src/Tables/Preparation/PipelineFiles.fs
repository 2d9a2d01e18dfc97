namespace Functional

open System.IO.Compression
open System.Text.Json
open Functional.CheckpointParts

/// Saving and loading fitted pipelines as one file.
[<AutoOpen>]
module PipelineFiles =
    let private format = "functional-pipeline"
    let private entry = "pipeline.json"
    let private modelPrefix = "model/"
    let private learnerTensors = "learner.safetensors"

    let private damaged reason = raise (Damaged reason)

    let private outputsName (outputs: NetworkOutputs) =
        match outputs with
        | NetworkOutputs.Probabilities -> "probabilities"
        | NetworkOutputs.Logits -> "logits"
        | NetworkOutputs.Scores -> "scores"

    let private writeEnd (writer: Utf8JsonWriter) (fittedEnd: FittedEnd) =
        match fittedEnd with
        | FittedEnd.Network(_, outputs) -> writer.WriteString("network", outputsName outputs)
        | FittedEnd.Learner learner ->
            let state = learner.State()
            writer.WritePropertyName "learner"

            DescriptionJson.write writer { Kind = state.Kind; Name = ""; Settings = state.Settings; Children = [] }

    let private content (pipeline: FittedPipeline) =
        json (fun writer ->
            writer.WriteStartObject()
            writeFormat writer format

            match pipeline.Target with
            | PipelineTarget.Classes column -> writer.WriteString("classes", column)
            | PipelineTarget.Numbers columns -> PreparationJson.writeWords writer "numbers" (Array.ofList columns)

            PreparationJson.writeWords writer "features" (Array.ofList pipeline.Features)
            PreparationJson.writeWords writer "classNames" (Array.ofList pipeline.ClassNames)
            writeEnd writer pipeline.End
            writer.WritePropertyName "preparation"
            PreparationJson.write writer pipeline.Prepared

            match pipeline.PreparedTarget with
            | Some prepared ->
                writer.WritePropertyName "targetPreparation"
                PreparationJson.write writer prepared
            | None -> ()

            writer.WriteEndObject())

    let private endEntries operation (fittedEnd: FittedEnd) =
        match fittedEnd with
        | FittedEnd.Network(model, _) -> Model.entries operation modelPrefix model
        | FittedEnd.Learner learner ->
            [ learnerTensors, CompressionLevel.NoCompression, Safetensors.writeTo operation [] (learner.State()).Tensors ]

    let private targetOf (root: JsonElement) : PipelineTarget =
        match root.TryGetProperty "classes" with
        | true, column when column.ValueKind = JsonValueKind.String -> PipelineTarget.Classes(column.GetString())
        | true, _ -> damaged "'classes' is no name of a column."
        | _ -> PipelineTarget.Numbers(List.ofArray (PreparationJson.words "numbers" root))

    let private outputsOf (element: JsonElement) =
        match element.GetString() with
        | "probabilities" -> NetworkOutputs.Probabilities
        | "logits" -> NetworkOutputs.Logits
        | "scores" -> NetworkOutputs.Scores
        | other -> damaged $"'{other}' is no kind of outputs."

    let private endOf
        path
        (own: Map<string, LearnerState -> FittedLearner>)
        (archive: ArchiveReader)
        (root: JsonElement)
        =
        match root.TryGetProperty "network" with
        | true, outputs -> FittedEnd.Network(Model.ofArchive path modelPrefix archive, outputsOf outputs)
        | _ ->
            let description = DescriptionJson.read (field "learner" root)
            let tensors, _ = archive.Read(learnerTensors, Safetensors.readFrom)

            { Kind = description.Kind; Settings = description.Settings; Tensors = tensors }
            |> Learners.ofStateWith own
            |> FittedEnd.Learner

    /// Raises an error where the parts of a pipeline from a file do not fit each other.
    let private check (pipeline: FittedPipeline) : FittedPipeline =
        let features, classes = pipeline.Features.Length, pipeline.ClassNames.Length

        let outputs =
            match pipeline.Target with
            | PipelineTarget.Classes _ when classes < 2 -> damaged $"it has {classes} names of classes."
            | PipelineTarget.Classes _ -> classes
            | PipelineTarget.Numbers [] -> damaged "it has no target."
            | PipelineTarget.Numbers names -> names.Length

        match pipeline.End with
        | FittedEnd.Network(model, _) ->
            let isSingle = model.OutputShapes = [ [ 1 ] ] && classes = 2

            if model.InputShapes <> [ [ features ] ] || not (isSingle || model.OutputShapes = [ [ outputs ] ]) then
                damaged $"its network does not fit {features} features and {outputs} outputs."
        | FittedEnd.Learner learner ->
            if learner.Features <> features || (classes > 0 && learner.Classes <> classes) then
                damaged $"its learner does not fit {features} features and {classes} classes."

        pipeline

    /// Using fitted pipelines.
    module FittedPipeline =
        /// Writes a fitted pipeline to one .zip file, atomically: its steps as JSON in full precision, and its network as architecture
        /// and safetensors, or its learner as settings and safetensors. Steps and layers made from functions of one's own are an
        /// error that names them, unless their kinds were registered. The history of training is not kept.
        let save (path: string) (pipeline: FittedPipeline) : unit =
            let operation = "FittedPipeline.save"
            PreparationJson.demandKnown operation pipeline.Prepared
            pipeline.PreparedTarget |> Option.iter (PreparationJson.demandKnown operation)

            Archive.write
                operation
                path
                ((entry, CompressionLevel.Optimal, text (content pipeline)) :: endEntries operation pipeline.End)

        /// `load` with what reads learners of one's own, by kind.
        let loadWith (own: Map<string, LearnerState -> FittedLearner>) (path: string) : FittedPipeline =
            Archive.read path Archive.usualLimit (fun archive ->
                parse path entry (readText entry archive) (fun root ->
                    checkFormat format root

                    check
                        { Prepared = PreparationJson.read (field "preparation" root)
                          Target = targetOf root
                          PreparedTarget =
                            match root.TryGetProperty "targetPreparation" with
                            | true, element -> Some(PreparationJson.read element)
                            | _ -> None
                          Features = List.ofArray (PreparationJson.words "features" root)
                          ClassNames = List.ofArray (PreparationJson.words "classNames" root)
                          End = endOf path own archive root
                          History = None }))

        /// Reads a fitted pipeline that `save` wrote. Raises `InvalidFile`, with what is wrong, for a file that is missing, damaged or
        /// of another kind, whose parts do not fit each other, or that holds a step, a layer or a learner that is not known.
        let load (path: string) : FittedPipeline = loadWith Map.empty path
