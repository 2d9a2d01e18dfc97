// An encoder reads strings of digits and a decoder with attention writes them from their end, in F#; examples/Sequences has it in
// C#. (Luong et al., 2015.)
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/reversal.fsx [--help] [--epochs N] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "Strings of 10 digits turned round: 0.99 exactly right."
let length, start, units = 10, 10, 64

// strings, what has been written before each digit of the answer, and the answer
let examples key count =
    let digits = Random.randint 0 10 key [ count; length ]
    let answer = Tensor.flip [ 1 ] digits

    let before =
        Tensor.concat 1 [ Tensor.fullOf Int32 [ count; 1 ] (float start); answer[*, .. length - 2] ]

    [ digits; before ], answer

let sequences = { RecurrentOptions.defaults with ReturnSequences = true }

let network =
    Network.graph [ "digits", [ length ]; "written", [ length ] ] (fun inputs ->
        let read = inputs["digits"] --> embedding 10 16 --> bidirectional (gruWith sequences (units / 2))
        let states = inputs["written"] --> embedding 11 16 --> gruWith sequences units

        // at each step the decoder looks at the steps of the encoder that match its own state
        let looks =
            [ states --> dense units; read ]
            --> (Layer.ofFunctionOfMany "looks" (fun xs ->
                     Tensor.softmax -1 (Tensor.matmul xs[0] (Tensor.permute [ 0; 2; 1 ] xs[1])))
                 |> Layer.named "looks")

        let seen = [ looks; read ] --> Layer.ofFunctionOfMany "seen" (fun xs -> Tensor.matmul xs[0] xs[1])
        let both = [ states; seen ] --> concatenate -1
        [ ("next", both --> (dense units --> tanh --> dense 10 --> softmax)) ])

let inputs, answers = examples (Key.ofInt 1) (if options.Quick then 512 else 20000)
let model = Model.createMany network [ [ length ]; [ length ] ] (Key.ofInt 1)
printfn $"{Model.summary model}"

let run =
    Learn.fitModel
        { Fit.defaults with
            Optimizer = Optimizer.adam 0.003
            Loss = Loss.sparseCategoricalCrossentropy
            Metrics = [ Metric.sparseCategoricalAccuracy ]
            Epochs = options.EpochsOr 5
            BatchSize = 64
            Progress = Progress.lines stdout }
        model
        (Dataset.ofInputs inputs [ answers ])
        (Key.ofInt 1)

// nothing of the answer is given: each digit written is read again
let testInputs, rightAnswers = examples (Key.ofInt 2) 1000
let digits = testInputs[0]
let none = Tensor.zerosOf Int32 [ 1000; 1 ]

let answered =
    ([ Tensor.fullOf Int32 [ 1000; 1 ] (float start) ], [ 0 .. length - 1 ])
    ||> List.fold (fun written i ->
        let before = Tensor.concat 1 (written @ List.replicate (length - 1 - i) none)
        let said = run.Model |> Model.predictAll [ digits; before ] |> List.head
        written @ [ Tensor.argmax -1 said[*, i] |> Tensor.reshape [ 1000; 1 ] ])
    |> List.tail
    |> Tensor.concat 1

let text (row: Tensor) = Tensor.toInts row |> Seq.map string |> String.concat ""

for i in 0..4 do
    printfn $"{text digits[i]} -> {text answered[i]}"

let weights =
    run.Model
    |> Model.outputs [ "looks" ]
    |> Model.predictAll [ digits[..0]; testInputs[1][..0] ]
    |> List.head
    |> Tensor.toFloat64Array

let named (row: Tensor) = Tensor.toInts row |> Seq.mapi (fun i digit -> $"{i + 1}: {digit}")

Report.create "Strings of digits turned round"
|> Report.addModel run.Model
|> Report.addHistory run.History
|> Report.addSection "Attention"
|> Report.addChart
    "Where the decoder looks (across) while it writes (down)"
    (Chart.heatmapWith
        { HeatmapOptions.defaults with Square = true }
        (named rightAnswers[0])
        (named digits[0])
        (Array2D.init length length (fun i j -> weights[i * length + j])))
|> options.Show

let exact = Tensor.equal answered rightAnswers |> Tensor.allOver [ 1 ] |> Tensor.cast Float32
options.Judge("strings that are exactly right", Tensor.toFloat (Tensor.mean exact), 0.99)
