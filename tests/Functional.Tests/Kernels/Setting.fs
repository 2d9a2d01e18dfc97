/// What the tests of kernels share: random data, every way of running a kernel, bits and distances.
module Functional.Tests.Kernels.Setting

open System
open FsCheck.FSharp
open Functional.Kernels
open Expecto
open Functional.Tests

/// The vectors that this machine has, the widest first.
let levels =
    [ SimdLevel.Avx512; SimdLevel.Avx2; SimdLevel.Portable ]
    |> List.filter (fun level -> level <= KernelScope.DetectedLevel)

/// Runs with these vectors on this many threads.
let withSetting level threads f =
    use _ = KernelScope.UseLevel level
    use _ = KernelScope.UseThreads threads
    f ()

/// The bits of an array's elements: NaN equals itself, and -0 is not 0.
let bits (a: Array) =
    match a with
    | :? (float32[]) as a ->
        a |> Array.map (fun v -> if Single.IsNaN v then -1L else int64 (BitConverter.SingleToUInt32Bits v))
    | :? (float[]) as a -> a |> Array.map (fun v -> if Double.IsNaN v then -1L else BitConverter.DoubleToInt64Bits v)
    | :? (int[]) as a -> Array.map int64 a
    | a -> a :?> bool[] |> Array.map Convert.ToInt64

/// That two arrays hold the same bits.
let same (expected: 'T[]) (actual: 'T[]) =
    let expected, actual = bits expected, bits actual

    // Quick where all is well; the expectation names the first difference.
    if not (ReadOnlySpan(expected).SequenceEqual(ReadOnlySpan actual)) then
        Expect.Equal<int64[]>(expected, actual)

/// What a computation gives with each kind of vectors, having checked that the number of threads changes no bit.
let onAllLevels (f: unit -> 'a[]) =
    levels
    |> List.map (fun level ->
        let one = withSetting level 1 f

        for threads in [ 3 ] do
            same one (withSetting level threads f)

        one)

/// The same bits with any vectors and any number of threads.
let onlyResult (f: unit -> 'a[]) =
    let results = onAllLevels f

    for other in results.Tail do
        same results.Head other

    results.Head

/// The bytes that a call allocates once it is warm: the least of several, since a collection that other tests cause counts
/// what is left of this thread's room as allocated.
let allocated (call: unit -> unit) =
    call ()

    Seq.min
        [ for _ in 1..5 do
              let before = GC.GetAllocatedBytesForCurrentThread()
              call ()
              GC.GetAllocatedBytesForCurrentThread() - before ]

/// Row-major steps.
let contiguous (shape: int list) = List.scanBack (*) shape 1 |> List.tail |> Array.ofList

/// A strided view over some elements.
type View<'T> = { Elements: 'T[]; Offset: int; Shape: int list; Strides: int[] }

/// All positions of a shape in row-major order.
let rec positions (shape: int list) : int list list =
    match shape with
    | [] -> [ [] ]
    | n :: rest ->
        [ for i in 0 .. n - 1 do
              for tail in positions rest -> i :: tail ]

/// The elements of a view in row-major order, one by one.
let read view =
    let shape = Array.ofList view.Shape
    let result = Array.zeroCreate (Array.fold (*) 1 shape)
    let mutable next = 0

    let rec visit axis at =
        if axis = shape.Length then
            result[next] <- view.Elements[at]
            next <- next + 1
        else
            for i in 0 .. shape[axis] - 1 do
                visit (axis + 1) (at + i * view.Strides[axis])

    visit 0 view.Offset
    result

/// Draws one element. Arrays of many elements come from a seed, which is faster than a generator for each.
type Element<'T> = Random -> 'T

/// An array of this length.
let arrayOf n (element: Element<'T>) =
    Gen.choose (0, Int32.MaxValue)
    |> Gen.map (fun seed ->
        let random = Random seed
        Array.init n (fun _ -> element random))

/// Arrays of up to a hundred elements or so.
let arrays element =
    Gen.sized (fun size -> Gen.choose (0, size + 20)) |> Gen.bind (fun n -> arrayOf n element)

let private special =
    [| 0.0
       -0.0
       1.0
       -1.0
       nan
       infinity
       -infinity
       0.5
       -0.5
       1.5
       2.5
       -2.5
       1e-40
       1e300
       -1e300
       5e-324
       2147483647.0 |]

/// Numbers of moderate size.
let tame: Element<float> = fun random -> float (random.Next(-1_000_000, 1_000_000)) / 1e5

/// Numbers of every size, whole ones, equal ones and special ones.
let doubles: Element<float> =
    fun random ->
        match random.Next 10 with
        | 0 -> special[random.Next special.Length]
        | 1
        | 2
        | 3 -> float (random.Next(-5, 6))
        | _ -> tame random

let singles: Element<float32> = doubles >> float32

let ints: Element<int> =
    fun random ->
        match random.Next 9 with
        | 0 -> [| Int32.MaxValue; Int32.MinValue; 0; 46341 |][random.Next 4]
        | _ -> random.Next(-100, 101)

let bools: Element<bool> = fun random -> random.Next 2 = 0

/// A random view of a shape: permuted, with steps, reversed and repeated axes.
let viewOf (shape: int list) (element: Element<'T>) =
    gen {
        let! order = Gen.shuffle [| 0 .. shape.Length - 1 |]

        let! steps =
            Gen.arrayOfLength shape.Length (Gen.frequency [ 5, Gen.constant 1; 1, Gen.constant 2; 1, Gen.constant 3 ])

        let! kinds =
            Gen.arrayOfLength shape.Length (Gen.frequency [ 5, Gen.constant 1; 1, Gen.constant 0; 1, Gen.constant -1 ])

        let strides = Array.zeroCreate shape.Length
        let mutable size = 1

        for axis in order do
            strides[axis] <- if kinds[axis] = 0 then 0 else size * steps[axis]
            size <- if kinds[axis] = 0 then size else size * steps[axis] * max 1 shape[axis]

        let mutable offset = 0

        for axis in order do
            if kinds[axis] < 0 then
                offset <- offset + strides[axis] * max 0 (shape[axis] - 1)
                strides[axis] <- -strides[axis]

        let! before = Gen.choose (0, 2)
        let! elements = arrayOf (size + before) element

        return { Elements = elements; Offset = offset + before; Shape = shape; Strides = strides }
    }

/// Shapes of up to four axes, and some that are long enough to be cut.
let shapes =
    Gen.frequency
        [ 12, Gen.choose (0, 4) |> Gen.bind (fun rank -> Gen.listOfLength rank (Gen.choose (0, 6)))
          6, Gen.choose (1, 3) |> Gen.bind (fun rank -> Gen.listOfLength rank (Gen.choose (1, 25)))
          1, Gen.elements [ [ 3; 23001 ]; [ 300; 230 ]; [ 35003; 2 ]; [ 17; 800; 5 ]; [ 140001 ] ] ]

/// How far apart two numbers are, in units of the last place of a float32 of the second's size.
let ulps32 (actual: float32) (expected: float) =
    let nearest = float32 expected

    if Double.IsNaN expected then
        (if Single.IsNaN actual then 0.0 else infinity)
    elif Single.IsInfinity nearest || Single.IsInfinity actual then
        // Just below the largest number both count as right.
        if nearest = actual || abs expected > 3.4028233e38 && abs (float actual) > 3.4028233e38 then
            0.0
        else
            infinity
    else
        let exponent = if expected = 0.0 then -149 else max -149 (Math.ILogB expected - 23)
        abs (float actual - expected) / Math.ScaleB(1.0, exponent)
