namespace Functional

/// Reductions over all axes or some.
///
/// Each reduction comes in three forms: `sum x` over all axes, to a scalar; `sumOver axes x` over these axes, which
/// disappear; `sumKeep axes x` over these axes, which stay with length 1. Axes may count from the end; no axes at all
/// leave the tensor as it is, as in NumPy.
[<AutoOpen>]
module TensorReductions =

    let private every (x: Tensor) = [ 0 .. x.Rank - 1 ]

    let private lengths axes (x: Tensor) = axes |> List.map (fun i -> x.Shape[i]) |> Shape.size

    /// Reinserts the reduced axes with length 1.
    let private keep axes (before: Tensor) (reduced: Tensor) =
        let shape = before.Shape |> List.mapi (fun i n -> if List.contains i axes then 1 else n)

        if reduced.Shape = shape then
            reduced
        else
            Core.apply (Op.Reshape shape) [ reduced ]

    /// Removes the axes, which have length 1.
    let private drop axes (x: Tensor) =
        let shape =
            x.Shape |> List.indexed |> List.filter (fun (i, _) -> not (List.contains i axes)) |> List.map snd

        if x.Shape = shape then x else Core.apply (Op.Reshape shape) [ x ]

    let private reduce reduction axes (x: Tensor) = Core.apply (Op.Reduce(reduction, axes)) [ x ]

    let private number (x: Tensor) = if x.DType = Bool then Tensor.cast Int32 x else x

    let private real (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

    let private truth (x: Tensor) = if x.DType = Bool then x else Tensor.cast Bool x

    let private sumOf axes x = reduce Reduction.Sum axes (number x)

    let private meanOf axes x =
        let x = real x
        reduce Reduction.Sum axes x / float (lengths axes x)

    /// The square root with derivative 0 at 0: neither branch of the outer `where` meets the infinite derivative.
    let private flatRoot (x: Tensor) =
        let zero = Tensor.equal x (Tensor.zerosLike x)
        Tensor.where zero (Tensor.zerosLike x) (Tensor.sqrt (Tensor.where zero (Tensor.onesLike x) x))

    let private varianceKept ddof axes x =
        let x = real x
        let deviation = x - keep axes x (meanOf axes x)
        let count = max 0 (lengths axes x - ddof)
        keep axes x (reduce Reduction.Sum axes (deviation * deviation) / float count)

    /// The product along the last axis, as a tree: no division, so its derivatives are right where elements are 0.
    let rec private productOfLast (x: Tensor) =
        let batch, n = List.splitAt (x.Rank - 1) x.Shape

        let part start stop step =
            let whole = batch |> List.map (fun n -> { Start = 0; Stop = n; Step = 1 })
            Core.apply (Op.Slice(whole @ [ { Start = start; Stop = stop; Step = step } ])) [ x ]

        match n.Head with
        | 0 -> Tensor.onesOf x.DType batch
        | 1 -> Core.apply (Op.Reshape batch) [ x ]
        | n ->
            let half = n / 2
            let product = part 0 half 1 * part half (2 * half) 1

            if n % 2 = 0 then
                productOfLast product
            else
                productOfLast (Core.apply (Op.Concat(x.Rank - 1)) [ product; part (n - 1) n 1 ])

    let private productOf axes x =
        let x = number x
        let kept = every x |> List.except axes
        let moved = Core.apply (Op.Transpose(kept @ axes)) [ x ]
        let shape = kept |> List.map (fun i -> x.Shape[i])
        productOfLast (Core.apply (Op.Reshape(shape @ [ lengths axes x ])) [ moved ])

    /// The shift of exponentials: the largest element along the axis, as a constant, and 0 where it is infinite.
    let private shift axes (x: Tensor) =
        let largest = Tensor.stopGradient (keep axes x (reduce Reduction.Max axes x))
        Tensor.where (Tensor.isFinite largest) largest (Tensor.zerosLike largest)

    let private logSumExpKept axes x =
        let x = real x

        if lengths axes x = 0 then
            let shape = x.Shape |> List.mapi (fun i n -> if List.contains i axes then 1 else n)
            Tensor.fullOf x.DType shape -infinity
        else
            let m = shift axes x
            Tensor.log (keep axes x (reduce Reduction.Sum axes (Tensor.exp (x - m)))) + m

    /// A norm over the axes that `f` computes of elements divided by the largest of them, so that no power of one
    /// overflows or vanishes: the Euclidean norm of [3e20; 4e20] in float32 is 5e20.
    let private scaledNorm axes (f: Tensor -> Tensor) (x: Tensor) =
        if x.Size = 0 then
            f x
        else
            let least, most =
                if x.DType = Float64 then
                    2.2250738585072014e-308, System.Double.MaxValue
                else
                    1.1754943508222875e-38, float System.Single.MaxValue

            // neither 0 nor infinite; a constant to derivatives, since the norm does not depend on it
            let scale = Tensor.clamp least most (reduce Reduction.Max axes (Tensor.abs x)) |> Tensor.stopGradient

            scale * f (x / keep axes x scale)

    let private normOf axes x =
        real x |> scaledNorm axes (fun x -> flatRoot (reduce Reduction.Sum axes (x * x)))

    let private checkOne operation (x: Tensor) axis = Fail.checkAxis operation x.Shape axis

    /// Functions on tensors.
    module Tensor =

        // Sums and means.

        /// The sum of all elements, a scalar. Bool counts its true elements as Int32.
        let sum (x: Tensor) : Tensor = sumOf (every x) x

        /// The sum over these axes, which disappear. Bool counts its true elements as Int32.
        let sumOver (axes: int list) (x: Tensor) : Tensor = sumOf (Fail.checkAxes "sum" x.Shape axes) x

        /// The sum over these axes, which stay with length 1. Bool counts its true elements as Int32.
        let sumKeep (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "sum" x.Shape axes
            keep axes x (sumOf axes x)

        /// The mean of all elements, a scalar; NaN of none. Int32 and Bool are cast to Float32.
        let mean (x: Tensor) : Tensor = meanOf (every x) x

        /// The mean over these axes, which disappear; NaN of no elements. Int32 and Bool are cast to Float32.
        let meanOver (axes: int list) (x: Tensor) : Tensor = meanOf (Fail.checkAxes "mean" x.Shape axes) x

        /// The mean over these axes, which stay with length 1; NaN of no elements. Int32 and Bool are cast to Float32.
        let meanKeep (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "mean" x.Shape axes
            keep axes x (meanOf axes x)

        /// The variance over these axes, kept with length 1 or not: the mean square distance from the mean, divided by
        /// n - `ddof` (0: NumPy's default; 1: PyTorch's and statisticians'). NaN where n is 0, and infinite or NaN
        /// where n = ddof.
        let varianceOf (ddof: int) (axes: int list) (keepDims: bool) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "var" x.Shape axes

            if ddof < 0 then
                Fail.argument "var" "ddof" ddof "is negative; give 0, or 1 for the unbiased form."

            let kept = varianceKept ddof axes x
            if keepDims then kept else drop axes kept

        /// The variance of all elements, a scalar: divided by n, as in NumPy (PyTorch divides by n - 1).
        let var (x: Tensor) : Tensor = varianceOf 0 (every x) false x

        /// The variance over these axes, which disappear: divided by n, as in NumPy (PyTorch divides by n - 1).
        let varOver (axes: int list) (x: Tensor) : Tensor = varianceOf 0 axes false x

        /// The variance over these axes, which stay with length 1: divided by n, as in NumPy (PyTorch divides by n -
        /// 1).
        let varKeep (axes: int list) (x: Tensor) : Tensor = varianceOf 0 axes true x

        /// The standard deviation of all elements, a scalar: with n, as in NumPy. Its derivative is 0 where it is 0.
        let std (x: Tensor) : Tensor = flatRoot (var x)

        /// The standard deviation over these axes, which disappear: with n, as in NumPy. Its derivative is 0 where it
        /// is 0.
        let stdOver (axes: int list) (x: Tensor) : Tensor = flatRoot (varOver axes x)

        /// The standard deviation over these axes, which stay with length 1: with n, as in NumPy. Its derivative is 0
        /// where it is 0.
        let stdKeep (axes: int list) (x: Tensor) : Tensor = flatRoot (varKeep axes x)

        /// The product of all elements, a scalar; 1 of none. Its derivatives are right where elements are 0.
        let prod (x: Tensor) : Tensor = productOf (every x) x

        /// The product over these axes, which disappear; 1 of no elements.
        let prodOver (axes: int list) (x: Tensor) : Tensor = productOf (Fail.checkAxes "prod" x.Shape axes) x

        /// The product over these axes, which stay with length 1; 1 of no elements.
        let prodKeep (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "prod" x.Shape axes
            keep axes x (productOf axes x)

        // Extremes.

        /// The largest element, a scalar; NaN if any is NaN. No elements are an error. (Of two tensors: `maximum`.)
        let max (x: Tensor) : Tensor = reduce Reduction.Max (every x) x

        /// The largest element over these axes, which disappear; NaN if any is NaN. No elements are an error.
        let maxOver (axes: int list) (x: Tensor) : Tensor = reduce Reduction.Max (Fail.checkAxes "max" x.Shape axes) x

        /// The largest element over these axes, which stay with length 1; NaN if any is NaN. No elements are an error.
        let maxKeep (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "max" x.Shape axes
            keep axes x (reduce Reduction.Max axes x)

        /// The smallest element, a scalar; NaN if any is NaN. No elements are an error. (Of two tensors: `minimum`.)
        let min (x: Tensor) : Tensor = reduce Reduction.Min (every x) x

        /// The smallest element over these axes, which disappear; NaN if any is NaN. No elements are an error.
        let minOver (axes: int list) (x: Tensor) : Tensor = reduce Reduction.Min (Fail.checkAxes "min" x.Shape axes) x

        /// The smallest element over these axes, which stay with length 1; NaN if any is NaN. No elements are an error.
        let minKeep (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "min" x.Shape axes
            keep axes x (reduce Reduction.Min axes x)

        /// The index (Int32) of the largest element along the axis, which disappears: the first of equals; NaN counts
        /// as the largest, as in NumPy. An empty axis is an error.
        let argmax (axis: int) (x: Tensor) : Tensor = Core.apply (Op.ArgMax(checkOne "argmax" x axis)) [ x ]

        /// The index (Int32) of the smallest element along the axis, which disappears: the first of equals; NaN counts
        /// as the smallest, as in NumPy. An empty axis is an error.
        let argmin (axis: int) (x: Tensor) : Tensor = Core.apply (Op.ArgMin(checkOne "argmin" x axis)) [ x ]

        // Truth.

        /// Whether all elements are true (numbers: differ from 0), a Bool scalar; true of none.
        let all (x: Tensor) : Tensor = reduce Reduction.All (every x) (truth x)

        /// Whether all elements over these axes, which disappear, are true (numbers: differ from 0).
        let allOver (axes: int list) (x: Tensor) : Tensor =
            reduce Reduction.All (Fail.checkAxes "all" x.Shape axes) (truth x)

        /// Whether all elements over these axes, which stay with length 1, are true (numbers: differ from 0).
        let allKeep (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "all" x.Shape axes
            keep axes x (reduce Reduction.All axes (truth x))

        /// Whether any element is true (numbers: differs from 0), a Bool scalar; false of none.
        let any (x: Tensor) : Tensor = reduce Reduction.Any (every x) (truth x)

        /// Whether any element over these axes, which disappear, is true (numbers: differs from 0).
        let anyOver (axes: int list) (x: Tensor) : Tensor =
            reduce Reduction.Any (Fail.checkAxes "any" x.Shape axes) (truth x)

        /// Whether any element over these axes, which stay with length 1, is true (numbers: differs from 0).
        let anyKeep (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "any" x.Shape axes
            keep axes x (reduce Reduction.Any axes (truth x))

        /// The number of elements that differ from 0 (or are true), an Int32 scalar.
        let countNonZero (x: Tensor) : Tensor = sum (truth x)

        // Running sums, exponentials, norms.

        /// Running sums along the axis; the shape stays. Bool counts as Int32.
        let cumsum (axis: int) (x: Tensor) : Tensor = Core.apply (Op.CumSum(checkOne "cumsum" x axis)) [ number x ]

        /// log (sum (exp x)) over all elements, a scalar, without overflow; -infinity of none.
        let logSumExp (x: Tensor) : Tensor = drop (every x) (logSumExpKept (every x) x)

        /// log (sum (exp x)) over these axes, which disappear, without overflow; -infinity of no elements.
        let logSumExpOver (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "logSumExp" x.Shape axes
            drop axes (logSumExpKept axes x)

        /// log (sum (exp x)) over these axes, which stay with length 1, without overflow; -infinity of no elements.
        let logSumExpKeep (axes: int list) (x: Tensor) : Tensor =
            logSumExpKept (Fail.checkAxes "logSumExp" x.Shape axes) x

        /// exp x divided by its sum along the axis, without overflow; the shape stays.
        let softmax (axis: int) (x: Tensor) : Tensor =
            let axis = checkOne "softmax" x axis
            let x = real x

            if x.Size = 0 then
                x
            else
                let e = Tensor.exp (x - shift [ axis ] x)
                e / keep [ axis ] x (reduce Reduction.Sum [ axis ] e)

        /// The logarithm of `softmax`, exact where softmax itself would round to 0; the shape stays.
        let logSoftmax (axis: int) (x: Tensor) : Tensor =
            let axis = checkOne "logSoftmax" x axis
            let x = real x

            if x.Size = 0 then
                x
            else
                let y = x - shift [ axis ] x
                y - Tensor.log (keep [ axis ] x (reduce Reduction.Sum [ axis ] (Tensor.exp y)))

        /// The Euclidean norm of all elements, a scalar: the root of the sum of squares. Its derivative at 0 is 0.
        let norm (x: Tensor) : Tensor = normOf (every x) x

        /// The Euclidean norm over these axes, which disappear. Its derivative at 0 is 0.
        let normOver (axes: int list) (x: Tensor) : Tensor = normOf (Fail.checkAxes "norm" x.Shape axes) x

        /// The Euclidean norm over these axes, which stay with length 1. Its derivative at 0 is 0.
        let normKeep (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "norm" x.Shape axes
            keep axes x (normOf axes x)

        /// The p-norm over these axes, which disappear: (sum |x|^p)^(1/p), and the largest |x| for p = infinity. Its
        /// derivative at 0 is 0. A `p` that is not above 0 is an error.
        let normPOver (p: float) (axes: int list) (x: Tensor) : Tensor =
            let axes = Fail.checkAxes "normP" x.Shape axes

            if not (p > 0.0) then
                Fail.argument "normP" "p" p "is not above 0; a norm needs a positive p, or infinity."

            let x = real x

            if p = 2.0 then
                normOf axes x
            elif p = 1.0 then
                reduce Reduction.Sum axes (Tensor.abs x)
            elif p = infinity then
                if lengths axes x = 0 then
                    reduce Reduction.Sum axes x
                else
                    reduce Reduction.Max axes (Tensor.abs x)
            else
                let power (exponent: float) (x: Tensor) =
                    let zero = Tensor.equal x (Tensor.zerosLike x)
                    let safe = Tensor.where zero (Tensor.onesLike x) x
                    Tensor.where zero (Tensor.zerosLike x) (Tensor.pow safe (Core.scalar x.DType exponent))

                x
                |> scaledNorm axes (fun x -> Tensor.abs x |> power p |> reduce Reduction.Sum axes |> power (1.0 / p))

        /// The p-norm of all elements, a scalar: (sum |x|^p)^(1/p), and the largest |x| for p = infinity. Its
        /// derivative at 0 is 0. A `p` that is not above 0 is an error.
        let normP (p: float) (x: Tensor) : Tensor = normPOver p (every x) x
