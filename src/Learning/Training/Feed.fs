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

/// Rows of tensors in memory that is used again and again: room for whole batches, and room for the rest at the end.
[<Sealed>]
type private RowBuffers(tensors: Tensor list, rebuild: Tensor list -> Batch) =
    let rooms = System.Collections.Generic.Dictionary<int, Buffer list voption>()

    let allocate count : Buffer list voption =
        let rooms = tensors |> List.map (fun x -> (Jit.elements x).TryAllocateRows count)

        if List.forall (fun (room: Buffer voption) -> room.IsSome) rooms then
            ValueSome(rooms |> List.map ValueOption.get)
        else
            ValueNone

    let select (rows: int[]) first (rooms: Buffer list) =
        let selected = List.map2 (fun x room -> (Jit.elements x).TrySelectRows(rows, first, room)) tensors rooms

        if List.forall (fun (rows: Buffer voption) -> rows.IsSome) selected then
            ValueSome(selected |> List.map (ValueOption.get >> Data) |> rebuild)
        else
            ValueNone

    let gather (rows: int[]) first count =
        let indices x =
            Core.beside x (fun () -> Tensor.ofInts [ count ] rows[first .. first + count - 1])

        tensors |> List.map (fun x -> Tensor.gather 0 (indices x) x) |> rebuild

    let room count =
        match rooms.TryGetValue count with
        | true, room -> room
        | _ ->
            let room = allocate count
            rooms[count] <- room
            room

    /// `count` rows, those of the numbers in `rows` from `first` on. Valid until the next call.
    member _.Batch(rows: int[], first: int, count: int) : Batch =
        match room count |> ValueOption.bind (select rows first) with
        | ValueSome batch -> batch
        | ValueNone -> gather rows first count

/// The order of the samples in each pass.
module internal SampleOrder =
    /// The numbers below `count` in an order drawn from the key, all orders being as likely but for the 2^-32 of a draw: the
    /// shuffle of Fisher and Yates (Durstenfeld 1964, "Algorithm 235: Random permutation"), cheaper than the two sorts of
    /// `Random.permutation`.
    let shuffled (key: Key) (count: int) : int[] =
        let draws = Tensor.toInts (Random.bits key [ count ])
        let order = Array.init count id

        for i in count - 1 .. -1 .. 1 do
            let j = int ((uint64 (uint32 draws[i]) * uint64 (i + 1)) >>> 32)
            let number = order[i]
            order[i] <- order[j]
            order[j] <- number

        order

/// The batches of samples in memory: in their order as views of them, or shuffled by a key; by several keys the rows of all
/// orders one after the other, for trainings that run as one. The rows of a shuffled batch are read by the step itself where
/// it can, and else gathered by all cores between two steps. A thread that gathered ahead would take a core from a step that
/// uses all.
[<Sealed>]
type internal MemoryFeed(samples: Batch, batchSize: int, shuffleKeys: Key list) =
    inherit Feed()

    let form = BatchForm.formOf samples
    let size = min batchSize samples.Count

    let tensors =
        BatchForm.flatten samples
        |> List.map (fun x ->
            let buffer = Jit.elements x

            match buffer.TryAllocateRows 1 with
            | ValueSome room when (buffer.TrySelectRows([| 0 |], 0, room)).IsNone ->
                // a view whose rows do not stand one after the other
                Data(buffer.Backend.OfArray(buffer.ToArray(), buffer.Shape))
            | ValueSome _
            | ValueNone -> x)

    let rebuild = BatchForm.rebuild form
    let buffers = RowBuffers(tensors, rebuild)
    let count = (samples.Count + size - 1) / size
    let countOf number = min size (samples.Count - number * size)

    let views =
        lazy
            Array.init count (fun number ->
                let first = number * size

                tensors |> List.map (Tensor.sliceAxis 0 first (first + countOf number) 1) |> rebuild)

    let batchOf (orders: int[] list) number =
        let first, count = number * size, countOf number

        match orders with
        | [ order ] -> buffers.Batch(order, first, count)
        | several ->
            let rows = several |> List.map (fun order -> order[first .. first + count - 1]) |> Array.concat
            buffers.Batch(rows, 0, rows.Length)

    let shuffled pass taken =
        let orders = shuffleKeys |> List.map (fun key -> SampleOrder.shuffled (Key.fold pass key) samples.Count)

        (seq {
            for number in taken .. count - 1 do
                batchOf orders number
        })
            .GetEnumerator()

    override _.BatchCount = Some count
    override _.Example = tensors |> List.map (Tensor.sliceAxis 0 0 size 1) |> rebuild

    override _.Start(pass, taken) =
        if shuffleKeys.IsEmpty then
            (Seq.skip taken views.Value).GetEnumerator()
        else
            shuffled pass taken

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
