module Functional.Torch.Tests.Program

open Functional.Tests

[<EntryPoint>]
let main args = TestingPlatform.run args
