/// Keras's own cases of training: fit, evaluate, predict, callbacks and summaries.
module Functional.Tests.Conformance.KerasTraining

open System
open Functional
open Functional.Tests.Conformance.Cases

let private real name fallback (case: Case) =
    property name case.Root |> Option.map _.GetDouble() |> Option.defaultValue fallback

let private whole name fallback (case: Case) =
    property name case.Root |> Option.map _.GetInt32() |> Option.defaultValue fallback

let private ones shape = Tensor.ones shape

/// Dense without a bias, from ones: what most of Keras's tests of training train.
let private plainDense units =
    denseWith { DenseOptions.defaults with UseBias = false; KernelInitializer = Initializer.ones } units

let private options =
    { Fit.defaults with Optimizer = Optimizer.sgd 0.01; Metrics = [ Metric.meanSquaredError ] }

let private key = Key.ofInt 1

/// A few points to train anything on.
let private points = Dataset.ofTensors (Random.normal key [ 10; 3 ]) (ones [ 10; 1 ])

let private fitPoints (options: FitOptions) = Learn.fit options (dense 1) points key

/// Writes these values down as "watched", one an epoch, before other callbacks look; `seen` is given the variables of
/// each epoch's end.
let private watched (values: float list) (seen: Variables -> unit) : Callback =
    { Callback.onEpochEnd (fun moment ->
          seen moment.Model.Variables
          [ CallbackAction.Log("watched", values[moment.Epoch]) ]) with
        Logs = [ "watched" ] }

let private watching (case: Case) : EarlyStoppingOptions =
    { EarlyStoppingOptions.defaults with
        Monitor = "watched"
        Patience = whole "patience" 0 case
        RestoreBestWeights = property "restore" case.Root |> Option.exists _.GetBoolean()
        Baseline = property "baseline" case.Root |> Option.map _.GetDouble() }

/// How many epochs early stopping leaves, and of which of them, from 0, the weights are at the end.
let private stopEarly (case: Case) =
    let values = numbers (case.Root.GetProperty "values") |> List.ofArray
    let seen = ResizeArray<Tensor>()
    let kernel (variables: Variables) = variables.Parameters["dense/kernel"]

    let stop =
        Callback.onEpochEnd (fun moment ->
            if moment.Epoch = whole "stop_at" -1 case then [ CallbackAction.Stop ] else [])

    let result =
        fitPoints
            { options with
                Epochs = values.Length
                Callbacks = [ watched values (kernel >> seen.Add); Callback.earlyStoppingWith (watching case); stop ] }

    let final = kernel result.Model.Variables
    seen.Count, seen |> Seq.tryFindIndex (Tensor.sameElements final) |> Option.defaultValue -1

let private plateau (case: Case) (optimizer: Optimizer) =
    fitPoints
        { options with
            Optimizer = optimizer
            Epochs = whole "epochs" 1 case
            ValidationSplit = 0.5
            Callbacks =
                [ Callback.reduceLROnPlateauWith
                      { PlateauOptions.defaults with
                          Patience = whole "patience" 10 case
                          Factor = real "factor" 0.1 case
                          MinDelta = real "min_delta" 1e-4 case
                          Cooldown = whole "cooldown" 0 case
                          MinLearningRate = real "min_lr" 0.0 case } ] }

let private rateOf (result: FitResult) =
    match Optimizer.learningRates result.State.OptimizerState with
    | [ rate ] -> rate
    | rates -> failwith $"one rate was expected, and there are %A{rates}"

let private scheduled (case: Case) =
    Optimizer.sgd (real "rate" 0.1 case)
    |> Optimizer.withSchedule (Schedule.polynomial (real "rate" 0.1 case) (whole "decay_steps" 1 case))

/// 1 where the run raises an error of the library.
let private refused run =
    try
        run () |> ignore
        0.0
    with :? FunctionalException ->
        1.0

let private withRates (case: Case) optimizer (rate: int -> float -> float) =
    fitPoints
        { options with
            Optimizer = optimizer
            Epochs = whole "epochs" 1 case
            Callbacks = [ Callback.learningRateScheduler rate ] }

let private sgd (case: Case) = Optimizer.sgd (real "rate" 0.01 case)

let private fitWithSchedule (case: Case) =
    let rows, columns = whole "rows" 1 case, whole "columns" 1 case
    let x = Tensor.arange 0.0 (float (rows * columns)) 1.0 |> Tensor.reshape [ rows; columns ]

    let layer =
        denseWith
            { DenseOptions.defaults with
                KernelInitializer = Initializer.ones
                BiasInitializer = Initializer.ones }
            columns

    let schedule =
        Schedule.exponential (real "rate" 0.1 case) (whole "decay_steps" 1 case) (real "decay_rate" 1.0 case)

    let result =
        Learn.fit
            { Fit.defaults with
                Optimizer = Optimizer.adam 0.001 |> Optimizer.withSchedule schedule
                Epochs = whole "epochs" 1 case
                BatchSize = whole "batch" 1 case
                Shuffle = false }
            layer
            (Dataset.ofTensors x x)
            key

    Array.ofList result.History["loss"]

let private flow (case: Case) =
    let rows = whole "rows" 1 case
    Dataset.ofTensors (ones [ rows; 4 ]) (Tensor.zeros [ rows; 3 ])

let private evaluateFlow (case: Case) =
    let model = Model.create (plainDense 3) [ 4 ] key
    let evaluation = Learn.evaluate { options with BatchSize = whole "batch" 32 case } (flow case) model

    [| evaluation.Loss.Value
       evaluation.Metrics |> List.find (fst >> (=) "mean_squared_error") |> snd |]

