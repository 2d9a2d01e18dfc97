/// Devices as values: where tensors are made, what follows them, and what moves them.
module Functional.Tests.Naive.DeviceTests

open System.Threading
open System.Threading.Tasks
open Functional
open Functional.Tests
open Expecto

let private naive = NaiveBackend.device
let private other = NaiveBackend.other

let private message (f: unit -> 'T) = (Expect.Throws<FunctionalException>(fun () -> f () |> ignore)).Message

let private isOn (device: Device) (x: Tensor) = Expect.Equal(device, Tensor.device x)

let private onNaive (x: Tensor) = Tensor.toDevice naive x

let private compiled2 (f: Tensor -> Tensor -> Tensor) : Tensor -> Tensor -> Tensor =
    let compiled = Jit.compile (fun xs -> [ f xs[0] xs[1] ])
    fun x y -> List.head (compiled [ x; y ])

/// A tensor of each element type.
let private everyType =
    [ for dtype in DType.All -> tensorOf dtype [ [ 0.0; 1.0; 2.5 ]; [ -3.0; 4.0; 100.0 ] ] ]

let private values =
    [ testCase "a device has a name, by which it is found" (fun () ->
          Expect.Equal("cpu", Device.cpu.Name)
          Expect.Equal("naive", string naive)
          Expect.Equal(naive, Device.named "naive")
          Expect.NotEqual(naive, other)
          Expect.Equal(naive.GetHashCode(), (Device.named "naive").GetHashCode())
          Expect.Contains(naive, Device.all ())
          Expect.Contains(Device.cpu, Device.all ()))

      testCase "an unknown name is an error that lists the known ones" (fun () ->
          let text = message (fun () -> Device.named "cuda:9")
          Expect.StartsWith("Device.named: name = 'cuda:9' is no device that is known: there is ", text)
          Expect.Contains("cpu", text)
          Expect.Contains("naive", text))

      testCase "a backend registers its device once, under a name of its own" (fun () ->
          Expect.Equal(naive, Device.register naive.Backend)

          let impostor =
              { new Backend("naive") with
                  override _.OfArray(elements, shape) = naive.Backend.OfArray(elements, shape)
                  override _.Evaluate(op, args, results) = naive.Backend.Evaluate(op, args, results)
                  override _.Prepare graph = naive.Backend.Prepare graph
                  override _.CreateStore values = naive.Backend.CreateStore values }

          Expect.Equal(
              "Device.register: name = 'naive' is that of another backend; give it another.",
              message (fun () -> Device.register impostor)
          )) ]

let private making =
    [ testCase "tensors are made on the device that is in use, and on the CPU elsewhere" (fun () ->
          let made () =
              [ tensor [ 1.0; 2.0 ]
                Tensor.scalar 2.0
                Tensor.zeros [ 2; 3 ]
                Tensor.onesOf Int32 [ 2 ]
                Tensor.full [ 0 ] 1.0
                Tensor.arange 0.0 5.0 1.0
                Tensor.eye 3
                Tensor.ofInts [ 2 ] [| 1; 2 |]
                Random.normal (Key.ofInt 1) [ 4 ]
                Random.permutation (Key.ofInt 1) 4
                (Model.create (dense 2) [ 3 ] (Key.ofInt 2)).Variables |> Variables.flatten |> List.head |> _.Tensor ]

          List.iter (isOn Device.cpu) (made ())
          let inside = Device.using naive made
          List.iteri (fun i x -> Expect.Equal($"{i}: naive", $"{i}: {Tensor.device x}")) inside
          List.iter (isOn Device.cpu) (made ())
          Expect.True(List.forall2 Tensor.sameElements (made ()) inside, "the elements are the same"))

      testCase "the choice ends with the function, also by an error, and the inner one counts" (fun () ->
          Expect.Throws<exn>(fun () -> Device.using naive (fun () -> failwith "so")) |> ignore
          Expect.Equal(Device.cpu, Device.current ())

          Device.using naive (fun () ->
              Expect.Equal(other, Device.using other Device.current)
              Expect.Equal(Device.cpu, Device.using Device.cpu Device.current)
              Expect.Equal(naive, Device.current ())))

      testCase "threads and tasks that start inside take the choice along, others do not see it" (fun () ->
          use begun = new ManualResetEventSlim()
          use seen = new ManualResetEventSlim()
          let mutable outside = naive

          let stranger =
              Thread(fun () ->
                  begun.Wait()
                  outside <- Device.current ()
                  seen.Set())

          stranger.Start()

          Device.using naive (fun () ->
              begun.Set()
              seen.Wait()
              Expect.Equal(naive, (Task.Run Device.current).Result)
              let devices = Array.Parallel.init 8 (fun _ -> Device.current ())
              Expect.All(devices, (fun device -> Expect.Equal(naive, device))))

          Expect.Equal(Device.cpu, outside))

      testCase "a task keeps the device in use where it began" (fun () ->
          let running =
              Device.using naive (fun () ->
                  task {
                      do! Task.Delay 1
                      return Device.current ()
                  })

          Expect.Equal(Device.cpu, Device.current ())
          Expect.Equal(naive, running.Result))

      testCase "what is like a tensor is made where it is" (fun () ->
          let x = onNaive (Tensor.ones [ 3 ])

          for made in
              [ Tensor.zerosLike x
                Tensor.onesLike x
                Tensor.fullLike 2.0 x
                Tensor.oneHot 4 (Tensor.cast Int32 x) ] do
              isOn naive made) ]

let private following =
    [ testCase "operations run where their arguments are" (fun () ->
          let x = onNaive (tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ])

          for y in
              [ x * x
                Tensor.matmul x x
                Tensor.softmax -1 x
                Tensor.sumOver [ 0 ] x
                Tensor.triu x
                Tensor.diag x[0]
                Tensor.takeAlong 1 (onNaive (tensor [ [ 0 ]; [ 1 ] ])) x
                grad (fun x -> Tensor.sum (x * x)) x
                jacobian Tensor.sin x[0]
                vmap (Tensor.gather 0 (onNaive (tensor [ 1; 0 ]))) x
                Tensor.compile Tensor.exp x
                Random.shuffle (Key.ofInt 1) x
                Random.categorical (Key.ofInt 1) x ] do
              isOn naive y)

      testCase "numbers, keys and repeated numbers follow the tensors that they meet" (fun () ->
          let x = tensor [ 1.0; 2.0; 3.0 ]
          let there = onNaive x

          for y in
              [ there + 1.0
                2 * there
                there * Tensor.scalar 3.0
                Tensor.scalar 3.0 * there
                there + Tensor.ones [ 3 ]
                Tensor.where (Tensor.greater there (Tensor.scalar 1.5)) there (Tensor.zeros [ 3 ]) ] do
              isOn naive y

          isOn Device.cpu (x * onNaive (Tensor.scalar 2.0))
          isOn Device.cpu (x + onNaive (Tensor.ones [ 3 ]))
          isOn naive (onNaive (Tensor.scalar 2.0) * Tensor.scalar 2.0)
          let noisy = compiled2 (fun x key -> x + Random.normal (Key.ofTensor key) [ 3 ])
          isOn naive (noisy there (Key.toTensor (Key.ofInt 1)))

          Expect.True(
              Tensor.sameElements (noisy x (Key.toTensor (Key.ofInt 1))) (noisy there (Key.toTensor (Key.ofInt 1)))
          ))

      testCase "larger tensors on two devices are an error that names both and the fix" (fun () ->
          let x = tensor [ 1.0; 2.0; 3.0 ]
          let there = onNaive x

          Expect.Equal(
              "add: device = naive and cpu meet: a tensor of shape [3] is on naive, the others are on cpu. Move one side \
               with Tensor.toDevice.",
              message (fun () -> x + there)
          )

          let told (f: unit -> Tensor) =
              let text = message f
              Expect.Contains("naive", text)
              Expect.Contains("Tensor.toDevice", text)

          told (fun () -> there + x)
          told (fun () -> Tensor.concat 0 [ there; x ])
          told (fun () -> Tensor.gather 0 (tensor [ 0; 1; 2 ]) there)
          told (fun () -> compiled2 (+) x there)
          told (fun () -> grad (fun y -> Tensor.sum (y * x)) there)
          told (fun () -> Tensor.compile (fun y -> y + there) x)
          told (fun () -> there + Tensor.toDevice other x)) ]

