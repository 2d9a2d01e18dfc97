namespace Functional

open System
open XPlot.Plotly

/// A forecast beside what it was made from.
type Forecast =
    {
        /// Values up to the forecast, one at least.
        Known: float[]
        /// How many of the last known values the model was given.
        Window: int
        /// Values foretold after the known ones.
        Predicted: float[]
        /// What came, where that is known: as many values as were foretold, or none.
        Actual: float[]
        /// The lower ends of intervals around the forecast, or none.
        Lower: float[]
        /// The upper ends of intervals around the forecast, or none.
        Upper: float[]
        /// The times of known and foretold values together; empty to count steps from 0.
        Times: DateTime[]
    }

    /// A forecast without actual values, intervals and times, whose window is all that is known.
    static member create (known: seq<float>) (predicted: seq<float>) : Forecast =
        let known = Array.ofSeq known

        { Known = known
          Window = known.Length
          Predicted = Array.ofSeq predicted
          Actual = [||]
          Lower = [||]
          Upper = [||]
          Times = [||] }

/// Forecasts.
[<AutoOpen>]
module ForecastCharts =

    let private operation = "Chart.forecast"

    let private check (forecast: Forecast) =
        ChartChecks.numbers operation "Known" forecast.Known |> ignore
        ChartChecks.numbers operation "Predicted" forecast.Predicted |> ignore
        let predicted = "Predicted", forecast.Predicted.Length

        for name, values in [ "Actual", forecast.Actual; "Lower", forecast.Lower; "Upper", forecast.Upper ] do
            if values.Length > 0 then
                ChartChecks.sameLength operation (name, values.Length) predicted

        if forecast.Times.Length > 0 then
            ChartChecks.sameLength
                operation
                ("Times", forecast.Times.Length)
                ("Known and Predicted", forecast.Known.Length + forecast.Predicted.Length)

        if forecast.Lower.Length <> forecast.Upper.Length then
            ChartChecks.sameLength operation ("Lower", forecast.Lower.Length) ("Upper", forecast.Upper.Length)

        if forecast.Window < 0 || forecast.Window > forecast.Known.Length then
            Fail.argument
                operation
                "Window"
                forecast.Window
                $"is out of range; give 0 to the {forecast.Known.Length} known values."

    /// The x values from position `first` on.
    let private from (forecast: Forecast) first count : obj =
        if forecast.Times.Length > 0 then
            box forecast.Times[first .. first + count - 1]
        else
            box (Array.init count (fun i -> float (first + i)))

    let private interval (forecast: Forecast) : Trace list =
        let edge name (values: float[]) (fill: (string * obj) list) =
            Scatter(
                x = from forecast forecast.Known.Length values.Length,
                y = values,
                name = name,
                mode = "lines",
                hoverinfo = "skip"
            )
            |> Traces.extend ([ "line.width", box 0; "line.color", box (Palette.color 1) ] @ fill)

        if forecast.Lower.Length = 0 then
            []
        else
            [ edge "" forecast.Lower [ "showlegend", box false ]
              edge "interval" forecast.Upper [ "fill", box "tonexty"; "fillcolor", box "rgba(213,94,0,0.18)" ] ]

    let private window (forecast: Forecast) : (string * obj) list =
        if forecast.Window = 0 then
            []
        else
            let first = forecast.Known.Length - forecast.Window

            let at position : obj =
                if forecast.Times.Length > 0 then
                    box forecast.Times[position]
                else
                    box (float position)

            [ "shapes",
              box
                  [| PlotJson.ofValues
                         [ "type", box "rect"
                           "xref", box "x"
                           "yref", box "paper"
                           "x0", at first
                           "x1", at (forecast.Known.Length - 1)
                           "y0", box 0
                           "y1", box 1
                           "fillcolor", box "rgba(0,114,178,0.08)"
                           "line.width", box 0
                           "layer", box "below"
                           "showlegend", box true
                           "name", box "window" ] |] ]

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// A forecast: known values as a line, the window that the model was given behind it, foretold values as crosses on a dashed line,
        /// what came as open rings, intervals as a band. NaN and infinities are gaps. Lengths that do not fit are errors.
        let forecast (forecast: Forecast) : Figure =
            check forecast
            let start = forecast.Known.Length

            let after name color symbol dash (values: float[]) : Trace list =
                if values.Length = 0 then
                    []
                else
                    [ Scatter(
                          x = from forecast start values.Length,
                          y = values,
                          name = name,
                          mode = "lines+markers",
                          marker = Marker(symbol = symbol, color = color, size = 8),
                          line = Line(color = color, dash = dash, width = 1.5)
                      ) ]

            let known =
                Scatter(
                    x = from forecast 0 start,
                    y = forecast.Known,
                    name = "known",
                    mode = "lines",
                    line = Line(color = Palette.color 0, width = 2)
                )

            [ known :> Trace ]
            @ interval forecast
            @ after "actual" (Palette.color 2) "circle-open" "solid" forecast.Actual
            @ after "forecast" (Palette.color 1) "x" "dash" forecast.Predicted
            |> Chart.ofTraces
            |> Chart.withLegend true
            |> Chart.withLayoutValues (window forecast @ [ "legend.traceorder", box "normal" ])
            |> Chart.withXTitle (if forecast.Times.Length > 0 then "time" else "step")
