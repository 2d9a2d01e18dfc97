/// JSON of XPlot's objects as plotly.js 2.35 reads it: gaps instead of NaN, titles as objects, attributes set by path.
module internal Functional.PlotJson

open System
open System.Globalization
open System.IO
open System.Text
open Newtonsoft.Json
open Newtonsoft.Json.Linq

/// Writes numbers that are not finite as null, which plotly.js draws as gaps.
type private GapWriter() =
    inherit JTokenWriter()

    override w.WriteValue(value: float) = if Double.IsFinite value then base.WriteValue value else base.WriteNull()

    override w.WriteValue(value: float32) = if Single.IsFinite value then base.WriteValue value else base.WriteNull()

/// Arrays of numbers as one text each instead of an object a number.
type private NumbersConverter() =
    inherit JsonConverter()

    static let text (append: 'T -> StringBuilder -> unit) (values: 'T[]) =
        let all = StringBuilder(values.Length * 8 + 2).Append '['

        values
        |> Array.iteri (fun i value ->
            if i > 0 then
                all.Append ',' |> ignore

            append value all)

        all.Append(']').ToString()

    static let culture = CultureInfo.InvariantCulture

    static let number (value: float) (all: StringBuilder) =
        if Double.IsFinite value then
            all.Append(value.ToString("R", culture)) |> ignore
        else
            all.Append "null" |> ignore

    static let single (value: float32) (all: StringBuilder) =
        if Single.IsFinite value then
            all.Append(value.ToString("R", culture)) |> ignore
        else
            all.Append "null" |> ignore

    override _.CanRead = false

    override _.CanConvert given = given = typeof<float[]> || given = typeof<float32[]> || given = typeof<int[]>

    // never called, since CanRead is false
    override _.ReadJson(_, _, _, _) = raise (NotSupportedException())

    override _.WriteJson(writer, value, _) =
        match value with
        | :? (float[]) as values -> text number values
        | :? (float32[]) as values -> text single values
        | :? (int[]) as values -> values |> text (fun value all -> all.Append(value.ToString culture) |> ignore)
        | _ -> "null"
        |> writer.WriteRawValue

let private serializer =
    JsonSerializer.Create(
        JsonSerializerSettings(
            Culture = CultureInfo.InvariantCulture,
            // plotly.js has no zones: a time is shown as it stands
            DateFormatString = "yyyy-MM-ddTHH:mm:ss.FFFFFF",
            Converters = [| NumbersConverter() |]
        )
    )

/// Titles are objects in plotly.js 2 and 3; XPlot gives texts, and their fonts beside them.
let rec private normalize (token: JToken) : unit =
    match token with
    | :? JObject as o ->
        match o["title"] with
        | :? JValue as title when title.Type = JTokenType.String ->
            o["title"] <- JObject(JProperty("text", title.Value))
        | _ -> ()

        match o["titlefont"] with
        | null -> ()
        | font ->
            o.Remove "titlefont" |> ignore

            if isNull o["title"] then
                o["title"] <- JObject()

            o["title"]["font"] <- font

        for property in o.Properties() do
            normalize property.Value
    | :? JArray as all when all.Count > 0 && (all[0] :? JObject) ->
        for one in all do
            normalize one
    | _ -> ()

/// Any value as JSON: XPlot's objects, arrays, texts, numbers, dates.
let token (value: obj) : JToken =
    match value with
    | null -> JValue.CreateNull()
    | value ->
        use writer = new GapWriter()
        serializer.Serialize(writer, value)
        writer.Token

/// An object of XPlot's as JSON.
let objectOf (value: obj) : JObject =
    match token value with
    | :? JObject as o ->
        normalize o
        o
    | _ -> Fail.argument "Chart" "value" (value.GetType().Name) "is no object of XPlot's."

/// Sets a value by its path, as "marker.line.width"; makes the objects on the way. Changes `o`.
let private setIn (o: JObject) (path: string) (value: JToken) : unit =
    let rec go (o: JObject) names =
        match names with
        | [] -> ()
        | [ name ] -> o[name] <- value
        | name :: rest ->
            let inner =
                match o[name] with
                | :? JObject as inner -> inner
                | _ ->
                    let inner = JObject()
                    o[name] <- inner
                    inner

            go inner rest

    go o (List.ofArray (path.Split '.'))

/// The object with values set by their paths.
let withValues (values: seq<string * obj>) (o: JObject) : JObject =
    let result = o.DeepClone() :?> JObject

    for path, value in values do
        setIn result path (token value)

    normalize result
    result

/// `above` laid over `below`: objects are joined, arrays and values replaced.
let merge (below: JObject) (above: JObject) : JObject =
    let result = below.DeepClone() :?> JObject
    result.Merge(above, JsonMergeSettings(MergeArrayHandling = MergeArrayHandling.Replace))
    result

/// An object of these values.
let ofValues (values: seq<string * obj>) : JObject = withValues values (JObject())

/// The value at a path that begins at `o`, where it is there.
let tryFind (path: string) (o: JObject) : JToken option =
    let step (token: JToken option) (name: string) =
        match token with
        | Some(:? JObject as o) -> Option.ofObj o[name]
        | _ -> None

    path.Split '.' |> Array.fold step (Some(o :> JToken))

/// A text value at a path.
let tryText path o =
    match tryFind path o with
    | Some(:? JValue as value) when value.Type = JTokenType.String -> Some(string value.Value)
    | _ -> None

/// The text of a title that has nothing else.
let onlyText (title: JToken) =
    match title with
    | :? JObject as o when o.Count = 1 -> tryText "text" o
    | _ -> None

/// The text of JSON, safe inside a script of a page: no "<", ">", "&" or line separator stands in it as such.
let script (token: JToken) : string =
    use writer = new StringWriter(CultureInfo.InvariantCulture)
    use json = new JsonTextWriter(writer)
    token.WriteTo json

    // these stand in texts only, where the escape means the same
    writer
        .ToString()
        .Replace("<", "\\u003c")
        .Replace(">", "\\u003e")
        .Replace("&", "\\u0026")
        .Replace("\u2028", "\\u2028")
        .Replace("\u2029", "\\u2029")
