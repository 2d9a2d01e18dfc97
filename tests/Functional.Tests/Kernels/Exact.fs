/// Elementary functions to about 25 digits, for measuring those in double precision.
module Functional.Tests.Kernels.Exact

/// A number with all its digits, where System.Decimal's own conversion keeps 15.
let ofFloat (x: float) =
    System.Decimal.Parse(
        x.ToString("F28", System.Globalization.CultureInfo.InvariantCulture),
        System.Globalization.CultureInfo.InvariantCulture
    )

/// e^x for |x| up to 40 or so.
let rec exp (x: decimal) =
    if abs x > 0.5m then
        let half = exp (x / 2m)
        half * half
    else
        let mutable term = 1m
        let mutable sum = 1m

        for n in 1..26 do
            term <- term * x / decimal n
            sum <- sum + term

        sum

/// The natural logarithm, by Newton's method from the one in double precision.
let log (x: decimal) =
    let mutable y = decimal (System.Math.Log(float x))

    for _ in 1..2 do
        let e = exp y
        y <- y + 2m * (x - e) / (x + e)

    y

/// 2/sqrt(pi) times the integral of exp(-t^2), by its series.
let erf (x: decimal) =
    let mutable term = x
    let mutable sum = x

    for n in 1..120 do
        term <- -term * x * x / decimal n
        sum <- sum + term / decimal (2 * n + 1)

    sum * 1.1283791670955125738961589031m

let sigmoid x = 1m / (1m + exp -x)

let tanh x =
    let e = exp (2m * x)
    (e - 1m) / (e + 1m)
