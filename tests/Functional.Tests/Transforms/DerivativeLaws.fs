/// Every primitive's derivatives: against finite differences, against each other, and once more at second order.
module Functional.Tests.DerivativeLaws

open Functional
open Functional.Tests.Samples
open Expecto

/// The floats among the arguments, which a derivative can be taken in.
let private isFloat (x: Tensor) = x.DType.IsFloat

/// The sample as a function of its float arguments alone, and of its float results alone.
let private asFunction sample (floats: Tensor list) =
    let rec fill (args: Tensor list) (floats: Tensor list) =
        match args, floats with
        | a :: args, x :: rest when isFloat a -> x :: fill args rest
        | a :: args, floats -> a :: fill args floats
        | [], _ -> []

    Core.applyMany sample.Op (fill sample.Args floats) |> List.filter isFloat

/// Fixed weights that look random, of this shape.
let private weights salt (x: Tensor) =
    Tensor.ofFloat64Array x.Shape (Array.init x.Size (fun i -> cos (float (7 * i + salt)) + 0.1 * float salt))

let private inner (xs: Tensor list) (ys: Tensor list) =
    List.map2 (fun (x: Tensor) y -> Tensor.toFloat (Tensor.sum (x * y))) xs ys |> List.sum

let private close tolerance (a: float) (b: float) = abs (a - b) <= tolerance * max 1.0 (max (abs a) (abs b))

let private step = 1e-5

let private along f (xs: Tensor list) (vs: Tensor list) =
    let at (sign: float) = f (List.map2 (fun x v -> x + v * (sign * step)) xs vs)
    List.map2 (fun (plus: Tensor) minus -> (plus - minus) / (2.0 * step)) (at 1.0) (at -1.0)

let private sampleLaw name law =
    forAll name floats (fun sample ->
        let f = asFunction sample
        let xs = sample.Args |> List.filter isFloat
        law sample f xs (xs |> List.mapi (fun i x -> weights i x)))

[<Tests>]
let tests =
    [ testCase "forward mode is the limit of differences" (fun () ->
          sampleLaw "jvp = finite differences" (fun sample f xs vs ->
              let values, tangents = Jvp.jvp f xs vs
              let ws = values |> List.mapi (fun i y -> weights (i + 5) y)

              match sample.Op with
              | Op.StopGradient -> inner tangents ws = 0.0
              | _ -> close 1e-6 (inner tangents ws) (inner (along f xs vs) ws)))

      testCase "reverse mode is the transpose of forward mode" (fun () ->
          sampleLaw "<jvp v, w> = <v, vjp w>" (fun _ f xs vs ->
              let values, tangents = Jvp.jvp f xs vs
              let ws = values |> List.mapi (fun i y -> weights (i + 5) y)
              let same, pull = Vjp.vjp f xs

              List.forall2 (fun a b -> Tensor.sameElements a b) same values
              && close 1e-12 (inner tangents ws) (inner vs (pull ws))))

      // The derivative of x -> <w, J(x) v>, by differences of first derivatives.
      testCase "second derivatives are the limit of differences of first ones, in all four orders" (fun () ->
          sampleLaw "second order" (fun sample f xs vs ->
              let count = xs.Length
              let us = xs |> List.mapi (fun i x -> weights (i + 11) x)
              let shapes = f xs
              let ws = shapes |> List.mapi (fun i y -> weights (i + 5) y)
              let pushed xs = snd (Jvp.jvp f xs vs)
              let pulled xs = (Vjp.vjp f xs |> snd) ws
              let expectedPush = inner (along pushed xs us) ws
              let expectedPull = inner (along pulled xs us) vs
              let forwardForward = inner (snd (Jvp.jvp pushed xs us)) ws
              let forwardReverse = inner (snd (Jvp.jvp pulled xs us)) vs
              let reverseForward = inner ((Vjp.vjp pushed xs |> snd) ws) us
              let reverseReverse = inner ((Vjp.vjp pulled xs |> snd) (List.take count vs)) us

              match sample.Op with
              | Op.StopGradient -> forwardForward = 0.0 && reverseReverse = 0.0
              | _ ->
                  close 1e-5 forwardForward expectedPush
                  && close 1e-5 forwardReverse expectedPull
                  && close 1e-10 reverseForward forwardForward
                  && close 1e-10 reverseReverse forwardReverse))

      testCase "ties share the derivative of a maximum" (fun () ->
          let x = Tensor.ofFloat64Array [ 4 ] [| 1.0; 3.0; 3.0; 2.0 |]
          Expect.Equal<float>([| 0.0; 0.5; 0.5; 0.0 |], Tensor.toFloat64Array (grad Tensor.max x))
          let zero = Tensor.ofFloat64Array [ 2 ] [| 0.0; 0.0 |]

          Expect.Equal<float>(
              [| 0.5; 0.5 |],
              Tensor.toFloat64Array (grad (fun x -> Tensor.sum (Tensor.maximum x zero)) zero)
          ))

      testCase "powers have derivatives at zero" (fun () ->
          let at power =
              let zero = Tensor.ofFloat64Array [ 1 ] [| 0.0 |]
              let f (x: Tensor) = Tensor.sum (x ** (power: float))
              Tensor.toFloat64Array (grad f zero), Tensor.toFloat64Array (hessian f zero)

          Expect.Equal(([| 0.0 |], [| 0.0 |]), at 0.0)
          Expect.Equal(([| 1.0 |], [| 0.0 |]), at 1.0)
          Expect.Equal(([| 0.0 |], [| 2.0 |]), at 2.0))

      testCase "products have derivatives where factors are zero" (fun () ->
          let x = Tensor.ofFloat64Array [ 3 ] [| 2.0; 0.0; 5.0 |]
          Expect.Equal<float>([| 0.0; 10.0; 0.0 |], Tensor.toFloat64Array (grad Tensor.prod x)))

      testCase "a function that does not use its argument has derivative zero" (fun () ->
          let x = Tensor.ofFloat64Array [ 2 ] [| 1.0; 2.0 |]
          let constant = Tensor.scalarOf Float64 3.0
          let zeros = [| 0.0; 0.0 |]
          Expect.Equal<float>(zeros, Tensor.toFloat64Array (grad (fun _ -> constant) x))
          Expect.Equal<float>([| 0.0 |], Tensor.toFloat64Array (jacobianv (fun _ -> constant) x x))
          Expect.Equal<float>(Array.zeroCreate 4, Tensor.toFloat64Array (hessian (fun _ -> constant) x))
          Expect.Equal<float>(zeros, Tensor.toFloat64Array (jacobian (fun _ -> constant) x))) ]
    |> testList "Transforms.DerivativeLaws"
