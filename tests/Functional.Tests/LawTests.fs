module Functional.Tests.LawTests

open Expecto

[<Tests>]
let tests =
    [ testCase "reversing twice changes nothing" (fun () ->
          Law.check "List.rev is its own inverse" (fun (xs: int list) -> List.rev (List.rev xs) = xs))

      testCase "a refuted law prints how to replay it" (fun () ->
          let failure =
              Expect.ThrowsAny<exn>(fun () -> Law.check "lists are short" (fun (xs: int list) -> xs.Length < 3))

          Expect.Contains("lists are short", failure.Message)
          Expect.Matches(@"FUNCTIONAL_SEED=\d+,\d+,\d+", failure.Message)) ]
    |> testList "Law"
