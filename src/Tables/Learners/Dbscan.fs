namespace Functional

open System.Threading
open Functional.Kernels

/// Options of DBSCAN.
[<NoEquality; NoComparison>]
type DbscanOptions =
    {
        /// The radius of a neighbourhood (scikit-learn's eps), above 0; a sample exactly that far belongs to it. Default 0.5.
        Radius: float
        /// How many samples a neighbourhood must have, its centre counted, for the centre to be a core sample. Default 5.
        MinSamples: int
        /// How far samples are from each other. Default Euclidean.
        Distance: Distance
    }

    /// The defaults, scikit-learn's.
    static member defaults = { Radius = 0.5; MinSamples = 5; Distance = Distance.Euclidean }

/// Clusters found by density.
type Dbscan =
    {
        /// The cluster of each sample, numbered by their first core samples; -1 is noise.
        Labels: int[]
        /// The indices of the core samples, ascending.
        CoreSamples: int[]
        /// How many clusters there are.
        Clusters: int
    }

/// Sets that are joined by several threads at once; each is known by its least member.
module private DisjointSets =
    let find (parents: int[]) (i: int) : int =
        let mutable i = i
        let mutable running = true

        while running do
            let parent = Volatile.Read &parents[i]

            if parent = i then
                running <- false
            else
                let above = Volatile.Read &parents[parent]

                if above <> parent then
                    Interlocked.CompareExchange(&parents[i], above, parent) |> ignore

                i <- above

        i

    let join (parents: int[]) a b =
        let mutable running = true

        while running do
            let a, b = find parents a, find parents b
            let low, high = min a b, max a b
            running <- low <> high && Interlocked.CompareExchange(&parents[high], low, high) <> high

/// DBSCAN: clusters are core samples that reach each other, with the samples around them; the rest is noise (Ester, Kriegel,
/// Sander and Xu 1996).
[<RequireQualifiedAccess>]
module Dbscan =
    let private kind = "dbscan"

    let private check (options: DbscanOptions) =
        let operation = "Dbscan.fit"

        if not (options.Radius > 0.0) then
            Fail.argument operation "Radius" options.Radius "is not above 0."

        if options.MinSamples < 1 then
            Fail.argument operation "MinSamples" options.MinSamples "is below 1."

    let private everySlice (search: IRadiusSearch) wanted visit =
        WorkerPool.Run(search.Slices, fun slice -> search.Search(slice, wanted, visit))

    /// The neighbourhoods of the samples that are no core samples, which are small; null for those that are.
    let private smallNeighbourhoods (search: IRadiusSearch) rows minSamples : (int[] | null)[] =
        let small: (int[] | null)[] = Array.zeroCreate rows

        everySlice search (fun _ -> true) (fun i found count ->
            if count < minSamples then
                small[i] <- found[.. count - 1])

        small

    /// Clusters of samples x [n; features]. Labels are scikit-learn's: a sample at the border of several clusters belongs to the
    /// first. Euclidean, Manhattan, Chebyshev and Minkowski distances of up to 10 features are searched in a k-d tree; other
    /// distances look at all pairs. Memory grows with the samples, not with the pairs.
    let fit (options: DbscanOptions) (x: Tensor) : Dbscan =
        check options
        let operation = "Dbscan.fit"
        let samples = Samples.read operation x
        let search = RadiusSearch.make operation options.Distance samples options.Radius
        let small = smallNeighbourhoods search samples.Rows options.MinSamples
        let isCore i = isNull small[i]
        let parents = Array.init samples.Rows id

        everySlice search isCore (fun i found count ->
            for at in 0 .. count - 1 do
                if found[at] < i && isCore found[at] then
                    DisjointSets.join parents i found[at])

        let core = Array.init samples.Rows id |> Array.filter isCore
        let labels = Array.create samples.Rows -1
        let mutable clusters = 0

        for i in core do
            let root = DisjointSets.find parents i

            if root = i then
                labels[i] <- clusters
                clusters <- clusters + 1
            else
                labels[i] <- labels[root]

        small
        |> Array.iteri (fun i neighbours ->
            match neighbours with
            | null -> ()
            | neighbours ->
                let reached = neighbours |> Array.filter isCore

                if reached.Length > 0 then
                    labels[i] <- reached |> Array.map (fun j -> labels[j]) |> Array.min)

        { Labels = labels; CoreSamples = core; Clusters = clusters }

    /// The generic form, to be saved.
    let toState (model: Dbscan) : LearnerState =
        { Kind = kind
          Settings = [ "clusters", Setting.Whole model.Clusters ]
          Tensors = [ LearnerStates.ints "labels" model.Labels; LearnerStates.ints "core_samples" model.CoreSamples ] }

    /// The clusters of their generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : Dbscan =
        LearnerStates.demandKind kind state

        { Labels = LearnerStates.readInts state "labels"
          CoreSamples = LearnerStates.readInts state "core_samples"
          Clusters = Settings.whole (LearnerStates.settings state) "clusters" }
