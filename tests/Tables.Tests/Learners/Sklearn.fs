/// Data sets as samples, and numbers of scikit-learn to compare with.
module Functional.Tables.Tests.Sklearn

open System
open System.Globalization
open System.IO
open System.Text.Json
open Functional
open Functional.Tests
open Expecto

/// Samples and their targets.
type Table = { X: float[][]; Y: float[] }

let private number (text: string) = Double.Parse(text, CultureInfo.InvariantCulture)

let private rows path skip =
    File.ReadAllLines(Outside.data path)
    |> Array.skip skip
    |> Array.filter (fun line -> line <> "")
    |> Array.map (fun line -> line.Trim().Split ',')

/// The last column as classes numbered in the order of their names.
let private classes (rows: string[][]) =
    let names = rows |> Array.map Array.last |> Array.distinct |> Array.sort

    { X = rows |> Array.map (fun row -> row[.. row.Length - 2] |> Array.map number)
      Y = rows |> Array.map (fun row -> float (Array.IndexOf(names, Array.last row))) }

let iris () = classes (rows "iris/iris.csv" 1)
let wine () = classes (rows "wine/wine.csv" 1)
let sonar () = classes (rows "sonar/sonar.csv" 0)
let digits () = classes (rows "digits/digits8x8.csv" 1)
let drug () = classes (rows "drug/drug5_numeric.csv" 0)

let powerplant () =
    let rows = rows "powerplant/Folds5x2_pp.csv" 1 |> Array.map (Array.map number)

    { X = rows |> Array.map (fun row -> row[..3]); Y = rows |> Array.map Array.last }

/// Each feature with mean 0 and deviation 1.
let scaled (table: Table) =
    let columns =
        Array.transpose table.X
        |> Array.map (fun column ->
            let mean = Array.average column
            let deviation = sqrt (column |> Array.averageBy (fun v -> (v - mean) ** 2.0))
            column |> Array.map (fun v -> (v - mean) / (if deviation > 0.0 then deviation else 1.0)))

    { table with X = Array.transpose columns }

/// Every `step`-th sample from `first` on.
let every step first (table: Table) =
    let keep (values: 'T[]) = [| for i in first..step .. values.Length - 1 -> values[i] |]
    { X = keep table.X; Y = keep table.Y }

let tensorOf (rows: float[][]) = Tensor.ofFloat64Array [ rows.Length; rows[0].Length ] (Array.concat rows)

let x (table: Table) = tensorOf table.X
let y (table: Table) = Tensor.ofFloat64Array [ table.Y.Length ] table.Y

/// What lines of Python leave in `result`, an array or a list of arrays, as numbers. `x` and `y` are the table, `others` the
/// tables of further samples, numpy and sklearn are there.
let runWith (others: float[][] list) (lines: string) (table: Table) : float list =
    let lines =
        "import sklearn\n"
        + "x, y = numpy.array(data['X']), numpy.array(data['Y'])\n"
        + "others = [numpy.array(o) for o in data['Others']]\n"
        + lines.Trim()

    Peer.python [ "sklearn" ] lines {| X = table.X; Y = table.Y; Others = Array.ofList others |}

/// What lines of Python leave in `result`; see `runWith`.
let run (lines: string) (table: Table) : float list = runWith [] lines table

let private columnLines (lines: string list) =
    [ "import numpy as np, sklearn, scipy"
      "from scipy import stats"
      "x = [np.array(c, dtype=float) for c in data]"
      yield! lines ]
    |> String.concat "\n"

/// The numbers that an expression gives after these lines of Python, in which `x` is the columns as NumPy's arrays; nested
/// lists are flattened.
let ofColumns (lines: string list) (expression: string) (columns: float[] list) : float list =
    Peer.python [ "scipy"; "sklearn" ] (columnLines lines + $"\nresult = list(%s{expression})") columns

/// What Python prints of an expression after these lines; see `ofColumns`.
let textOfColumns (lines: string list) (expression: string) (columns: float[] list) : string =
    let script =
        "import json, sys\ndata = json.loads(sys.stdin.read())\n"
        + columnLines lines
        + $"\nprint(%s{expression})"

    Outside.python [ "numpy"; "scipy"; "sklearn" ] script (JsonSerializer.Serialize columns)

/// Columns as [n; k] in row-major order: k features of n samples.
let rowMajor (columns: float[] list) : float[] =
    columns |> List.map List.ofArray |> List.transpose |> List.concat |> Array.ofList

let floats (tensor: Tensor) = List.ofArray (Tensor.toFloat64Array tensor)

/// A fitted learner comes back from its generic form: same kind, same predictions bit for bit.
let comesBack (x: Tensor) (fitted: FittedLearner) =
    let again = Learners.ofState (fitted.State())
    Expect.equal again.Kind fitted.Kind "kind"
    Expect.equal (again.Features, again.Classes) (fitted.Features, fitted.Classes) "features and classes"
    Expect.equal (floats (again.Predict x)) (floats (fitted.Predict x)) "predictions"

    match fitted.Probabilities, again.Probabilities with
    | Some p, Some q -> Expect.equal (floats (q x)) (floats (p x)) "probabilities"
    | None, None -> ()
    | Some _, None
    | None, Some _ -> failtest "Only one of both gives probabilities."
