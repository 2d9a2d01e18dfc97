/// A siamese network: whether two images show the same digit, by two towers of the same weights.
module Freedom.Siamese

open System
open Functional

let private tower = Layer.withSharedWeights (dense 64 --> relu --> dropout 0.2 --> dense 32 --> relu)

let private network =
    Network.graph [ "left", [ 64 ]; "right", [ 64 ] ] (fun inputs ->
        let both = [ inputs["left"] --> tower; inputs["right"] --> tower ]
        let apart = both --> Layer.ofFunctionOfMany "distance" (fun codes -> abs (codes[0] - codes[1]))
        [ "same", apart --> dense 1 --> sigmoid ])

/// Pairs of images, half of which show the same digit.
let private pairs (digits: Dataset) count seed =
    let random = Random(seed: int)
    let labels = Tensor.toInts digits.Labels |> Array.ofSeq

    let places =
        labels
        |> Array.indexed
        |> Array.groupBy snd
        |> Array.map (fun (digit, all) -> digit, Array.map fst all)
        |> dict

    let left = Array.init count (fun _ -> random.Next labels.Length)

    let right =
        left
        |> Array.mapi (fun i place ->
            let others = places[labels[place]]
            let any = random.Next labels.Length
            if i % 2 = 0 then others[random.Next others.Length] else any)

    let same = Array.map2 (fun a b -> if labels[a] = labels[b] then 1.0f else 0.0f) left right
    let rows (indices: int[]) = digits.Features |> Tensor.gather 0 (Tensor.ofInts [ count ] indices)
    Dataset.ofInputs [ rows left; rows right ] [ Tensor.ofArray [ count; 1 ] same ]

let run (options: Options) : bool =
    let train, test = Dataset.digits () |> Dataset.splitStratified 0.25 (Key.ofInt 4)

    let result =
        Learn.fit
            { Fit.defaults with
                Optimizer = Optimizer.adam 2e-3
                Loss = Loss.binaryCrossentropy
                Metrics = [ Metric.binaryAccuracy ]
                Epochs = options.StepsOr 20
                BatchSize = 64 }
            network
            (pairs train 12000 1)
            (Key.ofInt 1)

    printfn $"{Model.summary result.Model}"
    let unseen = pairs test 2000 2

    let accuracy =
        (result.Model |> Model.evaluate unseen).Metrics |> List.find (fst >> (=) "binary_accuracy") |> snd

    let same = result.Model |> Model.predictAll (unseen.Inputs |> List.map (fun x -> x[..11])) |> List.head

    let picture i =
        unseen.Inputs |> List.map (fun x -> Tensor.reshape [ 8; 8 ] x[i]) |> Tensor.concat 1

    let titles = [ for p in Tensor.toFloat64Array same -> $"the same: %.2f{p}" ]
    let images = Tensor.stack 0 [ for i in 0..11 -> picture i ]

    Report.create "The same digit or not"
    |> Report.addModel result.Model
    |> Report.addHistory result.History
    |> Report.addSection "Pairs that were not learned"
    |> Report.addChart "" (Chart.imagesWith { ImageGridOptions.defaults with Titles = titles; Columns = 4 } images)
    |> options.Show

    options.Judge("share of pairs judged wrongly", 1.0 - accuracy, 0.05)
