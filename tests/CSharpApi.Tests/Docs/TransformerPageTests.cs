using System.Text.RegularExpressions;

namespace Functional.CSharp.Tests;

/// <summary>The C# code of docs/transformers.md, as it stands there, so that it is known to run.</summary>
public static class TransformerPageTests
{
    private static string Plain(string text) => Regex.Replace(text, @"\s+", " ").Trim();

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Functional.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests run outside the repository.");
    }

    private static void Run()
    {
        var spam = Network.Input(64)
            .TokenAndPositionEmbedding(2000, 64, 32, new() { MaskZero = true })
            .TransformerEncoder(64, 4)
            .TransformerEncoder(64, 4)
            .GlobalAveragePooling1D()
            .Dense(1, Activation.Sigmoid)
            .Build(seed: 1);

        TransformerOptions decoder = new() { NormalizeFirst = true, Activation = Activation.Gelu };
        var writer = Network.Input(128)
            .Embedding(57, 64)
            .Residual(n => n.PositionEmbedding(128))
            .TransformerDecoder(256, 4, decoder)
            .TransformerDecoder(256, 4, decoder)
            .LayerNormalization()
            .Dense(57)
            .Build(seed: 1);
        GenerateOptions options = new()
        {
            MaxNewTokens = 40,
            Sampling = new() { Temperature = 0.8, TopK = 20, TopP = 0.95 },
        };
        int[] written = writer.Generate([4, 8, 15], options, seed: 7);
        IEnumerable<int> streamed = writer.GenerateStream([4, 8, 15], options, seed: 7); // token by token

        var x = Tensor.RandomNormal(1, [1, 1000, 2, 16]);
        var seen = Tensor.DotProductAttention(x, x, x, isCausal: true); // query i sees keys 0 to i

        Expect.Equal([1], spam.OutputShape);
        Expect.Equal(40, written.Length);
        Expect.Equal(written, streamed.ToArray());
        Expect.Equal([1, 1000, 2, 16], seen.Shape);
    }

    [Tests]
    public static Test Tests => List("TransformerPage",
        Case("The code of docs/transformers.md gives what it says", Run),
        Case("The C# code of docs/transformers.md is the code that runs", () =>
        {
            string root = Root();
            string text = File.ReadAllText(Path.Combine(root, "docs", "transformers.md"));
            string here = Plain(File.ReadAllText(
                Path.Combine(root, "tests", "CSharpApi.Tests", "Docs", "TransformerPageTests.cs")));
            var blocks = Regex.Matches(text, "```csharp\n(.*?)```", RegexOptions.Singleline);
            Expect.True(blocks.Count > 0);
            foreach (Match block in blocks)
            {
                Expect.Contains(Plain(block.Groups[1].Value), here);
            }
        }));
}
