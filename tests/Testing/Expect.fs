namespace Functional.Tests

open System
open System.Collections
open System.Globalization
open System.Runtime.CompilerServices
open System.Text.RegularExpressions
open System.Threading.Tasks
open Expecto

/// How expected and actual values are compared and printed.
module private Comparison =
    let private lengths (a: Array) = List.init a.Rank a.GetLength

    let private elements (xs: IEnumerable) = xs |> Seq.cast<obj> |> Array.ofSeq

    /// Sequences of any type and tuples are equal element by element, and arrays of several axes have axes of the same lengths; all
    /// else is equal by Equals, for which NaN is NaN.
    let rec same (expected: obj) (actual: obj) =
        match expected, actual with
        | null, null -> true
        | null, _
        | _, null -> false
        | (:? string as a), b -> a.Equals b
        | (:? Array as a), (:? Array as b) when lengths a <> lengths b -> false
        | (:? IEnumerable as a), (:? IEnumerable as b) ->
            let a, b = elements a, elements b
            a.Length = b.Length && Array.forall2 same a b
        | (:? ITuple as a), (:? ITuple as b) ->
            a.Length = b.Length && Seq.forall (fun i -> same a[i] b[i]) (seq { 0 .. a.Length - 1 })
        | a, b -> a.Equals b

    /// At most this many elements of a sequence are printed.
    let private shown = 40

    let rec show (value: obj) =
        match value with
        | null -> "null"
        | :? string as text -> $"\"%s{text}\""
        | :? IEnumerable as xs ->
            let xs = elements xs
            let first = xs |> Seq.truncate shown |> Seq.map show |> String.concat "; "

            if xs.Length > shown then
                $"[%s{first}; ... %d{xs.Length} in all]"
            else
                $"[%s{first}]"
        | :? ITuple as tuple -> $"""(%s{List.init tuple.Length (fun i -> show tuple[i]) |> String.concat ", "})"""
        | value -> Convert.ToString(value, CultureInfo.InvariantCulture) |> string

    /// Where two sequences differ first.
    let private difference (expected: obj) (actual: obj) =
        match expected, actual with
        | (:? string), _ -> ""
        | (:? IEnumerable as a), (:? IEnumerable as b) ->
            let a, b = elements a, elements b
            let both = min a.Length b.Length

            match Seq.tryFind (fun i -> not (same a[i] b[i])) (seq { 0 .. both - 1 }) with
            | Some i -> $"\nFirst difference at %d{i}: expected %s{show a[i]}, actual %s{show b[i]}"
            | None -> $"\nLengths: expected %d{a.Length}, actual %d{b.Length}"
        | _ -> ""

    let equal expected actual =
        if not (same expected actual) then
            failtest $"Expected: %s{show expected}\nActual:   %s{show actual}%s{difference expected actual}"

    let notEqual expected actual =
        if same expected actual then
            failtest $"Expected anything but: %s{show actual}"

    let rounded (precision: int) (x: float) = Math.Round(x, precision)

