/// Forward mode: each value carries its tangent, the derivative along one direction.
module internal Functional.Jvp

open Functional
open Core

let private sum (parts: Tensor option list) =
    match List.choose id parts with
    | [] -> None
    | parts -> Some(List.reduce (+) parts)

let private orZero (x: Tensor) tangent = tangent |> Option.defaultWith (fun () -> Tensor.zerosLike x)

let private pushWhere op (args: Tensor list) tangents =
    match args, tangents with
    | [ condition; x; y ], [ _; s; t ] ->
        match s, t with
        | None, None -> [ None ]
        | _ -> [ Some(apply op [ condition; orZero x s; orZero y t ]) ]
    | _ -> ShapeInference.wrongCount op args.Length

let private pushScatterAdd op (args: Tensor list) tangents =
    match args, tangents with
    | [ x; indices; updates ], [ s; _; t ] ->
        match s, t with
        | None, None -> [ None ]
        | _ -> [ Some(apply op [ orZero x s; indices; orZero updates t ]) ]
    | _ -> ShapeInference.wrongCount op args.Length

/// The tangent of each result of `op` at `args` along `tangents`, None standing for zero. Linear in the tangents.
let private push op (args: Tensor list) (results: Tensor list) (tangents: Tensor option list) : Tensor option list =
    let zeros () = results |> List.map (fun _ -> None)
    let wrongCount () = ShapeInference.wrongCount op args.Length

    /// The rule of a primitive of one argument and one result.
    let one rule =
        match args, results, tangents with
        | [ x ], [ y ], [ Some t ] -> [ rule x y t ]
        | [ _ ], _, [ None ] -> zeros ()
        | _ -> wrongCount ()

    /// The rule of a primitive of two arguments and one result.
    let two rule =
        match args, results, tangents with
        | [ x; y ], [ z ], [ s; t ] -> [ rule x y z s t ]
        | _ -> wrongCount ()

    /// The rule of a primitive of values and indices.
    let indexed rule =
        match args, tangents with
        | [ _; indices ], [ t; _ ] -> [ t |> Option.map (rule indices) ]
        | _ -> wrongCount ()

    /// The primitive itself, which is linear.
    let linear () = one (fun _ _ t -> Some(apply op [ t ]))

    /// The sum of the primitive, which is linear in each of its two arguments, with either replaced by its tangent.
    let bilinear () =
        two (fun x y _ s t ->
            sum [ s |> Option.map (fun s -> apply op [ s; y ]); t |> Option.map (fun t -> apply op [ x; t ]) ])

    match op with
    | Op.Unary u -> one (ElementwiseDerivatives.unary u)
    | Op.Binary b ->
        two (fun x y z s t ->
            sum
                [ Option.bind (ElementwiseDerivatives.left b x y z) s
                  Option.bind (ElementwiseDerivatives.right b x y z) t ])
    | Op.Where -> pushWhere op args tangents
    | Op.Cast dtype -> if dtype.IsFloat then linear () else zeros ()
    | Op.Broadcast _
    | Op.Reshape _
    | Op.Transpose _
    | Op.Slice _
    | Op.Flip _
    | Op.CumSum _
    | Op.Barrier _ -> linear ()
    | Op.Pad(paddings, _) -> one (fun _ _ t -> Some(apply (Op.Pad(paddings, 0.0)) [ t ]))
    | Op.Concat _ ->
        if List.forall Option.isNone tangents then
            zeros ()
        else
            [ Some(apply op (List.map2 orZero args tangents)) ]
    | Op.Gather _ -> indexed (fun indices t -> apply op [ t; indices ])
    | Op.ScatterAdd _ -> pushScatterAdd op args tangents
    | Op.Reduce(reduction, axes) ->
        match reduction with
        | Reduction.Sum -> linear ()
        | Reduction.Max
        | Reduction.Min ->
            one (fun x y t ->
                Some(apply (Op.Reduce(Reduction.Sum, axes)) [ t * ElementwiseDerivatives.extremeWeights axes x y ]))
        | Reduction.All
        | Reduction.Any -> zeros ()
    | Op.MatMul
    | Op.Convolution _
    | Op.ConvolutionInput _
    | Op.ConvolutionKernel _ -> bilinear ()
    | Op.MaxPool pool ->
        match results, tangents with
        | [ _; indices ], [ t ] -> [ t |> Option.map (fun t -> apply (Op.PoolGather pool) [ t; indices ]); None ]
        | _ -> wrongCount ()
    | Op.PoolGather _
    | Op.PoolScatter _ -> indexed (fun indices t -> apply op [ t; indices ])
    | Op.Sort _ ->
        match results, tangents with
        | [ _; indices ], [ t ] -> [ t |> Option.map (Tensor.takeAlong -1 indices); None ]
        | _ -> wrongCount ()
    | Op.Scan _ -> Fail.argument (ShapeInference.name op) "tangents" "of a loop" "come with its values."
    | Op.Custom f ->
        if List.forall Option.isNone tangents then
            zeros ()
        else
            (f :?> DifferentiableFunction).Push(args, results, List.map2 orZero args tangents) |> List.map Some
    | Op.Compare _
    | Op.ArgMax _
    | Op.ArgMin _
    | Op.KeySplit _
    | Op.KeyFold
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _
    | Op.StopGradient -> zeros ()

type private Dual(owner, primal: Tensor, tangent: Tensor) =
    inherit Tracer(owner, primal.Signature)
    override _.Backend = primal.Backend
    member _.Primal = primal
    member _.Tangent = tangent

type private Interpret() =
    inherit Interpreter()

    /// The value and its tangent, if it has one here.
    member me.Read(x: Tensor) =
        match x with
        | Traced(:? Dual as d) when obj.ReferenceEquals(d.Owner, me) -> d.Primal, Some d.Tangent
        | x -> x, None

    member private me.WithTangent (x: Tensor) tangent =
        match tangent with
        | Some t when x.DType.IsFloat -> Traced(Dual(me, x, t))
        | _ -> x

    /// The values of `f` at `xs` and their tangents along `tangents`, None standing for zero.
    static member Push (f: Tensor list -> Tensor list) (xs: Tensor list) (tangents: Tensor option list) =
        let me = Interpret()
        f (List.map2 me.WithTangent xs tangents) |> List.map me.Read |> List.unzip

    override me.Apply(op, args) =
        let primals, tangents = args |> List.map me.Read |> List.unzip

        let results, resultTangents =
            match op with
            | Op.Scan scan -> ScanJvp.push Interpret.Push scan primals tangents
            | op ->
                let results = applyMany op primals
                results, push op primals results tangents

        List.map2 me.WithTangent results resultTangents

/// The values of `f` at `xs` and their tangents along `tangents`, one for each argument; those of arguments that are
/// not floats are ignored.
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

    let values, valueTangents = Interpret.Push f xs along
    values, List.map2 orZero values valueTangents
