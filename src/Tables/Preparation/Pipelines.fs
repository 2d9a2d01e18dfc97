namespace Functional

open Deedle

/// Making and fitting pipelines.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Pipeline =
    /// A pipeline that tells the classes of a column apart: a preparation of all other columns, and an end.
    let classifier (target: string) (preparation: Preparation) (pipelineEnd: PipelineEnd) : Pipeline =
        { Preparation = preparation
          Target = PipelineTarget.Classes target
          TargetPreparation = None
          End = pipelineEnd }

    /// A pipeline that predicts the number of a column.
    let regressor (target: string) (preparation: Preparation) (pipelineEnd: PipelineEnd) : Pipeline =
        { Preparation = preparation
          Target = PipelineTarget.Numbers [ target ]
          TargetPreparation = None
          End = pipelineEnd }

    /// A pipeline that predicts the numbers of several columns; it ends in a network.
    let multiRegressor (targets: seq<string>) (preparation: Preparation) (pipelineEnd: PipelineEnd) : Pipeline =
        { Preparation = preparation
          Target = PipelineTarget.Numbers(List.ofSeq targets)
          TargetPreparation = None
          End = pipelineEnd }

    /// The pipeline with a preparation of its targets, such as `Scaler.standard`, whose inverse its predictions go through.
    /// scikit-learn: TransformedTargetRegressor.
    let withTargetPreparation (preparation: Preparation) (pipeline: Pipeline) : Pipeline =
        { pipeline with TargetPreparation = Some preparation }

    /// Fits the preparation and then the network or learner on a frame of raw columns with the target. What is drawn at random is
    /// drawn by the key. Rows that the preparation leaves out, such as outliers, are not learnt from. Columns that are not of
    /// numbers, or miss values, after the preparation are errors that name them.
    let fit (frame: Frame<'R, string>) (key: Key) (pipeline: Pipeline) : FittedPipeline =
        pipeline |> PipelineRuns.fit key (ColumnTable.ofFrame frame)

    /// `fit` on records: a column for each public property. Options and nullable values may be missing, enumerations are words.
    let fitRecords (records: seq<'T>) (key: Key) (pipeline: Pipeline) : FittedPipeline =
        pipeline |> PipelineRuns.fit key (RecordColumns.ofRecords "Pipeline.fitRecords" records)

/// Predicting with fitted pipelines. Frames, records and rows are raw, as those of the fit; the target may be missing, and other
/// columns may be there.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module FittedPipeline =
    let private refuseNumbers operation =
        Fail.argument operation "target" "numbers" "are predicted, and no classes; take FittedPipeline.predict."

    /// What is predicted, in a column (or several) named as the target: names of classes, or numbers.
    let predict (frame: Frame<'R, string>) (pipeline: FittedPipeline) : Frame<'R, string> =
        let names = PipelineData.targetNames pipeline.Target |> Array.ofList
        let table = ColumnTable.ofFrame frame

        let columns =
            match pipeline |> PipelineRuns.predict table with
            | PipelineRuns.Outputs.Classes(classes, _) ->
                let words = Array.ofList pipeline.ClassNames
                [| Column.Words(classes |> Array.map (fun i -> words[i])) |]
            | PipelineRuns.Outputs.Numbers columns -> columns |> List.map Column.Numbers |> Array.ofList

        ColumnTable.toFrameLike frame (table.With(names, columns |> Array.map TableColumn.ofColumn))

    /// The name of each row's class. A pipeline that predicts numbers is an error.
    let predictClasses (frame: Frame<'R, string>) (pipeline: FittedPipeline) : string[] =
        match pipeline |> PipelineRuns.predict (ColumnTable.ofFrame frame) with
        | PipelineRuns.Outputs.Classes(classes, _) ->
            let words = Array.ofList pipeline.ClassNames
            classes |> Array.map (fun i -> words[i])
        | PipelineRuns.Outputs.Numbers _ -> refuseNumbers "FittedPipeline.predictClasses"

    /// The number of each row. A pipeline that predicts classes or several numbers is an error.
    let predictNumbers (frame: Frame<'R, string>) (pipeline: FittedPipeline) : float[] =
        match pipeline |> PipelineRuns.predict (ColumnTable.ofFrame frame) with
        | PipelineRuns.Outputs.Numbers [ column ] -> column
        | PipelineRuns.Outputs.Numbers _
        | PipelineRuns.Outputs.Classes _ ->
            Fail.argument
                "FittedPipeline.predictNumbers"
                "target"
                (String.concat ", " (PipelineData.targetNames pipeline.Target))
                "is not one column of numbers; take FittedPipeline.predict."

    /// The probability of each class, in a column a class. An end that knows no probabilities is an error.
    let probabilities (frame: Frame<'R, string>) (pipeline: FittedPipeline) : Frame<'R, string> =
        let operation = "FittedPipeline.probabilities"
        let table = ColumnTable.ofFrame frame

        match pipeline |> PipelineRuns.predict table with
        | PipelineRuns.Outputs.Classes(_, Some rows) ->
            let column j =
                rows |> Array.map (fun (row: float[]) -> row[j]) |> Column.Numbers |> TableColumn.ofColumn

            let names = Array.ofList pipeline.ClassNames
            ColumnTable.toFrameLike frame (table.With(names, Array.init names.Length column))
        | PipelineRuns.Outputs.Classes(_, None) ->
            Fail.argument
                operation
                "end"
                "it"
                "gives no probabilities; train with a loss of probabilities, or take another learner."
        | PipelineRuns.Outputs.Numbers _ -> refuseNumbers operation

    let private single table (pipeline: FittedPipeline) : Prediction = (PipelineRuns.predictions table pipeline).[0]

    /// What is predicted of one row of named values; null is a missing one.
    let predictRow (row: seq<string * obj>) (pipeline: FittedPipeline) : Prediction =
        single (ColumnTable.ofRow row) pipeline

    /// What is predicted of a row of a frame: `frame.Rows[key]`.
    let predictSeries (row: Series<string, obj>) (pipeline: FittedPipeline) : Prediction =
        let value (pair: System.Collections.Generic.KeyValuePair<string, OptionalValue<obj>>) =
            pair.Key, (if pair.Value.HasValue then pair.Value.Value else null)

        predictRow (row.ObservationsAll |> Seq.map value) pipeline

    /// What is predicted of a record: its public properties are the columns.
    let predictRecord (record: 'T) (pipeline: FittedPipeline) : Prediction =
        predictRow (RecordColumns.ofRecord "FittedPipeline.predictRecord" record) pipeline

    /// What is predicted of each record.
    let predictRecords (records: seq<'T>) (pipeline: FittedPipeline) : Prediction[] =
        let table = RecordColumns.ofRecords "FittedPipeline.predictRecords" records
        if table.RowCount = 0 then [||] else PipelineRuns.predictions table pipeline

    /// The share of right classes, or the mean coefficient of determination R² of the targets, on a frame with the target: the
    /// `score` of scikit-learn.
    let score (frame: Frame<'R, string>) (pipeline: FittedPipeline) : float =
        let table = ColumnTable.ofFrame frame

        match pipeline.Target, pipeline |> PipelineRuns.predict table with
        | PipelineTarget.Classes name, PipelineRuns.Outputs.Classes(classes, _) ->
            let names = Array.ofList pipeline.ClassNames

            match table.TryColumn name with
            | None -> Fail.argument "FittedPipeline.score" "target" $"'{name}'" "is no column of the frame."
            | Some column ->
                let right =
                    Array.map2 (fun word i -> if word = names[i] then 1.0 else 0.0) (Column.words column) classes

                Array.average right
        | PipelineTarget.Numbers names, PipelineRuns.Outputs.Numbers columns ->
            let determination (expected: float[]) (predicted: float[]) =
                let residual = Array.map2 (-) expected predicted |> Array.sumBy (fun r -> r * r)
                1.0 - residual / Numbers.centralSum 2 expected

            List.map2 determination (PipelineData.numbers table names) columns |> List.average
        | PipelineTarget.Classes _, PipelineRuns.Outputs.Numbers _
        | PipelineTarget.Numbers _, PipelineRuns.Outputs.Classes _ ->
            Fail.data "FittedPipeline.score" "the end does not fit the target."
