module Functional.Tests.ReshapingTests

open Expecto
open Functional
open Functional.Tests.Chains

let private gives (expected: Shape) (sample: Shape) layer =
    let variables, shape = Layer.init (Key.ofInt 0) sample layer
    Expect.Equal<Shape>(expected, shape)
    let x = wave (3 :: sample)
    let y = Layer.predict variables x layer
    Expect.Equal<Shape>(3 :: expected, y.Shape)
    x, y

[<Tests>]
let tests =
    [ testCase "flatten and reshape keep the order of elements" (fun () ->
          for layer, expected in
              [ flatten, [ 24 ]
                reshape [ 4; -1 ], [ 4; 6 ]
                reshape [ 24; 1 ], [ 24; 1 ]
                reshape [ -1 ], [ 24 ] ] do
              let x, y = gives expected [ 2; 3; 4 ] layer
              Expect.Equal<float[]>(Tensor.toFloat64Array x, Tensor.toFloat64Array y)

          gives [ 1 ] [] flatten |> ignore)

      testCase "permute counts axes as Keras does" (fun () ->
          let x, y = gives [ 4; 2; 3 ] [ 2; 3; 4 ] (permute [ 3; 1; 2 ])
          Expect.Equal(bits (Tensor.permute [ 0; 3; 1; 2 ] x), bits y))

      testCase "repeatVector repeats rows" (fun () ->
          let x, y = gives [ 4; 5 ] [ 5 ] (repeatVector 4)
          Expect.Equal(bits (Tensor.stack 1 [ x; x; x; x ]), bits y))

      testCase "targets that do not fit are refused" (fun () ->
          let init shape layer = fun () -> Layer.init (Key.ofInt 0) shape layer
          Expect.Contains("a sample has 6 elements", errorOf (init [ 2; 3 ] (reshape [ 4; -1 ])))
          Expect.Contains("a sample has 6 elements", errorOf (init [ 2; 3 ] (reshape [ 7 ])))
          Expect.Contains("at most one -1", errorOf (fun () -> reshape [ -1; -1 ]))
          Expect.Contains("at most one -1", errorOf (fun () -> reshape [ 0; 3 ]))
          Expect.Contains("must name each axis of a sample once", errorOf (fun () -> permute [ 0; 1 ]))

          Expect.Contains(
              "the order is one of 2 axes, and a sample has 3",
              errorOf (init [ 2; 3; 4 ] (permute [ 2; 1 ]))
          )

          Expect.Contains("is not a number of copies", errorOf (fun () -> repeatVector 0))
          Expect.Contains("a sample must be a row of features", errorOf (init [ 2; 3 ] (repeatVector 2)))) ]
    |> testList "Layers.Reshaping"
