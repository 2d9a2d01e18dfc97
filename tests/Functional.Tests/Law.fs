/// Properties as tests: a law is a name and a function of random values, which FsCheck tries to refute.
///
/// Every run draws the same cases, so a red law stays red. FUNCTIONAL_SEED=seed,gamma[,size] draws others, or replays the one that
/// a failure printed (as "seed,gamma" when several cases are to be drawn from it); FUNCTIONAL_CASES=n draws n cases.
module Functional.Tests.Law

open System
open FsCheck
open Xunit

let private variable name =
    match Environment.GetEnvironmentVariable name with
    | null
    | "" -> None
    | value -> Some value

let private replay =
    match variable "FUNCTIONAL_SEED" |> Option.map (fun text -> text.Split ',' |> List.ofArray) with
    | None -> { Rnd = Rnd(20190815UL, 0x9E3779B97F4A7C15UL); Size = None }
    | Some [ seed; gamma ] -> { Rnd = Rnd(UInt64.Parse seed, UInt64.Parse gamma); Size = None }
    | Some [ seed; gamma; size ] -> { Rnd = Rnd(UInt64.Parse seed, UInt64.Parse gamma); Size = Some(int size) }
    | Some _ -> failwith "FUNCTIONAL_SEED is seed,gamma or seed,gamma,size as a failed law prints them."

let private cases =
    match variable "FUNCTIONAL_CASES" with
    | Some count -> int count
    | None -> 100

/// Turns FsCheck's verdict into xunit's.
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
                Assert.Fail $"%s{Runner.onFinishedToString name result}\nReplay this case with FUNCTIONAL_SEED=%s{seed}"
            | FsCheck.TestResult.Exhausted _ -> Assert.Fail(Runner.onFinishedToString name result)

/// Tries to refute a property with `count` random cases.
let checkWith count name (property: 'property) =
    let config =
        Config.Quick.WithName(name).WithMaxTest(count).WithReplay(Some replay).WithRunner(Verdict name)

    Check.One(config, property)

/// Tries to refute a property, a function from generated values to bool or to a FsCheck property.
let check name property = checkWith cases name property
