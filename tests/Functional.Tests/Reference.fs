/// The meaning of every primitive in plain loops over float64: what faster evaluators are tested against.
module Functional.Tests.Reference

open System
open Functional.Numerics
open Functional

let private strides (shape: Shape) = List.scanBack (fun n s -> n * s) shape 1 |> List.tail

/// The multi-index of a row-major position.
let private unravel (shape: Shape) position = List.map2 (fun n s -> position / s % max n 1) shape (strides shape)

let private ravel shape index = List.sum (List.map2 (*) (strides shape) index)

let private build (shape: Shape) (f: int list -> float) = Array.init (Shape.size shape) (fun i -> f (unravel shape i))

let private erf x =
    // Maclaurin series near zero, continued fraction of the complement beyond
    if Double.IsNaN x then
        x
    elif abs x < 3.0 then
        let mutable term = x
        let mutable sum = x

        for n in 1..120 do
            term <- -term * x * x / float n
            sum <- sum + term / float (2 * n + 1)

        2.0 / sqrt Math.PI * sum
    else
        let a = abs x
        let mutable f = 0.0

        for n in 60..-1..1 do
            f <- float n / 2.0 / (a + f)

        float (sign x) * (1.0 - exp (-a * a) / sqrt Math.PI / (a + f))

let private unary u (x: float) =
    match u with
    | Unary.Neg -> -x
    | Unary.Abs -> abs x
    | Unary.Sign -> if Double.IsNaN x then x else float (sign x)
    | Unary.Floor -> floor x
    | Unary.Ceil -> ceil x
    | Unary.Round -> Math.Round(x, MidpointRounding.ToEven)
    | Unary.Exp -> exp x
    | Unary.Expm1 -> if abs x < 1e-5 then x + x * x / 2.0 + x * x * x / 6.0 else exp x - 1.0
    | Unary.Log -> log x
    | Unary.Log1p -> if abs x < 1e-5 then x - x * x / 2.0 + x * x * x / 3.0 else log (1.0 + x)
    | Unary.Sqrt -> sqrt x
    | Unary.Rsqrt -> 1.0 / sqrt x
    | Unary.Sin -> sin x
    | Unary.Cos -> cos x
    | Unary.Tan -> tan x
    | Unary.Asin -> asin x
    | Unary.Acos -> acos x
    | Unary.Atan -> atan x
    | Unary.Sinh -> sinh x
    | Unary.Cosh -> cosh x
    | Unary.Tanh -> tanh x
    | Unary.Sigmoid -> 1.0 / (1.0 + exp -x)
    | Unary.Softplus -> if x > 30.0 then x else log (1.0 + exp x)
    | Unary.Erf -> erf x
    | Unary.Relu -> if Double.IsNaN x then x else max x 0.0
    | Unary.Not -> 1.0 - x

/// The remainder of a division, with the sign of the divisor.
let private remainder (x: float) (y: float) =
    let rest = x % y
    if rest <> 0.0 && (rest < 0.0) <> (y < 0.0) then rest + y else rest

let private binary b isFloat (x: float) (y: float) =
    let nan = Double.IsNaN x || Double.IsNaN y

    match b with
    | Binary.Add -> x + y
    | Binary.Sub -> x - y
    | Binary.Mul -> x * y
    | Binary.Div -> x / y
    | Binary.FloorDiv when not isFloat && y = 0.0 -> 0.0
    | Binary.FloorDiv when y = 0.0 -> x / y
    | Binary.FloorDiv when Double.IsInfinity y && Double.IsFinite x -> if x * y < 0.0 then -1.0 else 0.0
    | Binary.FloorDiv -> Math.Round((x - remainder x y) / y)
    | Binary.Mod when not isFloat && y = 0.0 -> 0.0
    | Binary.Mod -> remainder x y
    | Binary.Pow when not isFloat && y < 0.0 -> 0.0
    | Binary.Pow -> Math.Pow(x, y)
    | Binary.Maximum -> if nan then Double.NaN else max x y
    | Binary.Minimum -> if nan then Double.NaN else min x y
    | Binary.And -> x * y
    | Binary.Or -> max x y

let private compare c (x: float) (y: float) =
    let holds =
        match c with
        | Comparison.Equal -> x = y
        | Comparison.NotEqual -> x <> y
        | Comparison.Less -> x < y
        | Comparison.LessEqual -> x <= y
        | Comparison.Greater -> x > y
        | Comparison.GreaterEqual -> x >= y

    if holds then 1.0 else 0.0

