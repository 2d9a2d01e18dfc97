namespace Functional

open System
open System.IO
open Deedle

/// What notebooks show beside charts and reports, which they know by themselves.
[<RequireQualifiedAccess>]
module Notebook =
    let private register (formatter: Type) : bool =
        let signature = [| typeof<Type>; typeof<Action<obj, TextWriter>>; typeof<string> |]

        match formatter.GetMethod("Register", signature) with
        | null -> false
        | method' ->
            let write (value: obj) (writer: TextWriter) =
                match value with
                | :? IFrame as frame ->
                    let html =
                        frame.Apply
                            { new IFrameOperation<string> with
                                member _.Invoke frame = Frame.toHtml frame }

                    writer.Write html
                | _ -> ()

            let arguments: obj[] = [| typeof<IFrame>; Action<obj, TextWriter> write; "text/html" |]
            method'.Invoke(null, arguments) |> ignore
            true

    /// Lets the notebook that runs this show Deedle's frames as tables, by `Frame.toHtml`. False, and nothing else, outside a notebook of
    /// Microsoft.DotNet.Interactive (Polyglot Notebooks, Jupyter with .NET's kernel).
    let showFrames () : bool =
        AppDomain.CurrentDomain.GetAssemblies()
        |> Array.tryPick (fun assembly ->
            if assembly.GetName().Name = "Microsoft.DotNet.Interactive.Formatting" then
                Option.ofObj (assembly.GetType "Microsoft.DotNet.Interactive.Formatting.Formatter")
            else
                None)
        |> Option.exists register
