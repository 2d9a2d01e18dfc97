/// The devices are documented.
module Functional.Torch.Tests.DocumentationTests

open Expecto
open Functional
open Functional.Tests

[<Tests>]
let tests =
    testList "Torch.Documentation" [ Documentation.test typeof<Functional.Torch.Interop.TensorHandle>.Assembly ]
