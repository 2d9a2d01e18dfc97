namespace Bench;

/// <summary>
/// What a workload cannot do without: floating-point operations of its products, and bytes that are moved at least once.
/// </summary>
internal readonly record struct Work(double Flops, double Bytes)
{
    /// <summary>Bytes a parameter: the gradient written and read, the weight and two averages read and written.</summary>
    public const int Adam = 28;

    /// <summary>Bytes a parameter: as Adam, with one average.</summary>
    public const int RmsProp = 20;

    private const int Float = sizeof(float);

    /// <summary>
    /// A training step: every layer's product forward, for the gradient of its parameters, and but for the first for the
    /// gradient of its input; the inputs read, the results of every layer written once and read back once, and the
    /// optimizer's bytes for every parameter.
    /// </summary>
    public static Work Training(int optimizer, double inputs, params ReadOnlySpan<Layer> layers)
    {
        Work work = new(0, inputs * Float);
        for (int i = 0; i < layers.Length; i++)
        {
            Layer layer = layers[i];
            work = new(
                work.Flops + 2 * (layer.Products * (i == 0 ? 2 : 3) + layer.Recurrent * 3),
                work.Bytes + layer.Parameters * optimizer + layer.Results * 2 * Float);
        }

        return work;
    }

    /// <summary>Forward only: the parameters and inputs are read, the results stay where they are.</summary>
    public static Work Predicting(double inputs, params ReadOnlySpan<Layer> layers)
    {
        Work work = new(0, inputs * Float);
        foreach (Layer layer in layers)
        {
            work = new(work.Flops + 2 * (layer.Products + layer.Recurrent), work.Bytes + layer.Parameters * Float);
        }

        return work;
    }

    public static Work Product(double m, double k, double n) => new(2 * m * k * n, Float * (m * k + k * n + m * n));

    /// <summary>
    /// A convolution 3x3 of batches of 128, forward and both gradients, but none of the images where they have one channel:
    /// each operand of each of the three is read or written once.
    /// </summary>
    public static Work Convolution((int Size, int Channels, int Filters) of)
    {
        int passes = of.Channels > 1 ? 3 : 2;
        Layer layer = Layer.Convolution(128, of.Size - 2, of.Channels, of.Filters);
        double images = 128.0 * of.Size * of.Size * of.Channels;
        return new(2 * passes * layer.Products, Float * passes * (images + layer.Results + layer.Parameters));
    }

    public static Work operator +(Work a, Work b) => new(a.Flops + b.Flops, a.Bytes + b.Bytes);
}

/// <summary>
/// A layer's multiplications of one forward pass, its parameters and its results. Recurrent products have an input
/// gradient also in the first layer.
/// </summary>
internal readonly record struct Layer(double Products, double Parameters, double Results, double Recurrent = 0)
{
    public static Layer Dense(double batch, double inputs, double outputs) =>
        new(batch * inputs * outputs, (inputs + 1) * outputs, batch * outputs);

    /// <summary>A convolution by kernels of 3x3 that gives images of this size.</summary>
    public static Layer Convolution(double batch, double size, double channels, double filters)
    {
        double results = batch * size * size * filters;
        return new(results * 9 * channels, (9 * channels + 1) * filters, results);
    }

    /// <summary>A recurrent layer of so many gates over one-hot features, which multiply nothing; gates and state are kept of every step.</summary>
    public static Layer Recurring(double gates, double batch, double steps, double features, double units)
    {
        double rows = batch * steps;
        return new(0, gates * units * (features + units + 1), rows * (gates + 1) * units, rows * units * gates * units);
    }

    /// <summary>
    /// An LSTM: four gates, cell and state are kept of every step. One-hot features pick rows, and multiply nothing.
    /// </summary>
    public static Layer Lstm(double batch, double steps, double features, double units, bool oneHot)
    {
        double rows = batch * steps;
        return new(
            oneHot ? 0 : rows * features * 4 * units, 4 * units * (features + units + 1), rows * 6 * units,
            rows * units * 4 * units);
    }
}
