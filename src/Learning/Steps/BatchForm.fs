namespace Functional

/// Batches as lists of tensors, for compiled functions.
module internal BatchForm =
    // the bits of each of the three numbers in a form
    let private bits = 10
    let private mask = (1 <<< bits) - 1

    /// The numbers of inputs, labels and weights, as one number.
    let formOf (batch: Batch) : int =
        (batch.Inputs.Length <<< 2 * bits) ||| (batch.Labels.Length <<< bits) ||| batch.Weights.Length

    /// The tensors of a batch: inputs, labels, weights.
    let flatten (batch: Batch) = batch.Inputs @ batch.Labels @ batch.Weights

    /// The batch of a form that was flattened.
    let rebuild (form: int) (flat: Tensor list) : Batch =
        let inputs, rest = List.splitAt (form >>> 2 * bits) flat
        let labels, weights = List.splitAt (form >>> bits &&& mask) rest
        { Inputs = inputs; Labels = labels; Weights = weights }

    /// The batch on the device of a backend.
    let onto (backend: Backend) (batch: Batch) : Batch =
        let move = Tensor.toDevice backend.Device

        { Inputs = List.map move batch.Inputs
          Labels = List.map move batch.Labels
          Weights = List.map move batch.Weights }

    /// The batch with its floating tensors in the type in which a model computes.
    let inType (dtype: DType) (batch: Batch) : Batch =
        { Inputs = batch.Inputs |> List.map (Compiled.inType dtype)
          Labels = batch.Labels |> List.map (Compiled.inType dtype)
          Weights = batch.Weights |> List.map (Tensor.cast dtype) }
