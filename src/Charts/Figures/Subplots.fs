namespace Functional

open System
open Newtonsoft.Json.Linq

/// How charts are laid out beside each other.
type SubplotOptions =
    {
        /// Columns of charts; 0 for as many as make the grid about square.
        Columns: int
        /// Pixels of a chart's plotting area, without its labels.
        CellWidth: int
        /// Pixels of a chart's plotting area, without its labels.
        CellHeight: int
        /// Pixels between plotting areas side by side, for the labels of axes.
        GapX: int
        /// Pixels between plotting areas above each other, for labels and titles.
        GapY: int
        /// The size of the charts' titles.
        TitleSize: int
        /// Whether a name is in the legend once, however many charts have a trace of it.
        SharedLegend: bool
    }

    /// About square, plotting areas of 340 x 260 pixels, 90 pixels between them each way, titles of 14, a shared legend.
    static member defaults =
        { Columns = 0
          CellWidth = 340
          CellHeight = 260
          GapX = 90
          GapY = 90
          TitleSize = 14
          SharedLegend = true }

/// Charts beside each other.
[<AutoOpen>]
module SubplotCharts =

    let private name = "Chart.subplots"

    let private columnsOf (options: SubplotOptions) count =
        if options.Columns > 0 then
            min options.Columns count
        else
            int (ceil (sqrt (float count)))

    let private check (options: SubplotOptions) (figures: Figure list) =
        if figures.IsEmpty then
            Fail.argument name "figures" 0 "are no charts; give one at least."

        if options.Columns < 0 then
            Fail.argument name "Columns" options.Columns "is negative; give 1 or more, or 0 for about a square."

        for label, value in [ "CellWidth", options.CellWidth; "CellHeight", options.CellHeight ] do
            if value < 10 then
                Fail.argument name label value "is too small; give 10 pixels or more."

        match figures |> List.tryFind (fun figure -> not figure.Frames.IsEmpty) with
        | Some figure -> Fail.argument name "figures" (string figure) "moves; animate the subplots instead."
        | None -> ()

    /// Entries of the legend: of the traces of one name, the first has one, and they are shown and hidden together.
    let private shareLegend (data: JObject list) =
        ((Set.empty, []), data)
        ||> List.fold (fun (seen, all) trace ->
            match PlotJson.tryText "name" trace with
            | None -> seen, trace :: all
            | Some name ->
                let group = PlotJson.tryText "legendgroup" trace |> Option.defaultValue name
                trace["legendgroup"] <- JValue group

                if Set.contains name seen then
                    trace["showlegend"] <- JValue false

                let isShown =
                    match trace["showlegend"] with
                    | null -> true
                    | shown -> shown.Value<bool>()

                (if isShown then Set.add name seen else seen), trace :: all)
        |> snd
        |> List.rev

    /// The cell of chart i, in shares of a plotting area of `width` x `height` pixels.
    let private cellOf
        (options: SubplotOptions)
        columns
        (width: float)
        (height: float)
        (hasColorbar: bool)
        i
        : SubplotAxes.Cell =
        let row, column = i / columns, i % columns
        let left = float (column * (options.CellWidth + options.GapX))
        let top = height - float (row * (options.CellHeight + options.GapY))
        let bar = if hasColorbar then min 60.0 (float options.CellWidth / 4.0) else 0.0

        { Left = left / width
          Right = (left + float options.CellWidth - bar) / width
          Bottom = (top - float options.CellHeight) / height
          Top = top / height }

    /// Labels of a logarithmic axis would stand on each other: one for each digit, where an axis spans a few powers of ten.
    let private withFewTicks (axis: JToken) : JToken =
        match axis with
        | :? JObject as own when PlotJson.tryText "type" own = Some "log" ->
            if isNull own["nticks"] && isNull own["dtick"] then
                own["nticks"] <- JValue 3
        | _ -> ()

        axis

    let private array (items: JObject list) = JArray(List.map box items)

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Charts in a grid, row by row, as one chart; each keeps its title, axes, annotations and colour bars. What their layouts say of
        /// the whole (as `barmode`) is taken from the last that says it. Charts of 2-D, 3-D and round traces may be mixed. No chart,
        /// and an animation among them, are errors.
        let subplotsWith (options: SubplotOptions) (figures: seq<Figure>) : Figure =
            let figures = List.ofSeq figures
            check options figures
            let columns = columnsOf options figures.Length
            let rows = (figures.Length + columns - 1) / columns
            let width = columns * options.CellWidth + (columns - 1) * options.GapX
            let height = rows * options.CellHeight + (rows - 1) * options.GapY

            let moved =
                ([], List.indexed figures)
                ||> List.fold (fun (done': SubplotAxes.Moved list) (i, figure) ->
                    let used: SubplotAxes.Used =
                        match done' with
                        | last :: _ -> last.Used
                        | [] -> { X = 0; Y = 0; Scenes = 0 }

                    let hasColorbar = figure.Data |> List.exists SubplotAxes.drawsColorbar
                    let cell = cellOf options columns (float width) (float height) hasColorbar i
                    SubplotAxes.move used cell options.TitleSize figure.Data figure.Frame :: done')
                |> List.rev

            let layout = (JObject(), moved) ||> List.fold (fun layout one -> PlotJson.merge layout one.Shared)

            for one in moved do
                for key, axis in one.Axes do
                    layout[key] <- withFewTicks axis

            layout["meta"] <- JObject(JProperty("grid", columns))
            layout["annotations"] <- array (moved |> List.collect _.Annotations)
            layout["shapes"] <- array (moved |> List.collect _.Shapes)
            layout["images"] <- array (moved |> List.collect _.Images)
            let data = moved |> List.collect _.Data

            { Data = (if options.SharedLegend then shareLegend data else data)
              Frame = layout
              Frames = []
              Size = (width + 190, height + 150) }

        /// Charts in a grid, row by row, as one chart; see `subplotsWith`. 0 columns make the grid about square.
        let subplots (columns: int) (figures: seq<Figure>) : Figure =
            subplotsWith { SubplotOptions.defaults with Columns = columns } figures
