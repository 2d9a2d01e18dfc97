namespace Functional

open System
open System.Collections
open System.Collections.Generic

/// A source of elements (samples, batches, names of files) that training goes through once an epoch: held in memory, or
/// made one after the other and larger than memory. A source never changes; each pass begins anew. Make one with the
/// functions of the module `Batches`; enumerating it goes through pass 0.
[<Sealed>]
type Batches<'T> internal (count: int option, start: int -> IEnumerator<'T>) =
    /// The number of elements of a pass, where it is known.
    member _.Count = count

    /// Begins a pass, counted from 0. The same pass gives the same elements.
    member internal _.Start(pass: int) : IEnumerator<'T> = start pass

    interface IEnumerable<'T> with
        member _.GetEnumerator() : IEnumerator<'T> = start 0

    interface IEnumerable with
        member _.GetEnumerator() : IEnumerator = start 0

/// Random integers that a key alone decides: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014).
[<Sealed>]
type internal KeyedIntegers(key: Key) =
    let mutable state =
        match Tensor.toInts (Key.toTensor key) with
        | [| high; low |] -> (uint64 (uint32 high) <<< 32) ||| uint64 (uint32 low)
        | parts -> Fail.argument "Key" "parts" parts.Length "is not 2."

    let next () =
        state <- state + 0x9E3779B97F4A7C15UL
        let mutable z = state
        z <- (z ^^^ (z >>> 30)) * 0xBF58476D1CE4E5B9UL
        z <- (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
        z ^^^ (z >>> 31)

    /// A number from 0 to below n.
    member _.Below(n: int) : int =
        let mutable low = 0UL
        int (Math.BigMul(next (), uint64 n, &low))

/// Sources of samples and batches: `Batches.ofSeq photos |> Batches.shuffle 1000 key |> Batches.map augment |>
/// Batches.batch 32 |> Batches.prefetch 2`.
[<RequireQualifiedAccess>]
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Batches =
    let private demand operation name (value: int) least =
        if value < least then
            Fail.argument $"Batches.{operation}" name value $"is too small; give at least {least}."

    let private enumerate (elements: seq<'T>) = elements.GetEnumerator()

    /// A source of a function from the number of the pass, from 0, to the pass's elements, and their number where it is
    /// known. The same pass must give the same elements.
    let ofPasses (count: int option) (pass: int -> seq<'T>) : Batches<'T> =
        Batches(count, (fun number -> enumerate (pass number)))

    /// A source of any sequence, which every pass enumerates anew: a list, the lines of a file, a generator. Its count is
    /// known where it is a collection.
    let ofSeq (elements: seq<'T>) : Batches<'T> =
        let count =
            match elements with
            | :? IReadOnlyCollection<'T> as known -> Some known.Count
            | :? ICollection<'T> as known -> Some known.Count
            | _ -> None

        ofPasses count (fun _ -> elements)

    /// A source of `count` elements, of a function from their numbers, from 0.
    let init (count: int) (f: int -> 'T) : Batches<'T> =
        demand "init" "count" count 0
        ofPasses (Some count) (fun _ -> Seq.init count f)

    /// The rows of a dataset, features and label each, in their order.
    let ofDataset (d: Dataset) : Batches<Tensor * Tensor> = init d.Count (fun row -> d.Features[row], d.Labels[row])

    /// The source with the number of its elements, for one that does not know it. It is not checked.
    let withCount (count: int) (source: Batches<'T>) : Batches<'T> =
        demand "withCount" "count" count 0
        Batches(Some count, source.Start)

    /// The elements changed by a function.
    let map (f: 'T -> 'U) (source: Batches<'T>) : Batches<'U> =
        ofPasses source.Count (fun pass ->
            seq {
                use elements = source.Start pass

                while elements.MoveNext() do
                    f elements.Current
            })

    /// The elements changed by a function that draws random numbers, such as one that shifts images: it is given a key
    /// of its own for each element of each pass. The same key gives the same elements.
    let mapRandom (key: Key) (f: Key -> 'T -> 'U) (source: Batches<'T>) : Batches<'U> =
        ofPasses source.Count (fun pass ->
            seq {
                use elements = source.Start pass
                let keyOfPass = Key.fold pass key
                let mutable i = 0

                while elements.MoveNext() do
                    f (Key.fold i keyOfPass) elements.Current
                    i <- i + 1
            })

    /// The elements for which a function is true.
    let filter (holds: 'T -> bool) (source: Batches<'T>) : Batches<'T> =
        ofPasses None (fun pass ->
            seq {
                use elements = source.Start pass

                while elements.MoveNext() do
                    if holds elements.Current then
                        elements.Current
            })

    let private shuffled (window: int) (random: KeyedIntegers) (elements: IEnumerator<'T>) =
        seq {
            let held = ResizeArray<'T>()

            while elements.MoveNext() do
                if held.Count < window then
                    held.Add elements.Current
                else
                    let i = random.Below window
                    held[i]
                    held[i] <- elements.Current

            while held.Count > 0 do
                let i = random.Below held.Count
                held[i]
                held[i] <- held[held.Count - 1]
                held.RemoveAt(held.Count - 1)
        }

    /// The elements in random order, in another one each pass. `window` elements are held, of which one at random is
    /// given and replaced by the next: a window as large as the source gives every order the same chance, a smaller one
    /// moves elements by about its size. The same key gives the same orders.
    let shuffle (window: int) (key: Key) (source: Batches<'T>) : Batches<'T> =
        demand "shuffle" "window" window 1

        ofPasses source.Count (fun pass ->
            seq {
                use elements = source.Start pass
                yield! shuffled window (KeyedIntegers(Key.fold pass key)) elements
            })

    /// The first elements, at most `count`.
    let take (count: int) (source: Batches<'T>) : Batches<'T> =
        demand "take" "count" count 0

        ofPasses (source.Count |> Option.map (min count)) (fun pass ->
            seq {
                use elements = source.Start pass
                let mutable left = count

                while left > 0 && elements.MoveNext() do
                    left <- left - 1
                    elements.Current
            })

    /// All elements but the first `count`.
    let skip (count: int) (source: Batches<'T>) : Batches<'T> =
        demand "skip" "count" count 0

        ofPasses (source.Count |> Option.map (fun n -> max 0 (n - count))) (fun pass ->
            seq {
                use elements = source.Start pass
                let mutable left = count

                while left > 0 && elements.MoveNext() do
                    left <- left - 1

                if left = 0 then
                    while elements.MoveNext() do
                        elements.Current
            })

    /// The elements of several sources, one source after the other.
    let concat (sources: Batches<'T> list) : Batches<'T> =
        let counts = sources |> List.map _.Count

        let count =
            if List.forall Option.isSome counts then
                Some(List.sumBy Option.get counts)
            else
                None

        ofPasses count (fun pass ->
            seq {
                for source in sources do
                    use elements = source.Start pass

                    while elements.MoveNext() do
                        elements.Current
            })

    /// Pairs of the elements of two sources; as many as the shorter one has.
    let zip (first: Batches<'T>) (second: Batches<'U>) : Batches<'T * 'U> =
        let count =
            match first.Count, second.Count with
            | Some a, Some b -> Some(min a b)
            | _ -> None

        ofPasses count (fun pass ->
            seq {
                use a = first.Start pass
                use b = second.Start pass

                while a.MoveNext() && b.MoveNext() do
                    a.Current, b.Current
            })

    /// Several passes as one.
    let repeat (times: int) (source: Batches<'T>) : Batches<'T> =
        demand "repeat" "times" times 1

        ofPasses (source.Count |> Option.map ((*) times)) (fun pass ->
            seq {
                for i in 0 .. times - 1 do
                    use elements = source.Start(pass * times + i)

                    while elements.MoveNext() do
                        elements.Current
            })

    /// Pass after pass without end: for `StepsPerEpoch`. Ends where a pass has no element.
    let forever (source: Batches<'T>) : Batches<'T> =
        ofPasses None (fun pass ->
            seq {
                let mutable inner = pass
                let mutable isEmpty = false

                while not isEmpty do
                    use elements = source.Start inner
                    isEmpty <- true

                    while elements.MoveNext() do
                        isEmpty <- false
                        elements.Current

                    inner <- inner + 1
            })

    /// The elements in groups of `size`. What is left at the end, fewer than `size`, is a group too, or dropped.
    let group (size: int) (dropRest: bool) (source: Batches<'T>) : Batches<'T[]> =
        demand "group" "size" size 1
        let groups n = if dropRest then n / size else (n + size - 1) / size

        ofPasses (source.Count |> Option.map groups) (fun pass ->
            seq {
                use elements = source.Start pass
                let held = ResizeArray<'T> size

                while elements.MoveNext() do
                    held.Add elements.Current

                    if held.Count = size then
                        held.ToArray()
                        held.Clear()

                if held.Count > 0 && not dropRest then
                    held.ToArray()
            })

    /// The elements held in memory once a pass has come to its end, so that what stands before is done once. All passes
    /// have the order of the first: shuffle after it.
    let cache (source: Batches<'T>) : Batches<'T> =
        let held: 'T[] option ref = ref None

        ofPasses source.Count (fun _ ->
            match Threading.Volatile.Read &held.contents with
            | Some all -> all
            | None ->
                seq {
                    use elements = source.Start 0
                    let all = ResizeArray<'T>()

                    while elements.MoveNext() do
                        all.Add elements.Current
                        elements.Current

                    Threading.Volatile.Write(&held.contents, Some(all.ToArray()))
                })

    /// The elements made on another thread, at most `size` ahead of the one who takes them, in the same order.
    let prefetch (size: int) (source: Batches<'T>) : Batches<'T> =
        demand "prefetch" "size" size 1

        Batches(source.Count, (fun pass -> new Prefetched<'T>(size, (fun () -> source.Start pass)) :> IEnumerator<'T>))
