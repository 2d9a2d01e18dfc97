namespace Functional

open System.Globalization

/// The table of a model's layers, as Keras prints it.
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

    /// A row a layer: its name and kind, output shape, number of parameters, and in a graph the layers and inputs it
    /// takes; layers inside a block follow it, indented.
    let rec private rows depth (infos: LayerInfo list) : string list list =
        infos
        |> List.collect (fun info ->
            let indent = if depth = 0 then "" else String.replicate (2 * depth - 1) " " + "└ "
            let name = Array.last (info.Path.Split '/')

            let connected =
                info.ConnectedTo |> List.map (fun path -> Array.last (path.Split '/')) |> String.concat ", "

            [ $"{indent}{name} ({typeName info.Kind})"
              shapeText info.OutputShapes
              grouped info.Parameters
              (if connected = "" then "-" else connected) ]
            :: rows (depth + 1) info.Layers)

    let private drawn (header: string list) least (rows: string list list) =
        let widths =
            List.transpose (header :: rows)
            |> List.map (fun cells -> cells |> List.map String.length |> List.max)
            |> List.map2 max least

        let line cells =
            List.map2 (fun (cell: string) (width: int) -> cell.PadRight width) cells widths
            |> String.concat "  "
            |> fun text -> (" " + text).TrimEnd()

        let width = List.sum widths + 2 * widths.Length

        [ String.replicate width "_"
          line header
          String.replicate width "="
          yield! List.map line rows
          String.replicate width "=" ]

    /// `table` with the optimizer's variables: its moments, its step count and its learning rate.
    let tableWith
        (optimizer: Tree<Tensor> option)
        (name: string)
        (layer: Layer<'In, 'Out>)
        (input: Shape list)
        (variables: Variables)
        : string =
        // variables of another layer are an error
        Network.variablesOfNodes variables layer.Network |> ignore
        let cells = rows 0 (Network.layers input layer.Network)

        let table =
            if Network.isChain layer.Network then
                drawn [ "Layer (type)"; "Output Shape"; "Param #" ] [ 28; 20; 12 ] (List.map (List.take 3) cells)
            else
                drawn [ "Layer (type)"; "Output Shape"; "Param #"; "Connected to" ] [ 28; 20; 12; 16 ] cells

        let all = Variables.flatten variables
        let trainable, others = all |> List.partition _.Trainable

        let memory =
            optimizer
            |> Option.map (fun tree ->
                Tree.flatten tree |> List.map (fun (path, x) -> { Path = path; Tensor = x; Trainable = false }))

        let sum label variables =
            let count, bytes = total variables
            $"{label} params: {grouped count} ({size bytes})"

        [ $"Model: \"{name}\""
          yield! table
          sum "Total" (all @ Option.defaultValue [] memory)
          sum "Trainable" trainable
          sum "Non-trainable" others
          match memory with
          | Some memory -> sum "Optimizer" memory
          | None -> () ]
        |> String.concat "\n"

    /// A row a layer with its name, kind, output shape and number of parameters, and the totals below with their sizes
    /// in memory. Layers inside a block follow it, indented; a graph has a column of the layers and inputs that
    /// each one takes. The shapes given are those of one sample; `None` stands for the batch. Variables of another layer
    /// are an error.
    let table (name: string) (layer: Layer<'In, 'Out>) (input: Shape list) (variables: Variables) : string =
        tableWith None name layer input variables
