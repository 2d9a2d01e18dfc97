using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>Selection: one of two elements, by a condition.</summary>
/// <remarks>
/// Contract: condition and arguments are strided views of the result's shape, broadcast by strides of 0; the result is
/// contiguous and overlaps no argument but one of the same layout. Any alignment. Large results are cut into slices for the
/// worker pool. Cost: one selection an element.
/// </remarks>
public static unsafe class WhereKernels
{
    private const int Grain = 1 << 16;

    /// <summary>
    /// y = a where the condition holds, else b, over <paramref name="shape"/>; all three may be strided views.
    /// </summary>
    /// <exception cref="ArgumentException">A view reaches outside its elements, or y has another length than the
    /// shape.</exception>
    public static void Apply<T>(
        ReadOnlySpan<int> shape, in Operand<bool> condition, in Operand<T> a, in Operand<T> b, Span<T> y)
        where T : unmanaged
    {
        // Elements are moved, not interpreted: only their size matters.
        switch (sizeof(T))
        {
            case 1: Run(shape, condition, a.As<T, byte>(), b.As<T, byte>(), MemoryMarshal.Cast<T, byte>(y)); break;
            case 4: Run(shape, condition, a.As<T, int>(), b.As<T, int>(), MemoryMarshal.Cast<T, int>(y)); break;
            case 8: Run(shape, condition, a.As<T, long>(), b.As<T, long>(), MemoryMarshal.Cast<T, long>(y)); break;
            default: throw new NotSupportedException($"Elements have 1, 4 or 8 bytes, not {sizeof(T)}.");
        }
    }

    private static void Run<T>(
        ReadOnlySpan<int> shape, in Operand<bool> condition, in Operand<T> a, in Operand<T> b, Span<T> y)
        where T : unmanaged
    {
        Check.Length(y.Length, StridedIterator.Size(shape));
        StridedIterator.CheckReach(shape, condition.Strides, condition.Offset, condition.Elements.Length);
        StridedIterator.CheckReach(shape, a.Strides, a.Offset, a.Elements.Length);
        StridedIterator.CheckReach(shape, b.Strides, b.Offset, b.Elements.Length);
        if (y.Length == 0)
        {
            return;
        }

        fixed (bool* pc = condition.Elements)
        fixed (T* pa = a.Elements, pb = b.Elements, py = y)
        {
            WhereSlices<T> slices = new()
            {
                C = new StridedIterator(shape, condition.Strides),
                A = new StridedIterator(shape, a.Strides),
                B = new StridedIterator(shape, b.Strides),
                PC = pc + condition.Offset,
                PA = pa + a.Offset,
                PB = pb + b.Offset,
                PY = py,
                Length = y.Length,
                Level = KernelScope.Level,
            };
            WorkerPool.Run(Slicing.Count(y.Length, Grain), slices);
        }
    }

    internal struct WhereSlices<T> : ISlices where T : unmanaged
    {
        private const int Block = 1024;

        public StridedIterator C;
        public StridedIterator A;
        public StridedIterator B;
        public bool* PC;
        public T* PA;
        public T* PB;
        public T* PY;
        public int Length;
        public SimdLevel Level;

        [SkipLocalsInit]
        public readonly void Run(int slice)
        {
            bool* blockC = stackalloc bool[Block];
            T* blocks = stackalloc T[2 * Block];
            int start = slice * Grain;
            int end = Slicing.End(slice, Grain, Length);
            int stepA = A.IsConstant ? 0 : 1;
            int stepB = B.IsConstant ? 0 : 1;
            StridedIterator.Cursor c = C.At(start), a = A.At(start), b = B.At(start);
            for (int i = start; i < end; i += Block)
            {
                int count = Math.Min(Block, end - i);
                bool* pc = C.Read(ref c, PC, blockC, count);
                T* pa = stepA == 0 ? PA : A.Read(ref a, PA, blocks, count);
                T* pb = stepB == 0 ? PB : B.Read(ref b, PB, blocks + Block, count);
                T* py = PY + i;
                switch (Level)
                {
                    case SimdLevel.Avx512: Loop<Simd512<T>, Vector512<T>>(pc, pa, stepA, pb, stepB, py, count); break;
                    case SimdLevel.Avx2: Loop<Simd256<T>, Vector256<T>>(pc, pa, stepA, pb, stepB, py, count); break;
                    default: Loop<Simd128<T>, Vector128<T>>(pc, pa, stepA, pb, stepB, py, count); break;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        internal static void Loop<S, V>(bool* c, T* a, int stepA, T* b, int stepB, T* y, nint n)
            where S : ISimd<T, V> where V : unmanaged
        {
            V va = S.Set(*a), vb = S.Set(*b);
            nint i = 0;
            for (; i <= n - S.Count; i += S.Count)
            {
                va = stepA != 0 ? S.Load(a + i) : va;
                vb = stepB != 0 ? S.Load(b + i) : vb;
                S.Store(y + i, S.Select(S.LoadMask(c + i), va, vb));
            }

            for (; i < n; i++)
            {
                y[i] = c[i] ? a[i * stepA] : b[i * stepB];
            }
        }
    }
}
