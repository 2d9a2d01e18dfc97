namespace Functional

open Deedle

/// NumPy's files to frames and back: beside the core's `Npy.load` and `Npy.save` of tensors.
[<AutoOpen>]
module NpyFrames =
    /// NumPy's files.
    [<RequireQualifiedAccess>]
    module Npy =
        /// The columns of a tensor [n] or [n; k], of the type of its elements (float16 and bfloat16 as float32).
        let private columnsOf path name (x: Tensor) : int * IVector list =
            let strided (all: 'T[]) rows width =
                [ for i in 0 .. width - 1 ->
                      Vector.ofValues (Array.init rows (fun row -> all[row * width + i])) :> IVector ]

            let columns rows width =
                match x.DType with
                | Float64 -> strided (Tensor.toFloat64Array x) rows width
                | Float32 -> strided (Tensor.toArray x) rows width
                | Float16
                | BFloat16 -> strided (Tensor.toArray (Tensor.cast Float32 x)) rows width
                | Int32 -> strided (Tensor.toInts x) rows width
                | Int64 -> strided (Tensor.toInt64s x) rows width
                | Bool -> strided (Tensor.toBools x) rows width

            match x.Shape with
            | [ rows ] -> rows, columns rows 1
            | [ rows; width ] -> rows, columns rows width
            | shape ->
                Fail.file
                    path
                    $"{name} has the shape {Shape.toString shape}, and a frame is made of [n] or [n; k]; read it with Npy.load."

        /// Reads a .npy file of an array [n; k], or [n], into a frame of k columns of the array's type called 0, 1, ...
        ///
        /// Raises the errors of `Npy.load`, and `InvalidFile` for an array of another number of axes.
        let loadFrame (path: string) : Frame<int, string> =
            let rows, columns = columnsOf path "the array" (Npy.load path)
            Frames.ofVectors (Array.init columns.Length string, rows, Array.ofList columns)

        /// Reads a .npz file into a frame: an array [n] is a column under its name, an array [n; k] is k columns `name.0`,
        /// `name.1`, ... All must have as many rows.
        ///
        /// Raises the errors of `Npy.loadArchive`, and `InvalidFile` for arrays that do not fit each other.
        let loadArchiveFrame (path: string) : Frame<int, string> =
            let arrays =
                [ for name, x in Npy.loadArchive path ->
                      let rows, columns = columnsOf path $"'{name}'" x

                      match columns with
                      | [ column ] when x.Rank = 1 -> name, rows, [ name, column ]
                      | columns -> name, rows, columns |> List.mapi (fun i column -> $"{name}.{i}", column) ]

            match arrays with
            | [] -> Frames.ofVectors ([||], 0, [||])
            | (first, rows, _) :: others ->
                for name, count, _ in others do
                    if count <> rows then
                        Fail.file
                            path
                            $"'{first}' has {rows} rows and '{name}' {count}, and the columns of a frame have as many; read \
                              them with Npy.loadArchive."

                let names, columns =
                    arrays |> List.collect (fun (_, _, columns) -> columns) |> Array.ofList |> Array.unzip

                Frames.ofVectors (Frames.distinctNames names, rows, columns)

        let private tensorOf (frame: Frame<'R, string>) name columnType : Tensor =
            let rows = [ frame.RowCount ]

            let floats () =
                match FrameColumns.tryFloats frame name columnType with
                | Some values -> Tensor.ofFloat64Array rows values
                | None ->
                    Fail.data
                        "Npy.saveFrame"
                        $"column '{name}' is of {columnType.Name} and not of numbers. Encode it as numbers, or drop it with \
                          Frame.dropCol."

            let typed (make: 'T[] -> Tensor) =
                match FrameColumns.values<'T, _, _> frame name with
                | values, None -> make values
                | _, Some _ -> floats ()

            if columnType = typeof<int> then
                typed (Tensor.ofInts rows)
            elif columnType = typeof<int64> then
                typed (Tensor.ofInt64s rows)
            elif columnType = typeof<bool> then
                typed (Tensor.ofBools rows)
            elif columnType = typeof<float32> then
                typed (fun (values: float32[]) -> Tensor.ofArray rows values)
            else
                floats ()

        /// Writes the columns of a frame, which are of numbers or bool, to a .npz file, an array [n] each: `numpy.load(path)`
        /// reads them, and `loadArchiveFrame`. A column of whole numbers or bool that misses values becomes one of float64 with
        /// NaN.
        ///
        /// Raises `InvalidData` for a column of another type, and the errors of `Npy.saveArchive`.
        let saveFrame (path: string) (frame: Frame<'R, string>) : unit =
            Npy.saveArchive
                path
                [ for name, columnType in Seq.zip frame.ColumnKeys frame.ColumnTypes ->
                      name, tensorOf frame name columnType ]
