using FTrainTest = Functional.TrainTest;

namespace Functional.CSharp;

/// <summary>The row numbers of two parts, to train and to test with.</summary>
/// <param name="Train">The rows to train with, counted from 0.</param>
/// <param name="Test">The rows to test with, counted from 0.</param>
public sealed record TrainTest(IReadOnlyList<int> Train, IReadOnlyList<int> Test)
{
    internal FTrainTest Inner => new([.. Train], [.. Test]);

    internal static TrainTest Of(FTrainTest parts) => new(Array.AsReadOnly(parts.Train), Array.AsReadOnly(parts.Test));

    internal static FTrainTest[] Inside(IReadOnlyList<TrainTest> folds)
    {
        ArgumentNullException.ThrowIfNull(folds);
        return [.. folds.Select(fold => fold.Inner)];
    }
}
