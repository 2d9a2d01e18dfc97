/// Metrics over batches: passes, their memory, and the functional form that is compiled with the step.
module Functional.Tests.MetricPassTests

open System
open Expecto
open Functional
open Functional.Tests
open Functional.Tests.MetricCases

/// The batches of a case, by the rows from where to where.
let private batches = [ 0, 1; 1, 17; 17, 17; 17, 40; 40, n ]

let private functional (case: Case) = case.Metric.Accumulator case.Labels.Signature case.Output.Signature

/// The value of a functional form over batches, each update of which `run` computes.
let private accumulated run (accumulator: MetricAccumulator) (case: Case) =
    (accumulator.Init, batches |> List.filter (fun (start, stop) -> start < stop))
    ||> List.fold (fun state (start, stop) ->
        let part x = Tensor.sliceAxis 0 start stop 1 x
        run accumulator state (part case.Labels :: part case.Output :: (Option.map part case.Weights |> Option.toList)))
    |> accumulator.Result

let private update (accumulator: MetricAccumulator) state (batch: Tensor list) =
    accumulator.Update state batch[0] batch[1] (List.tryItem 2 batch)

let private updateCompiled (accumulator: MetricAccumulator) (state: Tensor list) batch =
    let run =
        Tree.compile (fun tree ->
            let state, batch = List.splitAt state.Length (Tree.leaves tree)
            Tree.ofList (update accumulator state batch |> List.mapi (fun i x -> string i, x)))

    Tree.leaves (run (Tree.ofList (state @ batch |> List.mapi (fun i x -> $"x%02d{i}", x))))

[<Tests>]
let tests =
    [ testCase "a pass goes on from its memory, and leaves weights out where it is told to" (fun () ->
          for case in cases do
              let whole = Metric.valueWeighted case.Metric case.Labels case.Output case.Weights
              let first, second = case.Metric.Create(), case.Metric.Create()
              let part start stop x = Tensor.sliceAxis 0 start stop 1 x

              let add (state: MetricState) start stop =
                  state.Add(
                      part start stop case.Labels,
                      part start stop case.Output,
                      Option.map (part start stop) case.Weights
                  )

              add first 0 40
              second.Restore first.Memory.Value
              Peer.agree 0.0 case.Name [| first.Result |] [| second.Result |]
              add second 40 n
              Peer.agree 1e-13 case.Name [| whole |] [| second.Result |]

              let plain = Metric.value case.Metric case.Labels case.Output
              let unweighted = Metric.unweighted case.Metric

              Peer.agree
                  0.0
                  case.Name
                  [| plain |]
                  [| Metric.valueWeighted unweighted case.Labels case.Output case.Weights |])

      testCase "a stream of batches gives what the whole gives" (fun () ->
          for case in cases do
              let state = case.Metric.Create()

              for start, stop in batches do
                  let part x = Tensor.sliceAxis 0 start stop 1 x
                  state.Add(part case.Labels, part case.Output, Option.map part case.Weights)

              let whole = Metric.valueWeighted case.Metric case.Labels case.Output case.Weights
              Peer.agree 1e-13 case.Name [| whole |] [| state.Result |])

      testCase "the functional form of a metric gives what the metric gives, compiled too" (fun () ->
          for case in cases do
              match functional case with
              | None -> Expect.Equal("auc", case.Metric.Name)
              | Some accumulator ->
                  let whole = Metric.valueWeighted case.Metric case.Labels case.Output case.Weights
                  Peer.agree 1e-12 case.Name [| whole |] [| accumulated update accumulator case |]

                  Peer.agree
                      1e-12
                      (case.Name + ", compiled")
                      [| whole |]
                      [| accumulated updateCompiled accumulator case |]

                  let shapes (state: Tensor list) = state |> List.map (fun x -> x.Shape, x.DType)
                  let after = update accumulator accumulator.Init [ case.Labels; case.Output ]
                  Expect.Equal<(Shape * DType) list>(shapes accumulator.Init, shapes after))

      testCase "a row of weight 0 is left out, whatever it holds" (fun () ->
          for case in cases do
              let more (value: float) (x: Tensor) =
                  Tensor.concat 0 [ Tensor.cast Float64 x; Tensor.fullOf Float64 (2 :: x.Shape.Tail) value ]

              let weights = Option.defaultValue (Tensor.onesOf Float64 [ n ]) case.Weights

              let case =
                  { case with
                      Labels = more 7.5 case.Labels
                      Output = more nan case.Output
                      Weights = Some(more 0.0 weights) }

              let expected =
                  Metric.valueWeighted
                      case.Metric
                      (Tensor.sliceAxis 0 0 n 1 case.Labels)
                      (Tensor.sliceAxis 0 0 n 1 case.Output)
                      (Some weights)

              let found = Metric.valueWeighted case.Metric case.Labels case.Output case.Weights
              Peer.agree 1e-13 case.Name [| expected |] [| found |]

              match functional case with
              | None -> ()
              | Some accumulator ->
                  let state =
                      update accumulator accumulator.Init (case.Labels :: case.Output :: Option.toList case.Weights)

                  Peer.agree 1e-13 (case.Name + ", functional") [| expected |] [| accumulator.Result state |])

      testCase "a functional form tells at its end that a label is no class" (fun () ->
          for metric in [ Metric.accuracy; Metric.recall; Metric.topK 2 ] do
              let labels, output = tensor [ 0; 3 ], Tensor.ones [ 2; 3 ]
              let accumulator = (metric.Accumulator labels.Signature output.Signature).Value
              let state = accumulator.Update accumulator.Init labels output None
              let error = Expect.Throws<FunctionalException>(fun () -> accumulator.Result state |> ignore)
              Expect.StartsWith($"{metric.Name}: a label is none of the classes of the output", error.Message))

      testCase "a metric whose function reads numbers has no functional form, and is measured all the same" (fun () ->
          let reads = Metric.custom "reads" (fun _ p -> Tensor.scalar (Tensor.toFloat (Tensor.max p)))
          Expect.True((reads.Accumulator truth2.Signature scores2.Signature).IsNone)
          Expect.Equal(4.0, Metric.value reads (tensor [ 0; 0 ]) (tensor [ 1.0; 4.0 ]))
          let state = reads.Create()
          state.Add(tensor [ 0; 0; 0 ], tensor [ 1.0; 1.0; 1.0 ], None)
          state.Add(tensor [ 0 ], tensor [ 5.0 ], None)
          // one number a batch counts as often as the batch has samples
          Expect.Equal(2.0, state.Result))

      testCase "a second pass begins anew" (fun () ->
          let first = Metric.accuracy.Create()
          first.Add(tensor [ 0 ], tensor [ 1.0 ], None)
          let second = Metric.accuracy.Create()
          second.Add(tensor [ 1 ], tensor [ 1.0 ], None)
          Expect.Equal(0.0, first.Result)
          Expect.Equal(1.0, second.Result)) ]
    |> testList "Learning.MetricPass"
