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
    /// The library lacks what the case asks for.
    | NotSupported of reason: string

/// Raised where a case turns out to ask for what the library lacks.
exception Unsupported of reason: string

/// Ends a case that asks for what the library lacks.
let unsupported reason = raise (Unsupported reason)

/// How many of the cases of a family agree.
type Tally = { Name: string; Cases: int; Agree: int }

let private text (name: string) (element: JsonElement) =
    match element.TryGetProperty name with
    | true, value when value.ValueKind = JsonValueKind.String ->
        value.GetString() |> Option.ofObj |> Option.defaultValue ""
    | _ -> ""

/// The property of an object, if it is there and not null.
let property (name: string) (element: JsonElement) : JsonElement option =
    if element.ValueKind <> JsonValueKind.Object then
        None
    else
        match element.TryGetProperty name with
        | true, value when value.ValueKind <> JsonValueKind.Null -> Some value
        | _ -> None

let private fields (element: JsonElement option) =
    match element with
    | Some element when element.ValueKind = JsonValueKind.Object ->
        Map.ofSeq (element.EnumerateObject() |> Seq.map (fun field -> field.Name, field.Value))
    | Some _
    | None -> Map.empty

/// The case that an element describes.
let caseOf (root: JsonElement) =
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
    match Map.tryFind name case.Config with
    | Some value when value.ValueKind <> JsonValueKind.Null -> number value
    | Some _
    | None -> fallback

let flag name (case: Case) = float' name 0.0 case <> 0.0

let word name fallback (case: Case) =
    match Map.tryFind name case.Config with
    | Some value when value.ValueKind = JsonValueKind.String -> value.GetString() |> string
    | Some _
    | None -> fallback

/// The object in a configuration, {object, config}, as a case of its own.
let nested (case: Case) (element: JsonElement) : Case =
    { case with Class = text "object" element; Config = fields (property "config" element) }

/// Whether an option is given, and not as null.
let isGiven name (case: Case) =
    match Map.tryFind name case.Config with
    | Some value -> value.ValueKind <> JsonValueKind.Null
    | None -> false

/// Ends the case as not supported if it has other options than these.
let demandOnly (names: string list) (case: Case) =
    for name in case.Config.Keys do
        if isGiven name case && not (List.contains name names) then
            unsupported $"the option %s{name}"

/// Where a case looks into its result: an index or a range along each of the first axes, step by step.
let path (case: Case) : JsonElement list list =
    match property "path" case.Root with
    | None -> []
    | Some path -> [ for step in path.EnumerateArray() -> List.ofSeq (step.EnumerateArray()) ]

/// The range along an axis of this length that "start:stop:" says.
let private range (length: int) (written: string) =
    let bound (text: string) fallback =
        if text = "" then fallback
        elif text.StartsWith '-' then length + int text
        else int text

    let parts = written.Split ':'
    bound parts[0] 0, bound parts[1] length

let private selectStep (x: Tensor) (step: JsonElement list) =
    let picked =
        (x, List.indexed step)
        ||> List.fold (fun x (axis, index) ->
            let start, stop =
                if index.ValueKind = JsonValueKind.String then
                    range x.Shape[axis] (string (index.GetString()))
                else
                    let i = index.GetInt32()
                    let i = if i < 0 then i + x.Shape[axis] else i
                    i, i + 1

            Tensor.sliceAxis axis start stop 1 x)

    let indices =
        [ for axis, index in List.indexed step -> if index.ValueKind = JsonValueKind.Number then axis else -1 ]

    Tensor.squeezeAxes (List.filter ((<=) 0) indices) picked

/// The expected numbers; a single one that is no list stands for all of this many.
let private expectedOf (case: Case) count =
    let expected = case.Root.GetProperty "expected"

    let isSingle =
        match expected.ValueKind with
        | JsonValueKind.Number -> true
        | JsonValueKind.Object -> Array.isEmpty (numbers (expected.GetProperty "shape"))
        | _ -> false

    if isSingle then Array.replicate count (number expected) else numbers expected

