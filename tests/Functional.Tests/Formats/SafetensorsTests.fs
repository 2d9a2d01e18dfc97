module Functional.Tests.SafetensorsTests

open System
open System.IO
open System.Text
open FsCheck.FSharp
open Expecto
open Functional
open Functional.Tests.Sample

/// A file of this header, not padded, and these bytes of data.
let private file (header: string) (data: byte[]) : byte[] =
    let text = Encoding.UTF8.GetBytes header
    [| yield! BitConverter.GetBytes(int64 text.Length); yield! text; yield! data |]

/// A header of one tensor 'x'.
let private one dtype shape offsets =
    $"{{\"x\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}"

let private pair first second =
    $"{{\"a\":{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":{first}}},"
    + $"\"b\":{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":{second}}}}}"

let private sample =
    [ "a/b", tensorOf [ 2; 2 ] [| 1.0f; 2.0f; 3.0f; 4.0f |]
      "c", tensorOf [ 3 ] [| true; false; true |] ]

[<Tests>]
let tests =
    [ testCase "named tensors come back from a file with the same bits, in the same order" (fun () ->
          inFolder (fun folder ->
              let path = Path.Combine(folder, "x.safetensors")

              Law.check
                  "load after save is the identity"
                  (Prop.forAll (Arb.fromGen named) (fun tensors ->
                      Safetensors.save path tensors
                      sameNamed tensors (Safetensors.load path)))))

      testCase "metadata come back, and no metadata are none" (fun () ->
          let tensors = [ "x", tensorOf [] [| 1.5 |] ]
          let metadata = [ "format", "pt"; "größe", "\"5\" \n β"; "", "" ]

          inFolder (fun folder ->
              let path = Path.Combine(folder, "x.safetensors")
              Safetensors.saveWith metadata path tensors
              let found, texts = Safetensors.loadWithMetadata path
              Expect.True(sameNamed tensors found)
              Expect.Equal<(string * string) list>(metadata, texts)
              Safetensors.save path tensors
              Expect.Empty(snd (Safetensors.loadWithMetadata path))))

      testCase "data start at a multiple of 8 and large elements stand first" (fun () ->
          let bytes =
              bytesOf (fun path ->
                  Safetensors.save
                      path
                      [ "a", tensorOf [ 3 ] [| true; false; true |]
                        "b", tensorOf [ 1 ] [| 7 |]
                        "c", tensorOf [ 1 ] [| 0.5 |] ])

          let length = int (BitConverter.ToInt64(bytes, 0))
          let header = Encoding.UTF8.GetString(bytes, 8, length)
          Expect.Equal(0, length % 8)
          Expect.Equal(8 + length + 15, bytes.Length)

          Expect.Equal(
              "{\"a\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[12,15]},"
              + "\"b\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[8,12]},"
              + "\"c\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
              header.TrimEnd ' '
          )

          Expect.Equal<byte[]>(
              [| yield! BitConverter.GetBytes 0.5; yield! BitConverter.GetBytes 7; 1uy; 0uy; 1uy |],
              bytes[8 + length ..]
          ))

      testCase "Python reads what is written, and what it writes is read" (fun () ->
          // What the format's own library does, in a few lines.
          let script =
              "import sys, json, struct, numpy as np\n"
              + "read, written = sys.stdin.read().split('\\n')\n"
              + "b = open(read, 'rb').read()\n"
              + "n = struct.unpack('<Q', b[:8])[0]\n"
              + "header = json.loads(b[8:8+n])\n"
              + "types = {'F32': '<f4', 'F64': '<f8', 'I32': '<i4', 'BOOL': '|b1', 'F16': '<f2', 'I64': '<i8',\n"
              + "         'I16': '<i2', 'U16': '<u2', 'U32': '<u4', 'U64': '<u8', 'I8': 'i1', 'U8': 'u1'}\n"
              + "def show(name, x):\n"
              + "  print(name + '|' + x.dtype.name + '|' + ' '.join(map(str, x.shape)) + '|' + x.tobytes().hex())\n"
              + "for name, v in header.items():\n"
              + "  s, e = v['data_offsets']\n"
              + "  show(name, np.frombuffer(b[8+n+s:8+n+e], types[v['dtype']]).reshape(v['shape']))\n"
              + "print('--')\n"
              + "header, data = {}, b''\n"
              + "kept = {'F32': '<f4', 'F64': '<f8', 'I32': '<i4', 'BOOL': '|b1', 'F16': '<f4'}\n"
              + "for name, t in types.items():\n"
              + "  x = (np.arange(6) * 5 % 7).reshape(2, 3).astype(t)\n"
              + "  header[name] = dict(dtype=name, shape=[2, 3], data_offsets=[len(data), len(data) + x.nbytes])\n"
              + "  data += x.tobytes()\n"
              + "  show(name, x.astype(kept.get(name, '<i4')))\n"
              + "x = np.array([1, -2.5, np.inf, 0.15625], '<f4')\n"
              + "half = (x.view('<u4') >> 16).astype('<u2').tobytes()\n"
              + "header['brain'] = dict(dtype='BF16', shape=[4], data_offsets=[len(data), len(data) + 8])\n"
              + "show('brain', x)\n"
              + "text = json.dumps(header).encode()\n"
              + "open(written, 'wb').write(struct.pack('<Q', len(text)) + text + data + half)\n"

          let sample = Gen.sampleWithSeed (FsCheck.Rnd 11UL) 10 30 tensors
          let named = [ for i, x in Array.indexed sample -> $"layer/{i}", x ]

          let describe (name, x: Tensor) =
              let shape = String.Join(" ", x.Shape)
              $"{name}|{x.DType}|{shape}|{(Convert.ToHexString(bits x)).ToLowerInvariant()}"

          inFolder (fun folder ->
              let ours = Path.Combine(folder, "ours.safetensors")
              let theirs = Path.Combine(folder, "theirs.safetensors")
              Safetensors.save ours named
              let output = Outside.python [ "numpy" ] script $"{ours}\n{theirs}"

              let expected =
                  [ yield! List.map describe named; "--"; yield! Safetensors.load theirs |> List.map describe ]

              Expect.Equal<string list>(expected, List.ofArray (output.TrimEnd().Split '\n'))))

      testCase "the weights of a published model are read" (fun () ->
          let path = Outside.data "mobilenetv2/weights/mobilenetv2_0.35_224_notop_f32.safetensors"

          let tensors = Safetensors.load path
          Expect.NotEmpty tensors
          Expect.All(tensors, (fun (_, x) -> Expect.Equal(Float32, x.DType)))
          let bytes = tensors |> List.sumBy (fun (_, x) -> int64 x.Size * 4L)
          Expect.InRange(bytes, 1_600_000L, FileInfo(path).Length))

      testCase "numbers that an int32 cannot hold are refused" (fun () ->
          for dtype, data, expected in
              [ "I64",
                BitConverter.GetBytes 2147483648L,
                "element 0 of tensor 'x' is 2147483648, which an int32 cannot hold"
                "U64", BitConverter.GetBytes -1L, "element 0 of tensor 'x' is 18446744073709551615" ] do
              refusedBytes (file (one dtype "[1]" "[0,8]") data) expected Safetensors.load)

      testCase "files that are not what they should be are refused with the reason" (fun () ->
          let eight = Array.zeroCreate<byte> 8
          let good = one "F32" "[2]" "[0,8]"
          let member' text = $"{{\"x\":{{{text}}}}}"

          for bytes, expected in
              [ [||], "is truncated: the header's length takes 8 bytes, and 0 are left"
                BitConverter.GetBytes Int64.MinValue, "the header would take 9223372036854775808 bytes"
                BitConverter.GetBytes -1L, "the header would take 18446744073709551615 bytes"
                BitConverter.GetBytes 100_000_001L, "the header would take 100000001 bytes"
                Array.append (BitConverter.GetBytes 50L) "{}"B,
                "is truncated: the header takes 50 bytes, and 2 are left"
                file "" [||], "does not start with '{'"
                file " {}" [||], "does not start with '{'"
                file "[]" [||], "does not start with '{'"
                file "{\"x\":" [||], "the header is not JSON"
                file "{} {}" [||], "the header is not JSON"
                file (String.replicate 1000 "{\"a\":") [||], "the header is not JSON"
                file "{\"\\ud800\":1}" [||], "a string that is not text"
                [| yield! BitConverter.GetBytes 7L; yield! "{\""B; 255uy; yield! "\":1}"B |],
                "a string that is not text"
                file "{\"x\":1}" eight, "tensor 'x' is not a JSON object"
                file "{\"x\":null}" eight, "tensor 'x' is not a JSON object"
                file (good.TrimEnd '}' + "}," + good.Substring 1) eight, "the header names 'x' twice"
                file (member' "\"dtype\":\"F32\",\"dtype\":\"F32\"") eight, "tensor 'x' names 'dtype' twice"
                file (member' "\"shape\":[2],\"data_offsets\":[0,8]") eight, "tensor 'x': dtype is missing"
                file (member' "\"dtype\":\"F32\",\"data_offsets\":[0,8]") eight, "tensor 'x': shape is missing"
                file (member' "\"dtype\":\"F32\",\"shape\":[2]") eight, "tensor 'x': data_offsets is missing"
                file (member' "\"dtype\":\"F32\",\"code\":1") eight, "tensor 'x': 'code' is not one of"
                file (member' "\"dtype\":3,\"shape\":[2],\"data_offsets\":[0,8]") eight,
                "tensor 'x': dtype is not a string"
                file (one "F8_E4M3" "[8]" "[0,8]") eight, "tensor 'x': elements of type 'F8_E4M3' are not read"
                file (one "F32" "2" "[0,8]") eight, "tensor 'x': shape is not an array of whole numbers"
                file (one "F32" "[2.5]" "[0,8]") eight, "tensor 'x': shape is not an array of whole numbers"
                file (one "F32" "[\"2\"]" "[0,8]") eight, "tensor 'x': shape is not an array of whole numbers"
                file (one "F32" "[-2]" "[0,8]") eight, "tensor 'x': shape is not an array of whole numbers"
                file (one "F32" "[99999999999999999999]" "[0,8]") eight,
                "tensor 'x': shape is not an array of whole numbers"
                file (one "F32" "[4294967296,4294967296]" "[0,0]") [||], "larger than a tensor can be"
                file (one "F32" "[0,4294967296]" "[0,0]") [||], "larger than a tensor can be"
                file (one "F32" "[3]" "[0,8]") eight, "of shape [3] take 12 bytes, and data_offsets span 8"
                file (one "F32" "[2]" "[0,8,8]") eight, "tensor 'x': data_offsets are not two numbers"
                file (one "F32" "[2]" "[8,0]") eight, "[8, 0] are not within the 8 bytes"
                file (one "F32" "[4]" "[0,16]") eight, "[0, 16] are not within the 8 bytes"
                file (one "F32" "[2]" "[9223372036854775800,9223372036854775807]") eight, "are not within the 8 bytes"
                file (one "F32" "[1]" "[4,8]") eight, "its bytes start at 4, and those from 0 on belong to no tensor"
                file (one "F32" "[1]" "[0,4]") eight, "the last 4 bytes of the file belong to no tensor"
                file "{}" eight, "the last 8 bytes of the file belong to no tensor"
                file (pair "[0,8]" "[4,12]") (Array.zeroCreate 12), "tensor 'b': its bytes from 4 on overlap"
                file (pair "[0,8]" "[0,8]") eight, "tensor 'b': its bytes from 0 on overlap"
                file (pair "[0,8]" "[12,20]") (Array.zeroCreate 20),
                "tensor 'b': its bytes start at 12, and those from 8 on"
                file good eight[..6], "[0, 8] are not within the 7 bytes"
                file "{\"__metadata__\":1}" [||], "__metadata__ is not a JSON object"
                file "{\"__metadata__\":{\"a\":1}}" [||], "__metadata__: 'a' is not a string"
                file "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}" [||], "__metadata__ names 'a' twice" ] do
              refusedBytes bytes expected Safetensors.load)

      testCase "tensors of no elements may lie between others" (fun () ->
          let empty =
              file
                  ("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]},\"b\":{\"dtype\":\"I32\",\"shape\":[2],"
                   + "\"data_offsets\":[0,8]},\"c\":{\"dtype\":\"BOOL\",\"shape\":[2,0],\"data_offsets\":[0,0]}}   ")
                  [| 1uy; 0uy; 0uy; 0uy; 2uy; 0uy; 0uy; 0uy |]

          withFile "x" empty (fun path ->
              let found = Safetensors.load path
              Expect.Equal<string list>([ "a"; "b"; "c" ], List.map fst found)
              assertSame (tensorOf [ 2 ] [| 1; 2 |]) (snd found[1])
              assertSame (tensorOf [ 2; 0 ] (Array.empty<bool>)) (snd found[2])))

      testCase "names that the format cannot hold are not written" (fun () ->
          let x = tensorOf [] [| 1 |]

          inFolder (fun folder ->
              let save metadata tensors () = Safetensors.saveWith metadata (Path.Combine(folder, "x")) tensors

              refusedArgument "name" "stands twice" (save [] [ "x", x; "x", x ])
              refusedArgument "name" "is kept by the format" (save [] [ "__metadata__", x ])
              refusedArgument "name" "is not text" (save [] [ string (char 0xD800), x ])
              refusedArgument "metadata" "stands twice" (save [ "a", "1"; "a", "2" ] [ "x", x ])
              refusedArgument "metadata" "is not text" (save [ "a", string (char 0xDC00) ] [ "x", x ])
              Expect.Empty(Directory.GetFileSystemEntries folder)))

      testCase "files cut short at any byte are refused or unharmed" (fun () ->
          truncated (bytesOf (fun path -> Safetensors.save path sample)) Safetensors.load (sameNamed sample))

      testCase "files with changed bytes are refused or read" (fun () ->
          flipped (bytesOf (fun path -> Safetensors.saveWith [ "format", "x" ] path sample)) Safetensors.load) ]
    |> testList "Formats.Safetensors"
