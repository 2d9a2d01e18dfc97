module Functional.Tests.NpyTests

open System
open System.IO
open System.IO.Compression
open System.Text
open FsCheck.FSharp
open Expecto
open Functional
open Functional.Tests.Sample

/// The bytes of a .npy file of this version and header, which is not padded.
let private npy (major: int) (header: string) (data: byte[]) : byte[] =
    let text = (if major = 3 then Encoding.UTF8 else Encoding.Latin1).GetBytes header

    [| 0x93uy
       yield! "NUMPY"B
       byte major
       0uy
       byte text.Length
       byte (text.Length >>> 8)
       if major > 1 then
           0uy
           0uy
       yield! text
       yield! data |]

let private header descr shape = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"

let private hex (x: Tensor) = Convert.ToHexString(bits x).ToLowerInvariant()

let private describe (x: Tensor) =
    let shape = String.Join(" ", x.Shape)
    $"{x.DType}|{shape}|{hex x}"

let private zip (entries: (string * byte[]) list) =
    use stream = new MemoryStream()

    do
        use archive = new ZipArchive(stream, ZipArchiveMode.Create, true)

        for name, bytes in entries do
            use part = archive.CreateEntry(name).Open()
            part.Write(ReadOnlySpan bytes)

    stream.ToArray()

let private sample = tensorOf [ 2; 3 ] [| 1.0f; 2.0f; 3.0f; 4.0f; 5.0f; 6.0f |]

let private archived = [ "a", sample; "b/c", tensorOf [ 2 ] [| true; false |] ]

