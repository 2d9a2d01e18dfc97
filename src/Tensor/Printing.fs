/// Tensors as text, the way NumPy's str() prints arrays (version 2, with its default options).
module internal Functional.Printing

open System
open System.Globalization
open System.Numerics
open System.Text
open Functional.Kernels
open Functional.Numerics

/// Above this many elements only the ends of each axis are printed.
let private threshold = 1000

/// Elements shown at each end.
let private edge = 3

let private lineWidth = 75

/// The most digits printed after the point.
let private precision = 8

// ---------------------------------------------------------------- digits

/// A finite number but 0 as decimal digits d1 d2 d3 ... (the first and the last are not 0) and the power of ten of the
/// first.
[<Struct>]
type private Decimal = { Digits: string; Power: int }

let private decimalOf (digits: string) power =
    let trimmed = digits.TrimStart '0'
    { Digits = trimmed.TrimEnd '0'; Power = power - (digits.Length - trimmed.Length) }

/// The fewest digits that name the number among those of its type, from .NET's round-trip text.
let private shortest (text: string) =
    let text = text.TrimStart '-'

    let mantissa, exponent =
        match text.Split 'E' with
        | [| mantissa; exponent |] -> mantissa, int exponent
        | _ -> text, 0

    match mantissa.Split '.' with
    | [| whole; fraction |] -> decimalOf (whole + fraction) (exponent + whole.Length - 1)
    | _ -> decimalOf mantissa (exponent + mantissa.Length - 1)

/// The number rounded to a multiple of ten to the power `last`, halves to even, from its exact binary value.
let private rounded (value: float) last =
    let bits = BitConverter.DoubleToInt64Bits(abs value)
    let field = int (bits >>> 52)
    let fraction = bits &&& 0xFFFFFFFFFFFFFL
    let mantissa = if field = 0 then fraction else fraction ||| 0x10000000000000L
    let exponent = (max field 1) - 1075
    let power (b: int) n = BigInteger.Pow(BigInteger b, max n 0)
    let top = BigInteger mantissa * power 2 exponent * power 10 -last
    let bottom = power 2 -exponent * power 10 last
    let mutable rest = BigInteger.Zero
    let quotient = BigInteger.DivRem(top, bottom, &rest)
    let twice = BigInteger.Compare(rest + rest, bottom)
    let up = twice > 0 || (twice = 0 && not quotient.IsEven)
    let digits = (if up then quotient + BigInteger.One else quotient).ToString()
    decimalOf digits (digits.Length - 1 + last)

/// A float and its round-trip text, which depends on the type.
[<Struct>]
type private Number = { Value: float; Text: string }

/// The digits printed: the fewest that name the number, but none behind the power `last` of ten.
let private digitsTo last (x: Number) =
    if x.Value = 0.0 then
        { Digits = ""; Power = 0 }
    else
        let all = shortest x.Text

        if all.Power - (all.Digits.Length - 1) < last then rounded x.Value last else all

/// As `digitsTo last`, but with the number's own digits as far as the power `least` where fewer would name it.
let private digitsBetween least last x =
    let d = digitsTo last x

    if x.Value <> 0.0 && d.Power - (d.Digits.Length - 1) > least then
        rounded x.Value least
    else
        d

/// The power of ten of the first digit.
let private powerOf x = if x.Value = 0.0 then 0 else (shortest x.Text).Power

/// The digits before and behind the point.
let private positional (d: Decimal) =
    if d.Digits = "" then "0", ""
    elif d.Power < 0 then "0", String('0', -d.Power - 1) + d.Digits
    elif d.Digits.Length <= d.Power + 1 then d.Digits.PadRight(d.Power + 1, '0'), ""
    else d.Digits.Substring(0, d.Power + 1), d.Digits.Substring(d.Power + 1)

/// The digits before and behind the point, and the exponent with its sign.
let private scientific (d: Decimal) =
    let sign = if d.Power < 0 then "-" else "+"
    let exponent = sign + (abs d.Power).ToString "00"

    if d.Digits = "" then
        "0", "", exponent
    else
        d.Digits.Substring(0, 1), d.Digits.Substring 1, exponent

