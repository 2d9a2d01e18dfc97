/// Numbers to and from NumPy, SciPy and pandas.
module Functional.Tables.Tests.Peer

open System.Text.Json
open Functional.Tests
open Expecto

/// NaN and infinities as the texts that .NET and Python both read.
let private named =
    JsonSerializerOptions(
        NumberHandling =
            (Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals
             ||| Serialization.JsonNumberHandling.AllowReadingFromString)
    )

/// The numbers that lines of Python leave in `result`, a list of numbers, lists and arrays or one array, all flattened. `data` is the
/// input, in which NaN and infinities are texts that `float` and NumPy read; numpy is there.
let python (modules: string list) (lines: string) (input: 'T) : float list =
    let script =
        "import json, sys, warnings, numpy\n"
        + "warnings.filterwarnings('ignore')\n"
        + "data = json.loads(sys.stdin.read())\n"
        + lines.Trim()
        + "\nparts = result if isinstance(result, (list, tuple)) else [result]\n"
        + "flat = [float(v) for part in parts for v in numpy.ravel(numpy.array(part, dtype=float))]\n"
        + "print(json.dumps([repr(v).replace('nan', 'NaN').replace('inf', 'Infinity') for v in flat]))"

    Outside.python ("numpy" :: modules) script (JsonSerializer.Serialize(input, named))
    |> fun text -> JsonSerializer.Deserialize<float[]>(text, named)
    |> Option.ofObj
    |> Option.defaultValue [||]
    |> List.ofArray

/// What an expression of Python gives for columns of numbers, as a list of numbers; `x` is the columns as lists, `numpy`,
/// `scipy.stats` as `stats` and `pandas` are there.
let numbers (expression: string) (columns: float[] list) : float list =
    let lines =
        "import pandas\nfrom scipy import stats\n"
        + "x = [[float(v) for v in column] for column in data]\n"
        + $"result = %s{expression}"

    python [ "scipy"; "pandas" ] lines columns

/// That numbers agree to 1e-9, relative where they are above 1; NaN and infinities with themselves.
let agree (expected: float list) (actual: float list) =
    Expect.equal actual.Length expected.Length "as many numbers"

    for i, (e, a) in List.indexed (List.zip expected actual) do
        if not (e.Equals a || abs (e - a) <= 1e-9 * max 1.0 (abs e)) then
            failtest $"Number %d{i} is %g{a}, and the peer has %g{e}."
