namespace Functional

/// The transforms and the derivatives made of them, over functions of one tensor. Arguments come in the order `op f x
/// [v]`; the forms that begin with f give the value too. All nest in any order and are safe on many threads at once. A
/// function that does not depend on its argument has derivative zero. For functions of several tensors see the same
/// names in `Tree`.
[<AutoOpen>]
module Derivatives =
    let private one f (xs: Tensor list) = [ f (List.head xs) ]

    let private demandScalar operation (y: Tensor) =
        if not y.Shape.IsEmpty then
            Fail.shapes
                operation
                [ "result", y.Shape ]
                "the function must give a scalar; sum or average its result, or take its jacobian."

    let private demandFloat operation (x: Tensor) =
        if not x.DType.IsFloat then
            Fail.dtypes
                operation
                [ "the point", x.DType ]
                "derivatives are taken at float32, float64, float16 or bfloat16 points; cast it with Tensor.cast Float32"

    let private demandVector operation (x: Tensor) =
        if x.Rank <> 1 then
            Fail.shapes operation [ "point", x.Shape ] "the point must be a vector; flatten it first."

    let private demandPoint operation (x: Tensor) =
        demandFloat operation x

        if not x.Shape.IsEmpty then
            Fail.shapes operation [ "point", x.Shape ] "the point must be a scalar; use jacobian for more."

    /// `f x` and the derivative of f at x along v. The tangent v has x's shape and type. Forward mode: one pass,
    /// whatever the size of f x.
    let jvp (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor * Tensor =
        demandFloat "jvp" x
        let values, tangents = Jvp.jvp (one f) [ x ] [ v ]
        values.Head, tangents.Head

    /// `f x` and the function that carries a cotangent of the shape of f x back to one of the shape of x. Reverse mode;
    /// the function may be called many times, and on many threads.
    let vjp (f: Tensor -> Tensor) (x: Tensor) : Tensor * (Tensor -> Tensor) =
        demandFloat "vjp" x
        let values, pull = Vjp.vjp (one f) [ x ]
        values.Head, (fun ct -> List.head (pull [ ct ]))

    /// `f x` and its gradient, for f from a tensor to a scalar. The gradient has x's shape.
    let fgrad (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
        demandFloat "grad" x
        let value, pull = vjp f x
        demandScalar "grad" value
        value, pull (Tensor.onesLike value)

    /// The gradient of f, from a tensor to a scalar, at x. It has x's shape.
    let grad f x = snd (fgrad f x)

    /// `fgrad` by JAX's name.
    let valueAndGrad f x = fgrad f x

    /// `f x` and the derivative of f, from a scalar to anything, at x. It has the shape of f x.
    let fdiff f (x: Tensor) =
        demandPoint "diff" x
        jvp f x (Tensor.onesLike x)

    /// The derivative of f, from a scalar to anything, at x.
    let diff f x = snd (fdiff f x)

    /// `f x` and the second derivative of f, from a scalar, at x.
    let fdiff2 (f: Tensor -> Tensor) x = f x, diff (diff f) x

    /// The second derivative of f, from a scalar, at x.
    let diff2 f x = diff (diff f) x

    /// The n-th derivative of f, from a scalar, at x; n = 0 is f itself. Its cost doubles with n. A negative n is an
    /// error.
    let diffn n (f: Tensor -> Tensor) x =
        if n < 0 then
            Fail.argument "diffn" "n" n "is negative; take the derivative 0 times or more."

        let rec derive n f = if n = 0 then f else derive (n - 1) (diff f)

        derive n f x

    /// `f x` and its n-th derivative.
    let fdiffn n (f: Tensor -> Tensor) x = f x, diffn n f x

    /// `f x` and the derivative along v of f, from a tensor to a scalar.
    let fgradv f x v =
        let value, slope = jvp f x v
        demandScalar "gradv" value
        value, slope

    /// The derivative along v of f, from a tensor to a scalar, at x: the gradient times v, at the cost of one
    /// evaluation.
    let gradv f x v = snd (fgradv f x v)

    /// f mapped over `inAxis` of its argument, with the results' new axis at `outAxis`. Negative axes count from the
    /// end.
    let vmapAxes inAxis outAxis (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        Vmap.vmap [ Some inAxis ] (List.map (fun _ -> outAxis)) (one f) [ x ] |> List.head

    /// f mapped over the first axis: `vmap f x` is the stack of f x[0], f x[1], ..., computed as one.
    let vmap f x = vmapAxes 0 0 f x

    /// The unit vectors of the space of tensors like x, as a tensor [size; shape of x].
    let private basis (x: Tensor) =
        Core.beside x (fun () -> Tensor.reshape (x.Size :: x.Shape) (Tensor.eyeOf x.DType x.Size x.Size))

    /// `f x` and the Jacobian of f at x, of shape (shape of f x) @ (shape of x): by reverse mode where the result is
    /// smaller than the argument, else by forward mode.
    let fjacobian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor =
        demandFloat "jacobian" x
        let value, pull = vjp f x

        let jacobian =
            if not value.DType.IsFloat then
                Tensor.zerosOf x.DType (value.Shape @ x.Shape)
            elif value.Size < x.Size then
                Tensor.reshape (value.Shape @ x.Shape) (vmap pull (basis value))
            else
                let columns = vmap (fun v -> snd (jvp f x v)) (basis x)
                let order = [ 1 .. columns.Rank - 1 ] @ [ 0 ]
                Tensor.reshape (value.Shape @ x.Shape) (Tensor.permute order columns)

        value, jacobian

    /// The Jacobian of f at x, of shape (shape of f x) @ (shape of x), by the cheaper mode.
    let jacobian f x = snd (fjacobian f x)

    /// `f x` and the Jacobian times v; `jvp` by DiffSharp's name.
    let fjacobianv f x v = jvp f x v

    /// The Jacobian of f at x times v, by forward mode. v has x's shape.
    let jacobianv f x v = snd (jvp f x v)

    /// `f x` and the transposed Jacobian times v.
    let fjacobianTv f x v =
        let value, pull = vjp f x
        value, pull v

    /// The transposed Jacobian of f at x times v, by reverse mode. v has the shape of f x.
    let jacobianTv f x v = snd (fjacobianTv f x v)

    /// The Hessian of f, from a tensor to a scalar, at x, of shape (shape of x) @ (shape of x): forward mode over the
    /// gradient.
    let hessian f (x: Tensor) =
        let rows = vmap (fun v -> snd (jvp (grad f) x v)) (basis x)
        Tensor.reshape (x.Shape @ x.Shape) rows

    /// `f x` and the Hessian of f at x.
    let fhessian (f: Tensor -> Tensor) x = f x, hessian f x

    /// The Hessian of f at x times v, without forming it: a gradient's derivative along v.
    let hessianv f x v = snd (jvp (grad f) x v)

    /// `f x` and the Hessian times v.
    let fhessianv (f: Tensor -> Tensor) x v = f x, hessianv f x v

    /// The gradient and the Hessian of f, from a tensor to a scalar, at x.
    let gradhessian f x = grad f x, hessian f x

    /// `f x`, its gradient and its Hessian.
    let fgradhessian f x =
        let value, gradient = fgrad f x
        value, gradient, hessian f x

    /// The derivative along v, and the Hessian times v, of f at x.
    let gradhessianv f x v =
        let gradient, curvature = jvp (grad f) x v
        Tensor.sum (gradient * v), curvature

    /// `f x`, the derivative along v, and the Hessian times v.
    let fgradhessianv (f: Tensor -> Tensor) x v =
        let slope, curvature = gradhessianv f x v
        f x, slope, curvature

    /// The Laplacian of f, from a tensor to a scalar, at x: the sum of its second derivatives, the Hessian's trace.
    let laplacian f (x: Tensor) =
        // one entry of the diagonal for each direction, without the rest of the Hessian
        Tensor.sum (vmap (fun v -> Tensor.sum (hessianv f x v * v)) (basis x))

    /// `f x` and the Laplacian of f at x.
    let flaplacian (f: Tensor -> Tensor) x = f x, laplacian f x

    /// `f x` and the divergence of the vector field f, from n numbers to n numbers, at x: the Jacobian's trace.
    let fdivergence (f: Tensor -> Tensor) x =
        demandVector "divergence" x
        let value, jacobian = fjacobian f x

        if value.Shape <> x.Shape then
            Fail.shapes
                "divergence"
                [ "point", x.Shape; "result", value.Shape ]
                "a vector field gives as many numbers as it takes."

        value, Tensor.trace jacobian

    /// The divergence of the vector field f at x.
    let divergence f x = snd (fdivergence f x)

    /// `f x` and the curl of the vector field f, from 3 numbers to 3 numbers, at x.
    let fcurl (f: Tensor -> Tensor) (x: Tensor) =
        let value, j = fjacobian f x

        if x.Shape <> [ 3 ] || value.Shape <> [ 3 ] then
            Fail.shapes
                "curl"
                [ "point", x.Shape; "result", value.Shape ]
                "the curl is that of a field from 3 numbers to 3 numbers."

        let entry row column =
            let at i = { Start = i; Stop = i + 1; Step = 1 }
            Core.apply (Op.Slice [ at row; at column ]) [ j ] |> Tensor.reshape [ 1 ]

        value, Tensor.concat 0 [ entry 2 1 - entry 1 2; entry 0 2 - entry 2 0; entry 1 0 - entry 0 1 ]

    /// The curl of the vector field f, from 3 numbers to 3 numbers, at x.
    let curl f x = snd (fcurl f x)

    /// f with a derivative of one's own: `pull x y ct` is the cotangent of x for the cotangent ct of y = f x, and must
    /// be linear in ct. Forward mode uses its transpose. Both f and pull take what they need as arguments: a value of
    /// an outer transform that f uses from outside is an error.
    let customVjp (f: Tensor -> Tensor) (pull: Tensor -> Tensor -> Tensor -> Tensor) (x: Tensor) : Tensor =
        CustomDerivatives.customVjp (one f) (fun xs ys cts -> [ pull xs.Head ys.Head cts.Head ]) [ x ]
        |> List.head

    /// Functions on tensors.
    module Tensor =

        /// f, computed again in the backward pass instead of kept: less memory for more time. Same values and
        /// derivatives.
        let checkpoint (f: Tensor -> Tensor) (x: Tensor) : Tensor =
            CustomDerivatives.checkpoint (one f) [ x ] |> List.head

        /// f traced once for each shape and type it meets, then replayed without its F# code: common subexpressions are
        /// computed once, unused ones never. f must be pure: what it prints, and numbers it reads from elsewhere,
        /// belong to the first call. Keep the result, which holds the plans; inside a transform it is f itself.
        let compile (f: Tensor -> Tensor) : Tensor -> Tensor =
            let compiled = Jit.compile (one f)
            fun x -> compiled [ x ] |> List.head
