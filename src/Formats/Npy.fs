namespace Functional

open System
open System.IO
open System.IO.Compression
open System.Text

/// The header of a .npy file: a dictionary in the notation of Python, of which only what NumPy writes is understood.
module internal NpyHeader =
    /// The contents of the header: type, order of bytes, order of axes, and shape of the elements that follow.
    type Header = { Stored: Elements.Stored; BigEndian: bool; FortranOrder: bool; Lengths: int64 list }

    [<RequireQualifiedAccess>]
    type private Value =
        | Text of string
        | Flag of bool
        | Lengths of int64 list

    let private magic = [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y' |]

    /// NumPy's own headers are a few hundred bytes, but for records of many fields, which are not read.
    let private longestHeader = 1 <<< 20

    /// Reads the notation of Python from a text, character by character. What does not fit is an error of the source.
    type private Parser(source: Source, text: string) =
        let mutable at = 0

        let fail (reason: string) : 'T = source.Fail $"the header of the array is damaged at character {at}: {reason}."

        let takeWhile (isPart: char -> bool) =
            let start = at

            while at < text.Length && isPart text[at] do
                at <- at + 1

            text.Substring(start, at - start)

        /// The next character that is no space; '\000' at the end.
        member _.Peek() =
            takeWhile Char.IsWhiteSpace |> ignore
            if at < text.Length then text[at] else '\000'

        member me.Expect(c: char) = if me.Peek() = c then at <- at + 1 else fail $"'{c}' is missing"

        /// Takes a comma, if it is next, and tells whether it was.
        member me.TakeComma() =
            let isThere = me.Peek() = ','

            if isThere then
                at <- at + 1

            isThere

        member _.Quoted() =
            match text.IndexOf(text[at], at + 1) with
            | -1 -> fail "a string does not end"
            | stop ->
                let inner = text.Substring(at + 1, stop - at - 1)

                if inner.Contains '\\' then
                    fail "a string has a backslash"

                at <- stop + 1
                inner

        member _.Number() =
            let start = at
            let digits = takeWhile (fun c -> Char.IsAsciiDigit c || at = start && c = '-')

            match Int64.TryParse(digits, Globalization.CultureInfo.InvariantCulture) with
            | true, n ->
                // Python 2 marked long numbers.
                if at < text.Length && text[at] = 'L' then
                    at <- at + 1

                n
            | _ ->
                at <- start
                fail "a whole number within 64 bits is missing"

        /// Whole numbers in brackets.
        member me.Tuple() =
            me.Expect '('
            let items = Collections.Generic.List<int64>()
            let mutable comma = true

            while me.Peek() <> ')' do
                if not comma then
                    fail "',' is missing"

                items.Add(me.Number())
                comma <- me.TakeComma()

            at <- at + 1

            if items.Count = 1 && not comma then
                fail "the shape is a number, not a tuple"

            List.ofSeq items

        /// A string, True, False or a tuple.
        member me.Value() =
            match me.Peek() with
            | '\''
            | '"' -> Value.Text(me.Quoted())
            | '(' -> Value.Lengths(me.Tuple())
            | '[' ->
                source.Fail "holds records (a structured dtype), which a tensor cannot; save its fields one by one."
            | _ ->
                match takeWhile Char.IsAsciiLetter with
                | "True" -> Value.Flag true
                | "False" -> Value.Flag false
                | _ -> fail "a string, True, False or a tuple is missing"

        /// The whole text, which is a dictionary: { 'key': value, ... }
        member me.Dictionary() : (string * Value) list =
            me.Expect '{'
            let items = Collections.Generic.List<string * Value>()

            while me.Peek() <> '}' do
                if me.Peek() <> '\'' && me.Peek() <> '"' then
                    fail "a key is missing"

                let key = me.Quoted()
                me.Expect ':'
                items.Add(key, me.Value())

                if me.Peek() <> '}' then
                    me.Expect ','

            at <- at + 1

            if me.Peek() <> '\000' || at < text.Length then
                fail "something follows the dictionary"

            List.ofSeq items

    /// The type that a descr such as <f4 names, and whether its first byte is the most significant one.
    let private stored (source: Source) (descr: string) : Elements.Stored * bool =
        let order, kind =
            match if descr = "" then ' ' else descr[0] with
            | '<'
            | '>'
            | '|'
            | '=' as c -> c, descr.Substring 1
            | _ -> '=', descr

        let bigEndian = order = '>' || order = '=' && not BitConverter.IsLittleEndian

        let unsupported hint : 'T =
            source.Fail
                $"elements of type '{descr}' are not read{hint}; f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8, b1 and V2 (bfloat16) are."

        let found =
            match kind with
            | "f2" -> Elements.F16
            // NumPy has no bfloat16: ml_dtypes, which adds it, has it written as two bytes of no meaning
            | "V2" -> Elements.BF16
            | "f4" -> Elements.F32
            | "f8" -> Elements.F64
            | "i1" -> Elements.I8
            | "i2" -> Elements.I16
            | "i4" -> Elements.I32
            | "i8" -> Elements.I64
            | "u1" -> Elements.U8
            | "u2" -> Elements.U16
            | "u4" -> Elements.U32
            | "u8" -> Elements.U64
            | "b1" -> Elements.Truth
            | _ when kind.StartsWith 'O' -> unsupported " (Python objects, which only running their code can load)"
            | _ when kind.StartsWith 'c' -> unsupported " (complex numbers; save their real and imaginary parts)"
            | _ when kind.StartsWith 'U' || kind.StartsWith 'S' -> unsupported " (text)"
            | _ -> unsupported ""

        if order = '|' && Elements.size found > 1 && found <> Elements.BF16 then
            source.Fail $"elements of type '{descr}' have more than one byte, and no order of the bytes is given."

        found, bigEndian

    /// Reads the header and leaves the source at the first element.
    let read (source: Source) : Header =
        let start = source.Take(magic.Length + 2, "the start of an array")

        if not (start.AsSpan(0, magic.Length).SequenceEqual(ReadOnlySpan magic)) then
            source.Fail "is not a NumPy array: it does not start with the mark of the .npy format."

        let major, minor = int start[6], int start[7]

        let length =
            match major, minor with
            | 1, 0 ->
                int64 (Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(source.Take(2, "the header's length")))
            | (2 | 3), 0 ->
                int64 (Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(source.Take(4, "the header's length")))
            | _ -> source.Fail $"is in version {major}.{minor} of the .npy format; versions 1.0, 2.0 and 3.0 are read."

        if length > int64 longestHeader then
            source.Fail $"the header of the array takes {length} bytes, and no more than {longestHeader} are read."

        let bytes = source.Take(int length, "the header")
        let text = (if major = 3 then Encoding.UTF8 else Encoding.Latin1).GetString bytes
        let items = Parser(source, text).Dictionary()

        match items |> List.map fst |> List.sort with
        | [ "descr"; "fortran_order"; "shape" ] -> ()
        | keys ->
            let found = String.concat ", " keys
            source.Fail $"the header of the array has the keys {found}, not descr, fortran_order and shape."

        let item key = items |> List.find (fun (k, _) -> k = key) |> snd

        match item "descr", item "fortran_order", item "shape" with
        | Value.Text descr, Value.Flag fortran, Value.Lengths lengths ->
            let stored, bigEndian = stored source descr

            { Stored = stored; BigEndian = bigEndian; FortranOrder = fortran; Lengths = lengths }
        | _ ->
            source.Fail
                "the header of the array has values of the wrong kind; a string, True or False, and a tuple are right."

    /// The start of a file in version 1.0 that holds a tensor in C order, padded as NumPy pads it.
    let write (dtype: DType) (shape: Shape) : byte[] =
        let descr =
            match dtype with
            | Float32 -> "<f4"
            | Float64 -> "<f8"
            | Float16 -> "<f2"
            | BFloat16 -> "<V2"
            | Int32 -> "<i4"
            | Int64 -> "<i8"
            | Bool -> "|b1"

        let tuple =
            match shape with
            | [ n ] -> $"({n},)"
            | shape -> "(" + String.Join(", ", shape) + ")"

        let text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {tuple}, }}"
        let before = magic.Length + 4
        let total = (before + text.Length + 1 + 63) / 64 * 64
        let length = total - before

        if length > int UInt16.MaxValue then
            Fail.argument "Npy.save" "shape" shape "has more axes than the .npy format can name."

        [| yield! magic
           1uy
           0uy
           byte length
           byte (length >>> 8)
           yield! Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n") |]

/// NumPy's files: .npy holds one array, .npz several under names. As NumPy describes them in numpy.lib.format.
[<RequireQualifiedAccess>]
module Npy =
    let private readArray (source: Source) : Tensor =
        let header = NpyHeader.read source
        let count, shape = Elements.checkedShape source header.Lengths

        let elements = Elements.read source "the array" header.Stored header.BigEndian count

        if header.FortranOrder && shape.Length > 1 then
            // The first axis changes fastest: these are the elements of the transposed array in row-major order.
            let transposed = Elements.toTensor elements (List.rev shape)
            Core.apply (Op.Transpose [ shape.Length - 1 .. -1 .. 0 ]) [ transposed ]
        else
            Elements.toTensor elements shape

    let private writeArray operation (x: Tensor) : Stream -> unit =
        fun stream ->
            stream.Write(ReadOnlySpan(NpyHeader.write x.DType x.Shape))
            Elements.write stream (Elements.ofTensor operation x)

    /// Writes a tensor to a .npy file, which `numpy.load` reads with the same type and shape. The file is written
    /// atomically: what was there stays until the new one is complete. The name is used as it is: no extension is
    /// added.
    ///
    /// NumPy has no bfloat16: such a tensor is written as ml_dtypes writes it, as two bytes of no meaning, and
    /// `numpy.load(path).view(ml_dtypes.bfloat16)` reads it.
    ///
    /// Raises `InvalidFile` where the file cannot be written.
    let save (path: string) (x: Tensor) : unit =
        Elements.requireData "Npy.save" x
        AtomicFile.write path (writeArray "Npy.save" x)

    /// Reads a .npy file as `numpy.save` writes it: versions 1.0, 2.0 and 3.0, either order of bytes, C and Fortran
    /// order. f2, f4, f8, i4, i8 and b1 keep their types; i1, i2, u1 and u2 become int32, u4 and u8 int64; V2 is taken
    /// as bfloat16, which ml_dtypes writes so. `Tensor.cast` gives another type. Python objects are never loaded.
    ///
    /// Raises `InvalidFile` for a file that is missing, truncated, longer than its header says, of another format, of a
    /// type that tensors do not have (text, records, complex numbers), or with a whole number that an int64 cannot
    /// hold.
    let load (path: string) : Tensor = Files.readAll path readArray

    let private saveAs operation level (path: string) (arrays: (string * Tensor) list) =
        for _, x in arrays do
            Elements.requireData operation x

        let names = arrays |> List.map fst
        Archive.checkNames operation names
        Archive.write operation path [ for name, x in arrays -> name + ".npy", level, writeArray operation x ]

    /// Writes named tensors to a .npz file, not compressed, as `numpy.savez` does; `numpy.load(path)[name]` reads them.
    /// Names may have slashes, as in `encoder/kernel`. The file is written atomically, and the same tensors give the
    /// same bytes.
    ///
    /// Raises `InvalidArgument` for a name that is empty, absolute, leads out of a folder (..) or stands twice, and
    /// `InvalidFile` where the file cannot be written.
    let saveArchive (path: string) (arrays: (string * Tensor) list) : unit =
        saveAs "Npy.saveArchive" CompressionLevel.NoCompression path arrays

    /// As `saveArchive`, but compressed, as `numpy.savez_compressed` does: smaller and slower.
    let saveCompressedArchive (path: string) (arrays: (string * Tensor) list) : unit =
        saveAs "Npy.saveCompressedArchive" CompressionLevel.Optimal path arrays

    let private loadWith limit (path: string) : (string * Tensor) list =
        Archive.read path limit (fun archive ->
            let arrays =
                [ for entry in archive.Names ->
                      (if entry.EndsWith(".npy", StringComparison.Ordinal) then
                           entry.Substring(0, entry.Length - 4)
                       else
                           entry),
                      archive.Read(entry, readArray) ]

            match arrays |> List.countBy fst |> List.tryFind (fun (_, count) -> count > 1) with
            | Some(name, _) -> Fail.file path $"has two arrays named '{name}'."
            | None -> arrays)

    /// Reads all arrays of a .npz file with their names, in the order of the file; each as `load` reads it.
    ///
    /// Raises `InvalidFile` for a file that is missing, damaged, or not of this kind; where an entry's name is
    /// absolute, leads out of a folder or stands twice; and where the arrays take more than 1 GiB and more than 100
    /// times the file's length, which is what a file made to exhaust the memory would do: `loadArchiveWithin` sets that
    /// bound.
    let loadArchive (path: string) : (string * Tensor) list = loadWith Archive.usualLimit path

    /// As `loadArchive`, for a file whose arrays take no more than this many bytes together.
    let loadArchiveWithin (bytes: int64) (path: string) : (string * Tensor) list = loadWith (fun _ -> bytes) path
