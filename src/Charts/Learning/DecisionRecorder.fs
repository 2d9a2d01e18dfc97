namespace Functional

open System

/// Keeps the decision regions of a model while it trains, for `Chart.decisionAnimation`: put its Callback among those of the
/// training. One recorder serves one run at a time; the next run begins anew.
[<Sealed>]
type DecisionRecorder(grid: PlaneGrid, every: int) =
    do
        if every < 1 then
            Fail.argument "DecisionRecorder" "every" every "is no number of epochs; give 1 or more."

    let mutable frames: (string * DecisionRegions) list = []

    let keep (epoch: int) (moment: Moment) =
        frames <- (string epoch, DecisionRegions.ofModel moment.Model grid) :: frames
        []

    let start _ =
        { CallbackHandlers.none with
            TrainBegin =
                fun moment ->
                    frames <- []
                    keep moment.Epoch moment
            EpochEnd =
                fun moment ->
                    let finished = moment.Epoch + 1

                    if finished % every = 0 || finished = moment.Epochs then
                        keep finished moment
                    else
                        [] }

    /// A recorder of a grid after each epoch.
    new(grid: PlaneGrid) = DecisionRecorder(grid, 1)

    /// The callback that keeps the regions before the first epoch, after each `every` epochs and after the last.
    member _.Callback: Callback =
        { Name = "decisionRecorder"; Monitors = []; Logs = []; Late = true; Start = start }

    /// The regions kept so far, each under the number of epochs done.
    member _.Frames: (string * DecisionRegions) list = List.rev frames

/// The line w0 x + w1 y + bias = 0 of a linear classifier in the plane.
type DecisionLine =
    {
        /// The weight of x.
        WeightX: float
        /// The weight of y.
        WeightY: float
        /// The bias.
        Bias: float
    }

/// Lines of linear classifiers in the plane.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module DecisionLine =
    /// The line of two weights and a bias. Another number of weights is an error.
    let create (weights: float[]) (bias: float) : DecisionLine =
        match weights with
        | [| x; y |] -> { WeightX = x; WeightY = y; Bias = bias }
        | _ ->
            Fail.shapes "DecisionLine.create" [ "weights", [ weights.Length ] ] "a line in the plane has two weights."

    /// The lines of a perceptron or neuron of two features while it learned, numbered from 0, the start: the frames of
    /// `Chart.decisionLineAnimation`. Another number of features is an error.
    let ofHistory (history: LineHistory) : (string * DecisionLine) list =
        List.zip (List.ofArray history.Weights) (List.ofArray history.Biases)
        |> List.mapi (fun i (weights, bias) -> string i, create weights bias)

    /// The part of the line inside the box of a grid, as its two ends; none where it passes outside, or where both weights
    /// are 0.
    let segment (grid: PlaneGrid) (line: DecisionLine) : ((float * float) * (float * float)) option =
        let left, right = grid.Xs[0], Array.last grid.Xs
        let low, high = grid.Ys[0], Array.last grid.Ys
        // what rounding moves out of a corner is inside
        let isWithin first last v = v >= first - 1e-9 * (last - first) && v <= last + 1e-9 * (last - first)
        let atX x = x, -(line.WeightX * x + line.Bias) / line.WeightY
        let atY y = -(line.WeightY * y + line.Bias) / line.WeightX, y

        let ends =
            [ if line.WeightY <> 0.0 then
                  atX left
                  atX right
              if line.WeightX <> 0.0 then
                  atY low
                  atY high ]
            |> List.filter (fun (x, y) -> isWithin left right x && isWithin low high y)
            |> List.map (fun (x, y) -> Math.Clamp(x, left, right), Math.Clamp(y, low, high))

        match ends with
        | [] -> None
        | all ->
            let distance (ax: float, ay: float) (bx: float, by: float) = (ax - bx) ** 2.0 + (ay - by) ** 2.0
            let first, last = List.allPairs all all |> List.maxBy (fun (a, b) -> distance a b)
            if first = last then None else Some(first, last)
