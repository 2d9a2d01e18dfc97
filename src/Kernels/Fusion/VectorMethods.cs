using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>The vector methods that generated code calls, for one width: those that Simd128, 256 and 512 call.</summary>
internal sealed class VectorMethods
{
    private static readonly VectorMethods[] Levels =
        [.. Enum.GetValues<SimdLevel>().Select(level => new VectorMethods(level))];

    private readonly ConcurrentDictionary<(VectorOp, ElementType), MethodInfo> operations = new();
    private readonly ConcurrentDictionary<(string, Type, Type?), MethodInfo> others = new();
    private readonly SimdLevel level;
    private readonly Type container;

    private VectorMethods(SimdLevel level)
    {
        this.level = level;
        container = Container(Bits);
    }

    public int Bits => 128 << (int)level;

    public static VectorMethods Of(SimdLevel level) => Levels[(int)level];

    public static Type Element(ElementType type) => type switch
    {
        ElementType.Float32 => typeof(float),
        ElementType.Float64 => typeof(double),
        _ => typeof(int),
    };

    public int Lanes(ElementType type) => Bits / 8 / type.Size();

    public Type Vector(Type element) => Vector(element, Bits);

    public Type Simd(Type element) => (level switch
    {
        SimdLevel.Avx512 => typeof(Simd512<>),
        SimdLevel.Avx2 => typeof(Simd256<>),
        _ => typeof(Simd128<>),
    }).MakeGenericType(element);

    /// <summary>An operation on whole vectors; shifts and additions of bits take vectors of integers.</summary>
    public MethodInfo Operation(VectorOp op, ElementType type) =>
        operations.GetOrAdd((op, type), key => Operation(key.Item1, Element(key.Item2), Bits));