let private moving =
    [ testCase "moving there and back changes no element of any type" (fun () ->
          for x in everyType do
              let there = onNaive x
              isOn naive there
              isOn other (Tensor.toDevice other there)
              let back = Tensor.toDevice Device.cpu (Tensor.toDevice other there)
              isOn Device.cpu back
              Expect.Equal(x.DType, back.DType)
              Expect.True(Tensor.sameElements x back, $"{x.DType}")
              Expect.Equal(string x, string there)

          let long = Tensor.ofInt64s [ 2 ] [| System.Int64.MaxValue; 9007199254740993L |]
          Expect.True(Tensor.sameElements long (onNaive long)))

      testCase "a tensor that is there already stays the same object" (fun () ->
          let x = tensor [ 1.0 ]
          Expect.True(obj.ReferenceEquals(x, Tensor.toDevice Device.cpu x)))

      testCase "views, repeated numbers and empty tensors move" (fun () ->
          let x = tensor [ [ 1.0; 2.0; 3.0 ]; [ 4.0; 5.0; 6.0 ] ]

          for y in
              [ Tensor.transpose x
                Tensor.flip [ 0 ] x
                Tensor.full [ 2; 2 ] 3.0
                Tensor.zeros [ 0; 3 ]
                Tensor.scalar 2.0 ] do
              Expect.True(Tensor.sameElements y (onNaive y)))

      testCase "derivatives pass through moving, and come back" (fun () ->
          let x = tensor [ 1.0; 2.0; 3.0 ]
          let f (x: Tensor) = Tensor.sum (Tensor.sin (onNaive x) * onNaive x)
          let expected = grad (fun x -> Tensor.sum (Tensor.sin x * x)) x
          let gradient = grad f x
          isOn Device.cpu gradient
          Expect.True(Tensor.allClose 1e-6 1e-6 expected gradient)
          let value, tangent = jvp f x (Tensor.ones [ 3 ])
          isOn naive value
          isOn naive tangent
          Expect.True(Tensor.allClose 1e-5 1e-5 (Tensor.sum expected) (Tensor.toDevice Device.cpu tangent))
          let mapped = vmap onNaive (Tensor.expandDims 0 x)
          isOn naive mapped
          Expect.Equal<Shape>([ 1; 3 ], mapped.Shape)
          isOn Device.cpu (vmap (grad f) (Tensor.expandDims 0 x)))

      testCase "inside a compiled function nothing moves" (fun () ->
          let f = Tensor.compile (fun x -> onNaive x * 2.0)
          isOn Device.cpu (f (tensor [ 1.0; 2.0 ]))
          isOn naive (f (onNaive (tensor [ 1.0; 2.0 ])))) ]

