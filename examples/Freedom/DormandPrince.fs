/// The solution of y' = f y by an integrator that chooses its steps: the pair of orders 5 and 4 of Dormand and Prince (1980).
module Freedom.DormandPrince

open Functional

/// The weights of the stages before each stage; the last row is the solution of order 5.
let private stages =
    [ []
      [ 1.0 / 5.0 ]
      [ 3.0 / 40.0; 9.0 / 40.0 ]
      [ 44.0 / 45.0; -56.0 / 15.0; 32.0 / 9.0 ]
      [ 19372.0 / 6561.0; -25360.0 / 2187.0; 64448.0 / 6561.0; -212.0 / 729.0 ]
      [ 9017.0 / 3168.0; -355.0 / 33.0; 46732.0 / 5247.0; 49.0 / 176.0; -5103.0 / 18656.0 ]
      [ 35.0 / 384.0; 0.0; 500.0 / 1113.0; 125.0 / 192.0; -2187.0 / 6784.0; 11.0 / 84.0 ] ]

/// What the solution of order 4 differs by from that of order 5.
let private errorWeights =
    [ 71.0 / 57600.0
      0.0
      -71.0 / 16695.0
      71.0 / 1920.0
      -17253.0 / 339200.0
      22.0 / 525.0
      -1.0 / 40.0 ]

let private weighted (weights: float list) (slopes: Tensor list) =
    List.zip weights slopes
    |> List.filter (fun (weight, _) -> weight <> 0.0)
    |> List.map (fun (weight, slope) -> weight * slope)
    |> List.reduce (+)

/// The solution after a step h, and the slopes on the way.
let private step (f: Tensor -> Tensor) (y: Tensor) (h: float) =
    let slopes =
        ([], stages)
        ||> List.fold (fun slopes weights ->
            let at = if weights.IsEmpty then y else y + h * weighted weights slopes
            slopes @ [ f at ])

    y + h * weighted (List.last stages) (List.truncate 6 slopes), slopes

/// The steps over a time, so that the error of each stays below a tolerance, relative to 1 + |y|. They are plain numbers: nothing
/// is differentiated here.
let chooseSteps (tolerance: float) (f: Tensor -> Tensor) (y: Tensor) (time: float) : float list =
    let rec go y left h steps =
        if left < 1e-12 then
            List.rev steps
        else
            let h = min h left
            let next, slopes = step f y h
            let error = h * weighted errorWeights slopes / (1.0 + abs next)
            let error = max 1e-12 (Tensor.toFloat (Tensor.max (abs error)) / tolerance)
            let factor = min 5.0 (max 0.2 (0.9 * error ** -0.2))

            if error <= 1.0 then
                go next (left - h) (h * factor) (h :: steps)
            else
                go y left (h * factor) steps

    go y time (time / 4.0) []

/// The solution after given steps: a function like any other, to be differentiated.
let follow (f: Tensor -> Tensor) (y: Tensor) (steps: float list) : Tensor =
    (y, steps) ||> List.fold (fun y h -> fst (step f y h))
