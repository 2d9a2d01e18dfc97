namespace Functional

/// Values under names: what a model's parameters, a gradient or an optimizer's state are made of. The names of a value
/// from the root down make its path, such as "encoder/dense_1/kernel". The order of the branches is kept, and belongs
/// to the tree.
type Tree<'T> =
    /// One value.
    | Leaf of 'T
    /// Trees under names, each name once.
    | Node of (string * Tree<'T>) list

/// Functions on trees.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Tree =
    /// A tree of nothing.
    let empty<'T> : Tree<'T> = Node []

    let private join path name = if path = "" then name else path + "/" + name

    /// Every leaf replaced by f of its path and value. The path of a lone leaf is "".
    let mapi (f: string -> 'T -> 'U) (tree: Tree<'T>) : Tree<'U> =
        let rec go path tree =
            match tree with
            | Leaf value -> Leaf(f path value)
            | Node branches -> Node(branches |> List.map (fun (name, branch) -> name, go (join path name) branch))

        go "" tree

    /// Every leaf replaced by f of it.
    let map f tree = mapi (fun _ value -> f value) tree

    /// The leaves with their paths, in order.
    let flatten (tree: Tree<'T>) : (string * 'T) list =
        let rec go path tree rest =
            match tree with
            | Leaf value -> (path, value) :: rest
            | Node branches -> List.foldBack (fun (name, branch) rest -> go (join path name) branch rest) branches rest

        go "" tree []

    /// The leaves, in order.
    let leaves tree = flatten tree |> List.map snd

    /// The number of leaves.
    let count tree = List.length (leaves tree)

    /// A tree of the same names with other leaves, in order. Raises an error unless there are as many.
    let withLeaves (tree: Tree<'T>) (leaves: 'U list) : Tree<'U> =
        let rec go tree (leaves: 'U list) =
            match tree, leaves with
            | Leaf _, leaf :: rest -> Leaf leaf, rest
            | Leaf _, [] -> Fail.argument "Tree.withLeaves" "leaves" leaves.Length "are fewer than the tree has."
            | Node branches, leaves ->
                let branches, rest =
                    (leaves, branches)
                    ||> List.mapFold (fun leaves (name, branch) ->
                        let branch, rest = go branch leaves
                        (name, branch), rest)

                Node branches, rest

        match go tree leaves with
        | result, [] -> result
        | _, rest -> Fail.argument "Tree.withLeaves" "leaves" rest.Length "are left over; the tree has fewer."

    /// A tree of the same names with the leaves that stand under its paths in the list, in whatever order. Raises an
    /// error that names the path if one is missing, given twice, or not of the tree.
    let ofFlat (like: Tree<'T>) (leaves: (string * 'U) list) : Tree<'U> =
        let refuse path reason = Fail.argument "Tree.ofFlat" "path" $"\"{path}\"" reason

        let found = System.Collections.Generic.Dictionary<string, 'U>()

        for path, leaf in leaves do
            if not (found.TryAdd(path, leaf)) then
                refuse path "is given twice; give each path once."

        let result =
            like
            |> mapi (fun path _ ->
                match found.TryGetValue path with
                | true, leaf ->
                    found.Remove path |> ignore
                    leaf
                | _ -> refuse path "is missing among the leaves; the tree needs it.")

        for path in found.Keys do
            refuse path "is not a path of the tree."

        result

    /// f of the leaves at equal paths of two trees. Raises an error that names the first path where they differ.
    let map2 (f: 'T -> 'U -> 'V) (left: Tree<'T>) (right: Tree<'U>) : Tree<'V> =
        let differ path =
            let place = if path = "" then "at the root" else $"at '{path}'"
            Fail.data "Tree.map2" $"the two trees differ {place}; they must have the same names in the same order."

        let rec go path left right =
            match left, right with
            | Leaf a, Leaf b -> Leaf(f a b)
            | Node a, Node b when List.map fst a = List.map fst b ->
                Node(List.map2 (fun (name, x) (_, y) -> name, go (join path name) x y) a b)
            | _ -> differ path

        go "" left right

    /// The leaves at equal paths of two trees, as pairs.
    let zip left right = map2 (fun a b -> a, b) left right

    /// The leaves joined by f, in order, beginning with the state.
    let fold (f: 'State -> 'T -> 'State) (state: 'State) (tree: Tree<'T>) = List.fold f state (leaves tree)

    /// The subtree under the path, if there is one.
    let tryFind (path: string) (tree: Tree<'T>) : Tree<'T> option =
        let step tree name =
            match tree with
            | Some(Node branches) -> branches |> List.tryFind (fun (n, _) -> n = name) |> Option.map snd
            | Some(Leaf _)
            | None -> None

        if path = "" then Some tree else Array.fold step (Some tree) (path.Split '/')

    /// Leaves under names, one level deep.
    let ofList (leaves: (string * 'T) list) : Tree<'T> = Node(leaves |> List.map (fun (name, leaf) -> name, Leaf leaf))

type Tree<'T> with

    /// The leaf under the path. Raises an error that lists the paths there are.
    member tree.Item
        with get (path: string): 'T =
            match Tree.tryFind path tree with
            | Some(Leaf value) -> value
            | Some(Node _)
            | None ->
                let paths = Tree.flatten tree |> List.map fst |> String.concat ", "
                Fail.argument "Tree" "path" $"\"{path}\"" $"is not that of a leaf; the tree has {paths}."
