/// The F# compiler does not miss documentation; this test does.
module Functional.Tests.DocumentationTests

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.CompilerServices
open System.Text.RegularExpressions
open System.Xml.Linq
open Microsoft.FSharp.Reflection
open Expecto
open Functional

let private library = typeof<DType>.Assembly

/// Without the counts of type parameters: Tree, not Tree`1.
let private plain (name: string) = Regex.Replace(name, "`+[0-9]+", "")

let private nameOf (t: Type) = plain(string t.FullName).Replace('+', '.')

let private key (m: XElement) =
    match m.Attribute(XName.Get "name") with
    | null -> ""
    | name -> plain (name.Value.Split('(').[0])

/// Comments by name: T:Functional.DType, P:Functional.Padding.Low, M:Functional.Tensor.add; without parameters and counts of
/// type parameters.
let private comments =
    let document = XDocument.Load(Path.ChangeExtension(library.Location, ".xml"))

    dict
        [ for m in document.Descendants(XName.Get "member") |> Seq.groupBy key do
              fst m, snd m |> Seq.map _.Value |> String.concat " " ]

let private documented name =
    match comments.TryGetValue name with
    | true, comment -> not (String.IsNullOrWhiteSpace comment)
    | _ -> false

/// The comment of a record may speak of its fields, where they make sense only together.
let private mentioned (t: Type) (field: string) =
    match comments.TryGetValue $"T:%s{nameOf t}" with
    | true, comment -> Regex.IsMatch(comment, $@"\b%s{field}\b")
    | _ -> false

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

let private membersOf (t: Type) =
    let name = nameOf t

    [ $"T:%s{name}"

      if FSharpType.IsUnion t then
          for case in FSharpType.GetUnionCases t do
              $"T:%s{name}.%s{case.Name}"

      for property in t.GetProperties everything do
          let field = FSharpType.IsRecord t && mentioned t property.Name

          if not (generated property || field) then
              $"P:%s{name}.%s{property.Name}"

      for m in t.GetMethods everything do
          let accessor = m.IsSpecialName && not (m.Name.StartsWith("op_", StringComparison.Ordinal))

          if not (generated m || accessor || overrides m || implements t m) then
              $"M:%s{name}.%s{m.Name}" ]

[<Tests>]
let tests =
    [ testCase "every public member of the library is documented" (fun () ->
          let missing =
              [ for t in library.GetExportedTypes() do
                    if not (generated t || ofUnion t) then
                        for m in membersOf t do
                            if not (documented m) then
                                m ]

          Expect.True(missing.IsEmpty, "Without a /// comment:\n" + String.concat "\n" missing)) ]
    |> testList "Documentation"
