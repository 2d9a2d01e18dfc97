namespace Functional

open System
open MathNet.Numerics

/// Which features hold categories and no quantities.
[<RequireQualifiedAccess>]
type DiscreteFeatures =
    /// None of them.
    | None
    /// All of them.
    | All
    /// These columns, by number.
    | Columns of int list

/// Options of the estimate of mutual information.
type MutualInformationOptions =
    {
        /// How many neighbours the estimate looks at: more lessen its variance, and raise its bias. Default 3.
        Neighbors: int
        /// Which features are categories. Default none.
        Discrete: DiscreteFeatures
        /// What the noise that parts equal quantities is drawn from. Default the key of 0.
        Key: Key
    }

    /// Three neighbours, no feature discrete.
    static member defaults = { Neighbors = 3; Discrete = DiscreteFeatures.None; Key = Key.ofInt 0 }

/// Distances among numbers, and how many are near.
module private Neighborhoods =
    /// The next number towards 0, so that what stands at a distance itself is not within it.
    let justBelow (radius: float) = if radius = 0.0 then 0.0 else Math.BitDecrement radius

    /// The number of ascending values within a radius (at most so far) of the one at a place, itself included.
    let countWithin (sorted: float[]) place (radius: float) =
        let center = sorted[place]

        // the first place of which `isBeyond` holds, from `low` on; it holds of all places after
        let rec search low high isBeyond =
            if low >= high then
                low
            else
                let middle = (low + high) / 2

                if isBeyond middle then
                    search low middle isBeyond
                else
                    search (middle + 1) high isBeyond

        let first = search 0 place (fun i -> center - sorted[i] <= radius)
        let last = search place sorted.Length (fun i -> sorted[i] - center > radius)
        last - first

    /// The distance of each of the ascending values to its k-th neighbour.
    let kthDistances (sorted: float[]) k : float[] =
        sorted
        |> Array.mapi (fun place center ->
            let mutable left, right, distance = place - 1, place + 1, 0.0

            for _ in 1..k do
                let toLeft = if left >= 0 then center - sorted[left] else infinity
                let toRight = if right < sorted.Length then sorted[right] - center else infinity
                distance <- min toLeft toRight
                if toLeft <= toRight then left <- left - 1 else right <- right + 1

            distance)

    /// Puts a distance among the k smallest, ascending.
    let private insert (nearest: float[]) (distance: float) =
        let mutable i = nearest.Length - 1

        while i > 0 && nearest[i - 1] > distance do
            nearest[i] <- nearest[i - 1]
            i <- i - 1

        nearest[i] <- distance

    /// The distance of each point to its k-th neighbour, by the larger of both differences; points ascend by x. Looks to
    /// both sides until x alone is too far.
    let kthDistances2D (xs: float[]) (ys: float[]) k : float[] =
        Array.Parallel.init xs.Length (fun place ->
            let nearest = Array.create k infinity

            let look step =
                let mutable i = place + step

                while i >= 0 && i < xs.Length && abs (xs[i] - xs[place]) < nearest[k - 1] do
                    let distance = max (abs (xs[i] - xs[place])) (abs (ys[i] - ys[place]))

                    if distance < nearest[k - 1] then
                        insert nearest distance

                    i <- i + step

            look -1
            look 1
            nearest[k - 1])

