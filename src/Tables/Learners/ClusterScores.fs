namespace Functional

open System
open Functional.Kernels

/// How well samples are clustered. Labels are whole numbers; those below 0 (DBSCAN's noise) are a cluster of their own, as in
/// scikit-learn.
[<RequireQualifiedAccess>]
module ClusterScores =
    /// The samples, the cluster 0 .. k - 1 of each, and k; there must be 2 to n - 1 clusters.
    let private read operation (x: Tensor) (labels: Tensor) =
        let samples = Samples.read operation x
        let labels = Samples.targets operation samples labels
        let names = labels |> Array.distinct |> Array.sort

        if names.Length < 2 || names.Length >= samples.Rows then
            Fail.data
                operation
                $"there are {names.Length} clusters of {samples.Rows} samples; there must be 2 at least, and fewer than samples."

        samples, labels |> Array.map (fun label -> Array.BinarySearch(names, label)), names.Length

    let private countsOf (labels: int[]) clusters =
        let counts = Array.zeroCreate<int> clusters

        for label in labels do
            counts[label] <- counts[label] + 1

        counts

    /// The centre of each cluster.
    let private centres (samples: Samples) (labels: int[]) clusters : float[][] =
        let counts = countsOf labels clusters
        let sums = Array.init clusters (fun _ -> Array.zeroCreate<float> samples.Features)

        for i in 0 .. samples.Rows - 1 do
            let sum = sums[labels[i]]

            for j in 0 .. samples.Features - 1 do
                sum[j] <- sum[j] + samples.At(i, j)

        sums |> Array.mapi (fun c sum -> sum |> Array.map (fun v -> v / float counts[c]))

    let private apart (a: ReadOnlySpan<float>) (b: float[]) = Distance.ofSpans Distance.Euclidean a (ReadOnlySpan b)

    /// The silhouette of each sample: (b - a) / max(a, b), with a its mean distance to its cluster and b the least mean distance
    /// to another one; from -1 to 1, and 0 where it is alone in its cluster (Rousseeuw 1987). Float64 [n]. Takes n² distances,
    /// in memory that grows with n.
    let silhouettes (distance: Distance) (x: Tensor) (labels: Tensor) : Tensor =
        let samples, labels, clusters = read "ClusterScores.silhouettes" x labels
        let counts = countsOf labels clusters
        let result = Array.zeroCreate<float> samples.Rows

        WorkerPool.Run(
            samples.Rows,
            fun i ->
                let sums = Array.zeroCreate<float> clusters

                for j in 0 .. samples.Rows - 1 do
                    if j <> i then
                        sums[labels[j]] <- sums[labels[j]] + Distance.ofSpans distance (samples.Row i) (samples.Row j)

                let own = labels[i]

                if counts[own] > 1 then
                    let a = sums[own] / float (counts[own] - 1)
                    let mutable b = Double.PositiveInfinity

                    for c in 0 .. clusters - 1 do
                        if c <> own then
                            b <- min b (sums[c] / float counts[c])

                    result[i] <- if max a b > 0.0 then (b - a) / max a b else 0.0
        )

        Samples.ofTargets result

    /// The mean silhouette of all samples: near 1 for clusters that are dense and apart, below 0 where samples are nearer to
    /// another cluster.
    let silhouette (distance: Distance) (x: Tensor) (labels: Tensor) : float =
        silhouettes distance x labels |> Tensor.toFloat64Array |> Array.average

    /// Dunn's index: the least distance between samples of different clusters by the largest between samples of one. Larger is
    /// better. Takes n² distances.
    let dunn (distance: Distance) (x: Tensor) (labels: Tensor) : float =
        let samples, labels, _ = read "ClusterScores.dunn" x labels
        let between = Array.create samples.Rows Double.PositiveInfinity
        let within = Array.zeroCreate<float> samples.Rows

        WorkerPool.Run(
            samples.Rows,
            fun i ->
                for j in 0 .. i - 1 do
                    let d = Distance.ofSpans distance (samples.Row i) (samples.Row j)

                    if labels[i] = labels[j] then
                        within[i] <- max within[i] d
                    else
                        between[i] <- min between[i] d
        )

        Array.min between / Array.max within

    /// The Davies-Bouldin index: the mean over clusters of the largest ratio of the mean distances to both centres, added up, by
    /// the distance of the centres. Euclidean; smaller is better, 0 the best.
    let daviesBouldin (x: Tensor) (labels: Tensor) : float =
        let samples, labels, clusters = read "ClusterScores.daviesBouldin" x labels
        let centres = centres samples labels clusters
        let counts = countsOf labels clusters
        let spread = Array.zeroCreate<float> clusters

        for i in 0 .. samples.Rows - 1 do
            let c = labels[i]
            spread[c] <- spread[c] + apart (samples.Row i) centres[c] / float counts[c]

        Array.init clusters (fun a ->
            let ratio b =
                let between = apart (ReadOnlySpan centres[a]) centres[b]
                if between = 0.0 then 0.0 else (spread[a] + spread[b]) / between

            Seq.max (seq { for b in 0 .. clusters - 1 -> if a = b then 0.0 else ratio b }))
        |> Array.average

    /// The Calinski-Harabasz index: the variance between clusters by that within, each by its degrees of freedom. Larger is
    /// better; 1 where the variance within is 0.
    let calinskiHarabasz (x: Tensor) (labels: Tensor) : float =
        let samples, labels, clusters = read "ClusterScores.calinskiHarabasz" x labels
        let centres = centres samples labels clusters
        let counts = countsOf labels clusters
        let mean = Samples.means samples

        let mutable within = 0.0

        for i in 0 .. samples.Rows - 1 do
            within <- within + apart (samples.Row i) centres[labels[i]] ** 2.0

        let mutable between = 0.0

        for c in 0 .. clusters - 1 do
            between <- between + float counts[c] * apart (ReadOnlySpan centres[c]) mean ** 2.0

        if within = 0.0 then
            1.0
        else
            between * float (samples.Rows - clusters) / (within * float (clusters - 1))

