/// Tensors as text, the way NumPy prints arrays.
module internal Functional.Print

/// The elements of a row-major array (float32, float, int or bool) in this shape.
let format (elements: System.Array) (shape: Shape) : string =
    let flat = seq { for v in elements -> string v } |> String.concat " "
    $"{Shape.toString shape} {flat}"
