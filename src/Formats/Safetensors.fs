namespace Functional

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO
open System.Text
open System.Text.Json

/// The header of a .safetensors file: JSON that says for each name the type, the shape and where its bytes lie.
module internal SafetensorsHeader =
    /// One tensor as the header describes it. Start and Stop count from the end of the header.
    type Entry = { Name: string; Stored: Elements.Stored; Count: int; Shape: Shape; Start: int64; Stop: int64 }

    let private metadataName = "__metadata__"

    /// The bound of the format's own library.
    let private longestHeader = 100_000_000L

    let private named name reason = $"tensor '{name}': {reason}"

    /// The members of an object, none of them twice.
    let private members (source: Source) (what: string) (element: JsonElement) : (string * JsonElement) list =
        if element.ValueKind <> JsonValueKind.Object then
            source.Fail $"{what} is not a JSON object."

        let seen = HashSet<string>()

        [ for property in element.EnumerateObject() do
              if not (seen.Add property.Name) then
                  source.Fail $"{what} names '{property.Name}' twice."

              property.Name, property.Value ]

    let private stored (source: Source) (name: string) (dtype: string) =
        match dtype with
        | "F16" -> Elements.F16
        | "BF16" -> Elements.BF16
        | "F32" -> Elements.F32
        | "F64" -> Elements.F64
        | "I8" -> Elements.I8
        | "I16" -> Elements.I16
        | "I32" -> Elements.I32
        | "I64" -> Elements.I64
        | "U8" -> Elements.U8
        | "U16" -> Elements.U16
        | "U32" -> Elements.U32
        | "U64" -> Elements.U64
        | "BOOL" -> Elements.Truth
        | _ ->
            source.Fail(
                named
                    name
                    $"elements of type '{dtype}' are not read; F16, BF16, F32, F64, I8 to I64, U8 to U64 and BOOL are."
            )

    /// The whole numbers of an array, none negative.
    let private numbers (source: Source) (name: string) (key: string) (element: JsonElement) : int64 list =
        let wrong () : 'T =
            source.Fail(named name $"{key} is not an array of whole numbers that are not negative.")

        if element.ValueKind <> JsonValueKind.Array then
            wrong ()

        [ for item in element.EnumerateArray() do
              if item.ValueKind <> JsonValueKind.Number then
                  wrong ()

              match item.TryGetInt64() with
              | true, n when n >= 0L -> n
              | _ -> wrong () ]

    let private entry (source: Source) (dataLength: int64) (name: string) (element: JsonElement) : Entry =
        let fail reason : 'T = source.Fail(named name reason)
        let found = members source $"tensor '{name}'" element

        let item key =
            match found |> List.tryFind (fun (k, _) -> k = key) with
            | Some(_, value) -> value
            | None -> fail $"{key} is missing."

        for key, _ in found do
            match key with
            | "dtype"
            | "shape"
            | "data_offsets" -> ()
            | _ -> fail $"'{key}' is not one of dtype, shape and data_offsets."

        let dtype = item "dtype"

        if dtype.ValueKind <> JsonValueKind.String then
            fail "dtype is not a string."

        let stored = stored source name (string (dtype.GetString()))
        let count, shape = Elements.checkedShape source (numbers source name "shape" (item "shape"))

        match numbers source name "data_offsets" (item "data_offsets") with
        | [ start; stop ] ->
            if start > stop || stop > dataLength then
                fail
                    $"data_offsets [%d{start}, %d{stop}] are not within the {dataLength} bytes of data that the file has."

            let needed = int64 count * int64 (Elements.size stored)

            if stop - start <> needed then
                let what = $"{dtype.GetString()} elements of shape {Shape.toString shape}"
                fail $"{what} take {needed} bytes, and data_offsets span {stop - start}."

            { Name = name; Stored = stored; Count = count; Shape = shape; Start = start; Stop = stop }
        | _ -> fail "data_offsets are not two numbers."

    let private metadata (source: Source) (element: JsonElement) =
        [ for key, value in members source metadataName element do
              if value.ValueKind <> JsonValueKind.String then
                  source.Fail $"{metadataName}: '{key}' is not a string."

              key, string (value.GetString()) ]

    /// The tensors must fill the data, one after the other.
    let private checkLayout (source: Source) (dataLength: int64) (entries: Entry list) =
        let mutable reached = 0L

        for e in entries |> List.sortBy (fun e -> e.Start, e.Stop) do
            if e.Start < reached then
                source.Fail(
                    named
                        e.Name
                        $"its bytes from %d{e.Start} on overlap those of another tensor, which end at {reached}."
                )

            if e.Start > reached then
                source.Fail(
                    named e.Name $"its bytes start at {e.Start}, and those from {reached} on belong to no tensor."
                )

            reached <- e.Stop

        if reached < dataLength then
            source.Fail $"the last {dataLength - reached} bytes of the file belong to no tensor."

    /// Reads the header and leaves the source at the first byte of data: the tensors in the order of the header, and
    /// the metadata.
    let read (source: Source) : Entry list * (string * string) list =
        let announced = BinaryPrimitives.ReadUInt64LittleEndian(source.Take(8, "the header's length"))

        if announced > uint64 longestHeader then
            source.Fail
                $"is not a safetensors file: the header would take {announced} bytes, and {longestHeader} are the most."

        let bytes = source.Take(int announced, "the header")

        if bytes.Length = 0 || bytes[0] <> byte '{' then
            source.Fail "is not a safetensors file: the header does not start with '{'."

        let dataLength = source.Remaining

        let entries, metadata =
            try
                use document = JsonDocument.Parse(ReadOnlyMemory bytes)
                let members = members source "the header" document.RootElement

                [ for name, element in members do
                      if name <> metadataName then
                          entry source dataLength name element ],
                [ for name, element in members do
                      if name = metadataName then
                          yield! metadata source element ]
            with
            | :? JsonException as e -> source.FailBecause(e, $"the header is not JSON: {e.Message}")
            // A string of the header is not text: half of a surrogate pair, or bytes that are not UTF-8.
            | :? InvalidOperationException as e -> source.FailBecause(e, "the header holds a string that is not text.")

        checkLayout source dataLength entries
        entries, metadata

    let private typeName dtype =
        match dtype with
        | Float32 -> "F32"
        | Float64 -> "F64"
        | Float16 -> "F16"
        | BFloat16 -> "BF16"
        | Int32 -> "I32"
        | Int64 -> "I64"
        | Bool -> "BOOL"

    let private checkText operation (what: string) (text: string) =
        let valid =
            not (isNull text)
            && (try
                    UTF8Encoding(false, true).GetByteCount text >= 0
                with :? EncoderFallbackException ->
                    false)

        if not valid then
            Fail.argument operation what (if isNull text then "null" else $"'{text}'") "is not text."

    let private checkTwice operation (what: string) (names: string list) =
        match names |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1) with
        | Some(name, _) -> Fail.argument operation what $"'{name}'" "stands twice; give each one a name of its own."
        | None -> ()

    let private checkTexts operation (metadata: (string * string) list) (tensors: (string * Tensor) list) =
        for name, _ in tensors do
            checkText operation "name" name

            if name = metadataName then
                Fail.argument operation "name" name "is kept by the format for itself; use another name."

        for key, value in metadata do
            checkText operation "metadata" key
            checkText operation "metadata" value

        checkTwice operation "name" (tensors |> List.map fst)
        checkTwice operation "metadata" (metadata |> List.map fst)

    let private sizeInBytes (x: Tensor) = int64 x.Size * int64 x.DType.Size

    let private writeMetadata (json: Utf8JsonWriter) (metadata: (string * string) list) =
        if not metadata.IsEmpty then
            json.WriteStartObject metadataName

            for key, value in metadata do
                json.WriteString(key, value)

            json.WriteEndObject()

    /// The header's entry of a tensor whose elements begin at this byte behind the header.
    let private writeEntry (json: Utf8JsonWriter) (name: string) (x: Tensor) (start: int64) =
        json.WriteStartObject name
        json.WriteString("dtype", typeName x.DType)
        json.WriteStartArray "shape"

        for n in x.Shape do
            json.WriteNumberValue n

        json.WriteEndArray()
        json.WriteStartArray "data_offsets"
        json.WriteNumberValue start
        json.WriteNumberValue(start + sizeInBytes x)
        json.WriteEndArray()
        json.WriteEndObject()

    /// The start of a file: the header's length and the header, padded to a multiple of 8; and the tensors in the order
    /// in which their elements follow, those of large elements first, so that all are aligned.
    let write operation (metadata: (string * string) list) (tensors: (string * Tensor) list) : byte[] * Tensor list =
        checkTexts operation metadata tensors
        let ordered = tensors |> List.indexed |> List.sortBy (fun (i, (_, x)) -> -x.DType.Size, i)
        let offsets = ordered |> List.scan (fun start (_, (_, x)) -> start + sizeInBytes x) 0L
        let starts = List.map2 (fun (i, _) start -> i, start) ordered (List.take ordered.Length offsets) |> dict
        use buffer = new MemoryStream()

        do
            use json = new Utf8JsonWriter(buffer)
            json.WriteStartObject()
            writeMetadata json metadata

            for i, (name, x) in List.indexed tensors do
                writeEntry json name x starts[i]

            json.WriteEndObject()

        while buffer.Length % 8L <> 0L do
            buffer.WriteByte(byte ' ')

        if buffer.Length > longestHeader then
            Fail.argument
                operation
                "tensors"
                tensors.Length
                $"need a header of more than {longestHeader} bytes, the format's bound."

        let bytes = Array.zeroCreate<byte>(8 + int buffer.Length)
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(), buffer.Length)
        buffer.ToArray().CopyTo(bytes, 8)
        bytes, [ for _, (_, x) in ordered -> x ]

