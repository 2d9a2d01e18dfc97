/// What the tests of file formats share: random tensors, folders that vanish, and files that must be refused.
module Functional.Tests.Sample

open System
open System.IO
open System.Runtime.InteropServices
open FsCheck
open FsCheck.FSharp
open Expecto
open Functional

/// Runs an action with the path of a new folder, which is gone afterwards.
let inFolder (action: string -> 'T) : 'T =
    let folder = Directory.CreateTempSubdirectory("functional-").FullName

    try
        action folder
    finally
        Directory.Delete(folder, true)

/// Runs an action with the path of a file of this name and these bytes.
let withFile (name: string) (bytes: byte[]) (action: string -> 'T) : 'T =
    inFolder (fun folder ->
        let path = Path.Combine(folder, name)
        File.WriteAllBytes(path, bytes)
        action path)

/// The bytes that an action writes to the file whose path it is given.
let bytesOf (action: string -> unit) : byte[] =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "written")
        action path
        File.ReadAllBytes path)

/// A tensor of elements in row-major order.
let tensorOf (shape: Shape) (elements: Array) = Elements.toTensor elements shape

/// The bytes of a tensor's elements.
let bits (x: Tensor) : byte[] =
    match Elements.ofTensor "test" x with
    | :? (float32[]) as a -> MemoryMarshal.AsBytes(a.AsSpan()).ToArray()
    | :? (float[]) as a -> MemoryMarshal.AsBytes(a.AsSpan()).ToArray()
    | :? (int[]) as a -> MemoryMarshal.AsBytes(a.AsSpan()).ToArray()
    | :? (bool[]) as a -> a |> Array.map (fun b -> if b then 1uy else 0uy)
    | a -> failwith $"{a.GetType()}"

/// Whether both have the same type, the same shape and the same bits.
let same (a: Tensor) (b: Tensor) = a.DType = b.DType && a.Shape = b.Shape && bits a = bits b

/// Fails unless both have the same type, the same shape and the same bits.
let assertSame (expected: Tensor) (found: Tensor) =
    Expect.Equal(expected.DType, found.DType)
    Expect.Equal<Shape>(expected.Shape, found.Shape)
    Expect.Equal<byte[]>(bits expected, bits found)

let private lengths =
    gen {
        let! rank = Gen.choose (0, 4)
        return! Gen.listOfLength rank (Gen.frequency [ 1, Gen.constant 0; 8, Gen.choose (1, 4) ])
    }

let private odd32 = [ nanf; infinityf; -infinityf; -0.0f; Single.Epsilon; Single.MaxValue ]

let private odd64 = [ nan; infinity; -infinity; -0.0; Double.Epsilon; Double.MaxValue ]

let private elements dtype count : Gen<Array> =
    let from generator = Gen.arrayOfLength count generator |> Gen.map (fun a -> a :> Array)

    let whole = Gen.choose (Int32.MinValue, Int32.MaxValue)

    match dtype with
    | Float32 -> from (Gen.frequency [ 1, Gen.elements odd32; 5, whole |> Gen.map (fun n -> float32 n / 1000.0f) ])
    | Float64 -> from (Gen.frequency [ 1, Gen.elements odd64; 5, whole |> Gen.map (fun n -> float n / 1000.0) ])
    | Int32 -> from (Gen.frequency [ 1, Gen.elements [ Int32.MinValue; Int32.MaxValue; 0 ]; 5, whole ])
    | Bool -> from (Gen.elements [ true; false ])

/// Tensors of every type, of 0 to 4 axes, lengths of zero among them.
let tensors: Gen<Tensor> =
    gen {
        let! dtype = Gen.elements [ Float32; Float64; Int32; Bool ]
        let! shape = lengths
        let! elements = elements dtype (Shape.size shape)
        return tensorOf shape elements
    }

let private names =
    Gen.elements
        [ "kernel"
          "bias"
          "a b"
          "größe"
          "x"
          "encoder/dense_1/kernel"
          "β/ γ"
          "weight.0"
          "\"quoted\"" ]

/// Up to five tensors under different names.
let named: Gen<(string * Tensor) list> =
    gen {
        let! count = Gen.choose (0, 5)
        let! names = Gen.listOfLength count names
        let distinct = List.distinct names
        let! values = Gen.listOfLength distinct.Length tensors
        return List.zip distinct values
    }

/// Whether both lists have the same names and the same tensors in the same order.
let sameNamed (a: (string * Tensor) list) (b: (string * Tensor) list) =
    List.map fst a = List.map fst b && List.forall2 same (List.map snd a) (List.map snd b)

/// Fails unless the action raises the error that this file cannot be used, whose reason has this text.
let refused (path: string) (expected: string) (action: string -> 'T) =
    let error = Expect.Throws<FunctionalException>(fun () -> action path |> ignore)

    match error.Error with
    | FunctionalError.InvalidFile(file, reason) ->
        Expect.Equal(path, file)
        Expect.Contains(expected, reason)
        Expect.StartsWith(path, error.Message)
    | other -> Expect.Fail $"Another error was raised: %A{other}"

/// Fails unless a file of these bytes is refused with a reason that has this text.
let refusedBytes (bytes: byte[]) (expected: string) (action: string -> 'T) =
    withFile "sample" bytes (fun path -> refused path expected action)

/// Fails unless the action raises the error that this argument is wrong, with this text.
let refusedArgument (argument: string) (expected: string) (action: unit -> unit) =
    let error = Expect.Throws<FunctionalException>(action)

    match error.Error with
    | FunctionalError.InvalidArgument(_, name, _, reason) ->
        Expect.Equal(argument, name)
        Expect.Contains(expected, reason)
    | other -> Expect.Fail $"Another error was raised: %A{other}"

/// What the action gives, or None where it raises the library's error. Any other error fails the test.
let tryRead (path: string) (action: string -> 'T) : 'T option =
    try
        Some(action path)
    with :? FunctionalException as e ->
        match e.Error with
        | FunctionalError.InvalidFile(file, _) ->
            Expect.Equal(path, file)
            None
        | other -> failwith $"Another error was raised: %A{other}"

/// Every file that is cut short ends in the library's error, or in the same data.
let truncated (bytes: byte[]) (read: string -> 'T) (equal: 'T -> bool) =
    withFile "sample" bytes (fun path ->
        for length in bytes.Length - 1 .. -1 .. 0 do
            File.WriteAllBytes(path, bytes[.. length - 1])

            match tryRead path read with
            | Some found -> Expect.True(equal found, $"Cut to {length} of {bytes.Length} bytes, it gave other data.")
            | None -> ())

/// A file in which random bytes are changed ends in the library's error, or in some data; nothing else.
let flipped (bytes: byte[]) (read: string -> 'T) =
    withFile "sample" bytes (fun path ->
        Law.checkWith 1000 "changed bytes" (fun (changes: NonEmptyArray<uint16 * byte>) ->
            let copy = Array.copy bytes

            for position, value in Array.truncate 4 changes.Get do
                copy[int position % copy.Length] <- value

            File.WriteAllBytes(path, copy)
            tryRead path read |> ignore))
