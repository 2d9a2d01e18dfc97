namespace Functional

open System
open Functional.Kernels

/// Finding the nearest of given samples: by a tree in few dimensions, by matrix products in many, by comparing all where the
/// distance is a function.
[<Sealed>]
type internal NeighbourIndex(operation: string, distance: Distance, samples: Samples) =
    // in more dimensions a search of the tree meets most leaves
    static let treeFeatures = 10

    let power = Distance.power operation distance

    let rows =
        match distance with
        | Distance.Cosine -> lazy Distance.normalized samples
        | Distance.Euclidean
        | Distance.Manhattan
        | Distance.Chebyshev
        | Distance.Minkowski _
        | Distance.Function _ -> lazy samples

    let tree =
        match power with
        | Some p when samples.Features <= treeFeatures ->
            Some(lazy KdTree.Build(samples.Values, samples.Rows, samples.Features, p))
        | Some _
        | None -> None

    let byTree (tree: KdTree) (queries: Samples) k (indices: int[]) (distances: float[]) =
        let grain = 64

        WorkerPool.Run(
            (queries.Rows + grain - 1) / grain,
            fun slice ->
                for i in slice * grain .. min queries.Rows ((slice + 1) * grain) - 1 do
                    tree.Nearest(queries.Row i, Span(indices, i * k, k), Span(distances, i * k, k))
        )

    let byFunction (queries: Samples) k (indices: int[]) (distances: float[]) =
        WorkerPool.Run(
            queries.Rows,
            fun i ->
                let all =
                    Array.init samples.Rows (fun row -> Distance.ofSpans distance (queries.Row i) (samples.Row row))

                let order = Array.init samples.Rows id
                // ties in the order of the samples, as an unstable sort of the distances alone would not keep them
                Array.sortInPlaceWith
                    (fun a b ->
                        match compare all[a] all[b] with
                        | 0 -> compare a b
                        | sign -> sign)
                    order

                for j in 0 .. k - 1 do
                    indices[i * k + j] <- order[j]
                    distances[i * k + j] <- all[order[j]]
        )

    /// The k nearest samples of each query: indices and distances [queries; k], ascending, ties in the order of the samples.
    member _.Nearest(queries: Samples, k: int) : int[] * float[] =
        let indices = Array.zeroCreate<int>(queries.Rows * k)
        let distances = Array.zeroCreate<float>(queries.Rows * k)
        let n, m, d = samples.Rows, queries.Rows, samples.Features

        match tree, power, distance with
        | Some tree, _, _ -> byTree tree.Value queries k indices distances
        | None, Some p, _ -> NearestRows.Find(samples.Values, n, queries.Values, m, d, p, k, indices, distances)
        | None, None, Distance.Cosine when not (Distance.hasZero samples || Distance.hasZero queries) ->
            let unit = Distance.normalized queries
            NearestRows.Find(rows.Value.Values, n, unit.Values, m, d, 2.0, k, indices, distances)

            for at in 0 .. distances.Length - 1 do
                distances[at] <- distances[at] * distances[at] / 2.0
        | None, None, _ -> byFunction queries k indices distances

        indices, distances
