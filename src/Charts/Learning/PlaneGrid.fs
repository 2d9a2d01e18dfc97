namespace Functional

open System

/// A grid of points in the plane: all pairs of Xs and Ys.
[<RequireQualifiedAccess>]
type PlaneGrid =
    {
        /// The columns' coordinates, ascending.
        Xs: float[]
        /// The rows' coordinates, ascending.
        Ys: float[]
    }

    /// The points row by row, Float32 [rows * columns; 2].
    member g.Points: Tensor =
        [| for y in g.Ys do
               for x in g.Xs do
                   float32 x
                   float32 y |]
        |> Tensor.ofArray [ g.Ys.Length * g.Xs.Length; 2 ]

/// The answers of a classifier on a grid.
[<RequireQualifiedAccess>]
type DecisionRegions =
    {
        /// The grid.
        Grid: PlaneGrid
        /// The class of each point, [row, column].
        Classes: int[,]
        /// The probability of that class, [row, column], where the classifier gives probabilities.
        Confidence: float[,] option
    }

/// Grids of points in the plane.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module PlaneGrid =
    /// `count` numbers from low to high, both included.
    let internal linspace (low: float) (high: float) (count: int) : float[] =
        Array.init count (fun i -> low + (high - low) * float i / float (count - 1))

    let private demandRange operation (low: float, high: float) =
        if not (low < high && Double.IsFinite(high - low)) then
            Fail.argument operation "range" $"{low} to {high}" "is empty or not finite; give the lower end first."

    /// A grid of `resolution` by `resolution` points over two ranges, ends included. At least 2 points are needed.
    let create (resolution: int) (xRange: float * float) (yRange: float * float) : PlaneGrid =
        let operation = "PlaneGrid.create"

        if resolution < 2 then
            Fail.argument operation "resolution" resolution "is no number of points along an axis; give 2 or more."

        demandRange operation xRange
        demandRange operation yRange

        { Xs = linspace (fst xRange) (snd xRange) resolution
          Ys = linspace (fst yRange) (snd yRange) resolution }

    /// The smallest and the largest number, with a margin of a share of their distance on both sides; 1 on both sides where
    /// they are equal.
    let internal rangeOf (margin: float) (values: float[]) : float * float =
        let known = values |> Array.filter Double.IsFinite

        match known with
        | [||] -> 0.0, 1.0
        | _ ->
            let low, high = Array.min known, Array.max known
            let room = if high > low then (high - low) * margin else 1.0
            low - room, high + room

    let internal demandPlane operation (x: Tensor) =
        match x.Shape with
        | [ n; 2 ] when n > 0 -> ()
        | shape -> Fail.shapes operation [ "samples", shape ] "give samples of two features, [n; 2]."

    /// A grid around samples [n; 2], with a margin of a share of their range.
    let around (resolution: int) (margin: float) (x: Tensor) : PlaneGrid =
        demandPlane "PlaneGrid.around" x
        let values = Tensor.toFloat64Array x
        let column k = Array.init x.Shape[0] (fun i -> values[2 * i + k])
        create resolution (rangeOf margin (column 0)) (rangeOf margin (column 1))

/// Regions of the plane by class.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module DecisionRegions =
    let private operation = "DecisionRegions"

    let private onGrid (grid: PlaneGrid) (values: 'T[]) =
        Array2D.init grid.Ys.Length grid.Xs.Length (fun row column -> values[row * grid.Xs.Length + column])

    /// The class of each row of probabilities, and its probability.
    let private ofRows classes (values: float[]) =
        values
        |> Array.chunkBySize classes
        |> Array.map (fun row ->
            let best = Array.IndexOf(row, Array.max row)
            best, row[best])

    /// The class of each probability of class 1, and its probability.
    let private ofSingle (values: float[]) = values |> Array.map (fun p -> if p > 0.5 then 1, p else 0, 1.0 - p)

    let private isProbability (values: float[]) = values |> Array.forall (fun v -> v >= -1e-6 && v <= 1.0 + 1e-6)

    /// The regions of a classifier: from points [m; 2] to class numbers (Int32 [m]), to a probability of class 1 ([m] or
    /// [m; 1], above 0.5), or to a number for each class ([m; k], the largest). Numbers outside 0 to 1, such as logits, give
    /// classes without confidence. Another shape is an error.
    let ofClassifier (classify: Tensor -> Tensor) (grid: PlaneGrid) : DecisionRegions =
        let points = grid.Points
        let result = classify points
        let count = points.Shape[0]

        let regions (found: (int * float)[]) isCertain : DecisionRegions =
            { Grid = grid
              Classes = onGrid grid (Array.map fst found)
              Confidence = if isCertain then Some(onGrid grid (Array.map snd found)) else None }

        let values = lazy Tensor.toFloat64Array result

        match result.Shape with
        | [ n ] when n = count && not result.DType.IsFloat ->
            regions (Tensor.toInts (Tensor.cast DType.Int32 result) |> Array.map (fun c -> c, 1.0)) false
        | [ n ]
        | [ n; 1 ] when n = count -> regions (ofSingle values.Value) (isProbability values.Value)
        | [ n; classes ] when n = count -> regions (ofRows classes values.Value) (isProbability values.Value)
        | shape ->
            Fail.shapes
                operation
                [ "points", points.Shape; "result", shape ]
                "the classifier must give a class or a row of probabilities for each point."

    /// The regions of a model of two inputs and one output of classes.
    let ofModel (model: Model) (grid: PlaneGrid) : DecisionRegions =
        match model.InputShapes with
        | [ [ 2 ] ] -> ofClassifier (fun points -> Model.predictWith 4096 points model) grid
        | shapes ->
            Fail.shapes
                operation
                (shapes |> List.map (fun s -> "input", s))
                "the model must take samples of two features."
