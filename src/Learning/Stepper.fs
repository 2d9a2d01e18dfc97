namespace Functional

open System.Collections.Generic
open Training

/// Steps of training over memory that stays: parameters, layer state and optimizer memory are written over in place, and a
/// step allocates nothing. One caller at a time.
type internal Stepper(optimizer: Optimizer, loss: Loss, layer: Layer<Tensor, Tensor>, dtype: DType, start: TrainState) =
    let step = stepFunction optimizer loss layer start
    let carried = (carriedLeaves start).Length

    /// Of the rows of all samples that the last argument names; gives those rows' labels besides.
    let ofRows (flat: Tensor list) =
        let own, given = List.splitAt (carried + 1) flat
        let all, indices = List.splitAt (given.Length - 1) given
        let rows = all |> List.map (Tensor.gather 0 indices.Head)
        step (own @ rows) @ [ rows[1] ]

    // one session for each signature of what is given; `latest` holds what the others must take over before they run
    let sessions = Dictionary<struct (bool * Signature list), Session>()
    let mutable latest: Session voption = ValueNone
    let mutable given: Tensor list = []
    let mutable known = start
    let mutable isKnown = true
    let mutable steps = start.Step

    let sessionFor byRows (batch: Tensor list) =
        let signatures = batch |> List.map _.Signature

        match sessions.TryGetValue(struct (byRows, signatures)) with
        | true, session -> session
        | _ ->
            let own = (carriedLeaves known @ [ Key.toTensor known.Key ]) |> List.map _.Signature
            let pairs = [ for i in 0 .. carried - 1 -> i + 2, i ]
            let session = Jit.start (if byRows then ofRows else step) (own @ signatures) pairs
            sessions[struct (byRows, signatures)] <- session
            session

    let current () =
        if not isKnown then
            match latest with
            | ValueSome session -> known <- withCarried [ for i in 0 .. carried - 1 -> Data(session.Get(i + 2)) ] known
            | ValueNone -> ()

            isKnown <- true

        { known with Step = steps }

    let isLatest (session: Session) =
        match latest with
        | ValueSome other -> obj.ReferenceEquals(session, other)
        | ValueNone -> false

    /// The session for this kind of batch, which has taken over what the latest one holds.
    let enter byRows (batch: Tensor list) =
        let session = sessionFor byRows batch

        if not (isLatest session) then
            let state = current ()
            carriedLeaves state |> List.iteri (fun i leaf -> session.Set(i, Jit.elements leaf))
            session.Set(carried, Jit.elements (Key.toTensor state.Key))
            given <- []
            latest <- ValueSome session

        session

    let run (session: Session) =
        session.Run()
        steps <- steps + 1
        isKnown <- false
        session.Number 0

    let set (session: Session) i x = session.Set(carried + 1 + i, Jit.elements x)

    // the batch before, as it was given: one of the same shapes and types needs no looking up
    let mutable previous: TrainingBatch voption = ValueNone

    let alike (a: Tensor) (b: Tensor) =
        let mutable x = a.Shape
        let mutable y = b.Shape
        let mutable same = a.DType = b.DType

        while same && not x.IsEmpty && not y.IsEmpty do
            same <- x.Head = y.Head
            x <- x.Tail
            y <- y.Tail

        same && x.IsEmpty && y.IsEmpty

    let ready (x: Tensor) = not x.DType.IsFloat || x.DType = dtype

    let isRepeat (batch: TrainingBatch) =
        match previous with
        | ValueSome before ->
            latest.IsSome
            && batch.SampleWeights.IsNone
            && before.SampleWeights.IsNone
            && ready batch.Features
            && ready batch.Labels
            && alike before.Features batch.Features
            && alike before.Labels batch.Labels
        | ValueNone -> false

    /// Where training is. Copied from the memory of the steps when it has changed.
    member _.State = current ()

    /// Goes on from another state, of the same names and shapes.
    member _.Load(state: TrainState) =
        known <- state
        steps <- state.Step
        isKnown <- true
        latest <- ValueNone
        previous <- ValueNone

    /// Learns from a batch; gives its loss before the step.
    member _.Step(batch: TrainingBatch) : float =
        if isRepeat batch then
            set latest.Value 0 batch.Features
            set latest.Value 1 batch.Labels
            run latest.Value
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
        match latest with
        | ValueSome session -> session.Describe()
        | ValueNone -> Fail.data "Trainer.Describe" "no step was taken yet; learn from a batch first."

    /// The time of each kernel of the latest step, over further steps on the same batch.
    member _.Profile(runs: int) =
        match latest with
        | ValueSome session ->
            let profile = Plan.profileSession runs session
            steps <- steps + runs + 1
            isKnown <- false
            profile
        | ValueNone -> Fail.data "Trainer.Profile" "no step was taken yet; learn from a batch first."

    /// What the model gave for the latest batch.
    member _.Outputs: Tensor =
        match latest with
        | ValueSome session -> Data(session.Get 1)
        | ValueNone -> Fail.data "Trainer.Outputs" "no step was taken yet; learn from a batch first."

    /// The labels of the rows that the latest step learned from.
    member _.Labels: Tensor =
        match latest with
        | ValueSome session -> Data(session.Get(carried + 2))
        | ValueNone -> Fail.data "Trainer.Labels" "no step was taken yet; learn from a batch first."
