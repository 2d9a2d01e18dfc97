/// Forward mode: each value carries its derivative along one direction.
module internal Functional.Jvp

open Functional
open Core

let private sum (parts: Tensor option list) =
    match List.choose id parts with
    | [] -> None
    | parts -> Some(List.reduce (+) parts)

let private orZero (x: Tensor) tangent = tangent |> Option.defaultWith (fun () -> Tensor.zerosLike x)

/// The tangent of each result of `op` at `args` along `tangents`, None standing for zero. Linear in the tangents.
let private push op (args: Tensor list) (results: Tensor list) (tangents: Tensor option list) : Tensor option list =
    let linear = Option.map (fun t -> apply op [ t ])

    match op, args, results, tangents with
    | Op.Unary u, [ x ], [ y ], [ t ] -> [ Option.bind (ElementwiseDerivatives.unary u x y) t ]
    | Op.Binary b, [ x; y ], [ z ], [ s; t ] ->
        [ sum
              [ Option.bind (ElementwiseDerivatives.left b x y z) s
                Option.bind (ElementwiseDerivatives.right b x y z) t ] ]
    | Op.Where, [ condition; x; y ], _, [ _; s; t ] ->
        match s, t with
        | None, None -> [ None ]
        | _ -> [ Some(apply Op.Where [ condition; orZero x s; orZero y t ]) ]
    | Op.Cast dtype, _, _, [ t ] -> [ (if dtype.IsFloat then linear t else None) ]
    | (Op.Broadcast _ | Op.Reshape _ | Op.Transpose _ | Op.Slice _ | Op.Flip _ | Op.CumSum _ | Op.Barrier _),
      _,
      _,
      [ t ] -> [ linear t ]
    | Op.Pad(paddings, _), _, _, [ t ] -> [ t |> Option.map (fun t -> apply (Op.Pad(paddings, 0.0)) [ t ]) ]
    | Op.Concat _, _, _, _ ->
        if List.forall Option.isNone tangents then
            [ None ]
        else
            [ Some(apply op (List.map2 orZero args tangents)) ]
    | Op.Gather _, [ _; indices ], _, [ t; _ ] -> [ t |> Option.map (fun t -> apply op [ t; indices ]) ]
    | Op.ScatterAdd _, [ x; indices; updates ], _, [ s; _; t ] ->
        match s, t with
        | None, None -> [ None ]
        | _ -> [ Some(apply op [ orZero x s; indices; orZero updates t ]) ]
    | Op.Reduce(reduction, axes), [ x ], [ y ], [ t ] ->
        match reduction with
        | Reduction.Sum -> [ linear t ]
        | Reduction.Max
        | Reduction.Min ->
            [ t
              |> Option.map (fun t ->
                  apply (Op.Reduce(Reduction.Sum, axes)) [ t * ElementwiseDerivatives.extremeWeights axes x y ]) ]
        | Reduction.All
        | Reduction.Any -> [ None ]
    | (Op.MatMul | Op.Convolution _ | Op.ConvolutionInput _ | Op.ConvolutionKernel _), [ a; b ], _, [ s; t ] ->
        [ sum [ s |> Option.map (fun s -> apply op [ s; b ]); t |> Option.map (fun t -> apply op [ a; t ]) ] ]
    | Op.MaxPool pool, _, [ _; indices ], [ t ] ->
        [ t |> Option.map (fun t -> apply (Op.PoolGather pool) [ t; indices ]); None ]
    | (Op.PoolGather _ | Op.PoolScatter _), [ _; indices ], _, [ t; _ ] ->
        [ t |> Option.map (fun t -> apply op [ t; indices ]) ]
    | Op.Sort _, _, [ _; indices ], [ t ] -> [ t |> Option.map (Tensor.takeAlong -1 indices); None ]
    | Op.Scan _, _, _, _ -> Fail.argument (ShapeInference.name op) "tangents" "of a loop" "come with its values."
    | Op.Custom f, _, _, _ ->
        if List.forall Option.isNone tangents then
            results |> List.map (fun _ -> None)
        else
            (f :?> DifferentiableFunction).Push(args, results, List.map2 orZero args tangents) |> List.map Some
    | (Op.Compare _ | Op.ArgMax _ | Op.ArgMin _ | Op.KeySplit _ | Op.KeyFold | Op.RandomUniform _ | Op.RandomNormal _ | Op.RandomBits _ | Op.StopGradient),
      _,
      _,
      _ -> results |> List.map (fun _ -> None)
    | (Op.Unary _ | Op.Binary _ | Op.Where | Op.Cast _ | Op.Broadcast _ | Op.Reshape _ | Op.Transpose _ | Op.Slice _ | Op.Pad _ | Op.Flip _ | Op.Gather _ | Op.ScatterAdd _ | Op.Reduce _ | Op.CumSum _ | Op.MatMul | Op.Sort _ | Op.Barrier _),
      _,
      _,
      _ -> ShapeInference.wrongCount op args.Length
    | (Op.Convolution _ | Op.ConvolutionInput _ | Op.ConvolutionKernel _ | Op.MaxPool _ | Op.PoolGather _ | Op.PoolScatter _),
      _,
      _,
      _ -> ShapeInference.wrongCount op args.Length

type private Dual(owner, primal: Tensor, tangent: Tensor) =
    inherit Tracer(owner, primal.Signature)
    member _.Primal = primal
    member _.Tangent = tangent

type private Interpret() =
    inherit Interpreter()

    /// The value and its tangent, if it has one here.
    member me.Read(x: Tensor) =
        match x with
        | Traced(:? Dual as d) when obj.ReferenceEquals(d.Owner, me) -> d.Primal, Some d.Tangent
        | x -> x, None

    member private me.Carry (x: Tensor) tangent =
        match tangent with
        | Some t when x.DType.IsFloat -> Traced(Dual(me, x, t))
        | _ -> x

    /// The values of `f` at `xs` and their tangents along `tangents`, None standing for zero.
    static member Push (f: Tensor list -> Tensor list) (xs: Tensor list) (tangents: Tensor option list) =
        let me = Interpret()
        f (List.map2 me.Carry xs tangents) |> List.map me.Read |> List.unzip

    override me.Apply(op, args) =
        let primals, tangents = args |> List.map me.Read |> List.unzip

        let results, slopes =
            match op with
            | Op.Scan scan -> ScanJvp.push Interpret.Push scan primals tangents
            | op ->
                let results = applyMany op primals
                results, push op primals results tangents

        List.map2 me.Carry results slopes

/// The values of `f` at `xs` and their derivatives along `tangents`. Arguments that are not floats have no tangent and keep their place.
let jvp (f: Tensor list -> Tensor list) (xs: Tensor list) (tangents: Tensor list) =
    let along =
        (xs, tangents)
        ||> List.map2 (fun x t ->
            if not x.DType.IsFloat then
                None
            elif x.Signature <> t.Signature then
                Fail.shapes
                    "jvp"
                    [ "point", x.Shape; "tangent", t.Shape ]
                    $"the tangent must have the point's shape and type ({x.DType}; the tangent is {t.DType})."
            else
                Some t)

    let values, slopes = Interpret.Push f xs along
    values, List.map2 orZero values slopes
