namespace Functional

/// A function over groups of stored values and a batch, to be compiled.
[<ReferenceEquality>]
type internal StoredFunction =
    {
        /// The groups that it reads, in the order in which `Apply` is given them.
        Reads: int list
        /// The groups that it writes: some of those that it reads.
        Writes: int list
        /// From the groups read and the tensors of a batch: results, and the next values of the groups written.
        Apply: Tensor list list -> Tensor list -> Tensor list * Tensor list list
    }

/// A stored function compiled for batches of one signature and bound to its store.
[<Sealed>]
type internal BoundFunction(session: Session, backend: Backend, first: int, signatures: Signature[], results: int) =
    let isLike (x: Tensor) (signature: Signature) =
        let own = x.Signature

        obj.ReferenceEquals(own, signature) || (own.DType = signature.DType && own.Shape = signature.Shape)

    /// The number of tensors from the i-th on that are like those bound; -1 where one is not.
    let matching (tensors: Tensor list) i =
        let mutable rest = tensors
        let mutable next = i

        while next >= 0 && not rest.IsEmpty do
            if next < signatures.Length && isLike rest.Head signatures[next] then
                next <- next + 1
                rest <- rest.Tail
            else
                next <- -1

        next

    let set (tensors: Tensor list) i =
        let mutable rest = tensors
        let mutable next = i

        while not rest.IsEmpty do
            Jit.set session backend next rest.Head
            rest <- rest.Tail
            next <- next + 1

        next

    member _.Session = session

    /// The number of results that are no value of the store.
    member _.Results = results

    /// Whether it takes a batch of the same form as that one. Allocates nothing.
    member _.Takes(batch: Batch) =
        matching batch.Weights (matching batch.Labels (matching batch.Inputs 0)) = signatures.Length

    /// Runs once on a batch. Its tensors are read where they are, or copied from another device.
    member _.Run(batch: Batch) =
        set batch.Weights (set batch.Labels (set batch.Inputs first)) |> ignore
        session.Run()

/// The values that training remembers, in groups, each held once whatever the shapes of the batches; and the functions
/// compiled over them. One caller at a time.
[<Sealed>]
type internal TrainingStore(groups: Tensor list list) =
    let starts = groups |> List.map List.length |> Array.ofList |> Array.scan (+) 0
    let slots group = [ starts[group] .. starts[group + 1] - 1 ]
    let values = groups |> List.concat |> List.map Jit.elements

    let backend = Placement.backendOf values
    let store = backend.CreateStore(Placement.onto "training" backend values)

    // more kinds of batches than these are bound anew, to plans that are mostly known
    let bound = LeastRecentlyUsed<struct (StoredFunction * Signature list), BoundFunction> 32
    let mutable latest: struct (StoredFunction * BoundFunction) voption = ValueNone

    let split (counts: int list) (flat: Tensor list) =
        (flat, counts) ||> List.mapFold (fun rest count -> List.splitAt count rest)

    let bind (f: StoredFunction) (signatures: Signature list) =
        let counts = f.Reads |> List.map (fun group -> starts[group + 1] - starts[group])
        let read = f.Reads |> List.collect slots

        // known when the function has been traced: the number of results, and the slots whose values change
        let mutable results = 0
        let mutable changed: int list = []

        let run flat =
            let own, batch = split counts flat
            let given, written = f.Apply own batch
            let before group = own[List.findIndex ((=) group) f.Reads]

            let next =
                List.zip f.Writes written
                |> List.collect (fun (group, values) -> List.zip3 (slots group) (before group) values)
                |> List.filter (fun (_, old, value) -> not (obj.ReferenceEquals(old, value)))

            results <- given.Length
            changed <- next |> List.map (fun (slot, _, _) -> slot)
            given @ (next |> List.map (fun (_, _, value) -> value))

        let stored = read |> List.map (fun slot -> store.Signatures[slot])
        let plan = Jit.prepareOn backend run (stored @ signatures)

        let binding argument slot =
            let result =
                match List.tryFindIndex ((=) slot) changed with
                | Some i -> ValueSome(results + i)
                | None -> ValueNone

            { Slot = slot; Argument = argument; Result = result }

        let session = plan.Bind(store, List.mapi binding read)
        BoundFunction(session, backend, read.Length, Array.ofList signatures, results)

    let set slot value = store.Set(slot, Placement.move backend (Jit.elements value))

    /// The function bound for this kind of batch. The one that ran before lets go of its batch.
    let enter f (batch: Batch) =
        let signatures = BatchForm.flatten batch |> List.map _.Signature
        let found = bound.GetOrAdd(struct (f, signatures), (fun () -> bind f signatures))

        match latest with
        | ValueSome(struct (_, before)) when not (obj.ReferenceEquals(before, found)) -> before.Session.Release()
        | ValueSome _
        | ValueNone -> ()

        latest <- ValueSome(struct (f, found))
        found

    /// Runs the function on a batch, compiled at the first batch of each signature. Its results can be read from the
    /// session until the next run.
    member _.Run(f: StoredFunction, batch: Batch) : Session =
        let found =
            match latest with
            | ValueSome(struct (known, found)) when obj.ReferenceEquals(known, f) && found.Takes batch -> found
            | ValueSome _
            | ValueNone -> enter f batch

        found.Run batch
        found.Session

    /// The session that ran last.
    member _.Latest: Session voption =
        match latest with
        | ValueSome(struct (_, found)) -> ValueSome found.Session
        | ValueNone -> ValueNone

    /// The number of results of the function that ran last.
    member _.LatestResults: int =
        match latest with
        | ValueSome(struct (_, found)) -> found.Results
        | ValueNone -> 0

    /// Copies of a group's values.
    member _.Get(group: int) : Tensor list = [ for slot in slots group -> Data(store.Get slot) ]

    /// Copies values of the same signatures into a group.
    member _.Set(group: int, values: Tensor list) = List.iter2 set (slots group) values

    /// Copies a value into one slot of a group.
    member _.Set(group: int, i: int, value: Tensor) = set (starts[group] + i) value

    /// The first element of a group's value. Copies nothing.
    member _.Number(group: int, i: int) : float = store.Number(starts[group] + i)
