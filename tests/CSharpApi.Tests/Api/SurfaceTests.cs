using System.Reflection;
using System.Runtime.CompilerServices;

namespace Functional.CSharp.Tests.Api;

public static class SurfaceTests
{
    private static readonly string[] FSharpAssemblies = ["FSharp.Core", "Functional", "Functional.Kernels"];

    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
            return Parts(type.GetElementType()!);
        return type.IsGenericType ? [type, .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }

    private static bool IsForeign(Type type) =>
        FSharpAssemblies.Contains(type.Assembly.GetName().Name)
        || type.Namespace?.StartsWith("Microsoft.FSharp", StringComparison.Ordinal) == true;

    private static IEnumerable<(string Name, Type Type)> Places(Type type)
    {
        for (var above = type.BaseType; above is not null; above = above.BaseType)
            yield return ("base", above);
        foreach (var face in type.GetInterfaces())
            yield return ("interface", face);
        foreach (var parameter in type.GetGenericArguments().Where(g => g.IsGenericParameter))
        {
            foreach (var constraint in parameter.GetGenericParameterConstraints())
                yield return ("constraint", constraint);
        }

        foreach (var member in Listing.Members(type))
        {
            foreach (var part in Listing.Signature(member))
                yield return (member.Name, part);
        }
    }

    /// <summary>Each member with its type in front.</summary>
    private static List<string> Qualified(string listing)
    {
        var type = "";
        var lines = new List<string>();
        foreach (var line in listing.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith(' '))
            {
                lines.Add($"{type}: {line.Trim()}");
            }
            else
            {
                type = line.Split(" : ")[0];
                lines.Add(line);
            }
        }

        return lines;
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [Tests]
    public static Test Tests => List("Surface",
        Case("No type of FSharp shows in a public signature", () =>
        {
            var found =
                from type in Listing.Facade.GetExportedTypes()
                from place in Places(type)
                where Parts(place.Type).Any(IsForeign)
                select $"{type.Name}.{place.Name}: {place.Type}";
            Expect.Empty(found);
        }),

        // The file is what users rely on: a change of it is a change for them. To accept one, run the tests once with
        // FUNCTIONAL_ACCEPT_API=1.
        Case("The public surface is the one written down", () =>
        {
            var file = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "PublicApi.txt");
            var now = Listing.Text();
            if (Environment.GetEnvironmentVariable("FUNCTIONAL_ACCEPT_API") == "1")
                File.WriteAllText(file, now);
            var written = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
            if (now == written)
                return;
            var before = Qualified(written);
            var after = Qualified(now);
            var gone = before.Except(after).Select(line => $"- {line}");
            var changes = gone.Concat(after.Except(before).Select(line => $"+ {line}"));
            Expect.Fail(
                "The public surface of Functional.CSharp differs from tests/CSharpApi.Tests/PublicApi.txt:\n"
                + string.Join('\n', changes)
                + "\nIf that is meant, run the tests once with FUNCTIONAL_ACCEPT_API=1 and commit the file.");
        }),

        Case("Every type of the surface is in one namespace", () =>
            Expect.All(Listing.Facade.GetExportedTypes(), type => Expect.Equal("Functional.CSharp", type.Namespace))),

        Case("No type of the surface can be changed after it is made", () =>
        {
            var settable =
                from type in Listing.Facade.GetExportedTypes()
                from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
                where property.SetMethod is { IsPublic: true } setter
                    && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
                select $"{type.Name}.{property.Name}";
            Expect.Empty(settable);
        }));
}
