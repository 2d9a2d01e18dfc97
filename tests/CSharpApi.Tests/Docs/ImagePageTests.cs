using System.Text.RegularExpressions;

namespace Functional.CSharp.Tests;

/// <summary>The C# code of the pages in docs about images, as it stands there, so that it is known to run.</summary>
public static class ImagePageTests
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

    private static void RunConvolution()
    {
        var digits = Network.Input(28, 28, 1)
            .Conv2D(32, 3, Activation.Relu).MaxPooling2D()
            .Conv2D(16, 3, Activation.Relu).MaxPooling2D()
            .Flatten().Dense(10, Activation.Softmax)
            .Build(seed: 1);
        Console.WriteLine(digits.Summary());                    // 8,954 parameters

        var inFront = Network.Input(3, 32, 32)
            .Conv2D(8, 3, options: new Conv2DOptions { DataFormat = DataFormat.ChannelsFirst })
            .MaxPooling2D(dataFormat: DataFormat.ChannelsFirst);
        int[] shape = inFront.OutputShape;                      // 8, 15, 15

        var scans = Network.Input(20, 64, 64, 1)
            .Conv3D(8, 3, Activation.Relu).MaxPooling3D().Conv3D(16, 3, Activation.Relu).GlobalAveragePooling3D();
        int[] pooled = scans.OutputShape;                       // 16

        var laplacian = Tensor.Of(0f, 1, 0, 1, -4, 1, 0, 1, 0).Reshape(3, 3, 1, 1);
        Tensor edges = Tensor.Ones(1, 5, 5, 1).Conv2D(laplacian, padding: Padding.Same);

        Expect.Equal(8954, digits.ParameterCount);
        Expect.Equal([8, 15, 15], shape);
        Expect.Equal([16], pooled);
        Expect.Equal(-2.0, edges[0, 0, 0, 0].ToDouble());
        Expect.Equal(0.0, edges[0, 2, 2, 0].ToDouble());
    }

    private static void RunAugmentation()
    {
        var model = Network.Input(16, 16, 3)
            .RandomFlip(FlipMode.Horizontal)
            .RandomRotation(0.05)
            .RandomTranslation(0.1, 0.1)
            .RandomZoom(0.1)
            .Conv2D(8, 3, Activation.Relu).Flatten().Dense(2, Activation.Softmax)
            .Build(seed: 1);

        var lighter = Network.Input(16, 16, 3).RandomBrightness((0, 0.3), valueRange: (0, 1)).RandomContrast(0.2, 0.4, (0, 1));

        var patches = Network.Input(16, 16, 3)
            .RandomCrop(12, 12)
            .RandomErasing(new RandomErasingOptions { Factor = (1, 1), Scale = (0.02, 0.1), FillValue = 0 });

        Expect.Equal([3, 2], model.Predict(Tensor.Ones(3, 16, 16, 3)).Shape);
        Expect.Equal([16, 16, 3], lighter.OutputShape);
        Expect.Equal([12, 12, 3], patches.OutputShape);
    }

    private static Test IsCodeThatRuns(string page) => Case($"The C# code of docs/{page} is the code that runs", () =>
    {
        string root = Root();
        string text = File.ReadAllText(Path.Combine(root, "docs", page));
        string here = Plain(File.ReadAllText(Path.Combine(root, "tests", "CSharpApi.Tests", "Docs", "ImagePageTests.cs")));
        var blocks = Regex.Matches(text, "```csharp\n(.*?)```", RegexOptions.Singleline);
        Expect.True(blocks.Count > 0);
        foreach (Match block in blocks)
        {
            Expect.Contains(Plain(block.Groups[1].Value), here);
        }
    });

    [Tests]
    public static Test Tests => List("ImagePage",
        Case("The code of docs/convolution.md gives what it says", RunConvolution),
        Case("The code of docs/augmentation.md gives what it says", RunAugmentation),
        IsCodeThatRuns("convolution.md"),
        IsCodeThatRuns("augmentation.md"));
}
