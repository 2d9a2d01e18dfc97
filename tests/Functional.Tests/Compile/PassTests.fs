/// Each pass of the compiler by itself.
module Functional.Tests.PassTests

open Functional
open Expecto

let private matrix = { Shape = [ 3; 4 ]; DType = Float64 }
let private graph f signatures = fst (Trace.trace f signatures)

let private number (s: Signature) (value: float) =
    match Tensor.fullOf s.DType s.Shape value with
    | Data buffer -> Node.Constant buffer
    | Traced _ -> failwith "data"

/// The primitives that a graph computes, in order.
let private primitives (graph: Graph) =
    [ for node in graph.Nodes do
          match node with
          | Node.Compute(op, _, _) -> ShapeInference.name op
          | Node.Input _
          | Node.Constant _ -> () ]

let private valueOf graph args = Trace.run graph args |> List.map (fun x -> Tensor.cast Float64 x)

/// The pass keeps the values of random programs.
let private keeps name (pass: Graph -> Graph) =
    Law.check name (fun (seed: int) ->
        let f, args = Programs.ofSeed seed
        let graph = graph f (args |> List.map _.Signature)

        (valueOf graph args, valueOf (pass graph) args)
        ||> List.forall2 (fun a b -> a.Shape = b.Shape && Programs.distance a b < 1e-12))

/// The steps that a function becomes.
let private stepsOf f signatures =
    graph f signatures
    |> Compilation.rewritten number
    |> Scheduling.schedule
    |> Fusion.clusters Compilation.target
    |> Lowering.steps