/// How much a feature tells of the target, in nats: 0 where they are independent, whatever the form of the dependence.
///
/// Between categories the exact value of their frequencies. With quantities the estimates by nearest neighbours of Kraskov,
/// Stögbauer and Grassberger (2004) and Ross (2014), at least 0, of columns scaled to deviation 1. Equal quantities, which the
/// estimates do not foresee, are parted by normal noise of 1e-10. scikit-learn: mutual_info_classif and
/// mutual_info_regression; its noise is another, so that values agree exactly where a column has no equal numbers.
[<RequireQualifiedAccess>]
module MutualInformation =
    let private digamma (n: int) = SpecialFunctions.DiGamma(float n)

    /// Of two columns of categories. `[n]` each, at least one. scikit-learn: mutual_info_score.
    let ofCategories (xs: 'A[]) (ys: 'B[]) : float =
        let table = Frequencies.contingency xs ys
        let n = float xs.Length
        let rows = Array.init table.Rows.Length (fun i -> float (Array.sum table.Counts[i, *]))
        let columns = Array.init table.Columns.Length (fun j -> float (Array.sum table.Counts[*, j]))
        let mutable sum = 0.0

        table.Counts
        |> Array2D.iteri (fun i j count ->
            if count > 0 then
                let both = float count
                sum <- sum + both / n * log (both * n / (rows[i] * columns[j])))

        max 0.0 sum

    /// Of a quantity and categories, by Ross's estimate. Categories of one sample are left out.
    let internal ofMixed neighbors (quantities: float[]) (categories: int[]) : float =
        let groups =
            Array.init quantities.Length id
            |> Array.groupBy (fun row -> categories[row])
            |> Array.filter (fun (_, rows) -> rows.Length > 1)
            |> Array.map (fun (_, rows) -> rows |> Array.map (fun row -> quantities[row]) |> Array.sort)

        let all = groups |> Array.concat |> Array.sort
        let mutable ofNeighbors, ofGroups, ofNear = 0.0, 0.0, 0.0

        for group in groups do
            let k = min neighbors (group.Length - 1)
            let distances = Neighborhoods.kthDistances group k
            ofNeighbors <- ofNeighbors + float group.Length * digamma k
            ofGroups <- ofGroups + float group.Length * digamma group.Length

            for i in 0 .. group.Length - 1 do
                let place = Array.BinarySearch(all, group[i])
                ofNear <- ofNear + digamma (Neighborhoods.countWithin all place (Neighborhoods.justBelow distances[i]))

        let n = float all.Length

        if all.Length = 0 then
            0.0
        else
            max 0.0 (digamma all.Length + (ofNeighbors - ofGroups - ofNear) / n)

    /// Of two quantities, by the first estimate of Kraskov et al.
    let internal ofQuantities neighbors (xs: float[]) (ys: float[]) : float =
        let n = xs.Length
        let order = Array.init n id |> Array.sortBy (fun i -> xs[i])
        let byX, paired = order |> Array.map (fun i -> xs[i]), order |> Array.map (fun i -> ys[i])
        let byY = Array.sort ys
        let distances = Neighborhoods.kthDistances2D byX paired neighbors

        let counts i =
            let radius = Neighborhoods.justBelow distances[i]
            let nearX = Neighborhoods.countWithin byX i radius
            let nearY = Neighborhoods.countWithin byY (Array.BinarySearch(byY, paired[i])) radius
            digamma nearX + digamma nearY

        let sum = Seq.sum (seq { for i in 0 .. n - 1 -> counts i })
        max 0.0 (digamma n + digamma neighbors - sum / float n)

    /// The column over its population deviation, which leaves the information as it is and makes distances comparable, with
    /// noise that parts equal numbers.
    let internal scaled (key: Key) (column: float[]) =
        let deviation = Statistics.populationDeviation column
        let column = if deviation = 0.0 then column else column |> Array.map (fun v -> v / deviation)
        let size = 1e-10 * max 1.0 (column |> Array.averageBy abs)
        let noise = Tensor.toFloat64Array (Random.normalOf Float64 0.0 size key [ column.Length ])
        Array.map2 (+) column noise

    let private isDiscrete operation (options: MutualInformationOptions) features : int -> bool =
        match options.Discrete with
        | DiscreteFeatures.None -> fun _ -> false
        | DiscreteFeatures.All -> fun _ -> true
        | DiscreteFeatures.Columns columns ->
            match columns |> List.tryFind (fun i -> i < 0 || i >= features) with
            | Some i -> Fail.argument operation "Discrete" i $"is no column of {features}, which count from 0."
            | None -> fun i -> List.contains i columns

    let private read operation (options: MutualInformationOptions) (x: Tensor) =
        let samples = Samples.read operation x

        if options.Neighbors < 1 || options.Neighbors >= samples.Rows then
            Fail.argument
                operation
                "Neighbors"
                options.Neighbors
                $"is not from 1 to {samples.Rows - 1}, the samples that one of {samples.Rows} has around it."

        let column j = Array.init samples.Rows (fun row -> samples.At(row, j))
        samples, Array.init samples.Features column, isDiscrete operation options samples.Features

    let private numbered (values: float[]) : int[] =
        let number = values |> Array.distinct |> Array.mapi (fun i v -> v, i) |> dict
        values |> Array.map (fun v -> number[v])

    /// The information of each feature of x [n; k] on the classes y [n] (whole numbers from 0): k numbers.
    let classification (options: MutualInformationOptions) (x: Tensor) (y: Tensor) : float[] =
        let operation = "MutualInformation.classification"
        let samples, columns, isDiscrete = read operation options x
        let labels = Samples.labels operation samples y

        columns
        |> Array.mapi (fun j column ->
            if isDiscrete j then
                ofCategories column labels
            else
                ofMixed options.Neighbors (scaled (Key.fold j options.Key) column) labels)

    /// The information of each feature of x [n; k] on the numbers y [n]: k numbers.
    let regression (options: MutualInformationOptions) (x: Tensor) (y: Tensor) : float[] =
        let operation = "MutualInformation.regression"
        let samples, columns, isDiscrete = read operation options x
        let targets = scaled (Key.fold -1 options.Key) (Samples.targets operation samples y)

        columns
        |> Array.mapi (fun j column ->
            if isDiscrete j then
                ofMixed options.Neighbors targets (numbered column)
            else
                ofQuantities options.Neighbors (scaled (Key.fold j options.Key) column) targets)