/// The inertia of k-means for several numbers of clusters.
type Elbow =
    {
        /// The numbers of clusters, ascending.
        Clusters: int[]
        /// The inertia for each.
        Inertias: float[]
        /// The number of clusters at the knee of the curve: farthest below the line from its first to its last point.
        Knee: int
    }

/// Choosing the number of clusters by the elbow of the inertia.
[<RequireQualifiedAccess>]
module Elbow =
    /// The position of the point of a falling curve that lies farthest below the line through its ends, both axes scaled to
    /// 0 .. 1 (Satopää and others 2011). Needs three points.
    let knee (xs: float[]) (ys: float[]) : int =
        let last = xs.Length - 1

        if xs.Length < 3 || ys.Length <> xs.Length then
            Fail.shapes
                "Elbow.knee"
                [ "xs", [ xs.Length ]; "ys", [ ys.Length ] ]
                "give three points or more, a y for each x."

        let height = if ys[0] = ys[last] then 1.0 else ys[0] - ys[last]

        let below i =
            let along = (xs[i] - xs[0]) / (xs[last] - xs[0])
            let fallen = (ys[0] - ys[i]) / height
            fallen - along

        Seq.maxBy below (seq { 0..last })

    /// Runs k-means for each number of clusters (three or more, each once) and finds the knee.
    let ofKMeans (options: KMeansOptions) (clusters: int list) (x: Tensor) : Elbow =
        let clusters = clusters |> List.distinct |> List.sort |> Array.ofList

        if clusters.Length < 3 then
            Fail.argument
                "Elbow.ofKMeans"
                "clusters"
                clusters.Length
                "different numbers make no curve; give three or more."

        let inertias = clusters |> Array.map (fun k -> (KMeans.fit { options with Clusters = k } x).Inertia)

        { Clusters = clusters
          Inertias = inertias
          Knee = clusters[knee (Array.map float clusters) inertias] }
