using Functional.CSharp;

namespace Bench;

/// <summary>Our side's transformers: an encoder in training, and a decoder that generates.</summary>
internal static class Transformers
{
    private const int Width = 256;
    private const int Inner = 1024;
    private const int Heads = 4;
    private const int Blocks = 4;
    private const int Length = 128;
    private const int Batch = 16;
    private const int Tokens = 256;

    /// <summary>The tokens that one step of generation makes.</summary>
    public const int Generated = 200;

    /// <summary>Four blocks of an encoder, 256 wide, of four heads, over sequences of 128; the mean of the steps is classified.</summary>
    public static Action TrainEncoder()
    {
        Network network = Network.Input(Length, Width);
        for (int i = 0; i < Blocks; i++)
            network = network.TransformerEncoder(Inner, Heads);
        Model model = network.GlobalAveragePooling1D().Dense(10, Activation.Softmax).Build(seed: 1);
        return Models.Training(
            model, Models.Classify(Optimizer.Adam(), Batch), Models.Classified(Batch, 10, Length, Width));
    }

    /// <summary>200 tokens from a decoder of the same blocks, one after the other.</summary>
    public static Action Generate()
    {
        Network network = Network.Input(Generated).TokenAndPositionEmbedding(Tokens, Generated, Width);
        for (int i = 0; i < Blocks; i++)
            network = network.TransformerDecoder(Inner, Heads);
        Generator generator = network.Dense(Tokens).Build(seed: 1).Generator(Generated);
        GenerateOptions options = new() { MaxNewTokens = Generated };
        int[] prompt = [1];
        return () =>
        {
            int sum = 0;
            foreach (int token in generator.Stream(prompt, options, 1))
                sum += token;
            GC.KeepAlive(sum);
        };
    }

    /// <summary>The products and bytes of a training step of the encoder.</summary>
    public static Work TrainingWork => Work.Training(
        Work.Adam, Batch * Length * Width,
        [.. Enumerable.Repeat(Block(Batch * Length, Length), Blocks).SelectMany(layers => layers), Layer.Dense(Batch, Width, 10)]);

    /// <summary>The products of generating, and the parameters, read once a token.</summary>
    public static Work GenerationWork
    {
        get
        {
            Work token = Work.Predicting(
                0, [.. Enumerable.Repeat(Block(1, Generated / 2), Blocks).SelectMany(layers => layers), Layer.Dense(1, Width, Tokens)]);
            return new(token.Flops * Generated, token.Bytes * Generated);
        }
    }

    /// <summary>A block over so many rows, each of which attends to so many keys.</summary>
    private static Layer[] Block(double rows, double keys) =>
    [
        .. Enumerable.Repeat(Layer.Dense(rows, Width, Width), 4),
        new Layer(2 * rows * keys * Width, 0, rows * Width),
        Layer.Dense(rows, Width, Inner),
        Layer.Dense(rows, Inner, Width),
    ];
}
