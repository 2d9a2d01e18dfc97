namespace Functional

open System

/// The columns that a pipeline learns to predict.
[<RequireQualifiedAccess>]
type PipelineTarget =
    /// A column of classes, words or numbers.
    | Classes of column: string
    /// Columns of numbers.
    | Numbers of columns: string list

/// What a pipeline ends in.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type PipelineEnd =
    /// A network, trained with these options on float32 features [n; columns]. Its loss decides the form of the labels: class
    /// numbers, one-hot rows, or 0 and 1 for two classes.
    | Network of layer: Layer<Tensor, Tensor> * options: FitOptions
    /// A learner, fitted on float64 features [n; columns].
    | Learner of Learner

/// A preparation and the network or learner that takes what it gives: one value to fit on a raw frame.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type Pipeline =
    {
        /// The preparation of all columns but the target.
        Preparation: Preparation
        /// The target.
        Target: PipelineTarget
        /// The preparation of targets that are numbers, such as `Scaler.standard`: predictions are inverted. Default none.
        TargetPreparation: Preparation option
        /// The network or learner.
        End: PipelineEnd
    }

/// What a network's outputs mean.
[<RequireQualifiedAccess>]
type NetworkOutputs =
    /// Probabilities: a row of them, or one number for the second of two classes.
    | Probabilities
    /// Logits, of which the softmax or the sigmoid are probabilities.
    | Logits
    /// Other scores, of which the largest, or for one number one above 0, says the class; or numbers that are predicted.
    | Scores

/// The end of a fitted pipeline.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type FittedEnd =
    /// A trained network, and what its outputs mean.
    | Network of Model * NetworkOutputs
    /// A fitted learner.
    | Learner of FittedLearner

/// A fitted pipeline: it predicts from raw frames, records and rows.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type FittedPipeline =
    {
        /// The fitted preparation.
        Prepared: Prepared
        /// The target.
        Target: PipelineTarget
        /// The fitted preparation of the targets, where there is one.
        PreparedTarget: Prepared option
        /// The columns that the network or learner takes, in order.
        Features: string list
        /// The names of the classes in order; empty for numbers.
        ClassNames: string list
        /// The network or learner.
        End: FittedEnd
        /// The losses and metrics of a network's training; none for learners and pipelines from files.
        History: History option
    }

/// What a pipeline says of one row.
[<RequireQualifiedAccess>]
type Prediction =
    {
        /// The name of the class; empty for numbers.
        Class: string
        /// The classes with their probabilities; empty where the end knows none.
        Probabilities: (string * float) list
        /// The targets with their numbers; empty for classes.
        Numbers: (string * float) list
    }

    /// The number of the only target; an error for classes and several targets.
    member me.Number: float =
        match me.Numbers with
        | [ _, number ] -> number
        | numbers -> Fail.argument "Prediction.Number" "numbers" numbers.Length "is not one; read Class or Numbers."

/// Tables to tensors and targets to labels.
module internal PipelineData =
    let operation = "Pipeline"

    let private missingWord (missing: int) (rows: int) = $"misses {missing} of {rows} values"

    /// The features of a prepared table in row-major order.
    let private features (names: string list) (table: ColumnTable) : float[] =
        let width = names.Length
        let all = Array.zeroCreate (table.RowCount * width)

        for j, name in List.indexed names do
            match table.TryColumn name with
            | None ->
                Fail.data
                    operation
                    $"the prepared frame lacks the column '{name}'. Give a frame with the columns of the fit."
            | Some column ->
                let values =
                    Column.numbers operation name (Column.tryAs ColumnForm.Numbers column |> Option.defaultValue column)

                let missing = values |> Array.sumBy (fun x -> if Double.IsNaN x then 1 else 0)

                if missing > 0 then
                    Fail.data
                        operation
                        $"column '{name}' {missingWord missing values.Length} after the preparation. Add an Imputer to it."

                for row in 0 .. values.Length - 1 do
                    all[row * width + j] <- values[row]

        all

    /// The features [rows; columns] in the type that the end takes.
    let tensor (asFloat32: bool) (names: string list) (table: ColumnTable) : Tensor =
        let values = features names table
        let shape = [ table.RowCount; names.Length ]

        if asFloat32 then
            Tensor.ofArray shape (Array.map float32 values)
        else
            Tensor.ofFloat64Array shape values

    let targetNames (target: PipelineTarget) : string list =
        match target with
        | PipelineTarget.Classes column -> [ column ]
        | PipelineTarget.Numbers columns -> columns

    /// A target column, none of whose values is missing.
    let private targetColumn (table: ColumnTable) (name: string) : Column =
        match table.TryColumn name with
        | None ->
            let known = table.Names |> Seq.truncate 20 |> String.concat ", "
            Fail.argument operation "target" $"'{name}'" $"is no column of the frame; there is {known}."
        | Some column ->
            let missing = Column.missing column |> Array.filter id |> Array.length

            if missing > 0 then
                Fail.data
                    operation
                    $"the target '{name}' {missingWord missing column.Length}. Leave these rows out of the frame."

            column

    /// The class number of each row, and the names of the classes in ascending order.
    let classes (table: ColumnTable) (name: string) : int[] * string list =
        let column = targetColumn table name
        let names = Column.categories column

        if names.Length < 2 then
            Fail.data operation $"the target '{name}' has {names.Length} class, and two at least can be told apart."

        Column.words column |> Array.map (Categories.placing names), List.ofArray names

    /// The targets as columns of numbers.
    let numbers (table: ColumnTable) (names: string list) : float[] list =
        names |> List.map (fun name -> Column.numbers operation name (targetColumn table name))

    /// Columns as a tensor [n; k] of float64.
    let columnsTensor (columns: float[] list) : Tensor =
        let columns = Array.ofList columns
        let width = columns.Length

        Tensor.ofFloat64Array
            [ columns[0].Length; width ]
            (Array.init (columns[0].Length * width) (fun i -> columns[i % width].[i / width]))

    /// Labels of classes as a loss takes them.
    let labelsFor (loss: Loss) (classNames: string list) (classes: int[]) : Tensor =
        let numbers = Tensor.ofInts [ classes.Length ] classes
        let k = classNames.Length
        let oneHot () = Tensor.cast Float32 (Tensor.oneHot k numbers)
        let zeroOne () = Tensor.expandDims 1 (Tensor.cast Float32 numbers)

        match loss.Labels with
        | LabelKind.Classes
        | LabelKind.Own -> numbers
        | LabelKind.Shares -> oneHot ()
        | LabelKind.Binary
        | LabelKind.Signs
        | LabelKind.Numbers
        | LabelKind.Counts -> if k = 2 then zeroOne () else oneHot ()

    let outputsOf (loss: Loss) : NetworkOutputs =
        match loss.Outputs with
        | OutputKind.Probabilities -> NetworkOutputs.Probabilities
        | OutputKind.Logits -> NetworkOutputs.Logits
        | OutputKind.Numbers
        | OutputKind.Own -> NetworkOutputs.Scores
