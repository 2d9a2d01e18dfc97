namespace Functional

/// Options of `Merge.dotWith`.
type DotOptions =
    {
        /// The axis of the first and of the second tensor that are summed over, counted with the batch axis as 0.
        Axes: int * int
        /// Whether both are divided by their Euclidean norms along these axes first: a cosine. False by default.
        Normalize: bool
    }

    /// Keras's defaults: the last axes, without normalization.
    static member defaults = { Axes = (-1, -1); Normalize = false }

/// The product of two tensors, sample by sample.
[<AutoOpen>]
module DotLayers =
    /// Layers that join several tensors.
    module Merge =
        let private kind = "dot"

        let private pair (values: 'T list) =
            match values with
            | [ x; y ] -> x, y
            | values ->
                Fail.argument kind "inputs" values.Length "is not the number of tensors that it takes, which is two."

        /// The place in a batch of this axis of a sample.
        let private axisOf (sample: Shape) axis =
            let front = Fail.checkAxis kind (0 :: sample) axis

            if front = 0 then
                Fail.argument kind "axis" axis "is the batch axis; count the axes of a sample from 1, or from the end."

            front

        let private rule (options: DotOptions) shapes =
            let x, y = pair shapes
            let i, j = axisOf x (fst options.Axes), axisOf y (snd options.Axes)

            if x[i - 1] <> y[j - 1] then
                Fail.shapes kind [ "input 0", x; "input 1", y ] "the axes that are summed over differ in length."

            match List.removeAt (i - 1) x @ List.removeAt (j - 1) y with
            | [] -> [ [ 1 ] ]
            | rest -> [ rest ]

        let private apply (options: DotOptions) _ (tensors: Tensor list) =
            let x, y = pair tensors
            let i, j = axisOf x.Shape.Tail (fst options.Axes), axisOf y.Shape.Tail (snd options.Axes)

            let unit axis (x: Tensor) =
                if options.Normalize then
                    let squares = Tensor.sumKeep [ axis ] (Tensor.square x)
                    x * Tensor.rsqrt (Tensor.maximum squares (Tensor.fullLike 1e-12 squares))
                else
                    x

            let letters = "cdefghijklmnopqrstuvwxyz"

            let named place axis rank =
                "b" + letters.Substring(place, rank - 1) |> Seq.mapi (fun k c -> if k = axis then 'a' else c)

            let first, second = named 0 i x.Rank, named (x.Rank - 1) j y.Rank
            let result = Seq.append first (Seq.tail second) |> Seq.filter ((<>) 'a')
            let text (letters: char seq) = System.String.Concat letters
            let z = Tensor.einsum $"{text first},{text second}->{text result}" [ unit i x; unit j y ]
            if z.Rank = 1 then Tensor.expandDims 1 z else z

        /// The sum of products of two tensors over an axis of each, sample by sample: the other axes of the first, then those
        /// of the second; [1] where none is left. Axes of different lengths are an error when the layer is built. (Keras's
        /// Dot.)
        let dotWith (options: DotOptions) : Layer<Tensor list, Tensor> =
            Layer.stateless
                kind
                [ "axes", Settings.ofWholes [ fst options.Axes; snd options.Axes ]
                  "normalize", Setting.Flag options.Normalize ]
                (rule options)
                (apply options)

        /// `dotWith` the same axis of both, without normalization.
        let dot (axis: int) : Layer<Tensor list, Tensor> = dotWith { DotOptions.defaults with Axes = (axis, axis) }
