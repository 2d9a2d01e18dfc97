namespace Functional

open System.Collections.Generic
open Deedle

/// The classes of labels, by number in the order in which they first stand.
module internal LabelClasses =
    /// The number of each row's class, and the number of classes.
    let number (labels: 'L[]) : int[] * int =
        let numbers = Dictionary<'L, int>(HashIdentity.Structural)

        let codes =
            labels
            |> Array.map (fun label ->
                match numbers.TryGetValue label with
                | true, code -> code
                | _ ->
                    let code = numbers.Count
                    numbers.Add(label, code)
                    code)

        codes, numbers.Count

    /// The rows of each class, ascending.
    let rows (codes: int[]) (count: int) : int[][] =
        let lists = Array.init count (fun _ -> List<int>())
        codes |> Array.iteri (fun row code -> lists[code].Add row)
        lists |> Array.map _.ToArray()

/// Splits into parts to train and to test with, as row numbers. Random ones are drawn by a key: the same key gives the same parts.
/// Sizes round as in scikit-learn: shares of training down, of testing up.
[<RequireQualifiedAccess>]
module Split =
    let private checkRows operation (n: int) =
        if n < 2 then
            Fail.argument operation "n" n "is too few rows for two parts; give at least 2."

    let private order (key: Key) (n: int) : int[] = Tensor.toInts (Random.permutation key n)

    /// Two parts of `n` rows by options. Parts drawn at random are in random order. Sizes that leave a part empty, or are more than
    /// all rows together, are an error.
    let trainTestWith (options: SplitOptions) (key: Key) (n: int) : TrainTest =
        let operation = "Split.trainTest"
        checkRows operation n
        let train, test = SplitSizes.ofOptions operation options n

        if options.Shuffle then
            let order = order key n
            { Train = order[test .. test + train - 1]; Test = order[.. test - 1] }
        else
            { Train = [| 0 .. train - 1 |]; Test = [| train .. train + test - 1 |] }

    /// Two parts of `n` rows, of which the second has this share, rounded up, drawn at random.
    let trainTest (testShare: float) (key: Key) (n: int) : TrainTest =
        trainTestWith { SplitOptions.defaults with TestSize = Some(PartSize.Share testShare) } key n

    let private checkClasses operation (labels: 'L[]) (rows: int[][]) (sizes: (string * int) list) =
        match rows |> Array.tryFindIndex (fun rows -> rows.Length < 2) with
        | Some i ->
            Fail.data
                operation
                $"class {labels[rows[i].[0]]} has a single row, and each part needs one. Leave it out, or split without classes."
        | None -> ()

        for part, size in sizes do
            if size < rows.Length then
                Fail.data
                    operation
                    $"the {part} part has {size} rows, and {rows.Length} classes need one each. Give it a larger size."

    /// Two parts in which every class has the share of all rows, to within one row: for classes of different sizes. Parts are in
    /// random order. A class of a single row, and parts of fewer rows than classes, are errors.
    let stratifiedWith (options: SplitOptions) (key: Key) (labels: 'L[]) : TrainTest =
        let operation = "Split.stratified"
        checkRows operation labels.Length

        if not options.Shuffle then
            Fail.argument
                operation
                "shuffle"
                false
                "draws nothing, and classes are drawn from; split with Split.trainTestWith."

        let train, test = SplitSizes.ofOptions operation options labels.Length
        let codes, count = LabelClasses.number labels
        let rows = LabelClasses.rows codes count
        checkClasses operation labels rows [ "training", train; "test", test ]
        let sizes = rows |> Array.map _.Length
        let forTraining = SplitSizes.proportional sizes train
        let forTesting = SplitSizes.proportional (Array.map2 (-) sizes forTraining) test
        let keys = Key.splitMany (count + 2) key |> Array.ofList

        let shuffled =
            rows |> Array.mapi (fun i rows -> order keys[i] rows.Length |> Array.map (fun j -> rows[j]))

        let gather key (parts: int[][]) =
            (let all = Array.concat parts in order key all.Length |> Array.map (fun j -> all[j]))

        let trainParts = shuffled |> Array.mapi (fun i rows -> rows[.. forTraining[i] - 1])

        let testParts =
            shuffled |> Array.mapi (fun i rows -> rows[forTraining[i] .. forTraining[i] + forTesting[i] - 1])

        { Train = gather keys[count] trainParts; Test = gather keys[count + 1] testParts }

    /// Two parts, of which the second has this share of the rows, rounded up, and every class the same share of its own.
    let stratified (testShare: float) (key: Key) (labels: 'L[]) : TrainTest =
        stratifiedWith { SplitOptions.defaults with TestSize = Some(PartSize.Share testShare) } key labels

    /// Two parts of the rows of whole groups, such as patients: no group is in both. The share is of the groups, rounded up.
    let grouped (testShare: float) (key: Key) (groups: 'G[]) : TrainTest =
        let codes, count = LabelClasses.number groups

        if count < 2 then
            Fail.data "Split.grouped" $"there is {count} group, and two parts need two. Give the groups of the rows."

        let parts = trainTest testShare key count
        let isTest = HashSet<int> parts.Test
        let isTrain = HashSet<int> parts.Train

        let rowsOf (set: HashSet<int>) =
            [| for row in 0 .. codes.Length - 1 do
                   if set.Contains codes[row] then
                       row |]

        { Train = rowsOf isTrain; Test = rowsOf isTest }

    let private three (validation: PartSize) (test: PartSize) (n: int) operation =
        let part name size =
            match size with
            | PartSize.Share share when not (share > 0.0 && share < 1.0) ->
                Fail.argument operation name share "is no share of the rows; give a number between 0 and 1."
            | PartSize.Share share -> int (ceil (share * float n))
            | PartSize.Count count -> count

        let validation, test = part "validation" validation, part "test" test

        if validation < 1 || test < 1 || validation + test >= n then
            Fail.data
                operation
                $"{n} rows cannot be split into {validation} to validate, {test} to test with and at least one to train with. Give \
                  other sizes."

        validation, test

    // the rows that are no test rows, split again
    let private splitRest (rows: int[]) (split: TrainTest) (test: int[]) : TrainValidationTest =
        { Train = split.Train |> Array.map (fun i -> rows[i])
          Validation = split.Test |> Array.map (fun i -> rows[i])
          Test = test }

    /// Three parts of `n` rows drawn at random; the sizes of the second and third are of all rows, shares rounded up.
    let trainValidationTest (validation: PartSize) (test: PartSize) (key: Key) (n: int) : TrainValidationTest =
        let validation, test = three validation test n "Split.trainValidationTest"
        let order = order key n

        { Train = order[validation + test ..]
          Validation = order[test .. test + validation - 1]
          Test = order[.. test - 1] }

    /// Three parts in each of which every class has the share of all rows, to within one row.
    let stratifiedTrainValidationTest
        (validation: PartSize)
        (test: PartSize)
        (key: Key)
        (labels: 'L[])
        : TrainValidationTest =
        let validation, test = three validation test labels.Length "Split.stratifiedTrainValidationTest"
        let size n = { SplitOptions.defaults with TestSize = Some(PartSize.Count n) }
        let first, second = Key.split key
        let outer = labels |> stratifiedWith (size test) first
        let inner = outer.Train |> Array.map (fun row -> labels[row]) |> stratifiedWith (size validation) second
        splitRest outer.Train inner outer.Test

    /// The values of a column as labels, to stratify or group by: numbers by their shortest text. A missing value is an error.
    let labels (column: string) (frame: Frame<'R, string>) : string[] =
        match (ColumnTable.ofFrame frame).TryColumn column with
        | None ->
            let known = frame.ColumnKeys |> Seq.truncate 20 |> String.concat ", "
            Fail.argument "Split.labels" "column" $"'{column}'" $"is no column of the frame; there is {known}."
        | Some values ->
            let words = Column.words values

            match words |> Array.tryFindIndex isNull with
            | Some row ->
                Fail.data "Split.labels" $"column '{column}' misses the value of row {row}. Leave such rows out first."
            | None -> words

    /// The rows of these numbers of a frame, in this order, under their keys.
    let rows (indices: int[]) (frame: Frame<'R, string>) : Frame<'R, string> =
        match indices |> Array.tryFind (fun i -> i < 0 || i >= frame.RowCount) with
        | Some i ->
            Fail.argument "Split.rows" "indices" i $"is no row of a frame of {frame.RowCount} rows, counted from 0."
        | None -> (ColumnTable.ofFrame frame).Rows indices |> ColumnTable.toFrameLike frame

    /// The two parts of a frame.
    let frame (split: TrainTest) (frame: Frame<'R, string>) : Frame<'R, string> * Frame<'R, string> =
        rows split.Train frame, rows split.Test frame

    /// The three parts of a frame.
    let frames (split: TrainValidationTest) (frame: Frame<'R, string>) =
        rows split.Train frame, rows split.Validation frame, rows split.Test frame

    /// The two parts of a dataset.
    let dataset (split: TrainTest) (dataset: Dataset) : Dataset * Dataset =
        Dataset.rows split.Train dataset, Dataset.rows split.Test dataset

    /// The three parts of a dataset.
    let datasets (split: TrainValidationTest) (dataset: Dataset) : Dataset * Dataset * Dataset =
        Dataset.rows split.Train dataset, Dataset.rows split.Validation dataset, Dataset.rows split.Test dataset
