using System.Text;

namespace Functional.Torch.Interop;

/// <summary>The form of a prepared argument.</summary>
internal enum PreparedKind : byte
{
    /// <summary>A number, a code, or nothing, as it stands on the stack.</summary>
    Value,

    /// <summary>A tensor of the table.</summary>
    Tensor,

    /// <summary>A list of tensors of the table.</summary>
    Tensors,

    /// <summary>A list of numbers.</summary>
    List,

    /// <summary>A text.</summary>
    Text,
}

/// <summary>An argument of a prepared call: made once, pushed at each run.</summary>
public sealed class PreparedArgument
{
    private PreparedArgument(PreparedKind kind, ulong value, ulong[] elements, bool isOptional, byte[] text)
    {
        Kind = kind;
        Number = value;
        Elements = elements;
        IsOptional = isOptional;
        Characters = text;
    }

    internal PreparedKind Kind { get; }

    internal ulong Number { get; }

    internal ulong[] Elements { get; }

    internal bool IsOptional { get; }

    internal byte[] Characters { get; }

    /// <summary>A value as it stands on the stack: see <see cref="CallStack"/>.</summary>
    public static PreparedArgument Value(ulong value) => new(PreparedKind.Value, value, [], false, []);

    /// <summary>A tensor of the table.</summary>
    public static PreparedArgument Tensor(int slot) => new(PreparedKind.Tensor, (ulong)slot, [], false, []);

    /// <summary>A list of tensors of the table.</summary>
    public static PreparedArgument Tensors(int[] slots) =>
        new(PreparedKind.Tensors, 0, [.. slots.Select(slot => (ulong)slot)], false, []);

    /// <summary>A list of values as they stand on the stack.</summary>
    public static PreparedArgument List(ulong[] values) => new(PreparedKind.List, 0, values, false, []);

    /// <summary>A text.</summary>
    public static PreparedArgument Text(string text) => new(PreparedKind.Text, 0, [], false, Encoding.UTF8.GetBytes(text));

    /// <summary>The same as the present value of an optional type.</summary>
    public PreparedArgument AsOptional() => new(Kind, Number, Elements, true, Characters);
}

/// <summary>
/// A call of an operator, prepared once: its arguments lie ready, and its tensors are numbers of a table. A run allocates no
/// managed memory.
/// </summary>
public sealed unsafe class PreparedCall
{
    private readonly TorchOperator called;
    private readonly PreparedArgument[] arguments;
    private readonly int[] results;
    private readonly int size;

    /// <summary>
    /// A call of an operator. Its results become the tensors of these numbers; a result at -1, such as the tensor that an
    /// operator wrote to, is let go of, and one at -2 is no tensor.
    /// </summary>
    public PreparedCall(TorchOperator called, PreparedArgument[] arguments, int[] results)
    {
        ArgumentNullException.ThrowIfNull(called);
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(results);
        this.called = called;
        this.arguments = arguments;
        this.results = results;
        size = Math.Max(arguments.Length, results.Length);
    }

    /// <summary>Makes the call.</summary>
    /// <param name="table">The tensors.</param>
    /// <param name="storages">The address of each storage.</param>
    /// <exception cref="TorchCallException">libtorch refused the call.</exception>
    public void Run(TensorTable table, nint* storages)
    {
        ulong* stack = stackalloc ulong[size];
        for (int i = 0; i < arguments.Length; i++)
        {
            stack[i] = Push(arguments[i], table, storages);
        }

        called.Run(stack);
        TorchFunctions torch = TorchLibrary.Functions;
        for (int i = 0; i < results.Length; i++)
        {
            if (results[i] >= 0)
            {
                table.Take(results[i], (nint)stack[i]);
            }
            else if (results[i] == -1)
            {
                torch.DeleteTensor((nint)stack[i]);
            }
        }
    }

    private static ulong Push(PreparedArgument argument, TensorTable table, nint* storages)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        ulong value = argument.Kind switch
        {
            PreparedKind.Tensor => Duplicate((int)argument.Number, table, storages),
            PreparedKind.Tensors => Tensors(argument.Elements, table, storages),
            PreparedKind.List => CallStack.List(argument.Elements),
            PreparedKind.Text => Text(argument.Characters),
            _ => argument.Number,
        };
        return argument.IsOptional ? torch.Optional(value) : value;
    }

    private static ulong Duplicate(int slot, TensorTable table, nint* storages)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        nint copy;
        torch.Check(torch.NewTensorHandle(table.Refreshed(slot, storages), &copy), "new_tensor_handle");
        return (ulong)copy;
    }

    private static ulong Tensors(ulong[] slots, TensorTable table, nint* storages)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        nint list;
        torch.Check(torch.NewList((nuint)slots.Length, &list), "list");
        foreach (ulong slot in slots)
        {
            torch.Check(torch.ListPushBack(list, Duplicate((int)slot, table, storages)), "list");
        }

        return (ulong)list;
    }

    private static ulong Text(byte[] characters)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        nint text;
        fixed (byte* first = characters)
        {
            torch.Check(torch.NewString(first, (nuint)characters.Length, &text), "string");
        }

        return (ulong)text;
    }
}
