/// The F# compiler does not miss documentation; the tests of each library do, with this.
module Functional.Tests.Documentation

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.CompilerServices
open System.Text.RegularExpressions
open System.Xml.Linq
open Microsoft.FSharp.Reflection

/// Without the counts of type parameters: Tree, not Tree`1.
let private plain (name: string) = Regex.Replace(name, "`+[0-9]+", "")

let private nameOf (t: Type) = plain(string t.FullName).Replace('+', '.')

let private key (m: XElement) =
    match m.Attribute(XName.Get "name") with
    | null -> ""
    | name -> plain (name.Value.Split('(').[0])

/// Comments by name: T:Functional.DType, P:Functional.Padding.Low, M:Functional.Tensor.add; without parameters and counts of
/// type parameters.
let private commentsOf (library: Assembly) =
    let document = XDocument.Load(Path.ChangeExtension(library.Location, ".xml"))

    dict
        [ for m in document.Descendants(XName.Get "member") |> Seq.groupBy key do
              fst m, snd m |> Seq.map _.Value |> String.concat " " ]

/// The comment of a record may speak of its fields, where they make sense only together.
let private mentions (comment: string) (field: string) = Regex.IsMatch(comment, $@"\b%s{field}\b")

let private generated (m: MemberInfo) =
    m.IsDefined(typeof<CompilerGeneratedAttribute>, false)
    || m.IsDefined(typeof<DebuggerNonUserCodeAttribute>, false)

let private everything =
    BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.Instance ||| BindingFlags.DeclaredOnly

/// Whether the type is one that F# makes for a case of a union, or for its tags.
let private ofUnion (t: Type) =
    match t.DeclaringType with
    | null -> false
    | parent -> FSharpType.IsUnion parent

let private overrides (m: MethodInfo) = m.GetBaseDefinition().DeclaringType <> m.DeclaringType

let private implements (t: Type) (m: MethodInfo) =
    not t.IsInterface
    && t.GetInterfaces() |> Array.exists (fun i -> t.GetInterfaceMap(i).TargetMethods |> Array.contains m)

let private membersOf (comments: IDictionary<string, string>) (t: Type) =
    let name = nameOf t

    let mentioned field =
        match comments.TryGetValue $"T:%s{name}" with
        | true, comment -> mentions comment field
        | _ -> false

    [ $"T:%s{name}"

      if FSharpType.IsUnion t then
          for case in FSharpType.GetUnionCases t do
              $"T:%s{name}.%s{case.Name}"

      for property in t.GetProperties everything do
          let field = FSharpType.IsRecord t && mentioned property.Name

          if not (generated property || field) then
              $"P:%s{name}.%s{property.Name}"

      for m in t.GetMethods everything do
          let accessor = m.IsSpecialName && not (m.Name.StartsWith("op_", StringComparison.Ordinal))

          if not (generated m || accessor || overrides m || implements t m) then
              $"M:%s{name}.%s{m.Name}" ]

/// The public members of a library that no comment in the documentation beside it speaks of.
let missing (library: Assembly) : string list =
    let comments = commentsOf library

    let documented name =
        match comments.TryGetValue name with
        | true, comment -> not (String.IsNullOrWhiteSpace comment)
        | _ -> false

    [ for t in library.GetExportedTypes() do
          if not (generated t || ofUnion t) then
              for m in membersOf comments t do
                  if not (documented m) then
                      m ]

/// The test that there are none.
let test (library: Assembly) =
    Expecto.Tests.testCase "every public member of the library is documented" (fun () ->
        let missing = missing library
        Expect.True(missing.IsEmpty, "Without a /// comment:\n" + String.concat "\n" missing))