let private cast dtype (x: float) =
    let whole least most = if Double.IsNaN x then 0.0 else Math.Clamp(Math.Truncate x, least, most)

    match dtype with
    | Float32
    | Float64
    | Float16
    | BFloat16 -> x
    | Int32 -> whole (float Int32.MinValue) (float Int32.MaxValue)
    | Int64 -> whole (float Int64.MinValue) (float Int64.MaxValue)
    | Bool -> if x <> 0.0 then 1.0 else 0.0

/// Rounded to what the type can hold.
let private store dtype (x: float) =
    match dtype with
    | Float32 -> float (float32 x)
    | Float16 -> float (Half.op_Explicit x: Half)
    | BFloat16 -> float (BFloat16.op_Implicit (BFloat16.op_Explicit x: BFloat16): float32)
    | Float64
    | Int64
    | Bool -> x
    | Int32 -> float (int (int64 x))

let private reduce reduction (values: float list) =
    match reduction with
    | Reduction.Sum -> List.sum values
    | Reduction.Max -> values |> List.reduce (binary Binary.Maximum true)
    | Reduction.Min -> values |> List.reduce (binary Binary.Minimum true)
    | Reduction.All -> if List.forall ((<>) 0.0) values then 1.0 else 0.0
    | Reduction.Any -> if List.exists ((<>) 0.0) values then 1.0 else 0.0

/// -1, 0 or 1, with NaN as the greatest.
let private order (x: float) (y: float) =
    match Double.IsNaN x, Double.IsNaN y with
    | true, true -> 0
    | true, false -> 1
    | false, true -> -1
    | false, false -> compare Comparison.Greater x y - compare Comparison.Less x y |> int

/// The positions y, ky, x that meet along one axis of a convolution: y stands for the result, x for the image.
let private meetings (axis: WindowAxis) size length count =
    [ for y in 0 .. count - 1 do
          for k in 0 .. size - 1 do
              let x = y * axis.Stride + k * axis.Dilation - axis.Before

              if x >= 0 && x < length then
                  y, k, x ]

/// The three convolutions are one sum over the places where image, kernel and result meet: `add image kernel result` is
/// called for the row-major positions of each.
let private convolve (window: Window) (x: Shape) (kernel: Shape) (y: Shape) add =
    let depth, filters = kernel[2], kernel[3] / window.Groups

    for oy, ky, iy in meetings window.Y kernel[0] x[1] y[1] do
        for ox, kx, ix in meetings window.X kernel[1] x[2] y[2] do
            for n in 0 .. x[0] - 1 do
                let pixel, result = ravel x [ n; iy; ix; 0 ], ravel y [ n; oy; ox; 0 ]
                let weights = ravel kernel [ ky; kx; 0; 0 ]

                for f in 0 .. kernel[3] - 1 do
                    for c in 0 .. depth - 1 do
                        add (pixel + f / filters * depth + c) (weights + c * kernel[3] + f) (result + f)

let private convolution op (a: Signature, a': float[]) (b: Signature, b': float[]) (result: Shape) =
    let out = Array.zeroCreate (Shape.size result)

    match op with
    | Op.Convolution window -> convolve window a.Shape b.Shape result (fun x k y -> out[y] <- out[y] + a'[x] * b'[k])
    | Op.ConvolutionInput(window, _) ->
        convolve window result b.Shape a.Shape (fun x k y -> out[x] <- out[x] + a'[y] * b'[k])
    | Op.ConvolutionKernel(window, _) ->
        convolve window a.Shape result b.Shape (fun x k y -> out[k] <- out[k] + a'[x] * b'[y])
    | op -> Fail.argument (ShapeInference.name op) "primitive" op "is no convolution."

    out

/// [..., m, k] by [..., k, n], of `size` elements.
let private matmul (m, k, n) (x: float[]) (y: float[]) size =
    Array.init size (fun position ->
        let batch, i, j = position / (m * n), position / n % m, position % n
        let mutable sum = 0.0

        for p in 0 .. k - 1 do
            sum <- sum + x[(batch * m + i) * k + p] * y[(batch * k + p) * n + j]

        sum)

/// For each element of a pooling's result, the positions within its image that its window covers, in order.
let private covered (pool: Pool) (x: Shape) (index: int list) =
    let along (axis: PoolAxis) length i =
        [ for j in 0 .. axis.Size - 1 do
              let at = i * axis.Stride + j - axis.Before

              if at >= 0 && at < length then
                  at ]

    [ for y in along pool.Y x[1] index[1] do
          for x' in along pool.X x[2] index[2] -> y * x[2] + x' ]

/// The row-major position in an image [n; h; w; c] of an index into it.
let private inImage (x: Shape) (index: int list) at = ravel x [ index[0]; at / x[2]; at % x[2]; index[3] ]

