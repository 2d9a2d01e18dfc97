namespace Functional

/// Graphs of layers, written with symbolic tensors.
[<AutoOpen>]
module NetworkGraphs =
    /// Functions on networks.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Network =
        /// A layer of any number of named inputs and outputs. The function is given symbolic tensors of the shapes of
        /// one sample, puts layers behind them with `-->`, and names the results:
        ///
        /// Network.graph [ "ids", [ 128 ]; "numbers", [ 12 ] ] (fun inputs ->
        ///     let text = inputs["ids"] --> embedding 5000 64 --> lstm 32
        ///     let all = [ text; inputs["numbers"] --> dense 16 ] --> concatenate -1
        ///     [ "price", all --> dense 1; "sold", all --> dense 1 --> sigmoid ])
        ///
        /// Each use of a layer has variables of its own, unless it comes of `Layer.withSharedWeights`. Shapes that do
        /// not fit are an error, and so are names that are empty or there twice.
        let graph
            (inputs: (string * Shape) list)
            (write: GraphInputs -> (string * Symbol) list)
            : Layer<Tensor list, Tensor list> =
            let symbols = inputs |> List.map (fun (name, shape) -> name, Symbol.input shape)
            Layer.ofNetwork (Symbol.network symbols (write (GraphInputs symbols)))
