namespace Functional

open System.Collections.Generic
open Deedle

/// Fitting and applying preparations on tables.
module internal Preparing =
    let private names (known: seq<string>) = known |> Seq.truncate 20 |> String.concat ", "

    let private formWord form =
        match form with
        | ColumnForm.Numbers -> "numbers"
        | ColumnForm.Words -> "words"
        | ColumnForm.Flags -> "true and false"
        | ColumnForm.Dates -> "dates"

    let private place operation (table: ColumnTable) (name: string) =
        match table.TryPlace name with
        | Some place -> place
        | None ->
            Fail.argument operation "column" $"'{name}'" $"is no column of the frame; there is {names table.Names}."

    /// Raises the error of a column that a kind cannot take.
    let private checkForm (kind: PreparationKind) (table: ColumnTable) (name: string) =
        let form = table.Columns[place kind.Name table name].Form.Value

        if not (List.contains form kind.Accepts) then
            let takes = kind.Accepts |> List.map formWord |> String.concat " or "

            Fail.data
                kind.Name
                $"column '{name}' is of {formWord form}, and the step takes {takes}. Name the columns that it is to take with \
                  Preparation.on, or encode this one first."

    let private fitting (kind: PreparationKind) (target: string option) (except: string list) (table: ColumnTable) =
        let left = HashSet<string>(except)
        target |> Option.iter (left.Add >> ignore)

        table.Names
        |> Array.mapi (fun i name -> i, name)
        |> Array.filter (fun (i, name) ->
            not (left.Contains name) && List.contains table.Columns[i].Form.Value kind.Takes)
        |> Array.map snd

    let private checkTwice operation (columns: string list) =
        match columns |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1) with
        | Some(name, _) -> Fail.argument operation "columns" $"'{name}'" "stands twice; name each column once."
        | None -> ()

    let private refuseTarget operation (target: string option) (name: string) =
        if Some name = target then
            Fail.argument operation "columns" $"'{name}'" "is the target, which no step takes; leave it out."

    /// The columns that a step takes of a table.
    let private chosen
        (kind: PreparationKind)
        (target: string option)
        (choice: ColumnChoice)
        (table: ColumnTable)
        : string[] =
        match choice with
        | ColumnChoice.Fitting -> fitting kind target [] table
        | ColumnChoice.Except except ->
            except |> List.iter (place kind.Name table >> ignore)
            fitting kind target except table
        | ColumnChoice.Named columns ->
            checkTwice kind.Name columns

            for name in columns do
                refuseTarget kind.Name target name
                checkForm kind table name

            Array.ofList columns

    let private inputOf
        (target: string option)
        (names: string[])
        (columns: Column[])
        (table: ColumnTable)
        : PreparationInput =
        { RowCount = table.RowCount
          Names = names
          Columns = columns
          Target = target |> Option.bind (fun name -> table.TryColumn name |> Option.map (fun column -> name, column))
          Find = table.TryColumn }

    let private read (table: ColumnTable) (name: string) = table.Columns[(table.TryPlace name).Value].Values.Value

    /// The table with the columns `given` in place of `taken`: a column that keeps its name keeps its place, all others stand where
    /// the first of those that go away stood.
    let private replace operation (taken: string[]) (given: string[]) (columns: TableColumn[]) (table: ColumnTable) =
        if taken = given then
            let all = Array.copy table.Columns
            taken |> Array.iteri (fun i name -> all[(table.TryPlace name).Value] <- columns[i])
            table.With(table.Names, all)
        else
            let byName = Dictionary<string, TableColumn>()
            given |> Array.iteri (fun i name -> byName.Add(name, columns[i]))
            let takenNames = HashSet<string> taken
            let added = List<string * TableColumn>()

            for i in 0 .. given.Length - 1 do
                if not (takenNames.Contains given[i]) then
                    added.Add((given[i], columns[i]))

            let all = List<string * TableColumn>()
            let mutable isAdded = false

            for name, column in Array.zip table.Names table.Columns do
                if not (takenNames.Contains name) then
                    if byName.ContainsKey name then
                        Fail.data
                            operation
                            $"it gives a column '{name}', and the frame has another of that name. Rename the frame's with \
                              Frame.renameCol."

                    all.Add((name, column))
                else
                    match byName.TryGetValue name with
                    | true, kept -> all.Add((name, kept))
                    | _ when isAdded -> ()
                    | _ ->
                        isAdded <- true
                        all.AddRange added

            if not isAdded then
                all.AddRange added

            table.With(all |> Seq.map fst |> Array.ofSeq, all |> Seq.map snd |> Array.ofSeq)

    let private checkGiven (step: PreparedStep) (given: string[]) (columns: Column[]) (rows: int) =
        let name = step.Kind.Name

        match given |> Array.countBy id |> Array.tryFind (fun (_, count) -> count > 1) with
        | Some(twice, _) -> Fail.data name $"it gives two columns named '{twice}'. Rename the frame's columns."
        | None -> ()

        if given.Length <> columns.Length || columns |> Array.exists (fun column -> column.Length <> rows) then
            Fail.data
                name
                $"its function gave {columns.Length} columns, and {given.Length} of {rows} rows were to come. Give a column for each \
                  of the output names, with as many rows as it got."

    /// The columns that a fitted step takes, in the forms that they had when it was fitted.
    let private taken (step: PreparedStep) (table: ColumnTable) : PreparationInput =
        let missing = step.Columns |> Array.filter (table.TryPlace >> Option.isNone)

        if missing.Length > 0 then
            Fail.data
                step.Kind.Name
                $"it was fitted on columns that the frame lacks: {names missing}. Give a frame with the columns that it was \
                  fitted on."

        let inForm name form =
            let column = read table name

            match Column.tryAs form column with
            | Some column -> column
            | None ->
                Fail.data
                    step.Kind.Name
                    $"column '{name}' was of {formWord form} when the step was fitted, and is of {formWord column.Form} now. Give \
                      it in the form that it had."

        inputOf None step.Columns (Array.map2 inForm step.Columns step.Forms) table

    let private applyStep (step: PreparedStep) (table: ColumnTable) : ColumnTable =
        let input = taken step table
        let columns = step.Kind.Apply step input
        let given = step.Kind.OutputNames step
        checkGiven step given columns table.RowCount

        // a column that comes back as it was stays the frame's own, with its type
        let cell i (column: Column) =
            if
                i < input.Columns.Length
                && obj.ReferenceEquals(column, input.Columns[i])
                && step.Columns[i] = given[i]
            then
                table.Columns[(table.TryPlace given[i]).Value]
            else
                TableColumn.ofColumn column

        replace step.Kind.Name step.Columns given (Array.mapi cell columns) table

    let private fitStep
        (kind: PreparationKind)
        settings
        choice
        (target: string option)
        (table: ColumnTable)
        : PreparedStep =
        kind.CheckSettings settings
        target |> Option.iter (place kind.Name table >> ignore)
        let columns = chosen kind target choice table

        if table.RowCount = 0 then
            Fail.data kind.Name "there are no rows to learn from. Give a frame with at least one row."

        let values = columns |> Array.map (read table)

        { Kind = kind
          Settings = settings
          Columns = columns
          Forms = values |> Array.map _.Form
          Learned = kind.Learn settings (inputOf target columns values table) }

    /// A part of a table: the columns of these names.
    let private select operation (columns: string[]) (table: ColumnTable) : ColumnTable =
        let places = columns |> Array.map (place operation table)
        table.With(columns, places |> Array.map (fun place -> table.Columns[place]))

    let rec private onPart (columns: string[]) (inner: ColumnTable -> ColumnTable) (table: ColumnTable) : ColumnTable =
        let part = inner (select "chain" columns table)
        replace "chain" columns part.Names part.Columns table

    /// The table after a fitted preparation. No row goes away.
    let rec apply (prepared: Prepared) (table: ColumnTable) : ColumnTable =
        match prepared with
        | Prepared.Step step -> applyStep step table
        | Prepared.Chain(None, steps) -> (table, steps) ||> List.fold (fun table step -> apply step table)
        | Prepared.Chain(Some columns, steps) -> table |> onPart columns (apply (Prepared.Chain(None, steps)))

    let private keeps (step: PreparedStep) (table: ColumnTable) : ColumnTable =
        match step.Kind.Keeps with
        | None -> table
        | Some keeps ->
            let keep = keeps step (taken step table)
            if Array.forall id keep then table else table.Filter keep

    /// What a preparation becomes on a table, and the table after it: rows that a step leaves out of training are gone.
    let rec fit (target: string option) (preparation: Preparation) (table: ColumnTable) : Prepared * ColumnTable =
        match preparation with
        | Preparation.Step(kind, settings, choice) ->
            let step = fitStep kind settings choice target table
            Prepared.Step step, applyStep step (keeps step table)
        | Preparation.Chain(ColumnChoice.Fitting, steps) ->
            let prepared, table = fitAll target steps table
            Prepared.Chain(None, prepared), table
        | Preparation.Chain(ColumnChoice.Named columns, steps) ->
            checkTwice "chain" columns
            columns |> List.iter (refuseTarget "chain" target)
            fitPart target (Array.ofList columns) steps table
        | Preparation.Chain(ColumnChoice.Except except, steps) ->
            except |> List.iter (place "chain" table >> ignore)
            let left = HashSet<string> except
            target |> Option.iter (left.Add >> ignore)
            fitPart target (table.Names |> Array.filter (left.Contains >> not)) steps table

    and private fitAll target steps table =
        let step (prepared, table) preparation =
            let one, table = fit target preparation table
            one :: prepared, table

        let prepared, table = (([], table), steps) ||> List.fold step
        List.rev prepared, table

    and private fitPart target columns steps table =
        // the target goes along, since steps may learn from it
        let along = columns |> Array.append (Option.toArray target) |> Array.distinct
        let prepared, part = fitAll target steps (select "chain" along table)

        let given = Array.zip part.Names part.Columns |> Array.filter (fun (name, _) -> Some name <> target)

        let rest =
            match part.Kept, table.Kept with
            | kept, before when kept = before -> table
            | Some kept, before ->
                let stays = HashSet<int> kept

                let first i =
                    match before with
                    | Some rows -> rows[i]
                    | None -> i

                table.Filter(Array.init table.RowCount (first >> stays.Contains))
            | None, _ -> table

        Prepared.Chain(Some columns, prepared), replace "chain" columns (Array.map fst given) (Array.map snd given) rest

    let private invertStep (step: PreparedStep) (table: ColumnTable) : ColumnTable =
        match step.Kind.Invert with
        | None ->
            Fail.argument
                "Prepared.invert"
                "step"
                step.Kind.Name
                "has no way back: what it gives does not tell what it was given. Invert the steps that have one."
        | Some invert ->
            let given = step.Kind.OutputNames step

            for name in given do
                place step.Kind.Name table name |> ignore

            let columns = invert step (given |> Array.map (read table))
            replace step.Kind.Name given step.Columns (columns |> Array.map TableColumn.ofColumn) table

    /// The names of all columns after a fitted preparation, from those before.
    let rec namesAfter (prepared: Prepared) (columns: string[]) : string[] =
        let empty = TableColumn.ofColumn (Column.Numbers [||])
        let table names = ColumnTable(0, names, Array.create names.Length empty, None)

        let swap taken given =
            (replace "chain" taken given (Array.create given.Length empty) (table columns)).Names

        match prepared with
        | Prepared.Step step -> swap step.Columns (step.Kind.OutputNames step)
        | Prepared.Chain(None, steps) -> (columns, steps) ||> List.fold (fun columns step -> namesAfter step columns)
        | Prepared.Chain(Some taken, steps) -> swap taken (namesAfter (Prepared.Chain(None, steps)) taken)

    /// The table before a fitted preparation, from the one after it.
    let rec invert (prepared: Prepared) (table: ColumnTable) : ColumnTable =
        match prepared with
        | Prepared.Step step -> invertStep step table
        | Prepared.Chain(None, steps) -> List.foldBack invert steps table
        | Prepared.Chain(Some columns, steps) ->
            let chain = Prepared.Chain(None, steps)
            let given = namesAfter chain columns
            let part = invert chain (select "chain" given table)
            replace "chain" given part.Names part.Columns table

