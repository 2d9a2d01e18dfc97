/// Moves a figure into a cell of a larger one: its axes are renumbered, and all places are mapped into the cell.
module internal Functional.SubplotAxes

open System.Text.RegularExpressions
open Newtonsoft.Json.Linq

/// A part of the larger figure, in shares of its plotting area: left, right, bottom, top.
type Cell = { Left: float; Right: float; Bottom: float; Top: float }

/// How many axes the larger figure has so far.
type Used = { X: int; Y: int; Scenes: int }

/// The cell's places: of shares across and up the figure in it.
let private across cell (share: float) = cell.Left + share * (cell.Right - cell.Left)
let private up cell (share: float) = cell.Bottom + share * (cell.Top - cell.Bottom)

let private axisKey = Regex("^([xy])axis([0-9]*)$", RegexOptions.CultureInvariant)
let private sceneKey = Regex("^scene([0-9]*)$", RegexOptions.CultureInvariant)

/// "x" and 1 to "x", 2 to "x2".
let private numbered (letter: string) n = if n = 1 then letter else $"{letter}{n}"

let private number (digits: string) = if digits = "" then 1 else int digits

let private kind trace = PlotJson.tryText "type" trace |> Option.defaultValue "scatter"

let private inDomain =
    set
        [ "pie"
          "sunburst"
          "treemap"
          "icicle"
          "indicator"
          "table"
          "sankey"
          "parcoords"
          "parcats"
          "funnelarea" ]

let private inScene =
    set [ "surface"; "scatter3d"; "mesh3d"; "cone"; "isosurface"; "volume"; "streamtube" ]

let private isCartesian trace =
    let kind = kind trace
    not (inDomain.Contains kind || inScene.Contains kind)

/// The numbers of the axes of a letter ("x" or "y") that a figure has.
let private axesOf letter (data: JObject list) (layout: JObject) =
    let ofTraces =
        data
        |> List.filter isCartesian
        |> List.map (fun trace -> PlotJson.tryText (letter + "axis") trace |> Option.defaultValue letter)
        |> List.map (fun id -> number (id.Substring 1))

    let ofLayout =
        [ for property in layout.Properties() do
              let found = axisKey.Match property.Name

              if found.Success && found.Groups[1].Value = letter then
                  number found.Groups[2].Value ]

    // axes without a trace count only where traces have some
    if ofTraces.IsEmpty then
        []
    else
        List.distinct (ofTraces @ ofLayout) |> List.sort

let private numbers (token: JToken) = [ for value in token -> value.Value<float>() ]

let private mapDomain (place: float -> float) (axis: JObject) =
    let domain =
        match axis["domain"] with
        | null -> [ 0.0; 1.0 ]
        | domain -> numbers domain

    axis["domain"] <- JArray(domain |> List.map (fun share -> box (place share)))

/// An id in a reference, as "x2", "x2 domain" or "paper".
let private rename (ids: Map<string, string>) (reference: string) =
    match reference.Split ' ' |> List.ofArray with
    | id :: rest when ids.ContainsKey id -> String.concat " " (ids[id] :: rest)
    | _ -> reference

let private renameAt names ids (o: JObject) =
    for name: string in names do
        match PlotJson.tryText name o with
        | Some reference -> o[name] <- JValue(rename ids reference)
        | None -> ()

/// Moves what is placed on the paper (annotations, shapes, images): shares of the paper become those of the cell.
let private moveOnPaper ids cell (item: JObject) =
    let move reference names place =
        match PlotJson.tryText reference item |> Option.defaultValue "paper" with
        | "paper" ->
            for name: string in names do
                match item[name] with
                | null -> ()
                | share -> item[name] <- JValue(place (share.Value<float>()): float)
        | _ -> ()

    move "xref" [ "x"; "x0"; "x1" ] (across cell)
    move "yref" [ "y"; "y0"; "y1" ] (up cell)
    renameAt [ "xref"; "yref"; "axref"; "ayref" ] ids item

/// The place of a colour bar beside the cell.
let private placeColorbar cell (owner: JObject) =
    let bar =
        match owner["colorbar"] with
        | :? JObject as bar -> bar
        | _ -> JObject()

    bar["x"] <- JValue cell.Right
    bar["xpad"] <- JValue 6
    bar["y"] <- JValue((cell.Bottom + cell.Top) / 2.0)
    bar["len"] <- JValue((cell.Top - cell.Bottom) * 1.04)
    bar["lenmode"] <- JValue "fraction"
    owner["colorbar"] <- bar

let private hasScale = set [ "heatmap"; "contour"; "surface"; "histogram2d"; "histogram2dcontour" ]

/// Whether a trace draws a colour bar.
let drawsColorbar (trace: JObject) =
    match PlotJson.tryFind "showscale" trace, PlotJson.tryFind "marker.showscale" trace with
    | Some shown, _ -> shown.Value<bool>()
    | None, Some shown -> shown.Value<bool>()
    | None, None -> hasScale.Contains(kind trace)

