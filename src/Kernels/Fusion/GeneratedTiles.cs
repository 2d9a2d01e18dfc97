using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>Runs code that was made for a program.</summary>
internal sealed unsafe class GeneratedTiles(FusedLoop loop, int buffers, int size) : FusedTiles
{
    /// <summary>Columns that a row buffer has beyond those of a row, for its last vector.</summary>
    public const int BufferColumns = 16;

    private const long MaxBuffered = 1 << 26;

    [ThreadStatic]
    private static byte[]? room;

    /// <summary>The code for a program, or null if there can be none.</summary>
    public static GeneratedTiles? TryCreate(FusedForm form, SimdLevel level)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported
            || Environment.GetEnvironmentVariable("FUNCTIONAL_CODEGEN") == "0")
        {
            return null;
        }

        FusedLoop? loop = FusedCode.Make(form, level, out int buffers);
        bool wide = Array.Exists(form.Instructions, x => x.Type == ElementType.Float64);
        bool huge = buffers * form.Columns > MaxBuffered;
        return loop is null || huge ? null : new GeneratedTiles(loop, buffers, wide ? 8 : 4);
    }

    public override void Run(nint* at, nint* steps, nint rows, nint columns)
    {
        byte* start = null;
        if (buffers > 0)
        {
            nint bytes = ((columns + BufferColumns) * size * buffers) + 64;
            if (room is null || room.Length < bytes)
            {
                room = GC.AllocateUninitializedArray<byte>((int)bytes, pinned: true);
            }

            start = (byte*)(((nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(room)) + 63) & ~63);
        }

        loop(at, steps, rows, columns, start);
    }
}
