using FGenerator = Functional.Generator;
using FGenerators = Functional.GeneratorModule;

namespace Functional.CSharp;

/// <summary>How the next token is drawn from logits.</summary>
public sealed record SamplingOptions
{
    /// <summary>
    /// The divisor of the logits. Default 1; below 1 likely tokens become likelier, and 0 takes the likeliest one.
    /// </summary>
    public double Temperature { get; init; } = 1;

    /// <summary>How many of the likeliest tokens can be drawn. Default all.</summary>
    public int? TopK { get; init; }

    /// <summary>
    /// The probability that the likeliest tokens which can be drawn have together at least. Default all tokens.
    /// </summary>
    public double? TopP { get; init; }

    /// <summary>The likeliest token.</summary>
    public static SamplingOptions Greedy => new() { Temperature = 0 };

    internal Functional.SamplingOptions Inside() =>
        new(Temperature, Interop.Option(TopK), Interop.Option(TopP));
}

/// <summary>Options of <see cref="Model.Generate(int[], GenerateOptions?, Key?)"/>.</summary>
public sealed record GenerateOptions
{
    /// <summary>The number of tokens to generate at most. Default 100.</summary>
    public int MaxNewTokens { get; init; } = 100;

    /// <summary>How each token is drawn. Default with the probability that the model gives it.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>The token that ends a sequence, which is not among the results. Default none.</summary>
    public int? StopToken { get; init; }

    internal Functional.GenerateOptions Inside() => new(MaxNewTokens, Sampling.Inside(), Interop.Option(StopToken));
}

/// <summary>
/// A model of token sequences made ready to go on from position to position, with a cache of keys and values. One caller at a
/// time. Made by <see cref="Model.Generator"/>.
/// </summary>
public sealed class Generator
{
    private readonly FGenerator inner;

    internal Generator(FGenerator inner) => this.inner = inner;

    /// <summary>The number of sequences that it goes on with at a time.</summary>
    public int BatchSize => inner.BatchSize;

    /// <summary>The number of positions that a sequence has at most.</summary>
    public int Length => inner.Length;

    /// <summary>The number of positions taken so far.</summary>
    public int Position => inner.Position;

    /// <summary>The bytes of the caches.</summary>
    public long CacheBytes => inner.CacheBytes;

    /// <summary>The tokens drawn from the latest logits, one for each sequence.</summary>
    public int[] Drawn => inner.Drawn;

    /// <summary>The logits of the token behind the latest one, [batch, tokens].</summary>
    public Tensor Logits => new(inner.Logits);

    /// <summary>Empties the caches and goes back to the first position; draws come from this key from now on.</summary>
    public void Reset(Key key)
    {
        ArgumentNullException.ThrowIfNull(key);
        inner.Reset(key.Inner);
    }

    /// <summary>Takes the next token of each sequence.</summary>
    /// <exception cref="FunctionalException">
    /// Tokens are not one for each sequence or not the model's, or all positions are used.
    /// </exception>
    public void Feed(params int[] tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        inner.Feed(tokens);
    }

    /// <summary>Takes the tokens that were drawn as the next ones.</summary>
    /// <exception cref="FunctionalException">All positions are used.</exception>
    public void Continue() => inner.Continue();

    /// <summary>
    /// The tokens that the model goes on with behind a prompt, one after the other as they are drawn. The sampling is that of
    /// the generator.
    /// </summary>
    /// <exception cref="FunctionalException">The prompt is empty.</exception>
    public IEnumerable<int> Stream(int[] prompt, GenerateOptions? options = null, Key? seed = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Functional.Generate.streamWith((options ?? new()).Inside(), (seed ?? Key.Of(0)).Inner, prompt, inner);
    }
}

public sealed partial class Model
{
    /// <summary>
    /// The model made ready to generate: one compiled step for a position of so many sequences at a time, of at most
    /// <paramref name="length"/> positions. The model takes ids [time] and gives numbers for each token, [time, tokens].
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A layer mixes positions in ways that no cache keeps, or a count is below 1.
    /// </exception>
    public Generator Generator(int length, int batchSize = 1, SamplingOptions? sampling = null) =>
        new(FGenerators.createWith((sampling ?? new()).Inside(), batchSize, length, Inner));

    /// <summary>The tokens that the model goes on with behind a prompt.</summary>
    /// <param name="prompt">The first tokens, one at least.</param>
    /// <param name="options">How many, and how they are drawn.</param>
    /// <param name="seed">The source of the draws. Default 0.</param>
    /// <exception cref="FunctionalException">The prompt is empty, or the model cannot generate.</exception>
    public int[] Generate(int[] prompt, GenerateOptions? options = null, Key? seed = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Functional.Generate.tokens((options ?? new()).Inside(), (seed ?? Key.Of(0)).Inner, prompt, Inner);
    }

    /// <summary>
    /// <see cref="Generate(int[], GenerateOptions?, Key?)"/> behind several prompts of one length, side by side.
    /// </summary>
    /// <exception cref="FunctionalException">Prompts are empty or of several lengths.</exception>
    public int[][] Generate(int[][] prompts, GenerateOptions? options = null, Key? seed = null)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        return Functional.Generate.batch((options ?? new()).Inside(), (seed ?? Key.Of(0)).Inner, prompts, Inner);
    }

    /// <summary>
    /// <see cref="Generate(int[], GenerateOptions?, Key?)"/> token by token: each is computed when it is asked for.
    /// </summary>
    /// <exception cref="FunctionalException">The prompt is empty, or the model cannot generate.</exception>
    public IEnumerable<int> GenerateStream(int[] prompt, GenerateOptions? options = null, Key? seed = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Functional.Generate.stream((options ?? new()).Inside(), (seed ?? Key.Of(0)).Inner, prompt, Inner);
    }
}