// ---------------------------------------------------------------- elements

let private signOf (value: float) = if Double.IsNegative value && not (Double.IsNaN value) then "-" else ""

let private special value =
    if Double.IsNaN value then "nan"
    elif value < 0.0 then "-inf"
    else "inf"

/// The layout of the finite numbers of an array: columns before the point and after it, and a number's text.
[<Struct>]
type private FloatColumns = { Left: int; Right: int; Print: Number -> string }

let private longest part = Array.fold (fun n x -> max n (String.length (part x))) 0

/// Whether the numbers are printed with exponents. NumPy divides and compares in the type of the array.
let private isExponential dtype (finite: Number[]) =
    let sizes = finite |> Array.map (fun x -> abs x.Value) |> Array.filter ((<>) 0.0)
    let inType (x: float) = (ElementArrays.ofNumber dtype x |> ElementArrays.toFloats)[0]

    sizes.Length > 0
    && (let largest, smallest = Array.max sizes, Array.min sizes
        largest >= 1e8 || smallest < inType 0.0001 || inType (largest / smallest) > 1000.0)

let private exponentialColumns (finite: Number[]) =
    let parts =
        finite
        |> Array.map (fun x ->
            let whole, fraction, exponent = scientific (digitsTo (powerOf x - precision) x)
            struct (signOf x.Value + whole, fraction, exponent))

    let left = longest (fun struct (whole, _, _) -> whole) parts
    let digits = longest (fun struct (_, fraction, _) -> fraction) parts
    let exponents = longest (fun struct (_, _, exponent) -> exponent) parts - 1

    let print x =
        // The fewest digits of 0.00999... may be 0.01, which begins one place earlier.
        let power = if x.Value = 0.0 then 0 else (rounded x.Value (powerOf x - 20)).Power
        let last = power - digits
        let whole, fraction, exponent = scientific (digitsBetween last last x)
        let whole = (signOf x.Value + whole).PadLeft left
        let exponent = exponent.Substring(0, 1) + exponent.Substring(1).PadLeft(exponents, '0')
        $"{whole}.{fraction.PadRight(digits, '0')}e{exponent}"

    { Left = left; Right = exponents + 2 + digits; Print = print }

let private positionalColumns (finite: Number[]) =
    let split x =
        let whole, fraction = positional (digitsBetween 0 -precision x)
        struct (signOf x.Value + whole, fraction)

    let parts = Array.map split finite
    let left = longest (fun struct (whole, _) -> whole) parts
    let right = longest (fun struct (_, fraction) -> fraction) parts

    let print x =
        let struct (whole, fraction) = split x
        $"{whole.PadLeft left}.{fraction.PadRight right}"

    { Left = left; Right = right; Print = print }

/// One way of printing all the numbers of an array, so that their points stand under each other.
let private floatFormat dtype (numbers: Number[]) : Number -> string =
    let finite = numbers |> Array.filter (fun x -> Double.IsFinite x.Value)
    let columns = finite |> if isExponential dtype finite then exponentialColumns else positionalColumns

    let width =
        (columns.Left + columns.Right + 1, numbers)
        ||> Array.fold (fun width x -> if Double.IsFinite x.Value then width else max width (special x.Value).Length)

    fun x -> (if Double.IsFinite x.Value then columns.Print x else special x.Value).PadLeft width

/// A float by itself, as NumPy prints a scalar.
let private floatScalar x =
    let size = abs x.Value

    if not (Double.IsFinite x.Value) then
        special x.Value
    elif size = 0.0 || (size < 1e16 && size >= 1e-4) then
        let whole, fraction = positional (digitsTo Int32.MinValue x)
        signOf x.Value + whole + "." + (if fraction = "" then "0" else fraction)
    else
        let whole, fraction, exponent = scientific (digitsTo Int32.MinValue x)
        signOf x.Value + whole + (if fraction = "" then "" else "." + fraction) + "e" + exponent

// ---------------------------------------------------------------- layout

