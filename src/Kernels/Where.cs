using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>Choosing between two elements.</summary>
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
        // What the elements mean does not matter, only their size.
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
        Check.Length(y.Length, Walk.Size(shape));
        Walk.CheckReach(shape, condition.Strides, condition.Offset, condition.Elements.Length);
        Walk.CheckReach(shape, a.Strides, a.Offset, a.Elements.Length);
        Walk.CheckReach(shape, b.Strides, b.Offset, b.Elements.Length);
        if (y.Length == 0)
        {
            return;
        }

        fixed (bool* pc = condition.Elements)
        fixed (T* pa = a.Elements, pb = b.Elements, py = y)
        {
            WhereSlices<T> slices = new()
            {
                C = new Walk(shape, condition.Strides),
                A = new Walk(shape, a.Strides),
                B = new Walk(shape, b.Strides),
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

        public Walk C;
        public Walk A;
        public Walk B;
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
            int end = Math.Min(start + Grain, Length);
            int stepA = A.IsConstant ? 0 : 1;
            int stepB = B.IsConstant ? 0 : 1;
            Walk.Cursor c = C.At(start), a = A.At(start), b = B.At(start);
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
