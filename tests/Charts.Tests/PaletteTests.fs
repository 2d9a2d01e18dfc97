module Functional.Charts.Tests.PaletteTests

open Functional
open Expecto

[<Tests>]
let tests =
    [ testCase "no two classes share a colour" (fun () ->
          Expect.equal (List.distinct Palette.classes) Palette.classes "") ]
    |> testList "Palette"
