/// The library is documented.
module Functional.Charts.Tests.DocumentationTests

open Expecto
open Functional
open Functional.Tests

[<Tests>]
let tests = testList "Documentation" [ Documentation.test typeof<Figure>.Assembly ]
