namespace Functional

open System.Collections.Concurrent
open System.Threading

/// The backends that there are: the only file outside Cpu that names the CPU's modules.
module internal Backends =
    /// That of the machine's own processor, which is always there: where numbers and keys are written down.
    let standard: Backend = CpuBackend.instance

    // flows into threads and tasks that are started inside, and no other thread sees it
    let private chosen = AsyncLocal<Backend>()

    /// Where tensors are made, and what runs functions without arguments.
    let current () : Backend =
        match chosen.Value with
        | null -> standard
        | backend -> backend

    /// What `f` gives while tensors are made on this backend.
    let using (backend: Backend) (f: unit -> 'T) : 'T =
        if obj.ReferenceEquals(current (), backend) then
            f ()
        else
            let before = chosen.Value
            chosen.Value <- backend

            try
                f ()
            finally
                chosen.Value <- before

    let private registered =
        let backends = ConcurrentDictionary<string, Backend>()
        backends[standard.Name] <- standard
        backends

    /// The backends by the names of their devices.
    let all () : Backend list = registered.Values |> Seq.sortBy _.Name |> List.ofSeq

    /// The backend of this name, if there is one.
    let tryFind (name: string) : Backend voption =
        match registered.TryGetValue name with
        | true, backend -> ValueSome backend
        | _ -> ValueNone

    /// Adds a backend under the name of its device; false where another one has it.
    let tryAdd (backend: Backend) : bool = obj.ReferenceEquals(registered.GetOrAdd(backend.Name, backend), backend)

/// Devices: where tensors live and are computed. The machine's own processor is always there; another backend registers
/// devices of its own.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Device =
    /// This machine's processor and memory.
    let cpu: Device = Backends.standard.Device

    /// All devices that are known, by name.
    let all () : Device list = Backends.all () |> List.map _.Device

    /// The device of this name, such as "cpu". An unknown name is an error that lists those that are known.
    let named (name: string) : Device =
        match Backends.tryFind name with
        | ValueSome backend -> backend.Device
        | ValueNone ->
            let known = Backends.all () |> List.map _.Name |> String.concat ", "

            Fail.argument
                "Device.named"
                "name"
                $"'{name}'"
                $"is no device that is known: there is {known}. A backend in another package registers its devices \
                  when it is loaded."

    /// Makes the device of a backend known under its name, for `named` and `all`; again does nothing. A name that
    /// another backend has is an error.
    let register (backend: Backend) : Device =
        if not (Backends.tryAdd backend) then
            Fail.argument "Device.register" "name" $"'{backend.Name}'" "is that of another backend; give it another."

        backend.Device

    /// Where tensors are made now: the device of the innermost `using`, else the machine's processor.
    let current () : Device = Backends.current().Device

    /// What `f` gives while this device is the one on which tensors are made: by numbers and arrays, by random keys, by
    /// initializers of models, by reading files. What is computed from tensors stays on theirs.
    ///
    /// The choice holds on this thread, and in threads and tasks that are started inside, until `f` returns; other
    /// threads do not see it. An F# `async` that runs later takes the device of where it runs; a task keeps this one.
    let using (device: Device) (f: unit -> 'T) : 'T = Backends.using device.Backend f
