namespace Functional.Kernels;

/// <summary>The types of elements that fused programs read, compute and write.</summary>
public enum ElementType : byte
{
    /// <summary>32-bit floating-point numbers.</summary>
    Float32,

    /// <summary>64-bit floating-point numbers.</summary>
    Float64,

    /// <summary>32-bit integers.</summary>
    Int32,

    /// <summary>Booleans, a byte of 0 or 1 each.</summary>
    Bool,

    /// <summary>IEEE 754's 16-bit floating-point numbers. Kernels of this processor do not take them; see
    /// <see cref="FusedKernel.Takes"/>.</summary>
    Float16,

    /// <summary>The upper half of 32-bit floating-point numbers. Kernels of this processor do not take them.</summary>
    BFloat16,

    /// <summary>64-bit integers. Kernels of this processor do not take them.</summary>
    Int64,
}

/// <summary>An instruction of a fused program: an operation on the values of earlier ones.</summary>
/// <param name="Op">What to compute.</param>
/// <param name="Type">The type of the result.</param>
/// <param name="A">The index of the earlier instruction that gives the first argument; of Load the operand, of Iota the
/// axis of the domain.</param>
/// <param name="B">The instruction that gives the second argument, if there is one.</param>
/// <param name="C">The instruction that gives the third argument, if there is one.</param>
/// <param name="Value">The number of a Constant; of booleans anything but 0 is true.</param>
public readonly record struct FusedInstruction(
    FusedOp Op, ElementType Type, int A = -1, int B = -1, int C = -1, double Value = 0);

/// <summary>An array that a fused program reads or writes, laid over the domain.</summary>
/// <param name="Type">The type of its elements.</param>
/// <param name="Strides">The stride of each axis of the domain, in elements; 0 broadcasts.</param>
public sealed record FusedOperand(ElementType Type, long[] Strides);

/// <summary>The kind of a store: elements, or sums of them.</summary>
public enum FusedStoreKind : byte
{
    /// <summary>
    /// Writes each element. An operand of stride 0 in the last axis takes a row value (see
    /// <see cref="FusedProgram.IsRowValue"/>), written once a row.
    /// </summary>
    Write,

    /// <summary>
    /// Writes sums over the axes where the operand's stride is 0; along the others it is contiguous. Sums of no elements are 0.
    /// Rounding errors are bounded (see FusedSum) for sums over leading axes and the last one.
    /// </summary>
    Sum,

    /// <summary>
    /// Writes sums of a row value, in which each row counts once; the operand's stride in the last axis is 0.
    /// </summary>
    SumRows,
}

/// <summary>A value to store.</summary>
/// <param name="Value">The index of the instruction that computes it.</param>
/// <param name="Operand">The index of the operand to write to, of the same type.</param>
/// <param name="Kind">Whether to write elements or sums.</param>
public readonly record struct FusedStore(int Value, int Operand, FusedStoreKind Kind);

/// <summary>
/// A fused program: elementwise operations over a row-major domain, with reductions of its last axis in between, which one
/// kernel runs without arrays for intermediate values.
/// </summary>
public sealed class FusedProgram
{
    private readonly bool[] rowValues;

    /// <summary>Checks a program.</summary>
    /// <param name="domain">The lengths of up to 6 axes; none is a domain of one element.</param>
    /// <param name="operands">The arrays read and written.</param>
    /// <param name="instructions">The steps, each using earlier ones only.</param>
    /// <param name="stores">What is written, where.</param>
    /// <exception cref="ArgumentException">An index is out of range, an operation does not take the types it is given,
    /// or a store does not fit its operand.</exception>
    public FusedProgram(
        int[] domain, FusedOperand[] operands, FusedInstruction[] instructions, FusedStore[] stores)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentNullException.ThrowIfNull(operands);
        ArgumentNullException.ThrowIfNull(instructions);
        ArgumentNullException.ThrowIfNull(stores);
        Domain = domain;
        Operands = operands;
        Instructions = instructions;
        Stores = stores;
        FusedValidation.Check(this);
        rowValues = FindRowValues();
        FusedValidation.CheckWrites(this);
    }

    /// <summary>The lengths of the axes.</summary>
    public int[] Domain { get; }

    /// <summary>The arrays read and written.</summary>
    public FusedOperand[] Operands { get; }

    /// <summary>The steps.</summary>
    public FusedInstruction[] Instructions { get; }

    /// <summary>The stores, each of a value to an operand.</summary>
    public FusedStore[] Stores { get; }

    /// <summary>Whether any instruction reduces the last axis.</summary>
    public bool HasRowReductions => Array.Exists(Instructions, i => i.Op.IsRowReduction());

    /// <summary>Whether any store sums.</summary>
    public bool HasSums => Array.Exists(Stores, s => s.Kind != FusedStoreKind.Write);

    /// <summary>
    /// Whether the value of an instruction is constant along the last axis by construction: it depends only on row reductions,
    /// operands with a stride of 0 in that axis, and constants.
    /// </summary>
    public bool IsRowValue(int instruction) => rowValues[instruction];

    /// <summary>
    /// Whether rows may not be merged into longer ones, because something is computed or stored once a row.
    /// </summary>
    internal bool KeepsRows =>
        HasRowReductions
        || Array.Exists(Stores, StoresRows);

    /// <summary>Whether a store takes one value for each row.</summary>
    internal bool StoresRows(FusedStore store) => store.Kind switch
    {
        FusedStoreKind.SumRows => true,
        FusedStoreKind.Write => rowValues[store.Value] && Domain.Length > 0 && Operands[store.Operand].Strides[^1] == 0,
        _ => false,
    };

    private bool[] FindRowValues()
    {
        bool[] result = new bool[Instructions.Length];
        int last = Domain.Length - 1;
        for (int i = 0; i < result.Length; i++)
        {
            FusedInstruction x = Instructions[i];
            result[i] = x.Op switch
            {
                FusedOp.Load => last < 0 || Operands[x.A].Strides[last] == 0,
                FusedOp.Constant => true,
                FusedOp.Iota => x.A != last,
                _ when x.Op.IsRowReduction() => true,
                _ => result[x.A] && (x.Op.Arity() < 2 || result[x.B]) && (x.Op.Arity() < 3 || result[x.C]),
            };
        }

        return result;
    }
}
