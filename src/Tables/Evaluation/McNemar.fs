namespace Functional

open MathNet.Numerics
open MathNet.Numerics.Distributions

/// McNemar's test of whether two classifiers are wrong as often, on the same samples (McNemar 1947).
type McNemar =
    {
        /// Samples that both have right.
        BothRight: int
        /// Samples that only the first has right.
        OnlyFirstRight: int
        /// Samples that only the second has right.
        OnlySecondRight: int
        /// Samples that both have wrong.
        BothWrong: int
        /// (|b - c| - 1)^2 / (b + c), at least 0, for b and c samples that one of them has right: chi-square with Edwards'
        /// continuity correction. 0 where b + c is 0.
        Statistic: float
        /// The chance of a statistic as large where both are wrong as often, by chi-square with 1 degree of freedom; good
        /// from b + c = 25 on.
        PValue: float
        /// The same, exact: two-sided, by the binomial distribution of b among b + c with chance 1/2.
        ExactPValue: float
    }

    /// b + c: the samples that one of them alone has right, on which the test rests.
    member t.Discordant = t.OnlyFirstRight + t.OnlySecondRight

    /// The counts, and the p-value to go by: the exact one below 25 discordant samples.
    override t.ToString() =
        let text (v: float) = v.ToString("G4", System.Globalization.CultureInfo.InvariantCulture)
        let counts = $"only the first right: {t.OnlyFirstRight}, only the second: {t.OnlySecondRight}"
        let agreed = $"both right: {t.BothRight}, both wrong: {t.BothWrong}"

        let verdict =
            if t.Discordant < 25 then
                $"exact p = {text t.ExactPValue}"
            else
                $"chi-square = {text t.Statistic}, p = {text t.PValue} (exact p = {text t.ExactPValue})"

        $"{agreed}, {counts}; {verdict}"

/// McNemar's test.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module McNemar =
    /// The test from the four counts. A negative one is an error.
    let ofCounts (bothRight: int) (onlyFirst: int) (onlySecond: int) (bothWrong: int) : McNemar =
        let operation = "McNemar.ofCounts"

        for name, count in
            [ "bothRight", bothRight; "onlyFirst", onlyFirst; "onlySecond", onlySecond; "bothWrong", bothWrong ] do
            if count < 0 then
                Fail.argument operation name count "is no number of samples; give 0 or more."

        let discordant = onlyFirst + onlySecond
        let difference = max 0.0 (float (abs (onlyFirst - onlySecond)) - 1.0)
        let statistic = if discordant = 0 then 0.0 else difference * difference / float discordant

        { BothRight = bothRight
          OnlyFirstRight = onlyFirst
          OnlySecondRight = onlySecond
          BothWrong = bothWrong
          Statistic = statistic
          PValue = SpecialFunctions.Erfc(sqrt (statistic / 2.0))
          ExactPValue =
            if discordant = 0 then
                1.0
            else
                min 1.0 (2.0 * Binomial.CDF(0.5, discordant, float (min onlyFirst onlySecond))) }

    /// The test of two models' outputs for the same labels: class numbers or one-hot labels; outputs as class numbers
    /// (Int32), a row of numbers a class, or one probability a sample, decided at 0.5.
    ///
    /// Raises `ShapeMismatch` where they have not as many rows, and `InvalidData` for a label that is no class.
    let test (labels: Tensor) (first: Tensor) (second: Tensor) : McNemar =
        let operation = "McNemar.test"
        let isSingle = Classes.isSingle labels.Shape
        let right = Tensor.toFloat64Array (if isSingle then labels else Tensor.argmax -1 labels)

        let hits name (outputs: Tensor) =
            let said = Tensor.toInts (Tensor.flatten (Metric.classesOf outputs))

            if said.Length <> right.Length then
                Fail.shapes
                    operation
                    [ "labels", labels.Shape; name, outputs.Shape ]
                    "there must be one prediction for each label."

            Array.map2 (fun y p -> y = float p) right said

        let pairs = Array.zip (hits "first" first) (hits "second" second)
        let count pair = pairs |> Array.filter ((=) pair) |> Array.length

        if pairs.Length = 0 then
            Fail.data operation "there are no samples."

        ofCounts (count (true, true)) (count (true, false)) (count (false, true)) (count (false, false))

    /// The test of the evaluations of two models on the same dataset.
    let ofEvaluations (first: Evaluation) (second: Evaluation) : McNemar =
        let classes (e: Evaluation) = Metric.classesAt e.Threshold e.Outputs
        test first.Labels (classes first) (classes second)
