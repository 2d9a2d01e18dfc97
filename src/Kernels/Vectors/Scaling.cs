using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// Multiplication by powers of 2, for machines without an instruction for it: in two steps, since half the exponent is
/// always that of a normal number; at most the second step rounds.
/// </summary>
internal static class Scaling
{
    private const float SingleMagic = 12582912f; // 1.5 * 2^23: adding it rounds to an integer, in the low bits
    private const double DoubleMagic = 6755399441055744.0; // 1.5 * 2^52

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Single<S, V>(V a, V n) where S : ISimd<float, V> where V : unmanaged
    {
        V half = S.Sub(S.Fma(n, S.Set(0.5f), S.Set(SingleMagic)), S.Set(SingleMagic));
        V first = S.ShiftLeft(S.Add(half, S.Set(SingleMagic + 127f)), 23);
        V second = S.ShiftLeft(S.Add(S.Sub(n, half), S.Set(SingleMagic + 127f)), 23);
        return S.Mul(S.Mul(a, first), second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Double<S, V>(V a, V n) where S : ISimd<double, V> where V : unmanaged
    {
        V half = S.Sub(S.Fma(n, S.Set(0.5), S.Set(DoubleMagic)), S.Set(DoubleMagic));
        V first = S.ShiftLeft(S.Add(half, S.Set(DoubleMagic + 1023)), 52);
        V second = S.ShiftLeft(S.Add(S.Sub(n, half), S.Set(DoubleMagic + 1023)), 52);
        return S.Mul(S.Mul(a, first), second);
    }
}
