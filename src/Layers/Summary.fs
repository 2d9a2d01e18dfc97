namespace Functional

open System.Globalization

/// The table of a layer's stages, as Keras prints it.
module Summary =
    let private known =
        dict
            [ "relu", "ReLU"
              "relu6", "ReLU6"
              "leaky_relu", "LeakyReLU"
              "prelu", "PReLU"
              "elu", "ELU"
              "selu", "SELU"
              "gelu", "GELU"
              "gelu_tanh", "GELU"
              "silu", "SiLU"
              "simple_rnn", "SimpleRNN"
              "lstm", "LSTM"
              "gru", "GRU" ]

    let private typeName (kind: string) =
        match known.TryGetValue kind with
        | true, name -> name
        | _ ->
            kind.Split '_'
            |> Array.map (fun word ->
                if word = "" then
                    ""
                else
                    word.Substring(0, 1).ToUpperInvariant() + word.Substring 1)
            |> String.concat ""
            |> fun name -> name.Replace("1d", "1D").Replace("2d", "2D").Replace("3d", "3D")

    let private grouped (n: int64) = n.ToString("N0", CultureInfo.InvariantCulture)

    let private size (bytes: int64) =
        let rec shown (value: float) units =
            match units with
            | [ unit ] -> value, unit
            | unit :: _ when value < 1024.0 -> value, unit
            | _ :: rest -> shown (value / 1024.0) rest
            | [] -> value, ""

        let value, unit = shown (float bytes) [ "B"; "KB"; "MB"; "GB"; "TB" ]
        value.ToString("F2", CultureInfo.InvariantCulture) + " " + unit

    let private shapeText (shapes: Shape list) =
        let one (shape: Shape) = "(" + String.concat ", " ("None" :: List.map string shape) + ")"

        match shapes with
        | [ shape ] -> one shape
        | shapes -> "[" + (shapes |> List.map one |> String.concat ", ") + "]"

    let private total (variables: Variable list) =
        variables |> List.sumBy (fun v -> int64 v.Tensor.Size),
        variables |> List.sumBy (fun v -> int64 v.Tensor.Size * int64 v.Tensor.DType.Size)

    /// A row a stage with its name, kind, output shape and number of parameters, and the totals below with their sizes
    /// in memory. The shapes given are those of one sample; `None` stands for the batch. Variables of another layer are
    /// an error.
    let table (name: string) (layer: Layer<'In, 'Out>) (input: Shape list) (variables: Variables) : string =
        let kinds = layer.Network.Nodes |> List.map _.Stage.Kind
        let counts = Network.variablesOfNodes variables layer.Network |> List.map Variables.flatten

        let rows =
            (Layer.stages input layer, kinds, counts)
            |||> List.map3 (fun (name, shapes) kind own ->
                [ $"{name} ({typeName kind})"; shapeText shapes; grouped (fst (total own)) ])

        let header = [ "Layer (type)"; "Output Shape"; "Param #" ]

        let widths =
            List.transpose (header :: rows)
            |> List.map (fun cells -> cells |> List.map String.length |> List.max)
            |> List.map2 max [ 28; 20; 12 ]

        let line cells =
            List.map2 (fun (cell: string) (width: int) -> cell.PadRight width) cells widths
            |> String.concat "  "
            |> fun text -> (" " + text).TrimEnd()

        let width = List.sum widths + 2 * widths.Length
        let all = Variables.flatten variables
        let trainable, fixed' = all |> List.partition _.Trainable

        let sum label variables =
            let count, bytes = total variables
            $"{label} params: {grouped count} ({size bytes})"

        [ $"Model: \"{name}\""
          String.replicate width "_"
          line header
          String.replicate width "="
          yield! List.map line rows
          String.replicate width "="
          sum "Total" all
          sum "Trainable" trainable
          sum "Non-trainable" fixed' ]
        |> String.concat "\n"
