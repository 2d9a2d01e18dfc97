/// Literal cases of other libraries' own tests, read from ../shared/conformance, and how results are judged by them.
module Functional.Tests.Conformance.Cases

open System
open System.IO
open System.Text.Json
open Expecto
open Functional
open Functional.Tests

/// One case: what was called with which options and inputs, and what came of it.
type Case = { Id: string; Kind: string; Class: string; Config: Map<string, JsonElement>; Root: JsonElement }

type Outcome =
    | Agrees
    | Differs of string
    | NotSupported

let private text (name: string) (element: JsonElement) =
    match element.TryGetProperty name with
    | true, value when value.ValueKind = JsonValueKind.String ->
        value.GetString() |> Option.ofObj |> Option.defaultValue ""
    | _ -> ""

let property (name: string) (element: JsonElement) : JsonElement option =
    match element.TryGetProperty name with
    | true, value when value.ValueKind <> JsonValueKind.Null -> Some value
    | _ -> None

let private fields (element: JsonElement option) =
    match element with
    | Some element when element.ValueKind = JsonValueKind.Object ->
        Map.ofSeq (element.EnumerateObject() |> Seq.map (fun field -> field.Name, field.Value))
    | Some _
    | None -> Map.empty

let private caseOf (root: JsonElement) =
    { Id = text "id" root
      Kind = text "kind" root
      Class = text "class" root
      Config = fields (property "config" root)
      Root = root }

/// The cases of a file under ../shared/conformance, as in `read "keras/losses.json"`; the test is skipped where the
/// folder is missing.
let read (path: string) : Case list =
    let file = Path.Combine(Outside.repository, "..", "shared", "conformance", path)

    if not (File.Exists file) then
        skiptest $"%s{Path.GetFullPath file} is not there."

    let document = JsonDocument.Parse(File.ReadAllText file)
    [ for element in document.RootElement.EnumerateArray() -> caseOf element ]

let rec private number (element: JsonElement) =
    match element.ValueKind with
    | JsonValueKind.Number -> element.GetDouble()
    | JsonValueKind.True -> 1.0
    | JsonValueKind.False -> 0.0
    // an array {dtype, shape, data} of one number
    | JsonValueKind.Object -> number (Seq.head ((element.GetProperty "data").EnumerateArray()))
    | _ ->
        match element.GetString() with
        | "inf" -> infinity
        | "-inf" -> -infinity
        | _ -> nan

/// The numbers of a list, or of an array {dtype, shape, data}.
let rec numbers (element: JsonElement) : float[] =
    if element.ValueKind = JsonValueKind.Object then
        numbers (element.GetProperty "data")
    else
        [| for value in element.EnumerateArray() -> number value |]

/// The numbers of an array {dtype, shape, data}.
let data (element: JsonElement) : float[] = numbers (element.GetProperty "data")

/// The tensor of an array {dtype, shape, data}: floats as float32, whole numbers as Int32.
let tensorOf (element: JsonElement) : Tensor =
    let shape = numbers (element.GetProperty "shape") |> Array.map int |> List.ofArray
    let tensor = Tensor.ofFloat64Array shape (data element)

    match text "dtype" element with
    | "bool" -> Tensor.cast Bool tensor
    | name when
        name.StartsWith("int", StringComparison.Ordinal)
        || name.StartsWith("uint", StringComparison.Ordinal)
        ->
        Tensor.cast Int32 tensor
    | _ -> Tensor.cast Float32 tensor

/// The input of this name.
let input (name: string) (element: JsonElement) : Tensor option = property name element |> Option.map tensorOf

/// Options as numbers, texts and flags.
let float' name fallback (case: Case) =
    Map.tryFind name case.Config |> Option.map number |> Option.defaultValue fallback

let flag name (case: Case) = float' name 0.0 case <> 0.0

let word name fallback (case: Case) =
    match Map.tryFind name case.Config with
    | Some value when value.ValueKind = JsonValueKind.String -> value.GetString() |> string
    | Some _
    | None -> fallback

/// Whether the case has no options but these.
let hasOnly (names: string list) (case: Case) =
    case.Config
    |> Map.forall (fun name value -> List.contains name names || value.ValueKind = JsonValueKind.Null)

/// The part of a result that the case is about: indices along the first axes.
let private select (case: Case) (result: Tensor) =
    match property "path" case.Root with
    | None -> result
    | Some path ->
        (result, [ for step in path.EnumerateArray() -> numbers step |> Array.map int ])
        ||> List.fold (fun x step ->
            (x, step)
            ||> Array.fold (fun x i -> Tensor.sliceAxis 0 i (i + 1) 1 x |> Tensor.reshape x.Shape.Tail))

/// Whether the numbers are the expected ones, within the tolerances of the case.
let judgeNumbers (case: Case) (found: float[]) : Outcome =
    let expected = data (case.Root.GetProperty "expected")
    let tolerance name = property name case.Root |> Option.map _.GetDouble() |> Option.defaultValue 0.0
    let rtol, atol = tolerance "rtol", tolerance "atol"

    let near (e: float) (f: float) =
        e = f || (Double.IsNaN e && Double.IsNaN f) || abs (f - e) <= atol + rtol * abs e

    if found.Length = expected.Length && Array.forall2 near expected found then
        Agrees
    else
        Differs $"expected %A{expected}, found %A{found}"

let judge (case: Case) (found: Tensor) : Outcome = judgeNumbers case (Tensor.toFloat64Array (select case found))

/// Judges all cases; prints how many agree, and fails with those that differ or raise an error.
let report title (run: Case -> Outcome) (cases: Case list) =
    let outcomes =
        [ for case in cases ->
              case.Id,
              (try
                  if text "check" case.Root = "value" then run case else NotSupported
               with :? FunctionalException as e ->
                   Differs e.Message) ]

    let agree = outcomes |> List.filter (fun (_, outcome) -> outcome = Agrees) |> List.length
    let unsupported = outcomes |> List.filter (fun (_, outcome) -> outcome = NotSupported) |> List.length
    printfn $"%s{title}: %d{agree} of %d{cases.Length} cases agree, %d{unsupported} not supported"

    let differing =
        outcomes
        |> List.choose (fun (id, outcome) ->
            match outcome with
            | Differs reason -> Some $"%s{id}: %s{reason}"
            | Agrees
            | NotSupported -> None)

    Expect.Equal("", String.concat "\n" differing)
    agree, unsupported
