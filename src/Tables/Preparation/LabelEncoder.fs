namespace Functional

open Deedle

/// The classes of labels in order: the place of a label is the number of its class.
type LabelEncoder =
    {
        /// The names of the classes, ascending: words by their characters, numbers by value.
        Classes: string list
    }

/// Labels to class numbers and back, as in scikit-learn's LabelEncoder.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module LabelEncoder =
    /// The encoder of the different words among labels. A missing one, null, is an error.
    let fit (labels: seq<string>) : LabelEncoder =
        let labels = Array.ofSeq labels

        if Array.exists isNull labels then
            Fail.data "LabelEncoder.fit" "a label is missing. Leave its row out."

        { Classes = List.ofArray (Column.categories (Column.Words labels)) }

    /// The encoder of a column of a frame of any form. A missing value is an error.
    let ofColumn (column: string) (frame: Frame<'R, string>) : LabelEncoder =
        Split.labels column frame |> ignore

        match (ColumnTable.ofFrame frame).TryColumn column with
        | Some values -> { Classes = List.ofArray (Column.categories values) }
        | None -> { Classes = [] }

    /// The number of each label's class, Int32 [n]. A label that is none of the classes is an error.
    let encode (labels: seq<string>) (encoder: LabelEncoder) : Tensor =
        let place = Categories.placing (Array.ofList encoder.Classes)

        let numbers =
            labels
            |> Array.ofSeq
            |> Array.map (fun label ->
                match place label with
                | -1 ->
                    let known = encoder.Classes |> Seq.truncate 20 |> String.concat ", "

                    Fail.argument
                        "LabelEncoder.encode"
                        "labels"
                        $"'{label}'"
                        $"is none of the classes, which are {known}."
                | number -> number)

        Tensor.ofInts [ numbers.Length ] numbers

    /// The names of classes by their numbers, a tensor [n]. A number without a class is an error.
    let decode (classes: Tensor) (encoder: LabelEncoder) : string list =
        let names = Array.ofList encoder.Classes

        [ for number in Tensor.toInts (Tensor.cast Int32 classes) ->
              if number < 0 || number >= names.Length then
                  Fail.argument "LabelEncoder.decode" "classes" number $"has no name; there are {names.Length} classes."
              else
                  names[number] ]
