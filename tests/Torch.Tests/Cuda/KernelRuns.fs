/// Generated kernels run where there is no GPU, as C++ on the host with one thread a row, and on a GPU where there is one.
module Functional.Torch.Tests.KernelRuns

#nowarn "9" // addresses of arrays

open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices
open System.Text
open Microsoft.FSharp.NativeInterop
open Functional.Kernels
open Functional.Torch.Interop
open Functional.Tests.Kernels.FusedCases
open Expecto

/// Calls a kernel that was compiled for the host with the addresses of its operands.
type HostKernel = delegate of nativeint -> unit

let private compiler = "g++"

let private hasCompiler =
    lazy
        (try
            use p = Process.Start(ProcessStartInfo(compiler, "-dumpversion", RedirectStandardOutput = true))
            p.WaitForExit()
            p.ExitCode = 0
         with :? ComponentModel.Win32Exception ->
             false)

let private compile folder (text: string) =
    let code = Path.Combine(folder, "kernels.cpp")
    File.WriteAllText(code, text)
    let library = Path.Combine(folder, "kernels.so")
    let options = "-O0 -std=c++17 -fwrapv -mf16c -ffp-contract=off -w -shared -fPIC"
    let start = ProcessStartInfo(compiler, $"{options} -o {library} {code}")
    start.RedirectStandardError <- true
    use p = Process.Start start
    let errors = p.StandardError.ReadToEnd()
    p.WaitForExit()

    if p.ExitCode <> 0 then
        failtest $"the generated code does not compile:\n%s{errors}"

    NativeLibrary.Load library

/// The sources as functions of the host, in order. Skips the test where there is no compiler of C++, or a processor other than
/// x86-64, whose conversions of halves the text takes.
let internal onHost (sources: CudaSource list) : HostKernel list =
    if not hasCompiler.Value || RuntimeInformation.ProcessArchitecture <> Architecture.X64 then
        skiptest "g++ for x86-64 is not there"

    let folder = Directory.CreateTempSubdirectory "functional-kernels"

    try
        let text = StringBuilder(CudaPrelude.Host + CudaPrelude.Text)

        sources
        |> List.iteri (fun i source ->
            let body = source.Text[CudaPrelude.Text.Length ..].Replace("void fused(", $"void fused{i}(")
            text.Append($"namespace kernel{i} {{\n{body}\n}}\n") |> ignore)

        let library = compile folder.FullName (text.ToString())

        sources
        |> List.mapi (fun i _ ->
            let address = NativeLibrary.GetExport(library, $"fused{i}")
            Marshal.GetDelegateForFunctionPointer<HostKernel> address)
    finally
        folder.Delete true

/// The arrays of a case after its kernel, on the host.
let internal runOnHost (kernel: HostKernel) (source: CudaSource) (case: Case) =
    onCopies case source.ScratchBytes (fun operands scratch ->
        let count = case.Places.Length
        let all = Array.append (Array.init count (NativePtr.get operands)) [| NativePtr.toNativeInt scratch |]
        use addresses = fixed all
        kernel.Invoke(NativePtr.toNativeInt addresses))

/// Skips the test where there is no GPU that kernels can be compiled for; its runtime, otherwise.
let internal gpu () =
    match CudaRuntime.Instance with
    | null -> skiptest "there is no CUDA runtime"
    | _ when CudaKernel.WhyNot <> "" -> skiptest CudaKernel.WhyNot
    | runtime when runtime.DeviceCount = 0 -> skiptest "there is no GPU"
    | runtime ->
        runtime.SetDevice 0
        runtime

/// The arrays of a case after its kernel, on the GPU.
let internal runOnGpu (runtime: CudaRuntime) (source: CudaSource) (case: Case) =
    let kernel = CudaKernel.Create(source, 0, runtime.Capability 0)
    let bytes (a: Array) = int64 (Buffer.ByteLength a)
    let arrays = case.Arrays |> List.map (fun a -> a.Clone() :?> Array)
    let onDevice = arrays |> List.map (fun a -> runtime.Allocate(max 16L (bytes a)))
    let pins = arrays |> List.map (fun a -> GCHandle.Alloc(a, GCHandleType.Pinned))
    let scratch = runtime.Allocate(max 16L source.ScratchBytes)

    try
        List.iter2
            (fun device (pin: GCHandle) ->
                let a = pin.Target :?> Array

                if a.Length > 0 then
                    runtime.Copy(device, pin.AddrOfPinnedObject(), bytes a, 0n))
            onDevice
            pins

        let addresses =
            [| for number, index in case.Places do
                   let a = arrays[number]
                   let size = if a :? (bool[]) then 1 else Buffer.ByteLength a / max 1 a.Length
                   onDevice[number] + nativeint (index * size) |]

        use p = fixed addresses
        kernel.Launch(p, scratch, 0n)

        List.iter2
            (fun device (pin: GCHandle) ->
                let a = pin.Target :?> Array

                if a.Length > 0 then
                    runtime.Copy(pin.AddrOfPinnedObject(), device, bytes a, 0n))
            onDevice
            pins

        runtime.Synchronize()
        arrays
    finally
        pins |> List.iter _.Free()
        scratch :: onDevice |> List.iter runtime.Free
