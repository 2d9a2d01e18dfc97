namespace Functional

open System

/// How t-SNE takes the forces between points that are not neighbours.
[<RequireQualifiedAccess>]
type TSneMethod =
    /// Exact up to 1,000 points, else Barnes-Hut.
    | Auto
    /// All pairs of points, with affinities between all of them; n² steps an iteration.
    | Exact
    /// A quadtree, with affinities between 3 * perplexity neighbours; n log n steps an iteration.
    | BarnesHut

/// Where the points of t-SNE start.
[<RequireQualifiedAccess>]
type TSneStart =
    /// At their first two principal components, scaled to a deviation of 1e-4 along the first.
    | PrincipalComponents
    /// At normal numbers of deviation 1e-4 drawn from the key.
    | Random of Key
    /// At these positions [n; 2].
    | Positions of Tensor

/// Options of `TSne.embedWith`, with scikit-learn's names and defaults.
type TSneOptions =
    {
        /// How many neighbours a point has, about; above 0 and below the number of points. Default 30.
        Perplexity: float
        /// How many times larger the affinities are for the first 250 iterations. Default 12.
        EarlyExaggeration: float
        /// The learning rate; by default n / EarlyExaggeration / 4, and 50 at least.
        LearningRate: float option
        /// The number of iterations, at least 250. Default 1,000.
        Iterations: int
        /// How many iterations may pass without progress before it ends, looked at every 50. Default 300.
        IterationsWithoutProgress: int
        /// The norm of the gradient at which it ends. Default 1e-7.
        MinGradientNorm: float
        /// Default principal components.
        Start: TSneStart
        /// Default Auto. (scikit-learn: Barnes-Hut for any number of points.)
        Method: TSneMethod
        /// The width of a cell by its distance from which on Barnes-Hut takes its points as one. Default 0.5; 0 is exact.
        Angle: float
    }

    /// scikit-learn's defaults.
    static member defaults =
        { Perplexity = 30.0
          EarlyExaggeration = 12.0
          LearningRate = None
          Iterations = 1000
          IterationsWithoutProgress = 300
          MinGradientNorm = 1e-7
          Start = TSneStart.PrincipalComponents
          Method = TSneMethod.Auto
          Angle = 0.5 }

/// Points in the plane that are near each other where samples are.
[<RequireQualifiedAccess>]
type TSneResult =
    {
        /// The positions, Float64 [n; 2].
        Positions: Tensor
        /// The Kullback-Leibler divergence of the affinities of the samples from those in the plane.
        Divergence: float
        /// The number of iterations.
        Iterations: int
    }

