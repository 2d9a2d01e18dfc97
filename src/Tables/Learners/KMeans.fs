namespace Functional

open System
open Functional.Kernels

/// Options of k-means.
type KMeansOptions =
    {
        /// How many clusters. Default 8.
        Clusters: int
        /// The centres that each run starts from. Default k-means++.
        Start: KMeansStart
        /// How many runs, of which the one with the least inertia is kept; 1 where the start is given. Default 10.
        Restarts: int
        /// At most so many iterations a run. Default 300.
        MaxIterations: int
        /// A run ends when the squared moves of all centres add up to no more than this times the mean variance of the features.
        /// Default 1e-4.
        Tolerance: float
        /// Whether the centres of every iteration are kept, for drawing. Default false.
        KeepHistory: bool
        /// What random starts draw from. Default the key of 0.
        Key: Key
    }

    /// The defaults, scikit-learn's.
    static member defaults =
        { Clusters = 8
          Start = KMeansStart.PlusPlus
          Restarts = 10
          MaxIterations = 300
          Tolerance = 1e-4
          KeepHistory = false
          Key = Key.ofInt 0 }

/// Clusters found by k-means.
type KMeans =
    {
        /// The centre of each cluster [clusters][features].
        Centres: float[][]
        /// The cluster of each sample of the fit.
        Labels: int[]
        /// The sum of the squared distances of the samples to their centres.
        Inertia: float
        /// How many iterations the run made.
        Iterations: int
        /// The inertia before each iteration moved the centres.
        InertiaHistory: float[]
        /// The centres at the start and after each iteration [iterations + 1][clusters][features]; empty unless kept.
        CentreHistory: float[][][]
    }

