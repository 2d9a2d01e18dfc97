namespace Functional

open System

/// The distance of a function's derivatives from its finite differences.
type GradientCheck =
    {
        /// Whether both modes agree with the differences: every error is within 1e-5.
        Passed: bool
        /// The largest error of forward mode, |derivative - difference| / max(1, |difference|).
        ForwardError: float
        /// The largest error of reverse mode, measured alike.
        ReverseError: float
        /// The index, in row-major order, of the argument's element where the larger error was found, or -1 for no
        /// elements.
        WorstElement: int
    }

    /// One line: passed or failed, and both errors.
    override c.ToString() =
        let verdict = if c.Passed then "passed" else $"FAILED at element {c.WorstElement}"
        let format (v: float) = v.ToString("0.0e+00", Globalization.CultureInfo.InvariantCulture)
        $"gradient check {verdict}: forward error {format c.ForwardError}, reverse error {format c.ReverseError}"

/// The derivatives by central differences, for checking the exact ones. `epsilon` is the step: about 1e-5 suits float64
/// first derivatives, 1e-3 second ones; float32 is too coarse for more than two or three digits. Each evaluates f twice
/// or more for every element of the argument, on data: these functions are not differentiable themselves.
[<AutoOpen>]
module NumericalDerivatives =
    /// The unit vectors like x, one for each element.
    let private units (x: Tensor) =
        Core.beside x (fun () ->
            List.init x.Size (fun i ->
                Tensor.reshape x.Shape (Tensor.oneHotOf x.DType x.Size (Tensor.ofInts [] [| i |]))))

    let private demandStep operation epsilon =
        if not (epsilon > 0.0) then
            Fail.argument operation "epsilon" epsilon "is not a step; it must be positive."

    /// The derivative of f at x along v: (f (x + e v) - f (x - e v)) / 2e.
    let numjacobianv epsilon (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor =
        demandStep "numjacobianv" epsilon
        (f (x + v * epsilon) - f (x - v * epsilon)) / (2.0 * epsilon)

    /// The derivative along v of f, from a tensor to a scalar.
    let numgradv epsilon f x v = numjacobianv epsilon f x v

    /// The derivative of f, from a scalar, at x.
    let numdiff epsilon f (x: Tensor) = numjacobianv epsilon f x (Tensor.onesLike x)

    /// The second derivative of f, from a scalar, at x: (f (x + e) - 2 f x + f (x - e)) / e^2.
    let numdiff2 epsilon (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        demandStep "numdiff2" epsilon
        (f (x + epsilon) - 2.0 * f x + f (x - epsilon)) / (epsilon * epsilon)

    /// The Jacobian of f at x, of shape (shape of f x) @ (shape of x).
    let numjacobian epsilon (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        match units x |> List.map (numjacobianv epsilon f x) with
        | [] -> Tensor.zerosOf x.DType ((f x).Shape @ x.Shape)
        | columns ->
            let stacked = Tensor.stack -1 columns
            Tensor.reshape (columns.Head.Shape @ x.Shape) stacked

    /// The transposed Jacobian of f at x times v.
    let numjacobianTv epsilon f (x: Tensor) (v: Tensor) : Tensor =
        units x
        |> List.map (fun u -> Tensor.sum (numjacobianv epsilon f x u * v))
        |> Tensor.stack 0
        |> Tensor.reshape x.Shape

    /// The gradient of f, from a tensor to a scalar, at x.
    let numgrad epsilon f x = numjacobian epsilon f x

    /// The Hessian of f, from a tensor to a scalar, at x: differences of differences.
    let numhessian epsilon f x = numjacobian epsilon (numgrad epsilon f) x

    /// The Hessian of f at x times v.
    let numhessianv epsilon f x v = numjacobianv epsilon (numgrad epsilon f) x v

    /// The Laplacian of f, from a tensor to a scalar, at x.
    let numlaplacian epsilon (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        demandStep "numlaplacian" epsilon
        let second (u: Tensor) = (f (x + u * epsilon) - 2.0 * f x + f (x - u * epsilon)) / (epsilon * epsilon)
        units x |> List.map second |> List.fold (+) (Tensor.zerosOf x.DType [])

    /// The divergence of the vector field f at x.
    let numdivergence epsilon f x = Tensor.trace (numjacobian epsilon f x)

    /// The curl of the vector field f, from 3 numbers to 3 numbers, at x.
    let numcurl epsilon f (x: Tensor) =
        let column = units x |> List.map (numjacobianv epsilon f x)

        let entry row c = Tensor.sum (column[c] * (units x)[row])

        Tensor.stack 0 [ entry 2 1 - entry 1 2; entry 0 2 - entry 2 0; entry 1 0 - entry 0 1 ]

    /// Compares both modes of differentiation of f at x with central differences, in float64: f must compute in the
    /// type of its argument. The steps are 6e-6 times the size of each element, or of 1.
    let checkGradients (f: Tensor -> Tensor) (x: Tensor) : GradientCheck =
        let x = Tensor.cast Float64 x
        let value, pull = vjp f x
        let elements = Tensor.toFloat64Array x
        // the rows of the Jacobian by reverse mode, as arrays
        let rows = units value |> List.map (fun u -> Tensor.toFloat64Array (pull u)) |> Array.ofList

        let relative (derivative: float) (difference: float) =
            let error = abs (derivative - difference) / max 1.0 (abs difference)
            if Double.IsNaN error then Double.PositiveInfinity else error

        let errors =
            units x
            |> List.mapi (fun i u ->
                let step = 6e-6 * max 1.0 (abs elements[i])
                let difference = Tensor.toFloat64Array (numjacobianv step f x u)
                let forward = Tensor.toFloat64Array (jacobianv f x u)

                let worst (errors: float[]) = Array.fold max 0.0 errors

                worst (Array.map2 relative forward difference),
                worst (Array.map2 (fun (row: float[]) d -> relative row[i] d) rows difference))

        let forwardError = errors |> List.fold (fun worst (e, _) -> max worst e) 0.0
        let reverseError = errors |> List.fold (fun worst (_, e) -> max worst e) 0.0
        let larger = max forwardError reverseError

        { Passed = larger <= 1e-5
          ForwardError = forwardError
          ReverseError = reverseError
          WorstElement = errors |> List.tryFindIndex (fun (a, b) -> max a b = larger) |> Option.defaultValue -1 }
