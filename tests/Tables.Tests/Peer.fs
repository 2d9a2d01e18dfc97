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

/// What an expression of Python gives for columns of numbers, as a list of numbers; `x` is the columns as lists, `numpy`,
/// `scipy.stats` as `stats` and `pandas` are there.
let numbers (expression: string) (columns: float[] list) : float list =
    let script =
        "import json, sys, numpy, pandas\n"
        + "from scipy import stats\n"
        + "x = [[float(v) if isinstance(v, str) else v for v in column] for column in json.loads(sys.stdin.read())]\n"
        + $"print(json.dumps([repr(float(v)).replace('nan', 'NaN').replace('inf', 'Infinity') for v in %s{expression}]))"

    Outside.python [ "numpy"; "scipy"; "pandas" ] script (JsonSerializer.Serialize(columns, named))
    |> fun text -> JsonSerializer.Deserialize<float[]>(text, named)
    |> Option.ofObj
    |> Option.defaultValue [||]
    |> List.ofArray

/// That numbers agree to 1e-9, relative where they are above 1; NaN and infinities with themselves.
let agree (expected: float list) (actual: float list) =
    Expect.equal actual.Length expected.Length "as many numbers"

    for i, (e, a) in List.indexed (List.zip expected actual) do
        if not (e.Equals a || abs (e - a) <= 1e-9 * max 1.0 (abs e)) then
            failtest $"Number %d{i} is %g{a}, and the peer has %g{e}."
