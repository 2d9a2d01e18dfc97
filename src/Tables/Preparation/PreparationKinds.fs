namespace Functional

open System.Collections.Concurrent

/// Making kinds of preparations, and knowing them by name.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module PreparationKind =
    let private registered = ConcurrentDictionary<string, PreparationKind>()

    /// A kind that takes columns of numbers, and true and false as 1 and 0 where they are named; it learns nothing, and gives its
    /// columns back. Change the fields that differ: `{ PreparationKind.ofNumbers "halve" with Apply = ... }`.
    let ofNumbers (name: string) : PreparationKind =
        { Name = name
          Takes = [ ColumnForm.Numbers ]
          Accepts = [ ColumnForm.Numbers; ColumnForm.Flags ]
          Learns = []
          CheckSettings = ignore
          CheckLearned = ignore
          Learn = fun _ _ -> []
          OutputNames = _.Columns
          Apply = fun _ input -> input.Columns
          Invert = None
          Keeps = None }

    /// A kind that takes columns of words and of true and false, and columns of every other form where they are named; it learns
    /// nothing, and gives its columns back.
    let ofWords (name: string) : PreparationKind =
        { ofNumbers name with
            Takes = [ ColumnForm.Words; ColumnForm.Flags ]
            Accepts = [ ColumnForm.Words; ColumnForm.Flags; ColumnForm.Numbers; ColumnForm.Dates ] }

    /// A kind that takes columns of every form.
    let ofAll (name: string) : PreparationKind =
        let every = [ ColumnForm.Numbers; ColumnForm.Words; ColumnForm.Flags; ColumnForm.Dates ]
        { ofNumbers name with Takes = every; Accepts = every }

    /// Makes a kind known by its name, so that saved preparations of it can be loaded. Registering a kind again
    /// replaces it. The library's own kinds are known, and cannot be replaced.
    let register (kind: PreparationKind) : unit = registered[kind.Name] <- kind

    /// The kind that was registered under a name.
    let internal tryRegistered (name: string) : PreparationKind option =
        match registered.TryGetValue name with
        | true, kind -> Some kind
        | _ -> None

    /// The names of the kinds that were registered.
    let internal registeredNames () : string list = List.ofSeq registered.Keys
