/// Random loops, as primitives with arguments: float64 points where they are smooth.
module Functional.Tests.LoopSamples

open FsCheck
open FsCheck.FSharp
open Functional

/// A float64 tensor with elements between -1 and 1.
let private draw shape =
    Gen.arrayOfLength (Shape.size shape) (Gen.choose (-1_000_000, 1_000_000))
    |> Gen.map (Array.map (fun i -> float i / 1e6) >> Tensor.ofFloat64Array shape)

let private drawAll shapes = List.foldBack (draw >> Gen.map2 (fun x xs -> x :: xs)) shapes (Gen.constant [])

type private Step = Tensor list -> Tensor list -> Tensor list -> Tensor list * Tensor list

/// The loop of this step, as a primitive and its arguments. Sequences are given by the shape of a slice.
let private loop (step: Step) (extra: Tensor list) carries sequences constants =
    gen {
        let! length = Gen.choose (0, 4)
        let! reverse = Gen.elements [ true; false ]
        let! carries = drawAll carries
        let! sequences = drawAll (sequences |> List.map (fun shape -> length :: shape))
        let! constants = drawAll constants
        let loop = ScanTracing.prepare reverse length step (carries @ extra) sequences constants
        return Op.Scan loop.Scan, loop.Args
    }

let private anySize = Gen.choose (1, 3)

/// h' = tanh (x W + h U + b), of which every h is given.
let private simple =
    gen {
        let! b, n, u = Gen.zip3 anySize anySize anySize

        let step (carries: Tensor list) (slices: Tensor list) (k: Tensor list) =
            let h = tanh (Tensor.matmul slices[0] k[0] + Tensor.matmul carries[0] k[1] + k[2])
            [ h ], [ h ]

        return! loop step [] [ [ b; u ] ] [ [ b; n ] ] [ [ n; u ]; [ u; u ]; [ u ] ]
    }

/// A long short-term memory: two carries, gates as slices of one product.
let private gated =
    gen {
        let! b, u = Gen.zip anySize anySize

        let step (carries: Tensor list) (slices: Tensor list) (k: Tensor list) =
            let z = slices[0] + Tensor.matmul carries[0] k[0]
            let gate i = z |> Tensor.sliceAxis 1 (i * u) ((i + 1) * u) 1

            let i, f, g, o =
                Tensor.sigmoid (gate 0), Tensor.sigmoid (gate 1), tanh (gate 2), Tensor.sigmoid (gate 3)

            let c = f * carries[1] + i * g
            let h = o * tanh c
            [ h; c ], [ h * 2.0; slices[0] ]

        return! loop step [] [ [ b; u ]; [ b; u ] ] [ [ b; 4 * u ] ] [ [ u; 4 * u ] ]
    }

/// One matrix used in several ways: as the left and the right of products, in parts, transposed, elementwise.
let private shared =
    gen {
        let! u = anySize

        let step (carries: Tensor list) (slices: Tensor list) (k: Tensor list) =
            let w = k[0]
            let rows = Tensor.matmul carries[0] w + Tensor.matmul slices[0] (Tensor.transpose w)
            let part = Tensor.sumOver [ 0 ] (Tensor.sliceAxis 0 0 1 1 w * Tensor.mean carries[0])
            let h = sin (rows * 0.5 + part + Tensor.matmul (Tensor.matmul w w) carries[0])
            [ h ], [ Tensor.sum (h * w); Tensor.sumOver [ 0 ] h ]

        return! loop step [] [ [ u; u ] ] [ [ u; u ] ] [ [ u; u ] ]
    }

/// A number of steps as an int32 carry, the carry before the last, values that only pass, no batch.
let private counted =
    gen {
        let! u = anySize

        let step (carries: Tensor list) (slices: Tensor list) (k: Tensor list) =
            let x, n, old = carries[0], carries[2], carries[1]
            let scale = Tensor.cast Float64 n * 0.1
            let early = Tensor.less n (tensor 2)
            let next = Tensor.where early (x * scale + slices[0] * k[0]) (x * 0.5)
            [ next; x; n + 1 ], [ n; old; slices[0]; exp x ]

        return! loop step [ tensor 0 ] [ [ u ]; [ u ] ] [ [ u ] ] [ [] ]
    }

/// A loop in each step of a loop.
let private nested =
    gen {
        let! u = anySize

        let inner carry x (w: Tensor) =
            Tensor.scan (fun (h: Tensor) (row: Tensor) -> tanh (h * w + row), h * row) carry x

        let step (carries: Tensor list) (slices: Tensor list) (k: Tensor list) =
            let last, all = inner carries[0] slices[0] k[0]
            [ last * 0.9 ], [ Tensor.sumOver [ 0 ] all ]

        return! loop step [] [ [ u ] ] [ [ 2; u ] ] [ [ u ] ]
    }

/// Steps that are recomputed on the way back, or say their own derivative.
let private structured =
    gen {
        let! u = anySize

        let step (carries: Tensor list) (slices: Tensor list) (k: Tensor list) =
            let h = Tensor.checkpoint (fun h -> tanh (h * k[0] + slices[0])) carries[0]
            let own = customVjp (fun x -> sin x) (fun x _ ct -> ct * cos x) (h * 0.7)
            [ own ], [ Tensor.norm (own + 3.0) ]

        return! loop step [] [ [ u ] ] [ [ u ] ] [ [ u ] ]
    }

/// No sequences.
let private unfed =
    gen {
        let! u = anySize

        let step (carries: Tensor list) _ (k: Tensor list) = [ cos (carries[0] * k[0]); carries[1] + carries[0] ], []

        return! loop step [] [ [ u ]; [ u ] ] [] [ [ u ] ]
    }

/// Generators of loops.
let all: Gen<Op * Tensor list> list = [ simple; gated; shared; counted; nested; structured; unfed ]