let private compiling =
    [ testCase "one compiled function runs on each device, compiled once for each" (fun () ->
          let f = Tensor.compile (fun x -> Tensor.cumsum 0 (Tensor.sin x * 3.25 + x))
          let x = tensor [ 1.0; 2.0; 3.0 ]
          let here, there = f x, f (onNaive x)
          isOn Device.cpu here
          isOn naive there
          Expect.True(Tensor.allClose 1e-6 1e-6 here (Tensor.toDevice Device.cpu there)))

      testCase "constants of the CPU move to the device of the plan" (fun () ->
          let weights = Random.normal (Key.ofInt 1) [ 3; 3 ]
          let step (h: Tensor) (x: Tensor) = Tensor.tanh (Tensor.matmul (h + x) weights)
          let f = Tensor.compile (fun x -> Tensor.matmul x weights + Tensor.arange 0.0 3.0 1.0)

          let loop =
              Tensor.compile (fun xs ->
                  fst (Tensor.scan (fun h x -> let next = step h x in next, next) (Tensor.zeros [ 1; 3 ]) xs))

          let x = Random.normal (Key.ofInt 2) [ 4; 3 ]
          let xs = Random.normal (Key.ofInt 3) [ 5; 1; 3 ]

          for y, expected in [ f (onNaive x), f x; loop (onNaive xs), loop xs ] do
              isOn naive y
              Expect.True(Tensor.allClose 1e-5 1e-5 expected (Tensor.toDevice Device.cpu y)))

      testCase "a function of numbers runs where its constants are" (fun () ->
          let weights = onNaive (Tensor.arange 0.0 4.0 1.0)
          isOn naive (Tensor.compile (fun x -> Tensor.sum (weights * x)) (Tensor.scalar 2.0)))

      testCase "where a value will be is known while it is traced" (fun () ->
          let mutable seen = Device.cpu

          let f =
              Tensor.compile (fun x ->
                  seen <- Tensor.device x
                  x + Tensor.ones [ 2 ])

          f (onNaive (tensor [ 1.0; 2.0 ])) |> ignore
          Expect.Equal(naive, seen))

      testCase "plans of a device are described and profiled" (fun () ->
          let f (xs: Tensor list) = [ Tensor.exp xs.Head ]
          Expect.Contains("exp", Plan.describe f [ onNaive (tensor [ 1.0; 2.0 ]) ])
          Expect.Equal(1, (Plan.profile 2 f [ onNaive (tensor [ 1.0; 2.0 ]) ]).Kernels.Length)) ]

let private random =
    [ law "a key draws the same numbers on every device" (fun (seed: int) ->
          let draw () =
              let key = Key.fold 3 (snd (Key.split (Key.ofInt seed)))

              [ for dtype in [ Float32; Float64; Float16; BFloat16 ] do
                    Random.uniformOf dtype 0.0 1.0 key [ 7 ]
                    Random.normalOf dtype 0.0 1.0 key [ 3; 3 ]

                Random.bits key [ 5 ]
                Random.randint -5 5 key [ 9 ]
                Random.permutation key 6
                Random.bernoulli 0.4 key [ 8 ] ]

          List.forall2 Tensor.sameElements (draw ()) (Device.using naive draw)) ]

[<Tests>]
let tests =
    [ values; making; following; moving; compiling; random ] |> List.concat |> testList "Naive.Device"
