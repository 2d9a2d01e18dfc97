/// Loops over time: what they compute, what their derivatives keep and how they sum, and the errors.
module Functional.Tests.ScanTests

open System.Threading.Tasks
open FsCheck.FSharp
open Functional
open Functional.Tests.Samples
open Expecto

let private near (a: Tensor) (b: Tensor) = a.Shape = b.Shape && Tensor.allClose 1e-10 1e-10 a b

let private row i (x: Tensor) = Tensor.gather 0 (Tensor.ofInts [] [| i |]) x

/// A loop written out: the body once for each slice.
let private unrolled reverse (f: Tensor -> Tensor -> Tensor * Tensor) (init: Tensor) (xs: Tensor) =
    let n = xs.Shape.Head

    let given, last =
        (init, (if reverse then [ n - 1 .. -1 .. 0 ] else [ 0 .. n - 1 ]))
        ||> List.mapFold (fun carry t ->
            let after, y = f carry (row t xs)
            y, after)

    last, Tensor.stack 0 (if reverse then List.rev given else given)

let private options reverse = { ScanOptions.Default with Reverse = reverse }

/// Random sizes, directions, points and cells: a state, inputs over time, and a matrix that every step shares.
let private cases =
    gen {
        let! steps, b, u = Gen.zip3 (Gen.choose (1, 5)) (Gen.choose (1, 3)) (Gen.choose (1, 3))
        let! reverse = Gen.elements [ true; false ]
        let! h = tensorBetween -1.0 1.0 [ b; u ]
        let! xs = tensorBetween -1.0 1.0 [ steps; b; u ]
        let! w = tensorBetween -1.0 1.0 [ u; u ]

        let! name, cell =
            Gen.elements
                [ "tanh", (fun w (h: Tensor) x -> tanh (Tensor.matmul h w + x))
                  "gate",
                  (fun w (h: Tensor) x ->
                      let z = Tensor.sigmoid (Tensor.matmul h w + x)
                      z * h + (1.0 - z) * tanh (x * h))
                  "left", (fun w (h: Tensor) x -> sin (Tensor.transpose (Tensor.matmul w (Tensor.transpose (h + x)))))
                  "diagonal", (fun w (h: Tensor) x -> h * Tensor.sumOver [ 0 ] w + x * x + h * h * 0.1) ]

        let plain w h x = cell w h x, Tensor.sumOver [ 0 ] (cell w h x * x)

        // the carry and what is given come of different results of the loop inside
        let looped (w: Tensor) (h: Tensor) (x: Tensor) =
            Tensor.scan
                (fun c r -> tanh (c * r + Tensor.sumOver [ 0 ] w), exp (sin c * r))
                h
                (Tensor.stack 0 [ x; h * x; h ])

        let! name, f = Gen.frequency [ 3, Gen.constant (name, plain); 1, Gen.constant ("loop", looped) ]
        return name, f, reverse, h, xs, w
    }

let private law count name property =
    Law.checkWith
        count
        name
        (Prop.forAll (Arb.fromGen cases) (fun (cell, f, reverse, h, xs, w) ->
            property (f, reverse, h, xs, w) |> Prop.label $"{cell}, reverse {reverse}\n{h}\n{xs}\n{w}"))

/// One number out of everything that a loop gives.
let private total (last: Tensor, ys: Tensor) = Tensor.sum (sin (last * 2.0)) + Tensor.sum (cos (ys * 3.0))

/// The loops of a graph.
let private loops (graph: Graph) =
    graph.Nodes
    |> Array.toList
    |> List.choose (function
        | Node.Compute(Op.Scan scan, _, _) -> Some scan
        | _ -> None)

let private count op (graph: Graph) =
    graph.Nodes
    |> Array.filter (function
        | Node.Compute(o, _, _) -> o = op
        | _ -> false)
    |> Array.length

let private gradientGraph f (x: Tensor) = Trace.trace (fun xs -> [ grad f xs.Head ]) [ x.Signature ] |> fst

