using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Cumulative sums along the middle axis of [outer, n, inner].</summary>
/// <remarks>
/// Contract: contiguous arrays in row-major order, which do not overlap; any alignment. Each lane along the middle axis is
/// scanned in order, by one thread. Cost: one operation and one read an element.
/// </remarks>
public static unsafe class ScanKernels
{
    /// <summary>y[o, j, i] = x[o, 0, i] + ... + x[o, j, i].</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void CumSum<T>(ReadOnlySpan<T> x, int outer, int n, int inner, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        Check.Length(x.Length, (long)outer * n * inner);
        Check.SameLength(x.Length, y.Length);
        fixed (T* px = x, py = y)
        {
            Lanes lanes = new(outer, n, inner);
            WorkerPool.Run(lanes.Slices, new SumSlices<T> { X = px, Y = py, Lanes = lanes });
        }
    }

    private struct SumSlices<T> : ISlices where T : unmanaged, INumber<T>
    {
        public T* X;
        public T* Y;
        public Lanes Lanes;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            (long first, long last) = Lanes.Of(slice);
            for (long lane = first; lane < last; lane++)
            {
                T* x = X + Lanes.Start(lane);
                T* y = Y + Lanes.Start(lane);
                T sum = T.Zero;
                for (nint i = 0; i < Lanes.N; i++)
                {
                    sum += x[i * Lanes.Inner];
                    y[i * Lanes.Inner] = sum;
                }
            }
        }
    }
}
