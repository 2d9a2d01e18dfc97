module Functional.Charts.Tests.Program

open Functional.Tests

[<EntryPoint>]
let main args = TestingPlatform.run args
