/// Opening files of separated values, and finding their separator.
module internal Functional.CsvText

open System
open System.IO
open System.IO.Compression

let private isGzip (stream: Stream) =
    let first, second = stream.ReadByte(), stream.ReadByte()
    stream.Position <- 0L
    first = 0x1F && second = 0x8B

/// The bytes of a file, unpacked where it is gzip.
let openBytes (path: string) : Stream =
    let stream =
        try
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 <<< 16, FileOptions.SequentialScan)
        with
        | :? FileNotFoundException
        | :? DirectoryNotFoundException -> Fail.file path "there is no such file."
        | :? UnauthorizedAccessException -> Fail.file path "it is a folder, or reading it is not allowed."

    if isGzip stream then
        new GZipStream(stream, CompressionMode.Decompress)
    else
        stream

/// The text of a file, unpacked where it is gzip. A byte order mark goes before the encoding of the options.
let openFile (options: CsvOptions) (path: string) : TextReader =
    new StreamReader(openBytes path, options.Encoding, true, 1 <<< 16)

/// Runs what reads a file; errors of .NET about its bytes become the library's.
let reading (path: string) (read: unit -> 'T) : 'T =
    try
        read ()
    with
    | :? InvalidDataException as e -> Fail.file path $"its gzip data are damaged: {e.Message}"
    | :? EndOfStreamException -> Fail.file path "it ends too early; it may be cut off."
    | :? IOException as e -> Fail.file path $"it cannot be read: {e.Message}"
    | :? NotSupportedException as e ->
        Fail.file path $"it has a line that is too long; check its ends of lines. ({e.Message})"

/// The separator that the first line, from the reader's place on, has most of: a comma where it has none.
let detect (options: CsvOptions) (text: TextReader) : char =
    let isInNumbers c = c = options.DecimalSeparator || options.ThousandsSeparator = Some c

    let isComment (line: string) =
        match options.Comment with
        | Some mark -> line.StartsWith mark
        | None -> false

    let mutable line = text.ReadLine()

    while not (isNull line) && (line = "" || isComment line) do
        line <- text.ReadLine()

    let count separator = if isNull line then 0 else line |> Seq.filter ((=) separator) |> Seq.length

    match [ ','; ';'; '\t'; '|' ] |> List.filter (isInNumbers >> not) with
    | [] -> ','
    | candidates -> candidates |> List.maxBy count
