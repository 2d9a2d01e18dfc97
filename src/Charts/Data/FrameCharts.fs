namespace Functional

open System
open Deedle
open Newtonsoft.Json.Linq
open XPlot.Plotly

/// Charts of the columns of Deedle's frames.
[<AutoOpen>]
module FrameCharts =

    /// The columns of numbers, by name; NaN where a value is missing.
    let private numeric operation (frame: Frame<'R, string>) : (string * float[]) list =
        let columns =
            [ for key, columnType in Seq.zip frame.ColumnKeys frame.ColumnTypes do
                  if columnType <> typeof<bool> then
                      match FrameColumns.tryFloats frame key columnType with
                      | Some values when Array.exists Double.IsFinite values -> key, values
                      | _ -> () ]

        if columns.IsEmpty then
            Fail.data operation "the frame has no column of numbers."

        columns

    let private classesOf operation (label: string) (frame: Frame<'R, string>) : string[] =
        if not (Seq.contains label frame.ColumnKeys) then
            let known = frame.ColumnKeys |> Seq.truncate 20 |> String.concat ", "
            Fail.argument operation "label" $"'{label}'" $"is no column of the frame; there is {known}."

        let column = frame.GetColumn<obj> label

        [| for value in column.Vector.DataSequence -> if value.HasValue then string value.Value else "missing" |]

    let private mostInPairs = 12

    /// One cell of a pair plot: a histogram where both columns are the same, else points.
    let private pairCell (classes: string[]) (across: string * float[]) (up: string * float[]) : Figure =
        let names = LabelAxis.classes classes

        if fst across = fst up then
            Chart.histograms
                [ for name in names do
                      let values = Array.zip classes (snd across) |> Array.filter (fst >> (=) name) |> Array.map snd

                      if Array.exists Double.IsFinite values then
                          name, values ]
        else
            Chart.scatterByClass classes (snd across) (snd up)

    let private pairs operation (classes: string[]) (columns: (string * float[]) list) : Figure =
        if columns.Length > mostInPairs then
            Fail.data
                operation
                $"the frame has {columns.Length} columns of numbers; a pair plot shows {mostInPairs} at most. Choose some with \
                  Frame.sliceCols."

        let last = columns.Length - 1

        let cell row column =
            let figure = pairCell classes columns[column] columns[row]
            let text name = PlotText.literal name

            figure
            |> Chart.withLayoutValues
                [ "xaxis.title.text", box (if row = last then text (fst columns[column]) else "")
                  "yaxis.title.text", box (if column = 0 then text (fst columns[row]) else "")
                  "xaxis.showticklabels", box (row = last)
                  // counts of the diagonal are none of the row's values
                  "yaxis.showticklabels", box (column = 0 && row <> 0)
                  "xaxis.nticks", box 4
                  "yaxis.nticks", box 4
                  "xaxis.title.font.size", box 12
                  "yaxis.title.font.size", box 12
                  if row = last then
                      "xaxis.tickfont.size", box 10
                  if column = 0 && row <> 0 then
                      "yaxis.tickfont.size", box 10 ]

        let size = Math.Clamp(880 / columns.Length, 90, 260)

        let options =
            { SubplotOptions.defaults with
                Columns = columns.Length
                CellWidth = size
                CellHeight = size
                GapX = 14
                GapY = 14 }

        [ for row in 0..last do
              for column in 0..last -> cell row column ]
        |> Chart.subplotsWith options
        |> Chart.withLegend (Array.length (Array.distinct classes) > 1)

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Every column of numbers against every other (a scatter matrix), with histograms on the diagonal. Up to 12 columns of numbers;
        /// more, and none, are errors. Missing values are left out.
        let pairPlot (frame: Frame<'R, string>) : Figure =
            let operation = "Chart.pairPlot"
            pairs operation (Array.create frame.RowCount "") (numeric operation frame)

        /// The pair plot with a colour and a symbol for each value of column `label`, which is not drawn itself.
        let pairPlotByClass (label: string) (frame: Frame<'R, string>) : Figure =
            let operation = "Chart.pairPlot"
            let classes = classesOf operation label frame
            pairs operation classes (numeric operation (frame |> Frame.dropCol label))

        /// Pearson's correlations of the columns of numbers; rows where either value is missing are left out of a pair.
        let correlation (frame: Frame<'R, string>) : Figure =
            let columns = numeric "Chart.correlation" frame |> Array.ofList

            let pearson i j =
                let known =
                    Array.zip (snd columns[i]) (snd columns[j])
                    |> Array.filter (fun (x, y) -> Double.IsFinite x && Double.IsFinite y)

                if known.Length < 2 then
                    nan
                else
                    Correlation.pearson (Array.map fst known) (Array.map snd known)

            Array2D.init columns.Length columns.Length pearson
            |> Chart.correlationMatrix (Array.map fst columns)

        /// A histogram of each column of numbers, side by side.
        let columnHistograms (frame: Frame<'R, string>) : Figure =
            [ for name, values in numeric "Chart.columnHistograms" frame ->
                  Chart.histogram values |> Chart.withTitle name ]
            |> Chart.subplotsWith
                { SubplotOptions.defaults with CellWidth = 260; CellHeight = 180; GapX = 70; GapY = 70 }

        /// A box plot of each column of numbers, each on an axis of its own, side by side; see `Chart.boxPlots`.
        let columnBoxPlots (frame: Frame<'R, string>) : Figure =
            [ for name, values in numeric "Chart.columnBoxPlots" frame -> Chart.boxPlots [ name, values ] ]
            |> Chart.subplotsWith
                { SubplotOptions.defaults with CellWidth = 150; CellHeight = 240; GapX = 70; GapY = 60 }

        /// How often each value of a column of words, numbers or bool occurs, as bars, most frequent first; at most 40 values.
        let valueCounts (column: string) (frame: Frame<'R, string>) : Figure =
            let operation = "Chart.valueCounts"

            let counts =
                classesOf operation column frame |> Array.countBy id |> Array.sortBy (fun (name, n) -> -n, name)

            if counts.Length = 0 then
                Fail.data operation "the frame has no rows."

            let shown = Array.truncate 40 counts

            Chart.bar (Array.map fst shown) (shown |> Array.map (snd >> float))
            |> Chart.withTitle column
            |> Chart.withYTitle "count"