/// Whether the numbers are the expected ones, within the tolerances of the case.
let judgeNumbers (case: Case) (found: float[]) : Outcome =
    let expected = expectedOf case found.Length
    let tolerance name = property name case.Root |> Option.map _.GetDouble() |> Option.defaultValue 0.0
    let rtol, atol = tolerance "rtol", tolerance "atol"

    let near (e: float) (f: float) =
        e = f || (Double.IsNaN e && Double.IsNaN f) || abs (f - e) <= atol + rtol * abs e

    if found.Length > 0 && found.Length = expected.Length && Array.forall2 near expected found then
        Agrees
    else
        Differs $"expected %A{expected}, found %A{found}"

/// Whether the shape is the expected one, in which null stands for any length.
let judgeShape (expected: JsonElement) (found: Shape) : Outcome =
    let lengths =
        [ for n in expected.EnumerateArray() -> if n.ValueKind = JsonValueKind.Null then -1 else n.GetInt32() ]

    if lengths.Length = found.Length && List.forall2 (fun e n -> e = -1 || e = n) lengths found then
        Agrees
    else
        Differs $"expected the shape %A{lengths}, found %A{found}"

/// Whether a result has the expected numbers, or the expected shape.
let judgePart (case: Case) (found: Tensor) =
    if text "check" case.Root = "shape" then
        judgeShape (case.Root.GetProperty "expected") found.Shape
    else
        match property "shape" (case.Root.GetProperty "expected") with
        | Some shape when not (Array.isEmpty (numbers shape)) && judgeShape shape found.Shape <> Agrees ->
            judgeShape shape found.Shape
        | Some _
        | None -> judgeNumbers case (Tensor.toFloat64Array found)

/// Whether the part of the result that the case is about has the expected numbers, or the expected shape.
let judge (case: Case) (found: Tensor) : Outcome = judgePart case (List.fold selectStep found (path case))

/// The same of several results, of which the first step of the case's path picks one.
let judgeResults (case: Case) (found: Tensor list) : Outcome =
    match path case, found with
    | [ picked ] :: rest, _ -> judgePart case (List.fold selectStep found[picked.GetInt32()] rest)
    | _, [ single ] -> judgePart case single
    | steps, _ -> Differs $"%d{found.Length} results, of which %d{steps.Length} steps pick none"

let private outcomeOf (run: Case -> Outcome) (case: Case) =
    try
        run case
    with
    | Unsupported reason -> NotSupported reason
    | :? FunctionalException as e -> Differs e.Message

/// The table of what the library lacks, by class: printed where FUNCTIONAL_CONFORMANCE is set.
let private tableOf (outcomes: (Case * Outcome) list) =
    outcomes
    |> List.choose (fun (case, outcome) ->
        match outcome with
        | NotSupported reason -> Some(case.Class, reason)
        | Agrees
        | Differs _ -> None)
    |> List.countBy id
    |> List.sortByDescending snd
    |> List.map (fun ((name, reason), count) -> $"\n%6d{count} %s{name}: %s{reason}")
    |> String.concat ""

/// Judges all cases; prints how many agree, and fails with those that differ or raise an error.
let report title (run: Case -> Outcome) (cases: Case list) : Tally =
    let outcomes = cases |> List.map (fun case -> case, outcomeOf run case)
    let agree = outcomes |> List.filter (fun (_, outcome) -> outcome = Agrees) |> List.length

    let differing =
        outcomes
        |> List.choose (fun (case, outcome) ->
            match outcome with
            | Differs reason -> Some $"%s{case.Id}: %s{reason}"
            | Agrees
            | NotSupported _ -> None)

    let lacking = cases.Length - agree - differing.Length

    let table =
        if isNull (Environment.GetEnvironmentVariable "FUNCTIONAL_CONFORMANCE") then
            ""
        else
            tableOf outcomes

    printfn $"%s{title}: %d{agree} of %d{cases.Length} cases agree, %d{lacking} not supported%s{table}"
    Expect.Equal("", String.concat "\n" differing)
    { Name = title; Cases = cases.Length; Agree = agree }