let private message (f: unit -> 'a) = (Expect.Throws<FunctionalException>(fun () -> f () |> ignore)).Message

[<Tests>]
let tests =
    [ testCase "a loop is its body written out" (fun () ->
          law 60 "scan = unrolled" (fun (f, reverse, h, xs, w) ->
              let last, ys = Tensor.scanWith (options reverse) (f w) h xs
              let last', ys' = unrolled reverse (f w) h xs
              near last last' && near ys ys'))

      testCase "its gradients are those of the body written out" (fun () ->
          law 60 "grad scan = grad unrolled" (fun (f, reverse, h, xs, w) ->
              let point = Node [ "h", Leaf h; "xs", Leaf xs; "w", Leaf w ]

              let through loop which =
                  Tree.grad (fun (p: Tree<Tensor>) -> loop (f p["w"]) p["h"] p["xs"] |> which) point |> Tree.leaves

              // with all results in use, the last carry alone, and the stack alone
              [ total; fst >> sin >> Tensor.sum; snd >> sin >> Tensor.sum ]
              |> List.forall (fun which ->
                  List.forall2
                      near
                      (through (fun f h xs -> Tensor.scanWith (options reverse) f h xs) which)
                      (through (unrolled reverse) which))))

      testCase "its second derivatives are those of the body written out, however they are nested" (fun () ->
          law 12 "hessian scan = hessian unrolled" (fun (f, reverse, h, xs, w) ->
              let through loop w = loop (f w) (h * Tensor.mean w) xs |> total
              let looped = through (fun f h xs -> Tensor.scanWith (options reverse) f h xs)
              let expected = hessian (through (unrolled reverse)) w

              near (hessian looped w) expected
              && near (jacobian (grad looped) w) expected
              && near (Tensor.compile (hessian looped) w) expected
              && near (hessian (Tensor.compile looped) w) expected
              && near (hessian (Tensor.checkpoint looped) w) expected))

      testCase "mapped and compiled it gives the same" (fun () ->
          law 20 "vmap . grad . scan" (fun (f, reverse, h, xs, w) ->
              let g w = Tensor.scanWith (options reverse) (f w) h xs |> total
              let ws = [ w; w * 0.5; w - 0.25 ]
              let looped = ws |> List.map (grad g) |> Tensor.stack 0
              let all = Tensor.stack 0 ws

              near (vmap (grad g) all) looped
              && near (grad (fun ws -> Tensor.sum (vmap g ws)) all) looped
              && near (Tensor.compile (vmap (grad g)) all) looped
              && near (Tensor.compile (grad g) w) (row 0 looped)))

      testCase "the first derivatives agree with finite differences in float32 too" (fun () ->
          let xs = Tensor.cast Float32 (Tensor.linspace -1.0 1.0 5)
          let f (w: Tensor) = Tensor.scan (fun h x -> tanh (h * w + x), h) (tensor 0.5) xs |> total
          let x = tensor 0.7
          let difference = (Tensor.toFloat (f (x + 0.01)) - Tensor.toFloat (f (x - 0.01))) / 0.02
          Expect.Equal(Float32, (grad f x).DType)
          Expect.Equal(difference, Tensor.toFloat (grad f x), 1e-3)
          Expect.Equal(Tensor.toFloat (grad f x), Tensor.toFloat (diff f x), 1e-5))

      testCase "a scan makes running sums, forwards and backwards" (fun () ->
          let xs = tensor [ 1.0; 2.0; 3.0; 4.0 ]
          let add (total: Tensor) (x: Tensor) = total + x, total + x
          let last, sums = Tensor.scan add (tensor 0.0) xs
          Expect.Equal(10.0, Tensor.toFloat last)
          Expect.Equal<float>([| 1.0; 3.0; 6.0; 10.0 |], Tensor.toFloat64Array sums)
          let last, sums = Tensor.scanWith (options true) add (tensor 0.0) xs
          Expect.Equal(10.0, Tensor.toFloat last)
          Expect.Equal<float>([| 10.0; 9.0; 7.0; 4.0 |], Tensor.toFloat64Array sums))

      testCase "no steps leave the carry as it is" (fun () ->
          let f (w: Tensor) =
              Tensor.scan (fun (h: Tensor) x -> h * w + x, h) w (Tensor.zerosOf Float64 [ 0; 2 ])

          let w = Tensor.ofFloat64Array [ 2 ] [| 3.0; 4.0 |]
          let last, ys = f w
          Expect.True(near w last)
          Expect.Equal<int list>([ 0; 2 ], ys.Shape)
          Expect.True(near (Tensor.onesLike w) (grad (f >> fst >> Tensor.sum) w)))

      testCase "a loop needs no sequences and no carries" (fun () ->
          let options = { Reverse = false; Length = Some 3 }

          let powers, _ =
              Tree.scanWith
                  options
                  (fun c _ -> Tree.map (fun (x: Tensor) -> x * 2.0) c, Tree.empty)
                  (Leaf(tensor 1.0))
                  Tree.empty

          Expect.Equal(8.0, Tensor.toFloat powers[""])
          let _, ones = Tree.scanWith options (fun _ _ -> Tree.empty, Leaf(tensor 1.0)) Tree.empty Tree.empty
          Expect.Equal<float>([| 1.0; 1.0; 1.0 |], Tensor.toFloat64Array ones[""]))

      testCase "names of carries and of results are kept" (fun () ->
          let init = Node [ "a", Leaf(tensor 1.0); "b", Leaf(tensor 1.0) ]

          let fibonacci (c: Tree<Tensor>) (x: Tree<Tensor>) =
              Node [ "a", Leaf c["b"]; "b", Leaf(c["a"] + c["b"]) ], Node [ "sum", Leaf(c["a"] + x["x"]) ]

          let last, ys = Tree.scan fibonacci init (Node [ "x", Leaf(Tensor.zeros [ 6 ]) ])
          Expect.Equal(13.0, Tensor.toFloat last["a"])
          Expect.Equal<float>([| 1.0; 1.0; 2.0; 3.0; 5.0; 8.0 |], Tensor.toFloat64Array ys["sum"]))

      testCase "the gradient of a matrix is one product after the loop" (fun () ->
          let xs, h = Tensor.zerosOf Float64 [ 7; 2; 3 ], Tensor.zerosOf Float64 [ 2; 3 ]

          let f w =
              Tensor.scan (fun h x -> let h = tanh (Tensor.matmul h w + x) in h, h) h xs |> snd |> Tensor.sum

          let graph = gradientGraph f (Tensor.zerosOf Float64 [ 3; 3 ])

          match loops graph with
          | [ forward; back ] ->
              Expect.Equal(1, count Op.MatMul forward.Body)
              // h of the step before; its slope is found from the result, which the loop gives anyway
              Expect.Equal(3, forward.Body.Outputs.Length)
              Expect.Equal(1, count Op.MatMul back.Body)
              Expect.Equal(1, back.Carries)
              Expect.Equal(1, count Op.MatMul graph)
          | loops -> Expect.Fail $"{loops.Length} loops")

      testCase "of a long short-term memory seven values are kept a step" (fun () ->
          let u = 2
          let zs, h = Tensor.zerosOf Float64 [ 7; 3; 4 * u ], Tensor.zerosOf Float64 [ 3; u ]

          let f w =
              let step (c: Tree<Tensor>) (z: Tree<Tensor>) =
                  let z = z[""] + Tensor.matmul c["h"] w
                  let gate i = z |> Tensor.sliceAxis 1 (i * u) ((i + 1) * u) 1
                  let c = Tensor.sigmoid (gate 1) * c["c"] + Tensor.sigmoid (gate 0) * tanh (gate 2)
                  Tree.ofList [ "h", Tensor.sigmoid (gate 3) * tanh c; "c", c ], Tree.empty

              let last, _ = Tree.scan step (Tree.ofList [ "h", h; "c", h ]) (Leaf zs)
              Tensor.sum last["h"]

          match gradientGraph f (Tensor.zerosOf Float64 [ u; 4 * u ]) |> loops with
          | [ forward; back ] ->
              Expect.Equal(2 + 7, forward.Body.Outputs.Length)
              Expect.Equal(2, back.Carries)
              Expect.Equal(1, back.Body.Outputs.Length - back.Carries)
              // the cotangents of the four gates are joined, not padded and added
              let plan = Compilation.simplified CpuBackend.instance back.Body
              Expect.Equal(1, count (Op.Concat 1) plan)

              Expect.Equal(
                  0,
                  plan.Nodes
                  |> Array.filter (function
                      | Node.Compute(Op.Pad _, _, _) -> true
                      | _ -> false)
                  |> Array.length
              )
          | loops -> Expect.Fail $"{loops.Length} loops")

      testCase "results that nobody reads are not computed" (fun () ->
          let init = Tree.ofList [ "a", tensor 0.0; "b", tensor 1.0; "c", tensor 2.0 ]

          let f (xs: Tensor list) =
              let step (s: Tree<Tensor>) (x: Tree<Tensor>) =
                  let a = s["a"] + x["x"]
                  let c = sin s["c"]

                  Tree.ofList [ "a", a; "b", a * s["b"]; "c", c ],
                  Tree.ofList [ "unread", exp c; "read", cos (a + x["y"]) ]

              Tree.scan step init (Tree.ofList [ "x", xs[0]; "y", xs[1] ])

          let trace which =
              let vector: Signature = { Shape = [ 5 ]; DType = Float32 }
              let graph = Trace.trace (f >> which) [ vector; vector ] |> fst
              Expect.Equal(2, graph.Inputs.Length)
              List.exactlyOne (loops graph)

          let read = trace (fun (_, ys) -> [ ys["read"] ])
          Expect.Equal((1, 2, 2), (read.Carries, read.Sequences, read.Body.Outputs.Length))
          let second = trace (fun (last, _) -> [ last["b"] ])
          Expect.Equal((2, 1, 2), (second.Carries, second.Sequences, second.Body.Outputs.Length))

          let both xs =
              let last, ys = f [ xs; xs * 2.0 ]
              Tensor.stack 0 [ last["b"]; Tensor.sum ys["read"] ]

          let xs = Tensor.arange 0.0 5.0 1.0
          Expect.Equal<float32>(Tensor.toArray (both xs), Tensor.toArray (Tensor.compile both xs)))

      testCase "cotangents of slices are joined where they fill an axis, and added elsewhere" (fun () ->
          let x = Tensor.ofFloat64Array [ 2; 6 ] (Array.init 12 (fun i -> sin (float i)))
          let part start stop = Tensor.sliceAxis 1 start stop 1

          let cases =
              [ [ 0, 2; 2, 3; 3, 6 ]
                [ 3, 6; 0, 3 ]
                [ 0, 2; 3, 6 ]
                [ 0, 4; 3, 6 ]
                [ 1, 4; 4, 6 ]
                [ 0, 6; 0, 6 ] ]

          for ranges in cases do
              let f (x: Tensor) =
                  ranges
                  |> List.mapi (fun i (start, stop) -> Tensor.sum (sin (part start stop x * float (i + 1))))
                  |> List.reduce (+)

              Expect.Equal<float>(Tensor.toFloat64Array (grad f x), Tensor.toFloat64Array (Tensor.compile (grad f) x))

          // along two axes at once nothing is joined
          let corners (x: Tensor) =
              Tensor.sum (sin (Tensor.sliceAxis 0 0 1 1 (part 0 3 x)))
              + Tensor.sum (cos (Tensor.sliceAxis 0 1 2 1 (part 3 6 x)))

          Expect.Equal<float>(
              Tensor.toFloat64Array (grad corners x),
              Tensor.toFloat64Array (Tensor.compile (grad corners) x)
          ))

      testCase "a derivative of one's own is used inside a loop" (fun () ->
          // a derivative that is not the true one shows that it was used
          let own = customVjp (fun x -> x) (fun _ _ ct -> ct * 10.0)
          let f (x: Tensor) = Tensor.scan (fun h _ -> own h, h) x (Tensor.zeros [ 3 ]) |> fst
          Expect.Equal(1000.0, Tensor.toFloat (grad f (tensor 1.0)))
          Expect.Equal(1000.0, Tensor.toFloat (Tensor.compile (grad f) (tensor 1.0)))
          Expect.Equal(1000.0, Tensor.toFloat (grad (Tensor.compile f) (tensor 1.0)))
          Expect.Equal(1000.0, Tensor.toFloat (grad (Tensor.checkpoint f) (tensor 1.0)))
          Expect.Equal(10.0, Tensor.toFloat (grad (Tensor.checkpoint own) (tensor 1.0)))
          Expect.Equal<float>([| 1000.0; 1000.0 |], Tensor.toFloat64Array (vmap (grad f) (Tensor.ones [ 2 ]))))

      testCase "one loop and one pullback serve many threads at once" (fun () ->
          let xs = Tensor.ofFloat64Array [ 20; 3 ] (Array.init 60 (fun i -> sin (float i)))

          let f w =
              Tensor.scan (fun h x -> tanh (h * w + x), h * h) (Tensor.zerosOf Float64 [ 3 ]) xs |> total

          let w = Tensor.ofFloat64Array [ 3 ] [| 0.5; -1.0; 0.1 |]
          let compiled = Tensor.compile (grad f)
          let _, pull = vjp f w
          let expected = Tensor.toFloat64Array (grad f w)
          let results = Array.zeroCreate 32

          Parallel.For(
              0,
              32,
              fun i ->
                  let y = if i % 2 = 0 then compiled w else pull (Tensor.scalarOf Float64 1.0)

                  results[i] <- Tensor.toFloat64Array y
          )
          |> ignore

          for result in results do
              Expect.Equal<float>(expected, result))

      testCase "errors name what does not fit" (fun () ->
          let xs = Tensor.zeros [ 4; 2 ]

          let text =
              message (fun () -> Tensor.scan (fun h x -> Tensor.concat 0 [ h; x ], h) (Tensor.zeros [ 2 ]) xs)

          Expect.Contains("carry before a step  [2]", text)
          Expect.Contains("a carry keeps its shape and type", text)
          let text = message (fun () -> Tensor.scan (fun h x -> h, x) (tensor 0.0) (tensor 1.0))
          Expect.Contains("a sequence needs a first axis", text)
          let two = Node [ "a", Leaf xs; "b", Leaf(Tensor.zeros [ 3 ]) ]
          let text = message (fun () -> Tree.scan (fun c _ -> c, Tree.empty) (Leaf(tensor 0.0)) two)
          Expect.Contains("the first axis of every sequence must be the same for all", text)

          let text =
              message (fun () ->
                  Tree.scanWith { Reverse = false; Length = Some 5 } (fun c _ -> c, Tree.empty) Tree.empty (Leaf xs))

          Expect.Contains("must be 5, the length that was asked for", text)
          let text = message (fun () -> Tree.scan (fun c _ -> c, Tree.empty) (Leaf(tensor 0.0)) Tree.empty)
          Expect.Contains("give the number of steps", text)) ]
    |> testList "Transforms.Scan"
