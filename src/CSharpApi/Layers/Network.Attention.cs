namespace Functional.CSharp;

public sealed partial class Network
{
    /// <summary>
    /// Attention of several heads of a sequence [time, features] to itself; the result has the same shape.
    /// </summary>
    /// <param name="heads">The number of heads.</param>
    /// <param name="keyDim">The width of a head of queries and keys.</param>
    /// <param name="options">Its options.</param>
    /// <exception cref="FunctionalException">A size is below 1, or an option is out of its range.</exception>
    public Network MultiHeadAttention(int heads, int keyDim, MultiHeadAttentionOptions? options = null) =>
        With(MultiHeadAttentionLayers.multiHeadSelfAttentionWith(Inside(options), heads, keyDim));

    /// <summary>
    /// Attention of several heads of this sequence, the query [n, features], to another one [m, features].
    /// </summary>
    /// <param name="value">The values.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="keyDim">The width of a head of queries and keys.</param>
    /// <param name="options">Its options.</param>
    /// <param name="key">The keys; by default the values.</param>
    /// <param name="mask">Flags [n, m] or [heads, n, m]: whether a query sees a key. By default all do.</param>
    /// <exception cref="FunctionalException">Shapes do not fit, or an option is out of its range.</exception>
    public Network MultiHeadAttention(
        Network value, int heads, int keyDim, MultiHeadAttentionOptions? options = null, Network? key = null,
        Network? mask = null) =>
        Call(
            MultiHeadAttentionLayers.multiHeadAttentionWith(Inside(options), heads, keyDim).Network,
            Roles(value, key, mask))[0];

    /// <summary>
    /// <see cref="MultiHeadAttention(Network, int, int, MultiHeadAttentionOptions?, Network?, Network?)"/> with its scores
    /// [heads, n, m]: the result and the scores (Keras: return_attention_scores).
    /// </summary>
    /// <exception cref="FunctionalException">Shapes do not fit, or an option is out of its range.</exception>
    public Network[] MultiHeadAttentionWithScores(
        Network value, int heads, int keyDim, MultiHeadAttentionOptions? options = null, Network? key = null,
        Network? mask = null) =>
        Call(
            MultiHeadAttentionLayers.multiHeadAttentionWithScores(Inside(options), heads, keyDim).Network,
            Roles(value, key, mask));

    /// <summary>
    /// Attention of a sequence to itself in which several heads of queries share one head of keys and values.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A size is below 1, or the heads of queries cannot be shared evenly.
    /// </exception>
    public Network GroupedQueryAttention(
        int headDim, int queryHeads, int keyValueHeads, MultiHeadAttentionOptions? options = null) =>
        With(MultiHeadAttentionLayers.groupedQuerySelfAttentionWith(
            Inside(options), headDim, queryHeads, keyValueHeads));

    /// <summary>
    /// <see cref="GroupedQueryAttention(int, int, int, MultiHeadAttentionOptions?)"/> of this sequence, the query, to
    /// another one.
    /// </summary>
    /// <exception cref="FunctionalException">Shapes do not fit, or an option is out of its range.</exception>
    public Network GroupedQueryAttention(
        Network value, int headDim, int queryHeads, int keyValueHeads, MultiHeadAttentionOptions? options = null,
        Network? key = null, Network? mask = null) =>
        Call(
            MultiHeadAttentionLayers.groupedQueryAttentionWith(
                Inside(options), headDim, queryHeads, keyValueHeads).Network,
            Roles(value, key, mask))[0];

    /// <summary>
    /// Dot-product attention without projections of this sequence, the query, to another one: softmax(query keyᵀ) value.
    /// </summary>
    /// <exception cref="FunctionalException">Shapes do not fit, or an option is out of its range.</exception>
    public Network Attention(Network value, Network? key = null, AttentionOptions? options = null) =>
        Call(AttentionLayers.attentionWith((options ?? new()).Inside()).Network, Roles(value, key, null))[0];

    /// <summary><see cref="Attention"/> with its scores [n, m]: the result and the scores.</summary>
    /// <exception cref="FunctionalException">Shapes do not fit, or an option is out of its range.</exception>
    public Network[] AttentionWithScores(Network value, Network? key = null, AttentionOptions? options = null) =>
        Call(AttentionLayers.attentionWithScores((options ?? new()).Inside()).Network, Roles(value, key, null));

