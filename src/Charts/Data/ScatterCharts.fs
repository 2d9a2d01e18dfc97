namespace Functional

open XPlot.Plotly

/// Points.
[<AutoOpen>]
module ScatterCharts =

    /// More points than these are drawn by WebGL.
    let private mostInSvg = 20000

    let private pointsOf operation (x: seq<float>) (y: seq<float>) =
        let x, y = ChartChecks.numbers operation "x" x, ChartChecks.numbers operation "y" y
        ChartChecks.sameLength operation ("x", x.Length) ("y", y.Length)
        x, y

    /// Points in colour and symbol of their number.
    let internal markersOf (isMany: bool) i (name: string) (x: float[]) (y: float[]) : Trace =
        let size = if isMany then 4 else 7

        let marker =
            Marker(
                color = Palette.color i,
                symbol = Palette.symbol i,
                size = size,
                opacity = 0.8,
                line = Line(color = "#FFFFFF", width = 0.5)
            )

        let name = PlotText.literal name

        if isMany then
            Scattergl(x = x, y = y, name = name, mode = "markers", marker = marker)
        else
            Scatter(x = x, y = y, name = name, mode = "markers", marker = marker)

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Points (x, y). One with a NaN or an infinity is left out. Other lengths are an error. More than 20,000 are drawn by WebGL.
        let scatter (x: seq<float>) (y: seq<float>) : Figure =
            let x, y = pointsOf "Chart.scatter" x y
            Chart.ofTraces [ markersOf (x.Length > mostInSvg) 0 "" x y ] |> Chart.withLegend false

        /// Points (x, y) in a colour and a symbol for each class, in ascending order of the classes; see `scatter`.
        let scatterByClass (classes: seq<string>) (x: seq<float>) (y: seq<float>) : Figure =
            let operation = "Chart.scatterByClass"
            let x, y = pointsOf operation x y
            let classes = Array.ofSeq classes
            ChartChecks.sameLength operation ("classes", classes.Length) ("x", x.Length)

            let ofClass i name =
                let chosen =
                    [| for j in 0 .. x.Length - 1 do
                           if classes[j] = name then
                               j |]

                markersOf
                    (x.Length > mostInSvg)
                    i
                    name
                    (chosen |> Array.map (Array.get x))
                    (chosen |> Array.map (Array.get y))

            LabelAxis.classes classes |> Array.mapi ofClass |> Chart.ofTraces |> Chart.withLegend true
