/// The numbers at both ends of a scale.
module internal Functional.Limits

open System

/// The least and the greatest finite number; one apart where they are the same.
let ofNumbers (values: float[]) : float * float =
    let finite = values |> Array.filter Double.IsFinite

    if finite.Length = 0 then
        0.0, 1.0
    else
        let low, high = Array.min finite, Array.max finite
        if low = high then low, low + 1.0 else low, high

/// The numbers for black and for full colour: 0 to 1 for floats that lie there, 0 to 255 for others that lie there, else the least to
/// the greatest.
let ofColors (isFloat: bool) (values: float[]) : float * float =
    let low, high = ofNumbers values

    if isFloat && low >= 0.0 && high <= 1.0 then 0.0, 1.0
    elif low >= 0.0 && high <= 255.0 then 0.0, 255.0
    else low, high
