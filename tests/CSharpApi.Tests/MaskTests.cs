namespace Functional.CSharp.Tests;

public static class MaskTests
{
    private static readonly Tensor Ids = Tensor.Of(3, 1, 0, 0, 2, 0, 0, 0, 4, 4, 1, 2).Reshape(3, 4);

    private static Network Masked => Network.Input(4).Embedding(5, 3, new() { MaskZero = true });

    [Tests]
    public static Test Tests => List("Masks",
        Case("A padded sequence gives what it gives without padding", () =>
        {
            var found = Masked.Lstm(2).Build(1).Predict(Ids).ToArray();
            var alone = Network.Input(2).Embedding(5, 3).Lstm(2).Build(1).Predict(Tensor.Of(3, 1).Reshape(1, 2)).ToArray();
            Expect.Equal(alone, found[..2]);
        }),

        Case("Steps of zeros are masked", () =>
        {
            var x = Tensor.Of(1f, 2f, 0f, 0f, 3f, 4f).Reshape(1, 3, 2);
            var model = Network.Input(3, 2).Masking().GlobalAveragePooling1D().Build(1);
            Expect.Equal([2f, 3f], model.Predict(x).ToArray());
            Expect.Throws<FunctionalException>(() => Network.Input(3, 2).Masking(double.NaN));
        }),

        Case("A mask may be an input of its own", () =>
        {
            var (x, mask) = (Input.Of(3, 1).Named("x"), Input.Of(3).Named("mask"));
            var graph = Network.Model([x, mask], [x.AttachMask(mask).GlobalAveragePooling1D()]).Build(1);
            var y = graph.PredictAll([Tensor.Of(1f, 5f, 9f).Reshape(1, 3, 1), Tensor.Of(1f, 0f, 1f).Reshape(1, 3)])[0];
            Expect.Equal([5f], y.ToArray());
        }),

        Case("A layer of one's own sees the mask, and passes it on if it says so", () =>
        {
            Network Counted(Network network) => network.Custom(
                "count",
                (_, _) => new LayerStart(),
                call => new LayerResult(call.Mask is { } mask
                    ? mask.Cast(DType.Float32).Sum(-1, true)
                    : Tensor.Zeros(call.Input.Shape[0], 1)),
                _ => [1]);
            Expect.Equal([2f, 1f, 4f], Counted(Masked).Build(1).Predict(Ids).ToArray());
            Expect.Equal([0f, 0, 0], Counted(Masked.Then(x => x * 2f)).Build(1).Predict(Ids).ToArray());
            Expect.Equal([2f, 1f, 4f], Counted(Masked.Then(x => x * 2f, MaskRule.Passes)).Build(1).Predict(Ids).ToArray());
        }),

        Case("Losses leave masked steps out", () =>
        {
            var model = Masked.Dense(1).Build(1);
            var y = model.Predict(Ids).ToArray();
            var expected = Enumerable.Range(0, 12).Where(i => Ids.ToInts()[i] != 0).Average(i => y[i] * y[i]);
            var options = new FitOptions { Loss = Loss.MeanSquaredError };
            var found = model.Evaluate(Dataset.Of(Ids, Tensor.Zeros(3, 4, 1)), options).Loss!.Value;
            Expect.True(Math.Abs(found - expected) < 1e-6, $"{found} {expected}");
        }));
}
