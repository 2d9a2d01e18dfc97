/// Fitted preparations as JSON, and back. Reading builds data only and runs no code that a file brings.
module internal Functional.PreparationJson

open System
open System.Text.Json
open Functional.CheckpointParts

let private damaged reason = raise (Damaged reason)

let private writeNumber (writer: Utf8JsonWriter) (x: float) =
    if Double.IsFinite x then writer.WriteNumberValue x
    elif Double.IsNaN x then writer.WriteStringValue "NaN"
    else writer.WriteStringValue(if x > 0.0 then "Infinity" else "-Infinity")

let private writeWord (writer: Utf8JsonWriter) (word: string) =
    if isNull word then writer.WriteNullValue() else writer.WriteStringValue word

let private writeArray (writer: Utf8JsonWriter) write (values: 'T[]) =
    writer.WriteStartArray()
    values |> Array.iter (write writer)
    writer.WriteEndArray()

let private writeNamed (writer: Utf8JsonWriter) (name: string) write (values: 'T[]) =
    writer.WritePropertyName name
    writeArray writer write values

/// Words under a name.
let writeWords (writer: Utf8JsonWriter) (name: string) (words: string[]) = writeNamed writer name writeWord words

let private writeLearned (writer: Utf8JsonWriter) (name: string) (part: Learned) =
    writer.WriteStartObject name
    let list write (writer: Utf8JsonWriter) values = writeArray writer write values

    match part with
    | Learned.Numbers values -> writeNamed writer "numbers" writeNumber values
    | Learned.Words values -> writeNamed writer "words" writeWord values
    | Learned.NumberLists lists -> writeNamed writer "numberLists" (list writeNumber) lists
    | Learned.WordLists lists -> writeNamed writer "wordLists" (list writeWord) lists

    writer.WriteEndObject()

let private formName form =
    match form with
    | ColumnForm.Numbers -> "numbers"
    | ColumnForm.Words -> "words"
    | ColumnForm.Flags -> "flags"
    | ColumnForm.Dates -> "dates"

let private formOf name =
    match name with
    | "numbers" -> ColumnForm.Numbers
    | "words" -> ColumnForm.Words
    | "flags" -> ColumnForm.Flags
    | "dates" -> ColumnForm.Dates
    | other -> damaged $"'{other}' is no form of columns."

let private writeStep (writer: Utf8JsonWriter) (step: PreparedStep) =
    writer.WriteStartObject()
    writer.WritePropertyName "step"

    DescriptionJson.write writer { Kind = step.Kind.Name; Name = ""; Settings = step.Settings; Children = [] }

    writeWords writer "columns" step.Columns
    writeWords writer "forms" (Array.map formName step.Forms)
    writer.WriteStartObject "learned"

    for name, part in step.Learned do
        writeLearned writer name part

    writer.WriteEndObject()
    writer.WriteEndObject()

/// Writes a fitted preparation as one JSON object.
let rec write (writer: Utf8JsonWriter) (prepared: Prepared) : unit =
    match prepared with
    | Prepared.Step step -> writeStep writer step
    | Prepared.Chain(columns, steps) ->
        writer.WriteStartObject()
        columns |> Option.iter (writeWords writer "columns")
        writer.WriteStartArray "steps"
        steps |> List.iter (write writer)
        writer.WriteEndArray()
        writer.WriteEndObject()

let private arrayOf (read: JsonElement -> 'T) (element: JsonElement) : 'T[] =
    if element.ValueKind <> JsonValueKind.Array then
        damaged $"there is a {element.ValueKind} where an array must be."

    [| for item in element.EnumerateArray() -> read item |]

let private wordOf (element: JsonElement) : string =
    match element.ValueKind with
    | JsonValueKind.Null -> null
    | JsonValueKind.String -> element.GetString()
    | kind -> damaged $"there is a {kind} where a word must be."

let private numberOf (element: JsonElement) : float =
    match element.ValueKind with
    | JsonValueKind.Number -> element.GetDouble()
    | JsonValueKind.String ->
        match element.GetString() with
        | "NaN" -> nan
        | "Infinity" -> infinity
        | "-Infinity" -> -infinity
        | other -> damaged $"'{other}' is no number."
    | kind -> damaged $"there is a {kind} where a number must be."

/// Words under a name, none of them missing.
let words (name: string) (element: JsonElement) : string[] =
    let found = arrayOf wordOf (field name element)

    if Array.exists isNull found then
        damaged $"a word of '{name}' is null."

    found

let private learnedOf (element: JsonElement) : Learned =
    match [ for property in element.EnumerateObject() -> property.Name, property.Value ] with
    | [ "numbers", values ] -> Learned.Numbers(arrayOf numberOf values)
    | [ "words", values ] -> Learned.Words(arrayOf wordOf values)
    | [ "numberLists", lists ] -> Learned.NumberLists(arrayOf (arrayOf numberOf) lists)
    | [ "wordLists", lists ] -> Learned.WordLists(arrayOf (arrayOf wordOf) lists)
    | _ -> damaged "what a step learnt is in no known form."

let private fits (columns: int) (form: LearnedForm) (part: Learned) =
    match form, part with
    | LearnedForm.Numbers, Learned.Numbers _
    | LearnedForm.Words, Learned.Words _
    | LearnedForm.NumberLists, Learned.NumberLists _
    | LearnedForm.WordLists, Learned.WordLists _ -> true
    | LearnedForm.NumberEach, Learned.Numbers values -> values.Length = columns
    | LearnedForm.WordEach, Learned.Words values -> values.Length = columns
    | LearnedForm.NumbersEach, Learned.NumberLists lists -> lists.Length = columns
    | LearnedForm.WordsEach, Learned.WordLists lists -> lists.Length = columns
    | _, _ -> false

/// Raises an error where a step from a file is not what its kind learns.
let private checkStep (step: PreparedStep) =
    let kind = step.Kind
    kind.CheckSettings step.Settings

    if List.sort (List.map fst step.Learned) <> List.sort (List.map fst kind.Learns) then
        let wanted = kind.Learns |> List.map fst |> String.concat ", "
        damaged $"the step '{kind.Name}' does not have what it learns: {wanted}."

    for name, form in kind.Learns do
        if not (fits step.Columns.Length form (LearnedParts.find kind.Name name step.Learned)) then
            damaged $"'{name}' of the step '{kind.Name}' does not fit its {step.Columns.Length} columns."

    if step.Forms.Length <> step.Columns.Length || Array.distinct step.Columns <> step.Columns then
        damaged $"the columns of the step '{kind.Name}' do not fit each other."

    try
        kind.CheckLearned step
        kind.OutputNames step |> ignore
    with
    | :? IndexOutOfRangeException
    | :? ArgumentException
    | :? NullReferenceException -> damaged $"the parts of the step '{kind.Name}' do not fit each other."

let private stepOf (element: JsonElement) : Prepared =
    let description = DescriptionJson.read (field "step" element)

    match PreparationCatalog.tryFind description.Kind with
    | None ->
        let known = PreparationCatalog.names () |> String.concat ", "

        damaged
            $"it has a step of the kind '{description.Kind}', which is not known: make it known with PreparationKind.register. \
              There is {known}."
    | Some kind ->
        let step: PreparedStep =
            { Kind = kind
              Settings = description.Settings
              Columns = words "columns" element
              Forms = words "forms" element |> Array.map formOf
              Learned = [ for part in (field "learned" element).EnumerateObject() -> part.Name, learnedOf part.Value ] }

        checkStep step
        Prepared.Step step

/// The fitted preparation that `write` wrote. Anything else raises `Damaged` or the library's errors.
let rec read (element: JsonElement) : Prepared =
    match element.ValueKind, element.TryGetProperty "steps" with
    | JsonValueKind.Object, (true, steps) ->
        let columns =
            match element.TryGetProperty "columns" with
            | true, _ -> Some(words "columns" element)
            | _ -> None

        Prepared.Chain(columns, arrayOf read steps |> List.ofArray)
    | JsonValueKind.Object, _ -> stepOf element
    | kind, _ -> damaged $"there is a {kind} where a step must be."

/// Raises the error of steps that could not be read back.
let demandKnown operation (prepared: Prepared) =
    let unknown =
        Prepared.steps prepared
        |> List.map _.Kind.Name
        |> List.filter (PreparationCatalog.tryFind >> Option.isNone)
        |> List.distinct

    if not unknown.IsEmpty then
        let names = String.concat ", " unknown

        Fail.data
            operation
            $"it holds steps made from functions of your own: {names}. Code is not saved: give the step a kind of its own, and make \
              that known with PreparationKind.register where the file is read and written."
