namespace Functional

open System
open Functional.Kernels

/// The neighbours of all samples within a radius, slice by slice. Memory is that of one sample's neighbours a thread.
type internal IRadiusSearch =
    /// How many slices there are; each can be searched on a thread of its own.
    abstract Slices: int

    /// For each sample of a slice that is wanted: its index, and those within the radius (itself included) in no particular
    /// order, as the first so many of an array that the next call overwrites.
    abstract Search: slice: int * wanted: (int -> bool) * visit: (int -> int[] -> int -> unit) -> unit

module internal RadiusSearch =
    /// By a k-d tree: samples in the order of its leaves.
    type private ByTree(tree: KdTree, samples: Samples, radius: float) =
        let grain = 256
        let order = tree.Order.ToArray()

        interface IRadiusSearch with
            member _.Slices = (samples.Rows + grain - 1) / grain

            member _.Search(slice, wanted, visit) =
                let mutable found = Array.zeroCreate<int> 256

                for at in slice * grain .. min samples.Rows ((slice + 1) * grain) - 1 do
                    let i = order[at]

                    if wanted i then
                        let count = tree.Within(samples.Row i, radius, &found)
                        visit i found count

    /// By a distance of any kind, looking at all samples.
    type private ByDistance(distance: Distance, samples: Samples, radius: float) =
        interface IRadiusSearch with
            member _.Slices = samples.Rows

            member _.Search(i, wanted, visit) =
                if wanted i then
                    let found = Array.zeroCreate<int> samples.Rows
                    let mutable count = 0

                    for j in 0 .. samples.Rows - 1 do
                        if i = j || Distance.ofSpans distance (samples.Row i) (samples.Row j) <= radius then
                            found[count] <- j
                            count <- count + 1

                    visit i found count

    /// By Euclidean distance in many dimensions: squared distances from products of 64 samples by blocks of 1024, measured
    /// exactly where rounding could decide.
    type private ByProducts(samples: Samples, limit: float) =
        let grain, block = 64, 1024
        let n, d = samples.Rows, samples.Features
        let centred = Samples.less (Samples.means samples) samples

        let squares =
            Array.init n (fun i ->
                let mutable sum = 0.0

                for v in centred.Row i do
                    sum <- sum + v * v

                sum)

        let slack = 8.0 * float (d + 4) * 2.220446049250313e-16 * Array.max squares

        let exact i j =
            let a = samples.Row i
            let b = samples.Row j
            let mutable sum = 0.0

            for f in 0 .. d - 1 do
                let difference = a[f] - b[f]
                sum <- sum + difference * difference

            sum

        let within i j product =
            let bound = squares[i] + squares[j] - 2.0 * product

            if bound <= limit - slack then true
            elif bound > limit + slack then false
            else exact i j <= limit

        interface IRadiusSearch with
            member _.Slices = (n + grain - 1) / grain

            member _.Search(slice, wanted, visit) =
                let first = slice * grain
                let rows = min grain (n - first)
                let found = Array.init rows (fun _ -> Collections.Generic.List<int>())
                let products = Array.zeroCreate<float>(grain * block)

                for start in 0..block .. n - 1 do
                    let width = min block (n - start)
                    Products.timesTransposed rows d width centred.Values (first * d) centred.Values (start * d) products

                    for i in 0 .. rows - 1 do
                        if wanted (first + i) then
                            for j in 0 .. width - 1 do
                                if within (first + i) (start + j) products[i * width + j] then
                                    found[i].Add(start + j)

                for i in 0 .. rows - 1 do
                    if wanted (first + i) then
                        visit (first + i) (found[i].ToArray()) found[i].Count

    /// The search that suits the distance and the number of features.
    let make operation (distance: Distance) (samples: Samples) (radius: float) : IRadiusSearch =
        match Distance.power operation distance, distance with
        | Some p, _ when samples.Features <= 10 ->
            ByTree(KdTree.Build(samples.Values, samples.Rows, samples.Features, p), samples, radius)
        | Some 2.0, _ -> ByProducts(samples, radius * radius)
        | None, Distance.Cosine when not (Distance.hasZero samples) ->
            ByProducts(Distance.normalized samples, 2.0 * radius)
        | _, distance -> ByDistance(distance, samples, radius)