/// What `op` gives for row-major arguments, as row-major results of the inferred signatures. Random numbers and custom functions
/// have no reference here.
let rec evaluate op (args: (Signature * float[]) list) (results: Signature list) : float[] list =
    let shape = results.Head.Shape

    let values =
        match op, args with
        | Op.Unary u, [ _, x ] -> [ Array.map (unary u) x ]
        | Op.Binary b, [ s, x; _, y ] -> [ Array.map2 (binary b s.DType.IsFloat) x y ]
        | Op.Compare c, [ _, x; _, y ] -> [ Array.map2 (compare c) x y ]
        | Op.Where, [ _, c; _, x; _, y ] -> [ Array.map3 (fun c x y -> if c <> 0.0 then x else y) c x y ]
        | Op.Cast dtype, [ _, x ] -> [ Array.map (cast dtype) x ]
        | Op.Broadcast _, [ s, x ] ->
            [ build shape (fun i ->
                  let tail = List.skip (shape.Length - s.Shape.Length) i
                  x[ravel s.Shape (List.map2 (fun n i -> if n = 1 then 0 else i) s.Shape tail)]) ]
        | (Op.Reshape _ | Op.StopGradient | Op.Barrier _), [ _, x ] -> [ x ]
        | Op.Transpose perm, [ s, x ] ->
            let inverse = perm |> List.indexed |> List.sortBy snd |> List.map fst
            [ build shape (fun i -> x[ravel s.Shape (inverse |> List.map (fun j -> i[j]))]) ]
        | Op.Slice ranges, [ s, x ] ->
            [ build shape (fun i -> x[ravel s.Shape (List.map2 (fun r i -> r.Start + r.Step * i) ranges i)]) ]
        | Op.Pad(paddings, value), [ s, x ] ->
            [ build shape (fun i ->
                  let inside =
                      List.map3
                          (fun p n i ->
                              let j = i - p.Low
                              let step = p.Interior + 1
                              if j >= 0 && j % step = 0 && j / step < n then Some(j / step) else None)
                          paddings
                          s.Shape
                          i

                  if List.forall Option.isSome inside then
                      x[ravel s.Shape (List.map Option.get inside)]
                  else
                      cast s.DType value) ]
        | Op.Flip axes, [ s, x ] ->
            [ build shape (fun i ->
                  x[ravel s.Shape (List.mapi (fun a j -> if List.contains a axes then s.Shape[a] - 1 - j else j) i)]) ]
        | Op.Concat axis, _ ->
            [ build shape (fun i ->
                  let rec find j (args: (Signature * float[]) list) =
                      let s, x = args.Head

                      if j < s.Shape[axis] then
                          x[ravel s.Shape (List.updateAt axis j i)]
                      else
                          find (j - s.Shape[axis]) args.Tail

                  find i[axis] args) ]
        | Op.Gather axis, [ s, x; si, indices ] ->
            [ build shape (fun i ->
                  let before, rest = List.splitAt axis i
                  let at, after = List.splitAt si.Shape.Length rest
                  let j = int indices[ravel si.Shape at]

                  if j < 0 || j >= s.Shape[axis] then
                      Fail.argument "gather" "index" j $"is outside axis {axis}, of length {s.Shape[axis]}."

                  x[ravel s.Shape (before @ j :: after)]) ]
        | Op.ScatterAdd axis, [ s, x; si, indices; su, updates ] ->
            let out = Array.copy x

            updates
            |> Array.iteri (fun p v ->
                let before, rest = List.splitAt axis (unravel su.Shape p)
                let at, after = List.splitAt si.Shape.Length rest
                let j = int indices[ravel si.Shape at]

                if j < 0 || j >= s.Shape[axis] then
                    Fail.argument "scatterAdd" "index" j $"is outside axis {axis}, of length {s.Shape[axis]}."

                let k = ravel s.Shape (before @ j :: after)
                out[k] <- out[k] + v)

            [ out ]
        | Op.Reduce(reduction, axes), [ s, x ] ->
            let groups = Array.create (Shape.size shape) []
            let lengths, from = Array.ofList s.Shape, Array.ofList (strides s.Shape)
            let kept = [| 0 .. lengths.Length - 1 |] |> Array.filter (fun a -> not (List.contains a axes))
            let into = Array.ofList (strides shape)

            for p in x.Length - 1 .. -1 .. 0 do
                let mutable k = 0

                for i in 0 .. kept.Length - 1 do
                    k <- k + p / from[kept[i]] % lengths[kept[i]] * into[i]

                groups[k] <- x[p] :: groups[k]

            [ groups |> Array.map (reduce reduction) ]
        | (Op.ArgMax axis | Op.ArgMin axis), [ s, x ] ->
            let better a b =
                if Double.IsNaN b then false
                elif Double.IsNaN a then true
                elif op = Op.ArgMax axis then a > b
                else a < b

            [ build shape (fun i ->
                  let at j = x[ravel s.Shape (List.insertAt axis j i)]

                  [ 1 .. s.Shape[axis] - 1 ]
                  |> List.fold (fun best j -> if better (at j) (at best) then j else best) 0
                  |> float) ]
        | Op.CumSum axis, [ s, x ] ->
            [ build shape (fun i -> [ 0 .. i[axis] ] |> List.sumBy (fun j -> x[ravel s.Shape (List.updateAt axis j i)])) ]
        | Op.MatMul, [ s, x; t, y ] ->
            [ matmul (s.Shape[shape.Length - 2], List.last s.Shape, List.last t.Shape) x y (Shape.size shape) ]
        | (Op.Convolution _ | Op.ConvolutionInput _ | Op.ConvolutionKernel _), [ a; b ] -> [ convolution op a b shape ]
        | Op.MaxPool pool, [ s, x ] ->
            let largest index =
                let value at = x[inImage s.Shape index at]
                let above a b = a > b || (Double.IsNaN a && not (Double.IsNaN b))

                covered pool s.Shape index
                |> List.reduce (fun best at -> if above (value at) (value best) then at else best)

            let indices = build shape (largest >> float)
            [ build shape (fun i -> x[inImage s.Shape i (largest i)]); indices ]
        | Op.PoolGather _, [ s, x; _, indices ] ->
            [ build shape (fun i ->
                  let at = int indices[ravel shape i]

                  if at < 0 || at >= s.Shape[1] * s.Shape[2] then
                      Fail.argument
                          "poolGather"
                          "index"
                          at
                          $"is outside an image of {s.Shape[1]} by {s.Shape[2]} elements; take the indices that \
                            Op.MaxPool gave."

                  x[inImage s.Shape i at]) ]
        | Op.PoolScatter _, [ s, y; _, indices ] ->
            let out = Array.zeroCreate (Shape.size shape)

            y
            |> Array.iteri (fun p v ->
                let at = inImage shape (unravel s.Shape p) (int indices[p])
                out[at] <- out[at] + v)

            [ out ]
        | Op.Attention form, _ -> ReferenceAttention.forward form args
        | Op.AttentionGradient form, _ -> ReferenceAttention.gradient form args
        | Op.Sort descending, [ s, x ] ->
            let n = List.last s.Shape

            let sorted =
                if n = 0 then
                    [||]
                else
                    x
                    |> Array.chunkBySize n
                    |> Array.map (fun row ->
                        List.indexed (List.ofArray row)
                        |> List.sortWith (fun (_, a) (_, b) -> if descending then order b a else order a b)
                        |> Array.ofList)

            [ sorted |> Array.collect (Array.map snd); sorted |> Array.collect (Array.map (fst >> float)) ]
        | Op.Scan scan, _ -> loop scan args results
        | _ ->
            Fail.argument
                (ShapeInference.name op)
                "arguments"
                args.Length
                "is not the number of arguments that it takes."

    List.map2 (fun (s: Signature) v -> Array.map (store s.DType) v) results values

