namespace Functional.Kernels;

/// <summary>
/// What kernels need of a vector <typeparamref name="V"/> of elements <typeparamref name="T"/>. A kernel is written
/// once over this interface; the JIT compiles it for each width and each element with every call resolved and inlined.
/// Masks are vectors whose elements have all bits set, or none.
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

    /// <summary>The larger one; NaN if either is.</summary>
    static abstract V Max(V a, V b);

    /// <summary>The smaller one; NaN if either is.</summary>
    static abstract V Min(V a, V b);

    /// <summary>a where it is above b, else b: NaN only if b is.</summary>
    static abstract V MaxOrSecond(V a, V b);

    /// <summary>a where it is below b, else b: NaN only if b is.</summary>
    static abstract V MinOrSecond(V a, V b);

    /// <summary>a times 2 to the power of an integral n, rounded once, for results of any size.</summary>
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

    /// <summary>One bit an element of the mask, the first one lowest.</summary>
    static abstract ulong Bits(V mask);

    /// <summary>A mask from <see cref="Count"/> booleans.</summary>
    static abstract V LoadMask(bool* p);

    /// <summary>The elements' bits, as integers, added.</summary>
    static abstract V AddBits(V a, V b);

    /// <summary>The elements' bits, as integers, subtracted.</summary>
    static abstract V SubBits(V a, V b);

    /// <summary>The elements' bits moved to the left.</summary>
    static abstract V ShiftLeft(V a, int n);

    /// <summary>The elements' bits moved to the right, zeros coming in.</summary>
    static abstract V ShiftRight(V a, int n);
}
