namespace Functional

open System
open System.Globalization
open System.IO
open System.Text
open System.Text.Json

/// Descriptions of layers as JSON text, and back. Reading builds data only and runs no code.
module DescriptionJson =
    let private damaged reason =
        Fail.data "DescriptionJson" $"this is not the description of a layer: {reason}."

    /// Numbers are written so that they read back in the same bits, and whole ones differ from real ones.
    let private realNumber (value: float) =
        if not (Double.IsFinite value) then
            Fail.argument "DescriptionJson" "setting" value "is not a finite number, and JSON has no others."

        let text = value.ToString("R", CultureInfo.InvariantCulture)
        if text |> Seq.exists (fun c -> c = '.' || c = 'E') then text else text + ".0"

    let rec private writeSetting (writer: Utf8JsonWriter) setting =
        match setting with
        | Setting.Number value -> writer.WriteRawValue(realNumber value)
        | Setting.Whole value -> writer.WriteNumberValue value
        | Setting.Text value -> writer.WriteStringValue value
        | Setting.Flag value -> writer.WriteBooleanValue value
        | Setting.Items items ->
            writer.WriteStartArray()
            items |> List.iter (writeSetting writer)
            writer.WriteEndArray()
        | Setting.Group settings -> writeGroup writer settings

    and private writeGroup writer settings =
        writer.WriteStartObject()

        for name, setting in settings do
            writer.WritePropertyName(name: string)
            writeSetting writer setting

        writer.WriteEndObject()

    /// Writes the description as one JSON object: "kind", and where there are some "name", "settings" and "children".
    let rec write (writer: Utf8JsonWriter) (description: Description) =
        writer.WriteStartObject()
        writer.WriteString("kind", description.Kind)

        if description.Name <> "" then
            writer.WriteString("name", description.Name)

        if not description.Settings.IsEmpty then
            writer.WritePropertyName "settings"
            writeGroup writer description.Settings

        if not description.Children.IsEmpty then
            writer.WriteStartArray "children"
            description.Children |> List.iter (write writer)
            writer.WriteEndArray()

        writer.WriteEndObject()

    let private textOf what (element: JsonElement) =
        match element.ValueKind, element.GetString with
        | JsonValueKind.String, get -> string (get ())
        | _ -> damaged $"{what} must be a text"

    let rec private readSetting (element: JsonElement) =
        match element.ValueKind with
        | JsonValueKind.String -> Setting.Text(string (element.GetString()))
        | JsonValueKind.True -> Setting.Flag true
        | JsonValueKind.False -> Setting.Flag false
        | JsonValueKind.Number ->
            match element.GetRawText(), element.TryGetInt32() with
            | text, (true, value) when text |> Seq.forall (fun c -> Char.IsAsciiDigit c || c = '-') ->
                Setting.Whole value
            | text, _ ->
                let value = element.GetDouble()

                if Double.IsFinite value then
                    Setting.Number value
                else
                    damaged $"the number {text} is out of range"
        | JsonValueKind.Array -> Setting.Items [ for item in element.EnumerateArray() -> readSetting item ]
        | JsonValueKind.Object -> Setting.Group(readGroup element)
        | kind -> damaged $"a setting cannot be {kind}"

    and private readGroup element =
        let settings =
            [ for property in element.EnumerateObject() -> property.Name, readSetting property.Value ]

        match settings |> List.countBy fst |> List.tryFind (fun (_, n) -> n > 1) with
        | Some(name, n) -> damaged $"the setting '{name}' is there {n} times"
        | None -> settings

    /// The description that `write` wrote. Anything else is an error that says what is wrong.
    let rec read (element: JsonElement) : Description =
        if element.ValueKind <> JsonValueKind.Object then
            damaged $"an object was expected where there is a {element.ValueKind}"

        let find (name: string) =
            match element.TryGetProperty name with
            | true, value -> Some value
            | _ -> None

        for property in element.EnumerateObject() do
            if not (List.contains property.Name [ "kind"; "name"; "settings"; "children" ]) then
                damaged $"nothing is known of '{property.Name}'"

        { Kind =
            match find "kind" with
            | Some kind -> textOf "the kind" kind
            | None -> damaged "a layer lacks its kind"
          Name = find "name" |> Option.map (textOf "the name") |> Option.defaultValue ""
          Settings =
            match find "settings" with
            | Some settings when settings.ValueKind = JsonValueKind.Object -> readGroup settings
            | Some settings -> damaged $"the settings must be an object, not a {settings.ValueKind}"
            | None -> []
          Children =
            match find "children" with
            | Some children when children.ValueKind = JsonValueKind.Array ->
                [ for child in children.EnumerateArray() -> read child ]
            | Some children -> damaged $"the children must be an array, not a {children.ValueKind}"
            | None -> [] }

    /// The description as JSON text, indented.
    let toJson (description: Description) : string =
        use stream = new MemoryStream()

        do
            use writer =
                new Utf8JsonWriter(stream, JsonWriterOptions(Indented = true, NewLine = "\n", MaxDepth = 1000))

            write writer description

        Encoding.UTF8.GetString(stream.ToArray())

    /// The description that a JSON text holds. Text that is not JSON, or not the description of a layer, is an error
    /// that says what is wrong.
    let ofJson (json: string) : Description =
        try
            use document = JsonDocument.Parse(json, JsonDocumentOptions(MaxDepth = 1000))
            read document.RootElement
        with :? JsonException as e ->
            damaged $"it is not JSON ({e.Message.TrimEnd '.'})"
