/// The backend of the machine's own processor.
module internal Functional.CpuBackend

open Functional

let private toFloats (a: System.Array) =
    match a with
    | :? (float32[]) as a -> Array.map float a
    | :? (float[]) as a -> a
    | :? (int[]) as a -> Array.map float a
    | :? (bool[]) as a -> Array.map (fun b -> if b then 1.0 else 0.0) a
    | a -> Fail.argument "tensor" "array" (a.GetType().Name) "holds no float32, float, int or bool."

let private ofFloats dtype (a: float[]) : System.Array =
    match dtype with
    | Float32 -> Array.map float32 a
    | Float64 -> a
    | Int32 -> Array.map int a
    | Bool -> Array.map ((<>) 0.0) a

type private HostBuffer(backend, signature, elements: System.Array) =
    inherit Buffer(backend, signature)
    member _.Elements = elements
    override _.ToArray() = elements.Clone() :?> System.Array

type private ReferenceBackend() =
    inherit Backend()
    override _.Device = Cpu

    override me.OfArray(elements, shape) =
        let dtype =
            match elements with
            | :? (float32[]) -> Float32
            | :? (float[]) -> Float64
            | :? (int[]) -> Int32
            | _ -> Bool

        HostBuffer(me, { Shape = shape; DType = dtype }, elements)

    override me.Evaluate(op, args, results) =
        let values =
            Reference.evaluate
                op
                (args |> List.map (fun b -> b.Signature, toFloats ((b :?> HostBuffer).Elements)))
                results

        List.map2 (fun (s: Signature) v -> HostBuffer(me, s, ofFloats s.DType v) :> Buffer) results values

    override me.Prepare graph = Replay.plan me graph

/// The one backend of this machine's processor.
let instance: Backend = ReferenceBackend()
