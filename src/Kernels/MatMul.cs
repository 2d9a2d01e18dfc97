using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>
/// C = A B for matrices of any strides, so that a transposed or broadcast operand is read in place; C is contiguous.
/// Each element of C is summed in an order that depends on the sizes alone: the bits are the same on any number of
/// threads.
/// </summary>
public static unsafe class MatMul
{
    /// <summary>
    /// <paramref name="batch"/> products of [m, k] by [k, n] into [m, n]. Strides count elements; those of a batch
    /// may be 0. Pointers must stay valid during the call, and C must not overlap A or B.
    /// </summary>
    /// <param name="batch">The number of products.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B. With none, C is zero.</param>
    /// <param name="a">The first element of A.</param>
    /// <param name="aBatch">From one A to the next.</param>
    /// <param name="aRow">From one row of A to the next.</param>
    /// <param name="aColumn">From one column of A to the next.</param>
    /// <param name="b">The first element of B.</param>
    /// <param name="bBatch">From one B to the next.</param>
    /// <param name="bRow">From one row of B to the next.</param>
    /// <param name="bColumn">From one column of B to the next.</param>
    /// <param name="c">Room for batch * m rows of n elements, all of which are written.</param>
    /// <param name="epilogue">
    /// Called once for each block of C as soon as it is final, on the thread that made it.
    /// </param>
    /// <param name="cRow">From one row of C to the next, through the whole batch; 0 stands for n.</param>
    public static void Multiply<T>(
        int batch, int m, int n, int k,
        T* a, nint aBatch, nint aRow, nint aColumn,
        T* b, nint bBatch, nint bRow, nint bColumn,
        T* c, Epilogue? epilogue = null, nint cRow = 0)
        where T : unmanaged
    {
        if (m == 0 || n == 0 || batch == 0)
        {
            return;
        }

        cRow = cRow == 0 ? n : cRow;
        if (k == 0)
        {
            for (nint i = 0; i < (nint)batch * m; i++)
            {
                new Span<T>(c + (i * cRow), n).Clear();
            }

            epilogue?.Run(0, (long)batch * m, 0, n);
            return;
        }

        if (bBatch == 0 && (aBatch == m * aRow || batch == 1) && (long)batch * m <= int.MaxValue)
        {
            // one B for all: the rows of the whole batch are one matrix
            m *= batch;
            batch = 1;
        }

        bool turned = n == 1 && cRow == 1;
        Product<T> product = turned
            ? new()
            {
                M = 1,
                N = m,
                K = k,
                A = b,
                ARow = bColumn,
                AColumn = bRow,
                B = a,
                BRow = aColumn,
                BColumn = aRow,
                C = c,
                CRow = m,
                Epilogue = epilogue,
                Turned = true,
            }
            : new()
            {
                M = m,
                N = n,
                K = k,
                A = a,
                ARow = aRow,
                AColumn = aColumn,
                B = b,
                BRow = bRow,
                BColumn = bColumn,
                C = c,
                CRow = cRow,
                Epilogue = epilogue,
            };
        Batch<T> all = new()
        {
            First = product,
            StepA = turned ? bBatch : aBatch,
            StepB = turned ? aBatch : bBatch,
            StepC = m * cRow,
            Rows = m,
            Count = batch,
            Level = KernelScope.Level,
        };

        // small products are shared out whole; large ones are cut inside
        long work = (long)m * n * k;
        all.Grain = (int)Math.Clamp(65536 / work, 1, batch);
        if (batch > 1 && work < 1 << 20)
        {
            WorkerPool.Run(Slicing.Count(batch, all.Grain), all);
        }
        else
        {
            for (int i = 0; i < batch; i++)
            {
                all.One(i);
            }
        }
    }

    /// <summary>
    /// Has the code of products compiled on another thread, so that it is there when they first run: for each size of tile it
    /// takes the compiler milliseconds. Does nothing on one thread.
    /// </summary>
    /// <param name="sizes">The rows of A and C, columns of B and C, and columns of A of each product.</param>
    public static void Prepare<T>(params (int M, int N, int K)[] sizes) where T : unmanaged
    {
        if (KernelScope.Threads == 1 || sizes.Length == 0)
        {
            return;
        }

        SimdLevel level = KernelScope.Level;
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                foreach ((int m, int n, int k) in sizes)
                {
                    switch (level)
                    {
                        case SimdLevel.Avx512:
                            MatMulDriver<T, Vector512<T>, Simd512<T>>.Prepare(m, n, k);
                            break;
                        case SimdLevel.Avx2:
                            MatMulDriver<T, Vector256<T>, Simd256<T>>.Prepare(m, n, k);
                            break;
                        case SimdLevel.Portable:
                        default:
                            MatMulDriver<T, Vector128<T>, Simd128<T>>.Prepare(m, n, k);
                            break;
                    }
                }
            },
            null);
    }

    private struct Batch<T> : ISlices where T : unmanaged
    {
        public Product<T> First;
        public nint StepA;
        public nint StepB;
        public nint StepC;
        public int Rows;
        public int Count;
        public int Grain;
        public SimdLevel Level;

        public readonly void Run(int slice)
        {
            int end = Math.Min(Count, (slice + 1) * Grain);
            for (int i = slice * Grain; i < end; i++)
            {
                One(i);
            }
        }

        public readonly void One(int i)
        {
            Product<T> p = First;
            p.A += i * StepA;
            p.B += i * StepB;
            p.C += i * StepC;
            p.FirstRow = (long)i * Rows;
            switch (Level)
            {
                case SimdLevel.Avx512:
                    MatMulDriver<T, Vector512<T>, Simd512<T>>.Run(p);
                    break;
                case SimdLevel.Avx2:
                    MatMulDriver<T, Vector256<T>, Simd256<T>>.Run(p);
                    break;
                case SimdLevel.Portable:
                default:
                    MatMulDriver<T, Vector128<T>, Simd128<T>>.Run(p);
                    break;
            }
        }
    }
}

/// <summary>One product: C [M, N], rows of which are contiguous, = A [M, K] B [K, N] at their strides.</summary>
internal unsafe struct Product<T> where T : unmanaged
{
    public int M;
    public int N;
    public int K;
    public T* A;
    public nint ARow;
    public nint AColumn;
    public T* B;
    public nint BRow;
    public nint BColumn;
    public T* C;
    public nint CRow;
    public Epilogue? Epilogue;

    /// <summary>Where C starts among the rows that the epilogue knows.</summary>
    public long FirstRow;

    /// <summary>Whether C is a column to the epilogue.</summary>
    public bool Turned;

    /// <summary>Whether columns of B are contiguous: a row of C is dot products with them.</summary>
    public readonly bool IsDots => BRow == 1 && (BColumn != 1 || N == 1);

    /// <summary>That these elements of C are final.</summary>
    public readonly void Finish(int row, int rows, int column, int columns)
    {
        if (Turned)
        {
            Epilogue?.Run(FirstRow + column, columns, 0, 1);
        }
        else
        {
            Epilogue?.Run(FirstRow + row, rows, column, columns);
        }
    }
}
