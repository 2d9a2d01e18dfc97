namespace Functional

/// A value that random numbers are drawn from: the same key gives the same numbers on every machine, so each key is
/// used once, and `Key.split` makes new ones. There is no hidden generator.
[<Sealed>]
type Key internal (value: Tensor) =
    /// The key as an Int32 tensor of shape [2]; a traced value where a transform follows the key.
    member _.Value = value

    /// The key's two words.
    override _.ToString() = $"Key {value}"

/// Making keys. The generator counts, so keys need no state: splitting is a function.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Key =
    /// The key of a seed; different seeds give independent keys.
    let ofInt (seed: int) : Key = Key(Data(Backends.standard.OfArray([| 0; seed |], [ 2 ])))

    /// The key that an Int32 tensor of shape [2] holds, such as one that `Key.toTensor` gave. Another shape or type is
    /// an error.
    let ofTensor (value: Tensor) : Key =
        if value.Shape <> [ 2 ] || value.DType <> Int32 then
            Fail.shapes
                "Key.ofTensor"
                [ "tensor", value.Shape ]
                $"a key is an int32 tensor of shape [2], and this one is {value.DType}."

        Key value

    /// The key as an Int32 tensor of shape [2], to be kept or passed through a transform.
    let toTensor (key: Key) : Tensor = key.Value

    /// `n` independent keys. A negative `n` is an error.
    let splitMany (n: int) (key: Key) : Key list =
        Core.apply (Op.KeySplit n) [ key.Value ] |> Tensor.unstack 0 |> List.map Key

    /// Two independent keys: use one, and split the other again.
    let split (key: Key) : Key * Key =
        match splitMany 2 key with
        | [ first; second ] -> first, second
        | keys -> Fail.argument "Key.split" "keys" keys.Length "came of a split in two."

    /// The key that stands for a number under this key, such as a step or a layer; the number is an Int32 scalar.
    let foldTensor (i: Tensor) (key: Key) : Key = Key(Core.apply Op.KeyFold [ key.Value; i ])

    /// The key that stands for a number under this key, such as a step or a layer.
    let fold (i: int) (key: Key) : Key = foldTensor (Core.scalar Int32 (float i)) key

