/// Batching, tracing and compiling change how a function is computed, never what: they agree with loops and with eager evaluation,
/// and nest with the derivatives in any order.
module Functional.Tests.NestingLaws

open System.Threading.Tasks
open FsCheck.FSharp
open Functional
open Functional.Tests.Samples
open Expecto

let private same (a: Tensor) (b: Tensor) =
    a.DType = b.DType
    && a.Shape = b.Shape
    && (if a.DType.IsFloat then
            Tensor.allClose 1e-12 1e-12 a b
        else
            Tensor.sameElements a b)

let private row i (x: Tensor) = Tensor.gather 0 (Tensor.ofInts [] [| i |]) x

/// The arguments of a sample three times over, each time with other floats; indices and masks are rolled along their last axis.
let private batchOf (x: Tensor) =
    let scaled =
        [ 1.0; 0.9; 0.8 ]
        |> List.mapi (fun i s ->
            match x.DType with
            | Float32
            | Float64 -> x * s
            | Int32
            | Bool when x.Rank > 0 && i > 0 -> Tensor.flip [ 0 ] x
            | Int32
            | Bool -> x)

    Tensor.stack 0 scaled

let private mappedLaw name generators (inAxes: int -> int option) =
    forAll name generators (fun sample ->
        let mapped = sample.Args |> List.mapi (fun i _ -> inAxes i)

        if List.forall Option.isNone mapped then
            true
        else
            let args = (sample.Args, mapped) ||> List.map2 (fun x axis -> if axis.IsSome then batchOf x else x)

            let f = Core.applyMany sample.Op

            let looped =
                [ for i in 0..2 ->
                      f (List.map2 (fun x (axis: int option) -> if axis.IsSome then row i x else x) args mapped) ]
                |> List.transpose
                |> List.map (Tensor.stack 0)

            List.forall2 same looped (Vmap.vmap mapped (List.map (fun _ -> 0)) f args))

/// Chains of smooth functions of a vector.
let private chain =
    let link =
        Gen.elements
            [ "sin", (fun (x: Tensor) -> sin x)
              "tanh", tanh
              "square", (fun x -> x * x)
              "softmax", Tensor.softmax 0
              "cumsum", Tensor.cumsum 0
              "scale", (fun x -> x * 1.5 - 0.25)
              "outer", (fun x -> Tensor.sumOver [ 1 ] (Tensor.outer x (exp (-x))))
              "norm", (fun x -> x / (Tensor.norm x + 1.0))
              "sorted", Tensor.sort 0
              "mix", (fun x -> Tensor.matmul x (Tensor.outer (cos x) x)) ]

    gen {
        let! n = Gen.choose (1, 4)
        let! links = Gen.listOfLength n link
        let! x = Gen.choose (1, 4) |> Gen.bind (fun n -> distinct [ n ])
        return List.map fst links, links |> List.map snd |> List.reduce (>>), x * 0.5
    }

let private chainLaw name law =
    Law.checkWith
        60
        name
        (Prop.forAll (Arb.fromGen chain) (fun (names, f, x) -> law f x |> Prop.label $"{names} at {x}"))

let private near (a: Tensor) (b: Tensor) = a.Shape = b.Shape && Tensor.allClose 1e-9 1e-9 a b

