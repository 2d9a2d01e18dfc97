namespace Functional

open OptimizerParts

/// Parts of a tree of parameters, chosen by path.
module internal Partition =
    /// The leaves whose path is kept, under the branches that lead to them.
    let private restrict (kept: Set<string>) (tree: Tree<'T>) : Tree<'T> =
        let join path name = if path = "" then name else path + "/" + name

        let rec go path tree =
            match tree with
            | Leaf _ -> if kept.Contains path then Some tree else None
            | Node branches ->
                match
                    branches |> List.choose (fun (name, t) -> go (join path name) t |> Option.map (fun t -> name, t))
                with
                | [] -> None
                | branches -> Some(Node branches)

        go "" tree |> Option.defaultValue Tree.empty

    /// The paths that each choice takes: a path goes to the first choice that holds for it. A choice that takes none is
    /// an error.
    let private assign operation (choices: (string -> bool) list) (parameters: Tree<'T>) : Set<string> list =
        let paths = Tree.flatten parameters |> List.map fst
        let owners = paths |> List.map (fun path -> choices |> List.tryFindIndex (fun takes -> takes path))

        choices
        |> List.mapi (fun i _ ->
            match List.zip paths owners |> List.filter (fun (_, owner) -> owner = Some i) with
            | [] ->
                let known = String.concat ", " paths

                Fail.argument
                    operation
                    "parts"
                    i
                    $"(counted from 0) takes no parameter that the parts before it have left; there is {known}."
            | taken -> taken |> List.map fst |> Set.ofList)

    /// The subtrees of a tree of the shape of the parameters, one for each choice.
    let split operation choices (parameters: Tree<'T>) : Tree<'U> -> Tree<'U> list =
        let parts = assign operation choices parameters
        fun tree -> parts |> List.map (fun kept -> restrict kept tree)

    /// The whole tree from its parts; leaves that no part has are made of those of `whole`.
    let join (rest: 'T -> 'T) (whole: Tree<'T>) (parts: Tree<'T> list) : Tree<'T> =
        let known = parts |> List.collect Tree.flatten |> Map.ofList

        whole
        |> Tree.mapi (fun path leaf -> Map.tryFind path known |> Option.defaultWith (fun () -> rest leaf))

/// Optimizers for parts of a model.
[<AutoOpen>]
module PartitionedOptimizers =
    /// Optimizers for parts of a model.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        /// Several optimizers, each for the parameters whose path its function chooses: a parameter goes to the first
        /// that does, and one that no function chooses stays as it is. `forParts [ (fun path -> path.StartsWith
        /// "encoder"), adam 1e-5; (fun _ -> true), adam 1e-3 ]`. Limits of norms inside a part see its gradients alone.
        /// As Optax's multi_transform. No parts, and a part that chooses no parameter, are errors.
        let forParts (parts: ((string -> bool) * Optimizer) list) : Optimizer =
            let operation = "Optimizer.forParts"

            if parts.IsEmpty then
                Fail.argument operation "parts" "[]" "is an empty list; give one optimizer or more."

            let choices, optimizers = List.unzip parts
            let names = uniqueNames (optimizers |> List.map _.Name)

            { Name = "parts"
              Settings =
                [ "parts",
                  Setting.Items
                      [ for optimizer in optimizers ->
                            Setting.Group(("name", Setting.Text optimizer.Name) :: optimizer.Settings) ] ]
              Init =
                fun parameters ->
                    let split = Partition.split operation choices parameters

                    Node(
                        List.zip3 names optimizers (split parameters)
                        |> List.map (fun (name, optimizer, part) -> name, optimizer.Init part)
                    )
              Update =
                fun gradients state parameters ->
                    let split = Partition.split operation choices parameters

                    let updates, states =
                        List.zip3 (List.zip names optimizers) (split gradients) (split parameters)
                        |> List.map (fun ((name, optimizer), gradients, parameters) ->
                            let updates, next = optimizer.Update gradients (branch "forParts" name state) parameters
                            updates, (name, next))
                        |> List.unzip

                    Partition.join Tensor.zerosLike gradients updates, Node states }
