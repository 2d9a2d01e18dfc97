namespace Functional

/// Optimizers for parts of a model, by path.
[<AutoOpen>]
module OptimizerPaths =
    let private isBelow (path: string) (prefix: string) =
        prefix = "" || path = prefix || path.StartsWith(prefix + "/", System.StringComparison.Ordinal)

    /// Links of optimizers, and what puts them together.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        /// Several optimizers, each for the parameters under its paths ("encoder", "dense_1/kernel"; "" is all): a
        /// parameter goes to the first that fits, and one under none of the paths stays as it is, bit for bit. See
        /// `forParts`. A part that has no parameter is an error when training begins.
        let forPaths (parts: (string list * Optimizer) list) : Optimizer =
            Optimizer.forParts
                [ for paths, optimizer in parts -> (fun path -> paths |> List.exists (isBelow path)), optimizer ]
