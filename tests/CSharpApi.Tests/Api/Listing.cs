using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Functional.CSharp.Tests.Api;

/// <summary>
/// Every public type and member of the facade, one a line, in an order that does not depend on the compiler.
/// </summary>
internal static class Listing
{
    public static Assembly Facade { get; } = typeof(Tensor).Assembly;

    private const BindingFlags Declared = BindingFlags.Public
        | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static string Text() =>
        string.Join('\n', Facade.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal).Select(Of)) + "\n";

    /// <summary>The members that users of the assembly see.</summary>
    public static IEnumerable<MemberInfo> Members(Type type) => type.GetMembers(Declared).Where(IsVisible);

    /// <summary>The types in the signature of a member.</summary>
    public static IEnumerable<Type> Signature(MemberInfo member) => member switch
    {
        FieldInfo field => [field.FieldType],
        PropertyInfo property => [property.PropertyType, .. property.GetIndexParameters().Select(p => p.ParameterType)],
        EventInfo @event => [@event.EventHandlerType!],
        ConstructorInfo constructor => constructor.GetParameters().Select(p => p.ParameterType),
        MethodInfo method => [
            method.ReturnType,
            .. method.GetParameters().Select(p => p.ParameterType),
            .. method.GetGenericArguments().SelectMany(g => g.GetGenericParameterConstraints())],
        _ => [],
    };

    private static bool IsVisible(MemberInfo member) => member switch
    {
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
        EventInfo @event => IsVisible(@event.AddMethod!),
        _ => false,
    };

    private static string Of(Type type)
    {
        var text = new StringBuilder().Append(Kind(type)).Append(' ').Append(Name(type));
        Type?[] usual = [null, typeof(object), typeof(ValueType), typeof(Enum), typeof(MulticastDelegate)];
        var faces = type.GetInterfaces().Where(face => face.IsVisible && !type.IsEnum).OrderBy(face => face.FullName, StringComparer.Ordinal);
        var bases = new[] { type.BaseType }.Except(usual).Concat(faces).Select(above => Name(above!)).ToArray();
        if (bases.Length > 0)
            text.Append(" : ").AppendJoin(", ", bases);
        text.Append('\n');
        var lines = Members(type).Where(m => !IsGenerated(m)).Select(Of).OrderBy(line => line, StringComparer.Ordinal);
        foreach (var line in lines)
            text.Append("    ").Append(line).Append('\n');
        return text.ToString();
    }

    /// <summary>What the compiler makes for a record, an accessor or an enum says nothing of its own.</summary>
    private static bool IsGenerated(MemberInfo member) =>
        member.IsDefined(typeof(CompilerGeneratedAttribute))
        || member is MethodInfo { IsSpecialName: true } method && !method.Name.StartsWith("op_", StringComparison.Ordinal)
        || member is FieldInfo { Name: "value__" };

    private static string Of(MemberInfo member) => member switch
    {
        FieldInfo field when field.DeclaringType!.IsEnum =>
            $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue())}",
        FieldInfo field => $"{Static(field.IsStatic)}{Name(field.FieldType)} {field.Name}",
        PropertyInfo property =>
            Static(property.GetAccessors(true)[0].IsStatic)
            + $"{Name(property.PropertyType)} {property.Name}{Indices(property)} {{ {Accessors(property)} }}",
        EventInfo @event => $"event {Name(@event.EventHandlerType!)} {@event.Name}",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo method =>
            Static(method.IsStatic)
            + $"{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})",
        _ => member.ToString()!,
    };

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static string Indices(PropertyInfo property) =>
        property.GetIndexParameters() is { Length: > 0 } indices ? $"[{string.Join(", ", indices.Select(Of))}]" : "";

    private static string Accessors(PropertyInfo property) =>
        string.Join(" ", property.GetAccessors(true).Where(IsVisible).Select(accessor =>
        accessor.ReturnType != typeof(void) ? "get;"
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init;"
        : "set;"));

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Of));

    private static string Of(ParameterInfo parameter)
    {
        var prefix = parameter.IsOut ? "out "
            : IsParams(parameter) ? "params "
            : "";
        var suffix = !parameter.HasDefaultValue ? ""
            : parameter.RawDefaultValue is { } value ? $" = {FormattableString.Invariant($"{value}")}"
            : " = default";
        var given = parameter.ParameterType;
        var type = given.IsByRef ? given.GetElementType()! : given;
        return $"{prefix}{Name(type)} {parameter.Name}{suffix}";
    }

    private static bool IsParams(ParameterInfo parameter) =>
        parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute));

    private static string Kind(Type type) =>
        type.IsEnum ? "enum"
        : type.IsInterface ? "interface"
        : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
        : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : type.IsAbstract ? "abstract class"
        : type.IsSealed ? "sealed class"
        : "class";

    private static string Name(Type type)
    {
        if (type.IsGenericParameter)
            return type.Name;
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return $"{Name(underlying)}?";
        var name = type.Namespace == "System" || type.Assembly == Facade ? type.Name : $"{type.Namespace}.{type.Name}";
        if (type.IsNested)
            name = $"{Name(type.DeclaringType!)}.{type.Name}";
        return type.IsGenericType
            ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : name;
    }
}
