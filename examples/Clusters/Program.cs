// Clusters of points, by k-means and by DBSCAN: dotnet run -c Release --project examples/Clusters
using Functional.CSharp;

// Four heaps: k-means finds them when it is told how many there are, and the elbow of the inertia tells.
(double X, double Y)[] middles = [(0, 0), (6, 1), (2, 6), (7, 7)];
Tensor heaps = Tensor.Concat(0, middles.Select((at, i) =>
    Tensor.RandomNormal(Key.Of(i), [100, 2]) + Tensor.From(new[] { at.X, at.Y })));

Elbow elbow = Elbow.OfKMeans(heaps, [1, 2, 3, 4, 5, 6, 7, 8]);
KMeans means = KMeans.Fit(heaps, new KMeansOptions { Clusters = elbow.Knee });
Tensor found = Tensor.Of([.. means.Labels]);
Tensor silhouettes = ClusterScores.Silhouettes(heaps, found);
Console.WriteLine($"Four heaps: the elbow is at {elbow.Knee} clusters, found in {means.Iterations} iterations");
Console.WriteLine($"    mean silhouette {silhouettes.Mean().ToDouble():f3}, Dunn {ClusterScores.Dunn(heaps, found):f3}, "
    + $"Davies-Bouldin {ClusterScores.DaviesBouldin(heaps, found):f3}");

// Two rings and some noise: k-means cuts both rings in halves, DBSCAN follows them and leaves the noise out.
Tensor rings = Tensor.Concat(0, Ring(radius: 1, count: 150, seed: 1), Ring(radius: 3, count: 350, seed: 2),
    Tensor.RandomUniform(3, [25, 2], low: -4.5, high: 4.5));
KMeans halves = KMeans.Fit(rings, new KMeansOptions { Clusters = 2 });
Dbscan dense = Dbscan.Fit(rings, new DbscanOptions { Radius = 0.45, MinSamples = 6 });
int noise = dense.Labels.Count(label => label < 0);
Console.WriteLine($"Two rings: DBSCAN finds {dense.Clusters} clusters and {noise} points of noise");

string page = Path.Combine(Path.GetTempPath(), "clusters.html");
new Report("Clusters")
    .AddSection("Four heaps by k-means")
    .AddChart(Chart.Elbow(elbow.Clusters.Zip(elbow.Inertias), chosen: elbow.Knee), "The elbow says how many clusters there are")
    .AddChart(Chart.ClustersWithSilhouettes(heaps, found, silhouettes, Centres(means)))
    .AddSection("Two rings")
    .AddChart(Chart.Clusters(rings, Tensor.Of([.. halves.Labels]), Centres(halves)).WithTitle("k-means: two halves"))
    .AddChart(Chart.Clusters(rings, Tensor.Of([.. dense.Labels])).WithTitle("DBSCAN: two rings, and noise"))
    .Save(page);

Console.WriteLine($"{page} shows them");
return elbow.Knee == 4 && dense.Clusters == 2 ? 0 : 1;

static Tensor Ring(double radius, int count, int seed)
{
    (Key first, Key second) = Key.Of(seed).Split();
    Tensor angles = Tensor.RandomUniform(first, [count, 1], high: 2 * Math.PI);
    Tensor radii = Tensor.RandomNormal(second, [count, 1], mean: radius, deviation: 0.1);
    return Tensor.Concat(1, radii * Tensor.Cos(angles), radii * Tensor.Sin(angles));
}

static Tensor Centres(KMeans means) => Tensor.From(means.Centres.Select(centre => centre.ToArray()).ToArray());
