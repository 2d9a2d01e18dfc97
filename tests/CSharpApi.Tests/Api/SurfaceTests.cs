using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace Functional.CSharp.Tests.Api;

public class SurfaceTests
{
    private static readonly string[] FSharpAssemblies = ["FSharp.Core", "Functional", "Functional.Kernels"];

    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
            return Parts(type.GetElementType()!);
        return type.IsGenericType ? [type, .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }

    // types of numbers are C#, and stand for themselves on every side
    private static bool IsForeign(Type type) =>
        (FSharpAssemblies.Contains(type.Assembly.GetName().Name) && type.Namespace != "Functional.Numerics")
        || type.Namespace?.StartsWith("Microsoft.FSharp", StringComparison.Ordinal) == true;

    [Fact]
    public void No_type_of_FSharp_shows_in_a_public_signature()
    {
        var found =
            from type in Listing.Facade.GetExportedTypes()
            from place in Places(type)
            where Parts(place.Type).Any(IsForeign)
            select $"{type.Name}.{place.Name}: {place.Type}";
        Assert.Empty(found);
    }

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

    /// <summary>
    /// The file is what users rely on: a change of it is a change for them. To accept one, run the tests once with
    /// FUNCTIONAL_ACCEPT_API=1.
    /// </summary>
    [Fact]
    public void The_public_surface_is_the_one_written_down()
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
        Assert.Fail(
            "The public surface of Functional.CSharp differs from tests/CSharpApi.Tests/PublicApi.txt:\n"
            + string.Join('\n', changes)
            + "\nIf that is meant, run the tests once with FUNCTIONAL_ACCEPT_API=1 and commit the file.");
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

    [Fact]
    public void Every_type_of_the_surface_is_in_one_namespace() =>
        Assert.All(Listing.Facade.GetExportedTypes(), type => Assert.Equal("Functional.CSharp", type.Namespace));

    [Fact]
    public void No_type_of_the_surface_can_be_changed_after_it_is_made()
    {
        var settable =
            from type in Listing.Facade.GetExportedTypes()
            from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
            where property.SetMethod is { IsPublic: true } setter
                && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
            select $"{type.Name}.{property.Name}";
        Assert.Empty(settable);
    }
}
