using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>Matrix products C = A B, batched.</summary>
/// <remarks>
/// Contract: A and B have any strides, so that transposed and broadcast operands are read in place; rows of C are contiguous;
/// C overlaps neither. Any alignment. Blocks of rows and columns of C run on the worker pool; each element of C is summed
/// over k in an order that depends on the sizes alone, so that its bits are the same on any number of threads. Cost: 2 m n k
/// FLOPs a product; A and B are read once for each block of C that fits the caches.
/// </remarks>
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
    /// Called once for each block of C when its elements are final, on the thread that computed it.
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
            Clear((nint)batch * m, n, c, cRow, epilogue);
            return;
        }

        if (bBatch == 0 && (aBatch == m * aRow || batch == 1) && (long)batch * m <= int.MaxValue)
        {
            // one B for the whole batch: the rows of all A are one matrix
            m *= batch;
            batch = 1;
        }

        Product<T> product = new()
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
        RunBatch(product, batch, aBatch, bBatch);
    }

    /// <summary>
    /// The product of rows of a matrix X, chosen by their numbers: C [m, n] = X[numbers] B, or, transposed, X[numbers]^T B. The
    /// same bits as a gather and then a product. Pointers and C as in <see cref="Multiply{T}"/>; the numbers are not checked.
    /// </summary>
    /// <param name="isTransposed">Whether the rows are columns of A, k in number, and not its m rows.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B: 1 or more.</param>
    /// <param name="x">The first element of X, whose rows are contiguous.</param>
    /// <param name="xRow">From one row of X to the next.</param>
    /// <param name="numbers">The numbers of the rows.</param>
    /// <param name="b">The first element of B.</param>
    /// <param name="bRow">From one row of B to the next.</param>
    /// <param name="bColumn">From one column of B to the next.</param>
    /// <param name="c">Room for m rows of n elements, all of which are written.</param>
    /// <param name="epilogue">As in <see cref="Multiply{T}"/>.</param>
    public static void MultiplyRows<T>(
        bool isTransposed, int m, int n, int k, T* x, nint xRow, int* numbers, T* b, nint bRow, nint bColumn, T* c,
        Epilogue? epilogue = null)
        where T : unmanaged
    {
        if (!TakesRows<T>(isTransposed, m, n, k))
        {
            int count = isTransposed ? k : m, length = isTransposed ? m : k;
            T* copy = MatMulScratch.Get<T>(MatMulScratch.Numbered, (nint)count * length);
            for (int i = 0; i < count; i++)
            {
                new ReadOnlySpan<T>(x + (numbers[i] * xRow), length).CopyTo(new Span<T>(copy + ((nint)i * length), length));
            }

            Multiply(1, m, n, k, copy, 0, isTransposed ? 1 : length, isTransposed ? length : 1, b, 0, bRow, bColumn, c, epilogue);
            return;
        }

        Product<T> product = Numbered<T>(isTransposed, m, n, k, xRow);
        product.A = x;
        product.Numbers = numbers;
        product.B = b;
        product.BRow = bRow;
        product.BColumn = bColumn;
        product.C = c;
        product.Epilogue = epilogue;
        new Batch<T> { First = product, Level = KernelScope.Level }.One(0);
    }

    /// <summary>Whether <see cref="MultiplyRows{T}"/> saves more than it costs, beside a gather that is read by products of A.</summary>
    /// <param name="isTransposed">Whether the rows are columns of A.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    public static bool TakesRows<T>(bool isTransposed, int m, int n, int k) where T : unmanaged
    {
        Product<T> product = Numbered<T>(isTransposed, m, n, k, isTransposed ? m : k);
        product.BColumn = 1;
        return m > 0 && n > 0 && k > 0 && KernelScope.Level switch
        {
            SimdLevel.Avx512 => MatMulDriver<T, Vector512<T>, Simd512<T>>.TakesNumbers(product),
            SimdLevel.Avx2 => MatMulDriver<T, Vector256<T>, Simd256<T>>.TakesNumbers(product),
            SimdLevel.Portable or _ => MatMulDriver<T, Vector128<T>, Simd128<T>>.TakesNumbers(product),
        };
    }

    private static Product<T> Numbered<T>(bool isTransposed, int m, int n, int k, nint xRow) where T : unmanaged => new()
    {
        M = m,
        N = n,
        K = k,
        ARow = isTransposed ? 1 : xRow,
        AColumn = isTransposed ? xRow : 1,
        NumberedColumns = isTransposed,
        CRow = n,
    };

    // Small products are distributed whole; large ones are cut into slices themselves.
    private static void RunBatch<T>(in Product<T> product, int batch, nint aBatch, nint bBatch) where T : unmanaged
    {
        long work = (long)product.M * product.N * product.K;
        bool isColumn = product.N == 1 && product.CRow == 1;
        Batch<T> all = new()
        {
            First = isColumn ? product.AsRow() : product,
            StepA = isColumn ? bBatch : aBatch,
            StepB = isColumn ? aBatch : bBatch,
            StepC = product.M * product.CRow,
            Rows = product.M,
            Count = batch,
            Level = KernelScope.Level,
            Grain = (int)Math.Clamp(65536 / work, 1, batch),
        };
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

    private static void Clear<T>(nint rows, int n, T* c, nint cRow, Epilogue? epilogue) where T : unmanaged
    {
        for (nint i = 0; i < rows; i++)
        {
            new Span<T>(c + (i * cRow), n).Clear();
        }

        epilogue?.Run(0, rows, 0, n);
    }

    /// <summary>
    /// Has the JIT compile the code of products on another thread before they first run: it takes milliseconds for each size
    /// of tile. Does nothing where kernels run on one thread.
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
            int end = Slicing.End(slice, Grain, Count);
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

/// <summary>One product: C [M, N] = A [M, K] B [K, N], with strides in elements; rows of C are contiguous.</summary>
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

    /// <summary>
    /// The numbers of A's rows among those of a larger matrix, at whose first row A starts; null where they follow each other.
    /// </summary>
    public int* Numbers;

    /// <summary>Whether it is the columns of A that have numbers.</summary>
    public bool NumberedColumns;

    /// <summary>The row of the epilogue's matrix at which C starts.</summary>
    public long FirstRow;

    /// <summary>Whether C, here one row, is a column of the epilogue's matrix.</summary>
    public bool IsColumn;

    /// <summary>The transpose of a product whose C is a contiguous column: a product whose C is one row.</summary>
    public readonly Product<T> AsRow() => new()
    {
        M = 1,
        N = M,
        K = K,
        A = B,
        ARow = BColumn,
        AColumn = BRow,
        B = A,
        BRow = AColumn,
        BColumn = ARow,
        C = C,
        CRow = M,
        Epilogue = Epilogue,
        IsColumn = true,
    };

    /// <summary>Whether the columns of B are contiguous, so that an element of C is a dot product.</summary>
    public readonly bool IsDots => BRow == 1 && (BColumn != 1 || N == 1);

    /// <summary>Runs the epilogue over elements of C, which are final.</summary>
    public readonly void Finish(int row, int rows, int column, int columns)
    {
        if (IsColumn)
        {
            Epilogue?.Run(FirstRow + column, columns, 0, 1);
        }
        else
        {
            Epilogue?.Run(FirstRow + row, rows, column, columns);
        }
    }
}
