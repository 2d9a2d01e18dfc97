module Functional.Tests.IdxTests

open System
open System.IO
open System.IO.Compression
open Expecto
open Functional
open Functional.Tests.Sample

/// The bytes of a file of this type code, these lengths and this data.
let private idx (code: byte) (lengths: int list) (data: byte[]) : byte[] =
    [| 0uy
       0uy
       code
       byte lengths.Length
       for n in lengths do
           yield! Array.rev (BitConverter.GetBytes n)
       yield! data |]

let private gzip (bytes: byte[]) =
    use stream = new MemoryStream()

    do
        use packed = new GZipStream(stream, CompressionMode.Compress, true)
        packed.Write(ReadOnlySpan bytes)

    stream.ToArray()

[<Tests>]
let tests =
    [ testCase "every type is read, plain and compressed" (fun () ->
          let big (bytes: byte[]) = Array.rev bytes

          for bytes, expected in
              [ idx 8uy [ 2; 3 ] [| 0uy .. 5uy |], tensorOf [ 2; 3 ] [| 0..5 |]
                idx 8uy [ 1 ] [| 255uy |], tensorOf [ 1 ] [| 255 |]
                idx 9uy [ 1 ] [| 255uy |], tensorOf [ 1 ] [| -1 |]
                idx 11uy [ 1 ] (big (BitConverter.GetBytes -300s)), tensorOf [ 1 ] [| -300 |]
                idx 12uy [ 1 ] (big (BitConverter.GetBytes 100000)), tensorOf [ 1 ] [| 100000 |]
                idx 13uy [ 1; 1 ] (big (BitConverter.GetBytes 0.1f)), tensorOf [ 1; 1 ] [| 0.1f |]
                idx 14uy [ 1 ] (big (BitConverter.GetBytes 0.1)), tensorOf [ 1 ] [| 0.1 |]
                idx 8uy [ 0; 3 ] [||], tensorOf [ 0; 3 ] (Array.empty<int>)
                idx 8uy [] [| 7uy |], tensorOf [] [| 7 |] ] do
              for bytes in [ bytes; gzip bytes ] do
                  withFile "x" bytes (fun path -> assertSame expected (Idx.load path)))

      testCase "files that are not what they should be are refused with the reason" (fun () ->
          let cases =
              [ [||], "is truncated: the start of the file"
                [| 0uy; 0uy; 8uy |], "is truncated: the start of the file takes 4 bytes"
                "PNG?"B, "does not start with two zeros"
                idx 10uy [ 1 ] [| 1uy |], "the type code is 10"
                idx 8uy [ 3 ] [| 1uy; 2uy |], "is truncated: the array takes 3 bytes"
                (idx 8uy [ 1; 1 ] [||])[..8], "is truncated: the lengths of the axes takes 8 bytes"
                idx 8uy [ 1 ] [| 1uy; 2uy |], "is longer than the array that it announces"
                idx 8uy [ -1; -1 ] [| 1uy |], "larger than a tensor can be" ]

          for bytes, expected in cases do
              refusedBytes bytes expected Idx.load

          for bytes, expected in cases |> List.filter (fun (bytes, _) -> bytes.Length > 8) do
              refusedBytes (gzip bytes) (expected.Split(':')[0]) Idx.load

          refusedBytes
              (gzip (idx 8uy [ 2000000000 ] [| 1uy |]))
              "is truncated: the array takes 2000000000 bytes"
              Idx.load

          refusedBytes (idx 9uy [ 1 ] [| 1uy |]) "of another type than unsigned bytes" Idx.readBytes)

      testCase "files cut short at any byte, or with changed bytes, are refused or read" (fun () ->
          let expected = tensorOf [ 2; 3 ] [| 1..6 |]
          let plain = idx 8uy [ 2; 3 ] [| 1uy .. 6uy |]

          for bytes in [ plain; gzip plain ] do
              truncated bytes Idx.load (same expected)
              flipped bytes Idx.load) ]
    |> testList "Data.Idx"
