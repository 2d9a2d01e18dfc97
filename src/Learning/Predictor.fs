namespace Functional

open System
open System.Threading

/// A model made ready to answer single samples: its plan is compiled once, and memory for each call that runs at the
/// same time is kept. A call takes microseconds and allocates nothing once as many calls have run at one time; any
/// number of threads may call at once, and none waits for another.
[<Sealed>]
type Predictor internal (model: Model, batchSize: int) =
    let inputSize = batchSize * Shape.size model.InputShape
    let outputSize = batchSize * Shape.size model.OutputShape
    let leaves = model.Leaves

    let signatures =
        (leaves |> List.map _.Signature) @ [ { Shape = batchSize :: model.InputShape; DType = Float32 } ]

    let predict (flat: Tensor list) =
        let parameters, x = List.splitAt leaves.Length flat

        model.Forward(parameters @ [ Compiled.inType model.DType x.Head ]) |> List.map (Tensor.cast Float32)

    let backend = model.Device.Backend
    let plan = Jit.prepareOn backend predict signatures

    // sessions that nobody uses now, each with temporaries of its own; one is taken by exchange, so that no lock is
    // needed
    let idle: Session[] = Array.zeroCreate (2 * Environment.ProcessorCount + 2)

    let start () =
        let session = Jit.sessionOf plan
        leaves |> List.iteri (fun i leaf -> Jit.set session backend i leaf)
        session

    let rent () =
        let mutable found = null
        let mutable i = 0

        while isNull found && i < idle.Length do
            if not (isNull (Volatile.Read &idle[i])) then
                found <- Interlocked.Exchange(&idle[i], null)

            i <- i + 1

        if isNull found then start () else found

    let giveBack (session: Session) =
        let mutable i = 0

        // a session that finds no free slot is left to the garbage collector
        while i < idle.Length && not (isNull (Interlocked.CompareExchange(&idle[i], session, null))) do
            i <- i + 1

    /// The number of samples that one call takes.
    member _.BatchSize = batchSize

    /// The number of elements that a call is given: those of all its samples.
    member _.InputSize = inputSize

    /// The number of elements that a call gives.
    member _.OutputSize = outputSize

    /// What the model gives for the samples, row-major, into `output`. Spans of other lengths than InputSize and
    /// OutputSize are an error.
    member _.Predict(input: ReadOnlySpan<float32>, output: Span<float32>) : unit =
        if input.Length <> inputSize then
            Fail.argument
                "Predictor.Predict"
                "input"
                $"{input.Length} elements"
                $"does not fit: {batchSize} of shape {Shape.toString model.InputShape} have {inputSize}."

        if output.Length <> outputSize then
            Fail.argument
                "Predictor.Predict"
                "output"
                $"{output.Length} elements"
                $"does not fit: the model gives {outputSize}."

        let session = rent ()

        // a run that throws leaves nothing behind that the next one reads
        try
            session.Write(leaves.Length, input)
            session.Run()
            session.Read(0, output)
        finally
            giveBack session

    /// What the model gives for the samples, as a new array.
    member me.Predict(input: float32[]) : float32[] =
        let output = Array.zeroCreate outputSize
        me.Predict(ReadOnlySpan input, Span output)
        output

/// Making predictors.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Predictor =
    /// A predictor of `batchSize` samples at a time. A size below 1, and a model that does not take Float32, are
    /// errors.
    let createWith (batchSize: int) (model: Model) : Predictor =
        if batchSize < 1 then
            Fail.argument "Predictor.create" "batchSize" batchSize "is no number of samples; give at least 1."

        Predictor(model, batchSize)

    /// A predictor of one sample at a time.
    let create (model: Model) : Predictor = createWith 1 model
