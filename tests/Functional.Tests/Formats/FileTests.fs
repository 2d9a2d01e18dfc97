module Functional.Tests.FileTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Xunit
open Functional
open Functional.Tests.Sample

let private text (bytes: string) : Stream -> unit =
    fun stream -> stream.Write(ReadOnlySpan(Encoding.UTF8.GetBytes bytes))

[<Fact>]
let ``a file is written whole and nothing else is left`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "x")
        AtomicFile.write path (text "one")
        AtomicFile.write path (text "two")
        Assert.Equal("two", File.ReadAllText path)
        Assert.Equal<string[]>([| path |], Directory.GetFileSystemEntries folder))

[<Fact>]
let ``a write that fails leaves the old file and nothing else`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "x")
        AtomicFile.write path (text "old")

        let half (error: exn) (stream: Stream) =
            text "half of the new" stream
            stream.Flush()
            raise error

        // What is raised on the way to the disk speaks of the file; anything else passes as it is.
        refused path "cannot be written: the disk is full" (fun path ->
            AtomicFile.write path (half (IOException "the disk is full")))

        Assert.Throws<OperationCanceledException>(fun () ->
            AtomicFile.write path (half (OperationCanceledException())))
        |> ignore

        Assert.Equal("old", File.ReadAllText path)
        Assert.Equal<string[]>([| path |], Directory.GetFileSystemEntries folder))

[<Fact>]
let ``a tensor without data is not written, and the old file stays`` () =
    inFolder (fun folder ->
        let npy = Path.Combine(folder, "x.npy")
        let tensors = Path.Combine(folder, "x.safetensors")
        let x = tensorOf [ 2 ] [| 1.0f; 2.0f |]
        Npy.save npy x
        Safetensors.save tensors [ "x", x ]

        let traced =
            Traced
                { new Tracer(Unchecked.defaultof<Interpreter>, x.Signature) with
                    override t.ToString() = "" }

        refusedArgument "tensor" "has no data yet" (fun () -> Npy.save npy traced)
        refusedArgument "tensor" "has no data yet" (fun () -> Npy.saveArchive npy [ "x", x; "y", traced ])
        refusedArgument "tensor" "has no data yet" (fun () -> Safetensors.save tensors [ "x", x; "y", traced ])
        Assert.True(same x (Npy.load npy))
        Assert.True(sameNamed [ "x", x ] (Safetensors.load tensors))
        Assert.Equal(2, (Directory.GetFileSystemEntries folder).Length))

[<Fact>]
let ``places that cannot be written to are refused with the reason`` () =
    inFolder (fun folder ->
        let write path = AtomicFile.write path (text "x")
        refused folder "it is a folder" write
        refused (Path.Combine(folder, "no", "x")) "there is no such folder" write
        File.WriteAllText(Path.Combine(folder, "file"), "")
        refused (Path.Combine(folder, "file", "x")) "cannot be written" write
        refused "a\000b" "cannot be written" write
        refusedArgument "path" "is not the name of a file" (fun () -> write ""))

[<Fact>]
let ``a symbolic link stays, and what it names is replaced with the same permissions`` () =
    if OperatingSystem.IsWindows() then
        Assert.Skip "Links and permissions of Unix."

    inFolder (fun folder ->
        let goal = Path.Combine(folder, "goal")
        let link = Path.Combine(folder, "link")
        File.WriteAllText(goal, "old")
        File.SetUnixFileMode(goal, UnixFileMode.UserRead ||| UnixFileMode.UserWrite)
        File.CreateSymbolicLink(link, goal) |> ignore
        AtomicFile.write link (text "new")
        Assert.Equal("new", File.ReadAllText goal)
        Assert.Equal(goal, FileInfo(link).LinkTarget)
        Assert.Equal(UnixFileMode.UserRead ||| UnixFileMode.UserWrite, File.GetUnixFileMode goal))

[<Fact>]
let ``the checksum is that of zip files`` () =
    let crc (s: string) = Crc32.append 0u (ReadOnlySpan(Encoding.ASCII.GetBytes s))

    Assert.Equal(0u, crc "")
    Assert.Equal(0xCBF43926u, crc "123456789")
    Assert.Equal(0x414FA339u, crc "The quick brown fox jumps over the lazy dog")

    Law.check "the checksum of two parts is that of the whole" (fun (a: byte[]) (b: byte[]) ->
        Crc32.append (Crc32.append 0u (ReadOnlySpan a)) (ReadOnlySpan b) =
            Crc32.append 0u (ReadOnlySpan(Array.append a b)))

let private all (limit: int64) (path: string) =
    Archive.read path (fun _ -> limit) (fun archive ->
        [ for name in archive.Names ->
              name, archive.Read(name, (fun source -> source.TakeAll(1000, "the entry"))) |> Encoding.UTF8.GetString ])

[<Fact>]
let ``entries come back, and folders are none`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "x.zip")

        let entries =
            [ "a.json", CompressionLevel.Optimal, text "{}"
              "weights/b", CompressionLevel.NoCompression, text "bytes"
              "empty", CompressionLevel.Optimal, ignore
              "weights/", CompressionLevel.NoCompression, ignore ]

        Archive.write "test" path entries
        Assert.Equal<(string * string) list>([ "a.json", "{}"; "weights/b", "bytes"; "empty", "" ], all 1000L path)

        Archive.read path Archive.usualLimit (fun archive ->
            Assert.True(archive.Has "a.json")
            Assert.False(archive.Has "c"))

        refused path "has no entry 'c'" (fun path ->
            Archive.read path Archive.usualLimit (fun archive -> archive.Read("c", (fun source -> source.Finish()))))

        refused path "entry 'weights/b': has 5 bytes after its end" (fun path ->
            Archive.read path Archive.usualLimit (fun archive -> archive.Read("weights/b", ignore)))

        refused path "take more than 6 bytes together" (all 6L))

/// The bytes of an archive of one entry, with four of them changed from `offset` of its central directory on.
let private altered level (content: string) (offset: int) (value: int) =
    let bytes = bytesOf (fun path -> Archive.write "test" path [ "x", level, text content ])

    let directory =
        Seq.init bytes.Length id |> Seq.find (fun i -> BitConverter.ToInt32(bytes, i) = 0x02014B50)

    BitConverter.GetBytes(value).CopyTo(bytes, directory + offset)
    bytes

[<Fact>]
let ``entries that lie about their size or content are refused`` () =
    let stored = CompressionLevel.NoCompression
    let hundred = String.replicate 100 "a"

    for bytes, expected in
        [ altered CompressionLevel.Optimal hundred 24 1_000_000_000, "announces 1000000000 bytes, and "
          altered CompressionLevel.Optimal hundred 24 101, "entry 'x': is truncated"
          altered CompressionLevel.Optimal hundred 24 99, "entry 'x': is damaged: its checksum is wrong"
          altered stored hundred 20 1_000_000, "are more than the file has left"
          altered stored hundred 16 1, "entry 'x': is damaged: its checksum is wrong"
          altered stored hundred 8 1, "entry 'x': is encrypted" ] do
        refusedBytes bytes expected (all 2_000_000_000L)

[<Fact>]
let ``a damaged archive is refused or read`` () =
    let bytes =
        bytesOf (fun path ->
            Archive.write
                "test"
                path
                [ "a", CompressionLevel.Optimal, text (String.replicate 30 "ab")
                  "b", CompressionLevel.NoCompression, text "cd" ])

    let expected = withFile "x" bytes (all 1000L)
    truncated bytes (all 1000L) ((=) expected)
    flipped bytes (all 1000L)