/// The flat positions of the elements that are printed.
let private visible summarised (shape: Shape) =
    let kept n =
        if summarised && n > 2 * edge then
            [ 0 .. edge - 1 ] @ [ n - edge .. n - 1 ]
        else
            [ 0 .. n - 1 ]

    ([ 0 ], shape)
    ||> List.fold (fun starts n ->
        let kept = kept n
        starts |> List.collect (fun start -> kept |> List.map (fun i -> start * n + i)))

/// Appends the words of a row on lines of at most `width` characters; `indent` is what a new line starts with.
let private appendRow (out: StringBuilder) indent width (words: string list) =
    let line = StringBuilder(indent: string)

    words
    |> List.iteri (fun i (word: string) ->
        if line.Length + word.Length > width && line.Length > indent.Length then
            out.Append(line.ToString().TrimEnd()).Append('\n') |> ignore
            line.Clear().Append(indent) |> ignore

        line.Append(word).Append(if i < words.Length - 1 then " " else "") |> ignore)

    out.Append line |> ignore

/// The positions along an axis that are printed, None for those left out.
let private places summarised n =
    if summarised && n > 2 * edge then
        List.map Some [ 0 .. edge - 1 ] @ [ None ] @ List.map Some [ n - edge .. n - 1 ]
    else
        List.map Some [ 0 .. n - 1 ]

/// Words set out in rows and brackets.
let private layout summarised (shape: Shape) (word: int -> string) =
    let out = StringBuilder()

    let rec block (shape: Shape) depth start =
        let n, rest = shape.Head, shape.Tail
        let indent = String(' ', depth + 1)
        let from = out.Length

        if rest.IsEmpty then
            // Each bracket to the right takes one column.
            places summarised n
            |> List.map (Option.map (fun i -> word (start * n + i)) >> Option.defaultValue "...")
            |> appendRow out indent (lineWidth - depth - 1)
        else
            places summarised n
            |> List.iteri (fun i place ->
                if i > 0 then
                    out.Append('\n', rest.Length) |> ignore

                out.Append indent |> ignore

                match place with
                | Some i -> block rest (depth + 1) (start * n + i)
                | None -> out.Append "..." |> ignore)

        // The first line's indent gives way to the bracket.
        out.Remove(from, depth + 1).Insert(from, '[').Append(']') |> ignore

    block shape 0 0
    out.ToString()

/// The elements of a row-major array of any element type in this shape. NumPy has no bfloat16: it is printed as its floats are,
/// by the fewest digits that name each number.
let format (elements: Array) (shape: Shape) : string =
    let summarised = elements.Length > threshold
    let invariant = CultureInfo.InvariantCulture

    let arrange (print: 'T[] -> 'T -> string) (scalar: 'T -> string) (at: int -> 'T) =
        if shape.IsEmpty then
            scalar (at 0)
        elif elements.Length = 0 then
            "[]"
        else
            let word = visible summarised shape |> List.map at |> Array.ofList |> print
            layout summarised shape (at >> word)

    let floats dtype (a: 'T[] when 'T :> IFormattable) =
        arrange (floatFormat dtype) floatScalar (fun i ->
            { Value = CastKernels.ToDouble a[i]; Text = a[i].ToString("R", invariant) })

    let integers (a: 'T[] when 'T :> IFormattable) =
        let text (i: 'T) = i.ToString(null, invariant)

        let aligned (visible: 'T[]) =
            let width = visible |> Array.fold (fun n i -> max n (text i).Length) 0
            fun i -> (text i).PadLeft width

        arrange aligned text (fun i -> a[i])

    match elements with
    | :? (float32[]) as a -> floats Float32 a
    | :? (float[]) as a -> floats Float64 a
    | :? (Half[]) as a -> floats Float16 a
    | :? (BFloat16[]) as a -> floats DType.BFloat16 a
    | :? (int[]) as a -> integers a
    | :? (int64[]) as a -> integers a
    | :? (bool[]) as a ->
        let print v = if v then "True" else "False"
        arrange (fun _ v -> (print v).PadLeft 5) print (fun i -> a[i])
    | _ -> Fail.argument "Print" "elements" (elements.GetType().Name) $"are none of {ElementArrays.types}."
