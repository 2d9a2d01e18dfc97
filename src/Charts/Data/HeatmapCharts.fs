namespace Functional

open System
open System.Globalization
open XPlot.Plotly

/// How a heatmap looks.
type HeatmapOptions =
    {
        /// .NET's format of the numbers in the cells, as "F2" or "N0"; empty for cells without numbers.
        Format: string
        /// The colour scale: (position from 0 to 1, colour).
        Colors: (float * string) list
        /// The number at the low end of the scale; none for the least there is.
        Low: float option
        /// The number at the high end of the scale; none for the greatest there is.
        High: float option
        /// Whether cells are squares.
        Square: bool
        /// Whether the colour scale stands beside the chart.
        ShowScale: bool
    }

    /// No numbers, `Palette.sequential` from the least to the greatest number, cells that fill the chart, the scale beside it.
    static member defaults =
        { Format = ""
          Colors = Palette.sequential
          Low = None
          High = None
          Square = false
          ShowScale = true }

/// Matrices as coloured cells.
[<AutoOpen>]
module HeatmapCharts =

    let private rowsOf (values: 'T[,]) =
        Array.init (Array2D.length1 values) (fun i -> Array.init (Array2D.length2 values) (fun j -> values[i, j]))

    let private textOf (format: string) (value: float) =
        if Double.IsFinite value then
            let text = value.ToString(format, CultureInfo.InvariantCulture)
            let isZero = text |> Seq.forall (fun letter -> not (Char.IsAsciiDigit letter) || letter = '0')
            PlotText.literal (if isZero then text.TrimStart '-' else text)
        else
            ""

    /// The pixels of a square cell among so many.
    let private cellSize count = Math.Clamp(560 / count, 14, 80)

    /// The trace; `texts` stand in the cells where there are some.
    let internal heatmapTrace options (texts: string[][] option) (rows: int) (columns: int) (z: float[][]) : Trace =
        [ "z", box z
          "x", box (LabelAxis.places columns)
          "y", box (LabelAxis.places rows)
          "colorscale", Style.scale options.Colors
          "showscale", box options.ShowScale
          "xgap", box 1
          "ygap", box 1
          "hoverongaps", box false
          "hovertemplate", box "%{y}, %{x}: %{z}<extra></extra>"
          // plotly.js takes both ends or none
          if options.Low.IsSome || options.High.IsSome then
              let low, high = Limits.ofNumbers (Array.concat z)
              "zmin", box (defaultArg options.Low low)
              "zmax", box (defaultArg options.High high)
          match texts with
          | Some texts ->
              "text", box texts
              "texttemplate", box "%{text}"
          | None -> () ]
        |> Traces.ofType "heatmap"

    /// Labels that have no room beside each other rise towards their place, so that the last one does not run under the colour scale.
    let private slanted (labels: string[]) (room: int) =
        let longest = labels |> Array.fold (fun most label -> max most label.Length) 0
        if 8 * longest > room then [ "xaxis.tickangle", box -45 ] else []

    /// A chart of cells, the first row on top.
    let internal heatmapFigure options texts (rows: string[]) (columns: string[]) (z: float[][]) : Figure =
        let size = cellSize (max rows.Length columns.Length)

        let squares =
            if options.Square then
                [ "yaxis.scaleanchor", box "x"; "xaxis.constrain", box "domain"; "yaxis.constrain", box "domain" ]
            else
                []

        let figure =
            Chart.ofTraces [ heatmapTrace options texts rows.Length columns.Length z ]
            |> Chart.withLayoutValues
                [ yield! LabelAxis.values "xaxis" 60 columns
                  yield! LabelAxis.values "yaxis" 60 rows
                  LabelAxis.range "xaxis" false columns.Length
                  LabelAxis.range "yaxis" true rows.Length
                  yield! slanted columns (if options.Square then size else 680 / max 1 columns.Length)
                  "xaxis.showline", box false
                  "yaxis.showline", box false
                  "xaxis.tickcolor", box "rgba(0,0,0,0)"
                  "yaxis.tickcolor", box "rgba(0,0,0,0)"
                  yield! squares ]

        if options.Square then
            figure
            |> Chart.withSize (max 420 (columns.Length * size + 220)) (max 360 (rows.Length * size + 170))
        else
            figure

    let private numbersIn options (z: float[][]) =
        if options.Format = "" then
            None
        else
            try
                Some(z |> Array.map (Array.map (textOf options.Format)))
            with :? FormatException ->
                Fail.argument
                    "Chart.heatmap"
                    "Format"
                    $"'{options.Format}'"
                    "is no format of numbers; give one as \"F2\" or \"N0\"."

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// A matrix [rows; columns] as coloured cells, the first row on top. A NaN or an infinity is an empty cell. Labels that do not fit
        /// the matrix are an error.
        let heatmapWith
            (options: HeatmapOptions)
            (rows: seq<string>)
            (columns: seq<string>)
            (values: float[,])
            : Figure =
            let rows, columns = Array.ofSeq rows, Array.ofSeq columns
            ChartChecks.matrix "Chart.heatmap" rows columns values
            ChartChecks.numbers "Chart.heatmap" "the matrix" (Seq.cast<float> values) |> ignore
            let z = rowsOf values
            heatmapFigure options (numbersIn options z) rows columns z

        /// A matrix [rows; columns] as coloured cells; see `heatmapWith`.
        let heatmap (rows: seq<string>) (columns: seq<string>) (values: float[,]) : Figure =
            heatmapWith HeatmapOptions.defaults rows columns values

        /// Correlations [k; k] of named columns as cells from -1 (blue) to 1 (orange) with their numbers, of two decimals up to 16 columns, of
        /// one up to 30, and none above.
        let correlationMatrix (names: seq<string>) (correlations: float[,]) : Figure =
            let names = Array.ofSeq names

            let format =
                if names.Length <= 16 then "F2"
                elif names.Length <= 30 then "F1"
                else ""

            let options =
                { HeatmapOptions.defaults with
                    Format = format
                    Colors = Palette.diverging
                    Low = Some -1.0
                    High = Some 1.0
                    Square = true }

            heatmapWith options names names correlations

        /// A contingency table as coloured cells with its counts and the share of each in its row.
        let contingency (table: ContingencyTable<'R, 'C>) : Figure =
            let rows = table.Rows |> List.map string |> Array.ofList
            let columns = table.Columns |> List.map string |> Array.ofList
            ChartChecks.matrix "Chart.contingency" rows columns table.Counts
            let counts = rowsOf table.Counts

            let text (row: int[]) count =
                let share = if Array.sum row = 0 then 0.0 else 100.0 * float count / float (Array.sum row)
                String.Format(CultureInfo.InvariantCulture, "{0:N0}<br>{1:F1} %", count, share)

            let texts = counts |> Array.map (fun row -> row |> Array.map (text row))
            let options = { HeatmapOptions.defaults with Colors = Palette.tint; Low = Some 0.0 }
            heatmapFigure options (Some texts) rows columns (counts |> Array.map (Array.map float))