/// Making and fitting preparations: scaling, filling, encoding and the like, fitted on one frame and applied to any.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Preparation =
    /// A preparation of a kind with settings, on all columns of the forms that the kind takes.
    let make (kind: PreparationKind) (settings: (string * Setting) list) : Preparation =
        Preparation.Step(kind, settings, ColumnChoice.Fitting)

    let private choose (choice: ColumnChoice) (preparation: Preparation) =
        match preparation with
        | Preparation.Step(kind, settings, _) -> Preparation.Step(kind, settings, choice)
        | Preparation.Chain(_, steps) -> Preparation.Chain(choice, steps)

    /// The preparation on these columns alone, in this order.
    let on (columns: seq<string>) (preparation: Preparation) : Preparation =
        preparation |> choose (ColumnChoice.Named(List.ofSeq columns))

    /// The preparation on all columns of the forms that it takes but these.
    let except (columns: seq<string>) (preparation: Preparation) : Preparation =
        preparation |> choose (ColumnChoice.Except(List.ofSeq columns))

    /// Preparations one after the other, each fitted on what those before it give. On columns of their own
    /// (`Preparation.chain [ ... ] |> Preparation.on [ "age"; "weight" ]`) they leave the others as they are, as the groups of
    /// scikit-learn's ColumnTransformer do with `remainder="passthrough"`.
    let chain (steps: seq<Preparation>) : Preparation = Preparation.Chain(ColumnChoice.Fitting, List.ofSeq steps)

    /// The kinds of all steps, in order.
    let rec kinds (preparation: Preparation) : string list =
        match preparation with
        | Preparation.Step(kind, _, _) -> [ kind.Name ]
        | Preparation.Chain(_, steps) -> steps |> List.collect kinds

    /// Fits on a frame. Columns that are missing or of a form that a step does not take, and data that it cannot learn from, are
    /// errors that name the step and the column.
    let fit (frame: Frame<'R, string>) (preparation: Preparation) : Prepared =
        ColumnTable.ofFrame frame |> Preparing.fit None preparation |> fst

    /// Fits on a frame with a target column, which no step takes or changes and some learn from.
    let fitTo (target: string) (frame: Frame<'R, string>) (preparation: Preparation) : Prepared =
        ColumnTable.ofFrame frame |> Preparing.fit (Some target) preparation |> fst

    let private applied (frame: Frame<'R, string>) (prepared: Prepared, table: ColumnTable) =
        prepared, ColumnTable.toFrameLike frame table

    /// Fits on a frame, and gives the frame as it is learnt from then: steps that leave rows out, such as those of outliers, do so
    /// here and nowhere else.
    let fitApply (frame: Frame<'R, string>) (preparation: Preparation) : Prepared * Frame<'R, string> =
        ColumnTable.ofFrame frame |> Preparing.fit None preparation |> applied frame

    /// `fitApply` with a target column, which no step takes or changes and some learn from.
    let fitApplyTo
        (target: string)
        (frame: Frame<'R, string>)
        (preparation: Preparation)
        : Prepared * Frame<'R, string> =
        ColumnTable.ofFrame frame |> Preparing.fit (Some target) preparation |> applied frame

/// Using fitted preparations.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Prepared =
    /// The frame with the columns that the preparation gives in place of those that it takes; others stay as they are. A column that
    /// keeps its name keeps its place, new ones stand where the first that goes away stood. All rows stay. A column that is
    /// missing or of another form than at the fit is an error that names it.
    let apply (frame: Frame<'R, string>) (prepared: Prepared) : Frame<'R, string> =
        ColumnTable.ofFrame frame |> Preparing.apply prepared |> ColumnTable.toFrameLike frame

    /// The frame before the preparation, from the one after it. A step without a way back is an error that names it.
    let invert (frame: Frame<'R, string>) (prepared: Prepared) : Frame<'R, string> =
        ColumnTable.ofFrame frame |> Preparing.invert prepared |> ColumnTable.toFrameLike frame

    /// All steps in order.
    let rec steps (prepared: Prepared) : PreparedStep list =
        match prepared with
        | Prepared.Step step -> [ step ]
        | Prepared.Chain(_, inner) -> inner |> List.collect steps

    /// The only step; of a chain of several an error.
    let step (prepared: Prepared) : PreparedStep =
        match steps prepared with
        | [ one ] -> one
        | several -> Fail.argument "Prepared.step" "steps" several.Length "are not one; take one of Prepared.steps."

    /// The names of all columns after the preparation, from those of the frame before it.
    let columnNames (columns: seq<string>) (prepared: Prepared) : string list =
        Preparing.namesAfter prepared (Array.ofSeq columns) |> List.ofArray
