using Functional.CSharp;

namespace Bench;

/// <summary>Classic learners beside scikit-learn, in float64, on the same numbers.</summary>
internal static class LearnerWorkloads
{
    private const int Clusters = 32;
    private const int Iterations = 20;

    public static Workload[] All =>
    [
        new("learners-kmeans", $"k-means, {Clusters} clusters of 100,000 x 32, {Iterations} iterations from given starts",
            Doubles(2.0 * 100_000 * 32 * Clusters * Iterations, 100_000 * 32 * Iterations), KMeansFit, "learners-kmeans"),
        new("learners-neighbours", "5 nearest neighbours of 2,000 in 50,000 x 32",
            Doubles(2.0 * 2_000 * 50_000 * 32, 50_000 * 32), Neighbours, "learners-neighbours"),
        new("learners-dbscan", "DBSCAN of 50,000 x 2, 16 neighbours on average",
            // the distances to neighbours alone: two differences, squares and sums each
            Doubles(6.0 * 16 * 50_000, 50_000 * 2), DbscanFit, "learners-dbscan"),
    ];

    /// <summary>
    /// The work of so many operations on float64, whose vectors hold half as many as the peak is measured with.
    /// </summary>
    private static Work Doubles(double flops, double numbers) => new(2 * flops, numbers * sizeof(double));

    private static Action KMeansFit()
    {
        double[] rows = Uniform(0, 100_000 * 32);
        Tensor x = Matrix(rows, 100_000, 32);
        KMeansOptions options = new()
        {
            Clusters = Clusters,
            Start = KMeansStart.Of(Matrix(rows[..(Clusters * 32)], Clusters, 32)),
            MaxIterations = Iterations,
            Tolerance = 0,
        };
        return () => KMeans.Fit(x, options);
    }

    private static Action Neighbours()
    {
        Tensor x = Matrix(Uniform(0, 50_000 * 32), 50_000, 32);
        Tensor queries = Matrix(Uniform(50_000 * 32, 2_000 * 32), 2_000, 32);
        KNearestNeighbours fitted = KNearestNeighbours.FitRegressor(x, Matrix(new double[50_000], 50_000, 1));
        return () => fitted.Neighbours(queries, 5);
    }

    private static Action DbscanFit()
    {
        Tensor x = Matrix(Uniform(0, 50_000 * 2), 50_000, 2);
        return () => Dbscan.Fit(x, new DbscanOptions { Radius = 0.01, MinSamples = 10 });
    }

    private static Tensor Matrix(double[] elements, int rows, int columns) =>
        Tensor.From((ReadOnlySpan<double>)elements, rows, columns);

    /// <summary>Numbers in [0, 1) that are hashes of their positions (the finalizer of MurmurHash3).</summary>
    private static double[] Uniform(ulong first, int count)
    {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++)
        {
            ulong h = unchecked((first + (ulong)i + 1) * 0x9E3779B97F4A7C15UL);
            h ^= h >> 33;
            h = unchecked(h * 0xFF51AFD7ED558CCDUL);
            h ^= h >> 33;
            h = unchecked(h * 0xC4CEB9FE1A85EC53UL);
            h ^= h >> 33;
            numbers[i] = (h >> 11) * Math.ScaleB(1, -53);
        }

        return numbers;
    }
}
