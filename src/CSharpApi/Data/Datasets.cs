using FReady = Functional.Datasets.Dataset;

namespace Functional.CSharp;

/// <summary>Data sets that are ready to use: two that the library carries, and MNIST from its files.</summary>
public static class Datasets
{
    /// <summary>
    /// 1,797 handwritten digits of 8x8 pixels: features of 64 grey values from 0 to 1, labels 0 to 9. E. Alpaydin and
    /// C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
    /// https://doi.org/10.24432/C50P49, CC BY 4.0.
    /// </summary>
    public static Dataset Digits() => new(FReady.digits());

    /// <summary>
    /// 150 irises of three species: length and width of sepal and petal in centimetres. R. A. Fisher (1936), Iris, UCI
    /// Machine Learning Repository, https://doi.org/10.24432/C56C76, CC BY 4.0.
    /// </summary>
    public static Dataset Iris() => new(FReady.iris());

    /// <summary>
    /// MNIST, 60,000 handwritten digits to train and 10,000 to test with, from its four files, plain or .gz: features
    /// of 784 grey values from 0 to 1, labels 0 to 9. Without a folder, the one that the environment variable
    /// FUNCTIONAL_DATA names, or shared/data/mnist beside the current folder, the program, or any folder above them.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A file is missing or damaged; the message names the folders looked in.
    /// </exception>
    public static (Dataset Train, Dataset Test) Mnist(string? folder = null) =>
        Wrap(FReady.mnist(Interop.Option(folder)));

    /// <summary><see cref="Mnist"/> as images, with features of the shape [28, 28, 1].</summary>
    /// <exception cref="FunctionalException">
    /// A file is missing or damaged; the message names the folders looked in.
    /// </exception>
    public static (Dataset Train, Dataset Test) MnistImages(string? folder = null) =>
        Wrap(FReady.mnistImages(Interop.Option(folder)));

    private static (Dataset, Dataset) Wrap(Tuple<Functional.Dataset, Functional.Dataset> parts) =>
        (new(parts.Item1), new(parts.Item2));
}
