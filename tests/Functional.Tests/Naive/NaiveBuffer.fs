namespace Functional.Tests.Naive

open Functional

/// Elements in a row-major array of their own .NET type. `number` is the number that all of them are, where that is known.
[<Sealed>]
type NaiveBuffer(backend: Backend, signature: Signature, elements: System.Array, number: float voption) =
    inherit Buffer(backend, signature)

    override _.ToArray() = elements.Clone() :?> System.Array
    override _.Uniform = number

    /// The elements as floats.
    member _.Floats = ElementArrays.toFloats elements

/// Making and reading buffers of the naive backend.
module NaiveBuffer =
    /// The buffer as one of these; the core gives a backend no other.
    let ofBuffer (buffer: Buffer) : NaiveBuffer =
        match buffer with
        | :? NaiveBuffer as buffer -> buffer
        | buffer -> failwith $"a buffer of %s{buffer.Backend.Name} came to the naive backend"

    /// A buffer over an array.
    let ofArray (backend: Backend) (elements: System.Array) (shape: Shape) : NaiveBuffer =
        match ElementArrays.dtypeOf elements with
        | ValueSome dtype ->
            let number =
                match elements with
                | :? (float32[]) as elements when elements.Length = 1 -> ValueSome(float elements[0])
                | :? (float[]) as elements when elements.Length = 1 -> ValueSome elements[0]
                | :? (int[]) as elements when elements.Length = 1 -> ValueSome(float elements[0])
                | :? (bool[]) as elements when elements.Length = 1 -> ValueSome(if elements[0] then 1.0 else 0.0)
                | _ -> ValueNone

            NaiveBuffer(backend, { Shape = shape; DType = dtype }, elements, number)
        | ValueNone -> failwith $"%s{elements.GetType().Name} is no array of elements"

    /// A buffer of floats, rounded to the type.
    let ofFloats backend (signature: Signature) (floats: float[]) : NaiveBuffer =
        NaiveBuffer(backend, signature, ElementArrays.cast signature.DType floats, ValueNone)