/// Colours begin anew in each cell, so that series of one name have one colour in all of them.
let private colorTrace i (trace: JObject) =
    let isColored =
        [ "line.color"; "marker.color" ] |> List.exists (fun path -> (PlotJson.tryFind path trace).IsSome)

    let color = [ "color", box (Palette.color i) ]

    let colored names =
        for name: string in names do
            let own =
                match trace[name] with
                | :? JObject as own -> own
                | _ -> JObject()

            trace[name] <- PlotJson.withValues color own

    match kind trace with
    | _ when isColored -> ()
    | "scatter"
    | "scattergl" -> colored [ "line"; "marker" ]
    | "bar"
    | "histogram"
    | "box" -> colored [ "marker" ]
    | _ -> ()

let private moveTrace ids scene cell (trace: JObject) =
    if inDomain.Contains(kind trace) then
        trace["domain"] <-
            PlotJson.ofValues [ "x", box [| cell.Left; cell.Right |]; "y", box [| cell.Bottom; cell.Top |] ]
    elif inScene.Contains(kind trace) then
        trace["scene"] <- JValue(numbered "scene" scene)
    else
        for letter in [ "x"; "y" ] do
            let id = PlotJson.tryText (letter + "axis") trace |> Option.defaultValue letter
            trace[letter + "axis"] <- JValue(rename ids id)

    if drawsColorbar trace then
        match trace["marker"] with
        | :? JObject as marker when not (hasScale.Contains(kind trace)) -> placeColorbar cell marker
        | _ -> placeColorbar cell trace

/// Layout names that belong to the cell; the others to the figure as a whole.
let private isOfCell (name: string) =
    axisKey.IsMatch name
    || sceneKey.IsMatch name
    || List.contains name [ "title"; "annotations"; "shapes"; "images"; "legend" ]

let private moveAxes ids (layout: JObject) letter (axes: int list) place =
    [ for axis in axes do
          let old = numbered letter axis

          let json =
              match layout[letter + "axis" + (if axis = 1 then "" else string axis)] with
              | :? JObject as json -> json.DeepClone() :?> JObject
              | _ -> JObject()

          mapDomain place json

          if isNull json["anchor"] then
              json["anchor"] <- JValue(if letter = "x" then "y" else "x")

          renameAt [ "anchor"; "overlaying"; "matches"; "scaleanchor" ] ids json
          let moved: string = Map.find old ids
          letter + "axis" + moved.Substring 1, json :> JToken ]

let private items name (layout: JObject) ids cell =
    match layout[name] with
    | :? JArray as all ->
        [ for item in all do
              let item = item.DeepClone() :?> JObject
              moveOnPaper ids cell item
              item ]
    | _ -> []

/// The title of the figure, above its cell.
let private titleOf (layout: JObject) cell size =
    match PlotJson.tryText "title.text" layout with
    | None -> []
    | Some text ->
        [ PlotJson.ofValues
              [ "text", box text
                "x", box (across cell 0.5)
                "y", box cell.Top
                "xref", box "paper"
                "yref", box "paper"
                "xanchor", box "center"
                "yanchor", box "bottom"
                "yshift", box 4
                "showarrow", box false
                "font.size", box size ] ]

/// What a figure becomes in its cell.
type Moved =
    { Data: JObject list
      Axes: (string * JToken) list
      Annotations: JObject list
      Shapes: JObject list
      Images: JObject list
      Shared: JObject
      Used: Used }

/// The figure in a cell; titles have this size.
let move (used: Used) cell titleSize (data: JObject list) (layout: JObject) : Moved =
    let xs, ys = axesOf "x" data layout, axesOf "y" data layout

    let ids =
        [ for i, axis in List.indexed xs -> numbered "x" axis, numbered "x" (used.X + i + 1)
          for i, axis in List.indexed ys -> numbered "y" axis, numbered "y" (used.Y + i + 1) ]
        |> Map.ofList

    let scenes = data |> List.exists (fun trace -> inScene.Contains(kind trace))
    let scene = used.Scenes + 1
    let data = data |> List.map (fun trace -> trace.DeepClone() :?> JObject)
    data |> List.iter (moveTrace ids scene cell)
    data |> List.iteri colorTrace

    let sceneOf =
        if scenes then
            let own =
                match layout["scene"] with
                | :? JObject as own -> own
                | _ -> JObject()

            let domain =
                [ "domain.x", box [| cell.Left; cell.Right |]; "domain.y", box [| cell.Bottom; cell.Top |] ]

            [ numbered "scene" scene, PlotJson.withValues domain own :> JToken ]
        else
            []

    let shared = JObject()

    for property in layout.Properties() do
        if not (isOfCell property.Name) then
            shared[property.Name] <- property.Value.DeepClone()

    { Data = data
      Axes = moveAxes ids layout "x" xs (across cell) @ moveAxes ids layout "y" ys (up cell) @ sceneOf
      Annotations = titleOf layout cell titleSize @ items "annotations" layout ids cell
      Shapes = items "shapes" layout ids cell
      Images = items "images" layout ids cell
      Shared = shared
      Used = { X = used.X + xs.Length; Y = used.Y + ys.Length; Scenes = if scenes then scene else used.Scenes } }
