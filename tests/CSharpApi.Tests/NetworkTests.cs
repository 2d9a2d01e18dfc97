using Xunit;

namespace Functional.CSharp.Tests;

public class NetworkTests
{
    [Fact]
    public void Shapes_are_known_as_the_network_grows()
    {
        var network = Network.Input(8, 8, 1).Flatten().Dense(32, Activation.Relu);
        Assert.Equal([8, 8, 1], network.InputShape);
        Assert.Equal([32], network.OutputShape);
        Assert.Equal([4, 8], network.Reshape(4, -1).OutputShape);
        Assert.Equal([8, 4], network.Reshape(4, -1).Permute(2, 1).OutputShape);
        Assert.Equal([3, 32], network.RepeatVector(3).OutputShape);
        Assert.Equal([36], network.Branch(n => n, n => n.Dense(4)).Concatenate().OutputShape);
        Assert.Equal("[8; 8; 1] -> flatten -> dense", network.ToString());
    }

    [Fact]
    public void A_half_built_network_can_be_shared()
    {
        var start = Network.Input(4).Dense(8, Activation.Relu);
        var classifier = start.Dense(3, Activation.Softmax);
        var regression = start.Dense(1);
        Assert.Equal([8], start.OutputShape);
        Assert.Equal([3], classifier.OutputShape);
        Assert.Equal([1], regression.OutputShape);
        Assert.Equal(4 * 8 + 8 + 8 * 3 + 3, classifier.Build(1).ParameterCount);
        Assert.Equal(4 * 8 + 8 + 8 + 1, regression.Build(1).ParameterCount);
    }

    [Fact]
    public void A_seed_gives_the_same_weights()
    {
        var network = Network.Input(4).Dense(8);
        Assert.True(Tensor.SameElements(network.Build(1).Weights[0].Value, network.Build(1).Weights[0].Value));
        Assert.False(Tensor.SameElements(network.Build(1).Weights[0].Value, network.Build(2).Weights[0].Value));
    }

    [Fact]
    public void Build_names_the_layer_that_does_not_fit()
    {
        var network = Network.Input(8).Dense(4).Named("code").Reshape(3, 2).Dense(2);
        var error = Assert.Throws<FunctionalException>(() => network.Build(seed: 1));
        Assert.StartsWith("Network.Build: layer 'reshape' cannot follow 'code', which gives [4]: ", error.Message);
        Assert.Contains("[3; 2]", error.Message);
        Assert.Equal("Network.Build", error.Operation);
        Assert.Throws<FunctionalException>(() => network.OutputShape);
    }

    [Fact]
    public void Wrong_arguments_are_refused_where_they_stand()
    {
        Assert.Contains("units = 0", Assert.Throws<FunctionalException>(() => Network.Input(2).Dense(0)).Message);
        Assert.Contains("rate = 1", Assert.Throws<FunctionalException>(() => Network.Input(2).Dropout(1)).Message);
        Assert.Contains("length = 0", Assert.Throws<FunctionalException>(() => Network.Input(0)).Message);
        Assert.Throws<FunctionalException>(() => Network.Input(2).Named("x"));
        Assert.Throws<ArgumentNullException>(() => Network.Input(2).Then(null!));
        var twice = Network.Input(2).Dense(2).Named("a").Dense(2).Named("a");
        Assert.Contains("'a'", Assert.Throws<FunctionalException>(() => twice.Build(1)).Message);
    }

