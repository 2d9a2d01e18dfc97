module Functional.Tests.LawTests

open Xunit

[<Fact>]
let ``reversing twice changes nothing`` () =
    Law.check "List.rev is its own inverse" (fun (xs: int list) -> List.rev (List.rev xs) = xs)

[<Fact>]
let ``a refuted law prints how to replay it`` () =
    let failure =
        Assert.ThrowsAny<exn>(fun () -> Law.check "lists are short" (fun (xs: int list) -> xs.Length < 3))

    Assert.Contains("lists are short", failure.Message)
    Assert.Matches(@"FUNCTIONAL_SEED=\d+,\d+,\d+", failure.Message)
