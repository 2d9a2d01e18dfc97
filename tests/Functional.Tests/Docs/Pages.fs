/// The pages of docs: their F# code stands in the tests, so that it is known to run.
module Functional.Tests.Pages

open System.IO
open System.Text.RegularExpressions
open Expecto
open Functional.Tests

let private plain text = Regex.Replace(text, @"\s+", " ").Trim()

/// That each block of F# code of docs/`page` stands in the file `source` of this folder, whose tests run it.
let codeRuns (page: string) (source: string) =
    testCase $"the F# code of docs/{page} is the code that runs" (fun () ->
        let text = File.ReadAllText(Path.Combine(Outside.repository, "docs", page))

        let here =
            plain (File.ReadAllText(Path.Combine(Outside.repository, "tests", "Functional.Tests", "Docs", source)))

        let blocks = Regex.Matches(text, "```fsharp\n(.*?)```", RegexOptions.Singleline)
        Expect.True(blocks.Count > 0, "the page has no F# code")

        for block in blocks do
            Expect.Contains(plain block.Groups[1].Value, here))