/// One run of Lloyd's algorithm over samples less their mean.
module private Lloyd =
    type Run =
        { Centres: float[]
          Labels: int[]
          Inertia: float
          Iterations: int
          Inertias: float[]
          History: float[][] }

    let private squaredDistance (samples: Samples) i (centres: float[]) c =
        let row = samples.Row i
        let d = samples.Features
        let mutable sum = 0.0

        for j in 0 .. d - 1 do
            let difference = row[j] - centres[c * d + j]
            sum <- sum + difference * difference

        sum

    let private weightOf (weights: float[] option) i =
        match weights with
        | Some weights -> weights[i]
        | None -> 1.0

    /// The weighted sum of squared distances to the centres of the labels.
    let inertia (samples: Samples) weights (centres: float[]) (labels: int[]) : float =
        let mutable sum = 0.0

        for i in 0 .. samples.Rows - 1 do
            sum <- sum + weightOf weights i * squaredDistance samples i centres labels[i]

        sum

    /// The weighted sums of the samples of each label, and what each label weighs.
    let private weighSums (samples: Samples) (weights: float[]) (labels: int[]) (sums: float[]) (masses: float[]) =
        let d = samples.Features
        Array.Clear sums
        Array.Clear masses

        for i in 0 .. samples.Rows - 1 do
            let c, w = labels[i], weights[i]
            masses[c] <- masses[c] + w

            for j in 0 .. d - 1 do
                sums[c * d + j] <- sums[c * d + j] + w * samples.At(i, j)

    /// Clusters that weigh nothing take over the samples farthest from their centres, as in scikit-learn.
    let private relocate
        (samples: Samples)
        weights
        (centres: float[])
        (labels: int[])
        (sums: float[])
        (masses: float[])
        =
        let empty =
            [| for c in 0 .. masses.Length - 1 -> if masses[c] = 0.0 then Some c else None |] |> Array.choose id

        if empty.Length > 0 then
            let d = samples.Features
            let distances = Array.init samples.Rows (fun i -> squaredDistance samples i centres labels[i])
            let farthest = Array.init samples.Rows id |> Array.sortBy (fun i -> -distances[i], i)

            empty
            |> Array.iteri (fun rank c ->
                let i = farthest[rank]
                let old, w = labels[i], weightOf weights i

                for j in 0 .. d - 1 do
                    sums[old * d + j] <- sums[old * d + j] - w * samples.At(i, j)
                    sums[c * d + j] <- w * samples.At(i, j)

                masses[old] <- masses[old] - w
                masses[c] <- w)

    let private means (centres: float[]) (sums: float[]) (masses: float[]) d =
        sums
        |> Array.mapi (fun at sum -> if masses[at / d] > 0.0 then sum / masses[at / d] else centres[at])

    let run (options: KMeansOptions) tolerance (samples: Samples) weights (squares: float) (start: float[]) : Run =
        let n, d, k = samples.Rows, samples.Features, options.Clusters
        let labels = Array.zeroCreate<int> n
        let before = Array.create n -1
        let sums = Array.zeroCreate<float>(k * d)
        let counts = Array.zeroCreate<int> k
        let masses = Array.zeroCreate<float> k
        let inertias = Collections.Generic.List<float>()
        let history = Collections.Generic.List<float[]>()
        let mutable centres = start
        let mutable iterations = 0
        let mutable running = true
        let mutable settled = false

        if options.KeepHistory then
            history.Add centres

        while running && iterations < options.MaxIterations do
            let distance = NearestCentres.Assign(samples.Values, n, d, centres, k, labels, sums, counts)

            match weights with
            | Some weighted ->
                inertias.Add(inertia samples weights centres labels)
                weighSums samples weighted labels sums masses
            | None ->
                inertias.Add(max 0.0 (squares + distance))
                counts |> Array.iteri (fun c count -> masses[c] <- float count)

            relocate samples weights centres labels sums masses
            let moved = means centres sums masses d
            let shift = Array.fold2 (fun sum a b -> sum + (a - b) * (a - b)) 0.0 centres moved
            centres <- moved
            iterations <- iterations + 1

            if options.KeepHistory then
                history.Add centres

            settled <- labels.AsSpan().SequenceEqual(ReadOnlySpan before)
            running <- not settled && shift > tolerance
            labels.CopyTo(before, 0)

        if not settled then
            NearestCentres.Assign(samples.Values, n, d, centres, k, labels, [||], counts) |> ignore

        { Centres = centres
          Labels = labels
          Inertia = inertia samples weights centres labels
          Iterations = iterations
          Inertias = inertias.ToArray()
          History = history.ToArray() }

