/// The library is documented.
module Functional.Tables.Tests.DocumentationTests

open Expecto
open Functional
open Functional.Tests

[<Tests>]
let tests = testList "Documentation" [ Documentation.test typeof<CsvOptions>.Assembly ]
