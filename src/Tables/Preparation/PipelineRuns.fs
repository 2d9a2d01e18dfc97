/// Fitting pipelines on tables and predicting from them.
module internal Functional.PipelineRuns

open Functional.PipelineData

let private columnTable (names: string list) (columns: float[] list) : ColumnTable =
    let rows = columns |> List.tryHead |> Option.map Array.length |> Option.defaultValue 0
    let cells = columns |> List.map (Column.Numbers >> TableColumn.ofColumn) |> Array.ofList
    ColumnTable(rows, Array.ofList names, cells, None)

let private fitNetwork (layer: Layer<Tensor, Tensor>) options (x: Tensor) (labels: Tensor) features classNames key =
    let dataset = Dataset.ofTensors x labels |> Dataset.withFeatureNames features

    let dataset =
        match classNames, labels.Shape with
        | [], _ -> dataset
        | _, [ _ ] -> dataset |> Dataset.withClassNames classNames
        | names, [ _; width ] when width = names.Length -> dataset |> Dataset.withClassNames classNames
        | _, _ -> dataset

    let result = Learn.fit options layer dataset key
    FittedEnd.Network(result.Model, outputsOf options.Loss), Some result.History

/// The targets as they were at the start, in the rows that are left.
let private leftRows (table: ColumnTable) (prepared: ColumnTable) (values: 'T[]) : 'T[] =
    match prepared.Kept, table.Kept with
    | Some kept, None -> kept |> Array.map (fun row -> values[row])
    | _, _ -> values

let private demandFeatures (features: string list) =
    if features.IsEmpty then
        Fail.data operation "no column is left to learn from. Check what the preparation drops."

let private taskFits (target: PipelineTarget) (learner: Learner) =
    match target, learner.Task with
    | PipelineTarget.Classes _, LearnerTask.Classification
    | PipelineTarget.Numbers [ _ ], LearnerTask.Regression -> ()
    | PipelineTarget.Classes _, LearnerTask.Regression ->
        Fail.argument
            operation
            "learner"
            learner.Kind
            "predicts numbers, and the target is of classes; take a classifier."
    | PipelineTarget.Numbers _, LearnerTask.Classification ->
        Fail.argument
            operation
            "learner"
            learner.Kind
            "predicts classes, and the target is of numbers; take a regression."
    | PipelineTarget.Numbers columns, LearnerTask.Regression ->
        Fail.argument operation "target" columns.Length "is not one column, and a learner predicts one; take a network."

let private fitClasses (pipeline: Pipeline) table prepared (prepares: Prepared) features name key : FittedPipeline =
    let classes, classNames = classes table name
    let classes = leftRows table prepared classes

    let fittedEnd, history =
        match pipeline.End with
        | PipelineEnd.Network(layer, options) ->
            let labels = labelsFor options.Loss classNames classes
            fitNetwork layer options (tensor true features prepared) labels features classNames key
        | PipelineEnd.Learner learner ->
            let x = tensor false features prepared
            FittedEnd.Learner(learner |> Learner.fit x (Tensor.ofInts [ classes.Length ] classes)), None

    { Prepared = prepares
      Target = pipeline.Target
      PreparedTarget = None
      Features = features
      ClassNames = classNames
      End = fittedEnd
      History = history }

let private fitNumbers (pipeline: Pipeline) table prepared (prepares: Prepared) features names key : FittedPipeline =
    let targets = numbers table names |> List.map (leftRows table prepared)

    let preparedTarget, targets =
        match pipeline.TargetPreparation with
        | None -> None, targets
        | Some preparation ->
            let fitted, after = columnTable names targets |> Preparing.fit None preparation
            Some fitted, names |> List.map (fun name -> Column.numbers operation name (after.TryColumn name).Value)

    let y = columnsTensor targets

    let fittedEnd, history =
        match pipeline.End with
        | PipelineEnd.Network(layer, options) ->
            fitNetwork layer options (tensor true features prepared) (Tensor.cast Float32 y) features [] key
        | PipelineEnd.Learner learner ->
            let x = tensor false features prepared
            FittedEnd.Learner(learner |> Learner.fit x (Tensor.squeezeAxes [ 1 ] y)), None

    { Prepared = prepares
      Target = pipeline.Target
      PreparedTarget = preparedTarget
      Features = features
      ClassNames = []
      End = fittedEnd
      History = history }

/// Fits a pipeline on a table of raw columns.
let fit (key: Key) (table: ColumnTable) (pipeline: Pipeline) : FittedPipeline =
    let targets = targetNames pipeline.Target

    if targets.IsEmpty then
        Fail.argument operation "target" 0 "is no number of columns; name one at least."

    match pipeline.End with
    | PipelineEnd.Learner learner -> taskFits pipeline.Target learner
    | PipelineEnd.Network _ -> ()

    // steps see the only target, and of several none
    let seen, visible =
        match targets with
        | [ one ] -> Some one, table
        | several ->
            let keep =
                table.Names |> Array.indexed |> Array.filter (fun (_, name) -> not (List.contains name several))

            None, table.With(Array.map snd keep, keep |> Array.map (fun (i, _) -> table.Columns[i]))

    let prepares, prepared = visible |> Preparing.fit seen pipeline.Preparation
    let features = prepared.Names |> Array.filter (fun name -> Some name <> seen) |> List.ofArray
    demandFeatures features

    match pipeline.Target with
    | PipelineTarget.Classes name -> fitClasses pipeline table prepared prepares features name key
    | PipelineTarget.Numbers names -> fitNumbers pipeline table prepared prepares features names key

/// What the end gives for a table of raw columns.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type Outputs =
    /// The class number of each row, and the probabilities, row by row, where they are known.
    | Classes of int[] * float[][] option
    /// The columns of the targets.
    | Numbers of float[] list

let private rowsOf (width: int) (y: Tensor) : float[][] = Tensor.toFloat64Array y |> Array.chunkBySize width

let private largest (row: float[]) = row |> Array.findIndex ((=) (Array.max row))

/// Two numbers for one: the probability of the first class beside that of the second.
let private both (row: float[]) = [| 1.0 - row[0]; row[0] |]

let private networkClasses (outputs: NetworkOutputs) (y: Tensor) : int[] * float[][] option =
    let width = List.last y.Shape
    let single = width = 1
    let y = Tensor.cast Float64 y

    let classesOf (rows: float[][]) threshold =
        rows |> Array.map (fun row -> if single then (if row[0] > threshold then 1 else 0) else largest row)

    match outputs with
    | NetworkOutputs.Probabilities ->
        let rows = rowsOf width y
        classesOf rows 0.5, Some(if single then Array.map both rows else rows)
    | NetworkOutputs.Logits ->
        let rows = rowsOf width (if single then Tensor.sigmoid y else Tensor.softmax -1 y)
        classesOf (rowsOf width y) 0.0, Some(if single then Array.map both rows else rows)
    | NetworkOutputs.Scores -> classesOf (rowsOf width y) 0.0, None

let private columnsOf (y: Tensor) : float[] list =
    let width = if y.Rank = 1 then 1 else List.last y.Shape
    let all = Tensor.toFloat64Array y
    [ for j in 0 .. width - 1 -> Array.init (all.Length / width) (fun row -> all[row * width + j]) ]

let private invertTargets (pipeline: FittedPipeline) names (columns: float[] list) =
    match pipeline.PreparedTarget with
    | None -> columns
    | Some prepared ->
        let table = columnTable names columns |> Preparing.invert prepared
        names |> List.map (fun name -> Column.numbers operation name (table.TryColumn name).Value)

/// What a fitted pipeline gives for a table of raw columns.
let predict (table: ColumnTable) (pipeline: FittedPipeline) : Outputs =
    let prepared = table |> Preparing.apply pipeline.Prepared

    match pipeline.Target, pipeline.End with
    | PipelineTarget.Classes _, FittedEnd.Network(model, outputs) ->
        let classes, probabilities =
            model |> Model.predict (tensor true pipeline.Features prepared) |> networkClasses outputs

        Outputs.Classes(classes, probabilities)
    | PipelineTarget.Classes _, FittedEnd.Learner learner ->
        let x = tensor false pipeline.Features prepared

        let probabilities =
            learner.Probabilities |> Option.map (fun f -> rowsOf pipeline.ClassNames.Length (f x))

        Outputs.Classes(Tensor.toInts (learner.Predict x), probabilities)
    | PipelineTarget.Numbers names, FittedEnd.Network(model, _) ->
        let y = model |> Model.predict (tensor true pipeline.Features prepared)
        Outputs.Numbers(invertTargets pipeline names (columnsOf y))
    | PipelineTarget.Numbers names, FittedEnd.Learner learner ->
        let y = learner.Predict(tensor false pipeline.Features prepared)
        Outputs.Numbers(invertTargets pipeline names (columnsOf y))

/// The predictions of a table, row by row.
let predictions (table: ColumnTable) (pipeline: FittedPipeline) : Prediction[] =
    let names = Array.ofList pipeline.ClassNames

    match predict table pipeline with
    | Outputs.Classes(classes, probabilities) ->
        classes
        |> Array.mapi (fun row number ->
            { Class = names[number]
              Probabilities =
                match probabilities with
                | Some rows -> List.zip pipeline.ClassNames (List.ofArray rows[row])
                | None -> []
              Numbers = [] })
    | Outputs.Numbers columns ->
        Array.init table.RowCount (fun row ->
            { Class = ""
              Probabilities = []
              Numbers =
                List.map2 (fun name (column: float[]) -> name, column[row]) (targetNames pipeline.Target) columns })
