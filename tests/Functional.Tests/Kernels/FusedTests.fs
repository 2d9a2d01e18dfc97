module Functional.Tests.Kernels.FusedTests

#nowarn "9" // addresses of arrays

open System
open Microsoft.FSharp.NativeInterop
open Functional.Kernels
open Functional.Tests.Kernels.Setting
open Functional.Tests.Kernels.FusedCases
open Xunit

let private all = [| ElementType.Float32; ElementType.Float64; ElementType.Int32; ElementType.Bool |]
let private narrow = [| ElementType.Float32; ElementType.Int32; ElementType.Bool |]
let private wide = [| ElementType.Float64; ElementType.Bool |]
let private modes = [ FusedMode.Interpreted; FusedMode.Generated ]

let private sameArrays (context: unit -> string) (expected: Array list) (actual: Array list) =
    List.iter2
        (fun e a ->
            if bits e <> bits a then
                Assert.Fail(context () + $"\nexpected %A{e}\ngiven %A{a}"))
        expected
        actual

/// Many random programs, in every way of running them, against what each instruction means by itself.
let private checkPrograms count (types: ElementType[]) sums =
    for seed in 1..count do
        let case = caseOf (Random seed) types sums

        for level in levels do
            let wanted = withSetting level 1 (fun () -> expected case)

            for mode in modes do
                for threads in [ 1; 3 ] do
                    let given = withSetting level threads (fun () -> run mode case)
                    let context () = $"seed {seed} {level} {mode}, {threads} threads\n{describe case}"
                    sameArrays context wanted given

[<Fact>]
let ``programs of all types`` () = checkPrograms 150 all false

[<Fact>]
let ``programs of types of 4 bytes`` () = checkPrograms 300 narrow false

[<Fact>]
let ``programs of float64`` () = checkPrograms 150 wide false

[<Fact>]
let ``programs with sums`` () =
    checkPrograms 150 all true
    checkPrograms 300 narrow true
    checkPrograms 150 wide true

[<Fact>]
let ``blocks of rows and columns cover the domain`` () =
    for seed in 1..300 do
        let case = caseOf (Random seed) (if seed % 2 = 0 then narrow else all) false
        let p = case.Program

        if not (p.HasRowReductions || p.HasSums) then
            let last = if p.Domain.Length = 0 then 1 else p.Domain[p.Domain.Length - 1]
            let rows = Array.fold (fun n length -> n * int64 length) 1L p.Domain / int64 (max 1 last)

            for level in levels do
                let wanted = withSetting level 1 (fun () -> expected case)

                for mode in modes do
                    let random = Random seed

                    let given =
                        withSetting level 1 (fun () ->
                            let kernel = FusedKernel.Create(p, mode)

                            onCopies case 0L (fun operands _ ->
                                let mutable row = 0L

                                while row < rows do
                                    let height = min (rows - row) (int64 (random.Next(1, 20)))
                                    let mutable column = 0

                                    while column < last do
                                        let width = min (last - column) (random.Next(1, 60))
                                        kernel.RunRows(operands, row, height, column, width)
                                        column <- column + width

                                    row <- row + height))

                    sameArrays (fun () -> $"seed {seed} {level} {mode}\n{describe case}") wanted given
