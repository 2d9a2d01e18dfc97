namespace Functional.Tests

open System
open System.Text.RegularExpressions
open System.Threading
open FsCheck
open Expecto

/// Properties that FsCheck tries to refute with random values.
///
/// Every run draws the same cases, so a refuted law stays refuted. FUNCTIONAL_SEED=seed,gamma[,size] draws others, or replays the one
/// that a failure printed (as "seed,gamma" when several cases are to be drawn from it); FUNCTIONAL_CASES=n draws n cases.
[<RequireQualifiedAccess>]
module Law =

    let private variable name =
        match Environment.GetEnvironmentVariable name with
        | null
        | "" -> None
        | value -> Some value

    /// The numbers of a text, as in "1,2,3" or in FsCheck's own "(1UL, 2UL, Some 3)".
    let private numbers text = [ for number in Regex.Matches(text, "[0-9]+") -> UInt64.Parse number.Value ]

    let internal replay =
        match variable "FUNCTIONAL_SEED" |> Option.map numbers with
        | None -> 20190815UL, 0x9E3779B97F4A7C15UL, None
        | Some [ seed; gamma ] -> seed, gamma, None
        | Some [ seed; gamma; size ] -> seed, gamma, Some(int size)
        | Some _ -> failwith "FUNCTIONAL_SEED is seed,gamma or seed,gamma,size as a failed law prints them."

    let internal cases =
        match variable "FUNCTIONAL_CASES" with
        | Some count -> int count
        | None -> 100

    // flows into threads and tasks that are started inside
    let private limit = AsyncLocal<int voption>()

    /// What `f` gives while laws draw so many cases at most.
    let withAtMost count (f: unit -> 'T) : 'T =
        let before = limit.Value
        limit.Value <- ValueSome count

        try
            f ()
        finally
            limit.Value <- before

    /// Fails the test that FsCheck has refuted.
    type private Verdict(name: string) =
        interface IRunner with
            member _.OnStartFixture _ = ()
            member _.OnArguments(_, _, _) = ()
            member _.OnShrink(_, _) = ()

            member _.OnFinished(_, result) =
                match result with
                | FsCheck.TestResult.Passed _ -> ()
                | FsCheck.TestResult.Failed(_, _, _, _, _, last, size) ->
                    let seed = $"%d{last.Seed},%d{last.Gamma},%d{size}"

                    failtest
                        $"%s{Runner.onFinishedToString name result}\nReplay this case with FUNCTIONAL_SEED=%s{seed}"
                | FsCheck.TestResult.Exhausted _ -> failtest (Runner.onFinishedToString name result)

    /// Tries to refute a property with `count` random cases.
    let checkWith count name (property: 'property) =
        let seed, gamma, size = replay
        let count = min count (ValueOption.defaultValue count limit.Value)

        let config =
            Config.Quick
                .WithName(name)
                .WithMaxTest(count)
                .WithReplay(Some { Rnd = Rnd(seed, gamma); Size = size })
                .WithRunner(Verdict name)

        Check.One(config, property)

    /// Tries to refute a property, a function from generated values to bool or to a FsCheck property.
    let check name property = checkWith cases name property

[<AutoOpen>]
module Laws =
    /// A property as a test of its own, refuted with so many random cases.
    let lawWith count sentence (property: 'property) =
        testPropertyWithConfigStdGen Law.replay { FsCheckConfig.defaultConfig with maxTest = count } sentence property

    /// A property as a test of its own: a function from generated values to bool or to a FsCheck property. Where it is refuted, the
    /// failure ends in `(seed, gamma, Some size)`: the numbers for FUNCTIONAL_SEED.
    let law sentence property = lawWith Law.cases sentence property
