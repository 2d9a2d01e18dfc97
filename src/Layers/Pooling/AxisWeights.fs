/// Weighted sums along one axis: the same matrix times each of the vectors along it.
module internal Functional.AxisWeights

/// The axis of n elements replaced by one of `count`, each the sum of the n with a row of the weights [count; n], given
/// row by row.
let along axis count (weights: float[]) (x: Tensor) : Tensor =
    let front, rest = List.splitAt axis x.Shape
    let length, behind = rest.Head, rest.Tail

    let matrix =
        Core.beside x (fun () -> Tensor.ofFloat64Array [ 1; count; length ] weights) |> Tensor.cast x.DType

    x
    |> Tensor.reshape [ Shape.size front; length; Shape.size behind ]
    |> Tensor.matmul matrix
    |> Tensor.reshape (front @ [ count ] @ behind)

/// The rows of linear interpolation along an axis of `length` elements that becomes `count` elements, each standing for
/// an equal share of the axis: element i lies at (i + 1/2)·length/count - 1/2. The kernel gives the weight of an element
/// at a distance. With `antialias` it is as wide as the result's elements where the axis becomes shorter. Rows add up
/// to 1: elements outside have no weight.
let interpolation (kernel: float -> float) antialias length count : float[] =
    let step = float length / float count
    let width = if antialias then max 1.0 step else 1.0

    [| for i in 0 .. count - 1 do
           let centre = (float i + 0.5) * step - 0.5
           let row = Array.init length (fun j -> kernel (abs (centre - float j) / width))
           let sum = Array.sum row
           yield! (if sum = 0.0 then row else Array.map (fun weight -> weight / sum) row) |]
