/// Numbers and text from scikit-learn.
module Functional.Tables.Tests.ScikitLearn

open System.Text.Json
open Functional.Tests

let private script (lines: string list) (result: string) =
    [ "import json, sys, numpy as np, sklearn, scipy"
      "from scipy import stats"
      "x = [np.array(c, dtype=float) for c in json.loads(sys.stdin.read())]"
      yield! lines
      $"print(%s{result})" ]
    |> String.concat "\n"

let private run (lines: string list) result (columns: float[] list) =
    Outside.python [ "numpy"; "scipy"; "sklearn" ] (script lines result) (JsonSerializer.Serialize columns)

/// The numbers that an expression gives after these lines of Python, in which `x` is the columns as NumPy's arrays; nested
/// lists are flattened.
let numbers (lines: string list) (expression: string) (columns: float[] list) : float list =
    let flat =
        $"[float(v) for v in np.concatenate([np.ravel(np.array(part, dtype=float)) for part in %s{expression}])]"

    let text = run lines $"json.dumps([repr(v) for v in %s{flat}])" columns

    let number (text: string) =
        match text with
        | "nan" -> nan
        | "inf" -> infinity
        | "-inf" -> -infinity
        | text -> float text

    JsonSerializer.Deserialize<string[]> text
    |> Option.ofObj
    |> Option.defaultValue [||]
    |> Array.map number
    |> List.ofArray

/// What Python prints of an expression after these lines.
let text (lines: string list) (expression: string) (columns: float[] list) : string = run lines expression columns

/// The numbers as columns [n; k] in row-major order: k features of n samples.
let matrix (x: float[] list) : float[] =
    let columns = Array.ofList x

    [| for row in 0 .. columns[0].Length - 1 do
           for column in columns -> column[row] |]