[<Tests>]
let tests =
    [ testCase "vmap is a loop" (fun () -> mappedLaw "vmap over all arguments" (floats @ others) (fun _ -> Some 0))

      testCase "vmap over the first argument alone is a loop" (fun () ->
          mappedLaw "vmap over the first argument" (floats @ others) (fun i -> if i = 0 then Some 0 else None))

      testCase "vmap over the second argument alone is a loop" (fun () ->
          mappedLaw "vmap over the second argument" (floats @ others) (fun i -> if i = 1 then Some 0 else None))

      testCase "compiled primitives give the bits of eager ones" (fun () ->
          forAll "compile = eager" (floats @ others) (fun sample ->
              let f = Core.applyMany sample.Op
              List.forall2 Tensor.sameElements (Jit.compile f sample.Args) (f sample.Args)))

      testCase "compile and the derivatives commute" (fun () ->
          chainLaw "compile . grad = grad . compile = grad" (fun f x ->
              let s = f >> Tensor.sum
              let expected = grad s x
              near (Tensor.compile (grad s) x) expected && near (grad (Tensor.compile s) x) expected))

      testCase "Hessians agree in every order of nesting" (fun () ->
          chainLaw "hessian" (fun f x ->
              let s = f >> Tensor.sum
              let expected = hessian s x
              let same = near expected

              same (jacobian (grad s) x)
              && same (Tensor.compile (hessian s) x)
              && same (hessian (Tensor.compile s) x)
              && same (hessian (Tensor.checkpoint s) x)
              && same (jacobian (jacobian s) x)
              && near (laplacian s x) (Tensor.trace expected)
              && near (hessianv s x x) (Tensor.matmul expected x)))

      testCase "vmap of a derivative is the derivative of each row" (fun () ->
          chainLaw "vmap . grad" (fun f x ->
              let s = f >> Tensor.sum
              let rows = Tensor.stack 0 [ x; x * 0.5; x - 0.25 ]
              let looped = [ x; x * 0.5; x - 0.25 ] |> List.map (grad s) |> Tensor.stack 0

              near (vmap (grad s) rows) looped
              && near (Tensor.compile (vmap (grad s)) rows) looped
              && near (grad (fun rows -> Tensor.sum (vmap s rows)) rows) looped
              && near (vmap (grad (Tensor.checkpoint s)) rows) looped
              && near (vmapAxes 1 1 (grad s) (Tensor.transpose rows)) (Tensor.transpose looped)))

      testCase "a custom derivative that is the true one changes nothing" (fun () ->
          chainLaw "customVjp" (fun f x ->
              let s = f >> Tensor.sum
              let custom = customVjp s (fun x _ ct -> ct * grad s x)
              let rows = Tensor.stack 0 [ x; x * 0.5 ]

              near (grad custom x) (grad s x)
              && near (jacobianv custom x x) (jacobianv s x x)
              && near (hessian custom x) (hessian s x)
              && near (vmap (grad custom) rows) (vmap (grad s) rows)
              && near (Tensor.compile (grad custom) x) (grad s x)))

      testCase "nested derivatives do not mix up their perturbations" (fun () ->
          let one = Tensor.scalarOf Float64 1.0
          let nested outer inner = outer (fun x -> x * inner (fun y -> x + y) one) one
          let all = [ diff; grad; (fun f x -> jacobianv f x one); (fun f -> Tensor.compile (grad f)) ]

          for outer in all do
              for inner in all do
                  Expect.Equal(1.0, Tensor.toFloat (nested outer inner)))

      testCase "values of an outer transform may be captured by an inner function" (fun () ->
          let x = Tensor.ofFloat64Array [ 2 ] [| 0.5; -1.0 |]
          let plain w = Tensor.sum (tanh (x * w) * w)
          let expected = grad plain x

          let within (transform: (Tensor -> Tensor) -> Tensor -> Tensor) w =
              transform (fun z -> Tensor.sum (tanh (z * w) * w)) x

          for transform in
              [ Tensor.checkpoint
                Tensor.compile
                (fun f -> Tensor.compile (Tensor.checkpoint f))
                (fun f x -> fst (jvp f x x)) ] do
              Expect.True(near expected (grad (within transform) x)))

      testCase "one compiled function and one pullback serve many threads at once" (fun () ->
          let x = Tensor.ofFloat64Array [ 50 ] (Array.init 50 (fun i -> sin (float i)))
          let f = Tensor.compile (grad (fun x -> Tensor.sum (tanh x * exp x)))
          let _, pull = vjp (fun (x: Tensor) -> tanh x * exp x) x
          let expected = Tensor.toFloat64Array (f x)
          let results = Array.zeroCreate 64

          Parallel.For(
              0,
              64,
              fun i ->
                  let y = if i % 2 = 0 then f x else pull (Tensor.onesLike x)

                  let nested =
                      hessian (fun x -> Tensor.sum (x * x * x)) (Tensor.ofFloat64Array [ 2 ] [| float i; 1.0 |])

                  results[i] <- Tensor.toFloat64Array y, Tensor.toFloat64Array nested
          )
          |> ignore

          for i, (y, nested) in Array.indexed results do
              Expect.Equal<float>(expected, y)
              Expect.Equal<float>([| 6.0 * float i; 0.0; 0.0; 6.0 |], nested)) ]
    |> testList "Transforms.NestingLaws"