/// The results of a graph.
and private run (graph: Graph) (inputs: float[] list) : float[] list =
    let memory = Array.create graph.Nodes.Length []

    graph.Nodes
    |> Array.iteri (fun i node ->
        memory[i] <-
            match node with
            | Node.Input(index, _) -> [ inputs[index] ]
            | Node.Constant buffer -> [ [| for v in buffer.ToArray() -> Convert.ToDouble v |] ]
            | Node.Compute(op, args, signatures) ->
                let read r = Graph.signature graph r, List.item r.Result memory[r.Node]
                evaluate op (List.map read args) signatures)

    graph.Outputs |> List.map (fun r -> List.item r.Result memory[r.Node])

and private loop (scan: Scan) args results : float[] list =
    let carries, rest = List.splitAt scan.Carries (List.map snd args)
    let sequences, constants = List.splitAt scan.Sequences rest
    let at t (x: float[]) = x |> Array.splitInto (max 1 scan.Length) |> Array.item t
    let order = [ 0 .. scan.Length - 1 ] |> if scan.Reverse then List.rev else id

    let given, last =
        (carries, order)
        ||> List.mapFold (fun carries t ->
            let values = run scan.Body (carries @ List.map (at t) sequences @ constants)
            let after, given = List.splitAt scan.Carries values
            (t, given), after)

    let stacked =
        results
        |> List.skip scan.Carries
        |> List.mapi (fun i _ -> given |> List.sortBy fst |> List.map (fun (_, ys) -> ys[i]) |> Array.concat)

    last @ stacked
