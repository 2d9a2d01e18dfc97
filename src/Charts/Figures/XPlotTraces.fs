namespace Functional

open System
open System.Collections.Generic
open Newtonsoft.Json
open Newtonsoft.Json.Linq
open XPlot.Plotly

/// A trace of XPlot's with attributes, or of a type, that XPlot has no properties for. XPlot's own charts draw it too.
type ExtendedTrace() =
    inherit Trace()

    /// All attributes but the name, by plotly.js's names, as JSON.
    [<JsonExtensionData>]
    member val Attributes: IDictionary<string, JToken> = Dictionary<string, JToken>() :> _ with get, set

/// A layout of XPlot's with attributes that XPlot has no properties for. XPlot's own charts draw it too.
type ExtendedLayout() =
    inherit Layout.Layout()

    /// Attributes that XPlot has no properties for, by plotly.js's names, as JSON.
    [<JsonExtensionData>]
    member val Attributes: IDictionary<string, JToken> = Dictionary<string, JToken>() :> _ with get, set

/// XPlot's objects from the JSON of a figure.
module internal XPlotObjects =
    let private traceTypes =
        [ "area", typeof<Area>
          "bar", typeof<Bar>
          "box", typeof<Box>
          "candlestick", typeof<Candlestick>
          "choropleth", typeof<Choropleth>
          "contour", typeof<Contour>
          "heatmap", typeof<Heatmap>
          "histogram", typeof<Histogram>
          "histogram2d", typeof<Histogram2d>
          "histogram2dcontour", typeof<Histogram2dcontour>
          "mesh3d", typeof<Mesh3d>
          "pie", typeof<Pie>
          "scatter", typeof<Scatter>
          "scatter3d", typeof<Scatter3d>
          "scattergeo", typeof<Scattergeo>
          "scattergl", typeof<Scattergl>
          "surface", typeof<Surface> ]
        |> Map.ofList

    // getters of XPlot's unset properties raise, so no present value is to be read
    let private serializer =
        JsonSerializer.Create(JsonSerializerSettings(ObjectCreationHandling = ObjectCreationHandling.Replace))

    /// The JSON with raw texts parsed.
    let private plain (o: JObject) = JObject.Parse(o.ToString Formatting.None)

    let private extended (o: JObject) : Trace =
        let trace = ExtendedTrace()

        for property in o.Properties() do
            if property.Name = "name" then
                trace.name <- string property.Value
            else
                trace.Attributes[property.Name] <- property.Value

        trace

    /// The trace as XPlot's own class where it has a property for every attribute, else an `ExtendedTrace`.
    let trace (o: JObject) : Trace =
        let o = plain o

        let own =
            PlotJson.tryText "type" o
            |> Option.bind traceTypes.TryFind
            |> Option.bind (fun traceType ->
                try
                    match o.ToObject(traceType, serializer) with
                    | :? Trace as trace when JToken.DeepEquals(plain (PlotJson.objectOf trace), o) -> Some trace
                    | _ -> None
                with :? JsonException ->
                    None)

        own |> Option.defaultWith (fun () -> extended o)

    let private layoutProperties =
        typeof<Layout.Layout>.GetProperties()
        |> Array.map (fun property -> property.Name, property)
        |> Map.ofArray

    /// The value of XPlot's property that holds this JSON whole, where there is one.
    let private tryOwn (property: JProperty) =
        layoutProperties.TryFind property.Name
        |> Option.bind (fun target ->
            try
                let layout = ExtendedLayout()
                let value = property.Value.ToObject(target.PropertyType, serializer)
                target.SetValue(layout, value)
                let again = plain (PlotJson.objectOf layout)
                if JToken.DeepEquals(again, JObject property) then Some(target, value) else None
            with
            | :? JsonException
            | :? ArgumentException -> None)

    /// The layout, with what XPlot has no properties for as extension.
    let layout (o: JObject) : ExtendedLayout =
        let layout = ExtendedLayout()

        for property in (plain o).Properties() do
            match tryOwn property with
            | Some(target, value) -> target.SetValue(layout, value)
            | None -> layout.Attributes[property.Name] <- property.Value

        match PlotJson.tryFind "title" o |> Option.map (PlotJson.onlyText) |> Option.flatten with
        | Some title ->
            layout.Attributes.Remove "title" |> ignore
            layout.title <- title
        | None -> ()

        layout

/// Traces with more than XPlot's types say.
[<RequireQualifiedAccess>]
module Traces =
    /// A trace with further attributes by plotly.js's names; a path goes inside, as "marker.line.width". Values are texts, numbers,
    /// arrays, or XPlot's objects.
    let extend (attributes: seq<string * obj>) (trace: #Trace) : Trace =
        PlotJson.objectOf trace |> PlotJson.withValues attributes |> XPlotObjects.trace

    /// A trace of a type by plotly.js's name, as "violin", with its attributes; see `extend`.
    let ofType (traceType: string) (attributes: seq<string * obj>) : Trace =
        PlotJson.ofValues (Seq.append [ "type", box traceType ] attributes) |> XPlotObjects.trace
