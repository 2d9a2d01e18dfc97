namespace Functional

open Training

/// Steps of training over one store: parameters, layer state and optimizer memory are there once, whatever the shapes
/// of the batches, and are written over in place; a step allocates nothing. One caller at a time.
type internal Stepper(optimizer: Optimizer, loss: Loss, layer: Layer<Tensor, Tensor>, dtype: DType, start: TrainState) =
    let step = stepFunction optimizer loss layer start
    let carried = (carriedLeaves start).Length

    /// The step on the rows of all samples that the last argument names; gives those rows' labels besides.
    let stepOnRows (flat: Tensor list) =
        let own, given = List.splitAt (carried + 1) flat
        let all, indices = List.splitAt (given.Length - 1) given
        let rows = all |> List.map (Tensor.gather 0 indices.Head)
        step (own @ rows) @ [ rows[1] ]

    /// The values of a state by slot: what one step hands to the next, then the run's key.
    let slotsOf (state: TrainState) = carriedLeaves state @ [ Key.toTensor state.Key ]

    let store = Backends.standard.CreateStore(slotsOf start |> List.map Jit.elements)

    // a step gives the loss and the output before the values of the next state
    let bindings =
        [ for slot in 0 .. carried - 1 do
              { Slot = slot; Argument = slot; Result = ValueSome(slot + 2) }

          { Slot = carried; Argument = carried; Result = ValueNone } ]

    let rateSlots =
        let before = Tree.count start.Variables.Parameters + Tree.count start.Variables.State

        let rates = OptimizerParts.rates start.OptimizerState

        Tree.leaves start.OptimizerState
        |> List.indexed
        |> List.filter (fun (_, leaf) -> rates |> List.exists (fun rate -> obj.ReferenceEquals(rate, leaf)))
        |> List.map (fun (i, _) -> before + i)

    // a session for each kind of batch; more are bound anew, to plans that are mostly known
    let sessions = LeastRecentlyUsed<struct (bool * Signature list), Session> 32
    let mutable latest: Session = null
    let mutable given: Tensor list = []
    let mutable known = start
    let mutable isKnown = true
    let mutable steps = start.Step

    let sessionFor byRows (batch: Tensor list) =
        let signatures = batch |> List.map _.Signature

        sessions.GetOrAdd(
            struct (byRows, signatures),
            fun () ->
                let f = if byRows then stepOnRows else step
                (Jit.prepare f (List.ofArray store.Signatures @ signatures)).Bind(store, bindings)
        )

    let current () =
        if not isKnown then
            known <- withCarried [ for slot in 0 .. carried - 1 -> Data(store.Get slot) ] known
            isKnown <- true

        { known with Step = steps }

    /// The session for this kind of batch. The one before lets go of its batch.
    let enter byRows (batch: Tensor list) =
        let session = sessionFor byRows batch

        if not (obj.ReferenceEquals(session, latest)) then
            if not (isNull latest) then
                latest.Release()

            given <- []
            latest <- session

        session

    let run (session: Session) =
        session.Run()
        steps <- steps + 1
        isKnown <- false
        session.Number 0

    let set (session: Session) i x = session.Set(carried + 1 + i, Jit.elements x)

    // the batch before, as it was given: one of the same shapes and types needs no looking up
    let mutable previous: TrainingBatch voption = ValueNone

    let haveOneSignature (a: Tensor) (b: Tensor) =
        let mutable x = a.Shape
        let mutable y = b.Shape
        let mutable same = a.DType = b.DType

        while same && not x.IsEmpty && not y.IsEmpty do
            same <- x.Head = y.Head
            x <- x.Tail
            y <- y.Tail

        same && x.IsEmpty && y.IsEmpty

    let isInType (x: Tensor) = not x.DType.IsFloat || x.DType = dtype

    let isRepeat (batch: TrainingBatch) =
        match previous with
        | ValueSome before ->
            batch.SampleWeights.IsNone
            && before.SampleWeights.IsNone
            && isInType batch.Features
            && isInType batch.Labels
            && haveOneSignature before.Features batch.Features
            && haveOneSignature before.Labels batch.Labels
        | ValueNone -> false

    let demandStep operation =
        if isNull latest then
            Fail.data $"Trainer.{operation}" "no step was taken yet; learn from a batch first."

    /// Where training is. Copied from the store when it has changed.
    member _.State = current ()

    /// The number of steps taken since training began.
    member _.Steps = steps

    /// Goes on from another state, of the same names and shapes.
    member _.Load(state: TrainState) =
        slotsOf state |> List.iteri (fun slot leaf -> store.Set(slot, Jit.elements leaf))
        known <- state
        steps <- state.Step
        isKnown <- true

    /// The first learning rate of the optimizer, if it has one. Copies nothing.
    member _.LearningRate: float option = rateSlots |> List.tryHead |> Option.map store.Number

    /// Goes on with this learning rate. Nothing but the rate is written. A rate that a schedule rules is an error.
    member _.SetLearningRate(rate: float) =
        let state = Optimizer.withLearningRate rate known.OptimizerState
        let before = Tree.count known.Variables.Parameters + Tree.count known.Variables.State
        let leaves = Tree.leaves state |> Array.ofList

        for slot in rateSlots do
            store.Set(slot, Jit.elements leaves[slot - before])

        if isKnown then
            known <- { known with OptimizerState = state }

    /// Learns from a batch; gives its loss before the step.
    member _.Step(batch: TrainingBatch) : float =
        if isRepeat batch then
            set latest 0 batch.Features
            set latest 1 batch.Labels
            run latest
        else
            let tensors = batchOf dtype batch
            let session = enter false tensors
            tensors |> List.iteri (set session)
            previous <- ValueSome batch
            run session

    /// Learns from some rows of all samples.
    member _.StepRows(all: Tensor list, indices: Tensor) : float =
        let session = enter true (all @ [ indices ])
        previous <- ValueNone

        if not (LanguagePrimitives.PhysicalEquality given all) then
            all |> List.iteri (set session)
            given <- all

        set session all.Length indices
        run session

    /// The kernels of the latest step, as text.
    member _.Describe() =
        demandStep "Describe"
        latest.Describe()

    /// The time of each kernel of the latest step, over further steps on the same batch.
    member _.Profile(runs: int) =
        demandStep "Profile"
        let profile = Plan.profileSession runs latest
        steps <- steps + runs + 1
        isKnown <- false
        profile

    /// What the model gave for the latest batch.
    member _.Outputs: Tensor =
        demandStep "Outputs"
        Data(latest.Get 1)

    /// The labels of the rows that the latest step learned from.
    member _.Labels: Tensor =
        demandStep "Labels"
        Data(latest.Get(carried + 2))
