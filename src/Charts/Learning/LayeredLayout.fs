namespace Functional

/// A directed acyclic graph drawn in layers, after Sugiyama, Tagawa and Toda, "Methods for visual understanding of
/// hierarchical system structures" (1981): ranks by the longest path, dummy nodes on long edges, orders by barycentres.
[<RequireQualifiedAccess>]
type internal LayeredLayout =
    {
        /// The rank of each node, from 0: one more than the largest among its predecessors.
        Ranks: int[]
        /// The position of each node across its rank, in widths of a node.
        Positions: float[]
        /// The points of each edge from its source to its target: position and rank.
        Edges: (float * int)[][]
    }

/// Layouts of graphs in layers.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal LayeredLayout =
    /// The rank of each node; predecessors stand before their successors.
    let ranks (predecessors: int list[]) : int[] =
        let ranks = Array.zeroCreate predecessors.Length

        for i in 0 .. predecessors.Length - 1 do
            ranks[i] <- predecessors[i] |> List.fold (fun rank p -> max rank (ranks[p] + 1)) 0

        ranks

    /// The graph with dummy nodes, so that every edge crosses one rank: ranks, single edges, and the chain of nodes of
    /// each edge.
    let private withDummies (predecessors: int list[]) (ranks: int[]) =
        let all = ResizeArray ranks
        let edges = ResizeArray<struct (int * int)>()

        let chains =
            [| for target in 0 .. predecessors.Length - 1 do
                   for source in predecessors[target] do
                       let dummies =
                           [| for rank in ranks[source] + 1 .. ranks[target] - 1 ->
                                  (all.Add rank
                                   all.Count - 1) |]

                       let chain = Array.concat [ [| source |]; dummies; [| target |] ]

                       for a, b in Array.pairwise chain do
                           edges.Add(struct (a, b))

                       chain |]

        all.ToArray(), edges.ToArray(), chains

    let private neighbours count (edges: struct (int * int)[]) =
        let above = Array.create count []
        let below = Array.create count []

        for struct (a, b) in edges do
            above[b] <- a :: above[b]
            below[a] <- b :: below[a]

        above, below

    /// The number of crossings between the orders of neighbouring ranks.
    let private crossings (places: float[]) (ranks: int[]) (edges: struct (int * int)[]) =
        let crosses (struct (a, b)) (struct (c, d)) =
            ranks[a] = ranks[c] && (places[a] - places[c]) * (places[b] - places[d]) < 0.0

        let mutable count = 0

        for i in 0 .. edges.Length - 1 do
            for j in i + 1 .. edges.Length - 1 do
                if crosses edges[i] edges[j] then
                    count <- count + 1

        count

    let private meanOf (places: float[]) own (neighbours: int list) =
        if neighbours.IsEmpty then
            places[own]
        else
            neighbours |> List.averageBy (fun n -> places[n])

    /// The places of nodes in their ranks after sweeps down and up; the order with the fewest crossings.
    let private ordered (ranks: int[]) (edges: struct (int * int)[]) (above: int list[], below: int list[]) =
        let rows =
            ranks |> Array.indexed |> Array.groupBy snd |> Array.sortBy fst |> Array.map (snd >> Array.map fst)

        let places = Array.zeroCreate<float> ranks.Length

        let arrange (row: int[]) = row |> Array.iteri (fun place node -> places[node] <- float place)

        let sweep neighbours rows =
            for row: int[] in rows do
                row |> Array.sortBy (fun node -> meanOf places node (Array.item node neighbours)) |> arrange

        Array.iter arrange rows
        let mutable best = Array.copy places
        let mutable fewest = crossings places ranks edges

        for round in 1..8 do
            if fewest > 0 then
                if round % 2 = 1 then sweep above rows else sweep below (Array.rev rows)
                let count = crossings places ranks edges

                if count < fewest then
                    fewest <- count
                    best <- Array.copy places

        best

    /// Moves each row's nodes towards the means of their neighbours, without changing the order or coming nearer than one
    /// width.
    let private straighten (ranks: int[]) (above: int list[], below: int list[]) (places: float[]) =
        let rows =
            ranks
            |> Array.indexed
            |> Array.groupBy snd
            |> Array.sortBy fst
            |> Array.map (snd >> Array.map fst >> Array.sortBy (fun node -> places[node]))

        for row in rows do
            for node in row do
                places[node] <- places[node] - float (row.Length - 1) / 2.0

        // the right-most places that keep the order, averaged with the left-most ones
        let settle (row: int[]) (wanted: float[]) =
            let fromLeft = Array.copy wanted
            let fromRight = Array.copy wanted

            for i in 1 .. row.Length - 1 do
                fromLeft[i] <- max wanted[i] (fromLeft[i - 1] + 1.0)

            for i in row.Length - 2 .. -1 .. 0 do
                fromRight[i] <- min wanted[i] (fromRight[i + 1] - 1.0)

            row |> Array.iteri (fun i node -> places[node] <- (fromLeft[i] + fromRight[i]) / 2.0)

        for _ in 1..6 do
            for row in rows do
                settle row (row |> Array.map (fun node -> meanOf places node above[node]))

            for row in Array.rev rows do
                settle row (row |> Array.map (fun node -> meanOf places node below[node]))

        places

    /// The layout of nodes given by their predecessors, which stand before them.
    let ofPredecessors (predecessors: int list[]) : LayeredLayout =
        let own = ranks predecessors
        let all, edges, chains = withDummies predecessors own
        let around = neighbours all.Length edges
        let places = ordered all edges around |> straighten all around

        { Ranks = own
          Positions = Array.truncate own.Length places
          Edges = chains |> Array.map (Array.map (fun node -> places[node], all[node])) }
