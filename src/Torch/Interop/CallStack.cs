using System.Text;

namespace Functional.Torch.Interop;

/// <summary>
/// The arguments of one call, pushed in order of the operator's schema, as the 64-bit values that libtorch's interface takes. One
/// a thread, empty again after each call. An operator's Scalar arguments cannot be given: the interface has no form for them.
/// </summary>
public sealed unsafe class CallStack
{
    [ThreadStatic]
    private static CallStack? ofThread;

    private readonly ulong[] values = new ulong[32];
    private int count;

    private CallStack()
    {
    }

    /// <summary>The stack of this thread, empty.</summary>
    public static CallStack Begin()
    {
        CallStack stack = ofThread ??= new CallStack();
        stack.count = 0;
        return stack;
    }

    /// <summary>Pushes a value made by one of the functions below.</summary>
    public void Push(ulong value) => values[count++] = value;

    /// <summary>A tensor; the call consumes a handle of its own.</summary>
    public static ulong Tensor(TensorHandle tensor) => (ulong)tensor.Duplicate();

    /// <summary>An integer (int, SymInt), or a code: ScalarType, Layout, MemoryFormat.</summary>
    public static ulong Int(long value) => (ulong)value;

    /// <summary>A float, which is 64 bits.</summary>
    public static ulong Float(double value) => BitConverter.DoubleToUInt64Bits(value);

    /// <summary>A bool.</summary>
    public static ulong Bool(bool value) => value ? 1ul : 0ul;

    /// <summary>A device.</summary>
    public static ulong Device(int type, int index) => ((ulong)(uint)type << 32) | (uint)index;

    /// <summary>A missing value of any optional type.</summary>
    public static ulong None => 0;

    /// <summary>A present value of an optional type.</summary>
    public static ulong Some(ulong value) => TorchLibrary.Functions.Optional(value);

    /// <summary>A list of values of one type.</summary>
    public static ulong List(ReadOnlySpan<ulong> elements)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        nint list;
        torch.Check(torch.NewList((nuint)elements.Length, &list), "list");
        foreach (ulong element in elements)
        {
            torch.Check(torch.ListPushBack(list, element), "list");
        }

        return (ulong)list;
    }

    /// <summary>The values of a list that a call gave, which is freed.</summary>
    public static ulong[] Elements(ulong list, int count)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        ulong[] elements = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            fixed (ulong* element = &elements[i])
            {
                torch.Check(torch.ListItem((nint)list, (nuint)i, element), "list");
            }
        }

        torch.Check(torch.DeleteList((nint)list), "list");
        return elements;
    }

    /// <summary>A text.</summary>
    public static ulong Text(string text)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        nint handle;
        fixed (byte* first = bytes)
        {
            torch.Check(torch.NewString(first, (nuint)bytes.Length, &handle), "string");
        }

        return (ulong)handle;
    }

    /// <summary>Runs the operator; its first results, as stack values, are then read by <see cref="Result"/>.</summary>
    /// <exception cref="TorchCallException">libtorch refused the call.</exception>
    public void Run(TorchOperator op)
    {
        count = 0;
        fixed (ulong* stack = values)
        {
            op.Run(stack);
        }
    }

    /// <summary>A result of the latest call.</summary>
    public ulong Result(int index) => values[index];
}
