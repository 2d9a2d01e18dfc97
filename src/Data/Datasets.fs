namespace Functional

open System
open System.Globalization
open System.IO

/// The tables that the library carries.
module private Tables =
    /// The names of the columns, and the cells of each row, of an embedded table.
    let read (name: string) : string list * string[][] =
        use stream =
            match typeof<Dataset>.Assembly.GetManifestResourceStream name with
            | null -> Fail.file name "is missing from the library: it was built without its resources."
            | stream -> stream

        use reader = new StreamReader(stream)

        let lines =
            reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            |> Array.map (fun line -> line.TrimEnd('\r').Split ',')

        List.ofArray lines[0], lines[1..]

    /// All cells but the last of each row as numbers, each divided by `scale`.
    let features (scale: float32) (rows: string[][]) : Tensor =
        let width = rows[0].Length - 1

        let elements =
            [| for row in rows do
                   for cell in Array.truncate width row do
                       Single.Parse(cell, CultureInfo.InvariantCulture) / scale |]

        Tensor.ofArray [ rows.Length; width ] elements

/// Where the files of MNIST are, and what they hold.
module private Mnist =
    let private variable = "FUNCTIONAL_DATA"

    /// The file in the folder, plain or compressed, under the names that are in use.
    let private tryFind (folder: string) (name: string) : string option =
        [ name; name.Replace("-idx", ".idx") ]
        |> List.collect (fun name -> [ name; name + ".gz" ])
        |> List.map (fun name -> Path.Combine(folder, name))
        |> List.tryFind File.Exists

    let private parts =
        [ "train-images-idx3-ubyte"
          "train-labels-idx1-ubyte"
          "t10k-images-idx3-ubyte"
          "t10k-labels-idx1-ubyte" ]

    let rec private upward (folder: DirectoryInfo | null) : string list =
        match folder with
        | null -> []
        | folder -> Path.Combine(folder.FullName, "shared", "data", "mnist") :: upward folder.Parent

    /// The folders to look in, in order.
    let private candidates (folder: string option) : string list =
        let within (folder: string) = [ folder; Path.Combine(folder, "mnist") ]

        match folder, Environment.GetEnvironmentVariable variable with
        | Some folder, _ -> within folder
        | None, (null | "") ->
            upward (DirectoryInfo(Directory.GetCurrentDirectory()))
            @ upward (DirectoryInfo AppContext.BaseDirectory)
            |> List.distinct
        | None, folder -> within folder

    /// The four files, or the error that says where they were looked for.
    let private find (folder: string option) : string list =
        let folders = candidates folder

        let complete =
            folders
            |> List.tryPick (fun folder ->
                match parts |> List.map (tryFind folder) with
                | found when List.forall Option.isSome found -> Some(List.choose id found)
                | _ -> None)

        match complete with
        | Some files -> files
        | None ->
            let names = String.Join(", ", parts)
            let places = folders |> List.map (fun f -> "\n  " + f) |> String.concat ""

            Fail.file
                "MNIST"
                $"the files {names} (plain or .gz) are in none of the folders{places}\nPut all four \
                  into one folder and name it, or set {variable} to it."

    /// Grey values as numbers from 0 to 1.
    let private scaled (bytes: byte[]) : float32[] = bytes |> Array.map (fun b -> float32 b / 255.0f)

    let private part (images: string) (labels: string) : Dataset =
        let pixels, shape = Idx.readBytes images
        let digits, labelShape = Idx.readBytes labels

        match shape, labelShape with
        | [ n; 28; 28 ], [ m ] when n = m && n > 0 ->
            match digits |> Array.tryFindIndex (fun d -> d > 9uy) with
            | Some i -> Fail.file labels $"label {i} is {digits[i]}, and not a digit."
            | None ->
                Dataset.ofTensors
                    (Elements.toTensor (scaled pixels) [ n; 784 ])
                    (Tensor.ofInts [ n ] (Array.map int digits))
                |> Dataset.withClassNames [ for d in 0..9 -> string d ]
        | _ ->
            Fail.file
                images
                $"shape {Shape.toString shape} with labels of shape {Shape.toString labelShape} is not that of MNIST: \
                  [n; 28; 28] with [n]."

    /// The parts to train and to test with.
    let load (folder: string option) : Dataset * Dataset =
        match find folder with
        | [ trainImages; trainLabels; testImages; testLabels ] ->
            part trainImages trainLabels, part testImages testLabels
        | files -> Fail.argument "Dataset.mnist" "files" files.Length "were found in place of four."

/// Data sets that are ready to use.
[<AutoOpen>]
module Datasets =
    /// Data sets that are ready to use: two that the library carries, and MNIST from its files.
    module Dataset =
        /// 1,797 handwritten digits of 8x8 pixels: features Float32 [1797; 64], grey values from 0 (background) to 1,
        /// row by row; labels Int32 [1797], the digits 0 to 9. No file is needed.
        ///
        /// E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
        /// Repository, https://doi.org/10.24432/C50P49, CC BY 4.0; the file's grey values 0 to 16 are divided by 16.
        let digits () : Dataset =
            let header, rows = Tables.read "Functional.digits8x8.csv"

            let labels = rows |> Array.map (fun row -> Int32.Parse(Array.last row, CultureInfo.InvariantCulture))

            Dataset.ofTensors (Tables.features 16.0f rows) (Tensor.ofInts [ rows.Length ] labels)
            |> Dataset.withFeatureNames (List.truncate 64 header)
            |> Dataset.withClassNames [ for d in 0..9 -> string d ]

        /// 150 irises of three species: features Float32 [150; 4], the length and width of sepal and petal in
        /// centimetres; labels Int32 [150]: 0 setosa, 1 versicolor, 2 virginica, 50 of each, in this order. No file is
        /// needed.
        ///
        /// R. A. Fisher (1936), Iris, UCI Machine Learning Repository, https://doi.org/10.24432/C56C76, CC BY 4.0.
        let iris () : Dataset =
            let header, rows = Tables.read "Functional.iris.csv"
            let species = rows |> Array.map Array.last
            let names = species |> Array.distinct |> List.ofArray

            let labels = species |> Array.map (fun s -> List.findIndex ((=) s) names)

            Dataset.ofTensors (Tables.features 1.0f rows) (Tensor.ofInts [ rows.Length ] labels)
            |> Dataset.withFeatureNames (List.truncate 4 header)
            |> Dataset.withClassNames names

        /// MNIST, 60,000 handwritten digits to train and 10,000 to test with: features Float32 [n; 784], grey values
        /// from 0 (background) to 1, row by row; labels Int32 [n], the digits 0 to 9.
        ///
        /// The four files, plain or .gz, are looked for in `folder` and in its folder mnist. Without a folder that is
        /// the one that the environment variable FUNCTIONAL_DATA names; and where it is not set, shared/data/mnist
        /// beside the current folder or beside the program, or beside any folder above them. Raises `InvalidFile`,
        /// which names the folders looked in, where the files are in none, and where a file is damaged.
        let mnist (folder: string option) : Dataset * Dataset = Mnist.load folder

        /// MNIST as images: what `mnist` gives, with features of shape [n; 28; 28; 1].
        let mnistImages (folder: string option) : Dataset * Dataset =
            let train, test = mnist folder
            Dataset.reshapeFeatures [ 28; 28; 1 ] train, Dataset.reshapeFeatures [ 28; 28; 1 ] test
