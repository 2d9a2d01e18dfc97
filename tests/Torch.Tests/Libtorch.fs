/// The device of libtorch that the tests run on; they are skipped where libtorch is missing.
module Functional.Torch.Tests.Libtorch

open System
open Functional
open Functional.Torch.Interop
open Expecto

/// The device: libtorch's CPU, or the GPU that FUNCTIONAL_DEVICE names, as in cuda:0.
let device: Lazy<Device> =
    lazy
        (match Environment.GetEnvironmentVariable "FUNCTIONAL_DEVICE" with
         | null
         | ""
         | "torch" -> Device.torch
         | name when name.StartsWith "cuda:" -> Device.cuda (int (name.Substring 5))
         | name -> failwith $"FUNCTIONAL_DEVICE is %s{name}; the tests run on torch, or on a GPU such as cuda:0.")

/// Skips a test where there is no libtorch.
let demand () =
    if not (Device.isTorchAvailable ()) then
        skiptest TorchLibrary.WhyMissing

/// A test of libtorch.
let case sentence (f: unit -> unit) =
    testCase sentence (fun () ->
        demand ()
        f ())

/// The tensor on the device of the tests.
let there (x: Tensor) : Tensor = Tensor.toDevice device.Value x

/// The tensor on the library's own CPU backend.
let here (x: Tensor) : Tensor = Tensor.toDevice Device.cpu x
