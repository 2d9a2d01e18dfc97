namespace Functional

open System
open System.IO

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

    /// Writes a file with `writer`: to a temporary file in the same folder, flushed to the disk and renamed to `path`
    /// at the end. When anything fails the file that was there is as it was, and the temporary one is gone. An existing
    /// file keeps its permissions. Errors of the disk are `FunctionalError.InvalidFile`; what `writer` raises otherwise
    /// passes.
    let write (path: string) (writer: Stream -> unit) : unit =
        Files.guard path "written" (fun () ->
            let goal = target path

            if Directory.Exists goal then
                Fail.file path "cannot be written: it is a folder."

            let folder = Path.GetDirectoryName goal
            let temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp")

            try
                let options =
                    FileStreamOptions(
                        Mode = FileMode.CreateNew,
                        Access = FileAccess.ReadWrite,
                        Share = FileShare.None,
                        BufferSize = (1 <<< 16)
                    )

                do
                    use stream = new FileStream(temporary, options)
                    writer stream
                    stream.Flush true

                if not (OperatingSystem.IsWindows()) && File.Exists goal then
                    File.SetUnixFileMode(temporary, File.GetUnixFileMode goal)

                File.Move(temporary, goal, true)
            finally
                deleteQuietly temporary)
