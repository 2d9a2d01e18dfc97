/// The named derivatives on functions whose derivatives are known, their numerical mirrors, and what they say of bad input.
module Functional.Tests.DerivativeTests

open Functional
open Expecto

let private vector (xs: float list) = Tensor.ofFloat64Array [ xs.Length ] (Array.ofList xs)
let private number (x: float) = Tensor.scalarOf Float64 x
let private elements = Tensor.toFloat64Array

let private near tolerance (expected: Tensor) (actual: Tensor) =
    Expect.Equal<Shape>(expected.Shape, actual.Shape)
    Expect.True(Tensor.allClose tolerance tolerance expected actual, $"expected {expected}\nactual {actual}")

/// f(x, y, z) = x y + z^3, a field and a curve whose derivatives are plain.
let private scalarField (v: Tensor) = v[0] * v[1] + v[2] * v[2] * v[2]
let private vectorField (v: Tensor) = Tensor.stack 0 [ v[0] * v[1]; v[1] * v[2]; v[2] * v[0] ]
let private point () = vector [ 1.0; 2.0; 3.0 ]

let private message (f: unit -> 'a) = Expect.Throws<FunctionalException>(fun () -> f () |> ignore).Message

[<Tests>]
let tests =
    [ testCase "the named derivatives of known functions" (fun () ->
          let v = vector [ 1.0; 0.0; 2.0 ]
          let gradient = vector [ 2.0; 1.0; 27.0 ]
          let curvature = Tensor.ofFloat64Array [ 3; 3 ] [| 0.; 1.; 0.; 1.; 0.; 0.; 0.; 0.; 18. |]
          let j = Tensor.ofFloat64Array [ 3; 3 ] [| 2.; 1.; 0.; 0.; 3.; 2.; 3.; 0.; 1. |]
          near 1e-12 gradient (grad scalarField (point ()))
          near 1e-12 (number 56.0) (gradv scalarField (point ()) v)
          near 1e-12 curvature (hessian scalarField (point ()))
          near 1e-12 (vector [ 0.0; 1.0; 36.0 ]) (hessianv scalarField (point ()) v)
          near 1e-12 (number 18.0) (laplacian scalarField (point ()))
          near 1e-12 j (jacobian vectorField (point ()))
          near 1e-12 (Tensor.matmul j v) (jacobianv vectorField (point ()) v)
          near 1e-12 (Tensor.matmul v j) (jacobianTv vectorField (point ()) v)
          near 1e-12 (number 6.0) (divergence vectorField (point ()))
          // curl (x y, y z, z x) = (-y, -z, -x)
          near 1e-12 (vector [ -2.0; -3.0; -1.0 ]) (curl vectorField (point ()))
          near 1e-12 (number (cos 0.5)) (diff sin (number 0.5))
          near 1e-12 (number (-sin 0.5)) (diff2 sin (number 0.5))
          near 1e-12 (number (-cos 0.5)) (diffn 3 sin (number 0.5))
          near 1e-12 (number (sin 0.5)) (diffn 0 sin (number 0.5)))

      testCase "the forms that begin with f give the value too" (fun () ->
          let value = scalarField (point ())
          let v = vector [ 1.0; 0.0; 2.0 ]
          near 0.0 value (fst (fgrad scalarField (point ())))
          near 0.0 value (fst (valueAndGrad scalarField (point ())))
          near 0.0 value (fst (fgradv scalarField (point ()) v))
          near 0.0 value (fst (fhessian scalarField (point ())))
          near 0.0 value (fst (fhessianv scalarField (point ()) v))
          near 0.0 value (fst (flaplacian scalarField (point ())))
          near 0.0 (vectorField (point ())) (fst (fjacobian vectorField (point ())))
          near 0.0 (vectorField (point ())) (fst (fjacobianv vectorField (point ()) v))
          near 0.0 (vectorField (point ())) (fst (fjacobianTv vectorField (point ()) v))
          near 0.0 (vectorField (point ())) (fst (fcurl vectorField (point ())))
          near 0.0 (vectorField (point ())) (fst (fdivergence vectorField (point ())))
          near 0.0 (sin (number 0.5)) (fst (fdiff sin (number 0.5)))
          near 0.0 (sin (number 0.5)) (fst (fdiff2 sin (number 0.5)))
          near 0.0 (sin (number 0.5)) (fst (fdiffn 3 sin (number 0.5)))
          let value', gradient, curvature = fgradhessian scalarField (point ())
          near 0.0 value value'
          near 0.0 (grad scalarField (point ())) gradient
          near 0.0 (hessian scalarField (point ())) curvature
          near 0.0 gradient (fst (gradhessian scalarField (point ())))
          let value'', slope, product = fgradhessianv scalarField (point ()) v
          near 0.0 value value''
          near 1e-12 (gradv scalarField (point ()) v) slope
          near 1e-12 (hessianv scalarField (point ()) v) product
          near 1e-12 slope (fst (gradhessianv scalarField (point ()) v)))

      testCase "the numerical mirrors agree with them" (fun () ->
          let v = vector [ 1.0; 0.0; 2.0 ]
          let e = 1e-5
          near 1e-7 (grad scalarField (point ())) (numgrad e scalarField (point ()))
          near 1e-7 (gradv scalarField (point ()) v) (numgradv e scalarField (point ()) v)
          near 1e-7 (jacobian vectorField (point ())) (numjacobian e vectorField (point ()))
          near 1e-7 (jacobianv vectorField (point ()) v) (numjacobianv e vectorField (point ()) v)
          near 1e-7 (jacobianTv vectorField (point ()) v) (numjacobianTv e vectorField (point ()) v)
          near 1e-7 (divergence vectorField (point ())) (numdivergence e vectorField (point ()))
          near 1e-7 (curl vectorField (point ())) (numcurl e vectorField (point ()))
          near 1e-7 (diff sin (number 0.5)) (numdiff e sin (number 0.5))
          near 1e-5 (diff2 sin (number 0.5)) (numdiff2 1e-3 sin (number 0.5))
          near 1e-5 (hessian scalarField (point ())) (numhessian 1e-3 scalarField (point ()))
          near 1e-5 (hessianv scalarField (point ()) v) (numhessianv 1e-3 scalarField (point ()) v)
          near 1e-5 (laplacian scalarField (point ())) (numlaplacian 1e-3 scalarField (point ())))

      testCase "checkGradients passes right derivatives and fails wrong ones" (fun () ->
          let right = checkGradients (fun x -> Tensor.sin x * x) (tensor [ 0.3; 1.1; 2.0 ])
          Expect.True(right.Passed, string right)

          let wrong =
              customVjp (fun (x: Tensor) -> x * x) (fun x _ ct -> ct * x)
              |> fun f -> checkGradients f (tensor [ 0.3; 1.1 ])

          Expect.False wrong.Passed
          Expect.Equal(1, wrong.WorstElement)
          Expect.StartsWith("gradient check FAILED at element 1", string wrong))

      testCase "functions of trees are differentiated like functions of tensors" (fun () ->
          let tree = Tree.ofList [ "x", vector [ 1.0; 2.0 ]; "y", vector [ 3.0; 4.0 ] ]
          let f (t: Tree<Tensor>) = Tensor.sum (t["x"] * t["x"] * t["y"])
          let value, gradient = Tree.valueAndGrad f tree
          near 0.0 (number 19.0) value
          near 0.0 (vector [ 6.0; 16.0 ]) gradient["x"]
          near 0.0 (vector [ 1.0; 4.0 ]) gradient["y"]
          let compiled = Tree.compile (Tree.grad f)
          near 0.0 gradient["x"] ((compiled tree).["x"])
          near 0.0 gradient["x"] ((compiled tree).["x"])
          let tangent = Tree.map Tensor.onesLike tree
          let _, derivative = Tree.jvp (fun t -> Leaf(f t)) tree tangent
          near 1e-12 (number 27.0) derivative[""]
          let rows = Tree.map (fun x -> Tensor.stack 0 [ x; x * 2.0 ]) tree
          near 1e-12 (Tensor.stack 0 [ gradient["x"]; gradient["x"] * 4.0 ]) ((Tree.vmap (Tree.grad f) rows).["x"])
          let checkpointed = Tree.grad (fun t -> (Tree.checkpoint (fun t -> Leaf(f t)) t)[""]) tree
          near 0.0 gradient["y"] checkpointed["y"])

      testCase "a tree laid out as a vector has every derivative" (fun () ->
          let tree = Tree.ofList [ "x", vector [ 1.0; 2.0 ]; "y", Tensor.reshape [ 1; 2 ] (vector [ 3.0; 4.0 ]) ]
          let f (t: Tree<Tensor>) = Tensor.sum (t["x"] * t["x"] * t["y"])
          let point, unravel = Tree.ravel tree
          near 0.0 (vector [ 1.0; 2.0; 3.0; 4.0 ]) point
          near 0.0 tree["y"] (unravel point).["y"]
          let h = hessian (unravel >> f) point
          let direction = vector [ 1.0; -1.0; 0.5; 2.0 ]
          let product, _ = Tree.ravel (Tree.hessianv f tree (unravel direction))
          near 1e-12 (Tensor.matmul h direction) product
          near 1e-12 (gradv (unravel >> f) point direction) (Tree.gradv f tree (unravel direction))

          let error =
              Expect.Throws<FunctionalException>(fun () -> Tree.ravel (Tree.ofList [ "n", tensor [ 1; 2 ] ]) |> ignore)

          Expect.Contains("Tree.ravel: the leaves must be of one float type", error.Message))

      testCase "a compiled function runs its code once for each shape and type" (fun () ->
          let runs = ref 0

          let f =
              Tensor.compile (fun x ->
                  runs.Value <- runs.Value + 1
                  x * 2.0)

          for x in [ tensor [ 1.0; 2.0 ]; tensor [ 3.0; 4.0 ]; tensor [ 1.0 ]; tensor [ 5.0 ]; vector [ 1.0 ] ] do
              near 0.0 (x * 2.0) (f x)

          Expect.Equal(3, runs.Value))

      testCase "a compiled function of a tree may name its results by the shapes it meets" (fun () ->
          let name (x: Tensor) = $"of {x.Size}"
          let f (t: Tree<Tensor>) = Tree.ofList [ name t["x"], t["x"] * 2.0 ]
          let compiled = Tree.compile f

          for _ in 1..2 do
              for x in [ vector [ 1.0 ]; vector [ 1.0; 2.0 ] ] do
                  near 0.0 (x * 2.0) (compiled (Tree.ofList [ "x", x ])).[name x])

      testCase "tracing computes common subexpressions once and unused ones never" (fun () ->
          let f (xs: Tensor list) =
              let x = xs.Head
              let _ = exp x
              [ sin x * sin x ]

          let graph, _ = Trace.trace f [ { Shape = [ 3 ]; DType = Float32 } ]

          Expect.Equal(
              "%0 = input 0 : float32[3]\n%1 = sin %0 : float32[3]\n%2 = mul %1 %1 : float32[3]\nreturn %2",
              Graph.describe graph
          ))

      testCase "what cannot be differentiated says why" (fun () ->
          let x = tensor [ 1.0; 2.0 ]

          Expect.Equal(
              "grad: the function must give a scalar; sum or average its result, or take its jacobian.\nresult  [2]",
              message (fun () -> grad (fun x -> x * x) x)
          )

          Expect.Equal(
              "grad: derivatives are taken at float32, float64, float16 or bfloat16 points; cast it with Tensor.cast Float32 (the point is int32)",
              message (fun () -> grad (fun x -> Tensor.sum x) (tensor [ 1; 2 ]))
          )

          Expect.Contains(
              "the tangent must have the point's shape and type",
              message (fun () -> jvp sin x (tensor [ 1.0 ]))
          )

          Expect.Contains(
              "the cotangent must have the result's shape and type",
              message (fun () -> snd (vjp sin x) (tensor [ 1.0 ]))
          )

          Expect.Contains("diff: the point must be a scalar; use jacobian for more.", message (fun () -> diff sin x))
          Expect.Contains("diffn: n = -1 is negative", message (fun () -> diffn -1 sin (tensor 1.0)))
          Expect.Contains("curl: the curl is that of a field from 3 numbers", message (fun () -> curl sin x))

          Expect.Contains(
              "a vector field gives as many numbers as it takes",
              message (fun () -> divergence (fun x -> Tensor.sum x |> Tensor.reshape [ 1 ]) x)
          )

          Expect.Contains(
              "vmap: axis 0 is outside the shape []; a scalar has no axes.",
              message (fun () -> vmap sin (tensor 1.0))
          )

          Expect.Contains(
              "epsilon = 0 is not a step; it must be positive.",
              message (fun () -> numgrad 0.0 Tensor.sum x)
          )

          Expect.Contains(
              "customVjp: the function uses a value that an outer transform follows",
              message (fun () -> grad (fun w -> Tensor.sum (customVjp (fun x -> x * w) (fun _ _ ct -> ct) x)) x)
          ))

      testCase "a value that a transform follows says that it has no data yet" (fun () ->
          let x = tensor [ 1.0; 2.0 ]

          Expect.Contains(
              "has no data yet",
              message (fun () -> grad (fun x -> Tensor.scalar (Tensor.toFloat (Tensor.sum x))) x)
          )

          let shown = ref ""

          grad
              (fun x ->
                  shown.Value <- string x
                  Tensor.sum x)
              x
          |> ignore

          Expect.Contains("<traced float32 [2]>", shown.Value)) ]
    |> testList "Transforms.Derivative"
