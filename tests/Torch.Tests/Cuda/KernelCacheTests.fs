module Functional.Torch.Tests.KernelCacheTests

open System.IO
open Functional.Torch.Interop
open Expecto

let private variables (known: (string * string) list) name =
    known |> List.tryFind (fst >> (=) name) |> Option.map snd |> Option.toObj

[<Tests>]
let tests =
    [ testCase "a kernel is compiled once for each source, compiler and device" (fun () ->
          let folder = Directory.CreateTempSubdirectory "functional-cache"

          try
              let cache = KernelCache(Path.Combine(folder.FullName, "kernels"))
              let mutable compiled = 0

              let get source compiler capability =
                  cache.Get(
                      source,
                      compiler,
                      capability,
                      fun () ->
                          compiled <- compiled + 1
                          [| byte compiled |]
                  )

              Expect.equal (get "a" "13.0" 90) [| 1uy |] "new"
              Expect.equal (get "a" "13.0" 90) [| 1uy |] "known"
              Expect.equal (get "a" "13.0" 80) [| 2uy |] "another device"
              Expect.equal (get "a" "12.8" 90) [| 3uy |] "another compiler"
              Expect.equal (get "b" "13.0" 90) [| 4uy |] "another source"
          finally
              folder.Delete true)

      testCase "without a folder to write to kernels are compiled each time" (fun () ->
          let file = Path.GetTempFileName()

          try
              let cache = KernelCache(Path.Combine(file, "below"))
              Expect.equal (cache.Get("a", "13.0", 90, (fun () -> [| 7uy |]))) [| 7uy |] "compiled"
          finally
              File.Delete file)

      testCase "the folder is what the variables say" (fun () ->
          let folder known = KernelCache.FolderOf(variables known)
          let home = Path.Combine("/home/me", ".cache", "functional", "kernels")
          Expect.equal (folder [ "HOME", "/home/me" ]) home "home"
          let xdg = [ "HOME", "/home/me"; "XDG_CACHE_HOME", "/cache" ]
          Expect.equal (folder xdg) (Path.Combine("/cache", "functional", "kernels")) "cache"
          Expect.equal (folder (("FUNCTIONAL_KERNELS", "/here") :: xdg)) "/here" "named") ]
    |> testList "Cuda.KernelCache"
