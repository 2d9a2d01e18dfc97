module Functional.Tests.LawTests

open Expecto
open Expecto.Impl

/// What Expecto says of a test that fails.
let private failureOf test =
    match Async.RunSynchronously(evalTestsSilent test) with
    | [ _, { result = TestResult.Failed message } ] -> message
    | results -> failwith $"%A{results} is not one failure."

[<Tests>]
let tests =
    [ law "reversing twice changes nothing" (fun (xs: int list) -> List.rev (List.rev xs) = xs)

      testCase "a refuted law prints how to replay it" (fun () ->
          let failure =
              Expect.ThrowsAny<exn>(fun () -> Law.check "lists are short" (fun (xs: int list) -> xs.Length < 3))

          Expect.Contains("lists are short", failure.Message)
          Expect.Matches(@"FUNCTIONAL_SEED=\d+,\d+,\d+", failure.Message)
          let failure = failureOf (law "lists are short" (fun (xs: int list) -> xs.Length < 3))
          Expect.Matches(@"\(\d+UL, \d+UL, Some \d+\)", failure)) ]
    |> testList "Law"
