// Finds the weights of y = 2x - 3z + 5 by stochastic gradient descent, from an .npz file written first.
//   dotnet build -c Release src/Functional.fsproj && dotnet fsi examples/linear-fit.fsx

#r "../src/bin/Release/net10.0/Functional.Kernels.dll"
#r "../src/bin/Release/net10.0/Functional.dll"

open System.IO
open Functional

let forInputs, forNoise = Key.split (Key.ofInt 7)
let inputs = Random.uniform forInputs [ 1000; 2 ] * 20.0 - 10.0
let noise = Random.uniform forNoise [ 1000; 1 ] * 20.0 - 10.0
let outputs = Tensor.matmul inputs (tensor [ [ 2.0 ]; [ -3.0 ] ]) + 5.0 + noise

let path = Path.Combine(Path.GetTempPath(), $"plane-{System.Environment.ProcessId}.npz")
Npy.saveArchive path [ "x", inputs; "y", outputs ]
let read = Npy.loadArchive path |> Map.ofList
File.Delete path

// without a library's training loop: a model is a function, and so is one step
let parameters = Tree.ofList [ "kernel", Tensor.zeros [ 2; 1 ]; "bias", Tensor.zeros [ 1 ] ]

let loss (x: Tensor) (y: Tensor) (p: Tree<Tensor>) =
    let error = Tensor.matmul x p["kernel"] + p["bias"] - y
    Tensor.mean (error * error)

let step (p: Tree<Tensor>) (batch: Dataset) =
    let gradient = Tree.grad (loss batch.Features batch.Labels) p
    Tree.map2 (fun w g -> w - 0.02 * g) p gradient

let data = Dataset.ofTensors read["x"] read["y"]

let fitted =
    (parameters, [ 1..20 ])
    ||> List.fold (fun p epoch -> Seq.fold step p (Dataset.shuffledBatches 100 (Key.ofInt epoch) data))

let kernel, bias = Tensor.toArray fitted["kernel"], Tensor.toFloat (Tensor.sum fitted["bias"])
printfn "y = %.3f x %+.3f z %+.3f" kernel[0] kernel[1] bias

// noise that is uniform from -10 to 10 has the deviation 20 / √12 = 5.774: no weights have a smaller error on new points
let rmse = sqrt (Tensor.toFloat (loss data.Features data.Labels fitted))
printfn "RMSE %.3f, of the noise 5.774" rmse

if rmse > 6.0 || abs (float kernel[0] - 2.0) > 0.3 || abs (float kernel[1] + 3.0) > 0.3 then
    failwith "The weights were not found."