[<Tests>]
let tests =
    [ testCase "every pass keeps the values of a program" (fun () ->
          keeps "constants" ConstantFolding.fold
          keeps "common subexpressions" CommonSubexpressions.merge
          keeps "algebra" (AlgebraicSimplification.apply number)
          keeps "one-hot" (OneHotToGather.gather number)
          keeps "shrunk constants" ConstantFolding.shrink
          keeps "gradients of poolings" (MaxPoolGradients.shrink number)
          keeps "short sums" UnrolledSums.unroll
          keeps "all of them" (Compilation.rewritten number)
          keeps "order" Scheduling.schedule)

      testCase "what depends on constants alone is computed beforehand" (fun () ->
          let constant value = number { matrix with Shape = [] } value
          let scalar = [ { matrix with Shape = [] } ]
          let at i = { Node = i; Result = 0 }

          let made: Graph =
              { Nodes =
                  [| Node.Input(0, scalar.Head)
                     constant 2.0
                     constant 3.0
                     Node.Compute(Op.Binary Binary.Mul, [ at 1; at 2 ], scalar)
                     Node.Compute(Op.Binary Binary.Add, [ at 0; at 3 ], scalar) |]
                Inputs = scalar
                Outputs = [ at 4 ] }

          let folded = ConstantFolding.fold made
          Expect.Equal<string list>([ "add" ], primitives folded)
          Expect.Equal(7.0, Tensor.toFloat (valueOf folded [ Tensor.scalarOf Float64 1.0 ]).Head))

      testCase "equal nodes become one, also where the arguments became equal later" (fun () ->
          let f (xs: Tensor list) =
              let a = Tensor.exp (xs.Head * 1.0)
              let b = Tensor.exp (xs.Head + 0.0)
              [ a + b ]

          let simple = Compilation.rewritten number (graph f [ matrix ])
          Expect.Equal<string list>([ "exp"; "add" ], primitives simple))

      testCase "algebra says simple things simply" (fun () ->
          let simple f = primitives (Compilation.rewritten number (graph f [ matrix ]))
          Expect.Empty(simple (fun xs -> [ xs.Head * 1.0 + 0.0 - 0.0 ]))
          Expect.Empty(simple (fun xs -> [ Tensor.transpose (Tensor.transpose xs.Head) ]))
          Expect.Empty(simple (fun xs -> [ -(-xs.Head) ]))
          Expect.Empty(simple (fun xs -> [ Tensor.reshape [ 3; 4 ] (Tensor.reshape [ 12 ] xs.Head) ]))

          Expect.Equal<string list>(
              [ "broadcast"; "mul" ],
              simple (fun xs -> [ Tensor.sumOver [ 0 ] (Tensor.broadcastTo [ 5; 3; 4 ] xs.Head) ])
          )

          let minus (xs: Tensor list) = [ Tensor.flip [ 0 ] xs.Head + -xs.Head ]
          Expect.Equal<string list>([ "flip"; "sub" ], simple minus))

      testCase "the gradients of slices are joined by the kernel that makes them" (fun () ->
          let halves (xs: Tensor list) =
              let left, right = Tensor.sliceAxis 1 0 4 1 xs.Head, Tensor.sliceAxis 1 4 8 1 xs.Head

              [ grad
                    (fun x ->
                        Tensor.sum (
                            Tensor.tanh (Tensor.sliceAxis 1 0 4 1 x) * Tensor.sigmoid (Tensor.sliceAxis 1 4 8 1 x)
                        ))
                    xs.Head
                left + right ]

          let signature = { Shape = [ 3; 8 ]; DType = Float64 }
          let simple = Compilation.rewritten number (graph halves [ signature ])
          Expect.Contains("concat", primitives simple)
          Expect.DoesNotContain("pad", primitives simple)
          let program = simple |> Scheduling.schedule |> Fusion.clusters Compilation.target |> Lowering.steps
          Expect.DoesNotContain(program.Steps, fun step -> ProgramDescription.name program step = "concat")
          let x = Random.normal (Key.ofInt 3) [ 3; 8 ] |> Tensor.cast Float64

          (halves [ x ], Jit.compile halves [ x ])
          ||> List.iter2 (fun a b -> Expect.True(Programs.distance a b < 1e-12)))

      testCase "products with one-hot rows are gathered, and their transposes summed by number" (fun () ->
          let ids = Tensor.ofInts [ 5 ] [| 3; 0; 9; 3; 12 |]
          let w = Random.normal (Key.ofInt 1) [ 10; 4 ]

          let f (xs: Tensor list) =
              let rows = Tensor.oneHot 10 xs[0]
              [ Tensor.matmul rows xs[1]; Tensor.matmul (Tensor.transpose rows) (Tensor.matmul rows xs[1]) ]

          let simple = Compilation.rewritten number (graph f [ ids.Signature; w.Signature ])
          Expect.DoesNotContain("matmul", primitives simple)

          (valueOf (graph f [ ids.Signature; w.Signature ]) [ ids; w ], valueOf simple [ ids; w ])
          ||> List.iter2 (fun a b -> Expect.True(Programs.distance a b < 1e-6)))

      testCase "a dense layer is one kernel, and so is a chain that ends in a sum" (fun () ->
          let s shape = { Shape = shape; DType = Float32 }

          let layer =
              stepsOf
                  (fun xs -> [ Tensor.relu (Tensor.matmul xs[0] xs[1] + xs[2]) ])
                  [ s [ 8; 5 ]; s [ 5; 9 ]; s [ 9 ] ]

          Expect.Equal(1, layer.Steps.Length)
          Expect.Equal("matmul+add+relu", ProgramDescription.name layer layer.Steps[0])

          let residual = stepsOf (fun xs -> [ Tensor.matmul xs[0] xs[1] + xs[0] ]) [ s [ 8; 9 ]; s [ 9; 9 ] ]

          Expect.Equal(1, residual.Steps.Length)

          Expect.Equal(
              1,
              (stepsOf (fun xs -> [ Tensor.sum (Tensor.exp xs[0] * 2.0 - xs[1]) ]) [ s [ 8; 5 ]; s [ 5 ] ])
                  .Steps.Length
          )

          Expect.Equal(1, (stepsOf (fun xs -> [ Tensor.softmax -1 xs[0] ]) [ s [ 8; 5 ] ]).Steps.Length))

      testCase "softmax with cross-entropy and its gradient is one kernel" (fun () ->
          let labels = { Shape = [ 8 ]; DType = Int32 }
          let logits = { Shape = [ 8; 5 ]; DType = Float32 }

          let loss =
              Loss.sparseCategoricalCrossentropyWith { CrossentropyOptions.defaults with FromLogits = true }

          let program =
              stepsOf (fun xs -> [ grad (fun x -> Loss.value loss xs[0] x None) xs[1] ]) [ labels; logits ]

          Expect.Equal(1, program.Steps.Length))

      testCase "the gradient of a convolution's kernel comes before that of its images" (fun () ->
          let axis = { Stride = 1; Dilation = 1; Before = 0; After = 0 }
          let window: Window = { Y = axis; X = axis; Groups = 1 }

          let gradients (xs: Tensor list) =
              let loss bias kernel = Tensor.sum (Tensor.conv2d window kernel (xs[0] + bias) * xs[1])
              [ grad (fun bias -> loss bias xs[3]) xs[2]; grad (fun kernel -> loss xs[2] kernel) xs[3] ]

          let s shape = { Shape = shape; DType = Float32 }
          let program = stepsOf gradients [ s [ 2; 6; 6; 3 ]; s [ 2; 4; 4; 5 ]; s [ 3 ]; s [ 3; 3; 3; 5 ] ]
          let names = [ for step in program.Steps -> ProgramDescription.name program step ]
          let place name = names |> List.findIndex ((=) name)
          Expect.True(place "conv2dKernel" < place "conv2dTranspose"))

      law "no two values that live at the same time share memory" (fun (seed: int) ->
          let program =
              Programs.graphOf seed
              |> Compilation.rewritten number
              |> Scheduling.schedule
              |> Fusion.clusters Compilation.target
              |> Lowering.steps

          let none: int64[] = Array.zeroCreate program.Steps.Length

          let memory =
              MemoryPlanning.plan program { Scratch = none; Donations = []; KeepsResults = false; Guard = 0L }

          let uses storage =
              program.Steps
              |> Array.indexed
              |> Array.filter (fun (_, s) -> s.Reads @ s.Writes |> List.exists (fun o -> o.Storage = storage))
              |> Array.map fst

          let lives =
              [ for i in 0 .. program.Storages.Length - 1 do
                    if program.Storages[i].Kind = Program.Kind.Temporary && memory.OffsetOf i >= 0L then
                        i, Array.min (uses i), Array.max (uses i) ]

          List.allPairs lives lives
          |> List.forall (fun ((i, a, b), (j, c, d)) ->
              let apart = memory.OffsetOf i + program.Storages[i].Bytes <= memory.OffsetOf j
              let apart = apart || memory.OffsetOf j + program.Storages[j].Bytes <= memory.OffsetOf i

              // one may end in the step in which the other begins only if it is overwritten there on purpose
              let meet = b > c && d > a
              i = j || not meet || apart))

      testCase "a longer chain compiles to as many more steps" (fun () ->
          let chain n =
              let f (xs: Tensor list) =
                  [ (xs[0], [ 1..n ]) ||> List.fold (fun x _ -> Tensor.matmul (Tensor.relu x) xs[1]) ]

              (stepsOf f [ { Shape = [ 9; 9 ]; DType = Float32 }; { Shape = [ 9; 9 ]; DType = Float32 } ]).Steps.Length

          Expect.Equal(chain 300 - chain 200, chain 200 - chain 100)) ]
    |> testList "Compile.Pass"