    /// <summary>The same operation on vectors of other widths.</summary>
    public static MethodInfo Operation(VectorOp op, Type t, int bits)
    {
        Type v = Vector(t, bits);
        Type? whole = t == typeof(float) ? typeof(int) : t == typeof(double) ? typeof(long) : t;
        Type w = Vector(whole, bits);
        return op switch
        {
            VectorOp.Add => Operator("op_Addition", v, v, v),
            VectorOp.Sub => Operator("op_Subtraction", v, v, v),
            VectorOp.Mul => Operator("op_Multiply", v, v, v),
            VectorOp.Div => Operator("op_Division", v, v, v),
            VectorOp.Fma => Find(bits, bits == 128 ? "MultiplyAddEstimate" : "FusedMultiplyAdd", t, v, v, v),
            VectorOp.Neg => Operator("op_UnaryNegation", v, v),
            VectorOp.Abs => Find(bits, "Abs", t, v),
            VectorOp.Sqrt => Find(bits, "Sqrt", t, v),
            VectorOp.Floor => Find(bits, "Floor", t, v),
            VectorOp.Ceil => Find(bits, "Ceiling", t, v),
            VectorOp.Round => Find(bits, "Round", t, v),
            VectorOp.Max => Find(bits, "Max", t, v, v),
            VectorOp.Min => Find(bits, "Min", t, v, v),
            VectorOp.MaxOrSecond => Special("MaxOrSecond", "Max", t, v, bits),
            VectorOp.MinOrSecond => Special("MinOrSecond", "Min", t, v, bits),
            VectorOp.Scale => Special("Scale", "Scale", t, v, bits),
            VectorOp.Equal => Find(bits, "Equals", t, v, v),
            VectorOp.Less => Find(bits, "LessThan", t, v, v),
            VectorOp.LessEqual => Find(bits, "LessThanOrEqual", t, v, v),
            VectorOp.Select => Find(bits, "ConditionalSelect", t, v, v, v),
            VectorOp.And => Operator("op_BitwiseAnd", v, v, v),
            VectorOp.Or => Operator("op_BitwiseOr", v, v, v),
            VectorOp.Xor => Operator("op_ExclusiveOr", v, v, v),
            VectorOp.AddBits => Operator("op_Addition", w, w, w),
            VectorOp.SubBits => Operator("op_Subtraction", w, w, w),
            VectorOp.ShiftLeft => Operator("op_LeftShift", w, w, typeof(int)),
            VectorOp.ShiftRight => Operator("op_UnsignedRightShift", w, w, typeof(int)),
            VectorOp.Convert when t == typeof(float) => Find(bits, "ConvertToSingle", t, w),
            VectorOp.Convert => Find(bits, "ConvertToInt32", t, Vector(typeof(float), bits)),
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
    }

    public MethodInfo Load(Type t) => Cached("Load", t, t.MakePointerType());

    public MethodInfo Store(Type t) => Cached("Store", t, Vector(t), t.MakePointerType());

    public MethodInfo Less(Type t) => Cached("LessThan", t, Vector(t), Vector(t));

    public MethodInfo Create(Type t) => Cached("Create", t, t);

    public MethodInfo ToScalar(Type t) => Cached("ToScalar", t, Vector(t));

    public MethodInfo As(Type from, Type to) =>
        others.GetOrAdd(("As", from, to), key => container.GetMethods()
            .First(m => m.Name == "As" && m.GetGenericArguments().Length == 2).MakeGenericMethod(key.Item2, key.Item3!));

    /// <summary>0, 1, 2 and so on.</summary>
    public MethodInfo Indices(Type t) =>
        others.GetOrAdd(("Indices", t, null), key => Vector(key.Item2).GetProperty("Indices")!.GetMethod!);

    /// <summary>A masked load, or null if the machine has none; with 512 bits it also takes the values of the other
    /// lanes.</summary>
    public MethodInfo? MaskLoad(Type t) => level switch
    {
        SimdLevel.Avx512 => typeof(Avx512F).GetMethod("MaskLoad", [t.MakePointerType(), Vector(t), Vector(t)]),
        SimdLevel.Avx2 => typeof(Avx).GetMethod("MaskLoad", [t.MakePointerType(), Vector(t)]),
        _ => null,
    };

    /// <summary>A masked store, or null if the machine has none.</summary>
    public MethodInfo? MaskStore(Type t) => level switch
    {
        SimdLevel.Avx512 => typeof(Avx512F).GetMethod("MaskStore", [t.MakePointerType(), Vector(t), Vector(t)]),
        SimdLevel.Avx2 => typeof(Avx).GetMethod("MaskStore", [t.MakePointerType(), Vector(t), Vector(t)]),
        _ => null,
    };

    /// <summary>The lower or upper half of a vector.</summary>
    public static MethodInfo Half(bool upper, Type t, int bits) =>
        Find(bits, upper ? "GetUpper" : "GetLower", t, Vector(t, bits));

    /// <summary>A permutation of the lanes of 128 bits.</summary>
    public static MethodInfo Shuffle(Type t)
    {
        Type whole = t == typeof(double) ? typeof(long) : typeof(int);
        return Find(128, "Shuffle", t, Vector(t, 128), Vector(whole, 128));
    }

    /// <summary>A vector of 128 bits from its lanes.</summary>
    public static MethodInfo Lanes128(int count) =>
        count == 2
            ? Find(128, "Create", typeof(long), typeof(long), typeof(long))
            : Find(128, "Create", typeof(int), typeof(int), typeof(int), typeof(int), typeof(int));

    /// <summary>The first lane of 128 bits.</summary>
    public static MethodInfo ToScalar128(Type t) => Find(128, "ToScalar", t, Vector(t, 128));

    /// <summary>A method of <see cref="FusedLanes"/>.</summary>
    public static MethodInfo Lane(string name, params Type[] types) =>
        typeof(FusedLanes).GetMethod(name)!.MakeGenericMethod(types);

    private MethodInfo Cached(string name, Type t, params Type[] parameters) =>
        others.GetOrAdd((name, t, null), _ => Find(Bits, name, t, parameters));

    private static Type Container(int bits) =>
        bits == 512 ? typeof(Vector512) : bits == 256 ? typeof(Vector256) : typeof(Vector128);

    private static Type Vector(Type element, int bits) =>
        (bits == 512 ? typeof(Vector512<>) : bits == 256 ? typeof(Vector256<>) : typeof(Vector128<>))
        .MakeGenericType(element);

    // The instruction where there is one, otherwise the method of Simd128 or Simd256.
    private static MethodInfo Special(string name, string instruction, Type t, Type v, int bits) =>
        (bits == 512 ? typeof(Avx512F)
            : bits == 256 ? typeof(Avx)
            : !Sse2.IsSupported ? null
            : t == typeof(float) ? typeof(Sse)
            : typeof(Sse2))?.GetMethod(instruction, [v, v])
        ?? (bits == 512 ? typeof(Simd512<>) : bits == 256 ? typeof(Simd256<>) : typeof(Simd128<>))
            .MakeGenericType(t).GetMethod(name)!;

    // The operator of the vector type itself, which is an intrinsic: a method that calls it would have to be inlined first.
    private static MethodInfo Operator(string name, Type vector, params Type[] parameters) =>
        vector.GetMethod(name, parameters)!;

    private static MethodInfo Find(int bits, string name, Type t, params Type[] parameters)
    {
        foreach (MethodInfo m in Container(bits).GetMember(name, MemberTypes.Method, BindingFlags.Public | BindingFlags.Static)
            .Cast<MethodInfo>())
        {
            if (m.GetParameters().Length != parameters.Length || m.GetGenericArguments().Length > 1)
            {
                continue;
            }

            MethodInfo made = m.IsGenericMethodDefinition ? m.MakeGenericMethod(t) : m;
            if (made.GetParameters().Select(p => p.ParameterType).SequenceEqual(parameters))
            {
                return made;
            }
        }

        throw new MissingMethodException(Container(bits).Name, name);
    }
}
