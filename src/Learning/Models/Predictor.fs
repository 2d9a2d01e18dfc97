namespace Functional

open System
open System.Threading

/// A model made ready to answer single samples: its plan is compiled once, and memory for each call that runs at the
/// same time is kept. A call takes microseconds and allocates nothing once as many calls have run at one time; any
/// number of threads may call at once, and none waits for another.
[<Sealed>]
type Predictor internal (model: Model, batchSize: int) =
    let sizes (shapes: Shape list) = [| for shape in shapes -> batchSize * Shape.size shape |]
    let inputSizes = sizes model.InputShapes
    let outputSizes = sizes model.OutputShapes
    let leaves = model.Leaves

    let signatures =
        (leaves |> List.map _.Signature)
        @ [ for shape in model.InputShapes -> { Shape = batchSize :: shape; DType = Float32 } ]

    let predict (flat: Tensor list) =
        let parameters, xs = List.splitAt leaves.Length flat

        model.Forward(parameters @ (xs |> List.map (Compiled.inType model.DType)))
        |> List.map (Tensor.cast Float32)

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

    let only what (sizes: int[]) =
        if sizes.Length <> 1 then
            Fail.argument "Predictor" what sizes.Length "are not one; call PredictAll, with an array for each of them."

        sizes[0]

    let demandInput i length =
        if length <> inputSizes[i] then
            Fail.argument
                "Predictor.Predict"
                (if inputSizes.Length = 1 then "input" else $"input '{model.InputNames[i]}'")
                $"{length} elements"
                $"does not fit: {batchSize} of shape {Shape.toString model.InputShapes[i]} have {inputSizes[i]}."

    let demandOutput i length =
        if length <> outputSizes[i] then
            Fail.argument
                "Predictor.Predict"
                (if outputSizes.Length = 1 then "output" else $"output '{model.OutputNames[i]}'")
                $"{length} elements"
                $"does not fit: the model gives {outputSizes[i]}."

    let demandCount what (sizes: int[]) (arrays: float32[][]) =
        if arrays.Length <> sizes.Length then
            Fail.argument
                "Predictor.PredictAll"
                what
                arrays.Length
                $"is not the number that the model has, which is {sizes.Length}."

    let run (inputs: float32[][]) (outputs: float32[][]) =
        let session = rent ()

        try
            inputs |> Array.iteri (fun i input -> session.Write(leaves.Length + i, ReadOnlySpan input))
            session.Run()
            outputs |> Array.iteri (fun i output -> session.Read(i, Span output))
        finally
            giveBack session

    /// The number of samples that one call takes.
    member _.BatchSize = batchSize

    /// The number of elements that a call is given: those of all its samples. Several inputs are an error.
    member _.InputSize = only "inputs" inputSizes

    /// The number of elements that a call gives. Several outputs are an error.
    member _.OutputSize = only "outputs" outputSizes

    /// The number of elements that a call is given for each input.
    member _.InputSizes: int list = List.ofArray inputSizes

    /// The number of elements that a call gives for each output.
    member _.OutputSizes: int list = List.ofArray outputSizes

    /// Writes the outputs for samples of any number of inputs, row-major, into an array for each output. Arrays of other
    /// lengths than InputSizes and OutputSizes are an error.
    member _.PredictAll(inputs: float32[][], outputs: float32[][]) : unit =
        demandCount "inputs" inputSizes inputs
        demandCount "outputs" outputSizes outputs
        inputs |> Array.iteri (fun i input -> demandInput i input.Length)
        outputs |> Array.iteri (fun i output -> demandOutput i output.Length)
        run inputs outputs

    /// The outputs for samples of any number of inputs, a new array for each output.
    member me.PredictAll(inputs: float32[][]) : float32[][] =
        let outputs = outputSizes |> Array.map Array.zeroCreate
        me.PredictAll(inputs, outputs)
        outputs

    /// What the model gives for the samples, row-major, into `output`. Spans of other lengths than InputSize and
    /// OutputSize are an error, and so are several inputs or outputs.
    member _.Predict(input: ReadOnlySpan<float32>, output: Span<float32>) : unit =
        only "inputs" inputSizes |> ignore
        only "outputs" outputSizes |> ignore
        demandInput 0 input.Length
        demandOutput 0 output.Length
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
        let output = Array.zeroCreate (only "outputs" outputSizes)
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
