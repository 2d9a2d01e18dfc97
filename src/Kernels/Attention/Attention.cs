using System.Numerics;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>Scaled dot-product attention by blocks, and its gradient.</summary>
/// <remarks>
/// Contract: a row of the result is softmax(scale q K^T) V over the keys that the query sees. Queries [batch, n, heads, width],
/// keys [batch, m, key heads, width] and values [batch, m, key heads, value width] have any strides; head h reads the keys of
/// head h * key heads / heads. Results are contiguous and overlap nothing. Scores exist for a block of queries and keys at a
/// time, so that the memory used besides the results does not grow with n and m (Dao et al. 2022, "FlashAttention"). A query
/// that sees no key has the result 0. Blocks run on the worker pool; sums are taken in an order that depends on the sizes
/// alone, so that no bit depends on the number of threads. Cost: 2 n m (width + value width) FLOPs a head forward, 5/2 times
/// as many backward.
/// </remarks>
public static class Attention
{
    /// <summary>Computes the result and the logarithms of the sums.</summary>
    public static void Forward(in AttentionProblem<float> problem) => Forward<float, ExpOp>(problem);

    /// <inheritdoc cref="Forward(in AttentionProblem{float})"/>
    public static void Forward(in AttentionProblem<double> problem) => Forward<double, ExpOp>(problem);

    /// <summary>Computes the gradients of queries, keys and values from the gradient of the result.</summary>
    public static void Backward(in AttentionGradientProblem<float> problem) => Backward<float, ExpOp>(problem);

    /// <inheritdoc cref="Backward(in AttentionGradientProblem{float})"/>
    public static void Backward(in AttentionGradientProblem<double> problem) => Backward<double, ExpOp>(problem);

    private static void Forward<T, TExp>(in AttentionProblem<T> problem)
        where T : unmanaged, IFloatingPointIeee754<T> where TExp : struct, IUnary<T>
    {
        switch (KernelScope.Level)
        {
            case SimdLevel.Avx512:
                AttentionForward<T, Vector512<T>, Simd512<T>, TExp>.Run(problem);
                break;
            case SimdLevel.Avx2:
                AttentionForward<T, Vector256<T>, Simd256<T>, TExp>.Run(problem);
                break;
            case SimdLevel.Portable:
            default:
                AttentionForward<T, Vector128<T>, Simd128<T>, TExp>.Run(problem);
                break;
        }
    }

    private static void Backward<T, TExp>(in AttentionGradientProblem<T> problem)
        where T : unmanaged, IFloatingPointIeee754<T> where TExp : struct, IUnary<T>
    {
        switch (KernelScope.Level)
        {
            case SimdLevel.Avx512:
                AttentionBackward<T, Vector512<T>, Simd512<T>, TExp>.Run(problem);
                break;
            case SimdLevel.Avx2:
                AttentionBackward<T, Vector256<T>, Simd256<T>, TExp>.Run(problem);
                break;
            case SimdLevel.Portable:
            default:
                AttentionBackward<T, Vector128<T>, Simd128<T>, TExp>.Run(problem);
                break;
        }
    }
}

/// <summary>The sizes of an attention.</summary>
public struct AttentionSizes
{
    /// <summary>The length of the outer of two batch axes.</summary>
    public int OuterBatch;

    /// <summary>The length of the inner of two batch axes.</summary>
    public int InnerBatch;

    /// <summary>The number n of queries.</summary>
    public int Queries;

    /// <summary>The number m of keys, at least 1.</summary>
    public int Keys;

    /// <summary>The heads of the queries: a multiple of the key heads.</summary>
    public int Heads;

    /// <summary>The heads of keys and values.</summary>
    public int KeyHeads;

    /// <summary>The length of a query and of a key, at least 1.</summary>
    public int Width;

    /// <summary>The length of a value, at least 1.</summary>
    public int ValueWidth;

    /// <summary>The factor of the products.</summary>
    public double Scale;

    /// <summary>Whether query i sees keys up to i + m - n alone.</summary>
    public bool Causal;

    /// <summary>The number of samples.</summary>
    public readonly int Batch => OuterBatch * InnerBatch;

    /// <summary>The number of keys, from the first one on, that queries up to this one may see.</summary>
    public readonly int Visible(int query) =>
        Causal ? (int)Math.Clamp(query + 1L + Keys - Queries, 0, Keys) : Keys;
}

/// <summary>Where the elements of an operand [batch, position, head, column] stand: strides in elements.</summary>
public unsafe struct AttentionOperand<T> where T : unmanaged
{
    /// <summary>The first element.</summary>
    public T* First;

    /// <summary>From one outer sample to the next.</summary>
    public nint Outer;

    /// <summary>From one inner sample to the next.</summary>
    public nint Inner;

    /// <summary>From one position to the next.</summary>
    public nint Row;

    /// <summary>From one head to the next.</summary>
    public nint Head;

    /// <summary>From one column to the next.</summary>
    public nint Column;

    /// <summary>The operand of this head of this sample.</summary>
    public readonly T* At(in AttentionSizes sizes, int sample, int head) =>
        First + (sample / sizes.InnerBatch * Outer) + (sample % sizes.InnerBatch * Inner) + (head * Head);
}

/// <summary>An attention: operands, and room for the results.</summary>
public unsafe struct AttentionProblem<T> where T : unmanaged
{
    /// <summary>The sizes.</summary>
    public AttentionSizes Sizes;

    /// <summary>The queries.</summary>
    public AttentionOperand<T> Query;

    /// <summary>The keys.</summary>
    public AttentionOperand<T> Key;

    /// <summary>The values.</summary>
    public AttentionOperand<T> Value;

    /// <summary>
    /// For each head, query (row) and key (column) whether the query sees the key; none if its first element is null. Columns
    /// are 0 or 1 apart.
    /// </summary>
    public AttentionOperand<bool> Mask;

    /// <summary>Room for the result [batch, n, heads, value width].</summary>
    public T* Result;

    /// <summary>
    /// Room for the logarithm of the sum of exponentials of the scaled scores of each query, [batch, heads, n]; infinity
    /// for a query that sees no key.
    /// </summary>
    public T* LogSums;
}

/// <summary>The gradient of an attention: what it is taken of, and room for the gradients.</summary>
public unsafe struct AttentionGradientProblem<T> where T : unmanaged
{
    /// <summary>The attention, whose results are there.</summary>
    public AttentionProblem<T> Forward;

    /// <summary>The result of the attention; columns are 1 apart.</summary>
    public AttentionOperand<T> Result;

    /// <summary>The gradient of the result; columns are 1 apart.</summary>
    public AttentionOperand<T> Gradient;

    /// <summary>Room for the gradient of the queries, [batch, n, heads, width].</summary>
    public T* Query;

    /// <summary>Room for the gradient of the keys, [batch, m, key heads, width].</summary>
    public T* Key;

    /// <summary>Room for the gradient of the values, [batch, m, key heads, value width].</summary>
    public T* Value;
}
