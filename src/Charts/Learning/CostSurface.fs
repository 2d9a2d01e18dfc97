namespace Functional

open System

/// A cost over two weights.
[<RequireQualifiedAccess>]
type CostSurface =
    {
        /// The weights of rows and columns.
        Grid: PlaneGrid
        /// The cost of each pair of weights, [row, column].
        Costs: float[,]
        /// Points of a coarser grid with the gradient there: x, y, slope along x, slope along y.
        Gradients: (float * float * float * float)[]
        /// The points of a descent in order, with their costs: x, y, cost. Empty without one.
        Path: (float * float * float)[]
    }

/// Options of `CostSurface.descend`.
type DescentOptions =
    {
        /// The optimizer. Default gradient descent with a rate of 0.1.
        Optimizer: Optimizer
        /// The number of steps. Default 50.
        Steps: int
    }

    /// Fifty steps of gradient descent with a rate of 0.1.
    static member defaults = { Optimizer = Optimizer.sgd 0.1; Steps = 50 }

/// Costs over two weights, their gradients and paths of descent.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module CostSurface =
    let private pointOf (x: float, y: float) = Tensor.ofFloat64Array [ 2 ] [| x; y |]

    let private demandScalar operation (cost: Tensor -> Tensor) =
        let value = cost (pointOf (0.0, 0.0))

        if value.Size <> 1 || not value.DType.IsFloat then
            Fail.shapes operation [ "cost", value.Shape ] "the cost of two weights [2] must be one number."

    let private asScalar (cost: Tensor -> Tensor) (w: Tensor) = Tensor.reshape [] (cost w)

    /// The costs of points [m; 2], computed as one.
    let private costsOf (cost: Tensor -> Tensor) (points: Tensor) : float[] =
        Tensor.toFloat64Array (Tensor.compile (vmap (asScalar cost)) points)

    /// The gradients [m; 2] of points [m; 2], computed as one.
    let private gradientsOf (cost: Tensor -> Tensor) (points: Tensor) : float[] =
        Tensor.toFloat64Array (Tensor.compile (vmap (grad (asScalar cost))) points)

    let private wide (grid: PlaneGrid) =
        [| for y in grid.Ys do
               for x in grid.Xs do
                   x
                   y |]
        |> Tensor.ofFloat64Array [ grid.Ys.Length * grid.Xs.Length; 2 ]

    /// The middles of `count` equal parts of a range.
    let private middles count (values: float[]) =
        let low, high = Array.head values, Array.last values
        Array.init count (fun i -> low + (high - low) * (float i + 0.5) / float count)

    /// The surface of a cost of two weights, Float64 [2], over a grid, with `arrows` by `arrows` gradients; 0 leaves them
    /// out. The cost must be made of operations on tensors, which `grad` and `vmap` follow.
    let ofFunction (arrows: int) (cost: Tensor -> Tensor) (grid: PlaneGrid) : CostSurface =
        let operation = "CostSurface.ofFunction"

        if arrows < 0 then
            Fail.argument operation "arrows" arrows "is negative; give 0 for none."

        demandScalar operation cost
        let costs = costsOf cost (wide grid)

        let gradients =
            if arrows = 0 then
                [||]
            else
                let coarse: PlaneGrid = { Xs = middles arrows grid.Xs; Ys = middles arrows grid.Ys }
                let points = wide coarse
                let slopes = gradientsOf cost points

                Tensor.toFloat64Array points
                |> Array.chunkBySize 2
                |> Array.mapi (fun i p -> p[0], p[1], slopes[2 * i], slopes[2 * i + 1])

        { Grid = grid
          Costs = Array2D.init grid.Ys.Length grid.Xs.Length (fun r c -> costs[r * grid.Xs.Length + c])
          Gradients = gradients
          Path = [||] }

    /// The points that an optimizer passes from a start on, with their costs: x, y, cost. It ends early where the cost is no
    /// longer finite.
    let descend (options: DescentOptions) (cost: Tensor -> Tensor) (start: float * float) : (float * float * float)[] =
        let operation = "CostSurface.descend"

        if options.Steps < 0 then
            Fail.argument operation "steps" options.Steps "is negative; give 0 or more."

        demandScalar operation cost
        let valueAndSlope = fgrad (asScalar cost)

        let rec go step (w: Tree<Tensor>) memory passed =
            let value, slope = valueAndSlope w[""]
            let p = Tensor.toFloat64Array w[""]
            let passed = (p[0], p[1], Tensor.toFloat value) :: passed

            if step = options.Steps || not (Double.IsFinite(Tensor.toFloat value)) then
                List.rev passed
            else
                let updates, memory = options.Optimizer.Update (Leaf slope) memory w
                go (step + 1) (Optimizer.apply updates w) memory passed

        let first = Leaf(pointOf start)
        go 0 first (options.Optimizer.Init first) [] |> Array.ofList

    /// The surface with a path of descent: points and their costs.
    let withPath (path: seq<float * float * float>) (surface: CostSurface) : CostSurface =
        { surface with Path = Array.ofSeq path }

    /// The cost of a model as a function of two of its weights, each given by its path and its place in row-major order
    /// ("dense/kernel", 0); the other weights stay as they are. The cost is the loss of outputs and labels, without
    /// regularizers, for samples x in inference mode. An unknown path and a place outside the weight are errors.
    let ofModel
        (loss: Loss)
        (x: Tensor)
        (labels: Tensor)
        (first: string * int)
        (second: string * int)
        (model: Model)
        : Tensor -> Tensor =
        let operation = "CostSurface.ofModel"
        let weights = Model.weights model

        for path, place in [ first; second ] do
            match weights |> List.tryFind (fst >> (=) path) with
            | None ->
                let known = weights |> List.map fst |> String.concat ", "
                Fail.argument operation "path" $"'{path}'" $"is not that of a weight; there are {known}."
            | Some(_, w) when place < 0 || place >= w.Size ->
                Fail.argument operation "place" place $"is outside '{path}', which has {w.Size} numbers."
            | Some _ -> ()

        let replaced (w: Tensor) path (value: Tensor) =
            (value, [ 0, first; 1, second ])
            ||> List.fold (fun value (k, (target, place)) ->
                if target <> path then
                    value
                else
                    let mask =
                        Tensor.ofFloat64Array
                            value.Shape
                            (Array.init value.Size (fun i -> if i = place then 1.0 else 0.0))
                        |> Tensor.cast value.DType

                    let chosen = Tensor.cast value.DType (Tensor.squeezeAxes [ 0 ] (Tensor.sliceAxis 0 k (k + 1) 1 w))
                    value * (1.0 - mask) + chosen * mask)

        fun w ->
            let variables = model.Variables |> Variables.mapi (replaced w)
            let output = Model.withVariables variables model |> Model.apply x
            Tensor.cast Float64 (Tensor.mean (loss.PerSample labels output))
