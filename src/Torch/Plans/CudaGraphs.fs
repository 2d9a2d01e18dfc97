namespace Functional.Torch

open Functional.Torch.Interop

/// Streams and graphs of a GPU by the CUDA runtime and libtorch.
module internal CudaGraphs =
    let private graphs (device: int) (runtime: CudaRuntime) (streams: TorchStreams) : ICudaGraphs =
        { new ICudaGraphs with
            member _.NewStream() =
                runtime.SetDevice device
                runtime.NewStream()

            member _.FreeStream stream = runtime.FreeStream stream
            member _.CurrentStream = streams.Current device
            member _.WithStream(stream, f) = streams.With(stream, device, f)

            member _.Order(first, second) =
                // CUDA frees an event that is still waited for when that is over
                let reached = runtime.NewEvent()

                try
                    runtime.Record(reached, first)
                    runtime.Wait(second, reached)
                finally
                    runtime.FreeEvent reached

            member _.BeginCapture stream = runtime.BeginCapture stream
            member _.EndCapture stream = runtime.EndCapture stream
            member _.AbandonCapture stream = runtime.AbandonCapture stream
            member _.Launch(graph, stream) = runtime.LaunchGraph(graph, stream)
            member _.FreeGraph graph = runtime.FreeGraph graph }

    /// Those of the GPU of this number; none where CUDA's runtime, or libtorch's part for CUDA, is not there.
    let tryOf (device: int) : ICudaGraphs voption =
        match CudaRuntime.Instance, TorchStreams.Instance with
        | null, _
        | _, null -> ValueNone
        | runtime, streams -> ValueSome(graphs device runtime streams)
