using Functional.Kernels;

namespace Bench;

/// <summary>Our side of single kernels.</summary>
internal static unsafe class Kernels
{
    /// <summary>The convolutions of (d), 3x3 on batches of 128: the side of their images, channels, filters.</summary>
    public static readonly (int Size, int Channels, int Filters)[] Convolutions =
        [(28, 1, 32), (26, 32, 32), (12, 32, 64), (10, 64, 64), (4, 64, 64)];

    /// <summary>A product; a transposed factor is read in place.</summary>
    public static Action Product(int m, int k, int n, bool transposedA = false, bool transposedB = false)
    {
        Numbers a = new(m * k), b = new(k * n), c = new(m * n);
        (int aRow, int aColumn) = transposedA ? (1, m) : (k, 1);
        (int bRow, int bColumn) = transposedB ? (1, k) : (n, 1);
        return () => MatMul.Multiply(1, m, n, k, a.Start, 0, aRow, aColumn, b.Start, 0, bRow, bColumn, c.Start);
    }

    /// <summary>
    /// All five forward, then their gradients with respect to the kernels and, but for the first, to the inputs.
    /// </summary>
    public static Action AllConvolutions() => Convolutions.Select(Convolution).Aggregate((first, second) => first + second);

    private static Action Convolution((int Size, int Channels, int Filters) of)
    {
        int size = of.Size - 2;
        ConvolutionShape shape = new(
            Batch: 128, Height: of.Size, Width: of.Size, Channels: of.Channels,
            KernelHeight: 3, KernelWidth: 3, OutHeight: size, OutWidth: size, Filters: of.Filters,
            StrideY: 1, StrideX: 1, PadTop: 0, PadLeft: 0, DilationY: 1, DilationX: 1, Groups: 1);
        int inputs = 128 * of.Size * of.Size * of.Channels, results = 128 * size * size * of.Filters;
        int weights = 9 * of.Channels * of.Filters;
        Numbers x = new(inputs), kernel = new(weights), y = new(results);
        Numbers dx = new(inputs), dkernel = new(weights), dy = new(results);
        return () =>
        {
            Functional.Kernels.Convolution.Forward(shape, x.Start, kernel.Start, y.Start);
            Functional.Kernels.Convolution.KernelGradient(shape, x.Start, dy.Start, dkernel.Start);
            if (of.Channels > 1)
                Functional.Kernels.Convolution.InputGradient(shape, dy.Start, kernel.Start, dx.Start);
        };
    }

    /// <summary>Random numbers at a fixed address.</summary>
    private sealed class Numbers
    {
        private readonly ResultMemory memory;

        public Numbers(int length)
        {
            memory = ResultMemory.Allocate((long)length * sizeof(float));
            Random random = new(length);
            for (int i = 0; i < length; i++)
                Start[i] = random.NextSingle() - 0.5f;
        }

        public float* Start => (float*)memory.Address;
    }
}
