using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// A distance summed over coordinates: |a - b|^p, added up. What is summed is the reduced distance, in the order of the
/// coordinates, which keeps the order of distances and needs no root.
/// </summary>
internal interface IMinkowski
{
    /// <summary>The reduced distance with one more coordinate.</summary>
    double Add(double sum, double difference);

    /// <summary>The reduced distances of several pairs with one more coordinate.</summary>
    Vector<double> Add(Vector<double> sums, Vector<double> differences);

    /// <summary>The distance that a reduced one stands for.</summary>
    double ToDistance(double reduced);

    /// <summary>The reduced form of a distance.</summary>
    double Reduce(double distance);
}

internal readonly struct Euclidean : IMinkowski
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Add(double sum, double difference) => sum + (difference * difference);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Add(Vector<double> sums, Vector<double> differences) => sums + (differences * differences);

    public double ToDistance(double reduced) => Math.Sqrt(reduced);

    public double Reduce(double distance) => distance * distance;
}

internal readonly struct Manhattan : IMinkowski
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Add(double sum, double difference) => sum + Math.Abs(difference);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Add(Vector<double> sums, Vector<double> differences) => sums + Vector.Abs(differences);

    public double ToDistance(double reduced) => reduced;

    public double Reduce(double distance) => distance;
}

internal readonly struct Chebyshev : IMinkowski
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Add(double sum, double difference) => Math.Max(sum, Math.Abs(difference));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Add(Vector<double> sums, Vector<double> differences) =>
        Vector.Max(sums, Vector.Abs(differences));

    public double ToDistance(double reduced) => reduced;

    public double Reduce(double distance) => distance;
}

internal readonly struct AnyPower(double p) : IMinkowski
{
    public double Add(double sum, double difference) => sum + Math.Pow(Math.Abs(difference), p);

    public Vector<double> Add(Vector<double> sums, Vector<double> differences)
    {
        Span<double> powers = stackalloc double[Vector<double>.Count];
        for (int i = 0; i < powers.Length; i++)
        {
            powers[i] = Math.Pow(Math.Abs(differences[i]), p);
        }

        return sums + new Vector<double>(powers);
    }

    public double ToDistance(double reduced) => Math.Pow(reduced, 1 / p);

    public double Reduce(double distance) => Math.Pow(distance, p);
}

/// <summary>
/// The k nearest found so far, ascending by distance, and by index where distances are equal, so that the result does not
/// depend on the order of the search.
/// </summary>
/// <param name="indices">Room for k indices.</param>
/// <param name="distances">Room for k distances.</param>
/// <param name="full">Whether there are k already: filled with infinity, or found by an earlier search.</param>
internal ref struct NearestList(Span<int> indices, Span<double> distances, bool full = false)
{
    private readonly Span<int> indices = indices;
    private readonly Span<double> distances = distances;
    private int count = full ? indices.Length : 0;

    /// <summary>The distance of the last of k, or infinity while there are fewer.</summary>
    public readonly double Worst =>
        count < distances.Length ? double.PositiveInfinity : distances[^1];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Offer(double distance, int index)
    {
        if (count < distances.Length || distance < distances[^1] || (distance == distances[^1] && index < indices[^1]))
        {
            Insert(distance, index);
        }
    }

    private void Insert(double distance, int index)
    {
        int at = count < distances.Length ? count++ : count - 1;
        while (at > 0 && (distances[at - 1] > distance || (distances[at - 1] == distance && indices[at - 1] > index)))
        {
            distances[at] = distances[at - 1];
            indices[at] = indices[at - 1];
            at--;
        }

        distances[at] = distance;
        indices[at] = index;
    }
}
