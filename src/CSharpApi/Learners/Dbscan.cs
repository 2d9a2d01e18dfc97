using FDbscan = Functional.Dbscan;
using FDbscanOptions = Functional.DbscanOptions;

namespace Functional.CSharp;

/// <summary>Options of DBSCAN; the defaults are scikit-learn's.</summary>
public sealed record DbscanOptions
{
    /// <summary>
    /// The radius of a neighbourhood (scikit-learn's eps), above 0; a sample exactly that far belongs to it. Default 0.5.
    /// </summary>
    public double Radius { get; init; } = 0.5;

    /// <summary>
    /// How many samples a neighbourhood must have, its centre counted, for the centre to be a core sample. Default 5.
    /// </summary>
    public int MinSamples { get; init; } = 5;

    /// <summary>How far samples are from each other. Default Euclidean.</summary>
    public Distance Distance { get; init; } = Distance.Euclidean;

    internal FDbscanOptions Inside() => new(Radius, MinSamples, Distance.Inner);
}

/// <summary>Clusters found by density: core samples that reach each other, with the samples around them.</summary>
public sealed class Dbscan
{
    private readonly FDbscan inner;

    private Dbscan(FDbscan inner) => this.inner = inner;

    /// <summary>Finds clusters of samples x [n, features]; labels are scikit-learn's.</summary>
    /// <exception cref="FunctionalException">An option is out of range, or the samples cannot be read.</exception>
    public static Dbscan Fit(Tensor x, DbscanOptions? options = null) =>
        new(DbscanModule.fit((options ?? new()).Inside(), Interop.Inner(x)));

    /// <summary>The cluster of each sample, numbered by their first core samples; -1 is noise.</summary>
    public IReadOnlyList<int> Labels => Array.AsReadOnly(inner.Labels);

    /// <summary>The indices of the core samples, ascending.</summary>
    public IReadOnlyList<int> CoreSamples => Array.AsReadOnly(inner.CoreSamples);

    /// <summary>How many clusters there are.</summary>
    public int Clusters => inner.Clusters;
}

/// <summary>
/// How well samples are clustered. Labels are whole numbers; those below 0 (DBSCAN's noise) are a cluster of their own.
/// </summary>
public static class ClusterScores
{
    /// <summary>The silhouette of each sample, from -1 to 1: float64 [n].</summary>
    /// <exception cref="FunctionalException">There are not 2 to n - 1 clusters.</exception>
    public static Tensor Silhouettes(Tensor x, Tensor labels, Distance? distance = null) =>
        new(Functional.ClusterScores.silhouettes(Inside(distance), Interop.Inner(x), Interop.Inner(labels)));

    /// <summary>The mean silhouette: near 1 for clusters that are dense and apart.</summary>
    /// <exception cref="FunctionalException">There are not 2 to n - 1 clusters.</exception>
    public static double Silhouette(Tensor x, Tensor labels, Distance? distance = null) =>
        Functional.ClusterScores.silhouette(Inside(distance), Interop.Inner(x), Interop.Inner(labels));

    /// <summary>
    /// Dunn's index: the least distance between samples of different clusters by the largest between samples of one.
    /// </summary>
    /// <exception cref="FunctionalException">There are not 2 to n - 1 clusters.</exception>
    public static double Dunn(Tensor x, Tensor labels, Distance? distance = null) =>
        Functional.ClusterScores.dunn(Inside(distance), Interop.Inner(x), Interop.Inner(labels));

    /// <summary>The Davies-Bouldin index; smaller is better, 0 the best.</summary>
    /// <exception cref="FunctionalException">There are not 2 to n - 1 clusters.</exception>
    public static double DaviesBouldin(Tensor x, Tensor labels) =>
        Functional.ClusterScores.daviesBouldin(Interop.Inner(x), Interop.Inner(labels));

    /// <summary>The Calinski-Harabasz index; larger is better.</summary>
    /// <exception cref="FunctionalException">There are not 2 to n - 1 clusters.</exception>
    public static double CalinskiHarabasz(Tensor x, Tensor labels) =>
        Functional.ClusterScores.calinskiHarabasz(Interop.Inner(x), Interop.Inner(labels));

    private static Functional.Distance Inside(Distance? distance) => (distance ?? Distance.Euclidean).Inner;
}
