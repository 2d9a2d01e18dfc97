using Functional.CSharp;

namespace Examples;

/// <summary>MNIST as examples need it.</summary>
internal static class Mnist
{
    /// <summary>Rows of 784 grey values from 0 to 1; of the first digits alone if it is to be quick.</summary>
    /// <exception cref="DataMissingException">The files are nowhere.</exception>
    public static (Dataset Train, Dataset Test) Rows(ExampleOptions options) => Some(options, Datasets.Mnist(Folder(options)));

    /// <summary>Images [28, 28, 1] of grey values from 0 to 1; the first digits alone if it is to be quick.</summary>
    /// <exception cref="DataMissingException">The files are nowhere.</exception>
    public static (Dataset Train, Dataset Test) Images(ExampleOptions options) => Some(options, Datasets.MnistImages(Folder(options)));

    private static string Folder(ExampleOptions options)
    {
        string file = File.Exists(Path.Combine(options.Data ?? "", "train-labels-idx1-ubyte")) ? "train-labels-idx1-ubyte" : "train-labels-idx1-ubyte.gz";
        return Path.GetDirectoryName(DataFolder.Find(options.Data, "mnist", file))!;
    }

    private static (Dataset Train, Dataset Test) Some(ExampleOptions options, (Dataset Train, Dataset Test) all) =>
        (options.Some(all.Train, 2048), options.Some(all.Test, 512));
}
