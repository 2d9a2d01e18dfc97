/// What stands outside the repository and may be missing: data sets, and Python libraries to compare with. A test that needs
/// one of them is skipped where it is not there.
module Functional.Tests.Outside

open System
open System.Diagnostics
open System.IO
open Expecto

let private skip reason = skiptest reason

/// The folder of Functional.sln.
let repository =
    let rec above (folder: DirectoryInfo) =
        match folder with
        | null -> failwith "The tests do not run from inside the repository."
        | folder when File.Exists(Path.Combine(folder.FullName, "Functional.sln")) -> folder.FullName
        | folder -> above folder.Parent

    above (DirectoryInfo AppContext.BaseDirectory)

/// The full path of a file among the data sets, as in `data "mnist/train-labels-idx1-ubyte.gz"`. They lie in the folder
/// that FUNCTIONAL_DATA names, and else in ../shared/data.
let data path =
    let folder =
        match Environment.GetEnvironmentVariable "FUNCTIONAL_DATA" with
        | null
        | "" -> Path.Combine(repository, "..", "shared", "data")
        | folder -> folder

    let file = Path.GetFullPath(Path.Combine(folder, path))

    if File.Exists file then file else skip $"%s{file} is not there."

/// Runs a program with this text as its input; gives its exit code, output and error output.
let private execute program arguments (input: string) =
    let start =
        ProcessStartInfo(
            program,
            Seq.ofList arguments,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    use program = Process.Start start |> Option.ofObj |> Option.get
    let errors = program.StandardError.ReadToEndAsync()
    let output = program.StandardOutput.ReadToEndAsync()
    program.StandardInput.Write input
    program.StandardInput.Close()
    program.WaitForExit()
    program.ExitCode, output.Result, errors.Result

/// Runs an action in a folder that is a small disk of its own (64 KB, in memory), with a function that makes it read-only. The test is
/// skipped where disks cannot be mounted.
let onSmallDisk (action: string -> (unit -> unit) -> 'T) =
    let mount arguments =
        try
            let status, _, errors = execute "mount" arguments ""

            if status <> 0 then
                skip $"No disk can be mounted: %s{errors}"
        with :? ComponentModel.Win32Exception as e ->
            skip $"No disk can be mounted: %s{e.Message}"

    let folder = IO.Directory.CreateTempSubdirectory("functional-").FullName

    try
        mount [ "-t"; "tmpfs"; "-o"; "size=64k"; "none"; folder ]

        try
            action folder (fun () -> mount [ "-o"; "remount,ro"; folder ])
        finally
            execute "umount" [ folder ] "" |> ignore
    finally
        IO.Directory.Delete folder

/// The Pythons to try: the system's own stands before one in the path, since its packages come from the system.
let private pythons =
    [ Option.ofObj (Environment.GetEnvironmentVariable "FUNCTIONAL_PYTHON")
      Some "/usr/bin/python3"
      Some "python3" ]
    |> List.choose id

/// Runs a Python script that imports these packages, with this text as its standard input; gives what it prints. The test
/// is skipped where no Python has the packages.
let python (packages: string list) (script: string) (input: string) =
    let probe =
        let names = String.concat ", " [ for p in packages -> $"'%s{p}'" ]
        $"import importlib.util, sys; sys.exit(any(importlib.util.find_spec(p) is None for p in [%s{names}]))"

    let has program =
        try
            let status, _, _ = execute program [ "-c"; probe ] ""
            status = 0
        with :? ComponentModel.Win32Exception ->
            false

    match List.tryFind has pythons with
    | None -> skip $"""No Python with %s{String.concat " and " packages}."""
    | Some program ->
        match execute program [ "-c"; script ] input with
        | 0, output, _ -> output
        | status, output, errors -> failwith $"Python ended with %d{status}:\n%s{output}\n%s{errors}"
