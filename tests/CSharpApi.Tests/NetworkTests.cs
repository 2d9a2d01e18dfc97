
namespace Functional.CSharp.Tests;

public static class NetworkTests
{
    [Tests]
    public static Test Tests => List("Network",
        Case("Shapes are known as the network grows", () =>
        {
            var network = Network.Input(8, 8, 1).Flatten().Dense(32, Activation.Relu);
            Expect.Equal([8, 8, 1], network.InputShape);
            Expect.Equal([32], network.OutputShape);
            Expect.Equal([4, 8], network.Reshape(4, -1).OutputShape);
            Expect.Equal([8, 4], network.Reshape(4, -1).Permute(2, 1).OutputShape);
            Expect.Equal([3, 32], network.RepeatVector(3).OutputShape);
            Expect.Equal([36], network.Branch(n => n, n => n.Dense(4)).Concatenate().OutputShape);
            Expect.Equal("[8; 8; 1] -> flatten -> dense", network.ToString());
        }),

        Case("A half built network can be shared", () =>
        {
            var start = Network.Input(4).Dense(8, Activation.Relu);
            var classifier = start.Dense(3, Activation.Softmax);
            var regression = start.Dense(1);
            Expect.Equal([8], start.OutputShape);
            Expect.Equal([3], classifier.OutputShape);
            Expect.Equal([1], regression.OutputShape);
            Expect.Equal(4 * 8 + 8 + 8 * 3 + 3, classifier.Build(1).ParameterCount);
            Expect.Equal(4 * 8 + 8 + 8 + 1, regression.Build(1).ParameterCount);
        }),

        Case("A seed gives the same weights", () =>
        {
            var network = Network.Input(4).Dense(8);
            Expect.True(Tensor.SameElements(network.Build(1).Weights[0].Value, network.Build(1).Weights[0].Value));
            Expect.False(Tensor.SameElements(network.Build(1).Weights[0].Value, network.Build(2).Weights[0].Value));
        }),

        Case("Build names the layer that does not fit", () =>
        {
            var network = Network.Input(8).Dense(4).Named("code").Reshape(3, 2).Dense(2);
            var error = Expect.Throws<FunctionalException>(() => network.Build(seed: 1));
            Expect.StartsWith("Network.Build: layer 'reshape' cannot follow 'code', which gives [4]: ", error.Message);
            Expect.Contains("[3; 2]", error.Message);
            Expect.Equal("Network.Build", error.Operation);
            Expect.Throws<FunctionalException>(() => network.OutputShape);
        }),

        Case("Wrong arguments are refused where they stand", () =>
        {
            Expect.Contains("units = 0", Expect.Throws<FunctionalException>(() => Network.Input(2).Dense(0)).Message);
            Expect.Contains("rate = 1", Expect.Throws<FunctionalException>(() => Network.Input(2).Dropout(1)).Message);
            Expect.Contains("length = 0", Expect.Throws<FunctionalException>(() => Network.Input(0)).Message);
            Expect.Throws<FunctionalException>(() => Network.Input(2).Named("a/b"));
            Expect.Throws<ArgumentNullException>(() => Network.Input(2).Then(null!));
            var twice = Network.Input(2).Dense(2).Named("a").Dense(2).Named("a");
            Expect.Contains("'a'", Expect.Throws<FunctionalException>(() => twice.Build(1)).Message);
        }),

        Case("Every layer of the library is reached", () =>
        {
            var model = Network.Input(6)
                .Dense(6, Activation.Elu(), new DenseOptions
                {
                    UseBias = false,
                    KernelInitializer = Initializer.HeNormal,
                    KernelRegularizer = Regularizer.L1L2(1e-4, 1e-4),
                })
                .BatchNormalization(new BatchNormalizationOptions { Momentum = 0.9 })
                .LayerNormalization()
                .PRelu()
                .Activation(Activation.LeakyRelu(0.1))
                .Dropout(0.1).GaussianNoise(0.1).GaussianDropout(0.1)
                .Residual(n => n.Dense(6, Activation.Tanh))
                .Repeat(2, n => n.Dense(6).Activation(Activation.Gelu))
                .Iterate(2, n => n.Dense(6, Activation.Silu))
                .Block("head", n => n.Dense(4).Branch(m => m, m => m.Dense(4)).Add())
                .Branch(n => n, n => n.Dense(4)).Multiply()
                .Append(Network.Input(4).Dense(2, Activation.Softmax))
                .Build(1);
            Expect.Equal([2], model.OutputShape);
            Expect.Contains(model.Weights, weight => weight.Name.StartsWith("head/dense/", StringComparison.Ordinal));
            Expect.Equal([5, 2], model.Predict(Tensor.Zeros(5, 6)).Shape);
            Expect.Contains("Total params", model.Summary());
        }),

        Case("Every activation keeps the shape", () =>
        {
            Activation[] all =
            [
                Activation.Linear, Activation.Relu, Activation.Relu6, Activation.Sigmoid, Activation.Tanh,
                Activation.Softmax, Activation.LogSoftmax, Activation.LeakyRelu(), Activation.Elu(), Activation.Selu,
                Activation.Gelu, Activation.GeluTanh, Activation.Silu, Activation.Softplus, Activation.Softsign,
                Activation.HardSigmoid, Activation.HardSwish, Activation.Mish, Activation.Exponential,
                Activation.SoftmaxOver(1), Activation.Of(x => x * x),
            ];
            Expect.All(all, activation => Expect.Equal([2, 3], activation.Apply(Tensor.Ones(2, 3)).Shape));
            Expect.Equal(21, all.Select(activation => activation.ToString()).Distinct().Count() + 1);
            Expect.Equal([0f, 2f], Activation.Relu.Apply(Tensor.Of(-1f, 2f)).ToArray());
        }),

        Case("Every initializer draws", () =>
        {
            Initializer[] all =
            [
                Initializer.Zeros, Initializer.Ones, Initializer.GlorotUniform, Initializer.GlorotNormal,
                Initializer.HeUniform, Initializer.HeNormal, Initializer.LecunUniform, Initializer.LecunNormal,
                Initializer.Constant(2), Initializer.RandomNormal(), Initializer.RandomUniform(),
                Initializer.TruncatedNormal(), Initializer.Orthogonal(), Initializer.Identity(),
                Initializer.VarianceScaling(2, FanMode.FanAverage, InitialDistribution.Uniform),
                Initializer.Of("mine", (key, shape) => Tensor.RandomUniform(key, shape, 1, 2)),
            ];
            Expect.All(all, initializer => Expect.Equal([3, 3], initializer.Draw(1, 3, 3).Shape));
            var drawn = Network.Input(3).Dense(3, options: new() { KernelInitializer = all[^1] }).Build(1).Weights[0].Value;
            Expect.True(drawn.Min().ToDouble() >= 1);
        }),

        Case("A function is a layer", () =>
        {
            var model = Network.Input(2).Dense(4).Then(x => x * Tensor.Sigmoid(x)).Dense(1).Build(seed: 7);
            Expect.Equal([1], model.OutputShape);
            Expect.Equal(2 * 4 + 4 + 4 + 1, model.ParameterCount);
            Expect.Equal([3], Network.Input(2).Then(x => Tensor.Concat(1, x, x.Sum(1, keepDims: true))).OutputShape);
        }),

        Case("A layer of ones own has parameters", () =>
        {
            var scaled = Network.Input(3).Custom(
                "scale",
                (_, shape) => [("gamma", Tensor.Full(2, shape))],
                (p, x) => p["gamma"] * x).Build(1);
            Expect.Equal(3, scaled.ParameterCount);
            Expect.Equal("scale/gamma", scaled.Weights[0].Name);
            Expect.Equal([2f, 4f, 6f], scaled.Predict([1f, 2f, 3f]));
            var widened = Network.Input(3).Custom(
                "widen",
                (key, shape) => [("kernel", Tensor.RandomNormal(key, [shape[0], 5]))],
                (p, x) => x.MatMul(p["kernel"]));
            Expect.Equal([5], widened.OutputShape);
            var error = Expect.Throws<FunctionalException>(() => scaled.Save(Path.GetTempFileName()));
            Expect.Contains("scale", error.Message);
        }),

        Case("A layer of ones own may remember and know whether it is trained", () =>
        {
            var network = Network.Input(1).Custom(
                "count",
                (_, _) => new LayerStart { Parameters = [("scale", Tensor.Ones(1))], State = [("batches", Tensor.Zeros())] },
                call => new LayerResult(
                    call.Training ? call.Input * call.Parameters["scale"] : call.Input + call.State["batches"],
                    call.Training ? [("batches", call.State["batches"] + 1)] : null));
            var model = network.Build(1);
            Expect.Equal([5f], model.Predict([5f]));
            var data = Dataset.Of(Tensor.Ones(6, 1), Tensor.Ones(6, 1));
            var run = model.Fit(data, new FitOptions { BatchSize = 2, Epochs = 2 });
            Expect.Equal([11f], run.Model.Predict([5f]));
            Expect.Equal(["count/batches"], run.Model.Weights.Where(w => !w.Trainable).Select(w => w.Name));
        }),

        Case("One part serves several branches", () =>
        {
            var twins = Network.Input(6).Reshape(2, 3)
                .Branch(n => n.Then(x => x[.., 0]), n => n.Then(x => x[.., 1]))
                .Shared(n => n.Dense(4, Activation.Tanh))
                .Add().Build(1);
            Expect.Equal(3 * 4 + 4, twins.ParameterCount);
            Expect.Equal(twins.Predict([1f, 2, 3, 4, 5, 6]), twins.Predict([4f, 5, 6, 1, 2, 3]));
        }),

        Case("Frozen weights are not trained", () =>
        {
            var model = Network.Input(3).Dense(2).Freeze().Dense(1).Build(1);
            Expect.Equal(["dense_1/kernel", "dense_1/bias"], model.Weights.Where(w => w.Trainable).Select(w => w.Name));
            Expect.Contains("Non-trainable params: 8", model.Summary());
        }));
}
