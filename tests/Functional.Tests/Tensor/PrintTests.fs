/// Tensors are printed as NumPy prints arrays.
module Functional.Tests.PrintTests

open System
open Functional
open Functional.Tests.Cases
open Expecto

let private prints (expected: string) (x: Tensor) = Expect.Equal(expected.Replace("\r", ""), string x)

// ---------------------------------------------------------------- against NumPy itself

/// Reads a case a line, type;shape;bytes in hexadecimal, and prints each array followed by a line of one dash.
let private script =
    """
import sys, numpy as np
for line in sys.stdin:
    kind, shape, data = line.rstrip("\n").split(";")
    shape = tuple(int(n) for n in shape.split(",") if n)
    print(np.frombuffer(bytes.fromhex(data), dtype=kind).reshape(shape)[()])
    print("-")
"""

let private randomCase (random: Random) : Tensor =
    let shape =
        match random.Next 12 with
        | 0 -> []
        | 1 -> [ 1500 ]
        | 2 -> [ 40; 30 ]
        | 3 -> [ 5; 3; 100 ]
        | 4 -> [ 3; 0 ]
        | _ -> List.init (random.Next(1, 5)) (fun _ -> random.Next(1, 5))

    let size = Shape.size shape
    // one character for all elements of an array: its range, its digits, how much of it is special
    let low = float (random.Next(-8, 8))
    let range = [| 0.0; 1.0; 3.0; 12.0; 60.0 |][random.Next 5]
    let grain = [| 0.0; 1.0; 0.25; 0.1; 0.001 |][random.Next 5]
    let special = [| 0.0; 0.0; 0.1; 1.0 |][random.Next 4]
    let positive = random.Next 2 = 0

    let element () =
        if random.NextDouble() < special then
            [| nan; infinity; -infinity; 0.0; -0.0 |][random.Next 5]
        else
            let x = Math.Pow(10.0, low + range * random.NextDouble()) * (0.1 + random.NextDouble())
            let x = if grain > 0.0 then grain * Math.Round(x / grain) else x
            if positive || random.Next 2 = 0 then x else -x

    match random.Next 8 with
    | 0 -> Tensor.ofInts shape (Array.init size (fun _ -> random.Next() >>> random.Next 32))
    | 1 -> Tensor.ofBools shape (Array.init size (fun _ -> random.Next 2 = 0))
    | 2
    | 3
    | 4 -> Tensor.ofFloat64Array shape (Array.init size (fun _ -> element ()))
    | 5 ->
        // any bits at all
        let bits _ = BitConverter.Int32BitsToSingle(random.Next(Int32.MinValue, Int32.MaxValue))

        Tensor.ofArray shape (Array.init size bits)
    | _ -> Tensor.ofArray shape (Array.init size (fun _ -> float32 (element ())))

/// NumPy before version 2 compares a float32 with the float64 0.0001 and finds its own 0.0001 smaller.
let private versionsDiffer (x: Tensor) =
    x.DType = Float32
    && (let least = float 0.0001f
        Tensor.toFloat64Array x |> Array.exists (fun v -> abs v = least))

let private encode (x: Tensor) =
    let kind, bytes =
        match x.DType with
        | Float32 -> "<f4", Tensor.toArray x |> Array.collect BitConverter.GetBytes
        | Float64 -> "<f8", Tensor.toFloat64Array x |> Array.collect BitConverter.GetBytes
        | Int32 -> "<i4", Tensor.toInts x |> Array.collect BitConverter.GetBytes
        | Bool -> "?", Tensor.toBools x |> Array.collect BitConverter.GetBytes

    let shape = x.Shape |> List.map string |> String.concat ","
    $"{kind};{shape};{Convert.ToHexString bytes}"

