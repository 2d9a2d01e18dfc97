namespace Functional

open System
open System.IO
open System.Text.Json

/// The bytes of a file, or of one entry of an archive, read from first to last. Every complaint names the file.
[<Sealed>]
type internal Source(path: string, part: string, stream: Stream, length: int64, checksum: uint32 option) =
    let mutable position = 0L
    let mutable crc = 0u

    /// The bytes not read yet, as the file announced them.
    member _.Remaining = length - position

    /// Raises the error that this file, or this part of it, is not what it should be.
    member _.Fail(reason: string) : 'T = Fail.file path (if part = "" then reason else $"{part}: {reason}")

    /// `Fail` with the error that caused it.
    member _.FailBecause(cause: exn, reason: string) : 'T =
        let reason = if part = "" then reason else $"{part}: {reason}"
        raise (FunctionalException(FunctionalError.InvalidFile(path, reason), cause))

    /// Fails unless that many bytes are left; `what` names what they hold.
    member s.Need(count: int64, what: string) =
        if count > s.Remaining then
            s.Fail $"is truncated: {what} takes {count} bytes, and {s.Remaining} are left."

    /// Fills the buffer, or fails; `what` names what it is to hold.
    member s.Fill(buffer: Span<byte>, what: string) =
        let wanted = buffer.Length
        s.Need(wanted, what)
        let got = stream.ReadAtLeast(buffer, wanted, false)

        if got < wanted then
            s.Fail $"is truncated: {what} takes {wanted} bytes, and {got} came."

        position <- position + int64 wanted

        if checksum.IsSome then
            crc <- Crc32.append crc (Span.op_Implicit buffer)

    /// The next bytes as a new array, or fails; `what` names what they hold.
    member s.Take(count: int, what: string) : byte[] =
        s.Need(count, what)
        let buffer = Array.zeroCreate count
        s.Fill(buffer.AsSpan(), what)
        buffer

    /// All bytes that are left, or fails if they are more than `limit`; `what` names what they hold.
    member s.TakeAll(limit: int, what: string) : byte[] =
        if s.Remaining > int64 limit then
            s.Fail $"{what} takes {s.Remaining} bytes, and no more than {limit} are read."

        s.Take(int s.Remaining, what)

    /// Fails unless all was read, there is no more than the file announced, and the checksum, if it has one, is right.
    member s.Finish() =
        if s.Remaining > 0L then
            s.Fail $"has {s.Remaining} bytes after its end."

        if stream.ReadByte() >= 0 then
            s.Fail $"is longer than the {length} bytes that it announces."

        if checksum.IsSome && checksum <> Some crc then
            s.Fail "is damaged: its checksum is wrong."

/// Opening files, and what becomes of the errors of doing so: `FunctionalError.InvalidFile` with the cause inside.
module internal Files =
    /// Raises the error of a file with its cause.
    let failWith (path: string) (reason: string) (cause: exn) =
        raise (FunctionalException(FunctionalError.InvalidFile(path, reason), cause))

    /// ENOSPC and EDQUOT of Unix, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.
    let private isDiskFull (e: IOException) = List.contains e.HResult [ 28; 122; 0x80070070; 0x80070027 ]

    /// EROFS of Unix, ERROR_WRITE_PROTECT of Windows.
    let private isReadOnly (e: IOException) = List.contains e.HResult [ 30; 0x80070013 ]

    /// Runs `action`, whose errors of reading or writing become errors that speak of `path`. `verb` is "read" or
    /// "written".
    let guard (path: string) (verb: string) (action: unit -> 'T) : 'T =
        if String.IsNullOrWhiteSpace path then
            Fail.argument "Files" "path" (if isNull path then "null" else $"\"{path}\"") "is not the name of a file."

        try
            action ()
        with
        | :? FileNotFoundException as e -> failWith path $"cannot be {verb}: there is no such file." e
        | :? DirectoryNotFoundException as e -> failWith path $"cannot be {verb}: there is no such folder." e
        | :? UnauthorizedAccessException as e ->
            let reason = if Directory.Exists path then "it is a folder" else "permission is denied"
            failWith path $"cannot be {verb}: {reason}." e
        | :? InvalidDataException as e -> failWith path $"is damaged: {e.Message}" e
        | :? EndOfStreamException as e -> failWith path "is truncated." e
        | :? JsonException as e -> failWith path $"holds JSON that cannot be read: {e.Message}" e
        | :? OutOfMemoryException as e -> failWith path "needs more memory than there is." e
        | :? NotSupportedException as e ->
            failWith path $"cannot be {verb}: it is not a plain file, or of another kind." e
        | :? ArgumentException as e -> failWith path $"cannot be {verb}: {e.Message}" e
        | :? IOException as e when isDiskFull e -> failWith path $"cannot be {verb}: the disk is full." e
        | :? IOException as e when isReadOnly e -> failWith path $"cannot be {verb}: its folder is read-only." e
        | :? IOException as e -> failWith path $"cannot be {verb}: {e.Message}" e

    /// Reads a file from its start with `reader`.
    let read (path: string) (reader: FileStream -> 'T) : 'T =
        guard path "read" (fun () ->
            let options = FileStreamOptions(BufferSize = (1 <<< 16), Options = FileOptions.SequentialScan)

            use stream = new FileStream(path, options)
            reader stream)

    /// Reads a file from its start with `reader`, which must read all of it.
    let readAll (path: string) (reader: Source -> 'T) : 'T =
        read path (fun stream ->
            let source = Source(path, "", stream, stream.Length, None)
            let result = reader source
            source.Finish()
            result)
