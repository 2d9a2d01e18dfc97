/// The library is documented.
module Functional.Tests.DocumentationTests

open Expecto
open Functional

[<Tests>]
let tests = testList "Documentation" [ Documentation.test typeof<DType>.Assembly ]