/// t-distributed stochastic neighbour embedding: samples as points in the plane. From van der Maaten and Hinton, "Visualizing
/// data using t-SNE", JMLR 9 (2008).
[<RequireQualifiedAccess>]
module TSne =
    let private operation = "TSne.embed"

    /// Iterations with exaggerated affinities.
    let private exploration = 250

    let private check (options: TSneOptions) (x: Tensor) =
        match x.Shape with
        | [ n; features ] when n >= 2 && features >= 1 ->
            if not (options.Perplexity > 0.0 && options.Perplexity < float n) then
                Fail.argument
                    operation
                    "perplexity"
                    options.Perplexity
                    $"is not above 0 and below the number of samples, {n}; a third of that at most is sensible."

            if options.Iterations < exploration then
                Fail.argument operation "iterations" options.Iterations $"is below {exploration}; give more."

            if not (options.EarlyExaggeration >= 1.0) then
                Fail.argument operation "earlyExaggeration" options.EarlyExaggeration "is below 1."

            if not (options.Angle >= 0.0 && options.Angle <= 1.0) then
                Fail.argument operation "angle" options.Angle "is not from 0 to 1."

            n
        | shape -> Fail.shapes operation [ "samples", shape ] "give two samples [n; features] or more."

    let private squaredDistance (a: ReadOnlySpan<float>) (b: ReadOnlySpan<float>) =
        let mutable sum = 0.0

        for k in 0 .. a.Length - 1 do
            let d = a[k] - b[k]
            sum <- sum + d * d

        sum

    /// All other samples of each, and their squared distances.
    let private others (samples: Samples) =
        Array.Parallel.init samples.Rows (fun i ->
            let rest = Array.init (samples.Rows - 1) (fun j -> if j < i then j else j + 1)
            rest, rest |> Array.map (fun j -> squaredDistance (samples.Row i) (samples.Row j)))
        |> Array.unzip

    /// The `count` nearest other samples of each, and their squared distances.
    let private nearest count (samples: Samples) =
        let indices, distances =
            NeighbourIndex(operation, Distance.Euclidean, samples).Nearest(samples, count + 1)

        Array.init samples.Rows (fun i ->
            let places = [| i * (count + 1) .. (i + 1) * (count + 1) - 1 |]
            // of equal samples another one may come first
            let own = places |> Array.tryFindIndex (fun place -> indices[place] = i) |> Option.defaultValue count
            let places = Array.removeAt own places
            places |> Array.map (fun p -> indices[p]), places |> Array.map (fun p -> distances[p] * distances[p]))
        |> Array.unzip

    let private isExact (options: TSneOptions) n =
        match options.Method with
        | TSneMethod.Exact -> true
        | TSneMethod.BarnesHut -> false
        | TSneMethod.Auto -> n <= 1000

    let private affinities (options: TSneOptions) (x: Tensor) =
        let samples = Samples.read operation x
        let count = min (samples.Rows - 1) (int (3.0 * options.Perplexity + 1.0))
        let neighbours, squared = if isExact options samples.Rows then others samples else nearest count samples
        Affinities.ofNeighbours options.Perplexity neighbours squared

    /// The positions [n; 2] as x of all points and then y.
    let private columns (positions: Tensor) = Tensor.toFloat64Array (Tensor.transpose positions)

    /// Positions [n; 2] along the first two principal components; of one feature alone the second coordinate is 0.
    let internal plane (x: Tensor) : Tensor =
        let rank = min 2 (List.min x.Shape)
        let kept = { PrincipalComponentsOptions.defaults with Components = ComponentCount.Count rank }
        let scores = PrincipalComponents.fit kept x |> PrincipalComponents.transform x
        if rank = 2 then scores else Tensor.concat 1 [ scores; Tensor.zerosLike scores ]

    let private start (options: TSneOptions) (x: Tensor) : float[] =
        let n = x.Shape[0]

        match options.Start with
        | TSneStart.Random key -> Tensor.toFloat64Array (Random.normalOf Float64 0.0 1e-4 key [ 2; n ])
        | TSneStart.Positions positions when positions.Shape = [ n; 2 ] -> columns positions
        | TSneStart.Positions positions ->
            Fail.shapes
                operation
                [ "start", positions.Shape; "samples", x.Shape ]
                "give a position [n; 2] for each sample."
        | TSneStart.PrincipalComponents ->
            let positions = columns (plane x)
            let deviation = Statistics.populationDeviation (Array.truncate n positions)

            if deviation = 0.0 then
                Fail.data operation "all samples are the same point."

            positions |> Array.map (fun v -> v / deviation * 1e-4)

    /// Embeds the samples [n; features] in the plane. Features of different units are to be scaled before. The same samples
    /// and options give the same points on any number of threads.
    ///
    /// Raises `InvalidArgument` for a perplexity that is not below the number of samples, and `InvalidData` for NaN.
    /// scikit-learn: sklearn.manifold.TSNE.
    let embedWith (options: TSneOptions) (x: Tensor) : TSneResult =
        let n = check options x
        let p = affinities options x

        let repulsion =
            if isExact options n then
                TSneDescent.exact
            else
                TSneDescent.barnesHut options.Angle

        let rate =
            match options.LearningRate with
            | Some rate -> rate
            | None -> max (float n / options.EarlyExaggeration / 4.0) 50.0

        let positions = start options x
        let run = TSneDescent.run p repulsion rate options.MinGradientNorm

        let early: TSneDescent.Stage =
            { Exaggeration = options.EarlyExaggeration
              Momentum = 0.5
              Until = exploration
              Patience = exploration }

        let late: TSneDescent.Stage =
            { Exaggeration = 1.0
              Momentum = 0.8
              Until = options.Iterations
              Patience = options.IterationsWithoutProgress }

        let iteration, _ = run early 0 positions
        let iteration, _ = run late iteration positions
        let _, divergence = TSneDescent.gradient p 1.0 repulsion positions

        { Positions = Tensor.transpose (Tensor.ofFloat64Array [ 2; n ] positions)
          Divergence = divergence
          Iterations = iteration }

    /// `embedWith` scikit-learn's defaults.
    let embed (x: Tensor) : TSneResult = embedWith TSneOptions.defaults x
