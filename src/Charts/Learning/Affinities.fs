namespace Functional

open System

/// Symmetric affinities of points as a sparse matrix: row i has the columns and values from Starts[i] to below Starts[i + 1].
/// They sum to 1.
[<RequireQualifiedAccess>]
type internal Affinities = { Starts: int[]; Columns: int[]; Values: float[] }

/// The affinities of t-SNE: Gaussian neighbourhoods of one perplexity.
[<RequireQualifiedAccess>]
module internal Affinities =
    // the limits of scikit-learn, so that both stop at the same step
    let private steps = 100
    let private tolerance = 1e-5
    let private least = 1e-8

    /// The probabilities of neighbours at these squared distances, and the entropy of them, under a Gaussian of precision
    /// beta.
    let private gaussian (beta: float) (squared: float[]) =
        let weights = squared |> Array.map (fun d -> exp (-d * beta))
        let total = weights |> Array.sum |> fun sum -> if sum = 0.0 then least else sum
        let probabilities = weights |> Array.map (fun w -> w / total)
        let mean = Array.fold2 (fun sum d p -> sum + d * p) 0.0 squared probabilities
        probabilities, log total + beta * mean

    /// The conditional probabilities of a point's neighbours at these squared distances, by bisection of the precision until
    /// the entropy is log perplexity within 1e-5, as scikit-learn does. `squared` is without the point itself.
    let conditional (perplexity: float) (squared: float[]) : float[] =
        let wanted = log perplexity

        let rec search step beta low high =
            let probabilities, entropy = gaussian beta squared
            let excess = entropy - wanted

            if abs excess <= tolerance || step = steps then
                probabilities
            elif excess > 0.0 then
                search (step + 1) (if Double.IsInfinity high then beta * 2.0 else (beta + high) / 2.0) beta high
            else
                search (step + 1) (if Double.IsInfinity low then beta / 2.0 else (beta + low) / 2.0) low beta

        search 1 1.0 -infinity infinity

    /// (P + Pᵀ) / sum for conditional probabilities P, given for each point as its neighbours and their probabilities.
    let symmetric (neighbours: int[][]) (probabilities: float[][]) : Affinities =
        let rows = Array.init neighbours.Length (fun _ -> ResizeArray<struct (int * float)>())

        for i in 0 .. neighbours.Length - 1 do
            for k in 0 .. neighbours[i].Length - 1 do
                let j = neighbours[i].[k]
                rows[i].Add(struct (j, probabilities[i].[k]))
                rows[j].Add(struct (i, probabilities[i].[k]))

        let merged =
            rows
            |> Array.map (fun row ->
                let columns, values = row.ToArray() |> Array.map (fun (struct (j, p)) -> j, p) |> Array.unzip

                Array.Sort(columns, values)

                let starts =
                    [| 0 .. columns.Length - 1 |] |> Array.filter (fun k -> k = 0 || columns[k] <> columns[k - 1])

                let sums =
                    starts
                    |> Array.mapi (fun n first ->
                        let last = if n + 1 < starts.Length then starts[n + 1] else columns.Length
                        Array.sum values[first .. last - 1])

                starts |> Array.map (fun k -> columns[k]), sums)

        let values = merged |> Array.collect snd
        let total = max (Array.sum values) Double.Epsilon

        { Starts = merged |> Array.map (fun (columns, _) -> columns.Length) |> Array.scan (+) 0
          Columns = Array.collect fst merged
          Values = values |> Array.map (fun v -> v / total) }

    /// The affinities of points with these neighbours, at these squared distances, for a perplexity.
    let ofNeighbours (perplexity: float) (neighbours: int[][]) (squared: float[][]) : Affinities =
        squared |> Array.Parallel.map (conditional perplexity) |> symmetric neighbours
