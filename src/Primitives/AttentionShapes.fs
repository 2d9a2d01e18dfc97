/// The shapes of attention: queries [..., n, heads, d], keys [..., m, key heads, d], values [..., m, key heads, e].
module internal Functional.AttentionShapes

let private shapesOf (q: Signature) (k: Signature) (v: Signature) =
    [ "query", q.Shape; "key", k.Shape; "value", v.Shape ]

let private demandTypes operation (q: Signature) (k: Signature) (v: Signature) =
    if not q.DType.IsFloat || k.DType <> q.DType || v.DType <> q.DType then
        Fail.dtypes
            operation
            [ "the query", q.DType; "the key", k.DType; "the value", v.DType ]
            "takes one type of floats; cast the others with Tensor.cast"

/// The batch axes, and the three others: positions, heads and width.
let private split operation shapes (x: Signature) =
    if x.Shape.Length < 3 then
        Fail.shapes operation shapes "takes [..., positions, heads, width]: three axes or more."

    List.splitAt (x.Shape.Length - 3) x.Shape

/// The batch axes, the number of queries and of keys, the heads, and the width of values.
let private sizes operation (q: Signature) (k: Signature) (v: Signature) =
    let shapes = shapesOf q k v
    demandTypes operation q k v
    let batch, query = split operation shapes q
    let keyBatch, key = split operation shapes k
    let valueBatch, value = split operation shapes v

    if keyBatch <> batch || valueBatch <> batch then
        Fail.shapes operation shapes "the batch axes (all but the last three) differ."

    if key[0] <> value[0] || key[1] <> value[1] then
        Fail.shapes operation shapes "each key needs a value: keys and values have as many positions and heads."

    if query[2] <> key[2] then
        Fail.shapes operation shapes $"queries have {query[2]} columns and keys {key[2]}; they must be equal."

    if key[1] = 0 || query[1] % key[1] <> 0 then
        Fail.shapes
            operation
            shapes
            $"{query[1]} heads of queries cannot share {key[1]} heads of keys evenly; give a multiple."

    if key[0] = 0 || query[2] = 0 || value[2] = 0 then
        Fail.shapes operation shapes "there is no key, or no column, to attend to."

    struct (batch, query[0], key[0], query[1], value[2])

let private demandMask operation (mask: Signature) expected =
    if mask.DType <> Bool then
        Fail.dtypes operation [ "the mask", mask.DType ] "a mask is bool: true where a query sees a key"

    if mask.Shape <> expected then
        Fail.shapes
            operation
            [ "mask", mask.Shape; "expected", expected ]
            "a mask has a flag for each head, query and key."

let private results operation (q: Signature) k v (mask: Signature option) =
    let struct (batch, n, m, heads, width) = sizes operation q k v
    mask |> Option.iter (fun mask -> demandMask operation mask (batch @ [ heads; n; m ]))
    [ { q with Shape = batch @ [ n; heads; width ] }; { q with Shape = batch @ [ heads; n ] } ]

let private wrongCount operation (args: Signature list) =
    Fail.argument operation "arguments" args.Length "is not the number of arguments that it takes."

/// The signatures of the result and of the logarithms of the sums.
let forward operation (args: Signature list) : Signature list =
    match args with
    | [ q; k; v ] -> results operation q k v None
    | [ q; k; v; mask ] -> results operation q k v (Some mask)
    | args -> wrongCount operation args

/// The signatures of the cotangents.
let gradient operation (args: Signature list) : Signature list =
    let demand (given: Signature list) (expected: Signature list) =
        if given <> expected then
            Fail.shapes
                operation
                (List.zip [ "result"; "logarithms"; "cotangent" ] (given |> List.map _.Shape))
                "are not the results of the attention and a cotangent like its first one."

    let check q k v mask given =
        let expected = results operation q k v mask
        demand given (expected @ [ expected.Head ])
        [ q; k; v ]

    match args with
    | [ q; k; v; result; logSums; ct ] -> check q k v None [ result; logSums; ct ]
    | [ q; k; v; mask; result; logSums; ct ] -> check q k v (Some mask) [ result; logSums; ct ]
    | args -> wrongCount operation args
