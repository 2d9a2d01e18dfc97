namespace Functional.Kernels;

/// <summary>
/// The operations of a SIMD vector <typeparamref name="V"/> of elements <typeparamref name="T"/>. A kernel is written once
/// over this interface; the JIT compiles it for each width and type of element, with every call resolved and inlined. Masks
/// are vectors whose lanes have all bits set, or none.
/// </summary>
internal unsafe interface ISimd<T, V> where T : unmanaged where V : unmanaged
{
    static abstract int Count { get; }
    static abstract V Load(T* p);
    static abstract void Store(T* p, V v);
    static abstract V Set(T x);
    static abstract V Add(V a, V b);
    static abstract V Sub(V a, V b);
    static abstract V Mul(V a, V b);
    static abstract V Div(V a, V b);

    /// <summary>a * b + c, rounded once where the machine can.</summary>
    static abstract V Fma(V a, V b, V c);
    static abstract V Neg(V a);
    static abstract V Abs(V a);
    static abstract V Sqrt(V a);
    static abstract V Floor(V a);
    static abstract V Ceil(V a);
    static abstract V Round(V a);

    /// <summary>The larger of the two; NaN if either is NaN.</summary>
    static abstract V Max(V a, V b);

    /// <summary>The smaller of the two; NaN if either is NaN.</summary>
    static abstract V Min(V a, V b);

    /// <summary>a where a is greater than b, else b: NaN only if b is.</summary>
    static abstract V MaxOrSecond(V a, V b);

    /// <summary>a where a is less than b, else b: NaN only if b is.</summary>
    static abstract V MinOrSecond(V a, V b);

    /// <summary>a times 2 to the power of an integer n, rounded once, for results of any size.</summary>
    static abstract V Scale(V a, V n);
    static abstract V Equal(V a, V b);
    static abstract V Less(V a, V b);
    static abstract V LessEqual(V a, V b);
    static abstract V Select(V mask, V a, V b);
    static abstract V And(V a, V b);
    static abstract V Or(V a, V b);
    static abstract V Xor(V a, V b);

    /// <summary>Whether any element of the mask is set.</summary>
    static abstract bool Any(V mask);

    /// <summary>One bit for each lane of the mask, the first lane lowest.</summary>
    static abstract ulong Bits(V mask);

    /// <summary>A mask from <see cref="Count"/> booleans.</summary>
    static abstract V LoadMask(bool* p);

    /// <summary>The sum of the lanes' bits, taken as integers.</summary>
    static abstract V AddBits(V a, V b);

    /// <summary>The difference of the lanes' bits, taken as integers.</summary>
    static abstract V SubBits(V a, V b);

    /// <summary>The lanes' bits shifted to the left.</summary>
    static abstract V ShiftLeft(V a, int n);

    /// <summary>The lanes' bits shifted to the right, filled with zeros.</summary>
    static abstract V ShiftRight(V a, int n);
}
