using Xunit;

namespace Functional.CSharp.Tests;

public class RecurrentTests
{
    private static readonly RecurrentOptions Sequences = new() { ReturnSequences = true };

    [Fact]
    public void Recurrent_layers_have_Keras_shapes_and_counts()
    {
        var input = Network.Input(40, 57);
        Assert.Equal([128], input.Lstm(128).OutputShape);
        Assert.Equal([40, 128], input.Lstm(128, Sequences).OutputShape);
        Assert.Equal(4 * 128 * (57 + 128 + 1), input.Lstm(128).Build(1).ParameterCount);
        Assert.Equal(3 * 8 * (57 + 8 + 2), input.Gru(8).Build(1).ParameterCount);
        Assert.Equal(3 * 8 * (57 + 8 + 1), input.Gru(8, new() { ResetAfter = false }).Build(1).ParameterCount);
        Assert.Equal(8 * (57 + 8 + 1), input.SimpleRnn(8).Build(1).ParameterCount);
        Assert.Equal(8 * (57 + 8), input.SimpleRnn(8, new() { UseBias = false }).Build(1).ParameterCount);
        Assert.Equal([40, 16], input.Bidirectional(n => n.Gru(8, Sequences)).OutputShape);
        Assert.Equal([8], input.Bidirectional(n => n.Gru(8), MergeMode.Ave).OutputShape);
        Assert.Equal([40, 3], input.TimeDistributed(n => n.Dense(3)).OutputShape);
        Assert.Equal([24], input.LstmWithState(8).Concatenate().OutputShape);
        Assert.Equal([8], input.GruWithState(8).Add().OutputShape);
        Assert.Equal([16], input.SimpleRnnWithState(8).Concatenate().OutputShape);
    }

    [Fact]
    public void A_step_of_a_recurrence_is_its_equation()
    {
        var options = new RecurrentOptions
        {
            Activation = Activation.Linear,
            KernelInitializer = Initializer.Constant(2),
            RecurrentInitializer = Initializer.Constant(0.5),
            BiasInitializer = Initializer.Constant(1),
            ReturnSequences = true,
        };
        var model = Network.Input(3, 1).SimpleRnn(1, options).Build(1);
        // h = 2 x + h / 2 + 1
        Assert.Equal([3f, 6.5f, 10.25f], model.Predict(Tensor.Of(1f, 2f, 3f).Reshape(1, 3, 1)).ToArray());
        var backwards = Network.Input(3, 1).SimpleRnn(1, options with { GoBackwards = true }).Build(1);
        Assert.Equal([7f, 8.5f, 7.25f], backwards.Predict(Tensor.Of(1f, 2f, 3f).Reshape(1, 3, 1)).ToArray());
    }

    [Fact]
    public void Dropout_acts_in_training_alone()
    {
        var options = new RecurrentOptions { Dropout = 0.5, RecurrentDropout = 0.5 };
        var x = Tensor.RandomNormal(3, [5, 4, 2]);
        Assert.True(Tensor.SameElements(
            Network.Input(4, 2).Lstm(3).Build(1).Predict(x), Network.Input(4, 2).Lstm(3, options).Build(1).Predict(x)));
        var error = Assert.Throws<FunctionalException>(() => Network.Input(4, 2).Gru(3, new() { Dropout = 1 }));
        Assert.Contains("dropout = 1", error.Message);
    }

    [Fact]
    public void Ids_become_vectors_or_rows_of_ones()
    {
        var ids = Tensor.Of(2, 0, 1, 1).Reshape(2, 2);
        var oneHot = Network.Input(2).CategoryEncoding(3, CategoryMode.OneHot).Build(1).Predict(ids);
        Assert.Equal([2, 2, 3], oneHot.Shape);
        Assert.Equal([0f, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0], oneHot.ToArray());
        Assert.Equal([1f, 0, 1, 0, 1, 0], Network.Input(2).CategoryEncoding(3).Build(1).Predict(ids).ToArray());
        var count = Network.Input(2).CategoryEncoding(3, CategoryMode.Count).Build(1);
        Assert.Equal([1f, 0, 1, 0, 2, 0], count.Predict(ids).ToArray());
        var options = new EmbeddingOptions { EmbeddingsInitializer = Initializer.Ones };
        Assert.Equal([2, 2, 4], Network.Input(2).Embedding(3, 4, options).Build(1).Predict(ids).Shape);
        var small = Network.Input(2).Embedding(2, 4).Build(1);
        Assert.Contains("index = 2 is outside", Assert.Throws<FunctionalException>(() => small.Predict(ids)).Message);
    }

    [Fact]
    public void A_saved_model_of_sequences_comes_back()
    {
        var path = Path.GetTempFileName();
        try
        {
            var model = Network.Input(6)
                .Embedding(5, 4)
                .Bidirectional(n => n.Lstm(3, Sequences))
                .Gru(4)
                .Dense(2, Activation.Softmax)
                .Build(1);
            model.Save(path);
            var ids = Tensor.Of(0, 1, 2, 3, 4, 0).Reshape(1, 6);
            Assert.Contains("bidirectional", model.Summary());
            Assert.Contains(model.Weights, weight => weight.Name == "bidirectional/backward_lstm/kernel");
            Assert.True(Tensor.SameElements(model.Predict(ids), Model.Load(path).Predict(ids)));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
