namespace Functional

open System

/// How far two samples are from each other.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type Distance =
    /// The square root of the sum of squared differences.
    | Euclidean
    /// The sum of absolute differences.
    | Manhattan
    /// The largest absolute difference.
    | Chebyshev
    /// (Σ |a - b|^p)^(1/p) for a power p of 1 or more.
    | Minkowski of Power: float
    /// 1 - the cosine of the angle between both; 1 where one of them is zero.
    | Cosine
    /// A function of two samples' features: symmetric, 0 or more. It is called on several threads at once.
    | Function of (float[] -> float[] -> float)

/// Distances between samples.
[<RequireQualifiedAccess>]
module Distance =
    /// The power of Minkowski's distance that it is, if it is one: 1, 2, infinity, ...
    let internal power operation (distance: Distance) : float option =
        match distance with
        | Distance.Euclidean -> Some 2.0
        | Distance.Manhattan -> Some 1.0
        | Distance.Chebyshev -> Some Double.PositiveInfinity
        | Distance.Minkowski p when p >= 1.0 -> Some p
        | Distance.Minkowski p ->
            Fail.argument operation "Power" p "is below 1, where it is no distance; give 1 or more."
        | Distance.Cosine
        | Distance.Function _ -> None

    let private sumOf (add: float -> float -> float) (a: ReadOnlySpan<float>) (b: ReadOnlySpan<float>) =
        let mutable sum = 0.0

        for j in 0 .. a.Length - 1 do
            sum <- add sum (abs (a[j] - b[j]))

        sum

    let private squared (a: ReadOnlySpan<float>) (b: ReadOnlySpan<float>) =
        let mutable sum = 0.0

        for j in 0 .. a.Length - 1 do
            let d = a[j] - b[j]
            sum <- sum + d * d

        sum

    let private cosine (a: ReadOnlySpan<float>) (b: ReadOnlySpan<float>) =
        let mutable dot, left, right = 0.0, 0.0, 0.0

        for j in 0 .. a.Length - 1 do
            dot <- dot + a[j] * b[j]
            left <- left + a[j] * a[j]
            right <- right + b[j] * b[j]

        if left = 0.0 || right = 0.0 then
            1.0
        else
            Math.Clamp(1.0 - dot / (sqrt left * sqrt right), 0.0, 2.0)

    let internal ofSpans (distance: Distance) (a: ReadOnlySpan<float>) (b: ReadOnlySpan<float>) : float =
        match distance with
        | Distance.Euclidean -> sqrt (squared a b)
        | Distance.Manhattan -> sumOf (fun sum d -> sum + d) a b
        | Distance.Chebyshev -> sumOf max a b
        | Distance.Minkowski p -> sumOf (fun sum d -> sum + d ** p) a b ** (1.0 / p)
        | Distance.Cosine -> cosine a b
        | Distance.Function f -> f (a.ToArray()) (b.ToArray())

    /// The distance of two samples with as many features.
    let between (distance: Distance) (a: float[]) (b: float[]) : float =
        if a.Length <> b.Length then
            Fail.shapes
                "Distance.between"
                [ "a", [ a.Length ]; "b", [ b.Length ] ]
                "give samples with as many features."

        ofSpans distance (ReadOnlySpan a) (ReadOnlySpan b)

    /// Whether a sample is zero in every feature: it has no direction.
    let internal hasZero (samples: Samples) : bool =
        Seq.exists (fun i -> samples.Row(i).ContainsAnyExcept 0.0 |> not) (seq { 0 .. samples.Rows - 1 })

    /// The samples with length 1: their squared Euclidean distance is twice the cosine distance. Zero rows stay zero.
    let internal normalized (samples: Samples) : Samples =
        let lengths =
            Array.init samples.Rows (fun i ->
                let mutable sum = 0.0

                for v in samples.Row i do
                    sum <- sum + v * v

                if sum = 0.0 then 1.0 else sqrt sum)

        { samples with
            Values = samples.Values |> Array.mapi (fun at v -> v / lengths[at / samples.Features]) }

    /// The name and power under which it is saved; a function cannot be.
    let internal toSettings operation (distance: Distance) : (string * Setting) list =
        let named name = [ "distance", Setting.Text name ]

        match distance with
        | Distance.Euclidean -> named "euclidean"
        | Distance.Manhattan -> named "manhattan"
        | Distance.Chebyshev -> named "chebyshev"
        | Distance.Minkowski p -> named "minkowski" @ [ "power", Setting.Number p ]
        | Distance.Cosine -> named "cosine"
        | Distance.Function _ -> Fail.data operation "a distance that is a function cannot be saved; take a named one."

    let internal ofSettings (source: Settings.Source) : Distance =
        match Settings.text source "distance" with
        | "euclidean" -> Distance.Euclidean
        | "manhattan" -> Distance.Manhattan
        | "chebyshev" -> Distance.Chebyshev
        | "minkowski" -> Distance.Minkowski(Settings.number source "power")
        | "cosine" -> Distance.Cosine
        | other -> Fail.data source.Owner $"its description is damaged: there is no distance '{other}'."