/// k-means: clusters around means (Lloyd's algorithm).
[<RequireQualifiedAccess>]
module KMeans =
    let private kind = "k_means"

    let private check (options: KMeansOptions) (samples: Samples) =
        let operation = "KMeans.fit"

        if options.Clusters < 1 || options.Clusters > samples.Rows then
            Fail.argument
                operation
                "Clusters"
                options.Clusters
                $"is not within 1 and the number of samples, {samples.Rows}."

        if options.Restarts < 1 then
            Fail.argument operation "Restarts" options.Restarts "is below 1; give 1 run or more."

        if options.MaxIterations < 1 then
            Fail.argument operation "MaxIterations" options.MaxIterations "is below 1; give 1 iteration or more."

    /// The sum of squares of samples less their mean.
    let private sumOfSquares (samples: Samples) =
        let mutable sum = 0.0

        for v in samples.Values do
            sum <- sum + v * v

        sum

    let private uncentred (means: float[]) (centres: float[]) =
        centres |> Array.mapi (fun at v -> v + means[at % means.Length]) |> Array.chunkBySize means.Length

    let private keys (options: KMeansOptions) =
        match options.Start with
        | KMeansStart.Given _ -> [ options.Key ]
        | KMeansStart.PlusPlus
        | KMeansStart.RandomSamples -> Key.splitMany options.Restarts options.Key

    let private fitBy (options: KMeansOptions) (weights: Tensor option) (x: Tensor) : KMeans =
        let operation = "KMeans.fit"
        let raw = Samples.read operation x
        check options raw
        let weights = Samples.weights operation raw weights
        let means = Samples.means raw
        let samples = Samples.less means raw
        let squares = sumOfSquares samples
        let tolerance = options.Tolerance * squares / float samples.Values.Length

        let startOf key =
            let start = KMeansStarts.make operation options.Start key samples weights options.Clusters

            match options.Start with
            | KMeansStart.Given _ -> start |> Array.mapi (fun at v -> v - means[at % means.Length])
            | KMeansStart.PlusPlus
            | KMeansStart.RandomSamples -> start

        let best =
            keys options
            |> Seq.map (fun key -> Lloyd.run options tolerance samples weights squares (startOf key))
            |> Seq.reduce (fun best next -> if next.Inertia < best.Inertia then next else best)

        { Centres = uncentred means best.Centres
          Labels = best.Labels
          Inertia = best.Inertia
          Iterations = best.Iterations
          InertiaHistory = best.Inertias
          CentreHistory = best.History |> Array.map (uncentred means) }

    /// Finds clusters of samples x [n; features]. With given starts the iterations are scikit-learn's; the result is the same on
    /// any number of threads.
    let fit (options: KMeansOptions) (x: Tensor) : KMeans = fitBy options None x

    /// `fit` with a weight for each sample [n], 0 or more: centres are weighted means, and the inertia is weighted. k-means++ draws
    /// by weights too, as scikit-learn does from 1.3 on.
    let fitWeighted (options: KMeansOptions) (weights: Tensor) (x: Tensor) : KMeans = fitBy options (Some weights) x

    let private features (model: KMeans) = model.Centres[0].Length

    let private flat (model: KMeans) = Array.concat model.Centres

    /// The nearest centre of each sample of x [n; features]: Int32 [n].
    let predict (x: Tensor) (model: KMeans) : Tensor =
        let samples = Samples.readFor "KMeans.predict" (features model) x
        let labels = Array.zeroCreate<int> samples.Rows
        let distances = Array.zeroCreate<float> samples.Rows
        let k = model.Centres.Length
        NearestRows.Find(flat model, k, samples.Values, samples.Rows, samples.Features, 2.0, 1, labels, distances)
        Samples.ofLabels labels

    /// The Euclidean distance of each sample of x [n; features] to each centre: Float64 [n; clusters].
    let distances (x: Tensor) (model: KMeans) : Tensor =
        let samples = Samples.readFor "KMeans.distances" (features model) x
        let k = model.Centres.Length

        Array.init (samples.Rows * k) (fun at ->
            Distance.ofSpans Distance.Euclidean (samples.Row(at / k)) (ReadOnlySpan model.Centres[at % k]))
        |> Samples.ofRows k

    /// The generic form, to be saved; histories are left out.
    let toState (model: KMeans) : LearnerState =
        { Kind = kind
          Settings = [ "iterations", Setting.Whole model.Iterations; "inertia", Setting.Number model.Inertia ]
          Tensors =
            [ LearnerStates.floats "centres" [ model.Centres.Length; features model ] (flat model)
              LearnerStates.ints "labels" model.Labels ] }

    /// The clusters of their generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : KMeans =
        LearnerStates.demandKind kind state
        let centres = LearnerStates.tensor state "centres"
        let source = LearnerStates.settings state

        { Centres = Tensor.toFloat64Array centres |> Array.chunkBySize centres.Shape[1]
          Labels = LearnerStates.readInts state "labels"
          Inertia = Settings.number source "inertia"
          Iterations = Settings.whole source "iterations"
          InertiaHistory = [||]
          CentreHistory = [||] }

    /// The clusters as a fitted learner that predicts the cluster of a sample.
    let fitted (model: KMeans) : FittedLearner =
        { Kind = kind
          Task = LearnerTask.Classification
          Features = features model
          Classes = model.Centres.Length
          Predict = fun x -> predict x model
          Probabilities = None
          State = fun () -> toState model }
