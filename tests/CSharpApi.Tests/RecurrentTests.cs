
namespace Functional.CSharp.Tests;

public static class RecurrentTests
{
    private static readonly RecurrentOptions Sequences = new() { ReturnSequences = true };

    [Tests]
    public static Test Tests => List("Recurrent",
        Case("Recurrent layers have Keras shapes and counts", () =>
        {
            var input = Network.Input(40, 57);
            Expect.Equal([128], input.Lstm(128).OutputShape);
            Expect.Equal([40, 128], input.Lstm(128, Sequences).OutputShape);
            Expect.Equal(4 * 128 * (57 + 128 + 1), input.Lstm(128).Build(1).ParameterCount);
            Expect.Equal(3 * 8 * (57 + 8 + 2), input.Gru(8).Build(1).ParameterCount);
            Expect.Equal(3 * 8 * (57 + 8 + 1), input.Gru(8, new() { ResetAfter = false }).Build(1).ParameterCount);
            Expect.Equal(8 * (57 + 8 + 1), input.SimpleRnn(8).Build(1).ParameterCount);
            Expect.Equal(8 * (57 + 8), input.SimpleRnn(8, new() { UseBias = false }).Build(1).ParameterCount);
            Expect.Equal([40, 16], input.Bidirectional(n => n.Gru(8, Sequences)).OutputShape);
            Expect.Equal([8], input.Bidirectional(n => n.Gru(8), MergeMode.Ave).OutputShape);
            Expect.Equal([40, 3], input.TimeDistributed(n => n.Dense(3)).OutputShape);
            Expect.Equal([24], input.LstmWithState(8).Concatenate().OutputShape);
            Expect.Equal([8], input.GruWithState(8).Add().OutputShape);
            Expect.Equal([16], input.SimpleRnnWithState(8).Concatenate().OutputShape);
        }),

        Case("Both directions and convolutional LSTMs give their states, and begin with given ones", () =>
        {
            var sequence = Network.Input(6, 3);
            var results = sequence.BidirectionalWithState(n => n.LstmWithState(4)).Results;
            Expect.Equal([8], results[0].OutputShape);
            Expect.Equal(5, results.Count);
            Network x = Input.Of(6, 3), h = Input.Of(4), c = Input.Of(4);
            Network[] states = [h, c, h, c];
            var model = Network.Model([x, h, c], [x.BidirectionalWithState(n => n.LstmWithState(4), states, MergeMode.Sum)[0]]).Build(1);
            Expect.Equal([2, 4], model.PredictAll(Tensor.Ones(2, 6, 3), Tensor.Ones(2, 4), Tensor.Ones(2, 4))[0].Shape);
            Expect.Throws<FunctionalException>(() => sequence.BidirectionalWithState(n => n.Dense(3).LstmWithState(4)));

            var images = Network.Input(5, 8, 8, 2).ConvLstm2DWithState(3, 3).Results;
            Expect.Equal([6, 6, 3], images[0].OutputShape);
            Network image = Input.Of(5, 8, 8, 2);
            var first = image.ConvLstm2DWithState(3, 3).Results;
            var second = image.ConvLstm2DWithState(3, 3, (first[1], first[2]));
            Expect.Equal(3, second.Length);
            Expect.Equal([6, 6, 3], second[0].OutputShape);
            Expect.Equal([2, 6, 6, 3], Network.Model([image], [second[0]]).Build(1).Predict(Tensor.Ones(2, 5, 8, 8, 2)).Shape);
        }),

        Case("One table embeds ids and makes logits", () =>
        {
            var model = Network.Input(7).ReversibleEmbedding(11, 8, n => n.TransformerDecoder(16, 2)).Build(seed: 1);
            Expect.Equal([7, 11], model.OutputShape);
            Expect.Equal(1, model.Weights.Count(weight => weight.Name.EndsWith("embeddings", StringComparison.Ordinal)));
            Expect.Equal(3, model.Generate([1, 2], new GenerateOptions { MaxNewTokens = 3 }, seed: 1).Length);
        }),

        Case("A step of a recurrence is its equation", () =>
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
            Expect.Equal([3f, 6.5f, 10.25f], model.Predict(Tensor.Of(1f, 2f, 3f).Reshape(1, 3, 1)).ToArray());
            var backwards = Network.Input(3, 1).SimpleRnn(1, options with { GoBackwards = true }).Build(1);
            Expect.Equal([7f, 8.5f, 7.25f], backwards.Predict(Tensor.Of(1f, 2f, 3f).Reshape(1, 3, 1)).ToArray());
        }),

        Case("Dropout acts in training alone", () =>
        {
            var options = new RecurrentOptions { Dropout = 0.5, RecurrentDropout = 0.5 };
            var x = Tensor.RandomNormal(3, [5, 4, 2]);
            Expect.True(Tensor.SameElements(
                Network.Input(4, 2).Lstm(3).Build(1).Predict(x), Network.Input(4, 2).Lstm(3, options).Build(1).Predict(x)));
            var error = Expect.Throws<FunctionalException>(() => Network.Input(4, 2).Gru(3, new() { Dropout = 1 }));
            Expect.Contains("dropout = 1", error.Message);
        }),

        Case("Ids become vectors or rows of ones", () =>
        {
            var ids = Tensor.Of(2, 0, 1, 1).Reshape(2, 2);
            var oneHot = Network.Input(2).CategoryEncoding(3, CategoryMode.OneHot).Build(1).Predict(ids);
            Expect.Equal([2, 2, 3], oneHot.Shape);
            Expect.Equal([0f, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0], oneHot.ToArray());
            Expect.Equal([1f, 0, 1, 0, 1, 0], Network.Input(2).CategoryEncoding(3).Build(1).Predict(ids).ToArray());
            var count = Network.Input(2).CategoryEncoding(3, CategoryMode.Count).Build(1);
            Expect.Equal([1f, 0, 1, 0, 2, 0], count.Predict(ids).ToArray());
            var options = new EmbeddingOptions { EmbeddingsInitializer = Initializer.Ones };
            Expect.Equal([2, 2, 4], Network.Input(2).Embedding(3, 4, options).Build(1).Predict(ids).Shape);
            var small = Network.Input(2).Embedding(2, 4).Build(1);
            Expect.Contains("index = 2 is outside", Expect.Throws<FunctionalException>(() => small.Predict(ids)).Message);
        }),

        Case("A saved model of sequences comes back", () =>
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
                Expect.Contains("bidirectional", model.Summary());
                Expect.Contains(model.Weights, weight => weight.Name == "bidirectional/backward_lstm/kernel");
                Expect.True(Tensor.SameElements(model.Predict(ids), Model.Load(path).Predict(ids)));
            }
            finally
            {
                File.Delete(path);
            }
        }));
}
