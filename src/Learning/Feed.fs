namespace Functional

open System.Collections.Generic

/// Where a run takes its batches from. A batch is valid until the next one is taken.
[<AbstractClass>]
type internal Feed() =
    /// The number of batches of a pass, where it is known.
    abstract BatchCount: int option

    /// A batch of the shapes and types that are to come: the first one of the pass, or one like it.
    abstract Example: Batch

    /// The batches of a pass from the one after the first `taken` on.
    abstract Start: pass: int * taken: int -> IEnumerator<Batch>

    /// Lets go of what was kept for the next pass.
    abstract Release: unit -> unit
    default _.Release() = ()

/// Rows of tensors gathered into memory that is used again and again.
[<Sealed>]
type private RowBuffers(tensors: Tensor list, sizes: int * int, rebuild: Tensor list -> Batch) =
    let size, ahead = sizes

    // one for each batch that is ahead, one that is learned from and one that is filled
    let sets = Array.init (ahead + 2) (fun _ -> None: (int * Batch) option)
    let rest = ref None

    let allocate count : Batch voption =
        let rooms = tensors |> List.map (fun x -> (Jit.elements x).TryAllocateRows count)

        if List.forall (fun (room: Buffer voption) -> room.IsSome) rooms then
            ValueSome(rooms |> List.map (fun room -> Data room.Value) |> rebuild)
        else
            ValueNone

    let fill (rows: int[]) first count (batch: Batch) =
        List.forall2
            (fun (source: Tensor) (target: Tensor) ->
                (Jit.elements source).TryCopyRows(rows, first, count, Jit.elements target))
            tensors
            (BatchForm.flatten batch)

    let gather (rows: int[]) first count =
        let indices x =
            Core.beside x (fun () -> Tensor.ofInts [ count ] rows[first .. first + count - 1])

        tensors |> List.map (fun x -> Tensor.gather 0 (indices x) x) |> rebuild

    let room number count =
        if count <> size then
            match rest.Value with
            | Some(n, batch) when n = count -> ValueSome batch
            | _ ->
                let batch = allocate count
                batch |> ValueOption.iter (fun batch -> rest.Value <- Some(count, batch))
                batch
        else
            match sets[number % sets.Length] with
            | Some(_, batch) -> ValueSome batch
            | None ->
                let batch = allocate count
                batch |> ValueOption.iter (fun batch -> sets[number % sets.Length] <- Some(count, batch))
                batch

    /// The batch of this number: `count` rows, those of the numbers in `rows` from `first` on.
    member _.Batch(number: int, rows: int[], first: int, count: int) : Batch =
        match room number count with
        | ValueSome batch when fill rows first count batch -> batch
        | ValueSome _
        | ValueNone -> gather rows first count

/// The batches of samples in memory: in their order as views of them, or shuffled by a key, gathered on another thread
/// while the batch before is learned from.
[<Sealed>]
type internal MemoryFeed(samples: Batch, batchSize: int, shuffleKey: Key option) =
    inherit Feed()

    // gathering less than this many bytes takes less time than handing them over
    let leastBytes = 16384

    let ahead = 4
    let form = BatchForm.formOf samples
    let size = min batchSize samples.Count

    let tensors =
        BatchForm.flatten samples
        |> List.map (fun x ->
            let buffer = Jit.elements x

            match buffer.TryAllocateRows 1 with
            | ValueSome room when not (buffer.TryCopyRows([| 0 |], 0, 1, room)) ->
                // a view whose rows do not stand one after the other
                Data(buffer.Backend.OfArray(buffer.ToArray(), buffer.Shape))
            | ValueSome _
            | ValueNone -> x)

    let rebuild = BatchForm.rebuild form
    let buffers = RowBuffers(tensors, (size, ahead), rebuild)
    let count = (samples.Count + size - 1) / size
    let countOf number = min size (samples.Count - number * size)

    let views =
        lazy
            Array.init count (fun number ->
                let first = number * size

                tensors |> List.map (Tensor.sliceAxis 0 first (first + countOf number) 1) |> rebuild)

    let bytesOfBatch = tensors |> List.sumBy (fun x -> 4L * int64 x.Size / int64 samples.Count * int64 size)

    let gathered (order: int[]) taken =
        (seq {
            for number in taken .. count - 1 do
                buffers.Batch(number, order, number * size, countOf number)
        })
            .GetEnumerator()

    let shuffled key pass taken =
        let order = Tensor.toInts (Random.permutation (Key.fold pass key) samples.Count)

        if bytesOfBatch < int64 leastBytes || count - taken < 2 then
            gathered order taken
        else
            new Prefetched<Batch>(ahead, (fun () -> gathered order taken)) :> IEnumerator<Batch>

    override _.BatchCount = Some count
    override _.Example = tensors |> List.map (Tensor.sliceAxis 0 0 size 1) |> rebuild

    override _.Start(pass, taken) =
        match shuffleKey with
        | Some key -> shuffled key pass taken
        | None -> (Seq.skip taken views.Value).GetEnumerator()

/// The batches of a source, each changed by a function, such as one that casts it.
[<Sealed>]
type internal SourceFeed(source: Batches<Batch>, change: Batch -> Batch) =
    inherit Feed()

    // the pass that was begun to see its first batch
    let mutable begun: (IEnumerator<Batch> * Batch) option = None

    let release () =
        begun |> Option.iter (fun (elements, _) -> elements.Dispose())
        begun <- None

    let example () =
        match begun with
        | Some(_, batch) -> batch
        | None ->
            let elements = source.Start 0

            if not (elements.MoveNext()) then
                elements.Dispose()
                Fail.data "Fit" "the source of batches is empty: there is no sample to learn from."

            let batch = change elements.Current
            begun <- Some(elements, batch)
            batch

    let rest (elements: IEnumerator<Batch>) (first: Batch option) =
        (seq {
            use elements = elements

            match first with
            | Some batch -> batch
            | None -> ()

            while elements.MoveNext() do
                change elements.Current
        })
            .GetEnumerator()

    override _.BatchCount = source.Count
    override _.Example = example ()
    override _.Release() = release ()

    override _.Start(pass, taken) =
        match begun with
        | Some(elements, first) when pass = 0 && taken = 0 ->
            begun <- None
            rest elements (Some first)
        | Some _
        | None ->
            release ()
            let elements = source.Start pass
            let mutable left = taken

            while left > 0 && elements.MoveNext() do
                left <- left - 1

            rest elements None
