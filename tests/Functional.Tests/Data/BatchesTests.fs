/// Sources of samples and batches: their order, their counts, other threads, and memory.
module Functional.Tests.BatchesTests

open System
open System.IO
open System.Threading
open Expecto
open Functional

let private listed (source: Batches<'T>) = List.ofSeq source

/// The elements of a pass other than the first.
let private pass number (source: Batches<'T>) =
    let elements = source.Start number

    [ while elements.MoveNext() do
          elements.Current ]

let private key = Key.ofInt 7

let private number (x: Tensor) = Tensor.toFloat x

let private sequence length value = Tensor.full [ length ] value

/// Samples whose only feature is their number.
let private numbered count =
    Batches.init count (fun i -> Tensor.full [ 2 ] (float i), Tensor.ofInts [] [| i |])

let private isSame name (source: seq<int> -> Batches<int>) (model: int list -> int list) =
    law name (fun (elements: int list) ->
        let made = source elements
        let expected = model elements

        listed made = expected
        && pass 3 made = expected
        && (made.Count.IsNone || made.Count = Some expected.Length))

[<Tests>]
let laws =
    [ isSame "a source of a list is the list" Batches.ofSeq id
      isSame "map is List.map" (Batches.ofSeq >> Batches.map ((+) 1)) (List.map ((+) 1))
      isSame "filter is List.filter" (Batches.ofSeq >> Batches.filter (fun i -> i > 0)) (List.filter (fun i -> i > 0))
      isSame "take is List.truncate" (Batches.ofSeq >> Batches.take 3) (List.truncate 3)
      isSame "skip leaves out the first" (Batches.ofSeq >> Batches.skip 3) (fun all -> List.skip (min 3 all.Length) all)
      isSame "repeat joins passes" (Batches.ofSeq >> Batches.repeat 3) (fun all -> all @ all @ all)
      isSame
          "concat joins sources"
          (fun all -> Batches.concat [ Batches.ofSeq all; Batches.ofSeq [ 1; 2 ] ])
          (fun all -> all @ [ 1; 2 ])
      isSame "what is cached is the same" (Batches.ofSeq >> Batches.cache) id
      isSame "prefetching changes nothing" (Batches.ofSeq >> Batches.prefetch 2) id
      isSame "prefetching far ahead changes nothing" (Batches.ofSeq >> Batches.prefetch 50) id
      isSame
          "groups hold all elements in order"
          (Batches.ofSeq
           >> Batches.group 4 false
           >> Batches.map List.ofArray
           >> fun groups -> Batches.ofSeq (Seq.collect id groups))
          id
      law "whole groups leave the rest out" (fun (elements: int list) ->
          let groups = elements |> Batches.ofSeq |> Batches.group 3 true
          let made = listed groups |> List.map List.ofArray

          made = (elements |> List.chunkBySize 3 |> List.filter (fun group -> group.Length = 3))
          && groups.Count = Some made.Length)
      law "zip ends with the shorter source" (fun (a: int list) (b: int list) ->
          let n = min a.Length b.Length
          listed (Batches.zip (Batches.ofSeq a) (Batches.ofSeq b)) = List.zip (List.truncate n a) (List.truncate n b))
      law "shuffling keeps all elements" (fun (elements: int list) (window: int) ->
          let shuffled = elements |> Batches.ofSeq |> Batches.shuffle (1 + abs (window % 20)) key
          List.sort (listed shuffled) = List.sort elements && List.sort (pass 2 shuffled) = List.sort elements) ]
    |> testList "Data.Batches"

[<Tests>]
let tests =
    [ testCase "one key gives one order, another key and another pass others" (fun () ->
          let shuffled key = Batches.init 100 id |> Batches.shuffle 30 key
          Expect.Equal<int list>(listed (shuffled key), listed (shuffled key))
          Expect.Equal<int list>(pass 5 (shuffled key), pass 5 (shuffled key))
          Expect.NotEqual<int list>(listed (shuffled key), pass 1 (shuffled key))
          Expect.NotEqual<int list>(listed (shuffled key), listed (shuffled (Key.ofInt 8))))

      testCase "a window moves an element forward by less than its size" (fun () ->
          for place, element in List.indexed (listed (Batches.init 200 id |> Batches.shuffle 10 key)) do
              Expect.True(element < place + 10))

      testCase "a window as large as the source gives every order the same chance" (fun () ->
          let counts =
              List.init 6000 (fun seed -> listed (Batches.init 3 id |> Batches.shuffle 3 (Key.ofInt seed)))
              |> List.countBy id

          Expect.Equal<int>(6, counts.Length)
          // 1000 each, with a standard deviation of 29
          Expect.True(counts |> List.forall (fun (_, n) -> abs (n - 1000) < 150), $"%A{counts}"))

      testCase "each element of each pass draws from a key of its own" (fun () ->
          let drawn =
              Batches.init 5 id |> Batches.mapRandom key (fun key _ -> Tensor.toFloat (Random.uniform key []))

          Expect.Equal<float list>(listed drawn, listed drawn)
          Expect.Equal<int>(10, List.distinct (listed drawn @ pass 1 drawn) |> List.length))

      testCase "a pass without end can be taken from" (fun () ->
          let all = Batches.ofSeq [ 1; 2; 3 ] |> Batches.forever |> Batches.take 7
          Expect.Equal<int list>([ 1; 2; 3; 1; 2; 3; 1 ], listed all)
          Expect.Equal<int list>([], listed (Batches.forever (Batches.ofSeq List.empty<int>))))

      testCase "counts are known where they can be" (fun () ->
          Expect.Equal<int option>(None, (Batches.ofSeq (seq { 1 })).Count)
          Expect.Equal<int option>(Some 5, (Batches.ofSeq (seq { 1 }) |> Batches.withCount 5).Count)
          Expect.Equal<int option>(Some 4, (Batches.init 7 id |> Batches.group 2 false).Count)
          Expect.Equal<int option>(Some 3, (Batches.init 7 id |> Batches.group 2 true).Count)
          Expect.Equal<int option>(None, (Batches.init 7 id |> Batches.filter (fun _ -> true)).Count))

      testCase "what is cached is made once" (fun () ->
          let mutable made = 0

          let source =
              Batches.init 4 (fun i ->
                  made <- made + 1
                  i)
              |> Batches.cache

          // a pass that is broken off does not count
          Expect.Equal<int list>([ 0; 1 ], source |> Seq.truncate 2 |> List.ofSeq)
          Expect.Equal<int list>([ 0..3 ], listed source)
          made <- 0
          Expect.Equal<int list>([ 0..3 ], pass 1 source)
          Expect.Equal<int>(0, made))

      testCase "prefetching makes elements on one other thread, no more than it was asked for" (fun () ->
          let threads = System.Collections.Concurrent.ConcurrentBag<int>()
          let mutable made = 0

          let source =
              Batches.init 100 (fun i ->
                  threads.Add Environment.CurrentManagedThreadId
                  Interlocked.Increment &made |> ignore
                  i)
              |> Batches.prefetch 4

          use elements = source.Start 0

          for i in 0..9 do
              Expect.True(elements.MoveNext())
              Expect.Equal<int>(i, elements.Current)
              // four in the ring and one in the making
              Expect.True(Volatile.Read &made <= i + 1 + 4 + 1)

          Expect.Equal<int>(1, threads |> Seq.distinct |> Seq.length)
          Expect.NotEqual<int>(Environment.CurrentManagedThreadId, Seq.head threads))

      testCase "an error of a source is raised at its element, on the thread that takes it" (fun () ->
          let source =
              Batches.init 10 (fun i -> if i = 3 then raise (InvalidDataException "damaged") else i)
              |> Batches.prefetch 2

          let seen = ResizeArray<int>()

          Expect.Throws<InvalidDataException>(fun () ->
              for i in source do
                  seen.Add i)
          |> ignore

          Expect.Equal<int list>([ 0; 1; 2 ], List.ofSeq seen))

      testCase "a source that is left early is disposed" (fun () ->
          let mutable disposed = 0

          let source =
              Batches.ofPasses None (fun _ ->
                  seq {
                      use _ =
                          { new IDisposable with
                              member _.Dispose() = Interlocked.Increment &disposed |> ignore }

                      yield! Seq.initInfinite id
                  })
              |> Batches.shuffle 5 key
              |> Batches.map id
              |> Batches.prefetch 3

          Expect.Equal<int>(4, source |> Seq.truncate 4 |> Seq.length)
          Expect.Equal<int>(1, Volatile.Read &disposed))

      testCase "samples become batches, the last one smaller or left out" (fun () ->
          let batches = numbered 10 |> Batches.batch 4 |> listed
          Expect.Equal<int list>([ 4; 4; 2 ], batches |> List.map _.Count)
          Expect.Equal<Shape>([ 4; 2 ], batches.Head.Features.Shape)
          Expect.Equal<int[]>([| 4; 5; 6; 7 |], Tensor.toInts batches[1].Label)
          let whole = numbered 10 |> Batches.batchWith { BatchOptions.defaults with Size = 4; DropRest = true }
          Expect.Equal<int option>(Some 2, whole.Count)
          Expect.Equal<int list>([ 4; 4 ], listed whole |> List.map _.Count))

      testCase "a dataset is a source of samples and of batches" (fun () ->
          let data =
              Dataset.ofTensors (Tensor.reshape [ 5; 2 ] (Tensor.arange 0.0 10.0 1.0)) (Tensor.arangeInt 0 5)

          let first, label = listed(Batches.ofDataset data)[2]
          Expect.Equal<float[]>([| 4.0; 5.0 |], Tensor.toFloat64Array first)
          Expect.Equal<float>(2.0, number label)
          Expect.Equal<int list>([ 2; 2; 1 ], Batches.ofDatasetBy 2 data |> listed |> List.map _.Count))

      testCase "sequences of different lengths are padded to the longest, to a length, or to a bucket" (fun () ->
          let source = Batches.ofSeq [ sequence 3 1.0, Tensor.scalar 0.0; sequence 5 2.0, Tensor.scalar 1.0 ]

          let shape lengths =
              (source |> Batches.batchWith { BatchOptions.defaults with Lengths = lengths } |> Seq.exactlyOne).Features

          Expect.Equal<Shape>([ 2; 5 ], (shape SequenceLengths.ToLongest).Shape)
          Expect.Equal<Shape>([ 2; 9 ], (shape (SequenceLengths.To 9)).Shape)
          Expect.Equal<Shape>([ 2; 8 ], (shape (SequenceLengths.ToBuckets [ 16; 4; 8 ])).Shape)

          Expect.Equal<float[]>(
              [| 1.0; 1.0; 1.0; 0.0; 0.0; 2.0; 2.0; 2.0; 2.0; 2.0 |],
              Tensor.toFloat64Array (shape SequenceLengths.ToLongest)
          )

          let message lengths = (Expect.Throws<FunctionalException>(fun () -> shape lengths |> ignore)).Message
          Expect.Contains("Pad sequences with the option Lengths", message SequenceLengths.AsTheyAre)
          Expect.Contains("a sequence has 5 steps, and at most 4", message (SequenceLengths.To 4)))

      testCase "padded labels weigh nothing, so that the loss is the mean over the steps that were there" (fun () ->
          let sample length value : Sample =
              { Inputs = [ sequence length value ]; Labels = [ sequence length (value + 1.0) ]; Weight = 1.0 }

          let batch = Batch.ofSamples SequenceLengths.ToLongest [ sample 2 1.0; sample 6 3.0 ]
          let output = Tensor.expandDims 2 batch.Features
          let labels = Tensor.expandDims 2 batch.Label
          let loss = Loss.value Loss.meanSquaredError labels output (batch.WeightsOf 0)
          Expect.Equal(1.0, Tensor.toFloat loss, 6))

      testCase "options out of range are refused" (fun () ->
          let message (action: unit -> 'T) =
              (Expect.Throws<FunctionalException>(fun () -> action () |> ignore)).Message

          Expect.Equal<string>(
              "Batches.shuffle: window = 0 is too small; give at least 1.",
              message (fun () -> Batches.init 3 id |> Batches.shuffle 0 key)
          )

          Expect.Contains("Batches.prefetch", message (fun () -> Batches.init 3 id |> Batches.prefetch 0))) ]
    |> testList "Data.Batches"
