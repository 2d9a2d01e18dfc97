namespace Functional

/// Batches as lists of tensors, for compiled functions.
module internal BatchForm =
    let private weighted = 1
    let private oneLabel = 2
    let private oneInput = 2048

    /// The numbers of inputs and of labels, and whether there are weights, as one number.
    let formOf (batch: Batch) : int =
        oneInput * batch.Inputs.Length
        + oneLabel * batch.Labels.Length
        + (if batch.Weights.IsSome then weighted else 0)

    let flatten (batch: Batch) = batch.Inputs @ batch.Labels @ Option.toList batch.Weights

    /// The batch of a form that was flattened.
    let rebuild (form: int) (flat: Tensor list) : Batch =
        let inputs, rest = List.splitAt (form / oneInput) flat
        let labels, rest = List.splitAt (form % oneInput / oneLabel) rest
        { Inputs = inputs; Labels = labels; Weights = List.tryHead rest }

    /// The batch on the device of a backend.
    let onto (backend: Backend) (batch: Batch) : Batch =
        let move = Tensor.toDevice backend.Device

        { Inputs = List.map move batch.Inputs
          Labels = List.map move batch.Labels
          Weights = Option.map move batch.Weights }

    /// The batch with its floating tensors in the type in which a model computes.
    let inType (dtype: DType) (batch: Batch) : Batch =
        { Inputs = batch.Inputs |> List.map (Compiled.inType dtype)
          Labels = batch.Labels |> List.map (Compiled.inType dtype)
          Weights = batch.Weights |> Option.map (Tensor.cast dtype) }
