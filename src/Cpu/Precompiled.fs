/// The instantiations that every program starts with, named once. Ahead of time only code that something names is compiled, and
/// a visitor chooses its element type while the program runs: 586 methods were compiled at each start before these and some others
/// were named, and 440 after. Never called.
module internal Functional.Precompiled

open System
open Functional.Kernels

let inline private nameBuffer (x: CpuBuffer<'T>) (backend: Backend) (signature: Signature) (strides: int[]) visitor =
    // made here, so that the compiler knows their types for certain
    let y = CpuBuffer<'T>(backend, signature, x.Elements, x.Offset, strides)
    y.Place x.Address
    y.Accept visitor
    y.CopyTo x.Address
    y.CopyFrom x.Address
    y.CopyRows(ReadOnlySpan strides, y)
    GatherKernels.Gather(x.Span, 1, 1, 1, ReadOnlySpan strides, y.Target)
    CastKernels.Apply<'T, float>(x.Span, Span [||])
    let factory = CpuBufferFactory<'T>()

    [ y.Packed() :> Functional.Buffer
      y.Compact
      y.View(signature, 0, strides)
      factory.Allocate(backend, signature)
      factory.Movable(backend, signature, strides)
      factory.OfArray(backend, signature, y.Array)
      ValueOption.get (y.TryAllocateRows 1)
      ValueOption.get (y.TrySelectRows(strides, 0, y)) ],
    [ y.ToArray(); y.Array; [| CastKernels.FromDouble<'T> 1.0 |] ],
    [ ValueSome(CastKernels.ToDouble<'T> x.First); y.Uniform; ValueSome(factory.NumberAt 0n) ]

let buffers (x: CpuBuffer<float32>, y: CpuBuffer<float>, z: CpuBuffer<int>) backend signature strides visitor =
    [ nameBuffer x backend signature strides visitor
      nameBuffer y backend signature strides visitor
      nameBuffer z backend signature strides visitor ]
