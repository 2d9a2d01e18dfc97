namespace Functional

open LossParts

/// A metric during a pass: gathers batches and gives the value over all of them.
[<AbstractClass>]
type MetricState() =
    /// Takes a batch: its labels, its outputs and the weights of its samples, if they have any. The tensors hold data;
    /// a value that a transform follows is an error.
    abstract Add: labels: Tensor * output: Tensor * weights: Tensor option -> unit

    /// The value over all batches so far. The value of a whole data set does not depend on how it was cut into batches.
    abstract Result: float

    /// The state of the pass, as float64 tensors under names: a training run that is resumed inside an epoch goes on
    /// from it. None, the default, for a metric that cannot be continued.
    abstract Memory: Tree<Tensor> option

    default _.Memory = None

    /// Takes back what `Memory` gave.
    abstract Restore: Tree<Tensor> -> unit

    default _.Restore _ = ()

/// A metric as pure functions of tensors, so that it can be gathered inside a compiled step and read when the pass
/// ends.
[<NoEquality; NoComparison>]
type MetricAccumulator =
    {
        /// The state before the first batch: a few small float64 tensors, whose shapes stay the same.
        Init: Tensor list
        /// The next state, from a state, labels, output and weights of samples. May be traced and compiled.
        Update: Tensor list -> Tensor -> Tensor -> Tensor option -> Tensor list
        /// The value of a state. Labels that are no classes of the output are an error here, since they cannot raise
        /// one in a compiled function.
        Result: Tensor list -> float
    }

/// A number that tells how good outputs are: not differentiated, gathered batch by batch in float64.
[<NoEquality; NoComparison>]
type Metric =
    {
        /// The name in logs: Keras's name in snake case, such as "accuracy".
        Name: string
        /// Whether a model with more of it is the better one; the direction of callbacks that watch it.
        HigherIsBetter: bool
        /// Begins a pass.
        Create: unit -> MetricState
        /// The functional form, for labels and outputs of these signatures with a batch axis of any length; None where
        /// there is none, as for the exact area under a curve, which keeps all scores.
        Accumulator: Signature -> Signature -> MetricAccumulator option
        /// The same metric of logits in the place of probabilities, where it is another one. `Metric.forLoss` picks it.
        OfLogits: Metric option
    }