/// Two steps, a test, an answer, and the same with weights of samples and of classes.
let private onBatch () =
    let x, y = ones [ 100; 4 ], Tensor.zeros [ 100; 3 ]
    let weights = Tensor.arange 0.0 100.0 1.0 / 50.0
    let batch weights = { Inputs = [ x ]; Labels = [ y ]; Weights = weights }
    let trainer = Trainer.create options (Model.create (plainDense 3) [ 4 ] key) key

    let test weights =
        Tensor.toFloat (Loss.value options.Loss y (Model.predict x trainer.Model) weights)

    let answer () = (Tensor.toFloat64Array (Model.predict x trainer.Model))[0]
    let first = trainer.TrainOnBatch(batch [])
    let second = trainer.TrainOnBatch(batch [])
    let tested, answered = test None, answer ()
    let weighted = trainer.TrainOnBatch(batch [ weights ])
    let testedWeighted, answeredThen = test (Some weights), answer ()

    // all samples are of the class 0
    let ofClass = Tensor.full [ 100 ] 0.2
    let byClass = trainer.TrainOnBatch(batch [ ofClass ])
    [| first; second; tested; answered; weighted; testedWeighted; answeredThen; byClass |]

let private lossWeights () =
    let loss = Loss.custom "weighted" (fun labels output -> 0.2 * options.Loss.PerSample labels output)

    let data = Dataset.ofTensors (ones [ 40; 4 ]) (Tensor.zeros [ 40; 3 ])
    let result = Learn.fit { options with Loss = loss; Epochs = 3; BatchSize = 20 } (plainDense 3) data key
    Array.ofList result.History["loss"]

/// The sum of two layers, one an input: the losses of two steps, and that behind them.
let private nestedInputs () =
    let sum =
        Network.graph [ "a", [ 2 ]; "b", [ 3 ] ] (fun inputs ->
            [ "sum", [ inputs["a"] --> plainDense 2; inputs["b"] --> plainDense 2 ] --> Merge.add ])

    let xs, y = [ ones [ 3; 2 ]; ones [ 3; 3 ] ], ones [ 3; 2 ]
    let trainer = Trainer.create options (Model.ofGraph sum key) key
    let batch = { Inputs = xs; Labels = [ y ]; Weights = [] }
    let losses = [ for _ in 1..2 -> trainer.TrainOnBatch batch ]
    let output = trainer.Model |> Model.predictAll xs |> List.exactlyOne
    Array.ofList (losses @ [ Tensor.toFloat (Loss.value options.Loss y output None) ])

/// The numbers of all parameters, of those that are trained, and of the others, as the summary says them.
let private summary (case: Case) =
    let units = numbers (case.Root.GetProperty "units") |> Array.map int |> List.ofArray
    let layer = (Layer.identity, units) ||> List.fold (fun layer n -> layer --> dense n)
    let text = Model.summary (Model.create layer [ whole "inputs" 1 case ] key)

    let numberBehind (title: string) =
        let line = text.Split '\n' |> Array.find _.StartsWith(title, StringComparison.Ordinal)
        float ((line.Substring title.Length).Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])

    [| numberBehind "Total params:"
       numberBehind "Trainable params:"
       numberBehind "Non-trainable params:" |]

let private valuesOf (case: Case) : float[] =
    match case.Class with
    // Keras counts epochs from 0
    | "early_stopping_epoch" -> [| float (fst (stopEarly case) - 1) |]
    | "early_stopping_weights" ->
        let epochs, best = stopEarly case
        [| float epochs; float best |]
    | "plateau" -> [| rateOf (plateau case (sgd case)) |]
    | "plateau_refused" -> [| refused (fun () -> plateau case (scheduled case)) |]
    | "plateau_message" ->
        let text = string ((case.Root.GetProperty "text").GetString())
        let messages = (plateau case (sgd case)).Messages

        [| (if messages |> List.exists _.Contains(text, StringComparison.Ordinal) then
                1.0
            else
                0.0) |]
    | "rate_inverse" ->
        [| rateOf (withRates case (sgd case) (fun epoch _ -> 1.0 / (real "offset" 1.0 case + float epoch))) |]
    | "rate_halved" -> [| rateOf (withRates case (sgd case) (fun _ rate -> rate / 2.0)) |]
    | "rate_in_history" ->
        let result = withRates case (sgd case) (fun _ _ -> real "value" 0.0 case)
        Array.ofList result.History["learning_rate"]
    | "rate_refused" -> [| refused (fun () -> withRates case (scheduled case) (fun _ rate -> rate)) |]
    | "fit_with_schedule" -> fitWithSchedule case
    | "fit_flow" ->
        let fit = { options with Epochs = whole "epochs" 1 case; BatchSize = whole "batch" 32 case }

        Array.ofList (Learn.fit fit (plainDense 3) (flow case) key).History["mean_squared_error"]
    | "evaluate_flow" -> evaluateFlow case
    | "predict_flow" ->
        let model = Model.create (plainDense 3) [ 4 ] key
        Tensor.toFloat64Array (Model.predictWith (whole "batch" 32 case) (flow case).Features model)
    | "on_batch" -> onBatch ()
    | "loss_weights" -> lossWeights ()
    | "nested_inputs" -> nestedInputs ()
    | "summary" -> summary case
    | name -> unsupported $"no %s{name}"

/// Judges a case of training.
let runTraining (case: Case) : Outcome =
    try
        judgeNumbers case (valuesOf case)
    with :? FunctionalException as e ->
        match e.Error with
        | FunctionalError.InvalidArgument("Model", "inputs", _, _) -> unsupported "training of several inputs"
        | _ -> reraise ()
