/// The literal cases of DiffSharp's own tests, computed in float64: values, tangents and cotangents.
module Functional.Tests.Conformance.DiffSharpTests

open System
open System.Text.Json
open Expecto
open Functional
open Functional.Tests
open Functional.Tests.Conformance.Cases

/// An array {t, s, v}.
let private tensor (array: JsonElement) : Tensor =
    let shape = numbers (array.GetProperty "s") |> Array.map int |> List.ofArray
    let x = Tensor.ofFloat64Array shape (numbers (array.GetProperty "v"))

    match (array.GetProperty "t").GetString() with
    | "i" -> Tensor.cast Int32 x
    | "b" -> Tensor.cast Bool x
    | _ -> x

/// The value of an expression, in which inputs stand by their numbers.
let rec private evaluate (inputs: Tensor list) (expression: JsonElement) : Tensor =
    match property "in" expression with
    | Some i -> inputs[i.GetInt32()]
    | None ->
        let name = string ((expression.GetProperty "op").GetString())
        let arguments = [ for e in (expression.GetProperty "args").EnumerateArray() -> evaluate inputs e ]

        let named argument =
            property "named" expression |> Option.bind (property argument) |> Option.map (evaluate inputs)

        let results =
            DiffSharpOperations.apply name (DiffSharpOperations.Options(property "opts" expression)) named arguments

        results[property "out" expression |> Option.map _.GetInt32() |> Option.defaultValue 0]

/// The inputs of a case, and which of them are differentiated, with the tangents where they have one.
let private inputsOf (case: Case) =
    [ for input in (case.Root.GetProperty "inputs").EnumerateArray() ->
          tensor (input.GetProperty "x"),
          property "diff" input |> Option.exists _.GetBoolean(),
          property "tangent" input |> Option.map tensor ]

let private tangent (case: Case) expression =
    let inputs = inputsOf case

    let point =
        Tree.ofList
            [ for i, (x, diff, _) in List.indexed inputs do
                  if diff then
                      string i, x ]

    let along =
        Tree.ofList
            [ for i, (x, diff, t) in List.indexed inputs do
                  if diff then
                      string i, Option.defaultValue (Tensor.zerosLike x) t ]

    let run (point: Tree<Tensor>) =
        let xs = inputs |> List.mapi (fun i (x, diff, _) -> if diff then point[string i] else x)
        Leaf(evaluate xs expression)

    List.exactlyOne (Tree.leaves (snd (Tree.jvp run point along)))

let private cotangent (case: Case) expression (wanted: int) =
    let inputs = inputsOf case |> List.map (fun (x, _, _) -> x)
    let _, pull = vjp (fun x -> evaluate (List.updateAt wanted x inputs) expression) inputs[wanted]
    pull (tensor (case.Root.GetProperty "cotangent"))

/// The difference to the expected array, if there is one beyond the tolerances.
let private difference what (expected: JsonElement) rtol atol (found: Tensor) =
    let e, f = tensor expected, Tensor.toFloat64Array found

    let near (e: float) (f: float) =
        e = f || (Double.IsNaN e && Double.IsNaN f) || abs (f - e) <= atol + rtol * abs e

    if e.Shape = found.Shape && Array.forall2 near (Tensor.toFloat64Array e) f then
        None
    else
        Some $"%s{what}: expected %A{e.Shape} %A{Tensor.toFloat64Array e}, found %A{found.Shape} %A{f}"

/// What PyTorch says of a check in float64.
let private exactOf (case: Case) what (wanted: int) =
    match property "exact" case.Root, what with
    | None, _ -> None
    | Some exact, "grad" -> property "grads" exact |> Option.bind (property (string wanted))
    | Some exact, what -> property what exact

let private check (case: Case) expression (given: JsonElement) =
    let what = string ((given.GetProperty "what").GetString())
    let wanted = property "of" given |> Option.map _.GetInt32() |> Option.defaultValue 0

    let found =
        match what with
        | "value" -> evaluate (inputsOf case |> List.map (fun (x, _, _) -> x)) expression
        | "tangent" -> tangent case expression
        | "grad" -> cotangent case expression wanted
        | what -> unsupported $"no check of the %s{what}"

    let tolerance (name: string) = (given.GetProperty name).GetDouble()
    let isOverruled = property "overruled" given |> Option.exists _.GetBoolean()

    [ if not isOverruled then
          difference what (given.GetProperty "want") (tolerance "rtol") (tolerance "atol") found
      match exactOf case what wanted with
      | Some exact -> difference $"%s{what} as PyTorch's" exact 1e-9 1e-11 found
      | None -> () ]
    |> List.choose id

let private run (case: Case) : Outcome =
    let expression = case.Root.GetProperty "expr"
    let checks = [ for given in (case.Root.GetProperty "checks").EnumerateArray() -> given ]

    let isOfBooleans = inputsOf case |> List.exists (fun (x: Tensor, _, _) -> x.DType = Bool)

    try
        match checks |> List.collect (check case expression) with
        | [] -> Agrees
        | differences -> Differs(String.concat "; " differences)
    with :? FunctionalException as e ->
        match e.Error with
        | FunctionalError.DTypeMismatch _ when isOfBooleans -> unsupported "booleans as numbers"
        | _ -> reraise ()

/// A case under the name of its test and its operation.
let private named (case: Case) =
    let word (name: string) (element: JsonElement) = string ((element.GetProperty name).GetString())

    { case with
        Id = $"""%s{word "name" case.Root}, %s{word "source" case.Root}"""
        Class = word "op" (case.Root.GetProperty "expr") }

[<Tests>]
let tests =
    [ testCase "DiffSharp's own cases agree" (fun () ->
          let tally = read "diffsharp/diffsharp.json" |> List.map named |> report "DiffSharp" run
          Expect.Equal(885, tally.Cases)
          Expect.True(tally.Agree >= 789, $"%d{tally.Agree} agree, and 789 did before")) ]
    |> testList "Conformance.DiffSharp"
