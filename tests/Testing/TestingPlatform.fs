/// Runs a project's Expecto tests: by Expecto's own runner from the command line, and under `dotnet test` by
/// Microsoft.Testing.Platform, to which this file is an adapter until a package for it exists.
///
/// `dotnet test` starts the program with `--server`, and whatever follows `--` on its own command line behind it. So what starts
/// with `--server` goes to the platform; everything else (`dotnet run -- --filter ...`) is Expecto's command line.
module Functional.Tests.TestingPlatform

open System
open System.Reflection
open System.Threading.Tasks
open Expecto
open Expecto.Impl
open Microsoft.Testing.Platform.Builder
open Microsoft.Testing.Platform.Capabilities.TestFramework
open Microsoft.Testing.Platform.CommandLine
open Microsoft.Testing.Platform.Extensions
open Microsoft.Testing.Platform.Extensions.CommandLine
open Microsoft.Testing.Platform.Extensions.Messages
open Microsoft.Testing.Platform.Extensions.TestFramework
open Microsoft.Testing.Platform.Requests
open Microsoft.Testing.Platform.Services

/// How the platform knows a part of this adapter.
[<AbstractClass>]
type private Extension(uid: string, description: string) =
    interface IExtension with
        member _.Uid = uid
        member _.Version = "1.0.0"
        member _.DisplayName = "Expecto"
        member _.Description = description
        member _.IsEnabledAsync() = Task.FromResult true

/// Expecto's filters, under `dotnet test` by the same names: each keeps the tests that it matches.
let private filters: (string * string * (string -> string list -> bool)) list =
    [ "filter",
      "Keeps the tests whose full name, Folder.File.sentence, begins with this.",
      (fun text path -> (String.concat "." path).StartsWith(text, StringComparison.Ordinal))
      "filter-test-list",
      "Keeps the tests of lists whose name contains this.",
      (fun text path -> path |> List.take (path.Length - 1) |> List.exists _.Contains(text, StringComparison.Ordinal))
      "filter-test-case",
      "Keeps the tests whose sentence contains this.",
      (fun text path -> (List.last path).Contains(text, StringComparison.Ordinal)) ]

type private Filters() =
    inherit Extension("Functional.Expecto.Filters", "Expecto's filters")

    interface ICommandLineOptionsProvider with
        member _.GetCommandLineOptions() =
            [| for name, description, _ in filters ->
                   CommandLineOption(name, description, ArgumentArity.ExactlyOne, false) |]

        member _.ValidateOptionArgumentsAsync(_, _) = ValidationResult.ValidTask
        member _.ValidateCommandLineOptionsAsync _ = ValidationResult.ValidTask

/// Leaves the tests that the command line and the request ask for. A test is known to the platform by its full name.
let private select (options: ICommandLineOptions) (request: ITestExecutionFilter) tests =
    let join = String.concat "."

    let chosen =
        [ for name, _, keeps in filters do
              match options.TryGetOptionArgumentList name with
              | true, [| text |] -> keeps text
              | _ -> ()

          match request with
          | :? TestNodeUidListFilter as list ->
              let names = list.TestNodeUids |> Seq.map _.Value |> set
              fun path -> names.Contains(join path)
          | _ -> () ]

    Test.filter "." (fun path -> chosen |> List.forall (fun keeps -> keeps path)) tests

/// The sender of results.
type private Results() =
    inherit Extension("Functional.Expecto.Results", "Results of Expecto tests")

    interface IDataProducer with
        member _.DataTypesProduced = [| typeof<TestNodeUpdateMessage> |]

type private Framework(tests: Test, options: ICommandLineOptions) =
    inherit Extension("Functional.Expecto", "Runs Expecto tests.")

    let results = Results()

    let publish (context: ExecuteRequestContext) name (properties: IProperty list) =
        let node =
            TestNode(Uid = TestNodeUid name, DisplayName = name, Properties = PropertyBag(List.toArray properties))

        context.MessageBus.PublishAsync(results, TestNodeUpdateMessage(context.Request.Session.SessionUid, node))

    let took (duration: TimeSpan) : IProperty =
        let now = DateTimeOffset.UtcNow
        TimingProperty(TimingInfo(now - duration, now, duration))

    interface ITestFramework with
        member _.CreateTestSessionAsync _ = Task.FromResult(CreateTestSessionResult(IsSuccess = true))
        member _.CloseTestSessionAsync _ = Task.FromResult(CloseTestSessionResult(IsSuccess = true))

        member _.ExecuteRequestAsync context =
            let publish name properties = publish context name properties

            task {
                match context.Request with
                | :? DiscoverTestExecutionRequest as request ->
                    for test in Test.toTestCodeList (select options request.Filter tests) do
                        do! publish (String.concat "." test.name) [ DiscoveredTestNodeStateProperty.CachedInstance ]
                | :? RunTestExecutionRequest as request ->
                    let report name properties = publish name properties |> Async.AwaitTask

                    let printer =
                        { TestPrinters.silent with
                            passed =
                                fun name duration ->
                                    report name [ PassedTestNodeStateProperty.CachedInstance; took duration ]
                            ignored = fun name reason -> report name [ SkippedTestNodeStateProperty reason ]
                            failed =
                                fun name message duration ->
                                    report
                                        name
                                        [ FailedTestNodeStateProperty(AssertException message, ""); took duration ]
                            exn =
                                fun name error duration ->
                                    report name [ ErrorTestNodeStateProperty error; took duration ] }

                    let config = { ExpectoConfig.defaultConfig with printer = printer; noSpinner = true }

                    let! _ = runEvalWithCancel context.CancellationToken config (select options request.Filter tests)

                    ()
                | request -> invalidOp $"{request} is a request that Expecto cannot serve."

                context.Complete()
            }

let private underPlatform args (tests: Test) =
    task {
        let! builder = TestApplication.CreateBuilderAsync(args, TestApplicationOptions(EnableTelemetry = false))
        builder.CommandLine.AddProvider(fun () -> Filters() :> ICommandLineOptionsProvider)

        builder.RegisterTestFramework(
            (fun _ -> TestFrameworkCapabilities()),
            (fun _ services -> Framework(tests, services.GetCommandLineOptions()))
        )
        |> ignore

        use! app = builder.BuildAsync()
        return! app.RunAsync()
    }

/// The main function of a test project: runs the assembly's values marked `[<Tests>]`; gives the exit code.
let run (args: string[]) =
    let tests =
        Assembly.GetEntryAssembly()
        |> Option.ofObj
        |> Option.bind testFromAssembly
        |> Option.defaultValue (testList "" [])

    if Array.contains "--server" args then
        (underPlatform args tests).GetAwaiter().GetResult()
    else
        runTestsWithCLIArgs [] args tests
