module Functional.Tests.FileTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Expecto
open Functional
open Functional.Tests.Sample

let private text (bytes: string) : Stream -> unit =
    fun stream -> stream.Write(ReadOnlySpan(Encoding.UTF8.GetBytes bytes))

let private all (limit: int64) (path: string) =
    Archive.read path (fun _ -> limit) (fun archive ->
        [ for name in archive.Names ->
              name, archive.Read(name, (fun source -> source.TakeAll(1000, "the entry"))) |> Encoding.UTF8.GetString ])

/// The bytes of an archive of one entry, with four of them changed from `offset` of its central directory on.
let private altered level (content: string) (offset: int) (value: int) =
    let bytes = bytesOf (fun path -> Archive.write "test" path [ "x", level, text content ])

    let directory =
        Seq.init bytes.Length id |> Seq.find (fun i -> BitConverter.ToInt32(bytes, i) = 0x02014B50)

    BitConverter.GetBytes(value).CopyTo(bytes, directory + offset)
    bytes

[<Tests>]
let tests =
    [ testCase "a file is written whole and nothing else is left" (fun () ->
          inFolder (fun folder ->
              let path = Path.Combine(folder, "x")
              AtomicFile.write path (text "one")
              AtomicFile.write path (text "two")
              Expect.Equal("two", File.ReadAllText path)
              Expect.Equal<string[]>([| path |], Directory.GetFileSystemEntries folder)))

      testCase "a write that fails leaves the old file and nothing else" (fun () ->
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

              Expect.Throws<OperationCanceledException>(fun () ->
                  AtomicFile.write path (half (OperationCanceledException())))
              |> ignore

              Expect.Equal("old", File.ReadAllText path)
              Expect.Equal<string[]>([| path |], Directory.GetFileSystemEntries folder)))

      testCase "what a killed writer has left is removed by the next writer of the path" (fun () ->
          inFolder (fun folder ->
              let path = Path.Combine(folder, "x")
              let other = Path.Combine(folder, "y")
              let stale, held = AtomicFile.temporaryName path, AtomicFile.temporaryName path
              let ofOther = AtomicFile.temporaryName other
              File.WriteAllText(stale, "half")
              File.WriteAllText(ofOther, "half")

              do
                  // a writer that is at work
                  use _ = new FileStream(held, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None)
                  AtomicFile.write path (text "whole")
                  Expect.Equal("whole", File.ReadAllText path)
                  Expect.False(File.Exists stale)
                  Expect.True(File.Exists held)
                  Expect.True(File.Exists ofOther)

              AtomicFile.write path (text "once more")
              AtomicFile.write other (text "whole")
              Expect.Equal<string[]>([| path; other |], Array.sort (Directory.GetFileSystemEntries folder))))

      testCase "many writers of one path at once leave one whole file" (fun () ->
          inFolder (fun folder ->
              let path = Path.Combine(folder, "x")
              let contents = [| for i in 0..7 -> String.replicate 20_000 (string i) |]
              contents |> Array.Parallel.iter (fun content -> AtomicFile.write path (text content))
              Expect.Contains(File.ReadAllText path, contents)
              Expect.Equal<string[]>([| path |], Directory.GetFileSystemEntries folder)))

      testCase "a full disk and a read-only one end in a clear error, and the old file is whole" (fun () ->
          Outside.onSmallDisk (fun folder makeReadOnly ->
              let path = Path.Combine(folder, "x.npy")
              let x = Tensor.arange 0.0 1000.0 1.0
              Npy.save path x

              refused path "cannot be written: the disk is full" (fun path ->
                  Npy.save path (Tensor.zeros [ 100_000 ]))

              Expect.True(same x (Npy.load path))
              Expect.Equal<string[]>([| path |], Directory.GetFileSystemEntries folder)
              makeReadOnly ()

              refused path "cannot be written: its folder is read-only" (fun path ->
                  Npy.save path (Tensor.zeros [ 10 ]))

              Expect.True(same x (Npy.load path))))

      testCase "a tensor without data is not written, and the old file stays" (fun () ->
          inFolder (fun folder ->
              let npy = Path.Combine(folder, "x.npy")
              let tensors = Path.Combine(folder, "x.safetensors")
              let x = tensorOf [ 2 ] [| 1.0f; 2.0f |]
              Npy.save npy x
              Safetensors.save tensors [ "x", x ]

              let traced =
                  Traced
                      { new Tracer(Unchecked.defaultof<Interpreter>, x.Signature) with
                          override _.Backend = x.Backend
                          override t.ToString() = "" }

              refusedArgument "tensor" "has no data yet" (fun () -> Npy.save npy traced)
              refusedArgument "tensor" "has no data yet" (fun () -> Npy.saveArchive npy [ "x", x; "y", traced ])
              refusedArgument "tensor" "has no data yet" (fun () -> Safetensors.save tensors [ "x", x; "y", traced ])
              Expect.True(same x (Npy.load npy))
              Expect.True(sameNamed [ "x", x ] (Safetensors.load tensors))
              Expect.Equal(2, (Directory.GetFileSystemEntries folder).Length)))

      testCase "places that cannot be written to are refused with the reason" (fun () ->
          inFolder (fun folder ->
              let write path = AtomicFile.write path (text "x")
              refused folder "it is a folder" write
              refused (Path.Combine(folder, "no", "x")) "there is no such folder" write
              File.WriteAllText(Path.Combine(folder, "file"), "")
              refused (Path.Combine(folder, "file", "x")) "cannot be written" write
              refused "a\000b" "cannot be written" write
              refusedArgument "path" "is not the name of a file" (fun () -> write "")))

      testCase "a symbolic link stays, and what it names is replaced with the same permissions" (fun () ->
          if OperatingSystem.IsWindows() then
              skiptest "Links and permissions of Unix."

          inFolder (fun folder ->
              let goal = Path.Combine(folder, "goal")
              let link = Path.Combine(folder, "link")
              File.WriteAllText(goal, "old")
              File.SetUnixFileMode(goal, UnixFileMode.UserRead ||| UnixFileMode.UserWrite)
              File.CreateSymbolicLink(link, goal) |> ignore
              AtomicFile.write link (text "new")
              Expect.Equal("new", File.ReadAllText goal)
              Expect.Equal(goal, FileInfo(link).LinkTarget)
              Expect.Equal(UnixFileMode.UserRead ||| UnixFileMode.UserWrite, File.GetUnixFileMode goal)))

      testCase "the checksum is that of zip files" (fun () ->
          let crc (s: string) = Crc32.append 0u (ReadOnlySpan(Encoding.ASCII.GetBytes s))

          Expect.Equal(0u, crc "")
          Expect.Equal(0xCBF43926u, crc "123456789")
          Expect.Equal(0x414FA339u, crc "The quick brown fox jumps over the lazy dog")

          Law.check "the checksum of two parts is that of the whole" (fun (a: byte[]) (b: byte[]) ->
              Crc32.append (Crc32.append 0u (ReadOnlySpan a)) (ReadOnlySpan b) =
                  Crc32.append 0u (ReadOnlySpan(Array.append a b))))

      testCase "entries come back, and folders are none" (fun () ->
          inFolder (fun folder ->
              let path = Path.Combine(folder, "x.zip")

              let entries =
                  [ "a.json", CompressionLevel.Optimal, text "{}"
                    "weights/b", CompressionLevel.NoCompression, text "bytes"
                    "empty", CompressionLevel.Optimal, ignore
                    "weights/", CompressionLevel.NoCompression, ignore ]

              Archive.write "test" path entries

              Expect.Equal<(string * string) list>(
                  [ "a.json", "{}"; "weights/b", "bytes"; "empty", "" ],
                  all 1000L path
              )

              Archive.read path Archive.usualLimit (fun archive ->
                  Expect.True(archive.Has "a.json")
                  Expect.False(archive.Has "c"))

              refused path "has no entry 'c'" (fun path ->
                  Archive.read path Archive.usualLimit (fun archive ->
                      archive.Read("c", (fun source -> source.Finish()))))

              refused path "entry 'weights/b': has 5 bytes after its end" (fun path ->
                  Archive.read path Archive.usualLimit (fun archive -> archive.Read("weights/b", ignore)))

              refused path "take more than 6 bytes together" (all 6L)))

      testCase "entries that lie about their size or content are refused" (fun () ->
          let stored = CompressionLevel.NoCompression
          let hundred = String.replicate 100 "a"

          for bytes, expected in
              [ altered CompressionLevel.Optimal hundred 24 1_000_000_000, "announces 1000000000 bytes, and "
                altered CompressionLevel.Optimal hundred 24 101, "entry 'x': is truncated"
                altered CompressionLevel.Optimal hundred 24 99, "entry 'x': is damaged: its checksum is wrong"
                altered stored hundred 20 1_000_000, "are more than the file has left"
                altered stored hundred 16 1, "entry 'x': is damaged: its checksum is wrong"
                altered stored hundred 8 1, "entry 'x': is encrypted" ] do
              refusedBytes bytes expected (all 2_000_000_000L))

      testCase "a damaged archive is refused or read" (fun () ->
          let bytes =
              bytesOf (fun path ->
                  Archive.write
                      "test"
                      path
                      [ "a", CompressionLevel.Optimal, text (String.replicate 30 "ab")
                        "b", CompressionLevel.NoCompression, text "cd" ])

          let expected = withFile "x" bytes (all 1000L)
          truncated bytes (all 1000L) ((=) expected)
          flipped bytes (all 1000L)) ]
    |> testList "Formats.File"
