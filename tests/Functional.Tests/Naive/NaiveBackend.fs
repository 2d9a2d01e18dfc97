/// A backend that is as simple as can be: arrays, and plain loops over floats, rounded to the type of the elements. It shows
/// what a backend has to do, and that the core names no other one.
///
/// What it does not show: plans that are compiled, stores whose values are written in place, buffers that share memory.
module Functional.Tests.Naive.NaiveBackend

open Functional

/// A backend whose device has this name.
type NaiveBackend(name: string) =
    inherit Backend(name)

    override me.OfArray(elements, shape) = NaiveBuffer.ofArray me elements shape

    override me.Evaluate(op, args, results) =
        match op, args with
        | Op.Scan scan, _ -> LoopPlans.evaluate me scan args results
        // what repeats one number is known to do so
        | Op.Broadcast _, [ x ] when x.Uniform.IsSome ->
            let floats = Array.create (Shape.size results.Head.Shape) x.Uniform.Value
            [ NaiveBuffer(me, results.Head, ElementArrays.cast x.DType floats, x.Uniform) ]
        | _ ->
            let args = args |> List.map (fun x -> x.Signature, (NaiveBuffer.ofBuffer x).Floats)

            List.map2
                (fun result floats -> NaiveBuffer.ofFloats me result floats)
                results
                (NaiveOperations.evaluate op args results)

    override me.Prepare graph = NaivePlan(me, Simplification.graph (Placement.constant me) [] graph)
    override me.CreateStore values = NaiveStore(me, values)

/// The device of a backend of this name, which is made once.
let device: Device = Device.register (NaiveBackend "naive")

/// Another device, with which the first one shares nothing.
let other: Device = Device.register (NaiveBackend "naive:1")
