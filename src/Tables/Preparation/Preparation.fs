namespace Functional

/// A part of what a preparation learnt from the data it was fitted on.
[<RequireQualifiedAccess>]
type Learned =
    /// Numbers, such as one for each column.
    | Numbers of float[]
    /// Words, such as one for each column.
    | Words of string[]
    /// Lists of numbers, such as one for each column.
    | NumberLists of float[][]
    /// Lists of words, such as one for each column.
    | WordLists of string[][]

/// Reading parts of the learnt by name.
module internal LearnedParts =
    let find operation (name: string) (learned: (string * Learned) list) : Learned =
        match learned |> List.tryFind (fst >> (=) name) with
        | Some(_, part) -> part
        | None ->
            let known = learned |> List.map fst |> String.concat ", "
            Fail.argument operation "name" $"'{name}'" $"is nothing that the step learnt; there is {known}."

    let private formWord (part: Learned) =
        match part with
        | Learned.Numbers _ -> "numbers"
        | Learned.Words _ -> "words"
        | Learned.NumberLists _ -> "lists of numbers"
        | Learned.WordLists _ -> "lists of words"

    let unfit operation (name: string) (wanted: string) (part: Learned) : 'T =
        Fail.argument operation "name" $"'{name}'" $"is {formWord part} and not {wanted}; read it as what it is."

/// What a part of the learnt must be; files are checked against it.
[<RequireQualifiedAccess>]
type LearnedForm =
    /// One number for each column.
    | NumberEach
    /// One word for each column.
    | WordEach
    /// A list of numbers for each column.
    | NumbersEach
    /// A list of words for each column.
    | WordsEach
    /// Any number of numbers.
    | Numbers
    /// Any number of words.
    | Words
    /// Any number of lists of numbers.
    | NumberLists
    /// Any number of lists of words.
    | WordLists

/// The columns that a preparation takes.
[<RequireQualifiedAccess>]
type ColumnChoice =
    /// All that are of a form that the kind takes by default, but for the target.
    | Fitting
    /// These alone, in this order.
    | Named of string list
    /// All that are of a form that the kind takes by default, but for the target and these.
    | Except of string list

/// The data that a preparation is fitted on or applied to.
[<NoComparison; NoEquality>]
type PreparationInput =
    {
        /// The number of rows.
        RowCount: int
        /// The names of the columns that the preparation takes.
        Names: string[]
        /// The columns that it takes.
        Columns: Column[]
        /// The name and the values of the target, where there is one and the preparation is fitted.
        Target: (string * Column) option
        /// Any column of the frame by its name.
        Find: string -> Column option
    }

/// A kind of preparation: functions over columns. The settings are those of `Preparation.make`.
[<NoComparison; NoEquality>]
type PreparationKind =
    {
        /// The name, in snake case, under which files have it.
        Name: string
        /// The forms of columns that it takes where no columns are named.
        Takes: ColumnForm list
        /// The forms that it can take where columns are named.
        Accepts: ColumnForm list
        /// The names and forms of all that it learns.
        Learns: (string * LearnedForm) list
        /// Raises the error of wrong settings.
        CheckSettings: (string * Setting) list -> unit
        /// Raises the error of learnt values that do not fit each other, as a damaged file may hold them. What `Learns` says is
        /// checked before.
        CheckLearned: PreparedStep -> unit
        /// What it learns from data.
        Learn: (string * Setting) list -> PreparationInput -> (string * Learned) list
        /// The names of the columns that it gives in place of those that it takes.
        OutputNames: PreparedStep -> string[]
        /// The columns that it gives.
        Apply: PreparedStep -> PreparationInput -> Column[]
        /// The columns that it took, from those that it gave, where there is a way back.
        Invert: (PreparedStep -> Column[] -> Column[]) option
        /// Whether each row stays while a pipeline is fitted; predictions keep all rows.
        Keeps: (PreparedStep -> PreparationInput -> bool[]) option
    }

/// One fitted preparation: all that it knows is here.
and [<ReferenceEquality>] PreparedStep =
    {
        /// Its kind.
        Kind: PreparationKind
        /// Its settings.
        Settings: (string * Setting) list
        /// The columns that it takes, in order.
        Columns: string[]
        /// The form that each of these columns had at the fit, and is brought to when the step is applied.
        Forms: ColumnForm[]
        /// What it learnt, by name.
        Learned: (string * Learned) list
    }

    /// Numbers that it learnt; another name, and what is not numbers, are errors.
    member me.Numbers(name: string) : float[] =
        match LearnedParts.find me.Kind.Name name me.Learned with
        | Learned.Numbers values -> values
        | other -> LearnedParts.unfit me.Kind.Name name "numbers" other

    /// Words that it learnt; another name, and what is not words, are errors.
    member me.Words(name: string) : string[] =
        match LearnedParts.find me.Kind.Name name me.Learned with
        | Learned.Words values -> values
        | other -> LearnedParts.unfit me.Kind.Name name "words" other

    /// Lists of numbers that it learnt; another name, and what is not lists of numbers, are errors.
    member me.NumberLists(name: string) : float[][] =
        match LearnedParts.find me.Kind.Name name me.Learned with
        | Learned.NumberLists values -> values
        | other -> LearnedParts.unfit me.Kind.Name name "lists of numbers" other

    /// Lists of words that it learnt; another name, and what is not lists of words, are errors.
    member me.WordLists(name: string) : string[][] =
        match LearnedParts.find me.Kind.Name name me.Learned with
        | Learned.WordLists values -> values
        | other -> LearnedParts.unfit me.Kind.Name name "lists of words" other

/// A preparation that is not fitted yet, as data: scaling, filling, encoding, or a chain of such steps.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type Preparation =
    /// One step: its kind, its settings and the columns it takes.
    | Step of kind: PreparationKind * settings: (string * Setting) list * columns: ColumnChoice
    /// Steps one after the other. Where columns are named, the steps see these alone, and the others pass them by.
    | Chain of columns: ColumnChoice * steps: Preparation list

/// A fitted preparation, ready for any frame with the columns it was fitted on.
[<RequireQualifiedAccess; ReferenceEquality>]
type Prepared =
    /// One step.
    | Step of PreparedStep
    /// Steps one after the other; on these columns alone, where there are some.
    | Chain of columns: string[] option * steps: Prepared list
