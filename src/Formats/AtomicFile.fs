namespace Functional

open System
open System.IO
open System.Text

/// Writing files so that a reader finds the old one or the new one, whole, whatever happens in between.
module internal AtomicFile =
    /// The file that a chain of symbolic links ends in: that one is replaced, and the links stay.
    let private target (path: string) =
        if isNull (FileInfo path).LinkTarget then
            Path.GetFullPath path
        else
            File.ResolveLinkTarget(path, true).FullName

    let private deleteQuietly (path: string) =
        try
            File.Delete path
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    /// The prefix of the names of temporary files: the same for every writer of a path.
    let private prefix (goal: string) =
        let name = Encoding.UTF8.GetBytes(string (Path.GetFileName goal))
        $".{Crc32.append 0u (ReadOnlySpan name):x8}-"

    /// A new name for the temporary file of a writer of this path.
    let temporaryName (goal: string) =
        Path.Combine(string (Path.GetDirectoryName goal), $"{prefix goal}{Guid.NewGuid():N}.tmp")

    /// A writer holds its temporary file locked until it has its final name. Windows renames an open file only if it is
    /// shared for deletion.
    let private sharing = if OperatingSystem.IsWindows() then FileShare.Delete else FileShare.None

    /// Deletes what killed writers of this path have left: their temporary files are the ones that nobody holds locked.
    let private deleteStale (goal: string) =
        let isLocked (file: string) =
            try
                use _ = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None)
                false
            with
            | :? IOException
            | :? UnauthorizedAccessException -> true

        for file in Directory.GetFiles(string (Path.GetDirectoryName goal), $"{prefix goal}*.tmp") do
            if not (isLocked file) then
                deleteQuietly file

    /// Creates the temporary file, locked. Another writer of the path may delete it as stale between its creation and
    /// its lock: then once more, under another name.
    let private create (goal: string) =
        let options =
            FileStreamOptions(
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = sharing,
                BufferSize = (1 <<< 16)
            )

        let rec attempt left =
            let temporary = temporaryName goal

            match new FileStream(temporary, options) with
            | stream when left > 0 && not (File.Exists temporary) ->
                stream.Dispose()
                attempt (left - 1)
            | stream -> temporary, stream

        attempt 3

    /// Writes a file with `writer`: to a temporary file in the same folder, flushed to the disk and renamed to `path`
    /// at the end. When anything fails the file that was there is as it was, and the temporary one is gone; one that a
    /// killed writer of the same path has left is deleted. An existing file keeps its permissions. Errors of the disk
    /// are `FunctionalError.InvalidFile`; what `writer` raises otherwise passes.
    let write (path: string) (writer: Stream -> unit) : unit =
        Files.guard path "written" (fun () ->
            let goal = target path

            if Directory.Exists goal then
                Fail.file path "cannot be written: it is a folder."

            deleteStale goal
            let temporary, stream = create goal

            try
                use stream = stream
                writer stream
                stream.Flush true

                if not (OperatingSystem.IsWindows()) && File.Exists goal then
                    File.SetUnixFileMode(temporary, File.GetUnixFileMode goal)

                File.Move(temporary, goal, true)
            finally
                deleteQuietly temporary)
