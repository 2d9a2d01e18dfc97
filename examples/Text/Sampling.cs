namespace Text;

/// <summary>Draws from what a network expects.</summary>
internal static class Sampling
{
    /// <summary>
    /// The number of a class, drawn by its probability to the power of 1 / temperature: a low temperature keeps to what is likely,
    /// a high one takes risks.
    /// </summary>
    public static int Draw(float[] probabilities, double temperature, Random random)
    {
        double[] weights = [.. probabilities.Select(p => Math.Pow(p, 1 / temperature))];
        double place = random.NextDouble() * weights.Sum();
        int id = Array.FindIndex(weights, weight => (place -= weight) < 0);
        return id < 0 ? weights.Length - 1 : id;
    }
}
