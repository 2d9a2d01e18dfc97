/// Raising the library's errors: one function a case, each of any result type.
module internal Functional.Fail

let private fail error = raise (FunctionalException error)

/// Shapes that do not fit; `reason` ends with the fix.
let shapes operation shapes reason = fail (FunctionalError.ShapeMismatch(operation, shapes, reason))

/// Element types that do not fit; `reason` ends with the fix.
let dtypes operation dtypes reason = fail (FunctionalError.DTypeMismatch(operation, dtypes, reason))

/// An axis that `shape` does not have.
let axis operation axis shape = fail (FunctionalError.AxisOutOfRange(operation, axis, shape))

/// An argument out of range; the text reads "operation: argument = value reason".
let argument operation argument (value: obj) reason =
    let text =
        match value with
        | null -> "null"
        | :? (int list) as shape -> Shape.toString shape
        | :? System.IFormattable as v -> v.ToString(null, System.Globalization.CultureInfo.InvariantCulture)
        | v -> string v

    fail (FunctionalError.InvalidArgument(operation, argument, text, reason))

/// A number without its fraction, thousands parted by commas, whatever the culture of the thread.
let grouped (n: float) = n.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)

/// The most elements that one tensor holds, as text.
let mostElements = grouped (float System.Array.MaxLength)

/// Data that cannot be used as they are.
let data operation reason = fail (FunctionalError.InvalidData(operation, reason))

/// A file that is missing, damaged or of another format.
let file path reason = fail (FunctionalError.InvalidFile(path, reason))

/// The axis counted from the front, from an axis that may count from the end.
let checkAxis operation (shape: Shape) i =
    let rank = List.length shape

    if i < -rank || i >= rank then axis operation i shape
    elif i < 0 then i + rank
    else i

/// Axes counted from the front, ascending, each once.
let checkAxes operation (shape: Shape) axes =
    let front = axes |> List.map (checkAxis operation shape)

    if List.length (List.distinct front) <> List.length front then
        argument operation "axes" axes "names an axis twice; name each axis once."

    List.sort front
