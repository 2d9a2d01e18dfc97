namespace Functional.Torch

open System
open Functional
open Functional.Torch.Interop

/// CUDA streams and graphs of one device, as far as plans need them. Streams, events and graphs are CUDA's own pointers.
/// Failures are `TorchCallException`s.
type internal ICudaGraphs =
    /// A stream that does not wait for the default one.
    abstract NewStream: unit -> nativeint
    abstract FreeStream: stream: nativeint -> unit

    /// The stream that libtorch starts its kernels on, on this thread.
    abstract CurrentStream: nativeint

    /// Runs `f` while this stream is the one that libtorch starts its kernels on, on this thread.
    abstract WithStream: stream: nativeint * f: (unit -> unit) -> unit

    /// What is started on the second stream from now on waits for all that was started on the first one.
    abstract Order: first: nativeint * second: nativeint -> unit

    /// From now on what is started on the stream is written down instead of run; in relaxed mode.
    abstract BeginCapture: stream: nativeint -> unit

    /// The graph of what was written down, ready to be launched.
    abstract EndCapture: stream: nativeint -> nativeint

    /// Ends a capture that failed, and forgets its error.
    abstract AbandonCapture: stream: nativeint -> unit

    abstract Launch: graph: nativeint * stream: nativeint -> unit
    abstract FreeGraph: graph: nativeint -> unit

/// How a plan runs on a GPU.
[<RequireQualifiedAccess>]
type internal CaptureState =
    /// So many runs were made call by call; libtorch chooses its kernels and takes its workspaces in them.
    | Warming of runs: int
    /// Launched as one graph.
    | Captured of graph: nativeint
    /// Call by call: it could not be captured, for this reason.
    | Refused of reason: string

/// Runs of one plan over memory that stays where it is: call by call at first, then as one captured graph. The calls run on
/// a stream of their own, whose temporaries libtorch keeps apart from those of other streams: what a graph uses is given to
/// nobody else. A graph is launched on the current stream, in order with everything else.
[<Sealed; AllowNullLiteral>]
type internal CapturedRuns(graphs: ICudaGraphs) =
    /// The runs before a capture.
    static let warmingRuns = 2

    let stream = graphs.NewStream()
    let mutable state = CaptureState.Warming 0
    // where the memory was that the graph was captured over
    let mutable place = 0n

    let forget () =
        match state with
        | CaptureState.Captured graph ->
            graphs.FreeGraph graph
            state <- CaptureState.Warming 0
        | CaptureState.Warming _
        | CaptureState.Refused _ -> ()

    let aside (run: nativeint -> unit) =
        let current = graphs.CurrentStream
        graphs.Order(current, stream)
        graphs.WithStream(stream, (fun () -> run stream))
        graphs.Order(stream, current)

    let capture (run: nativeint -> unit) =
        let current = graphs.CurrentStream

        try
            graphs.Order(current, stream)
            graphs.BeginCapture stream

            try
                graphs.WithStream(stream, (fun () -> run stream))
                state <- CaptureState.Captured(graphs.EndCapture stream)
            with _ ->
                graphs.AbandonCapture stream
                reraise ()
        with :? TorchCallException as error ->
            state <- CaptureState.Refused error.Message

    /// How it runs.
    member _.State = state

    /// Runs the plan, whose memory stands at this place; `run` starts its calls on a stream. Where the memory has moved since
    /// the capture, it is captured anew.
    member _.Run(memory: nativeint, run: nativeint -> unit) =
        if memory <> place then
            forget ()
            place <- memory

        match state with
        | CaptureState.Warming runs when runs >= warmingRuns -> capture run
        | CaptureState.Warming _
        | CaptureState.Captured _
        | CaptureState.Refused _ -> ()

        match state with
        | CaptureState.Captured graph -> graphs.Launch(graph, graphs.CurrentStream)
        | CaptureState.Warming runs ->
            aside run
            state <- CaptureState.Warming(runs + 1)
        | CaptureState.Refused _ -> run graphs.CurrentStream

    override _.Finalize() =
        try
            forget ()
            graphs.FreeStream stream
        with :? TorchCallException ->
            // the process ends, and its device with it
            ()

/// What plans take from a device: its kernels and, on a GPU, its graphs.
type internal PlanDevice =
    {
        Device: TorchDevice
        /// Makes the kernels of fused programs.
        Compiler: IFusedCompiler
        /// The streams and graphs of a GPU; none on the host, or where CUDA's runtime is not there.
        Graphs: ICudaGraphs voption
        /// How products of float32 are computed.
        Precision: MatMulPrecision
    }

    /// Sets libtorch's switches for what runs next.
    member me.Enter() =
        if me.Device.IsCuda then
            TorchPrecision.AllowTf32InProducts((me.Precision = MatMulPrecision.High))