[<Tests>]
let tests =
    [ testCase "numbers stand under each other" (fun () ->
          prints "[1. 2. 3.]" (tensor [ 1.0; 2.0; 3.0 ])
          prints "[  1.    -2.5  100.25]" (tensor [ 1.0; -2.5; 100.25 ])
          prints "[[1.5 2. ]\n [3.  4. ]]" (tensor [ [ 1.5; 2.0 ]; [ 3.0; 4.0 ] ])
          prints "[[[1 2]\n  [3 4]]\n\n [[5 6]\n  [7 8]]]" (tensor [ [ [ 1; 2 ]; [ 3; 4 ] ]; [ [ 5; 6 ]; [ 7; 8 ] ] ])
          prints "[   1  -20 3000]" (tensor [ 1; -20; 3000 ])
          prints "[ True False]" (tensor [ true; false ]))

      testCase "a float has the fewest digits that name it, and eight behind the point at most" (fun () ->
          prints "[0.1 0.2 0.3]" (tensor [ 0.1; 0.2; 0.3 ])
          prints "[0.33333334 0.6666667 ]" (tensor [ 1.0 / 3.0; 2.0 / 3.0 ])
          prints "[0.33333333 0.66666667]" (tensorOf Float64 [ 1.0 / 3.0; 2.0 / 3.0 ])
          // exactly in the middle: to the even digit
          prints "[0.00195312]" (tensorOf Float64 [ 1.0 / 512.0 ])
          prints "[1.]" (tensorOf Float64 [ 0.9999999999 ]))

      testCase "large, small and far apart numbers are printed with exponents" (fun () ->
          prints "[1.e+08 1.e+00]" (tensor [ 1e8; 1.0 ])
          prints "[1.e-05 2.e+00]" (tensor [ 1e-5; 2.0 ])
          prints "[1.000e-03 1.001e+00]" (tensorOf Float64 [ 0.001; 1.001 ])
          prints "[-1.e-100  0.e+000]" (tensorOf Float64 [ -1e-100; 0.0 ])
          prints "[0.0001]" (tensor [ 0.0001 ]))

      testCase "NaN and infinities are words" (fun () ->
          prints "[nan inf 1.5]" (tensor [ nan; infinity; 1.5 ])
          prints "[ nan -inf   1.]" (tensor [ nan; -infinity; 1.0 ])
          prints "[nan nan]" (tensor [ nan; nan ]))

      testCase "a scalar is printed bare" (fun () ->
          prints "1.0" (tensor 1.0)
          prints "0.1" (tensor 0.1)
          prints "-2" (tensor -2)
          prints "True" (tensor true)
          prints "nan" (tensor nan)
          prints "1e+16" (tensorOf Float64 1e16)
          prints "1234567890.0" (tensorOf Float64 1234567890.0)
          prints "1.5e-05" (tensor 1.5e-5))

      testCase "no elements are empty brackets" (fun () ->
          prints "[]" (Tensor.zeros [ 0 ])
          prints "[]" (Tensor.zeros [ 3; 0; 2 ]))

      testCase "a long row is wrapped" (fun () ->
          let expected =
              [ "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23"
                " 24 25 26 27 28 29]" ]

          prints (String.concat "\n" expected) (Tensor.arangeInt 0 30))

      testCase "above a thousand elements the ends of each axis are printed" (fun () ->
          prints "[   0    1    2 ... 1998 1999 2000]" (Tensor.arangeInt 0 2001)

          let expected =
              [ "[[0. 0. 0. ... 0. 0. 0.]"
                " [0. 0. 0. ... 0. 0. 0.]"
                " [0. 0. 0. ... 0. 0. 0.]"
                " ..."
                " [0. 0. 0. ... 0. 0. 0.]"
                " [0. 0. 0. ... 0. 0. 0.]"
                " [0. 0. 0. ... 0. 0. 0.]]" ]

          prints (String.concat "\n" expected) (Tensor.zeros [ 40; 50 ]))

      testCase "a traced value is printed as its type and shape" (fun () ->
          Expect.Equal("<traced float32 [2; 3]>", string (traced Float32 [ 2; 3 ])))

      testCase "random arrays are printed as NumPy prints them" (fun () ->
          let random = Random 7

          let cases = List.init 2000 (fun _ -> randomCase random) |> List.filter (versionsDiffer >> not)

          let input = cases |> List.map encode |> String.concat "\n"
          let output = Outside.python [ "numpy" ] script (input + "\n")
          let printed = output.Replace("\r", "").Split "\n-\n"

          cases
          |> List.iteri (fun i x ->
              let ours = string x

              if ours <> printed[i] then
                  Expect.Fail $"{x.DType} {Shape.toString x.Shape}\nNumPy prints\n{printed[i]}\nand we print\n{ours}")) ]
    |> testList "Tensor.Print"
