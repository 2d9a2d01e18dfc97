/// The storages of a program, made when the first step refers to them.
module internal Functional.StorageTables

open System.Collections.Generic
open Functional
open Program
open StridedViews
open Fusion

/// The storages of a fused graph.
type StorageTable(fused: Fused) =
    let storages = List<Storage>()
    let ofRoot = Dictionary<Ref, int>()

    /// Values that are parts of a concatenation and are written straight into it: (the concatenation, offset, strides).
    member val Within = Dictionary<int, struct (Ref * int * int[])>()

    /// The storages so far, by number.
    member _.All = storages

    /// Adds a storage, and gives its number.
    member _.Add storage =
        storages.Add storage
        storages.Count - 1

    /// The storage of a root value.
    member me.Of(root: Ref) =
        match ofRoot.TryGetValue root with
        | true, i -> i
        | _ ->
            let signature = Graph.signature fused.Graph root

            let kind =
                match fused.Graph.Nodes[root.Node] with
                | Node.Input(index, _) -> Kind.Input index
                | Node.Constant buffer -> Kind.Constant buffer
                | Node.Compute _ -> Kind.Temporary

            let i = me.Add { DType = signature.DType; Size = Shape.size signature.Shape; Kind = kind }
            ofRoot[root] <- i
            i

    /// Replaces the storage of this number.
    member _.Replace(i, storage) = storages[i] <- storage

    /// The view as an operand of a step.
    member me.Operand(v: View) =
        { Storage = me.Of v.Root; Offset = v.Offset; Lengths = v.Lengths; Strides = v.Strides }