/// Random tensors. All take a key; the same key gives the same numbers on every device. They are made where tensors are made
/// (see `Device.using`), to where the key follows.
module Random =

    let private draw op (key: Key) : Tensor =
        match key.Value with
        | Data words -> Core.apply op [ Data(Placement.move (Backends.current ()) words) ]
        | Traced _ -> Core.apply op [ key.Value ]

    /// Where |x| is at most 0.955, which is all that is asked of it here: y with erf y = x.
    let private inverseErf (x: Tensor) =
        // Winitzki's closed form is right to 0.2 %; two of Halley's steps, each of which cubes the error, do the rest.
        let a = 0.147
        let l = Tensor.log1p (-(x * x))
        let t = l * 0.5 + 2.0 / (System.Math.PI * a)
        let start = Tensor.sign x * Tensor.sqrt (Tensor.relu (Tensor.sqrt (t * t - l / a) - t))

        let step y =
            let u = (Tensor.erf y - x) * Tensor.exp (y * y) * (sqrt System.Math.PI / 2.0)
            y - u / (y * u + 1.0)

        start |> step |> step

    let private inOrder operation name low high =
        if not (low < high) || System.Double.IsInfinity(high - low) then
            Fail.argument
                operation
                name
                low
                $"is not below {string high} by a finite distance; give the smaller bound first."

    /// Uniform numbers in [0, 1) of this shape, as Float32.
    let uniform (key: Key) (shape: Shape) : Tensor = draw (Op.RandomUniform(shape, Float32)) key

    /// Uniform numbers from `low` to below `high` (which only rounding can reach), in this float type.
    let uniformOf (dtype: DType) (low: float) (high: float) (key: Key) (shape: Shape) : Tensor =
        inOrder "Random.uniform" "low" low high
        draw (Op.RandomUniform(shape, dtype)) key * (high - low) + low

    /// Normal numbers of mean 0 and standard deviation 1, as Float32.
    let normal (key: Key) (shape: Shape) : Tensor = draw (Op.RandomNormal(shape, Float32)) key

    /// Normal numbers of this mean and standard deviation, in this float type. A negative deviation is an error.
    let normalOf (dtype: DType) (mean: float) (deviation: float) (key: Key) (shape: Shape) : Tensor =
        if not (deviation >= 0.0) then
            Fail.argument "Random.normal" "deviation" deviation "is not a standard deviation; give 0 or more."

        draw (Op.RandomNormal(shape, dtype)) key * deviation + mean

    /// Normal numbers of this mean and standard deviation of which none is further than two deviations from the mean,
    /// in this float type: what Keras calls truncated normal. The deviation is that before the cut; after it 0.87962566
    /// of it is left.
    let truncatedNormalOf (dtype: DType) (mean: float) (deviation: float) (key: Key) (shape: Shape) : Tensor =
        if not (deviation >= 0.0) then
            Fail.argument "Random.truncatedNormal" "deviation" deviation "is not a standard deviation; give 0 or more."

        // 0.954... is erf (2 / sqrt 2), the share of a normal distribution within two deviations.
        let share = 0.95449973610364158
        let u = draw (Op.RandomUniform(shape, dtype)) key
        let standard = inverseErf (u * (2.0 * share) - share) * sqrt 2.0
        Tensor.clamp -2.0 2.0 standard * deviation + mean

    /// Normal numbers of mean 0 and standard deviation 1 of which none is beyond -2 and 2, as Float32.
    let truncatedNormal (key: Key) (shape: Shape) : Tensor = truncatedNormalOf Float32 0.0 1.0 key shape

    /// Booleans that are true with this probability. One outside [0, 1] is an error.
    let bernoulli (p: float) (key: Key) (shape: Shape) : Tensor =
        if not (p >= 0.0 && p <= 1.0) then
            Fail.argument "Random.bernoulli" "p" p "is not a probability; give a number from 0 to 1."

        Tensor.less (uniform key shape) (Tensor.scalar p)

    /// Uniform 32-bit integers: every Int32 is as likely.
    let bits (key: Key) (shape: Shape) : Tensor = draw (Op.RandomBits shape) key

    /// Uniform integers from `low` to below `high`, as Int32. Bounds out of order are an error.
    let randint (low: int) (high: int) (key: Key) (shape: Shape) : Tensor =
        if low >= high then
            Fail.argument "Random.randint" "low" low $"is not below high = {string high}; give the smaller bound first."

        // The 53 bits of a float64 leave no visible bias in 32.
        let u = draw (Op.RandomUniform(shape, Float64)) key
        Tensor.cast Int32 (Tensor.floor (u * (float high - float low)) + float low)

    /// The numbers 0 .. n - 1 in random order, as Int32. A negative `n` is an error.
    let permutation (key: Key) (n: int) : Tensor =
        if n < 0 then
            Fail.argument "Random.permutation" "n" n "is negative; permute 0 numbers or more."

        // Sorting by random bits; where many elements make equal bits likely, sorting again hides their order.
        let rounds = max 1 (int (ceil (3.0 * log (float (max 1 n)) / log 4294967295.0)))

        (Tensor.arangeInt 0 n, Key.splitMany rounds key)
        ||> List.fold (fun order key -> Tensor.gather 0 (Tensor.argsort 0 (bits key [ n ])) order)

    /// The slices of `x` along its first axis in random order. A scalar is an error.
    let shuffle (key: Key) (x: Tensor) : Tensor =
        let n = x.Shape[Fail.checkAxis "Random.shuffle" x.Shape 0]
        Tensor.gather 0 (Core.beside x (fun () -> permutation key n)) x

    /// For each row of logits [..., n] an index (Int32) drawn with the probabilities softmax gives it; the last axis
    /// disappears. An empty last axis is an error.
    let categorical (key: Key) (logits: Tensor) : Tensor =
        Fail.checkAxis "Random.categorical" logits.Shape -1 |> ignore

        if not logits.DType.IsFloat then
            Fail.dtypes
                "Random.categorical"
                [ "the logits' type", logits.DType ]
                "logits are float32, float64, float16 or bfloat16; cast them with Tensor.cast"

        // The largest of the logits, each with Gumbel noise of its own.
        let u = Core.beside logits (fun () -> draw (Op.RandomUniform(logits.Shape, logits.DType)) key)
        Tensor.argmax -1 (logits - Tensor.log (-(Tensor.log u)))
