namespace Functional

/// The options of `Folds.timeSeriesWith`, named as in scikit-learn's `TimeSeriesSplit`.
[<RequireQualifiedAccess>]
type TimeSeriesOptions =
    {
        /// The number of folds. Default 5.
        Splits: int
        /// The most rows to train with, the last ones; none for all before the test rows. Default none.
        MaxTrainSize: int option
        /// The number of test rows of each fold; none for an equal part of all rows. Default none.
        TestSize: int option
        /// The number of rows between training and test rows that are left out. Default 0.
        Gap: int
    }

    /// Five folds of all rows before the test rows, without a gap.
    static member defaults: TimeSeriesOptions = { Splits = 5; MaxTrainSize = None; TestSize = None; Gap = 0 }

/// Folds for cross-validation: several splits, as row numbers. But in time series every row is a test row once. Rows of a fold
/// ascend. Random folds are drawn by a key: the same key gives the same folds.
[<RequireQualifiedAccess>]
module Folds =
    let private check operation (k: int) (n: int) =
        if k < 2 then
            Fail.argument operation "k" k "is no number of folds; give at least 2."

        if k > n then
            Fail.argument operation "k" k $"folds are more than there are rows, which are {n}; give fewer folds."

    /// The folds of rows whose fold's number is known.
    let private ofNumbers (k: int) (folds: int[]) : TrainTest[] =
        let rows isPart =
            [| for row in 0 .. folds.Length - 1 do
                   if isPart folds[row] then
                       row |]

        Array.init k (fun fold -> { TrainTest.Train = rows ((<>) fold); Test = rows ((=) fold) })

    /// The fold of each place: as many in each, the first folds one more where they do not come out even.
    let private even (k: int) (n: int) : int[] =
        [| for fold in 0 .. k - 1 do
               yield! Array.create (n / k + (if fold < n % k then 1 else 0)) fold |]

    let private order (key: Key) (n: int) : int[] = Tensor.toInts (Random.permutation key n)

    /// k folds of n rows in their order: the first n mod k folds have one row more. scikit-learn: KFold.
    let kFold (k: int) (n: int) : TrainTest[] =
        check "Folds.kFold" k n
        ofNumbers k (even k n)

    /// k folds of n rows drawn at random. scikit-learn: KFold with shuffle.
    let shuffledKFold (k: int) (key: Key) (n: int) : TrainTest[] =
        check "Folds.kFold" k n
        let folds = Array.zeroCreate n
        Array.iter2 (fun row fold -> folds[row] <- fold) (order key n) (even k n)
        ofNumbers k folds

    /// A fold for each row, in which it is the only test row.
    let leaveOneOut (n: int) : TrainTest[] = kFold n n

    /// The random k folds of `shuffledKFold` several times over, each time drawn anew: k * repeats folds.
    let repeatedKFold (k: int) (repeats: int) (key: Key) (n: int) : TrainTest[] =
        if repeats < 1 then
            Fail.argument "Folds.repeatedKFold" "repeats" repeats "is no number of repetitions; give at least 1."

        Key.splitMany repeats key |> Seq.collect (fun key -> shuffledKFold k key n) |> Array.ofSeq

    // how many rows of each class are in each fold: those of rows sorted by class that are dealt out in turn
    let private stratifiedBy operation (k: int) (labels: 'L[]) (shuffle: int -> int[] -> int[]) =
        check operation k labels.Length
        let codes, count = LabelClasses.number labels
        let rows = LabelClasses.rows codes count

        if rows |> Array.forall (fun rows -> rows.Length < k) then
            Fail.data operation $"no class has as many rows as there are folds, which are {k}. Give fewer folds."

        let dealt = Array.init count (fun _ -> Array.zeroCreate<int> k)
        Array.sort codes |> Array.iteri (fun i code -> dealt[code].[i % k] <- dealt[code].[i % k] + 1)
        let folds = Array.zeroCreate labels.Length

        for code in 0 .. count - 1 do
            let own =
                [| for fold in 0 .. k - 1 do
                       yield! Array.create (dealt[code].[fold]) fold |]

            Array.iter2 (fun row fold -> folds[row] <- fold) rows[code] (shuffle code own)

        ofNumbers k folds

    /// k folds in each of which every class has its share of all rows, to within one row. Rows stay in their order.
    /// scikit-learn: StratifiedKFold.
    let stratifiedKFold (k: int) (labels: 'L[]) : TrainTest[] =
        stratifiedBy "Folds.stratifiedKFold" k labels (fun _ folds -> folds)

    /// `stratifiedKFold` with the rows of each class drawn at random.
    let shuffledStratifiedKFold (k: int) (key: Key) (labels: 'L[]) : TrainTest[] =
        let shuffle code (folds: int[]) = order (Key.fold code key) folds.Length |> Array.map (fun i -> folds[i])

        stratifiedBy "Folds.stratifiedKFold" k labels shuffle

    /// k folds of whole groups, such as patients: no group is in both parts of a fold, and folds are about as large: each group,
    /// the largest first, goes to the fold that is smallest so far. scikit-learn: GroupKFold.
    let groupedKFold (k: int) (groups: 'G[]) : TrainTest[] =
        let operation = "Folds.groupedKFold"
        let codes, count = LabelClasses.number groups

        if k < 2 then
            Fail.argument operation "k" k "is no number of folds; give at least 2."

        if k > count then
            Fail.argument operation "k" k $"folds are more than there are groups, which are {count}; give fewer folds."

        let sizes = LabelClasses.rows codes count |> Array.map _.Length
        let load = Array.zeroCreate<int> k
        let foldOf = Array.zeroCreate<int> count

        for group in Array.init count id |> Array.sortBy (fun group -> -sizes[group]) do
            let fold = Array.findIndex ((=) (Array.min load)) load
            foldOf[group] <- fold
            load[fold] <- load[fold] + sizes[group]

        ofNumbers k (codes |> Array.map (fun code -> foldOf[code]))

    let private checkTimeSeries operation (options: TimeSeriesOptions) (n: int) (test: int) =
        if options.Splits < 2 then
            Fail.argument operation "splits" options.Splits "is no number of folds; give at least 2."

        if options.Gap < 0 then
            Fail.argument operation "gap" options.Gap "is negative; give 0 rows or more."

        match options.MaxTrainSize with
        | Some size when size < 1 ->
            Fail.argument operation "maxTrainSize" size "is no number of rows; give at least 1."
        | Some _
        | None -> ()

        if test < 1 || n - options.Gap - test * options.Splits <= 0 then
            Fail.data
                operation
                $"{n} rows are too few for {options.Splits} folds of {test} test rows with a gap of {options.Gap} and a row to train \
                  with. Give fewer folds, or smaller ones."

    /// Folds of rows in the order of time: the test rows of each come after all rows it is trained with, and the folds after one
    /// another. scikit-learn: TimeSeriesSplit.
    let timeSeriesWith (options: TimeSeriesOptions) (n: int) : TrainTest[] =
        let operation = "Folds.timeSeries"
        let test = options.TestSize |> Option.defaultValue (n / (max 1 options.Splits + 1))
        checkTimeSeries operation options n test

        Array.init options.Splits (fun i ->
            let start = n - (options.Splits - i) * test
            let stop = start - options.Gap

            let first =
                match options.MaxTrainSize with
                | Some size -> max 0 (stop - size)
                | None -> 0

            { TrainTest.Train = [| first .. stop - 1 |]; Test = [| start .. start + test - 1 |] })

    /// k folds of n rows in the order of time; see `timeSeriesWith`.
    let timeSeries (k: int) (n: int) : TrainTest[] = timeSeriesWith { TimeSeriesOptions.defaults with Splits = k } n
