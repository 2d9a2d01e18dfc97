module Functional.Tests.Program

[<EntryPoint>]
let main args = TestingPlatform.run args
