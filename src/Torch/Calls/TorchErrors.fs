/// Errors of libtorch in the library's own form.
module internal Functional.Torch.TorchErrors

open Functional
open Functional.Torch.Interop

/// The error of a call that libtorch refused: the operator, what it was given, where.
let raiseRefused (device: TorchDevice) (given: string) (error: TorchCallException) : 'a =
    let reason =
        if error.Reason = "" then
            "libtorch has printed the reason to standard error"
        else
            let reason = error.Reason.Split('\n')[0]
            reason.TrimEnd '.'

    let fix =
        if error.Reason.Contains "out of memory" || error.Reason.Contains "can't allocate" then
            "take smaller batches, or free what is no longer used"
        elif device.IsCuda then
            "if memory ran out, take smaller batches; if the device was lost, start the program anew"
        else
            "if memory ran out, take smaller batches"

    Fail.argument error.Operation "arguments" given $"were refused on {device.Name}: {reason}; {fix}."

/// The error of a missing libtorch.
let raiseMissing operation (error: TorchMissingException) : 'a = Fail.data operation error.Message
