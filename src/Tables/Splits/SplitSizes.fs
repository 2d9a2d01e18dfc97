namespace Functional

/// The size of a part of the rows.
[<RequireQualifiedAccess>]
type PartSize =
    /// A share of the rows, between 0 and 1.
    | Share of float
    /// A number of rows.
    | Count of int

/// The row numbers of two parts, to train and to test with.
[<RequireQualifiedAccess>]
type TrainTest =
    {
        /// The rows to train with.
        Train: int[]
        /// The rows to test with.
        Test: int[]
    }

/// The row numbers of three parts: to train, to choose settings and to test with.
[<RequireQualifiedAccess>]
type TrainValidationTest =
    {
        /// The rows to train with.
        Train: int[]
        /// The rows to choose settings with.
        Validation: int[]
        /// The rows to test with.
        Test: int[]
    }

/// The options of splits in two, named as in scikit-learn's `train_test_split`.
[<RequireQualifiedAccess>]
type SplitOptions =
    {
        /// The size of the test part; a share is rounded up. Default a quarter, or what the training part leaves.
        TestSize: PartSize option
        /// The size of the training part; a share is rounded down. Default what the test part leaves.
        TrainSize: PartSize option
        /// Whether rows are drawn at random; otherwise the first are for training and the last for testing. Default true.
        Shuffle: bool
    }

    /// A quarter of the rows, drawn at random, to test with.
    static member defaults: SplitOptions = { TestSize = None; TrainSize = None; Shuffle = true }

/// How many rows the parts get.
module internal SplitSizes =
    let private sizeOf operation name round (n: int) (size: PartSize) : int =
        match size with
        | PartSize.Share share when share > 0.0 && share < 1.0 -> int (round (share * float n): float)
        | PartSize.Share share ->
            Fail.argument operation name share "is no share of the rows; give a number between 0 and 1."
        | PartSize.Count count when count > 0 && count < n -> count
        | PartSize.Count count ->
            Fail.argument operation name count $"is no part of {n} rows; give a number from 1 to {max 1 (n - 1)}."

    /// The numbers of rows for training and for testing: shares of training are rounded down and of testing up, as in
    /// scikit-learn.
    let ofOptions operation (options: SplitOptions) (n: int) : int * int =
        let train = options.TrainSize |> Option.map (sizeOf operation "trainSize" floor n)
        let test = options.TestSize |> Option.map (sizeOf operation "testSize" ceil n)

        let train, test =
            match train, test with
            | Some train, Some test -> train, test
            | Some train, None -> train, n - train
            | None, Some test -> n - test, test
            | None, None ->
                let test = sizeOf operation "testSize" ceil n (PartSize.Share 0.25)
                n - test, test

        if train < 1 || test < 1 || train + test > n then
            Fail.data
                operation
                $"{n} rows cannot be split into {train} to train and {test} to test with; both parts need at least one row, and \
                  together no more than there are. Give other sizes."

        train, test

    /// How many of `count` draws fall on each class, in proportion to its size. What rounding down leaves goes to the classes that
    /// lost most by it, of equals to the first (where scikit-learn draws one).
    let proportional (sizes: int[]) (count: int) : int[] =
        let total = float (Array.sum sizes)
        let exact = sizes |> Array.map (fun size -> float size / total * float count)
        let quotas = exact |> Array.map (floor >> int)
        let left = count - Array.sum quotas

        let byLoss = Array.init sizes.Length id |> Array.sortBy (fun i -> -(exact[i] - float quotas[i]), i)

        for i in byLoss |> Array.truncate left do
            quotas[i] <- quotas[i] + 1

        quotas
