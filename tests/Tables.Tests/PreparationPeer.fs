/// Columns of numbers to scikit-learn's preparations and back.
module Functional.Tables.Tests.PreparationPeer

open System
open System.Text.Json
open Deedle
open Functional
open Functional.Tests
open Expecto

let private escape (values: float[]) : Nullable<float>[] =
    values |> Array.map (fun v -> if Double.IsNaN v then Nullable() else Nullable v)

/// What expressions of Python give for a table of numbers, row by row; `X` is the array [rows; columns], NaN where a value is
/// missing; numpy is `np`, pandas is `pd`, and the names of scikit-learn's preprocessing, impute and model_selection are there.
let rowsOf (expressions: string list) (columns: float[] list) : float[][] list =
    let script =
        "import json, sys, warnings, numpy as np, pandas as pd\n"
        + "warnings.filterwarnings('ignore')\n"
        + "from sklearn.preprocessing import *\n"
        + "from sklearn.experimental import enable_iterative_imputer\n"
        + "from sklearn.impute import *\n"
        + "from sklearn.model_selection import *\n"
        + "columns, expressions = json.loads(sys.stdin.read())\n"
        + "X = np.array([[np.nan if v is None else v for v in c] for c in columns]).T\n"
        + "def rows(e):\n"
        + "  Y = np.asarray(eval(e), dtype=float)\n"
        + "  return [[None if np.isnan(v) else v for v in r] for r in Y.reshape(len(Y), -1).tolist()]\n"
        + "print(json.dumps([rows(e) for e in expressions]))"

    let input = JsonSerializer.Serialize [| box (columns |> List.map escape); box expressions |]

    Outside.python [ "numpy"; "pandas"; "sklearn" ] script input
    |> JsonSerializer.Deserialize<Nullable<float>[][][]>
    |> Option.ofObj
    |> Option.defaultValue [||]
    |> Array.map (Array.map (Array.map (fun v -> if v.HasValue then v.Value else nan)))
    |> List.ofArray

/// What one expression gives; see `rowsOf`.
let rows (expression: string) (columns: float[] list) : float[][] = rowsOf [ expression ] columns |> List.head

/// A frame of columns x0, x1, ...
let frameOf (columns: float[] list) : Frame<int, string> =
    let names = [| for i in 0 .. columns.Length - 1 -> $"x%d{i}" |]
    Frames.ofVectors (names, columns.Head.Length, [| for column in columns -> Vector.ofValues column :> IVector |])

/// The columns of a frame, NaN where a value is missing.
let columnsOf (frame: Frame<int, string>) : float[] list =
    [ for name in frame.ColumnKeys ->
          frame.GetColumn<float>(name).Vector.DataSequence
          |> Seq.map (fun v -> if v.HasValue then v.Value else nan)
          |> Array.ofSeq ]

/// Random columns of different scales, some values missing where `gaps` says so.
let random (gaps: bool) (seed: int) (rows: int) (count: int) : float[] list =
    let keys = Key.splitMany (2 * count) (Key.ofInt seed) |> Array.ofList

    [ for i in 0 .. count - 1 ->
          let values =
              Random.normalOf Float64 (float i) (10.0 ** float (i - 1)) keys[2 * i] [ rows ]
              |> Tensor.toFloat64Array

          let chance = Random.uniform keys[2 * i + 1] [ rows ] |> Tensor.toFloat64Array
          // the first row is whole, so that every column has a value
          Array.mapi2 (fun row v c -> if gaps && row > 0 && c < 0.2 then nan else v) values chance ]

/// That two tables agree to 1e-9, relative where a number is above 1, and miss the same values; `what` stands in the failure.
let agree (what: string) (expected: float[][]) (actual: float[] list) =
    Expect.equal actual.Length expected[0].Length $"%s{what}: as many columns"

    for j, column in List.indexed actual do
        Expect.equal column.Length expected.Length $"%s{what}: as many rows"

        for i in 0 .. column.Length - 1 do
            let e, a = expected[i][j], column[i]

            if not ((Double.IsNaN e && Double.IsNaN a) || abs (e - a) <= 1e-9 * max 1.0 (abs e)) then
                failtest $"%s{what}: row %d{i} of column %d{j} is %.17g{a}, and scikit-learn has %.17g{e}."

/// The numbers of a data set as columns, and its frame.
let table (path: string) : float[] list * Frame<int, string> =
    let data = Csv.read (Outside.data path)

    let numeric =
        Seq.zip data.ColumnKeys data.ColumnTypes
        |> Seq.filter (fun (_, t) -> t = typeof<float> || t = typeof<int>)
        |> Seq.map fst
        |> Array.ofSeq

    let columns =
        numeric
        |> Array.map (fun name -> data.GetColumn<float>(name).ValuesAll |> Array.ofSeq)
        |> List.ofArray

    columns, frameOf columns