    [Fact]
    public void Every_layer_of_the_library_is_reached()
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
        Assert.Equal([2], model.OutputShape);
        Assert.Contains(model.Weights, weight => weight.Name.StartsWith("head/dense/", StringComparison.Ordinal));
        Assert.Equal([5, 2], model.Predict(Tensor.Zeros(5, 6)).Shape);
        Assert.Contains("Total params", model.Summary());
    }

    [Fact]
    public void Every_activation_keeps_the_shape()
    {
        Activation[] all =
        [
            Activation.Linear, Activation.Relu, Activation.Relu6, Activation.Sigmoid, Activation.Tanh,
            Activation.Softmax, Activation.LogSoftmax, Activation.LeakyRelu(), Activation.Elu(), Activation.Selu,
            Activation.Gelu, Activation.GeluTanh, Activation.Silu, Activation.Softplus, Activation.Softsign,
            Activation.HardSigmoid, Activation.HardSwish, Activation.Mish, Activation.Exponential,
            Activation.SoftmaxOver(1), Activation.Of(x => x * x),
        ];
        Assert.All(all, activation => Assert.Equal([2, 3], activation.Apply(Tensor.Ones(2, 3)).Shape));
        Assert.Equal(21, all.Select(activation => activation.ToString()).Distinct().Count() + 1);
        Assert.Equal([0f, 2f], Activation.Relu.Apply(Tensor.Of(-1f, 2f)).ToArray());
    }

    [Fact]
    public void Every_initializer_draws()
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
        Assert.All(all, initializer => Assert.Equal([3, 3], initializer.Draw(1, 3, 3).Shape));
        var drawn = Network.Input(3).Dense(3, options: new() { KernelInitializer = all[^1] }).Build(1).Weights[0].Value;
        Assert.True(drawn.Min().ToDouble() >= 1);
    }

    [Fact]
    public void A_function_is_a_layer()
    {
        var model = Network.Input(2).Dense(4).Then(x => x * Tensor.Sigmoid(x)).Dense(1).Build(seed: 7);
        Assert.Equal([1], model.OutputShape);
        Assert.Equal(2 * 4 + 4 + 4 + 1, model.ParameterCount);
        Assert.Equal([3], Network.Input(2).Then(x => Tensor.Concat(1, x, x.Sum(1, keepDims: true))).OutputShape);
    }

    [Fact]
    public void A_layer_of_ones_own_has_parameters()
    {
        var scaled = Network.Input(3).Custom(
            "scale",
            (_, shape) => [("gamma", Tensor.Full(2, shape))],
            (p, x) => p["gamma"] * x).Build(1);
        Assert.Equal(3, scaled.ParameterCount);
        Assert.Equal("scale/gamma", scaled.Weights[0].Name);
        Assert.Equal([2f, 4f, 6f], scaled.Predict([1f, 2f, 3f]));
        var widened = Network.Input(3).Custom(
            "widen",
            (key, shape) => [("kernel", Tensor.RandomNormal(key, [shape[0], 5]))],
            (p, x) => x.MatMul(p["kernel"]));
        Assert.Equal([5], widened.OutputShape);
        var error = Assert.Throws<FunctionalException>(() => scaled.Save(Path.GetTempFileName()));
        Assert.Contains("scale", error.Message);
    }

    [Fact]
    public void A_layer_of_ones_own_may_remember_and_know_whether_it_is_trained()
    {
        var network = Network.Input(1).Custom(
            "count",
            (_, _) => new LayerStart { Parameters = [("scale", Tensor.Ones(1))], State = [("batches", Tensor.Zeros())] },
            call => new LayerResult(
                call.Training ? call.Input * call.Parameters["scale"] : call.Input + call.State["batches"],
                call.Training ? [("batches", call.State["batches"] + 1)] : null));
        var model = network.Build(1);
        Assert.Equal([5f], model.Predict([5f]));
        var data = Dataset.Of(Tensor.Ones(6, 1), Tensor.Ones(6, 1));
        var run = model.Fit(data, new FitOptions { BatchSize = 2, Epochs = 2 });
        Assert.Equal([11f], run.Model.Predict([5f]));
        Assert.Equal(["count/batches"], run.Model.Weights.Where(w => !w.Trainable).Select(w => w.Name));
    }

    [Fact]
    public void One_part_serves_several_branches()
    {
        var twins = Network.Input(6).Reshape(2, 3)
            .Branch(n => n.Then(x => x[.., 0]), n => n.Then(x => x[.., 1]))
            .Shared(n => n.Dense(4, Activation.Tanh))
            .Add().Build(1);
        Assert.Equal(3 * 4 + 4, twins.ParameterCount);
        Assert.Equal(twins.Predict([1f, 2, 3, 4, 5, 6]), twins.Predict([4f, 5, 6, 1, 2, 3]));
    }

    [Fact]
    public void Frozen_weights_are_not_trained()
    {
        var model = Network.Input(3).Dense(2).Freeze().Dense(1).Build(1);
        Assert.Equal(["dense_1/kernel", "dense_1/bias"], model.Weights.Where(w => w.Trainable).Select(w => w.Name));
        Assert.Contains("Non-trainable params: 8", model.Summary());
    }
}
