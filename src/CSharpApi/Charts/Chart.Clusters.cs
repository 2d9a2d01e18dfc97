using FCharts = Functional.ClusterCharts.Chart;
using FEmbeddings = Functional.EmbeddingCharts.Chart;

namespace Functional.CSharp;

public static partial class Chart
{
    /// <summary>
    /// Samples [n, 2] and their clusters [n], in a colour and symbol each, noise (-1) in grey; crosses at the centres [k, 2]
    /// where there are some.
    /// </summary>
    /// <exception cref="FunctionalException">The samples do not have two features, or the clusters are not as many.</exception>
    public static Figure Clusters(Tensor samples, Tensor clusters, Tensor? centres = null) =>
        new(FCharts.clusters(Interop.Option(centres?.Inner), Interop.Inner(samples), Interop.Inner(clusters)));

    /// <summary>
    /// The silhouettes [n] of samples by cluster [n], sorted in each, with the mean of all dashed: how well samples lie in
    /// their clusters, from -1 to 1. Noise (-1) is left out.
    /// </summary>
    /// <exception cref="FunctionalException">The lengths differ, or no sample is in a cluster.</exception>
    public static Figure Silhouettes(Tensor clusters, Tensor silhouettes) =>
        new(FCharts.silhouettes(Interop.Inner(clusters), Interop.Inner(silhouettes)));

    /// <summary>The clusters of samples [n, 2] beside the silhouettes [n] of their members.</summary>
    /// <exception cref="FunctionalException">The lengths differ.</exception>
    public static Figure ClustersWithSilhouettes(
        Tensor samples, Tensor clusters, Tensor silhouettes, Tensor? centres = null) =>
        new(FCharts.clustersWithSilhouettes(
            Interop.Option(centres?.Inner),
            Interop.Inner(samples),
            Interop.Inner(clusters),
            Interop.Inner(silhouettes)));

    /// <summary>
    /// The within-cluster sum of squares (inertia) by the number of clusters; the chosen number, where there is one, is
    /// ringed.
    /// </summary>
    /// <exception cref="FunctionalException">There are no numbers, or the chosen one is none of them.</exception>
    public static Figure Elbow(IEnumerable<(int Clusters, double Inertia)> inertias, int? chosen = null)
    {
        ArgumentNullException.ThrowIfNull(inertias);
        return new(FCharts.elbow(Interop.Option(chosen), inertias.Select(one => Tuple.Create(one.Clusters, one.Inertia))));
    }

    /// <summary>
    /// Samples at positions [n, 2] in the colour and symbol of their class [n]; classes without a name are called by their
    /// number.
    /// </summary>
    /// <exception cref="FunctionalException">The positions are not in the plane, or the labels are not as many.</exception>
    public static Figure Embedding(
        Tensor positions, Tensor labels, string title = "", IEnumerable<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(title);
        return new(FEmbeddings.embedding(title, Names(classNames), Interop.Inner(labels), Interop.Inner(positions)));
    }

    /// <summary>
    /// Samples [n, features] in the plane of their first two principal components, coloured by class [n].
    /// </summary>
    /// <exception cref="FunctionalException">The labels are not as many as the samples.</exception>
    public static Figure PrincipalComponents(Tensor samples, Tensor labels, IEnumerable<string>? classNames = null) =>
        new(FEmbeddings.principalComponents(Names(classNames), Interop.Inner(labels), Interop.Inner(samples)));

    /// <summary>Samples [n, features] where t-SNE puts them, coloured by class [n].</summary>
    /// <exception cref="FunctionalException">The labels are not as many, or the perplexity is not below the number of samples.</exception>
    public static Figure TSne(
        Tensor samples, Tensor labels, IEnumerable<string>? classNames = null, TSneOptions? options = null) =>
        new(FEmbeddings.tsneWith(
            (options ?? new()).Inner, Names(classNames), Interop.Inner(labels), Interop.Inner(samples)));
}
