// Clusters of points, by k-means and by DBSCAN.
//   dotnet build -c Release src/Charts && dotnet fsi examples/clusters.fsx

#I "../src/Charts/bin/Release/net10.0"
#r "Functional.Kernels.dll"
#r "Functional.dll"
#r "Deedle.dll"
#r "Functional.Tables.dll"
#r "Newtonsoft.Json.dll"
#r "XPlot.Plotly.dll"
#r "Functional.Charts.dll"

open System
open System.IO
open Functional

// four heaps: k-means finds them when it is told how many there are, and the elbow of the inertia tells
let heaps =
    [ 0.0, 0.0; 6.0, 1.0; 2.0, 6.0; 7.0, 7.0 ]
    |> List.mapi (fun i (x, y) -> Random.normal (Key.ofInt i) [ 100; 2 ] + tensor [ x; y ])
    |> Tensor.concat 0

let elbow = heaps |> Elbow.ofKMeans KMeansOptions.defaults [ 1..8 ]
let means = heaps |> KMeans.fit { KMeansOptions.defaults with Clusters = elbow.Knee }
let found = tensor means.Labels
let silhouettes = ClusterScores.silhouettes Distance.Euclidean heaps found
printfn "Four heaps: the elbow is at %d clusters, found in %d iterations" elbow.Knee means.Iterations

printfn
    "    mean silhouette %.3f, Dunn %.3f, Davies-Bouldin %.3f"
    (Tensor.toFloat (Tensor.mean silhouettes))
    (ClusterScores.dunn Distance.Euclidean heaps found)
    (ClusterScores.daviesBouldin heaps found)

// two rings and some noise: k-means cuts both rings in halves, DBSCAN follows them and leaves the noise out
let ring radius count seed =
    let first, second = Key.split (Key.ofInt seed)
    let angles = 2.0 * Math.PI * Random.uniform first [ count; 1 ]
    let radii = radius + 0.1 * Random.normal second [ count; 1 ]
    Tensor.concat 1 [ radii * cos angles; radii * sin angles ]

let noise = 9.0 * Random.uniform (Key.ofInt 3) [ 25; 2 ] - 4.5
let rings = Tensor.concat 0 [ ring 1.0 150 1; ring 3.0 350 2; noise ]
let halves = rings |> KMeans.fit { KMeansOptions.defaults with Clusters = 2 }
let dense = rings |> Dbscan.fit { DbscanOptions.defaults with Radius = 0.45; MinSamples = 6 }

printfn
    "Two rings: DBSCAN finds %d clusters and %d points of noise"
    dense.Clusters
    (dense.Labels |> Array.filter (fun label -> label < 0) |> Array.length)

let byMeans = Chart.clusters (Some(tensor halves.Centres)) rings (tensor halves.Labels)
let byDensity = Chart.clusters None rings (tensor dense.Labels)
let page = Path.Combine(Path.GetTempPath(), "clusters-script.html")

Report.create "Clusters"
|> Report.addSection "Four heaps by k-means"
|> Report.addChart
    "The elbow says how many clusters there are"
    (Chart.elbow (Some elbow.Knee) (Seq.zip elbow.Clusters elbow.Inertias))
|> Report.addChart "" (Chart.clustersWithSilhouettes (Some(tensor means.Centres)) heaps found silhouettes)
|> Report.addSection "Two rings"
|> Report.addChart "" (byMeans |> Chart.withTitle "k-means: two halves")
|> Report.addChart "" (byDensity |> Chart.withTitle "DBSCAN: two rings, and noise")
|> Report.save page

printfn "%s shows them" page

if elbow.Knee <> 4 || dense.Clusters <> 2 then
    failwith "The clusters were not found."