/// Files of named tensors that hold nothing else: .safetensors, as the library of that name from Hugging Face describes
/// them. Reading one executes nothing.
[<RequireQualifiedAccess>]
module Safetensors =
    /// Writes to a stream; `operation` stands in errors.
    let internal writeTo operation metadata (tensors: (string * Tensor) list) : Stream -> unit =
        for _, x in tensors do
            Elements.requireData operation x

        let header, ordered = SafetensorsHeader.write operation metadata tensors

        fun stream ->
            stream.Write(ReadOnlySpan header)

            for x in ordered do
                Elements.write stream (Elements.ofTensor operation x)

    /// Reads all of a source: the tensors in the order of the header, and the metadata.
    let internal readFrom (source: Source) : (string * Tensor) list * (string * string) list =
        let entries, metadata = SafetensorsHeader.read source
        let loaded = Dictionary<string, Tensor>()

        for e in entries |> List.sortBy (fun e -> e.Start, e.Stop) do
            let elements = Elements.read source $"tensor '{e.Name}'" e.Stored false e.Count
            loaded[e.Name] <- Elements.toTensor elements e.Shape

        [ for e in entries -> e.Name, loaded[e.Name] ], metadata

    /// Writes named tensors, and texts that describe them, to a .safetensors file; any library of that format reads it.
    /// The header is padded to a multiple of 8 bytes, tensors of large elements stand first, and the file is written
    /// atomically.
    ///
    /// Raises `InvalidArgument` for a name that stands twice, is `__metadata__` or is not text, and `InvalidFile` where
    /// the file cannot be written.
    let saveWith (metadata: (string * string) list) (path: string) (tensors: (string * Tensor) list) : unit =
        AtomicFile.write path (writeTo "Safetensors.saveWith" metadata tensors)

    /// Writes named tensors to a .safetensors file: `saveWith` without metadata.
    let save (path: string) (tensors: (string * Tensor) list) : unit =
        AtomicFile.write path (writeTo "Safetensors.save" [] tensors)

    /// Reads the tensors of a .safetensors file with their names, and its metadata, in the order of the header. F16,
    /// BF16, F32, F64, I32, I64 and BOOL keep their types; I8, I16, U8 and U16 become int32, U32 and U64 int64;
    /// `Tensor.cast` gives another type. Elements are read straight into the tensors' memory, one tensor after the
    /// other.
    ///
    /// Raises `InvalidFile` for a file that is missing or truncated, whose header is longer than 100 MB or than the
    /// file, is not JSON, names a tensor twice, has a type that tensors do not have, or offsets that overlap, leave
    /// gaps, lie outside the file or disagree with the shape; and for a whole number that an int64 cannot hold.
    let loadWithMetadata (path: string) : (string * Tensor) list * (string * string) list = Files.readAll path readFrom

    /// Reads the tensors of a .safetensors file with their names, in the order of the header, as `loadWithMetadata`
    /// does.
    let load (path: string) : (string * Tensor) list = loadWithMetadata path |> fst