/// Batches as rows of labels and outputs in float64, and metrics made of them.
module internal MetricParts =
    /// Float64 numbers as a vector, for the memory of a metric.
    let vector (values: float[]) = Tensor.ofFloat64Array [ values.Length ] values

    /// The numbers of a vector in the memory of a metric; none where it is not there.
    let numbersAt name (memory: Tree<Tensor>) =
        match Tree.tryFind name memory with
        | Some(Leaf values) -> Tensor.toFloat64Array values
        | Some(Node _)
        | None -> [||]

    /// a / b, and 0 where b is 0.
    let ratio a b = if b = 0.0 then 0.0 else a / b

    /// A float64 scalar.
    let number value = Tensor.scalarOf Float64 value

    let real x = Tensor.cast Float64 x

    /// The axes of the rows of an output, and the number of outputs in a row; a vector has rows of one.
    let rowsOf (output: Shape) = if output.Length <= 1 then output, 1 else leading output, List.last output

    /// The weights of rows of this shape, in float64: a weight for each sample serves all rows of the sample.
    let rowWeights name (rows: Shape) (weights: Tensor) : Tensor =
        let weights =
            if weights.Shape = rows then
                weights
            elif weights.Shape = rows @ [ 1 ] then
                Tensor.reshape rows weights
            elif weights.Rank <= rows.Length && weights.Shape = List.truncate weights.Rank rows then
                weights
                |> Tensor.reshape (weights.Shape @ List.replicate (rows.Length - weights.Rank) 1)
                |> Tensor.broadcastTo rows
            else
                Fail.shapes
                    name
                    [ "weights", weights.Shape; "samples", rows ]
                    "the weights are not one number a sample.\n\
                      Pass weights of the shape of the samples, or of their first axis."

        real weights

    /// Values times weights, where a weight of 0 leaves a row out, whatever its value.
    let weigh (weights: Tensor) (values: Tensor) =
        Tensor.where (Tensor.equal weights (number 0.0)) (number 0.0) (weights * values)

    /// A batch of labels in the shape of the output, both in float64 as [rows; columns].
    let elementwiseRows name (labels: Tensor) (output: Tensor) =
        if not (elementwise labels.Shape output.Shape) then
            mismatch name "" LabelKind.Numbers labels.Shape output.Shape

        let rows, columns = rowsOf output.Shape
        let matrix x = Tensor.reshape [ Shape.size rows; columns ] (real x)
        matrix labels, matrix output

    /// Raises an error unless the tensors hold data.
    let demandData name (tensors: Tensor list) =
        for x in tensors do
            match x with
            | Data _ -> ()
            | Traced _ ->
                Fail.data name "a traced value has no data yet; use the metric's Accumulator inside a function."

    /// Whether the row of this number counts: its weight is not 0.
    let rowCounts name (output: Shape) (weights: Tensor option) : int -> bool =
        match weights with
        | None -> fun _ -> true
        | Some weights ->
            let values = lazy (Tensor.toFloat64Array (rowWeights name (fst (rowsOf output)) weights))
            fun row -> values.Value[row] <> 0.0

    /// An accumulator with its state, and the number of columns of the outputs that it was made for.
    type private Begun = { Accumulator: MetricAccumulator; State: Tensor list; Columns: int }

    /// What a pass needs to go on from here.
    let private memoryOf (pass: Begun option) : Tree<Tensor> =
        match pass with
        | None -> Tree.empty
        | Some begun ->
            let leaves = begun.State |> List.mapi (fun i x -> $"state_{i}", Leaf x)
            Node(("columns", Leaf(vector [| float begun.Columns |])) :: leaves)

    /// The pass that had this memory.
    let private ofMemory (start: Signature -> Signature -> MetricAccumulator) (memory: Tree<Tensor>) : Begun option =
        match numbersAt "columns" memory with
        | [| columns |] ->
            let signature shape = { Shape = shape; DType = Float64 }
            let columns = int columns
            let accumulator = start (signature [ 1 ]) (signature [ 1; columns ])

            let leaves i =
                Tree.leaves (Tree.tryFind $"state_{i}" memory |> Option.defaultValue Tree.empty)

            let state = List.init accumulator.Init.Length leaves |> List.concat
            Some { Accumulator = accumulator; State = state; Columns = columns }
        | _ -> None

    let private demandColumns name (output: Tensor) before =
        if snd (rowsOf output.Shape) <> before then
            Fail.shapes
                name
                [ "output", output.Shape ]
                $"the batches before had {before} outputs a sample.\nEvery batch must have as many."

    /// A pass that updates the state of an accumulator batch by batch, after `check rowCounts labels output` found no
    /// fault. The value before the first batch is `ofNothing`.
    let passOver name ofNothing check (accumulator: Signature -> Signature -> MetricAccumulator option) =
        let start labels output =
            match accumulator labels output with
            | Some accumulator -> accumulator
            | None -> Fail.data name "the metric has no functional form for these labels and outputs."

        let startFor (labels: Tensor) (output: Tensor) =
            let accumulator = start labels.Signature output.Signature
            { Accumulator = accumulator; State = accumulator.Init; Columns = snd (rowsOf output.Shape) }

        fun () ->
            let mutable pass: Begun option = None

            let add (labels: Tensor) (output: Tensor) weights =
                demandData name (labels :: output :: Option.toList weights)
                check (rowCounts name output.Shape weights) labels output
                let begun = pass |> Option.defaultWith (fun () -> startFor labels output)
                demandColumns name output begun.Columns
                pass <- Some { begun with State = begun.Accumulator.Update begun.State labels output weights }

            { new MetricState() with
                override _.Add(labels, output, weights) = Core.beside output (fun () -> add labels output weights)

                override _.Result =
                    match pass with
                    | Some begun -> begun.Accumulator.Result begun.State
                    | None -> ofNothing

                override _.Memory = Some(memoryOf pass)
                override _.Restore memory = pass <- ofMemory start memory }

    /// A metric of the accumulator; `check rowCounts labels output` raises the errors of data.
    let ofAccumulator name higherIsBetter check accumulator =
        let accumulator labels output = Some(accumulator labels output)

        { Name = name
          HigherIsBetter = higherIsBetter
          Create = passOver name 0.0 check accumulator
          Accumulator = accumulator
          OfLogits = None }

    /// The weighted mean of what `measure labels output weights` gives: numbers, or one for the whole batch, and their
    /// weights. `finish` makes the value of the mean.
    let weightedMean
        name
        (finish: float -> float)
        (measure: Tensor -> Tensor -> Tensor option -> Tensor * Tensor option)
        : MetricAccumulator =
        { Init = [ number 0.0; number 0.0 ]
          Update =
            fun state labels output weights ->
                let sum, total = state[0], state[1]

                let values, weights =
                    match measure labels output weights with
                    | values, weights when values.Rank > 0 || output.Rank = 0 -> real values, weights
                    | value, weights -> Tensor.broadcastTo [ output.Shape.Head ] (real value), weights

                match weights with
                | None -> [ sum + Tensor.sum values; total + float values.Size ]
                | Some weights ->
                    let weights = rowWeights name values.Shape weights
                    [ sum + Tensor.sum (weigh weights values); total + Tensor.sum weights ]
          Result = fun state -> finish (ratio (Tensor.toFloat state[0]) (Tensor.toFloat state[1])) }

    /// The weighted mean of one number a row. `rows labels output` gives the numbers in the shape of the rows, or one
    /// number for the whole batch, and `finish` makes the value of their mean.
    let meanAccumulator name (finish: float -> float) (rows: Tensor -> Tensor -> Tensor) : MetricAccumulator =
        weightedMean name finish (fun labels output weights -> rows labels output, weights)

    /// A metric that is the weighted mean of one number a row, as `meanAccumulator`.
    let mean name higherIsBetter check finish rows =
        ofAccumulator name higherIsBetter check (fun _ _ -> meanAccumulator name finish rows)

    let noCheck (_: int -> bool) (_: Tensor) (_: Tensor) = ()

    /// The weighted mean over the rows of the mean over a row of a function of labels and outputs.
    let meanOfErrors name higherIsBetter finish (error: Tensor -> Tensor -> Tensor) =
        mean name higherIsBetter noCheck finish (fun labels output ->
            let y, p = elementwiseRows name labels output
            Tensor.reshape (fst (rowsOf output.Shape)) (Tensor.meanOver [ -1 ] (error y p)))
