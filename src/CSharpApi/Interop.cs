namespace Functional.CSharp;

/// <summary>Between the types of C# and those of F#.</summary>
internal static class Interop
{
    public static FSharpList<T> List<T>(ReadOnlySpan<T> values)
    {
        var list = FSharpList<T>.Empty;
        for (var i = values.Length - 1; i >= 0; i--)
            list = FSharpList<T>.Cons(values[i], list);
        return list;
    }

    public static FSharpList<T> List<T>(T[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return List((ReadOnlySpan<T>)values);
    }

    public static FSharpList<int> List(IReadOnlyList<int> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return ListModule.OfSeq(values);
    }

    public static FSharpList<FTensor> List(IEnumerable<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return ListModule.OfSeq(tensors.Select(Inner));
    }

    public static FSharpList<Tuple<string, FTensor>> Named(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return ListModule.OfSeq(tensors.Select(tensor => Tuple.Create(tensor.Key, Inner(tensor.Value))));
    }

    public static IReadOnlyDictionary<string, Tensor> Dictionary(IEnumerable<Tuple<string, FTensor>> tensors) =>
        new OrderedDictionary<string, Tensor>(
            tensors.Select(tensor => KeyValuePair.Create(tensor.Item1, new Tensor(tensor.Item2))));

    /// <summary>The options of a layer as values of .NET.</summary>
    public static IReadOnlyDictionary<string, object> Settings(IEnumerable<Tuple<string, Setting>> settings) =>
        new OrderedDictionary<string, object>(
            settings.Select(setting => KeyValuePair.Create(setting.Item1, Value(setting.Item2))));

    private static object Value(Setting setting) => setting switch
    {
        Setting.Number number => number.Item,
        Setting.Whole whole => whole.Item,
        Setting.Text text => text.Item,
        Setting.Flag flag => flag.Item,
        Setting.Items items => items.Item.Select(Value).ToArray(),
        Setting.Group group => Settings(group.Item),
        _ => throw Errors.Argument("Settings", "setting", setting, "is of no known kind."),
    };

    /// <summary>A value of .NET as the option of a layer.</summary>
    public static Setting ToSetting(string operation, string name, object value) => value switch
    {
        bool flag => Setting.NewFlag(flag),
        int whole => Setting.NewWhole(whole),
        float number => Setting.NewNumber(number),
        double number => Setting.NewNumber(number),
        string text => Setting.NewText(text),
        Initializer initializer => InitializerModule.toSetting(initializer.Inner),
        Regularizer regularizer => RegularizerModule.toSetting(regularizer.Inner),
        Constraint constraint => ConstraintModule.toSetting(constraint.Inner),
        Bounds bounds => Setting.NewItems(List([Setting.NewNumber(bounds.Low), Setting.NewNumber(bounds.High)])),
        IEnumerable<int> wholes => Setting.NewItems(ListModule.OfSeq(wholes.Select(Setting.NewWhole))),
        _ => throw Errors.Argument(
            operation,
            name,
            value ?? "null",
            "is no setting; give a number, a text, a truth value, whole numbers, bounds, an initializer, a regularizer or a constraint."),
    };

    public static FTensor Inner(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.Inner;
    }

    public static FSharpOption<T> Option<T>(T? value) where T : class =>
        value is null ? FSharpOption<T>.None : FSharpOption<T>.Some(value);

    public static FSharpOption<int> Option(int? value) =>
        value is { } number ? FSharpOption<int>.Some(number) : FSharpOption<int>.None;

    public static FSharpOption<double> Option(double? value) =>
        value is { } number ? FSharpOption<double>.Some(number) : FSharpOption<double>.None;

    public static FSharpOption<T> OptionOf<T>(T? value) where T : struct =>
        value is { } known ? FSharpOption<T>.Some(known) : FSharpOption<T>.None;

    public static T? Value<T>(FSharpOption<T>? option) where T : class => option?.Value;

    public static FSharpFunc<T, TResult> Function<T, TResult>(Func<T, TResult> f) => FuncConvert.FromFunc(f);

    public static FSharpFunc<T1, FSharpFunc<T2, TResult>> Function<T1, T2, TResult>(Func<T1, T2, TResult> f) =>
        FuncConvert.FromFunc(f);

    public static FSharpFunc<FTensor, FTensor> Function(Func<Tensor, Tensor> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        return FuncConvert.FromFunc<FTensor, FTensor>(x => Result(f(new Tensor(x))));
    }

    public static FSharpFunc<FTensor, FSharpFunc<FTensor, FTensor>> Function(Func<Tensor, Tensor, Tensor> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        return FuncConvert.FromFunc<FTensor, FTensor, FTensor>((a, b) => Result(f(new Tensor(a), new Tensor(b))));
    }

    /// <summary>What a function of the user's gave.</summary>
    public static FTensor Result(Tensor? tensor) =>
        tensor?.Inner ?? throw Errors.Argument("function", "result", "null", "is not a tensor; return one.");
}
