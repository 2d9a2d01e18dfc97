module Functional.Tests.Kernels.MatMulTests

#nowarn "9"

open System
open FsCheck.FSharp
open Microsoft.FSharp.NativeInterop
open Functional
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

/// A batch of matrices over some elements, at any strides.
type private Matrices<'T> = { Elements: 'T[]; Batch: int; Row: int; Column: int }

/// Copies what it is shown of C, and counts how often it is shown each element.
type private Watcher<'T when 'T: unmanaged>(c: nativeptr<'T>, cRow: int, rows: int, n: int) =
    inherit Epilogue()
    member val Seen: 'T[] = Array.zeroCreate (rows * n)
    member val Times: int[] = Array.zeroCreate (rows * n)

    override this.Run(row, count, column, columns) =
        for i in int row .. int (row + count) - 1 do
            for j in column .. column + columns - 1 do
                this.Seen[i * n + j] <- NativePtr.get c (i * cRow + j)
                this.Times[i * n + j] <- this.Times[i * n + j] + 1

let private multiply<'T when 'T: unmanaged and 'T: (new: unit -> 'T) and 'T: struct and 'T :> ValueType and 'T: equality>
    batch
    m
    n
    k
    (a: Matrices<'T>)
    (b: Matrices<'T>)
    =
    // Numbers around the result show whether anything is written beyond it.
    let guard = 64
    let row = if k % 2 = 0 then n else n + 5 // C alone, or within a wider matrix
    let c: 'T[] = Array.zeroCreate (batch * m * row + 2 * guard)
    use pa = fixed a.Elements
    use pb = fixed b.Elements
    use pc = fixed c
    let target = NativePtr.add pc guard
    let watcher = Watcher(target, row, batch * m, n)

    MatMul.Multiply(
        batch,
        m,
        n,
        k,
        pa,
        nativeint a.Batch,
        nativeint a.Row,
        nativeint a.Column,
        pb,
        nativeint b.Batch,
        nativeint b.Row,
        nativeint b.Column,
        target,
        watcher,
        nativeint row
    )

    for i in 0 .. guard - 1 do
        Expect.Equal(Unchecked.defaultof<'T>, c[i])
        Expect.Equal(Unchecked.defaultof<'T>, c[c.Length - 1 - i])

    let mutable others = 0

    for i in 0 .. batch * m - 1 do
        for j in n .. row - 1 do
            if c[guard + i * row + j] <> Unchecked.defaultof<'T> then
                others <- others + 1

    Expect.Equal(0, others)
    Expect.True(watcher.Times |> Array.forall ((=) 1), "the epilogue sees each element once")
    let result = Array.init (batch * m * n) (fun i -> c[guard + i / n * row + i % n])
    same result watcher.Seen
    result

let private sizes =
    Gen.frequency
        [ 6, Gen.zip3 (Gen.choose (0, 20)) (Gen.choose (0, 70)) (Gen.choose (0, 40))
          3, Gen.zip3 (Gen.choose (1, 40)) (Gen.choose (1, 100)) (Gen.choose (250, 600))
          1, Gen.elements [ 1, 1000, 300; 1000, 1, 300; 1, 1, 3000; 150, 300, 20; 64, 16, 784; 3, 2500, 5 ]
          1, Gen.elements [ 90, 130, 300; 300, 100, 40; 130, 10, 129; 20, 25, 2100; 60, 9, 4200; 1, 300, 1000 ] ]

/// Sizes, a batch and two factors: row by row, column by column, or with gaps; one for the whole batch or one each.
let private products (element: Element<'T>) =
    let factor batch rows columns =
        gen {
            let! shared = Gen.frequency [ 3, Gen.constant false; 1, Gen.constant true ]
            let! gap = Gen.frequency [ 3, Gen.constant 0; 1, Gen.choose (1, 9) ]
            let! inner = Gen.frequency [ 4, Gen.constant 1; 1, Gen.constant 2 ]
            let! byRows = Gen.elements [ true; false ]
            let length, count = (if byRows then columns, rows else rows, columns)
            let line = length * inner + gap
            let size = line * count
            let! elements = arrayOf (max 1 (if shared then size else size * batch)) element

            return
                { Elements = elements
                  Batch = if shared then 0 else size
                  Row = if byRows then line else inner
                  Column = if byRows then inner else line }
        }

    gen {
        let! m, n, k = sizes

        let! batch =
            Gen.frequency
                [ 4, Gen.constant 1
                  2, Gen.choose (0, 5)
                  1, (if m * n * k < 2000 then Gen.constant 40 else Gen.constant 2) ]

        let! a = factor batch m k
        let! b = factor batch k n
        return batch, m, n, k, a, b
    }
    |> Arb.fromGen

let private terms (batch, m, n, k, a: Matrices<'T>, b: Matrices<'T>) =
    [| for i in 0 .. batch - 1 do
           for r in 0 .. m - 1 do
               for c in 0 .. n - 1 ->
                   [| for p in 0 .. k - 1 ->
                          a.Elements[i * a.Batch + r * a.Row + p * a.Column],
                          b.Elements[i * b.Batch + p * b.Row + c * b.Column] |] |]

/// Matrices of whole numbers, row by row or column by column, of which sums are exact.
let private wholeMatrix rows columns byRows seed : Matrices<float32> =
    let random = Random(seed: int)

    { Elements = Array.init (rows * columns) (fun _ -> float32 (random.Next(-8, 9)))
      Batch = 0
      Row = (if byRows then columns else 1)
      Column = (if byRows then 1 else rows) }

/// The product of rows of a matrix by their numbers, and of those rows gathered before.
let private byNumbers isTransposed m n k (numbers: int[]) (x: float32[]) (b: float32[]) =
    let width = if isTransposed then m else k
    let gathered = numbers |> Array.collect (fun number -> Array.sub x (number * width) width)
    let found: float32[] = Array.zeroCreate (m * n)
    let expected: float32[] = Array.zeroCreate (m * n)
    use px = fixed x
    use pg = fixed gathered
    use pi = fixed numbers
    use pb = fixed b
    use pf = fixed found
    use pe = fixed expected
    let row, column = if isTransposed then 1, width else width, 1
    MatMul.MultiplyRows(isTransposed, m, n, k, px, nativeint width, pi, pb, nativeint n, 1n, pf)

    MatMul.Multiply(1, m, n, k, pg, 0n, nativeint row, nativeint column, pb, 0n, nativeint n, 1n, pe)

    found, expected

[<Tests>]
let tests =
    [ lawWith
          50
          "products of float64"
          (Prop.forAll (products tame) (fun (batch, m, n, k, a, b) ->
              let expected = terms (batch, m, n, k, a, b)

              for result in onAllLevels (fun () -> multiply batch m n k a b) do
                  for terms, c in Array.zip expected result do
                      let exact = terms |> Array.sumBy (fun (x, y) -> x * y)
                      let size = terms |> Array.sumBy (fun (x, y) -> abs (x * y))
                      Expect.True(abs (c - exact) <= 1e-13 * size)))

      lawWith
          50
          "products of float32"
          (Prop.forAll (products (tame >> float32)) (fun (batch, m, n, k, a, b) ->
              let expected = terms (batch, m, n, k, a, b)

              for result in onAllLevels (fun () -> multiply batch m n k a b) do
                  for terms, c in Array.zip expected result do
                      let exact = terms |> Array.sumBy (fun (x, y) -> float x * float y)
                      let size = terms |> Array.sumBy (fun (x, y) -> abs (float x * float y))
                      Expect.True(abs (float c - exact) <= 2e-5 * size)))

      lawWith
          50
          "products of int32 wrap"
          (Prop.forAll (products ints) (fun (batch, m, n, k, a, b) ->
              let expected = terms (batch, m, n, k, a, b) |> Array.map (Array.fold (fun sum (x, y) -> sum + x * y) 0)

              same expected (onlyResult (fun () -> multiply batch m n k a b))))

      testCase "what is not a number stays where it belongs" (fun () ->
          let m, n, k = 20, 37, 30
          let a = Array.create (m * k) 1.0f
          let b = Array.create (k * n) 1.0f
          a[3 * k + 7] <- nanf
          b[4 * n + 36] <- infinityf
          let rows = { Elements = a; Batch = 0; Row = k; Column = 1 }
          let columns = { Elements = b; Batch = 0; Row = n; Column = 1 }

          for result in onAllLevels (fun () -> multiply 1 m n k rows columns) do
              for i in 0 .. m - 1 do
                  for j in 0 .. n - 1 do
                      let c = result[i * n + j]

                      if i = 3 then Expect.True(Single.IsNaN c)
                      elif j = 36 then Expect.Equal(infinityf, c)
                      else Expect.Equal(30.0f, c))

      testCase "products of any proportions: tall, wide and deep ones" (fun () ->
          let lengths = Gen.frequency [ 2, Gen.constant 1; 1, Gen.choose (2, 5); 1, Gen.choose (6, 70) ]

          let deep =
              Gen.frequency [ 3, Gen.choose (131_000, 270_000); 1, Gen.choose (2000, 9000); 1, Gen.choose (1, 20) ]

          let cases =
              gen {
                  let! m, n, k = Gen.zip3 lengths lengths deep
                  // as large as the others allow, as m, n or k
                  let k = if m * n > 100 then min k 3000 else k
                  let! sizes = Gen.elements [ m, n, k; m, n, k; k, m, n; m, k, n ]
                  let! layout = Gen.zip (Gen.elements [ true; false ]) (Gen.elements [ true; false ])
                  let! seed = Gen.choose (0, 1_000_000)
                  return sizes, layout, seed
              }

          Law.checkWith
              15
              "products of any proportions"
              (Prop.forAll (Arb.fromGen cases) (fun ((m, n, k), (aByRows, bByRows), seed) ->
                  let a, b = wholeMatrix m k aByRows seed, wholeMatrix k n bByRows (seed + 1)

                  let exact =
                      Array.init (m * n) (fun at ->
                          let i, j = at / n, at % n
                          let mutable sum = 0.0

                          for p in 0 .. k - 1 do
                              sum <-
                                  sum
                                  + float a.Elements[i * a.Row + p * a.Column]
                                    * float b.Elements[p * b.Row + j * b.Column]

                          float32 sum)

                  for result in onAllLevels (fun () -> multiply 1 m n k a b) do
                      same exact result)))

      lawWith
          60
          "a product of rows by their numbers has the bits of a gather and a product"
          (let lengths =
              Gen.frequency
                  [ 3, Gen.zip3 (Gen.choose (1, 70)) (Gen.choose (1, 70)) (Gen.choose (1, 90))
                    2, Gen.zip3 (Gen.choose (2, 100)) (Gen.choose (2, 40)) (Gen.choose (400, 2500))
                    1, Gen.elements [ 64, 16, 784; 784, 16, 64; 128, 512, 784; 3, 1, 3000; 1200, 10, 300 ] ]

           Gen.zip3 lengths (Gen.elements [ true; false ]) (Gen.choose (0, 1_000_000))
           |> Arb.fromGen
           |> fun cases ->
               Prop.forAll cases (fun ((m, n, k), isTransposed, seed) ->
                   let random = Random seed
                   let floats count = Array.init count (fun _ -> float32 (random.NextDouble() - 0.5))
                   let rows, width = if isTransposed then k, m else m, k
                   let x, b = floats (2 * rows * width), floats (k * n)
                   let numbers = Array.init rows (fun _ -> random.Next(2 * rows))

                   for level in levels do
                       for threads in [ 1; 2 ] do
                           withSetting level threads (fun () -> byNumbers isTransposed m n k numbers x b)
                           ||> fun found expected -> same expected found))

      testCase "a dot product of vectors of any length" (fun () ->
          for length in [ 131_071; 131_072; 131_073; 262_143; 262_144; 300_001; 1_000_003 ] do
              let ones = Tensor.ones [ length ]
              Expect.Equal(float length, Tensor.toFloat (Tensor.dot ones ones))) ]
    |> testList "Kernels.MatMul"
