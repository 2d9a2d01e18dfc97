/// Rows given as records, dictionaries and series, as tables of columns.
module internal Functional.RecordColumns

open System
open System.Collections.Concurrent
open System.Reflection

let private readers = ConcurrentDictionary<Type, (string * (obj -> obj))[]>()

/// The value of an option of F#, null for none; other values as they are.
let private unwrap (value: obj) : obj =
    match value with
    | null -> null
    | value ->
        let valueType = value.GetType()

        if valueType.IsGenericType && valueType.GetGenericTypeDefinition() = typedefof<option<_>> then
            valueType.GetProperty("Value").GetValue value
        elif valueType.IsEnum then
            box (string value)
        else
            value

/// The public properties of a type that can be read, with what reads them.
let private readersOf (rowType: Type) : (string * (obj -> obj))[] =
    let make (rowType: Type) =
        rowType.GetProperties(BindingFlags.Public ||| BindingFlags.Instance)
        |> Array.filter (fun property -> property.CanRead && property.GetIndexParameters().Length = 0)
        |> Array.map (fun property -> property.Name, (fun (row: obj) -> unwrap (property.GetValue row)))

    readers.GetOrAdd(rowType, make)

/// The properties of a record under their names.
let ofRecord operation (row: 'T) : (string * obj) list =
    match box row with
    | null -> Fail.argument operation "row" "null" "is no row; give a record with public properties."
    | row ->
        match readersOf (row.GetType()) with
        | [||] -> Fail.argument operation "row" (row.GetType().Name) "has no public properties to read as columns."
        | readers -> [ for name, read in readers -> name, read row ]

/// A column for each public property of the records' type.
let ofRecords operation (rows: seq<'T>) : ColumnTable =
    let rows = rows |> Seq.map box |> Array.ofSeq

    if rows |> Array.exists isNull then
        Fail.argument operation "rows" "null" "is no row; leave it out."

    let readers = readersOf typeof<'T>

    if readers.Length = 0 then
        Fail.argument operation "rows" typeof<'T>.Name "has no public properties to read as columns."

    let columns = readers |> Array.map (fun (_, read) -> TableColumn.ofBoxed (Array.map read rows))
    ColumnTable(rows.Length, Array.map fst readers, columns, None)
