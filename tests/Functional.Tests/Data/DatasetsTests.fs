module Functional.Tests.DatasetsTests

open System
open System.IO
open Expecto
open Functional
open Functional.Tests.Sample

let private countsOf (d: Dataset) = Tensor.toInts d.Labels |> Array.countBy id |> Array.sort |> Array.map snd

let private idx (code: byte) (lengths: int list) (data: byte[]) : byte[] =
    [| 0uy
       0uy
       code
       byte lengths.Length
       for n in lengths do
           yield! Array.rev (BitConverter.GetBytes n)
       yield! data |]

/// Writes four files in the form of MNIST: two images to train, one to test with.
let private miniature (folder: string) =
    let write (name: string) (bytes: byte[]) = File.WriteAllBytes(Path.Combine(folder, name), bytes)

    write "train-images-idx3-ubyte" (idx 8uy [ 2; 28; 28 ] (Array.init (2 * 784) byte))
    write "train-labels-idx1-ubyte" (idx 8uy [ 2 ] [| 7uy; 9uy |])
    write "t10k-images.idx3-ubyte" (idx 8uy [ 1; 28; 28 ] (Array.create 784 255uy))
    write "t10k-labels.idx1-ubyte" (idx 8uy [ 1 ] [| 0uy |])

[<Tests>]
let tests =
    [ testCase "the digits are those of the repository" (fun () ->
          let d = Dataset.digits ()
          Expect.Equal<Shape>([ 1797; 64 ], d.Features.Shape)
          Expect.Equal(Float32, d.Features.DType)
          Expect.Equal<Shape>([ 1797 ], d.Labels.Shape)
          Expect.Equal<string list>([ for i in 0..9 -> string i ], d.ClassNames)
          Expect.Equal(64, d.FeatureNames.Length)
          Expect.Equal("pixel_7_7", List.last d.FeatureNames)
          Expect.Equal<int[]>([| 178; 182; 177; 183; 181; 182; 181; 179; 174; 180 |], countsOf d)
          let pixels = Tensor.toArray d.Features
          Expect.Equal(0.0f, Array.min pixels)
          Expect.Equal(1.0f, Array.max pixels)

          Expect.Equal<float32[]>(
              [| 0.0f; 0.0f; 5.0f; 13.0f; 9.0f; 1.0f |],
              pixels[..5] |> Array.map (fun p -> p * 16.0f)
          )
          // The sum that scikit-learn's load_digits gives.
          Expect.Equal(561718.0, pixels |> Array.sumBy (fun p -> float p * 16.0)))

      testCase "the irises are those of the repository" (fun () ->
          let d = Dataset.iris ()
          Expect.Equal<Shape>([ 150; 4 ], d.Features.Shape)
          Expect.Equal<string list>([ "setosa"; "versicolor"; "virginica" ], d.ClassNames)
          Expect.Equal<string list>([ "sepal_length"; "sepal_width"; "petal_length"; "petal_width" ], d.FeatureNames)
          Expect.Equal<int[]>([| 50; 50; 50 |], countsOf d)
          Expect.Equal<float32[]>([| 5.1f; 3.5f; 1.4f; 0.2f |], (Tensor.toArray d.Features)[..3])
          // Row 35 as in Fisher's paper.
          Expect.Equal<float32[]>([| 4.9f; 3.1f; 1.5f; 0.2f |], (Tensor.toArray (Dataset.range 34 1 d).Features)))

      testCase "MNIST is read from its files" (fun () ->
          Outside.data "mnist/train-images-idx3-ubyte.gz" |> ignore
          let train, test = Dataset.mnist None
          Expect.Equal<Shape>([ 60000; 784 ], train.Features.Shape)
          Expect.Equal<Shape>([ 10000; 784 ], test.Features.Shape)
          Expect.Equal<int[]>([| 5923; 6742; 5958; 6131; 5842; 5421; 5918; 6265; 5851; 5949 |], countsOf train)
          Expect.Equal<int[]>([| 980; 1135; 1032; 1010; 982; 892; 958; 1028; 974; 1009 |], countsOf test)
          Expect.Equal(10, Dataset.classCount test)
          let pixels = Tensor.toArray test.Features
          Expect.Equal(0.0f, Array.min pixels)
          Expect.Equal(1.0f, Array.max pixels)
          // The mean that is used everywhere to standardize the training images.
          Expect.Equal(0.1307, Tensor.toArray train.Features |> Array.averageBy float, 4)
          Expect.Equal<int[]>([| 5; 0; 4; 1; 9 |], (Tensor.toInts train.Labels)[..4]))

      testCase "files in the form of MNIST are found in a folder, under either name" (fun () ->
          inFolder (fun folder ->
              let within = Directory.CreateDirectory(Path.Combine(folder, "mnist")).FullName
              miniature within

              for folder in [ folder; within ] do
                  let train, test = Dataset.mnistImages (Some folder)
                  Expect.Equal<Shape>([ 2; 28; 28; 1 ], train.Features.Shape)
                  Expect.Equal<int[]>([| 7; 9 |], Tensor.toInts train.Labels)
                  Expect.Equal(1.0f, (Tensor.toArray test.Features)[0])
                  Expect.Equal(3.0f / 255.0f, (Tensor.toArray train.Features)[3])))

      testCase "files of MNIST that are missing or wrong are refused with the reason" (fun () ->
          let refusal folder =
              Expect.Throws<FunctionalException>(fun () -> Dataset.mnist (Some folder) |> ignore).Message

          inFolder (fun folder ->
              let message = refusal folder
              Expect.Contains("train-images-idx3-ubyte", message)
              Expect.Contains($"\n  {folder}\n", message)
              Expect.Contains("FUNCTIONAL_DATA", message)
              miniature folder
              let labels = Path.Combine(folder, "train-labels-idx1-ubyte")

              for bytes, expected in
                  [ idx 8uy [ 2 ] [| 7uy; 10uy |], "label 1 is 10, and not a digit"
                    idx 8uy [ 3 ] [| 7uy; 1uy; 2uy |],
                    "shape [2; 28; 28] with labels of shape [3] is not that of MNIST"
                    idx 8uy [ 2 ] [| 7uy |], "is truncated" ] do
                  File.WriteAllBytes(labels, (bytes: byte[]))
                  Expect.Contains(expected, refusal folder))) ]
    |> testList "Data.Datasets"
