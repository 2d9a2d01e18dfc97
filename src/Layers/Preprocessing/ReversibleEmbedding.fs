namespace Functional

/// Embeddings whose table also makes the logits of what layers give: tied weights.
[<AutoOpen>]
module ReversibleEmbeddingLayers =
    let private kind = "reversible_embedding"
    let private table = "embeddings"

    let private withTable leaf (tree: Tree<'T>) =
        match tree with
        | Node branches -> Node(branches @ [ table, Leaf leaf ])
        | Leaf _ -> tree

    let private withoutTable (tree: Tree<'T>) =
        match tree with
        | Node branches -> Node(branches |> List.filter (fst >> (<>) table))
        | Leaf _ -> tree

    let private ofLayers (variables: Variables) = { variables with Parameters = withoutTable variables.Parameters }

    /// The products of vectors [...; units] and the rows of a table [inputs; units]: [...; inputs].
    let private logits (table: Tensor) (x: Tensor) =
        let front, units = List.splitAt (x.Rank - 1) x.Shape
        let rows = Tensor.reshape [ Shape.size front; units.Head ] x
        Tensor.reshape (front @ [ table.Shape[0] ]) (Tensor.matmul rows (Tensor.transpose table))

    /// `reversibleEmbedding` with options.
    let reversibleEmbeddingWith
        (options: EmbeddingOptions)
        (inputs: int)
        (units: int)
        (layers: Layer<Tensor, Tensor>)
        : Layer<Tensor, Tensor> =
        let embedding = Network.toStage (embeddingWith options inputs units).Network

        let build inner (shapes: Shape list) : Blueprint =
            let ids = Layer.single kind shapes
            let blueprint = Network.blueprint [ ids @ [ units ] ] inner
            let result = Layer.single kind blueprint.Outputs

            if List.isEmpty result || List.last result <> units then
                Fail.shapes
                    kind
                    [ "embedded", ids @ [ units ]; "layers' result", result ]
                    $"the layers inside must give vectors of {units} numbers, to meet the table again; end them with \
                      dense {units}."

            let start = (embedding.Build [] shapes).Parameters[table]
            let front = List.take (result.Length - 1) result

            { blueprint with
                Parameters = withTable start blueprint.Parameters
                Outputs = [ front @ [ inputs ] ] }

        let maskOf (run: Run) (ids: Tensor) =
            if options.MaskZero then
                Some(Tensor.notEqual ids (Tensor.zerosLike ids))
            else
                Run.mask 0 run

        let apply inner (variables: Variables) (run: Run) (xs: Tensor list) =
            let table = variables.Parameters[table]
            let own = Variables.ofTrees (withTable table Tree.empty) Tree.empty
            let vectors, _ = embedding.Apply [] own run xs

            let ys, next =
                Network.apply (ofLayers variables) { run with Masks = [ maskOf run xs.Head ] } vectors inner

            [ logits table ys.Head ], { next with Parameters = variables.Parameters }

        let penalties (inner: Network list) variables =
            embedding.Penalties [] variables @ Network.penalties (ofLayers variables) inner.Head

        let constrain (inner: Network list) parameters =
            let table = (embedding.Constrain [] parameters)[table]
            withTable table (Network.constrain (withoutTable parameters) inner.Head)

        let masks (run: Run) (xs: Tensor list) (ys: Tensor list) =
            [ maskOf run xs.Head |> Option.filter (fun mask -> Masks.fits mask xs.Head ys.Head) ]

        Layer.ofStage
            { Combinators.around kind embedding.Settings InnerUse.Repeated layers.Network build apply with
                Penalties = penalties
                Constrain = constrain
                Masks = MaskRule.Computed masks }

    /// A learned vector for each id, layers on these vectors, and the logits of each id: the products of what the layers give
    /// with the same table. Ids [batch; ...] below `inputs` to vectors of `units` numbers, which the layers keep, to [batch;
    /// ...; inputs]. So a language model learns one table instead of two: `reversibleEmbedding tokens 256 (transformerDecoder
    /// 1024 4)`. Variables: "embeddings" [inputs; units], and those of the layers under their names. Counts below 1 are an
    /// error, and so are layers that give other vectors when the layer is built. Keras: ReversibleEmbedding, called on ids and
    /// then in reverse. (Press and Wolf 2017, "Using the output embedding to improve language models".)
    let reversibleEmbedding (inputs: int) (units: int) (layers: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        reversibleEmbeddingWith EmbeddingOptions.defaults inputs units layers
