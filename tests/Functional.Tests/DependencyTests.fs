/// The diagram of dependencies between folders in CONTRIBUTING.md is true.
module Functional.Tests.DependencyTests

open System.IO
open System.Text.RegularExpressions
open Expecto

let private source = Path.Combine(Outside.repository, "src")

/// The files of a project in the order of their compilation, relative to its folder.
let private filesOf (project: string) =
    let text = File.ReadAllText(Path.Combine(source, project))
    [ for m in Regex.Matches(text, "Compile Include=\"([^\"]+)\"") -> m.Groups[1].Value ]

let private files = filesOf "Functional.fsproj"

/// The folders on the way to a file: "Layers/Dense" of "Layers/Dense/Dense.fs".
let private folderOf (file: string) =
    match file.LastIndexOf '/' with
    | -1 -> None
    | i -> Some file[.. i - 1]

/// The folders of a project in the order of their compilation, one for each piece of files that follow each other.
let private pieces project =
    List.pairwise (List.choose folderOf (filesOf project) @ [ "" ])
    |> List.filter (fun (folder, next) -> folder <> next)
    |> List.map fst

/// The folders of the diagram, from the lowest on.
let private diagram =
    let text = File.ReadAllText(Path.Combine(Outside.repository, "CONTRIBUTING.md"))
    [ for m in Regex.Matches(text, "^src/([\\w/]+)  +", RegexOptions.Multiline) -> m.Groups[1].Value ]

let private withoutComments (code: string) = Regex.Replace(code, "//.*", "")

[<Tests>]
let tests =
    [ testCase "folders are compiled in the order of the diagram, each in one piece" (fun () ->
          let inside folder project = pieces project |> List.map (fun piece -> $"%s{folder}/%s{piece}")

          let all =
              pieces "Functional.fsproj"
              @ inside "Tables" "Tables/Functional.Tables.fsproj"
              @ inside "Charts" "Charts/Functional.Charts.fsproj"
              // C# projects are pieces of their own
              @ [ "Torch/Interop" ]
              @ inside "Torch" "Torch/Functional.Torch.fsproj"
              @ [ "CSharpApi" ]

          Expect.Equal<string list>(diagram, all))

      testCase "only Backends.fs names a module of the CPU backend" (fun () ->
          let modules =
              [ for file in files do
                    if folderOf file = Some "Cpu" then
                        Path.GetFileNameWithoutExtension file ]

          let names = Regex($"""\b(%s{String.concat "|" modules})\b *\.|\bCpu[A-Z]\w*""")

          let found =
              [ for file in files do
                    if folderOf file <> Some "Cpu" && file <> "Backends.fs" then
                        for m in names.Matches(withoutComments (File.ReadAllText(Path.Combine(source, file)))) do
                            $"%s{file}: %s{m.Value}" ]

          Expect.Contains("CpuBackend", modules)
          Expect.Empty found) ]
    |> testList "Dependency"
