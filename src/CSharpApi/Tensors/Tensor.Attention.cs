namespace Functional.CSharp;

public sealed partial class Tensor
{
    /// <summary>
    /// Scaled dot-product attention: softmax(scale query keyᵀ) value by head, computed a block of scores at a time. Query
    /// [batch..., n, heads, d], key [batch..., m, key heads, d], value [batch..., m, key heads, e], to [batch..., n, heads, e];
    /// the heads are a multiple of the key heads.
    /// </summary>
    /// <param name="query">The queries.</param>
    /// <param name="key">The keys.</param>
    /// <param name="value">The values.</param>
    /// <param name="mask">Flags that broadcast to [batch..., heads, n, m]: whether a query sees a key. By default all do.</param>
    /// <param name="bias">Numbers that are added to the scores, which are then held all at a time. Default none.</param>
    /// <param name="scale">The factor of the products. Default 1/sqrt(d).</param>
    /// <param name="isCausal">Whether query i of n sees the keys up to i + m - n of m alone. Default false.</param>
    /// <exception cref="FunctionalException">Shapes or types do not fit.</exception>
    public static Tensor DotProductAttention(
        Tensor query, Tensor key, Tensor value, Tensor? mask = null, Tensor? bias = null, double? scale = null,
        bool isCausal = false)
    {
        var options = new DotProductAttentionOptions(
            Interop.Option(mask?.Inner), Interop.Option(bias?.Inner), Interop.Option(scale), isCausal);
        return Wrap(TensorAttention.Tensor.dotProductAttentionWith(options, Inside(query), Inside(key), Inside(value)));
    }
}
