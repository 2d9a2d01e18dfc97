namespace Functional

/// Elements put in order.
[<AutoOpen>]
module TensorOrdering =

    /// The values and the indices in order along the axis.
    let private sorted operation descending axis (x: Tensor) =
        let axis = Fail.checkAxis operation x.Shape axis

        match Core.applyMany (Op.Sort descending) [ Tensor.moveAxis axis -1 x ] with
        | [ values; indices ] -> Tensor.moveAxis -1 axis values, Tensor.moveAxis -1 axis indices
        | results -> Fail.argument operation "results" results.Length "came of a sort, which gives two."

    /// Functions on tensors.
    module Tensor =

        /// In ascending order along the axis. NaN counts as the greatest, as in NumPy.
        let sort (axis: int) (x: Tensor) : Tensor = fst (sorted "sort" false axis x)

        /// In descending order along the axis. NaN counts as the greatest.
        let sortDescending (axis: int) (x: Tensor) : Tensor = fst (sorted "sortDescending" true axis x)

        /// The indices (Int32) that put `x` in ascending order along the axis; equal elements keep their order.
        let argsort (axis: int) (x: Tensor) : Tensor = snd (sorted "argsort" false axis x)

        /// The indices (Int32) that put `x` in descending order along the axis; equal elements keep their order.
        let argsortDescending (axis: int) (x: Tensor) : Tensor = snd (sorted "argsortDescending" true axis x)

        /// The `k` largest elements along the last axis, in descending order, and their indices (Int32). NaN counts as
        /// the greatest. A `k` outside 0 to the length of the axis is an error.
        let topK (k: int) (x: Tensor) : Tensor * Tensor =
            let axis = Fail.checkAxis "topK" x.Shape -1

            if k < 0 || k > x.Shape[axis] then
                Fail.argument
                    "topK"
                    "k"
                    k
                    $"is outside 0 to {x.Shape[axis]}, the length of the last axis of {Shape.toString x.Shape}."

            let values, indices = sorted "topK" true -1 x
            let first = Tensor.sliceAxis -1 0 k 1
            first values, first indices
