/// Forward mode: each value carries its tangent, the derivative along one direction.
module internal Functional.Jvp

open Functional
open Core

let private sum (parts: Tensor option list) =
    match List.choose id parts with
    | [] -> None
    | parts -> Some(List.reduce (+) parts)

let private orZero (x: Tensor) tangent = tangent |> Option.defaultWith (fun () -> Tensor.zerosLike x)

/// A primitive with its arguments and results, and the tangents of the arguments, of which None stands for zero.
type private Application =
    { Op: Op
      Args: Tensor list
      Results: Tensor list
      Tangents: Tensor option list }

    member a.WrongCount() : 'T = ShapeInference.wrongCount a.Op a.Args.Length

/// No tangents: the results do not change with the arguments, or jump.
let private zeros (a: Application) : Tensor option list = a.Results |> List.map (fun _ -> None)

/// The rule of a primitive of one argument x and one result y, for a tangent t that is not zero.
let private one (a: Application) (rule: Tensor -> Tensor -> Tensor -> Tensor option) =
    match a.Args, a.Results, a.Tangents with
    | [ x ], [ y ], [ Some t ] -> [ rule x y t ]
    | [ _ ], _, [ None ] -> zeros a
    | _ -> a.WrongCount()

/// The tangent of a primitive that is linear in its only argument: the primitive of the tangent.
let private linear (a: Application) = one a (fun _ _ t -> Some(apply a.Op [ t ]))

/// The tangent of a primitive that is linear in each of its two arguments, by the product rule.
let private bilinear (a: Application) =
    match a.Args, a.Tangents with
    | [ x; y ], [ s; t ] ->
        [ sum [ s |> Option.map (fun s -> apply a.Op [ s; y ]); t |> Option.map (fun t -> apply a.Op [ x; t ]) ] ]
    | _ -> a.WrongCount()

/// The tangent of a primitive that moves values to places told by indices: the values' tangent, moved alike.
let private indexed (a: Application) =
    match a.Args, a.Tangents with
    | [ _; indices ], [ t; _ ] -> [ t |> Option.map (fun t -> apply a.Op [ t; indices ]) ]
    | _ -> a.WrongCount()

/// The tangent of values that `pick` takes by the indices that are the second result.
let private picked (a: Application) (pick: Tensor -> Tensor -> Tensor) =
    match a.Results, a.Tangents with
    | [ _; indices ], [ t ] -> [ t |> Option.map (pick indices); None ]
    | _ -> a.WrongCount()

let private pushBinary (a: Application) operation =
    match a.Args, a.Results, a.Tangents with
    | [ x; y ], [ z ], [ s; t ] ->
        [ sum
              [ Option.bind (ElementwiseDerivatives.left operation x y z) s
                Option.bind (ElementwiseDerivatives.right operation x y z) t ] ]
    | _ -> a.WrongCount()

let private pushWhere (a: Application) =
    match a.Args, a.Tangents with
    | [ _; _; _ ], [ _; None; None ] -> [ None ]
    | [ condition; x; y ], [ _; s; t ] -> [ Some(apply a.Op [ condition; orZero x s; orZero y t ]) ]
    | _ -> a.WrongCount()

let private pushConcat (a: Application) =
    if List.forall Option.isNone a.Tangents then
        zeros a
    else
        [ Some(apply a.Op (List.map2 orZero a.Args a.Tangents)) ]

let private pushScatterAdd (a: Application) =
    match a.Args, a.Tangents with
    | [ _; _; _ ], [ None; _; None ] -> [ None ]
    | [ x; indices; updates ], [ s; _; t ] -> [ Some(apply a.Op [ orZero x s; indices; orZero updates t ]) ]
    | _ -> a.WrongCount()

let private pushReduction (a: Application) reduction axes =
    match reduction with
    | Reduction.Sum -> linear a
    | Reduction.Max
    | Reduction.Min ->
        one a (fun x y t ->
            Some(apply (Op.Reduce(Reduction.Sum, axes)) [ t * ElementwiseDerivatives.extremeWeights axes x y ]))
    | Reduction.All
    | Reduction.Any -> zeros a

let private pushCustom (a: Application) (f: DifferentiableFunction) =
    if List.forall Option.isNone a.Tangents then
        zeros a
    else
        f.Push(a.Args, a.Results, List.map2 orZero a.Args a.Tangents) |> List.map Some

/// The tangent of each result, None standing for zero. Linear in the tangents of the arguments.
let private push (a: Application) : Tensor option list =
    match a.Op with
    | Op.Unary operation -> one a (ElementwiseDerivatives.unary operation)
    | Op.Binary operation -> pushBinary a operation
    | Op.Where -> pushWhere a
    | Op.Cast dtype -> if dtype.IsFloat then linear a else zeros a
    | Op.Broadcast _
    | Op.Reshape _
    | Op.Transpose _
    | Op.Slice _
    | Op.Flip _
    | Op.CumSum _
    | Op.Barrier _ -> linear a
    | Op.Pad(paddings, _) -> one a (fun _ _ t -> Some(apply (Op.Pad(paddings, 0.0)) [ t ]))
    | Op.Concat _ -> pushConcat a
    | Op.Gather _
    | Op.PoolGather _
    | Op.PoolScatter _ -> indexed a
    | Op.ScatterAdd _ -> pushScatterAdd a
    | Op.Reduce(reduction, axes) -> pushReduction a reduction axes
    | Op.MatMul
    | Op.Convolution _
    | Op.ConvolutionInput _
    | Op.ConvolutionKernel _ -> bilinear a
    | Op.MaxPool pool -> picked a (fun indices t -> apply (Op.PoolGather pool) [ t; indices ])
    | Op.Sort _ -> picked a (Tensor.takeAlong -1)
    | Op.Scan _ -> Fail.argument (ShapeInference.name a.Op) "tangents" "of a loop" "come with its values."
    // the interpreter composes these of other primitives
    | Op.Attention _
    | Op.AttentionGradient _ -> a.WrongCount()
    | Op.Custom f -> pushCustom a (f :?> DifferentiableFunction)
    | Op.Compare _
    | Op.ArgMax _
    | Op.ArgMin _
    | Op.KeySplit _
    | Op.KeyFold
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _
    | Op.StopGradient -> zeros a

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

        /// The results of the primitive with the tangents of a composition of others that computes the same.
        let composed f = applyMany op primals, snd (Interpret.Push f primals tangents)

        let results, resultTangents =
            match op with
            | Op.Scan scan -> ScanJvp.push Interpret.Push scan primals tangents
            | Op.Attention form -> composed (AttentionComposition.forward form)
            | Op.AttentionGradient form -> composed (AttentionComposition.gradient form)
            | op ->
                let results = applyMany op primals
                results, push { Op = op; Args = primals; Results = results; Tangents = tangents }

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
