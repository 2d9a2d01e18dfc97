namespace Functional

open OptimizerParts

/// Optimizers for parts of a model.
[<AutoOpen>]
module OptimizerPaths =
    let private isBelow (path: string) (prefix: string) =
        prefix = "" || path = prefix || path.StartsWith(prefix + "/", System.StringComparison.Ordinal)

    /// Links of optimizers, and what puts them together.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        /// Several optimizers, each for the parameters under its paths ("encoder", "dense_1/kernel"; "" is all): the first
        /// whose path fits counts. Parameters under none of the paths stay as they are. A path that no parameter has is an
        /// error when training begins.
        let forPaths (parts: (string list * Optimizer) list) : Optimizer =
            let names = parts |> List.mapi (fun i (_, optimizer) -> $"{optimizer.Name}_{i}")

            let partOf path = parts |> List.tryFindIndex (fun (paths, _) -> paths |> List.exists (isBelow path))

            let selected i (tree: Tree<Tensor>) =
                Node(
                    Tree.flatten tree
                    |> List.filter (fun (path, _) -> partOf path = Some i)
                    |> List.map (fun (path, leaf) -> path, Leaf leaf)
                )

            let check (parameters: Tree<Tensor>) =
                let known = Tree.flatten parameters |> List.map fst

                for path in parts |> List.collect fst do
                    if not (known |> List.exists (fun own -> isBelow own path)) then
                        let all = String.concat ", " known
                        Fail.argument "Optimizer.forPaths" "path" $"'{path}'" $"is that of no parameter; there is {all}."

            { Name = "for_paths"
              Settings =
                [ "parts",
                  Setting.Items
                      [ for paths, optimizer in parts ->
                            Setting.Group(
                                ("name", Setting.Text optimizer.Name)
                                :: ("paths", Setting.Items(paths |> List.map Setting.Text))
                                :: optimizer.Settings
                            ) ] ]
              Init =
                fun parameters ->
                    check parameters
                    Node(List.mapi (fun i name -> name, (snd parts[i]).Init(selected i parameters)) names)
              Update =
                fun gradients state parameters ->
                    let updated =
                        names
                        |> List.mapi (fun i name ->
                            let own = branch "forPaths" name state
                            (snd parts[i]).Update (selected i gradients) own (selected i parameters))

                    let updates =
                        updated |> List.collect (fun (tree, _) -> Tree.flatten tree) |> Map.ofList

                    let ofPath path p = Map.tryFind path updates |> Option.defaultWith (fun () -> Tensor.zerosLike p)
                    Tree.mapi ofPath parameters, Node(List.map2 (fun name (_, next) -> name, next) names updated) }
