namespace Functional

/// One option of a layer as data: what JSON can hold.
[<RequireQualifiedAccess>]
type Setting =
    /// A real number.
    | Number of float
    /// A whole number.
    | Whole of int
    /// A text.
    | Text of string
    /// Yes or no.
    | Flag of bool
    /// Several settings in order.
    | Items of Setting list
    /// Settings under names.
    | Group of (string * Setting) list

/// A layer as data: summaries, drawings, saving and loading read it.
type Description =
    {
        /// The kind of layer, in Keras's snake case: "dense", "batch_normalization", "sequential".
        Kind: string
        /// The name its user gave it, or "" where it gets one from its kind and place.
        Name: string
        /// Its options under Keras's names.
        Settings: (string * Setting) list
        /// The layers it is made of, in order.
        Children: Description list
    }

/// Reading settings back: an error names the owner of the settings and the one that is wrong.
module internal Settings =
    /// Settings under names, and their owner for errors.
    type Source = { Owner: string; Settings: (string * Setting) list }

    /// The settings of a group.
    let ofGroup owner setting =
        match setting with
        | Setting.Group settings -> { Owner = owner; Settings = settings }
        | Setting.Number _
        | Setting.Whole _
        | Setting.Text _
        | Setting.Flag _
        | Setting.Items _ -> Fail.data owner "its description is damaged: settings under names were expected."

    /// The settings of a layer.
    let ofDescription (d: Description) = { Owner = d.Kind; Settings = d.Settings }

    /// The setting, if it is there.
    let tryFind source name = source.Settings |> List.tryFind (fst >> (=) name) |> Option.map snd

    /// The setting, which must be there.
    let find source name =
        match tryFind source name with
        | Some setting -> setting
        | None -> Fail.data source.Owner $"its description is damaged: the setting '{name}' is missing."

    let private wrong source name kind =
        Fail.data source.Owner $"its description is damaged: the setting '{name}' must be {kind}."

    /// The value of a setting of one type, if it is of that type; a whole number is read as a real one too.
    let asNumber setting =
        match setting with
        | Setting.Number value -> Some value
        | Setting.Whole value -> Some(float value)
        | Setting.Text _
        | Setting.Flag _
        | Setting.Items _
        | Setting.Group _ -> None

    /// The whole number of a setting that is one.
    let asWhole setting =
        match setting with
        | Setting.Whole value -> Some value
        | Setting.Number _
        | Setting.Text _
        | Setting.Flag _
        | Setting.Items _
        | Setting.Group _ -> None

    /// The text of a setting that is one.
    let asText setting =
        match setting with
        | Setting.Text value -> Some value
        | Setting.Number _
        | Setting.Whole _
        | Setting.Flag _
        | Setting.Items _
        | Setting.Group _ -> None

    /// Yes or no, of a setting that is either.
    let asFlag setting =
        match setting with
        | Setting.Flag value -> Some value
        | Setting.Number _
        | Setting.Whole _
        | Setting.Text _
        | Setting.Items _
        | Setting.Group _ -> None

    let private read (ofSetting: Setting -> 'T option) kind source name : 'T =
        match ofSetting (find source name) with
        | Some value -> value
        | None -> wrong source name kind

    let private wholeOf source name setting =
        match asWhole setting with
        | Some value -> value
        | None -> wrong source name "a whole number"

    /// A real number; a whole one will do.
    let number source name : float = read asNumber "a number" source name

    /// A whole number.
    let whole source name : int = read asWhole "a whole number" source name

    /// A text.
    let text source name : string = read asText "a text" source name

    /// Yes or no.
    let flag source name : bool = read asFlag "true or false" source name

    /// Whole numbers in order.
    let wholes source name =
        match find source name with
        | Setting.Items items -> items |> List.map (wholeOf source name)
        | Setting.Number _
        | Setting.Whole _
        | Setting.Text _
        | Setting.Flag _
        | Setting.Group _ -> wrong source name "a list of whole numbers"

    /// Whole numbers as a setting.
    let ofWholes (values: int list) = Setting.Items(List.map Setting.Whole values)

    /// Settings in order.
    let items source name =
        match find source name with
        | Setting.Items items -> items
        | Setting.Number _
        | Setting.Whole _
        | Setting.Text _
        | Setting.Flag _
        | Setting.Group _ -> wrong source name "a list"
