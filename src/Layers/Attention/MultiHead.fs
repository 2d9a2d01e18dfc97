namespace Functional

/// Attention of several heads, as its layers share it: projections of queries, keys and values, attention, and the
/// projection of its result.
type internal MultiHead =
    {
        Kind: string
        Heads: int
        /// The heads of keys and values; as many as those of queries, or a divisor (grouped-query attention).
        KeyHeads: int
        KeyDim: int
        ValueDim: int
        /// The axes of the result in place of the query's last one; None for as many features as the query has.
        OutputShape: Shape option
        /// The axes that attend, with the batch axis as 0; None for all between the first and the last.
        AttentionAxes: int list option
        Causal: bool
        Dropout: float
        UseBias: bool
        Rotary: RotaryOptions option
        /// Whether the scores, [batch; heads; n; m], are a second result.
        ReturnsScores: bool
        Settings: (string * Setting) list
        /// What holds for every kernel.
        Kernel: VariableOptions
        /// What holds for every bias.
        Bias: VariableOptions
    }

module internal MultiHead =
    let private projections = [ "query"; "key"; "value"; "attention_output" ]

    /// The query, value and key of the tensors that a layer is given, and a mask of scores behind them: [query], [query;
    /// value], [query; value; key] or [query; value; key; mask].
    let private roles kind (xs: 'T list) : 'T * 'T * 'T * 'T option =
        match xs with
        | [ x ] -> x, x, x, None
        | [ query; value ] -> query, value, value, None
        | [ query; value; key ] -> query, value, key, None
        | [ query; value; key; mask ] -> query, value, key, Some mask
        | xs ->
            Fail.argument
                kind
                "inputs"
                xs.Length
                "is not the number of tensors that it takes: query, value, key and mask, of which the first suffices."

    let private outputShape (head: MultiHead) (query: Shape) : Shape =
        let front = List.take (query.Length - 1) query
        front @ Option.defaultValue [ List.last query ] head.OutputShape

    /// The attending axes of a sample of this rank, counted with the batch axis as 0.
    let private axesOf (head: MultiHead) (rank: int) : int list =
        match head.AttentionAxes with
        | None -> [ 1 .. rank - 1 ]
        | Some axes ->
            let front = Fail.checkAxes head.Kind (List.replicate (rank + 1) 1) axes |> List.sort

            if front |> List.exists (fun axis -> axis = 0 || axis = rank) || front.IsEmpty then
                Fail.argument head.Kind "attention_axes" axes "must lie between the batch axis and the features."

            front

    let private shapes (head: MultiHead) (given: Shape list) : Shape list =
        let query, value, key, mask = roles head.Kind given
        let named = [ "query", query; "value", value; "key", key ]

        if query.Length < 2 || value.Length <> query.Length || key.Length <> query.Length then
            Fail.shapes head.Kind named "takes sequences [time; features], or more axes in between, as many in each."

        let axes = axesOf head query.Length
        let lengths (shape: Shape) = axes |> List.map (fun axis -> shape[axis - 1]) |> Shape.size

        let others (shape: Shape) =
            List.take (shape.Length - 1) shape
            |> List.mapi (fun i n -> if List.contains (i + 1) axes then 0 else n)

        if others query <> others key || others value <> others key || lengths value <> lengths key then
            Fail.shapes head.Kind named "values and keys have one length, and the axes that do not attend are equal."

        let n, m = lengths query, lengths key

        match mask with
        | Some mask when mask <> [ n; m ] && mask <> [ head.Heads; n; m ] && mask <> [ 1; n; m ] ->
            Fail.shapes
                head.Kind
                [ "mask", mask; "expected", [ n; m ] ]
                "a mask has a flag for each query and key, and for each head if it has three axes."
        | Some _
        | None -> ()

        let batch = others query |> List.filter ((<>) 0)

        outputShape head query :: (if head.ReturnsScores then [ batch @ [ head.Heads; n; m ] ] else [])

    /// The kernel and the bias of each projection: their names, and their shapes for query, value and key.
    let private variableShapes (head: MultiHead) (given: Shape list) =
        let query, value, key, _ = roles head.Kind given
        let last = List.last
        let into heads width features = [ last features; heads; width ], [ heads; width ]

        let output =
            let shape = Option.defaultValue [ last query ] head.OutputShape
            [ head.Heads; head.ValueDim ] @ shape, shape

        List.zip
            projections
            [ into head.Heads head.KeyDim query
              into head.KeyHeads head.KeyDim key
              into head.KeyHeads head.ValueDim value
              output ]

    let private parameters (head: MultiHead) (given: Shape list) : Tree<VariableStart> =
        let start place shape (initializer: Initializer) =
            Leaf(Layer.start shape (fun key -> initializer.Draw (Key.fold place key) shape))

        variableShapes head given
        |> List.mapi (fun i (name, (kernel, bias)) ->
            name,
            Node
                [ "kernel", start (2 * i) kernel head.Kernel.Initializer
                  if head.UseBias then
                      "bias", start (2 * i + 1) bias head.Bias.Initializer ])
        |> Node

    /// The options of each variable by its path.
    let private variableOptions (head: MultiHead) =
        [ for name in projections do
              name + "/kernel", head.Kernel

              if head.UseBias then
                  name + "/bias", head.Bias ]

    /// The product of the last axes of x and the first ones of a kernel, of which there are `summed`, and its bias.
    let private projected (head: MultiHead) (variables: Variables) name summed (x: Tensor) =
        let kernel: Tensor = variables.Parameters[name + "/kernel"]
        let x = if x.DType.IsFloat then x else Tensor.cast kernel.DType x
        let front = List.take (x.Rank - summed) x.Shape
        let inputs, outputs = List.splitAt summed kernel.Shape

        if List.skip front.Length x.Shape <> inputs then
            Fail.shapes
                head.Kind
                [ name, x.Shape; "kernel", kernel.Shape ]
                $"the kernel takes {List.head inputs} features; give it as many, or build the layer anew."

        let product =
            Tensor.matmul
                (Tensor.reshape [ Shape.size front; Shape.size inputs ] x)
                (Tensor.reshape [ Shape.size inputs; Shape.size outputs ] kernel)

        let sum =
            if head.UseBias then
                product + Tensor.flatten variables.Parameters[name + "/bias"]
            else
                product

        Tensor.reshape (front @ outputs) sum

    /// [batch; axes...; heads; width] as [batch; others...; n; heads; width], with the axes that attend as one.
    let private gathered axes (x: Tensor) =
        let others = [ 1 .. x.Rank - 3 ] |> List.except axes
        let lengths all = all |> List.map (fun axis -> x.Shape[axis])
        let inner = [ x.Rank - 2; x.Rank - 1 ]

        let moved = if others.IsEmpty then x else Tensor.permute (0 :: others @ axes @ inner) x
        Tensor.reshape (x.Shape[0] :: lengths others @ [ Shape.size (lengths axes) ] @ lengths inner) moved

    /// The other way round, for a result of the axes of a query of this shape.
    let private spread axes (query: Shape) (y: Tensor) =
        let rank = query.Length
        let others = [ 1 .. rank - 3 ] |> List.except axes
        let lengths = (0 :: others @ axes) |> List.map (fun axis -> query[axis])
        let whole = Tensor.reshape (lengths @ [ y.Shape[y.Rank - 2]; y.Shape[y.Rank - 1] ]) y

        if others.IsEmpty then
            whole
        else
            let order = 0 :: others @ axes @ [ rank - 2; rank - 1 ]
            Tensor.permute (order |> List.indexed |> List.sortBy snd |> List.map fst) whole

    /// Flags [batch; m] of keys, and flags [batch; n; m] or [batch; heads; n; m] of scores, as one that broadcasts to the
    /// scores [batch; others...; heads; n; m].
    let private maskOf (scoresRank: int) (keys: Tensor option) (scores: Tensor option) : Tensor option =
        let ones count = List.replicate count 1

        let ofKeys =
            keys
            |> Option.map (fun mask ->
                Tensor.reshape (mask.Shape[0] :: ones (scoresRank - 2) @ [ mask.Size / max 1 mask.Shape[0] ]) mask)

        let ofScores =
            scores
            |> Option.map (fun mask ->
                let mask = if mask.DType = Bool then mask else Tensor.cast Bool mask
                let heads = if mask.Rank = 3 then 1 :: mask.Shape.Tail else mask.Shape.Tail
                Tensor.reshape (mask.Shape[0] :: ones (scoresRank - 4) @ heads) mask)

        match ofKeys, ofScores with
        | Some a, Some b -> Some(Tensor.logicalAnd a b)
        | a, None -> a
        | None, b -> b

    /// Where keys are padding, by the masks of the value and of the key.
    let private keyMask (run: Run) count : Tensor option =
        match [ for i in (if count = 1 then [ 0 ] else [ 1; 2 ]) -> Run.mask i run ] |> List.choose id with
        | [] -> None
        | masks -> Some(List.reduce Tensor.logicalAnd masks)

    let private form (head: MultiHead) : AttentionForm =
        { Scale = 1.0 / sqrt (float head.KeyDim); Causal = head.Causal }

    /// The result with all scores at hand, which are dropped while training as the layer wants it.
    let private composed (head: MultiHead) (run: Run) (q: Tensor) k v (mask: Tensor option) =
        let form = form head

        let scores =
            AttentionComposition.probabilities
                (AttentionComposition.scores form q k)
                (AttentionComposition.visible form mask q k)

        let kept =
            if run.Training && head.Dropout > 0.0 then
                let flags = Core.beside scores (fun () -> Random.bernoulli (1.0 - head.Dropout) run.Key scores.Shape)
                Tensor.where flags (scores * (1.0 / (1.0 - head.Dropout))) (Tensor.zerosLike scores)
            else
                scores

        [ AttentionComposition.weighted kept v; scores ]

    let private attended (head: MultiHead) (run: Run) (q: Tensor) k v (mask: Tensor option) : Tensor list =
        if head.ReturnsScores || (run.Training && head.Dropout > 0.0) then
            composed head run q k v mask
        else
            let options =
                { DotProductAttentionOptions.defaults with
                    Mask = mask
                    Scale = Some (form head).Scale
                    IsCausal = head.Causal }

            [ Tensor.dotProductAttentionWith options q k v ]

    let private turned (head: MultiHead) (first: Tensor) (x: Tensor) =
        match head.Rotary with
        | Some options -> Rotary.turned options first x
        | None -> x

    let private apply (head: MultiHead) (variables: Variables) (run: Run) (xs: Tensor list) =
        let query, value, key, mask = roles head.Kind xs
        let axes = axesOf head (query.Rank - 1)
        let projectedBack y = projected head variables "attention_output" 2 y
        let projected name x = projected head variables name 1 x
        let q = projected "query" query
        let start = Core.scalar Int32 0.0
        let onePosition x = gathered axes x |> turned head start
        let k, v = projected "key" key |> onePosition, projected "value" value |> gathered axes
        let flat = onePosition q
        let mask = maskOf flat.Rank (keyMask run xs.Length) mask

        let results = attended head run flat k v mask
        let output = results.Head |> spread axes q.Shape |> projectedBack
        (if head.ReturnsScores then [ output; results[1] ] else [ output ]), variables

    /// The rows of a cache [batch; length; ...] with those of one more position, whose rows are zero so far.
    let private extended (cache: Tensor) (position: Tensor) (rows: Tensor) =
        Core.apply (Op.ScatterAdd 1) [ cache; Tensor.reshape [ 1 ] position; rows ]

    /// One position of a sequence, with the keys and values of those before it in the state.
    let private applyStep (head: MultiHead) length (variables: Variables) (run: Run) (x: Tensor) =
        let position = variables.State["position"]
        let part name = projected head variables name 1 x
        let q = part "query" |> turned head position
        let keys = part "key" |> turned head position |> extended variables.State["key_cache"] position
        let values = part "value" |> extended variables.State["value_cache"] position

        let seen =
            Core.beside x (fun () -> Tensor.reshape [ 1; 1; 1; length ] (Tensor.arangeInt 0 length))
            |> fun positions -> Tensor.lessEqual positions position

        let results = attended { head with Causal = false } run q keys values (Some seen)
        let output = projected head variables "attention_output" 2 results.Head
        let state = Tree.ofList [ "key_cache", keys; "value_cache", values; "position", position + 1 ]
        (if head.ReturnsScores then [ output; results[1] ] else [ output ]), { variables with State = state }

    /// The caches of keys and values, and the position, of sequences of this length.
    let private caches (head: MultiHead) (sizes: StepSizes) : Tree<VariableStart> =
        let cache width =
            let shape = [ sizes.Batch; sizes.Length; head.KeyHeads; width ]
            Layer.start shape (fun _ -> Tensor.zeros shape)

        let position: VariableStart = { Shape = []; DType = Int32; Draw = fun _ -> Tensor.ofInts [] [| 0 |] }
        Tree.ofList [ "key_cache", cache head.KeyDim; "value_cache", cache head.ValueDim; "position", position ]

    let private build (head: MultiHead) (given: Shape list) : Blueprint =
        { Parameters = parameters head given; State = Tree.empty; Outputs = shapes head given }

    let private withOptions (head: MultiHead) (stage: Stage) =
        let options = variableOptions head

        { stage with
            Penalties = fun _ variables -> VariableOptions.penalties options variables.Parameters
            Constrain = fun _ parameters -> VariableOptions.constrain options parameters }

    /// The stage for one position at a time. Attention to another sequence stays as it is: that sequence is whole.
    let private step (head: MultiHead) (sizes: StepSizes) : Stage =
        let buildStep (given: Shape list) =
            let blueprint = build head given

            if given.Length = 1 then
                { blueprint with State = caches head sizes }
            else
                blueprint

        let apply variables run (xs: Tensor list) =
            match xs with
            | [ x ] -> applyStep head sizes.Length variables run x
            | xs when xs.Tail |> List.exists (fun x -> obj.ReferenceEquals(x, xs.Head)) ->
                Fail.argument
                    "Generation"
                    "layer"
                    $"'{head.Kind}'"
                    "is given one sequence several times; for attention to itself give it the sequence once."
            | xs -> apply { head with Causal = false } variables run xs

        Layer.stage head.Kind head.Settings buildStep apply |> withOptions head

    let private demand (head: MultiHead) =
        let positive name value =
            if value < 1 then
                Fail.argument head.Kind name value "is below 1."

        positive "num_heads" head.Heads
        positive "num_key_value_heads" head.KeyHeads
        positive "key_dim" head.KeyDim
        positive "value_dim" head.ValueDim

        if head.Heads % head.KeyHeads <> 0 then
            Fail.argument
                head.Kind
                "num_key_value_heads"
                head.KeyHeads
                $"does not divide the {head.Heads} heads of queries, which share them."

        if not (head.Dropout >= 0.0 && head.Dropout < 1.0) then
            Fail.argument head.Kind "dropout" head.Dropout "is not a share to drop; give 0 or more, and less than 1."

        head.Rotary
        |> Option.iter (fun options ->
            Rotary.demandOptions head.Kind options
            Rotary.demandWidth head.Kind head.KeyDim)

    /// The layer as a stage.
    let stage (head: MultiHead) : Stage =
        demand head
        let goesOn = head.Causal && head.AttentionAxes.IsNone
        let whole = Layer.stage head.Kind head.Settings (build head) (apply head) |> withOptions head
        { whole with Stepwise = if goesOn then Some(step head) else None }
