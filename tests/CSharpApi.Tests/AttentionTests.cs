namespace Functional.CSharp.Tests;

public static class AttentionTests
{
    private static readonly int[] Prompt = [1, 2, 3];

    private static Model LanguageModel() => Network.Input(12)
        .TokenAndPositionEmbedding(11, 12, 8)
        .TransformerDecoder(16, 2, new() { NormalizeFirst = true })
        .TransformerDecoder(16, 2, new() { NormalizeFirst = true })
        .LayerNormalization()
        .Dense(11)
        .Build(seed: 1);

    [Tests]
    public static Test Tests => List("Attention",
        Case("Attention layers have Keras shapes and counts", () =>
        {
            var x = Network.Input(6, 8);
            Expect.Equal([6, 8], x.MultiHeadAttention(2, 4).OutputShape);
            Expect.Equal(4 * (8 * 8 + 8), x.MultiHeadAttention(2, 4).Build(1).ParameterCount);
            var own = new MultiHeadAttentionOptions { OutputShape = [5], ValueDim = 3, UseBias = false };
            Expect.Equal([6, 5], x.MultiHeadAttention(2, 4, own).OutputShape);
            Expect.Equal(2 * 64 + (8 * 6) + (6 * 5), x.MultiHeadAttention(2, 4, own).Build(1).ParameterCount);
            Expect.Equal(2 * (72 + 36), x.GroupedQueryAttention(4, 2, 1).Build(1).ParameterCount);
            Expect.Equal(600, x.TransformerEncoder(16, 2).Build(1).ParameterCount);
            Expect.Equal([6, 8], x.Residual(n => n.PositionEmbedding(6)).OutputShape);
            Expect.Equal([6, 8], x.Residual(n => n.SinePositionEncoding()).OutputShape);
            Expect.Equal([6, 8], x.RotaryEmbedding().OutputShape);
            Expect.Equal([12, 11], LanguageModel().OutputShape);
        }),

        Case("Sequences attend to each other in a graph", () =>
        {
            var query = Input.Of(5, 8).Named("query");
            var value = Input.Of(7, 8).Named("value");
            var both = query.MultiHeadAttentionWithScores(value, 2, 4);
            Expect.Equal([5, 8], both[0].OutputShape);
            Expect.Equal([2, 5, 7], both[1].OutputShape);
            Expect.Equal([5, 8], query.MultiHeadAttention(value, 2, 4).OutputShape);
            Expect.Equal([5, 8], query.GroupedQueryAttention(value, 4, 2, 1).OutputShape);
            Expect.Equal([5, 8], query.Attention(value).OutputShape);
            Expect.Equal([5, 7], query.AttentionWithScores(value)[1].OutputShape);
            Expect.Equal([5, 8], query.AdditiveAttention(value).OutputShape);
            Expect.Equal([5, 7], query.AdditiveAttentionWithScores(value)[1].OutputShape);
            Expect.Equal([5, 8], query.TransformerDecoder(value, 16, 2).OutputShape);
            var concatenated = new AttentionOptions { ScoreMode = AttentionScore.Concat, UseScale = true };
            Expect.Equal([5, 8], query.Attention(value, options: concatenated).OutputShape);
        }),

        Case("Attention of tensors weighs values", () =>
        {
            var query = Tensor.Of(1f, 0f).Reshape(1, 1, 1, 2);
            var key = Tensor.Of(0f, 0f, 0f, 0f).Reshape(1, 2, 1, 2);
            var value = Tensor.Of(2f, 4f).Reshape(1, 2, 1, 1);
            Expect.Equal([3f], Tensor.DotProductAttention(query, key, value).ToArray());
            var mask = Tensor.Of(true, false).Reshape(1, 1, 1, 2);
            Expect.Equal([2f], Tensor.DotProductAttention(query, key, value, mask).ToArray());
        }),

        Case("A model generates as its whole forward pass says", () =>
        {
            var model = LanguageModel();
            var options = new GenerateOptions { MaxNewTokens = 6, Sampling = SamplingOptions.Greedy };
            var found = model.Generate(Prompt, options);
            Expect.Equal(6, found.Length);
            Expect.Equal(found, model.GenerateStream(Prompt, options).ToArray());
            var generator = model.Generator(12, sampling: SamplingOptions.Greedy);
            Expect.Equal(found, generator.Stream(Prompt, options).ToArray());
            Expect.Equal(8, generator.Position);
            Expect.Equal(2 * 2 * 12 * 8 * sizeof(float), generator.CacheBytes);
            generator.Reset(1);
            foreach (var token in Prompt)
                generator.Feed(token);
            Expect.Equal(found[0], generator.Drawn[0]);
            Expect.Equal([1, 11], generator.Logits.Shape);
            Expect.Equal(found[0], generator.Logits.ArgMax(-1).ToInts()[0]);
            generator.Continue();
            Expect.Equal(found[1], generator.Drawn[0]);
            var drawn = new GenerateOptions { MaxNewTokens = 6, Sampling = new() { Temperature = 0.8, TopK = 5, TopP = 0.9 } };
            Expect.Equal(model.Generate(Prompt, drawn, 7), model.Generate(Prompt, drawn, 7));
            Expect.Equal(2, model.Generate([Prompt, Prompt], drawn, 7).Length);
        }),

        Case("What cannot generate is told", () =>
        {
            var encoder = Network.Input(6).Embedding(11, 8).TransformerEncoder(16, 2).Dense(11).Build(1);
            var error = Expect.Throws<FunctionalException>(() => encoder.Generator(6));
            Expect.Contains("'transformer_encoder' cannot go on from one position to the next", error.Message);
        }));
}
