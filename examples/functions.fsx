// Differentiable functions with no network: Newton's method, a parameter of a differential equation, the Rosenbrock valley.
//   dotnet build -c Release src/Functional.fsproj && dotnet fsi examples/functions.fsx

#r "../src/bin/Release/net10.0/Functional.Kernels.dll"
#r "../src/bin/Release/net10.0/Functional.dll"

open Functional

let float64 (values: float list) = Tensor.cast Float64 (tensor values)

/// Solves a x = b for a small positive definite matrix, by conjugate gradients: products are all it needs.
let solve (a: Tensor) (b: Tensor) =
    let rec step (x: Tensor) (r: Tensor) (p: Tensor) n =
        let rr = Tensor.sum (r * r)

        if n = 0 || Tensor.toFloat rr < 1e-24 then
            x
        else
            let ap = Tensor.matmul a p
            let alpha = rr / Tensor.sum (p * ap)
            let r' = r - alpha * ap
            step (x + alpha * p) r' (r' + Tensor.sum (r' * r') / rr * p) (n - 1)

    step (Tensor.zerosLike b) b b (2 * b.Size)

// 1. Newton's method: the Hessian of a convex function leads to its minimum in a few steps.
let bowl (x: Tensor) =
    let shifted = x - float64 [ 1.0; -2.0; 0.5 ]
    Tensor.sum (shifted * shifted) + Tensor.logSumExp x

let newton f x =
    let gradient, hessian = gradhessian f x
    x - solve hessian gradient

printfn "Newton's method on |x - c|^2 + log sum exp x"

let minimum =
    (float64 [ 0.0; 0.0; 0.0 ], [ 1..5 ])
    ||> List.fold (fun x i ->
        let next = newton bowl x

        printfn
            "  step %d: f = %.12f, |gradient| = %.1e"
            i
            (Tensor.toFloat (bowl next))
            (Tensor.toFloat (Tensor.norm (grad bowl next)))

        next)

if Tensor.toFloat (Tensor.norm (grad bowl minimum)) > 1e-9 then
    failwith "Newton's method did not arrive."

// 2. The rate of decay in y' = -k y^2, found from measurements by differentiating through the integrator (Runge-Kutta 4).
let simulate steps (k: Tensor) =
    let dt = 4.0 / float steps
    let slope (y: Tensor) = -(k * y * y)

    let next (y: Tensor) =
        let k1 = slope y
        let k2 = slope (y + 0.5 * dt * k1)
        let k3 = slope (y + 0.5 * dt * k2)
        let k4 = slope (y + dt * k3)
        y + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    List.scan (fun y _ -> next y) (Tensor.scalarOf Float64 1.0) [ 1..steps ] |> Tensor.stack 0

// the solution for k = 0.7 is 1 / (1 + 0.7 t)
let measured = float64 [ for i in 0..20 -> 1.0 / (1.0 + 0.7 * 0.2 * float i) ]

let misfit k =
    let error = simulate 20 k - measured
    Tensor.sum (error * error)

let fitStep = Tensor.compile (fun k -> k - grad misfit k * 0.1)

let rate = (Tensor.scalarOf Float64 0.2, [ 1..200 ]) ||> List.fold (fun k _ -> fitStep k)
printfn "rate of decay through the integrator: %.5f (the truth is 0.7)" (Tensor.toFloat rate)

if abs (Tensor.toFloat rate - 0.7) > 1e-3 then
    failwith "The rate was not found."

// 3. Rosenbrock's valley: gradient descent creeps along its floor; Newton's method with a line search walks it.
let rosenbrock (x: Tensor) =
    let a, b = x[0], x[1]
    (1.0 - a) ** 2.0 + 100.0 * (b - a * a) ** 2.0

let start = float64 [ -1.2; 1.0 ]
let descend = Tensor.compile (fun x -> x - grad rosenbrock x * 1e-3)
let crept = (start, [ 1..1000 ]) ||> List.fold (fun x _ -> descend x)

/// Newton's direction where the Hessian is positive definite there, else the gradient; shortened until the function falls.
let walk x =
    let value, gradient, hessian = fgradhessian rosenbrock x
    let direction = solve hessian gradient

    let direction =
        if Tensor.toFloat (Tensor.sum (direction * gradient)) > 0.0 then
            direction
        else
            gradient

    Seq.initInfinite (fun i -> x - direction * (0.5 ** float i))
    |> Seq.take 40
    |> Seq.tryFind (fun next -> Tensor.toFloat (rosenbrock next) < Tensor.toFloat value)
    |> Option.defaultValue x

let walked = (start, [ 1..30 ]) ||> List.fold (fun x _ -> walk x)
printfn "Rosenbrock's valley from (-1.2, 1), minimum 0 at (1, 1)"
printfn "  1000 steps of gradient descent: f = %.6f at %O" (Tensor.toFloat (rosenbrock crept)) crept
printfn "  30 steps of Newton's method:    f = %.1e at %O" (Tensor.toFloat (rosenbrock walked)) walked

if Tensor.toFloat (rosenbrock walked) > 1e-12 then
    failwith "The minimum was not found."
