namespace Functional.CSharp.Tests;

/// <summary>Layers that normalize, of raw features, and dense layers along any axes.</summary>
public static class NormalizationLayerTests
{
    private static readonly Tensor Rows = Tensor.Of(1f, 2f, 3f, 4f, 4f, 3f, 2f, 1f).Reshape(2, 4);

    private static float[] Of(Network network) => network.Build(1).Predict(Rows).ToArray();

    private static void Near(double[] expected, float[] found)
    {
        Expect.Equal(expected.Length, found.Length);
        for (var i = 0; i < found.Length; i++)
            Expect.Equal(expected[i], found[i], 1e-4);
    }

    [Tests]
    public static Test Tests => List("NormalizationLayers",
        Case("Layers that normalize", () =>
        {
            var plain = new GroupNormalizationOptions { Epsilon = 1e-9 };
            var deviation = Math.Sqrt(0.25);
            double[] pairs = [-0.5, 0.5, -0.5, 0.5, 0.5, -0.5, 0.5, -0.5];
            Near([.. pairs.Select(x => x / deviation)], Of(Network.Input(4).GroupNormalization(2, plain)));
            Near(new double[8], Of(Network.Input(4).InstanceNormalization()));
            var root = Math.Sqrt(7.5);
            Near([1 / root, 2 / root, 3 / root, 4 / root, 4 / root, 3 / root, 2 / root, 1 / root], Of(Network.Input(4).RmsNormalization(1e-9)));
            var norm = Math.Sqrt(30);
            Near([1 / norm, 2 / norm, 3 / norm, 4 / norm, 4 / norm, 3 / norm, 2 / norm, 1 / norm], Of(Network.Input(4).UnitNormalization()));
            var scaled = Network.Input(4).LayerNormalization(new() { RmsScaling = true, Epsilon = 1e-9, GammaInitializer = Initializer.Constant(2) });
            Near([.. Rows.ToArray().Select(x => 2 * x / Math.Sqrt(1.25))], Of(scaled));
            Expect.Contains("3 groups do not divide", Expect.Throws<FunctionalException>(() => Network.Input(4).GroupNormalization(3).Build(1)).Message);
        }),

        Case("Kernels are normalized", () =>
        {
            var options = new DenseOptions { KernelInitializer = Initializer.Ones };
            Near([10, 10, 10, 10], Of(Network.Input(4).WeightNormalization(n => n.Dense(2, options: options))));
            var spectral = Network.Input(4).SpectralNormalization(n => n.Dense(2, options: options), powerIterations: 20);
            Near([.. Enumerable.Repeat(10 / Math.Sqrt(8), 4)], Of(spectral));
            Expect.Equal(4 * 2 + 2 + 2, spectral.Build(1).ParameterCount);
        }),

        Case("Batch normalization has options and is saved", () =>
        {
            var options = new BatchNormalizationOptions
            {
                Renorm = new RenormOptions { LargestRatio = 3, LargestShift = 5 },
                GammaRegularizer = Regularizer.L2(),
                MovingMeanInitializer = Initializer.Constant(1),
            };
            var model = Network.Input(4).BatchNormalization(options).Build(1);
            Expect.Equal(7, model.Weights.Count);
            var file = Path.GetTempFileName();
            model.Save(file);
            Expect.Equal(model.Predict(Rows).ToArray(), Model.Load(file).Predict(Rows).ToArray());
            File.Delete(file);
        }),

        Case("Raw features", () =>
        {
            Near([0, 1, 2, 3, 3, 2, 1, 0], Of(Network.Input(4).Rescaling(1, -1)));
            Near([2, 2, 2, 3, 8, 3, 1, 0], Of(Network.Input(4).Rescaling([2, 1, 1, 1], [0, 0, -1, -1])));
            Near([-1, -1, 1, 1, 1, 1, -1, -1], Of(Network.Input(4).Normalization(Rows)));
            Near([0.5, 1.5, 2.5, 3.5, 3.5, 2.5, 1.5, 0.5], Of(Network.Input(4).Normalization([0.5], [1.0], new() { Axes = [] })));
            Near([0, 1, 1, 2, 2, 1, 1, 0], Of(Network.Input(4).Discretization([1.5, 3.5])));
            Expect.Equal([4, 3], Network.Input(4).Discretization([1.5, 3.5], CategoryMode.OneHot).OutputShape);
            Near([0, 0, 1, 1, 1, 1, 0, 0], Of(Network.Input(4).Discretization(Rows, 2)));
            Network ids = Input.Of(2), weights = Input.Of(2);
            var counts = Network.Model([ids, weights], [ids.WeightedCategoryCount(weights, 3)]).Build(1);
            Near([0.5, 0, 2], counts.PredictAll(Tensor.Of(2f, 0f).Reshape(1, 2), Tensor.Of(2f, 0.5f).Reshape(1, 2))[0].ToArray());
        }),

        Case("Dense layers along any axes, and dots", () =>
        {
            var options = new DenseOptions { KernelInitializer = Initializer.Ones };
            Near([10, 10, 10, 10], Of(Network.Input(4).EinsumDense("ab,bc->ac", [2], options: options)));
            Expect.Equal([3, 5, 6], Network.Input(3, 4).EinsumDense("abc,cde->abde", [0, 5, 6], "e", Activation.Tanh).OutputShape);
            Network left = Input.Of(4), right = Input.Of(4);
            var dot = Network.Model([left, right], [left.Dot(right), left.Dot(right, normalize: true)]).Build(1);
            Near([30, 30], dot.PredictAll(Rows, Rows)[0].ToArray());
            Near([1, 1], dot.PredictAll(Rows, Rows)[1].ToArray());
        }),

        Case("Dropouts and penalties are layers", () =>
        {
            Near([.. Rows.ToArray().Select(x => (double)x)], Of(Network.Input(4).AlphaDropout(0.5).ActivityRegularization(0.1, 0.2)));
            Expect.Equal([3, 4], Network.Input(3, 4).SpatialDropout1D(0.5).OutputShape);
            Expect.Equal([3, 4, 2], Network.Input(3, 4, 2).SpatialDropout2D(0.5, DataFormat.ChannelsFirst).OutputShape);
            Expect.Equal([3, 4, 2, 1], Network.Input(3, 4, 2, 1).SpatialDropout3D(0.5).OutputShape);
        }),

        Case("Activations made of pieces", () =>
        {
            float[] Values(Activation activation) => activation.Apply(Tensor.Of(-2f, -0.25f, 0.75f, 3f)).ToArray();
            Near([-1, -0.25, 0.75, 1], Values(Activation.HardTanh));
            Near([-2, 0, 0.75, 3], Values(Activation.HardShrink()));
            Near([-1.5, 0, 0.25, 2.5], Values(Activation.SoftShrink()));
            Near([7, 7, 7, 3], Values(Activation.Threshold(1, 7)));
            Near([-1, -0.125, 0.75, 2], Values(Activation.ReluOf(2, 0.5)));
            Near([0, 0.140625, 0.765625, 3], Values(Activation.SparsePlus));
            Near([0, 0.375, 0.875, 1], Values(Activation.SparseSigmoid));
            Near([0, 0, 0, 1], Values(Activation.Sparsemax));
            Near([-2 + Math.Tanh(2), -0.25 + Math.Tanh(0.25), 0.75 - Math.Tanh(0.75), 3 - Math.Tanh(3)], Values(Activation.TanhShrink));
            Near([Math.Exp(-2) - 1, Math.Exp(-0.25) - 1, 0.75, 3], Values(Activation.Celu()));
            Near([-2 / (1 + Math.Exp(-0.75)), -0.25 / (1 + Math.Exp(-3))], Values(Activation.Glu));
            Near([(-2 + Math.Sqrt(8)) / 2, (-0.25 + Math.Sqrt(4.0625)) / 2, (0.75 + Math.Sqrt(4.5625)) / 2, (3 + Math.Sqrt(13)) / 2], Values(Activation.Squareplus()));
            Near([-Math.Log(1 + Math.Exp(2)), -Math.Log(1 + Math.Exp(0.25)), -Math.Log(1 + Math.Exp(-0.75)), -Math.Log(1 + Math.Exp(-3))], Values(Activation.LogSigmoid));
            Near([0.25, 0.25, 0.25, 0.25], Activation.SoftmaxOver(1, 2).Apply(Tensor.Ones(1, 2, 2)).ToArray());
        }));
}