    /// <summary>
    /// Additive attention (Bahdanau's) of this sequence, the query, to another one: scores are Σ scale tanh(query + key).
    /// </summary>
    /// <exception cref="FunctionalException">Shapes do not fit, or an option is out of its range.</exception>
    public Network AdditiveAttention(Network value, Network? key = null, AdditiveAttentionOptions? options = null) =>
        Call(AttentionLayers.additiveAttentionWith((options ?? new()).Inside()).Network, Roles(value, key, null))[0];

    /// <summary><see cref="AdditiveAttention"/> with its scores [n, m]: the result and the scores.</summary>
    /// <exception cref="FunctionalException">Shapes do not fit, or an option is out of its range.</exception>
    public Network[] AdditiveAttentionWithScores(
        Network value, Network? key = null, AdditiveAttentionOptions? options = null) =>
        Call(AttentionLayers.additiveAttentionWithScores((options ?? new()).Inside()).Network, Roles(value, key, null));

    /// <summary>
    /// A block of a transformer's encoder: attention of the sequence to itself and two dense layers, each added to what it
    /// was given and normalized.
    /// </summary>
    /// <param name="intermediateDim">The units of the first dense layer.</param>
    /// <param name="heads">The number of heads, which divides the features.</param>
    /// <param name="options">Its options.</param>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network TransformerEncoder(int intermediateDim, int heads, TransformerOptions? options = null) =>
        With(TransformerLayers.transformerEncoderWith((options ?? new()).Inside(), intermediateDim, heads));

    /// <summary>
    /// A block of a decoder-only transformer: <see cref="TransformerEncoder"/> in which no step sees a later one.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network TransformerDecoder(int intermediateDim, int heads, TransformerOptions? options = null) =>
        With(TransformerLayers.transformerDecoderWith((options ?? new()).Inside(), intermediateDim, heads));

    /// <summary>
    /// A block of an encoder-decoder's decoder: causal attention of this sequence to itself, attention to the encoder's
    /// sequence, and two dense layers.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or shapes do not fit.</exception>
    public Network TransformerDecoder(
        Network encoderSequence, int intermediateDim, int heads, TransformerOptions? options = null) =>
        Call(
            TransformerLayers.transformerCrossDecoderWith((options ?? new()).Inside(), intermediateDim, heads).Network,
            [this, encoderSequence])[0];

    /// <summary>
    /// A learned vector for each position of sequences up to a length, not added: <c>Residual(n =>
    /// n.PositionEmbedding(128))</c> adds them.
    /// </summary>
    /// <exception cref="FunctionalException">The length is below 1.</exception>
    public Network PositionEmbedding(int length, Initializer? initializer = null) =>
        With(PositionLayers.positionEmbeddingWith((initializer ?? Initializer.GlorotUniform).Inner, length));

    /// <summary>Sines and cosines of each position, not added: see <see cref="PositionEmbedding"/>.</summary>
    /// <exception cref="FunctionalException">The wavelength is not above 0.</exception>
    public Network SinePositionEncoding(double maxWavelength = 10000) =>
        With(PositionLayers.sinePositionEncodingOf(maxWavelength));

    /// <summary>
    /// Rotary position embeddings: pairs of columns turned by angles that grow with the position.
    /// </summary>
    /// <exception cref="FunctionalException">An option is not above 0.</exception>
    public Network RotaryEmbedding(RotaryOptions? options = null) =>
        With(PositionLayers.rotaryEmbeddingWith((options ?? new()).Inside()));

    /// <summary>
    /// The sum of a learned vector for each id and one for each position: ids [time] to [time, features].
    /// </summary>
    /// <param name="vocabulary">How many ids there are.</param>
    /// <param name="length">The longest sequence.</param>
    /// <param name="features">The length of the vectors.</param>
    /// <param name="options">Its options.</param>
    /// <exception cref="FunctionalException">A count is below 1.</exception>
    public Network TokenAndPositionEmbedding(
        int vocabulary, int length, int features, TokenAndPositionOptions? options = null) =>
        With(PositionLayers.tokenAndPositionEmbeddingWith((options ?? new()).Inside(), vocabulary, length, features));

    private static Functional.MultiHeadAttentionOptions Inside(MultiHeadAttentionOptions? options) =>
        (options ?? new MultiHeadAttentionOptions()).Inside();

    /// <summary>Query, value, key and mask as a layer takes them; the first ones suffice.</summary>
    private IEnumerable<Network> Roles(Network value, Network? key, Network? mask)
    {
        ArgumentNullException.ThrowIfNull(value);
        return mask is not null ? [this, value, key ?? value, mask]
            : key is not null ? [this, value, key]
            : [this, value];
    }
}
