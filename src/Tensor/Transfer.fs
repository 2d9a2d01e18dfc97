namespace Functional

/// Moves values to the device of a backend. Tangents go there too, and cotangents come back.
type private Transfer(target: Backend) =
    inherit DifferentiableFunction("toDevice")

    /// The value on a backend. A function that is being compiled runs on one device: nothing moves inside.
    static member To (target: Backend) (x: Tensor) : Tensor =
        match x with
        | Data buffer when obj.ReferenceEquals(buffer.Backend, target) -> x
        | Data _
        | Traced _ -> Core.apply (Op.Custom(Transfer target)) [ x ]

    override _.KeepsBatch = true

    override _.Forward args =
        args
        |> List.map (fun x ->
            match x with
            | Data buffer -> Data(Placement.move target buffer)
            | Traced _ -> x)

    override _.Push(_, _, tangents) = tangents |> List.map (Transfer.To target)

    override _.Pull(args, _, cotangents) = List.map2 (fun (x: Tensor) ct -> Transfer.To x.Backend ct) args cotangents

/// Tensors on devices.
[<AutoOpen>]
module TensorTransfer =
    /// Tensors on devices.
    module Tensor =
        /// Where the elements are and are computed with; of a traced value, where they will be.
        let device (x: Tensor) : Device = x.Backend.Device

        /// The tensor on this device: itself where it is there already, else a copy. Differentiable: what comes back is
        /// moved back. Inside a compiled function, which runs on one device, it changes nothing.
        ///
        /// Operations run where their arguments are. Scalars, keys and constants of one repeated number follow the
        /// tensors that they meet; other tensors on two devices are an error. PyTorch: x.to(device).
        let toDevice (device: Device) (x: Tensor) : Tensor = Transfer.To device.Backend x