/// What tests expect, for F# and C# alike: the expected value first, then the actual one. An expectation that is not met fails the
/// test and shows both.
[<AbstractClass; Sealed>]
type Expect private () =

    /// Equality by Equals; of sequences, element by element, whatever their types.
    static member Equal<'T>(expected: 'T, actual: 'T) = Comparison.equal (box expected) (box actual)

    static member Equal(expected: string, actual: string) = Comparison.equal expected actual

    /// Equality element by element.
    static member Equal<'T>(expected: 'T seq, actual: 'T seq) = Comparison.equal expected actual

    /// Equality of the values rounded to so many decimals.
    static member Equal(expected: float, actual: float, precision: int) =
        Comparison.equal (Comparison.rounded precision expected) (Comparison.rounded precision actual)

    /// Equality of the values rounded to so many decimals.
    static member Equal(expected: float32, actual: float32, precision: int) =
        Comparison.equal (MathF.Round(expected, precision)) (MathF.Round(actual, precision))

    /// A distance of at most the tolerance.
    static member Equal(expected: float, actual: float, tolerance: float) =
        if not (Object.Equals(expected, actual) || abs (expected - actual) <= tolerance) then
            failtest $"Expected: %.17g{expected} within %g{tolerance}\nActual:   %.17g{actual}"

    /// A distance of at most the tolerance.
    static member Equal(expected: float32, actual: float32, tolerance: float32) =
        Expect.Equal(float expected, float actual, float tolerance)

    /// The opposite of Equal.
    static member NotEqual<'T>(expected: 'T, actual: 'T) = Comparison.notEqual (box expected) (box actual)

    /// The opposite of Equal.
    static member NotEqual<'T>(expected: 'T seq, actual: 'T seq) = Comparison.notEqual expected actual

    static member True(condition: bool, message: string) =
        if not condition then
            failtest message

    static member True(condition: bool) = Expect.True(condition, "Expected true, and it is false.")

    static member False(condition: bool, message: string) = Expect.True(not condition, message)

    static member False(condition: bool) = Expect.True(not condition, "Expected false, and it is true.")

    static member Fail(message: string) : unit = failtest message

    static member Null(value: obj) =
        Expect.True(isNull value, $"Expected null, and it is %s{Comparison.show value}.")

    /// The same object, not only an equal one.
    static member Same(expected: obj, actual: obj) =
        Expect.True(
            Object.ReferenceEquals(expected, actual),
            $"Expected the same object as {expected}, and it is {actual}."
        )

    /// Both bounds included.
    static member InRange<'T when 'T: comparison>(actual: 'T, low: 'T, high: 'T) =
        Expect.True(low <= actual && actual <= high, $"Expected within {low} and {high}, and it is {actual}.")

    static member Contains(part: string, text: string) =
        if not (text.Contains(part, StringComparison.Ordinal)) then
            failtest $"Expected to find: %s{part}\nin:               %s{text}"

    static member Contains<'T>(element: 'T, elements: 'T seq) =
        if not (Seq.exists (fun e -> Comparison.same element e) elements) then
            failtest $"Expected to find: %s{Comparison.show element}\nin:               %s{Comparison.show elements}"

    /// Some element has the property.
    static member Contains<'T>(elements: 'T seq, holds: Predicate<'T>) =
        if not (Seq.exists holds.Invoke elements) then
            failtest $"Expected to find an element of another kind in: %s{Comparison.show elements}"

    static member DoesNotContain(part: string, text: string) =
        if text.Contains(part, StringComparison.Ordinal) then
            failtest $"Expected not to find: %s{part}\nin: %s{text}"

    static member DoesNotContain<'T>(element: 'T, elements: 'T seq) =
        if Seq.exists (fun e -> Comparison.same element e) elements then
            failtest $"Expected not to find: %s{Comparison.show element}\nin: %s{Comparison.show elements}"

    /// No element has the property.
    static member DoesNotContain<'T>(elements: 'T seq, holds: Predicate<'T>) =
        match Seq.tryFind holds.Invoke elements with
        | Some element -> failtest $"Expected no such element: %s{Comparison.show element}"
        | None -> ()

    static member StartsWith(start: string, text: string) =
        if not (text.StartsWith(start, StringComparison.Ordinal)) then
            failtest $"Expected to start with: %s{start}\nActual:                 %s{text}"

    static member EndsWith(ending: string, text: string) =
        if not (text.EndsWith(ending, StringComparison.Ordinal)) then
            failtest $"Expected to end with: %s{ending}\nActual:               %s{text}"

    static member Matches(pattern: string, text: string) =
        if not (Regex.IsMatch(text, pattern)) then
            failtest $"Expected to match: %s{pattern}\nActual:            %s{text}"

    static member Empty(elements: IEnumerable) =
        if elements |> Seq.cast<obj> |> Seq.isEmpty |> not then
            failtest $"Expected nothing, and there is %s{Comparison.show elements}"

    static member NotEmpty(elements: IEnumerable) =
        if elements |> Seq.cast<obj> |> Seq.isEmpty then
            failtest "Expected elements, and there are none."

    /// The only element.
    static member Single<'T>(elements: 'T seq) : 'T =
        match List.ofSeq elements with
        | [ element ] -> element
        | elements -> failtest $"Expected one element, and there are %d{elements.Length}: %s{Comparison.show elements}"

    /// Every element meets the expectation; a failure names the place of the first that does not.
    static member All<'T>(elements: 'T seq, expectation: Action<'T>) =
        elements
        |> Seq.iteri (fun i element ->
            try
                expectation.Invoke element
            with :? AssertException as failure ->
                failtest $"Element %d{i}, %s{Comparison.show element}: %s{failure.Message}")

    static member IsType<'T>(value: obj) : 'T =
        match value with
        | :? 'T as typed when value.GetType() = typeof<'T> -> typed
        | _ -> failtest $"Expected a value of type {typeof<'T>}, and it is %s{Comparison.show value}"

    /// An exception of this type or of one derived from it.
    static member ThrowsAny<'E when 'E :> exn>(action: Action) : 'E =
        let raised =
            try
                action.Invoke()
                None
            with error ->
                Some error

        match raised with
        | Some(:? 'E as error) -> error
        | Some error -> failtest $"Expected the exception {typeof<'E>}, and it is {error}"
        | None -> failtest $"Expected the exception {typeof<'E>}, and there is none."

    /// An exception of exactly this type.
    static member Throws<'E when 'E :> exn>(action: Action) : 'E =
        let error = Expect.ThrowsAny<exn> action

        match error with
        | :? 'E as typed when error.GetType() = typeof<'E> -> typed
        | _ -> failtest $"Expected the exception {typeof<'E>}, and it is {error}"

    /// An exception of exactly this type.
    static member Throws<'E when 'E :> exn>(func: Func<obj>) : 'E =
        Expect.Throws<'E>(Action(fun () -> func.Invoke() |> ignore))

    /// An exception of this type or of one derived from it, from the task or from what makes it.
    static member ThrowsAnyAsync<'E when 'E :> exn>(action: Func<Task>) : Task =
        task {
            let! raised =
                task {
                    try
                        do! action.Invoke()
                        return None
                    with error ->
                        return Some error
                }

            Expect.ThrowsAny<'E>(Action(fun () -> Option.iter raise raised)) |> ignore
        }
