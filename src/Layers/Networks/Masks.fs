namespace Functional

/// Computing with masks, which are Bool and have the first axes of their tensors.
module internal Masks =
    /// The mask with axes of length 1 behind, up to this rank, so that it broadcasts over its tensor.
    let ofRank rank (mask: Tensor) : Tensor =
        if mask.Rank >= rank then
            mask
        else
            Tensor.reshape (mask.Shape @ List.replicate (rank - mask.Rank) 1) mask

    /// The mask over every element of a tensor.
    let over (x: Tensor) (mask: Tensor) : Tensor = mask |> ofRank x.Rank |> Tensor.broadcastTo x.Shape

    /// 1 where the mask is true and 0 elsewhere, in the type of the tensor, broadcasting over it.
    let ones (x: Tensor) (mask: Tensor) : Tensor = mask |> ofRank x.Rank |> Tensor.cast x.DType

    /// The elements of a tensor where the mask is true, and this number elsewhere.
    let keep (otherwise: float) (x: Tensor) (mask: Tensor) : Tensor =
        let filling = Core.beside x (fun () -> Tensor.fullOf x.DType x.Shape otherwise)
        Tensor.where (over x mask) x filling

    /// Whether the mask of a tensor is one of a result as well: it has as many axes, and those of the mask with the same
    /// lengths.
    let fits (mask: Tensor) (x: Tensor) (y: Tensor) = y.Rank = x.Rank && List.truncate mask.Rank y.Shape = mask.Shape

    /// Where one mask at least is true; none where a tensor has no mask: the rule of Keras's layers that merge tensors
    /// element by element.
    let any (run: Run) (tensors: Tensor list) : Tensor option =
        let masks = tensors |> List.mapi (fun i _ -> Run.mask i run)

        if masks.IsEmpty || List.exists Option.isNone masks then
            None
        else
            masks |> List.choose id |> List.reduce Tensor.logicalOr |> Some
