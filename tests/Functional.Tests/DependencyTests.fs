/// The diagram of dependencies between folders in CONTRIBUTING.md is true.
module Functional.Tests.DependencyTests

open System.IO
open System.Text.RegularExpressions
open Expecto

let private source = Path.Combine(Outside.repository, "src")

/// The files of the library in the order of their compilation, relative to src.
let private files =
    let project = File.ReadAllText(Path.Combine(source, "Functional.fsproj"))
    [ for m in Regex.Matches(project, "Compile Include=\"([^\"]+)\"") -> m.Groups[1].Value ]

let private folderOf (file: string) =
    match file.Split '/' with
    | [| folder; _ |] -> Some folder
    | _ -> None

/// The folders of the diagram, from the lowest on.
let private diagram =
    let text = File.ReadAllText(Path.Combine(Outside.repository, "CONTRIBUTING.md"))
    [ for m in Regex.Matches(text, "^src/(\\w+)  +", RegexOptions.Multiline) -> m.Groups[1].Value ]

let private withoutComments (code: string) = Regex.Replace(code, "//.*", "")

[<Tests>]
let tests =
    [ testCase "folders are compiled in the order of the diagram, each in one piece" (fun () ->
          let folders = files |> List.choose folderOf

          let pieces =
              List.pairwise (folders @ [ "" ])
              |> List.filter (fun (folder, next) -> folder <> next)
              |> List.map fst

          // C# is a project of its own, above all others
          Expect.Equal<string list>(diagram, pieces @ [ "CSharpApi" ]))

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
