// What only composable functions give: derivatives inside of losses, gradients through gradients and through integrators.
//   dotnet run -c Release --project examples/Freedom -- layer|siamese|heat|waves|ode|gradients [--help]
module Freedom.Program

open System.IO
open Argu
open Functional

type Example =
    | Layer
    | Siamese
    | Heat
    | Waves
    | Ode
    | Gradients

type Arguments =
    | [<MainCommand; ExactlyOnce>] Example of Example
    | Steps of int
    | Quick
    | Page of string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Example _ ->
                "layer: a layer of one's own; siamese: pairs of digits; heat: a network that solves the heat equation; \
                 waves: meta-learning; ode: a neural differential equation; gradients: those of single samples."
            | Steps _ -> "the number of steps or epochs."
            | Quick -> "a few steps, to see it run in seconds."
            | Page _ -> "the HTML file for the pictures; else one in the folder for temporary files."

let private run (arguments: ParseResults<Arguments>) =
    let example = arguments.GetResult Example
    let name = $"{example}".ToLowerInvariant()

    let options =
        { Steps = arguments.TryGetResult Steps
          Quick = arguments.Contains Quick
          Page = arguments.GetResult(Page, Path.Combine(Path.GetTempPath(), $"freedom-{name}.html")) }

    match example with
    | Layer -> OwnLayer.run options
    | Siamese -> Siamese.run options
    | Heat -> Heat.run options
    | Waves -> SineWaves.run options
    | Ode -> NeuralOde.run options
    | Gradients -> PerSample.run options

[<EntryPoint>]
let main args =
    let parser = ArgumentParser.Create<Arguments>(programName = "Freedom")

    try
        if run (parser.ParseCommandLine args) then 0 else 1
    with
    | :? ArguParseException as e ->
        printfn $"{e.Message}"
        if e.ErrorCode = ErrorCode.HelpText then 0 else 2
    | :? FunctionalException as e ->
        eprintfn $"{e.Message}"
        2
