namespace Functional

open System
open System.Collections.Generic
open System.IO
open System.IO.Compression

/// The entries of a .zip file that is open for reading. Names were checked, and sizes are within what the reader
/// allowed.
[<Sealed>]
type internal ArchiveReader(path: string, entries: (string * ZipArchiveEntry) list) =
    let byName = dict entries

    /// The names of the entries in the order of the file.
    member _.Names = entries |> List.map fst

    /// Whether there is an entry of this name.
    member _.Has(name: string) = byName.ContainsKey name

    /// Reads an entry with `reader`, which must read all of it; its length and checksum must be as announced.
    member _.Read(name: string, reader: Source -> 'T) : 'T =
        match byName.TryGetValue name with
        | false, _ -> Fail.file path $"has no entry '{name}'."
        | true, entry ->
            if entry.IsEncrypted then
                Fail.file path $"entry '{name}': is encrypted."

            use stream =
                try
                    entry.Open()
                with :? InvalidDataException as e ->
                    Files.failWith path $"entry '{name}': is damaged or compressed in a way that is not read." e

            let source = Source(path, $"entry '{name}'", stream, entry.Length, Some entry.Crc32)

            let result = reader source
            source.Finish()
            result

/// Files of several named parts, as .zip. Nothing is ever extracted to a place that a name in the file says.
module internal Archive =
    /// The fault in the name of an entry, if there is one: no name may lead out of a folder.
    let nameFault (name: string) : string option =
        let drive = name.Length > 2 && Char.IsAsciiLetter name[0] && name[1] = ':' && name[2] = '/'

        if name = "" then Some "is empty"
        elif name |> Seq.exists Char.IsControl then Some "has a control character"
        elif name |> Seq.contains '\\' then Some "has a backslash"
        elif name[0] = '/' || drive then Some "is an absolute path"
        elif name.Split '/' |> Array.contains ".." then Some "leads out of its folder"
        else None

    /// Fails where a name cannot be that of an entry, or stands twice.
    let checkNames operation (names: string list) =
        let seen = HashSet<string>()

        for name in names do
            if isNull name then
                Fail.argument operation "name" null "is not a name."

            match nameFault name with
            | Some fault ->
                Fail.argument operation "name" $"'{name}'" $"{fault}; name each part plainly, as in encoder/kernel."
            | None when not (seen.Add name) ->
                Fail.argument operation "name" $"'{name}'" "stands twice; give each part a name of its own."
            | None -> ()

    /// Deflate makes nothing smaller than this.
    let private mostCompression = 1032L

    /// The default limit, in bytes, of all entries together of a file of this length.
    let usualLimit (fileLength: int64) = max (1L <<< 30) (100L * min fileLength (Int64.MaxValue / 100L))

    let private check (path: string) (fileLength: int64) (limit: int64) (entries: (string * ZipArchiveEntry) list) =
        let seen = HashSet<string>()
        let mutable packed = 0L
        let mutable total = 0L

        for name, entry in entries do
            match nameFault name with
            | Some fault -> Fail.file path $"the name of entry '{name}' {fault}; such a file is not read."
            | None when not (seen.Add name) -> Fail.file path $"has two entries named '{name}'."
            | None -> ()

            // Entries that share their bytes would hold more than the file can.
            if entry.CompressedLength < 0L || entry.CompressedLength > fileLength - packed then
                Fail.file path $"entry '{name}': its {entry.CompressedLength} bytes are more than the file has left."

            packed <- packed + entry.CompressedLength

            if entry.Length < 0L || entry.Length / mostCompression > entry.CompressedLength then
                Fail.file
                    path
                    $"entry '{name}': announces {entry.Length} bytes, and {entry.CompressedLength} cannot hold them."

            if entry.Length > limit - total then
                Fail.file
                    path
                    $"entry '{name}': the entries take more than {limit} bytes together, the most that is read."

            total <- total + entry.Length

    /// Reads a .zip file. `limit` says how many bytes the entries may have together, from the file's length. Refused
    /// are names that are absolute or lead out of a folder, names that stand twice, and sizes that the file cannot
    /// hold.
    let read (path: string) (limit: int64 -> int64) (reader: ArchiveReader -> 'T) : 'T =
        Files.read path (fun stream ->
            use zip = new ZipArchive(stream, ZipArchiveMode.Read)

            let entries =
                [ for entry in zip.Entries do
                      let folder = entry.FullName.EndsWith '/' && entry.Length = 0L

                      if not folder then
                          entry.FullName, entry ]

            check path stream.Length (limit stream.Length) entries
            reader (ArchiveReader(path, entries)))

    /// Writes a .zip file atomically: the name of each entry, how it is compressed, and what writes it. The same
    /// entries give the same bytes: no time is recorded. `operation` stands in errors about the names.
    let write operation (path: string) (entries: (string * CompressionLevel * (Stream -> unit)) list) : unit =
        checkNames operation [ for name, _, _ in entries -> name ]

        AtomicFile.write path (fun stream ->
            use zip = new ZipArchive(stream, ZipArchiveMode.Create, true)

            for name, level, writer in entries do
                let entry = zip.CreateEntry(name, level)
                entry.LastWriteTime <- DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero)
                use part = entry.Open()
                writer part)
