/// The storages of a program: a value is given memory when the first step asks for it.
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

    /// Values that are made where they are needed: within another one, which joins them.
    member val Within = Dictionary<int, struct (Ref * int * int[])>()

    /// All storages so far, by number.
    member _.All = storages

    /// Adds a storage, and gives its number.
    member _.Add storage =
        storages.Add storage
        storages.Count - 1

    /// The storage of a value that has memory.
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

    /// Says anew what the storage is.
    member _.Replace(i, storage) = storages[i] <- storage

    /// The elements that a view shows.
    member me.Operand(v: View) =
        { Storage = me.Of v.Root; Offset = v.Offset; Lengths = v.Lengths; Strides = v.Strides }