[<Tests>]
let tests =
    [ testCase "a tensor comes back from a file with the same bits" (fun () ->
          inFolder (fun folder ->
              let path = Path.Combine(folder, "x.npy")

              Law.check
                  "load after save is the identity"
                  (Prop.forAll (Arb.fromGen tensors) (fun x ->
                      Npy.save path x
                      same x (Npy.load path)))))

      testCase "named tensors come back from an archive, compressed or not" (fun () ->
          inFolder (fun folder ->
              let path = Path.Combine(folder, "x.npz")

              for save in [ Npy.saveArchive; Npy.saveCompressedArchive ] do
                  Law.check
                      "loadArchive after saveArchive is the identity"
                      (Prop.forAll (Arb.fromGen named) (fun arrays ->
                          save path arrays
                          sameNamed arrays (Npy.loadArchive path)))))

      testCase "the same tensors give the same bytes" (fun () ->
          let arrays = [ "a", tensorOf [ 2; 2 ] [| 1.0f; 2.0f; 3.0f; 4.0f |]; "b/c", tensorOf [] [| 1 |] ]

          let save path = Npy.saveCompressedArchive path arrays
          Expect.Equal<byte[]>(bytesOf save, bytesOf save))

      testCase "the start of a file is NumPy's own" (fun () ->
          let bytes = bytesOf (fun path -> Npy.save path (tensorOf [ 3 ] [| 1; 2; 3 |]))
          let text = "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }"
          Expect.Equal(0, (bytes.Length - 12) % 64)
          Expect.Equal<byte[]>(npy 1 (text.PadRight(117) + "\n") [||], bytes[..127]))

      testCase "NumPy reads what is written" (fun () ->
          let sample = Gen.sampleWithSeed (FsCheck.Rnd 7UL) 10 40 tensors

          inFolder (fun folder ->
              sample |> Array.iteri (fun i x -> Npy.save (Path.Combine(folder, $"{i}.npy")) x)
              let named = [ for i, x in Array.indexed sample -> $"layer/{i}", x ]
              Npy.saveArchive (Path.Combine(folder, "stored.npz")) named
              Npy.saveCompressedArchive (Path.Combine(folder, "deflated.npz")) named

              let script =
                  "import sys, numpy as np\n"
                  + "folder, count = sys.stdin.read().split()\n"
                  + "def show(x): print(x.dtype.name + '|' + ' '.join(map(str, x.shape)) + '|' + x.tobytes().hex())\n"
                  + "for i in range(int(count)): show(np.load(f'{folder}/{i}.npy'))\n"
                  + "for kind in ['stored', 'deflated']:\n"
                  + "    with np.load(f'{folder}/{kind}.npz') as z:\n"
                  + "        for i in range(int(count)): show(z[f'layer/{i}'])\n"

              let found = (Outside.python [ "numpy" ] script $"{folder} {sample.Length}").TrimEnd().Split '\n'

              let expected = Array.map describe sample

              Expect.Equal<string[]>(Array.concat [ expected; expected; expected ], found)))

      testCase "what NumPy writes is read, in every type and order" (fun () ->
          let script =
              "import sys, numpy as np\n"
              + "from numpy.lib import format\n"
              + "folder = sys.stdin.read()\n"
              + "kept = {'float32': 'float32', 'float64': 'float64', 'bool': 'bool', 'float16': 'float32'}\n"
              + "count = 0\n"
              + "arrays = {}\n"
              + "for kind in ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'b1']:\n"
              + "  for order in '<>':\n"
              + "    for shape in [(), (0,), (5,), (2, 3), (2, 0, 3), (2, 3, 4)]:\n"
              + "      for layout in 'CF':\n"
              + "        size = int(np.prod(shape))\n"
              + "        x = (np.arange(size) * 3 % 7 - (0 if kind[0] in 'ub' else 3)).reshape(shape)\n"
              + "        x = np.asarray(x.astype(order + kind), order=layout)\n"
              + "        version = [(1, 0), (2, 0), (3, 0)][count % 3]\n"
              + "        with open(f'{folder}/{count}.npy', 'wb') as f: format.write_array(f, x, version)\n"
              + "        arrays[f'part/{count}'] = x\n"
              + "        count += 1\n"
              + "        y = x.astype(kept.get(x.dtype.name, 'int32'))\n"
              + "        print(y.dtype.name + '|' + ' '.join(map(str, y.shape)) + '|' + y.tobytes().hex())\n"
              + "np.savez(f'{folder}/stored.npz', **arrays)\n"
              + "np.savez_compressed(f'{folder}/deflated.npz', **arrays)\n"

          inFolder (fun folder ->
              let expected = (Outside.python [ "numpy" ] script folder).TrimEnd().Split '\n'

              let found =
                  [| for i in 0 .. expected.Length - 1 -> describe (Npy.load (Path.Combine(folder, $"{i}.npy"))) |]

              Expect.Equal<string[]>(expected, found)

              for kind in [ "stored"; "deflated" ] do
                  let arrays = Npy.loadArchive (Path.Combine(folder, $"{kind}.npz"))
                  Expect.Equal<string list>([ for i in 0 .. expected.Length - 1 -> $"part/{i}" ], List.map fst arrays)
                  Expect.Equal<string[]>(expected, [| for _, x in arrays -> describe x |])))

      testCase "numbers that an int32 cannot hold are refused, and those that it can are kept" (fun () ->
          let load descr (data: byte[]) =
              withFile "x" (npy 1 (header descr "(2,)") data) (fun path -> Elements.ofTensor "test" (Npy.load path))

          let of64 (a: int64) (b: int64) = [| yield! BitConverter.GetBytes a; yield! BitConverter.GetBytes b |]

          Expect.Equal<Array>([| Int32.MaxValue; Int32.MinValue |], load "<i8" (of64 2147483647L -2147483648L))

          for descr, data, expected in
              [ "<i8", of64 0L 2147483648L, "element 1 of the array is 2147483648, which an int32 cannot hold"
                "<i8", of64 -2147483649L 0L, "element 0 of the array is -2147483649"
                "<u8", of64 0L -1L, "element 1 of the array is 18446744073709551615"
                "<u4", [| 0uy; 0uy; 0uy; 128uy; 0uy; 0uy; 0uy; 0uy |], "element 0 of the array is 2147483648" ] do
              refusedBytes (npy 1 (header descr "(2,)") data) expected Npy.load)

      testCase "a truth value of any byte but 0 is true" (fun () ->
          withFile "x" (npy 1 (header "|b1" "(3,)") [| 0uy; 2uy; 255uy |]) (fun path ->
              assertSame (tensorOf [ 3 ] [| false; true; true |]) (Npy.load path)))

      testCase "headers are read as Python would" (fun () ->
          for text in
              [ "{\"shape\":(2,),'fortran_order':True,'descr':'i1'}   \n"
                "  { 'descr' : '|i1' , 'shape' : ( 2L , ) , 'fortran_order' : False , }" ] do
              withFile "x" (npy 3 text [| 1uy; 255uy |]) (fun path ->
                  assertSame (tensorOf [ 2 ] [| 1; -1 |]) (Npy.load path)))

      testCase "files that are not what they should be are refused with the reason" (fun () ->
          let four = Array.zeroCreate<byte> 4
          let good = header "<f4" "(1,)"

          for bytes, expected in
              [ [||], "is truncated: the start of an array takes 8 bytes, and 0 are left"
                "PK\003\004 something else"B, "is not a NumPy array"
                npy 4 good four, "version 4.0"
                npy 1 good four[..2], "is truncated: the array takes 4 bytes, and 3 are left"
                npy 1 good (Array.append four [| 1uy |]), "has 1 bytes after its end"
                npy 1 (header "<f4" "(1000000000, 1000000000)") four, "larger than a tensor can be"
                npy 1 (header "<f4" "(4611686018427387904, 4)") four, "larger than a tensor can be"
                npy 1 (header "<f4" "(0, 9223372036854775807)") four, "larger than a tensor can be"
                npy 1 (header "<f4" "(99999999999999999999,)") four, "a whole number within 64 bits is missing"
                npy 1 (header "<f4" "(-1,)") four, "the shape [-1] has a negative length"
                npy 1 (header "<f4" "(1)") four, "the shape is a number, not a tuple"
                npy 1 (header "<f4" "(1 1)") four, "',' is missing"
                npy 1 (header "<f4" ("(" + String.replicate 65 "1," + ")")) four, "the shape has 65 axes"
                npy 1 (header "<f4" "(1000000,)") four, "is truncated: the array takes 4000000 bytes"
                npy 1 (header "|O" "(1,)") four, "Python objects"
                npy 1 (header "<c8" "(1,)") four, "complex"
                npy 1 (header "<U1" "(1,)") four, "elements of type '<U1' are not read (text)"
                npy 1 (header "<f16" "(1,)") four, "elements of type '<f16' are not read"
                npy 1 (header "" "(1,)") four, "elements of type '' are not read"
                npy 1 (header "|f4" "(1,)") four, "no order of the bytes"
                npy 1 "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}" four, "holds records"
                npy 1 "{'descr': '<f4', 'shape': (1,)}" four, "has the keys descr, shape, not"
                npy 1 "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}" four, "has the keys"
                npy 1 "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}" four,
                "a string, True, False or a tuple is missing"
                npy 1 "{'descr': True, 'fortran_order': False, 'shape': (1,)}" four, "values of the wrong kind"
                npy 1 "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + 1" four, "something follows"
                npy 1 "{'descr" four, "a string does not end"
                npy 1 "{'descr': '<f4', " four, "a key is missing"
                npy 1 "{'descr': '<\\x664'}" four, "has a backslash"
                npy 1 "" four, "'{' is missing"
                npy 1 "__import__('os').system('true')" four, "'{' is missing"
                [| 0x93uy; yield! "NUMPY"B; 2uy; 0uy; yield! BitConverter.GetBytes -1 |],
                "the header of the array takes 4294967295 bytes" ] do
              refusedBytes bytes expected Npy.load)

      testCase "what is no file is refused with the reason" (fun () ->
          inFolder (fun folder ->
              let missing = Path.Combine(folder, "missing.npy")
              refused missing "there is no such file" Npy.load
              refused (Path.Combine(folder, "no", "x.npy")) "there is no such folder" Npy.load
              refused folder "it is a folder" Npy.load
              refused "a\000b" "cannot be read" Npy.load
              refusedArgument "path" "is not the name of a file" (fun () -> Npy.load "" |> ignore)
              let cause = Expect.Throws<FunctionalException>(fun () -> Npy.load missing |> ignore).InnerException
              Expect.IsType<FileNotFoundException> cause |> ignore))

      testCase "archives that are not what they should be are refused with the reason" (fun () ->
          let one = npy 1 (header "<f4" "()") (BitConverter.GetBytes 1.0f)

          for bytes, expected in
              [ zip [ "../x.npy", one ], "the name of entry '../x.npy' leads out of its folder"
                zip [ "/x.npy", one ], "is an absolute path"
                zip [ "C:/x.npy", one ], "is an absolute path"
                zip [ "a\\b.npy", one ], "has a backslash"
                zip [ "x.npy", one; "x.npy", one ], "has two entries named 'x.npy'"
                zip [ "x.npy", one; "x", one ], "has two arrays named 'x'"
                zip [ "x.npy", one; "readme.txt", "hello there"B ], "entry 'readme.txt': is not a NumPy array"
                zip [ "x.npy", one[..65] ], "entry 'x.npy': is truncated"
                zip [ "x.npy", Array.append one [| 0uy |] ], "entry 'x.npy': has 1 bytes after its end"
                one, "is damaged" ] do
              refusedBytes bytes expected Npy.loadArchive)

      testCase "an archive that would fill the memory is refused" (fun () ->
          let zeros = npy 1 (header "|u1" "(100000,)") (Array.zeroCreate 100000)

          withFile "x.npz" (zip [ "x.npy", zeros ]) (fun path ->
              refused path "more than 1000 bytes together" (Npy.loadArchiveWithin 1000L)
              Expect.Equal<Shape>([ 100000 ], (Npy.loadArchiveWithin 200000L path |> List.head |> snd).Shape)))

      testCase "names that lead elsewhere are not written" (fun () ->
          let x = tensorOf [] [| 1 |]

          inFolder (fun folder ->
              let path = Path.Combine(folder, "x.npz")

              for name, expected in
                  [ "../x", "leads out of its folder"
                    "a/../../x", "leads out of its folder"
                    "/x", "is an absolute path"
                    "C:/x", "is an absolute path"
                    "a\\x", "has a backslash"
                    "", "is empty"
                    "a\nb", "has a control character" ] do
                  refusedArgument "name" expected (fun () -> Npy.saveArchive path [ name, x ])

              refusedArgument "name" "stands twice" (fun () -> Npy.saveArchive path [ "x", x; "x", x ])
              Expect.Empty(Directory.GetFileSystemEntries folder)))

      testCase "files cut short at any byte are refused or unharmed" (fun () ->
          truncated (bytesOf (fun path -> Npy.save path sample)) Npy.load (same sample)

          for save in [ Npy.saveArchive; Npy.saveCompressedArchive ] do
              truncated (bytesOf (fun path -> save path archived)) Npy.loadArchive (sameNamed archived))

      testCase "files with changed bytes are refused or read" (fun () ->
          flipped (bytesOf (fun path -> Npy.save path sample)) Npy.load

          for save in [ Npy.saveArchive; Npy.saveCompressedArchive ] do
              flipped (bytesOf (fun path -> save path archived)) Npy.loadArchive) ]
    |> testList "Formats.Npy"
