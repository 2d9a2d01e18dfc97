namespace Functional

/// What a halving search gives out sparingly.
[<RequireQualifiedAccess>]
type HalvingResource =
    /// Training samples, drawn from those of each fold; test rows are thinned alike.
    | Samples
    /// A parameter of whole numbers, such as epochs or the number of trees, up to `most`.
    | Parameter of name: string * most: int

/// How a halving search goes on.
type HalvingOptions =
    {
        /// What grows from round to round. Default samples.
        Resource: HalvingResource
        /// By how much it grows, and one in how many candidates stays. Default 3.
        Factor: int
        /// What the first round gives. Default as much as lets the last round have all: scikit-learn's "exhaust".
        Least: int option
    }

    /// A third of the candidates stays each round, on three times the samples.
    static member defaults = { Resource = HalvingResource.Samples; Factor = 3; Least = None }

/// Successive halving: all candidates on few resources, the best of them on more (Jamieson and Talwalkar 2016).
[<AutoOpen>]
module HalvingSearch =
    /// The resources of each round, ascending.
    let internal schedule (candidates: int) (factor: int) (smallest: int) (most: int) (least: int option) : int list =
        let logarithm (n: float) = log n / log (float factor) + 1e-12
        let required = 1 + int (floor (logarithm (float candidates)))

        let least =
            match least with
            | Some least -> least
            | None -> max smallest (most / pown factor (required - 1))

        let possible = 1 + int (floor (logarithm (float (max 1 (most / least)))))
        List.init (min required possible) (fun round -> min most (least * pown factor round))

    /// Searches that give up on most candidates early.
    module Search =
        let private share (key: Key) (part: float) (rows: int[]) : int[] =
            let count = max 1 (int (part * float rows.Length + 1e-9))
            let order = Tensor.toInts (Random.permutation key rows.Length)
            Array.init count (fun i -> rows[order[i]])

        /// The folds with a share of their rows.
        let private thinned key (part: float) (folds: TrainTest[]) : TrainTest[] =
            if part >= 1.0 then
                folds
            else
                folds
                |> Array.mapi (fun i fold ->
                    let key = Key.fold i key

                    { TrainTest.Train = share (Key.fold 0 key) part fold.Train
                      Test = share (Key.fold 1 key) part fold.Test })

        let private check operation (halving: HalvingOptions) =
            if halving.Factor < 2 then
                Fail.argument operation "Factor" halving.Factor "lets every candidate stay; give 2 or more."

            match halving.Least with
            | Some least when least < 1 -> Fail.argument operation "Least" least "is no amount; give at least 1."
            | Some _
            | None -> ()

        let private roundsOf
            options
            (halving: HalvingOptions)
            (folds: TrainTest[])
            build
            (d: Dataset)
            (candidates: SearchParameters list)
            =
            let most, smallest =
                match halving.Resource with
                | HalvingResource.Parameter(_, most) -> most, 1
                | HalvingResource.Samples -> d.Count, folds.Length * 2 * (FoldRuns.classesOf d |> Option.defaultValue 1)

            let key = Key.fold -3 options.CrossValidation.Key

            let trials round resources (staying: SearchParameters list) =
                let folds, change =
                    match halving.Resource with
                    | HalvingResource.Samples ->
                        thinned (Key.fold round key) (float resources / float d.Count) folds, id
                    | HalvingResource.Parameter(name, _) ->
                        folds, (fun (p: SearchParameters) -> p.With(name, Setting.Whole resources))

                [| for parameters in staying ->
                       ({ Parameters = change parameters
                          Estimator = SearchRuns.estimatorOf build (change parameters)
                          Folds = folds
                          Round = round
                          Resources = resources }
                       : SearchRuns.Trial) |]

            let next (scored: SearchCandidate list) =
                let count = (scored.Length + halving.Factor - 1) / halving.Factor

                scored
                |> List.filter _.Failure.IsNone
                |> List.sortBy _.Rank
                |> List.truncate count
                |> List.map _.Parameters

            let rounds = schedule candidates.Length halving.Factor smallest most halving.Least

            (([], candidates), List.indexed rounds)
            ||> List.fold (fun (found, staying) (round, resources) ->
                match staying with
                | [] -> found, []
                | staying ->
                    let scored = SearchRuns.score options d (trials round resources staying)
                    scored :: found, next scored)
            |> fst
            |> List.rev

        /// Tries all candidates on few resources, and the best third of them on three times as much, until one round has all.
        /// The best is that of the last round. scikit-learn: HalvingGridSearchCV and HalvingRandomSearchCV.
        ///
        /// A candidate that fails does not go on; where all of a round do, the best is that of the round before.
        /// See `Search.grid` for the other arguments; `candidates` come from `Search.combinations` or `Search.draws`.
        let halving
            (options: SearchOptions)
            (halving: HalvingOptions)
            (folds: TrainTest[])
            (build: SearchParameters -> Estimator)
            (candidates: SearchParameters list)
            (dataset: Dataset)
            : SearchResult =
            let operation = "Search.halving"
            check operation halving
            CrossValidation.demandParallelism operation options.CrossValidation.Parallelism
            FoldRuns.demandFolds operation folds dataset

            if candidates.IsEmpty then
                Fail.data operation "there are no candidates."

            roundsOf options halving folds build dataset candidates
            |> Search.resultOf operation options dataset build

        /// All combinations of values, as candidates.
        let combinations (values: (string * Setting list) list) : SearchParameters list =
            ParameterSpace.grid "Search.combinations" values

        /// So many candidates drawn from distributions.
        let draws (count: int) (key: Key) (space: (string * ParameterDistribution) list) : SearchParameters list =
            ParameterSpace.random "Search.draws" count key space
