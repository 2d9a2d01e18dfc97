/// Arrays to a Python script and back, for comparisons with PyTorch and scikit-learn.
module Functional.Tests.Peer

open System
open System.Globalization
open Functional
open Functional.Tests
open Expecto

let private number (v: float) =
    if Double.IsNaN v then "nan"
    elif Double.IsPositiveInfinity v then "inf"
    elif Double.IsNegativeInfinity v then "-inf"
    else v.ToString("R", CultureInfo.InvariantCulture)

let private preamble =
    """
import sys, warnings
import numpy as np
warnings.simplefilter('ignore')
x = {}
for line in sys.stdin:
    name, shape, values = line.rstrip('\n').split('|')
    shape = [int(n) for n in shape.split(',')] if shape else []
    x[name] = np.array([float(v) for v in values.split()], dtype=np.float64).reshape(shape)
def give(name, value):
    print(name + '|' + ' '.join(repr(float(v)) for v in np.asarray(value, dtype=np.float64).reshape(-1)))
"""

/// Runs the script with the tensors in the dictionary `x` under their names, as float64 arrays; gives what it passes to
/// `give(name, value)`, by name. The test is skipped where no Python has the packages.
let run packages (script: string) (inputs: (string * Tensor) list) : Map<string, float[]> =
    let input =
        inputs
        |> List.map (fun (name, t) ->
            let values = Tensor.toFloat64Array t |> Array.map number |> String.concat " "
            $"%s{name}|%s{String.Join(',', t.Shape)}|%s{values}\n")
        |> String.concat ""

    let parse (text: string) =
        match text with
        | "nan" -> nan
        | "inf" -> infinity
        | "-inf" -> -infinity
        | text -> Double.Parse(text, CultureInfo.InvariantCulture)

    (Outside.python ("numpy" :: packages) (preamble + script) input).Split('\n', StringSplitOptions.RemoveEmptyEntries)
    |> Array.map (fun line ->
        let parts = line.Split '|'
        parts[0], parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries) |> Array.map parse)
    |> Map.ofArray

/// Fails with the name unless the numbers agree within this relative and absolute distance. NaN agrees with NaN.
let agree (tolerance: float) name (expected: float[]) (actual: float[]) =
    Expect.True(expected.Length = actual.Length, $"%s{name}: %d{expected.Length} numbers, and here %d{actual.Length}")

    Array.iteri2
        (fun i (e: float) (a: float) ->
            let near = e = a || (Double.IsNaN e && Double.IsNaN a) || abs (e - a) <= tolerance * max 1.0 (abs e)
            Expect.True(near, $"%s{name}: number %d{i} is %.17g{e} there and %.17g{a} here"))
        expected
        actual
