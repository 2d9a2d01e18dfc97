namespace Functional

open System
open System.Diagnostics
open System.Runtime.ExceptionServices
open System.Threading
open System.Threading.Tasks

/// Running independent pieces of work in parallel, with results that do not depend on their order.
module internal ParallelRuns =
    /// The results of work 0 .. count - 1, at most so many at a time; None where it was cancelled before. The error of one
    /// ends all: the first by number is raised as it was.
    let map (parallelism: int) (cancellation: CancellationToken) (count: int) (work: int -> 'T) : 'T option[] =
        let results = Array.create count None
        let errors = Array.create<exn option> count None

        let run i (state: ParallelLoopState) =
            if cancellation.IsCancellationRequested then
                state.Stop()
            else
                try
                    results[i] <- Some(work i)
                with e ->
                    errors[i] <- Some e
                    state.Stop()

        Parallel.For(0, count, ParallelOptions(MaxDegreeOfParallelism = parallelism), run) |> ignore
        errors |> Array.tryPick id |> Option.iter (fun e -> ExceptionDispatchInfo.Throw e)
        results

/// One fit on the training rows of a fold, and its scores.
module internal FoldRuns =
    /// The rows of a fold in the dataset, checked.
    let demandFolds operation (folds: TrainTest[]) (d: Dataset) =
        if folds.Length = 0 then
            Fail.data operation "there are no folds; make some with Folds.kFold."

        for fold in folds do
            for row in Seq.append fold.Train fold.Test do
                if row < 0 || row >= d.Count then
                    Fail.data operation $"a fold has row {row}, and the dataset has the rows 0 to {d.Count - 1}."

    /// Outputs with a column for each of k classes: a fold whose training rows lack the last classes gives fewer.
    let private widened (classes: int option) (output: Tensor) =
        match classes, output.Shape with
        | Some k, [ n; width ] when width > 1 && width < k ->
            Tensor.concat 1 [ output; Tensor.zerosOf output.DType [ n; k - width ] ]
        | _ -> output

    /// The number of classes of the labels; none for numbers.
    let classesOf (d: Dataset) : int option =
        match d.AllLabels with
        | [ _ ] when d.HasClasses -> Some(Dataset.classCount d)
        | _ -> None

    /// Fits to the training rows; gives the outputs for other rows, and the seconds that the fit took.
    let fit (estimator: Estimator) (key: Key) (train: Dataset) (classes: int option) : (Dataset -> Tensor) * float =
        let watch = Stopwatch.StartNew()
        let predict = estimator.Fit key train
        (fun d -> widened classes (predict d)), watch.Elapsed.TotalSeconds

    /// The metrics in the order given; by default the accuracy of classes, and R2 of numbers.
    let metricsOf (metrics: Metric list) (d: Dataset) : Metric list =
        match metrics with
        | [] when d.HasClasses || (d.AllLabels.Length = 1 && d.Labels.Rank = 2 && not d.ClassNames.IsEmpty) ->
            [ Metric.accuracy ]
        | [] -> [ Metric.r2 ]
        | metrics -> metrics

    /// The value of each metric for outputs.
    let scores (metrics: Metric list) (d: Dataset) (output: Tensor) : (string * float) list =
        metrics
        |> List.map (fun metric -> metric.Name, Metric.valueWeighted metric d.Labels output d.SampleWeights)
