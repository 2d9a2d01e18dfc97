using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>Runs the code generated for a program.</summary>
internal sealed unsafe class GeneratedTiles : FusedTiles
{
    /// <summary>Columns of a row buffer beyond those of a row, for the last vector.</summary>
    public const int BufferColumns = 16;

    private const long MaxBuffered = 1 << 26;
    private const int MaxKnown = 4096;

    // The code cache. Programs that differ in lengths only, such as the updates of the parameters, share their code, for as
    // long as one of them is alive.
    private static readonly ConcurrentDictionary<string, WeakReference<GeneratedTiles>> Known = new();

    [ThreadStatic]
    private static byte[]? room;

    private readonly FusedLoop loop;
    private readonly int buffers;
    private readonly int size;

    private GeneratedTiles(FusedLoop loop, int buffers, int size) =>
        (this.loop, this.buffers, this.size) = (loop, buffers, size);

    /// <summary>The code for a program, or null if none can be generated.</summary>
    public static GeneratedTiles? TryCreate(FusedForm form, SimdLevel level)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported
            || Environment.GetEnvironmentVariable("FUNCTIONAL_CODEGEN") == "0")
        {
            return null;
        }

        GeneratedTiles? tiles = Find(form, level);
        bool huge = tiles is not null && tiles.buffers * form.Columns > MaxBuffered;
        return huge ? null : tiles;
    }

    private static GeneratedTiles? Find(FusedForm form, SimdLevel level)
    {
        string key = FusedCode.Key(form, level);
        if (Known.TryGetValue(key, out WeakReference<GeneratedTiles>? known) && known.TryGetTarget(out GeneratedTiles? made))
        {
            return made;
        }

        FusedLoop? loop = FusedCode.Make(form, level, out int buffers);
        if (loop is null)
        {
            return null;
        }

        bool wide = Array.Exists(form.Instructions, x => x.Type == ElementType.Float64);
        GeneratedTiles tiles = new(loop, buffers, wide ? 8 : 4);
        if (Known.Count >= MaxKnown)
        {
            Known.Clear();
        }

        Known[key] = new WeakReference<GeneratedTiles>(tiles);
        return tiles;
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
