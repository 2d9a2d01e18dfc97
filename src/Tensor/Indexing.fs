namespace Functional

/// Elements picked, or added to, by tensors of indices.
[<AutoOpen>]
module TensorIndexing =

    /// Functions on tensors.
    module Tensor =

        /// The slices of `x` at these indices along the axis: the axis is replaced by the axes of the indices.
        ///
        /// Indices are Int32 or Int64 of any shape and count from the front: one outside [0, length) is an error. `x` [5; 3] and
        /// indices [2; 4] along axis 0 give [2; 4; 3].
        let gather (axis: int) (indices: Tensor) (x: Tensor) : Tensor =
            let indices = Tensor.asIndices "gather" indices
            Core.apply (Op.Gather(Fail.checkAxis "gather" x.Shape axis)) [ x; indices ]

        /// `gather` by NumPy's name.
        let take (axis: int) (indices: Tensor) (x: Tensor) : Tensor = gather axis indices x

        /// The indices [rows; k] into rows of length n as indices into all their elements. An index outside its row must not
        /// reach another one: it becomes negative, which `gather` refuses.
        let private flatIndices n (wanted: Tensor) : Tensor =
            let rows = wanted.Shape[0]
            let numbers = Core.beside wanted (fun () -> Tensor.arangeInt 0 rows)
            let row = Core.apply (Op.Reshape [ rows; 1 ]) [ numbers ]

            let inside =
                Tensor.logicalAnd
                    (Tensor.greaterEqual wanted (Tensor.scalarOf Int32 0.0))
                    (Tensor.less wanted (Tensor.scalarOf Int32 (float n)))

            Tensor.where inside (wanted + row * n) (Tensor.minimum wanted (Tensor.scalarOf Int32 -1.0))

        /// Along the axis, an element of `x` for each index, at the place of the index: NumPy's take_along_axis.
        ///
        /// Indices (Int32 or Int64) have the rank of `x`; their other axes are broadcast with those of `x`. An index outside
        /// [0, length) is an error.
        let takeAlong (axis: int) (indices: Tensor) (x: Tensor) : Tensor =
            let indices = Tensor.asIndices "takeAlong" indices
            let axis = Fail.checkAxis "takeAlong" x.Shape axis

            if indices.Rank <> x.Rank then
                Fail.shapes
                    "takeAlong"
                    [ "tensor", x.Shape; "indices", indices.Shape ]
                    "both need the same number of axes; put axes of length 1 in with Tensor.expandDims."

            let others =
                Core.broadcastShape "takeAlong" (List.removeAt axis x.Shape) (List.removeAt axis indices.Shape)

            let rows = Shape.size others

            // The axis goes last and all others become rows, so that an element is found at row * length + index.
            let asRows (t: Tensor) =
                let n = t.Shape[axis]

                t
                |> Core.broadcastTo (List.insertAt axis n others)
                |> Tensor.moveAxis axis -1
                |> Tensor.reshape [ rows; n ]

            asRows x
            |> Tensor.flatten
            |> gather 0 (flatIndices x.Shape[axis] (asRows indices))
            |> Tensor.reshape (others @ [ indices.Shape[axis] ])
            |> Tensor.moveAxis -1 axis

        /// `x` plus each slice of the updates at its index along the axis; repeated indices add up, in order.
        ///
        /// Indices are Int32 or Int64 of any shape and count from the front; the updates' shape is that of `gather axis indices
        /// x`.
        let scatterAdd (axis: int) (indices: Tensor) (updates: Tensor) (x: Tensor) : Tensor =
            let indices = Tensor.asIndices "scatterAdd" indices
            Core.apply (Op.ScatterAdd(Fail.checkAxis "scatterAdd" x.Shape axis)) [ x; indices; updates ]
