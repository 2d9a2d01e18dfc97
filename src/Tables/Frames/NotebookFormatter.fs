namespace Functional.Notebooks

open System
open System.IO

/// What notebooks show as HTML.
type internal IShownInNotebooks =
    /// The HTML of a cell's output.
    abstract NotebookHtml: unit -> string

/// The formatter that Microsoft.DotNet.Interactive finds by the names of its public members, so that this assembly needs no reference
/// to it.
type NotebookFormatter() =
    /// What it writes.
    member _.MimeType = "text/html"

    /// Writes a value, where it is one of ours.
    member _.Format(instance: obj, writer: TextWriter) : bool =
        match instance with
        | :? IShownInNotebooks as shown ->
            writer.Write(shown.NotebookHtml())
            true
        | _ -> false

/// Gives notebooks the formatter; see `NotebookFormatter`.
type NotebookFormatterSource() =
    /// The formatters.
    member _.CreateTypeFormatters() : seq<obj> = Seq.singleton (NotebookFormatter() :> obj)

/// Names the formatter of a type. Microsoft.DotNet.Interactive knows the attribute by its name.
[<AttributeUsage(AttributeTargets.Class ||| AttributeTargets.Struct)>]
type TypeFormatterSourceAttribute(formatterSourceType: Type) =
    inherit Attribute()

    /// The type that gives the formatters.
    member _.FormatterSourceType = formatterSourceType

    /// The kinds of output, best first.
    member val PreferredMimeTypes: string[] = [| "text/html" |] with get, set
