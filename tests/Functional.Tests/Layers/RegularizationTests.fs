module Functional.Tests.RegularizationTests

open Xunit
open Functional
open Functional.Tests.Chains

let private run (layer: Layer<Tensor, Tensor>) key (x: Tensor) =
    fst (layer.Apply (fst (Layer.init (Key.ofInt 0) x.Shape.Tail layer)) (training key) x)

let private disturbing = [ dropout 0.4; gaussianNoise 0.5; gaussianDropout 0.4 ]

[<Fact>]
let ``nothing is disturbed outside training`` () =
    let x = Tensor.cast Float32 (wave [ 20; 5 ])

    for layer in disturbing do
        Assert.Same(x, predictAlone layer x)

[<Fact>]
let ``the key decides what is drawn`` () =
    let x = Tensor.ones [ 20; 5 ]

    for layer in disturbing do
        Assert.Equal(bits (run layer 1 x), bits (run layer 1 x))
        Assert.NotEqual(bits (run layer 1 x), bits (run layer 2 x))

[<Theory>]
[<InlineData 0.1>]
[<InlineData 0.5>]
[<InlineData 0.9>]
let ``dropout drops its share and keeps the mean`` (rate: float) =
    let y = run (dropout rate) 3 (Tensor.ones [ 200; 500 ]) |> Tensor.toFloat64Array
    let kept = 1.0 / (1.0 - rate)
    Assert.All(Array.distinct y, fun v -> Assert.True(v = 0.0 || abs (v - kept) < 1e-5))
    let dropped = float (y |> Array.filter ((=) 0.0) |> Array.length) / 100_000.0
    // four deviations of a binomial distribution
    Assert.Equal(rate, dropped, 4.0 * sqrt (rate * (1.0 - rate) / 100_000.0))

[<Fact>]
let ``dropout of nothing drops nothing`` () =
    let x = Tensor.cast Float32 (wave [ 4; 5 ])
    Assert.Equal(bits x, bits (run (dropout 0.0) 3 x))

[<Fact>]
let ``what is dropped has no gradient, and what is kept has its scale`` () =
    let x = Tensor.ones [ 10; 10 ]
    let slope = grad (fun x -> Tensor.sum (run (dropout 0.5) 3 x)) x
    Assert.Equal(bits (run (dropout 0.5) 3 x), bits slope)

[<Fact>]
let ``noise has its deviation`` () =
    let x = Tensor.fullOf Float64 [ 300; 300 ] 2.0
    let moments (y: Tensor) = Tensor.toFloat (Tensor.mean y), Tensor.toFloat (Tensor.std y)
    let mean, sd = moments (run (gaussianNoise 0.5) 5 x)
    Assert.Equal(2.0, mean, 0.01)
    Assert.Equal(0.5, sd, 0.005)
    let mean, sd = moments (run (gaussianDropout 0.2) 5 x)
    Assert.Equal(2.0, mean, 0.02)
    Assert.Equal(2.0 * sqrt 0.25, sd, 0.01)

[<Theory>]
[<InlineData 1.0>]
[<InlineData(-0.1)>]
[<InlineData(System.Double.NaN)>]
let ``a rate outside its range is refused`` (rate: float) =
    let expected = "is not a share to drop; give 0 or more, and less than 1."
    Assert.Contains(expected, errorOf (fun () -> dropout rate))
    Assert.Contains(expected, errorOf (fun () -> gaussianDropout rate))

[<Fact>]
let ``disturbing integers is refused`` () =
    Assert.Contains("gaussianNoise: sd = -1 is not a standard deviation", errorOf (fun () -> gaussianNoise -1.0))

    Assert.Contains(
        "dropout: works on float32 or float64; cast it with Tensor.cast Float32 (the input is int32)",
        errorOf (fun () -> run (dropout 0.5) 1 (Tensor.ofInts [ 1; 2 ] [| 1; 2 |]))
    )
