namespace Functional

/// Steps of one's own over one set of variables, in place: each batch is given to whichever step is to learn from it, so
/// that two models can be trained against each other. Variables and optimizers' memories are written over in place; a
/// step allocates nothing once each size of batch has been seen. One caller at a time.
[<Sealed>]
type TrainingLoop internal (steps: Step list, variables: Variables, key: Key) =
    let steps = Array.ofList steps

    let engine =
        let plan = MetricPlan([ "loss" ], [], [], [])
        let withMemory (step: Step) = step, step.Optimizer.Init variables.Parameters, plan
        TrainingEngine(steps |> Array.map withMemory |> List.ofArray, variables, 0, key, None)

    let indexOf operation (step: Step) =
        match steps |> Array.tryFindIndex (fun own -> obj.ReferenceEquals(own, step)) with
        | Some index -> index
        | None ->
            Fail.argument
                $"TrainingLoop.{operation}"
                "step"
                "this step"
                "is none of the loop's; name it where the loop is made."

    let values = steps |> Array.map (fun step -> step.ValueNames |> List.map (fun name -> name, nan))

    /// Learns from a batch by this step, and gives the step's loss before the update.
    member _.Run(step: Step, batch: Batch) : float =
        let index = indexOf "Run" step
        let session = engine.Step(index, batch, not step.ValueNames.IsEmpty)
        values[index] <- step.ValueNames |> List.mapi (fun i name -> name, session.Number(i + 1))
        session.Number 0

    /// The values that a step of `Step.createWithValues` gave for its latest batch, under their names; NaN before the first.
    member _.Values(step: Step) : (string * float) list = values[indexOf "Values" step]

    /// The number of batches learned from, by all steps together.
    member _.Count: int = engine.Count

    /// The variables as they are now; later steps do not change them.
    member _.Variables: Variables = engine.Variables

    /// The mean of a step's loss since the first batch, or since `ResetLoss`.
    member _.Loss(step: Step) : float = (engine.Running(indexOf "Loss" step)).Loss

    /// Begins the means of all steps' losses anew.
    member _.ResetLoss() : unit =
        for index in 0 .. steps.Length - 1 do
            (engine.Running index).Reset()

    /// The learning rate of a step's optimizer, if it has one.
    member _.LearningRate(step: Step) : float option = engine.LearningRate(indexOf "LearningRate" step)

    /// Goes on with this learning rate for a step. A rate that a schedule rules is an error.
    member _.SetLearningRate(step: Step, rate: float) : unit =
        engine.SetLearningRate(indexOf "SetLearningRate" step, rate)

/// Loops of steps of one's own.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module TrainingLoop =
    /// A loop over these variables, which every step sees in whole; which of them a step changes is its optimizer's affair:
    /// see `Optimizer.forPaths`. The key is what dropout and noise draw from, another one for each step taken.
    let create (steps: Step list) (variables: Variables) (key: Key) : TrainingLoop = TrainingLoop(steps, variables, key)
