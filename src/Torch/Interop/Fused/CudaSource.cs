using System.Text;
using Functional.Kernels;

namespace Functional.Torch.Interop;

/// <summary>
/// A fused kernel as CUDA C. It is given the addresses of each program's operands, in order, and then the one of its scratch
/// memory where it needs some. Where it sums, a second kernel joins the parts of the sums.
/// </summary>
/// <param name="Text">The whole source.</param>
/// <param name="Blocks">The number of blocks, of <see cref="Threads"/> threads each.</param>
/// <param name="JoinBlocks">The number of blocks of the second kernel; 0 where there is none.</param>
/// <param name="Addresses">The number of addresses, without that of the scratch memory.</param>
/// <param name="ScratchBytes">The bytes of scratch memory.</param>
internal sealed record CudaSource(string Text, int Blocks, int JoinBlocks, int Addresses, long ScratchBytes)
{
    /// <summary>Whether every operation is rounded by itself: a product and a sum are never one.</summary>
    public bool IsExact { get; init; }

    /// <summary>The threads of a block.</summary>
    public const int Threads = 256;

    /// <summary>The name of the kernel.</summary>
    public const string Name = "fused";

    /// <summary>The name of the kernel that joins sums.</summary>
    public const string JoinName = "fused_join";

    /// <summary>As <see cref="Of(IReadOnlyList{FusedProgram})"/>; null where the programs cannot be one kernel.</summary>
    public static CudaSource? TryOf(IReadOnlyList<FusedProgram> programs) =>
        programs.Count == 1 || !programs.Any(program => program.HasSums) ? Of(programs) : null;

    /// <summary>One program.</summary>
    public static CudaSource Of(FusedProgram program) => Of([program]);

    /// <summary>
    /// One kernel for some programs, which run side by side in blocks of their own: what one writes no other may touch. Programs
    /// that differ in their lengths alone share their code. One of several may not sum.
    /// </summary>
    public static CudaSource Of(IReadOnlyList<FusedProgram> programs)
    {
        Dictionary<string, string> names = [];
        StringBuilder functions = new(), parameters = new(), device = new(), host = new();
        CudaBody[] bodies = [.. programs.Select(CudaBody.Of)];
        int address = 0, first = 0;
        long scratch = bodies.Max(body => body.ScratchBytes);
        if (scratch > 0 && bodies.Length > 1)
            throw new ArgumentException("A kernel that sums is one of its own.", nameof(programs));
        for (int i = 0; i < bodies.Length; i++)
        {
            CudaBody body = bodies[i];
            if (!names.TryGetValue(body.Text, out string? name))
            {
                names[body.Text] = name = $"part{names.Count}";
                functions.Append(body.Text.Replace(CudaBody.Placeholder, name));
            }

            StringBuilder given = new(), cast = new();
            foreach (FusedOperand operand in programs[i].Operands)
            {
                string type = CudaOperators.Stored(operand.Type);
                parameters.Append(address == 0 ? "" : ", ").Append($"{type}* p{address}");
                given.Append($", p{address}");
                cast.Append($", ({type}*)p[{address++}]");
            }

            if (scratch > 0)
            {
                parameters.Append(", char* scratch");
                given.Append(", scratch");
                cast.Append($", (char*)p[{address}]");
            }

            host.Append($"  for (int b = 0; b < {body.HostBlocks}; b++) {name}(b, {body.HostBlocks}, 0, {body.Count}{cast});\n");
            device.Append($"  if (block < {first + body.Blocks}) {{ {name}(block - {first}, {body.Blocks}, threadIdx.x, {body.Count}{given}); return; }}\n");
            first = checked(first + body.Blocks);
        }

        (string join, string hostJoin, int joinBlocks) = Join(programs[0], bodies[0], address);
        string text = $$"""
            {{CudaPrelude.Text}}{{functions}}{{string.Concat(bodies[0].Sums.Where(sum => sum.Axes is not null).Select(SumOfValues))}}
            #ifdef HOST
            extern "C" void {{Name}}(void** p) {
            {{host}}{{hostJoin}}}
            #else
            extern "C" __global__ void __launch_bounds__({{Threads}}) {{Name}}({{parameters}}) {
              const int block = blockIdx.x;
            {{device}}}
            extern "C" __global__ void __launch_bounds__({{Threads}}) {{JoinName}}({{parameters}}) {
              const int block = blockIdx.x;
            {{join}}}
            #endif

            """;
        return new(text, first, joinBlocks, address, scratch);
    }

    // The code that joins the parts of sums, 32 columns a block.
    private static (string Device, string Host, int Blocks) Join(FusedProgram program, CudaBody body, int scratch)
    {
        StringBuilder device = new(), host = new();
        int first = 0;
        foreach (CudaSum sum in body.Sums)
        {
            int operand = program.Stores[sum.Store].Operand;
            ElementType type = program.Operands[operand].Type;
            string computed = CudaOperators.Computed(type), stored = CudaOperators.Stored(type);
            string parts = $"({computed}*)(scratch + {sum.Offset})";
            int blocks = (sum.Columns + 31) / 32;
            device.Append($"  if (block >= {first} && block < {first + blocks}) {{\n");
            if (sum.Axes is not null)
            {
                device.Append($"    const long long column = (block - {first}) * 32LL + threadIdx.x % 32;\n");
                device.Append($"    const {computed} x = {Summing(sum)}<{computed}>({parts}, column, threadIdx.x / 32);\n");
                device.Append($"    if (threadIdx.x < 32 && column < {sum.Columns}) p{operand}[column] = {CudaOperators.ToStore(type, "x")};\n");
            }
            else if (sum.Columns == 1)
            {
                device.Append($"    const {computed} x = sum_total({parts}, {body.Blocks});\n");
                device.Append($"    if (threadIdx.x == 0) *p{operand} = {CudaOperators.ToStore(type, "x")};\n");
            }
            else
            {
                device.Append($"    const int column = (block - {first}) * 32 + threadIdx.x % 32;\n");
                device.Append($"    const {computed} x = sum_column({parts}, {body.Blocks}, {sum.Columns}, column, threadIdx.x / 32);\n");
                device.Append($"    if (threadIdx.x < 32 && column < {sum.Columns}) p{operand}[column] = {CudaOperators.ToStore(type, "x")};\n");
            }

            device.Append("  }\n");
            string element = sum.Axes is null
                ? $"(({computed}*)((char*)p[{scratch}] + {sum.Offset}))[c]"
                : $"{Summing(sum)}<{computed}>(({computed}*)((char*)p[{scratch}] + {sum.Offset}), c, 0)";
            host.Append($"  for (int c = 0; c < {sum.Columns}; c++) (({stored}*)p[{operand}])[c] = {CudaOperators.ToStore(type, element)};\n");
            first += blocks;
        }

        return (device.ToString(), host.ToString(), first);
    }

    private static string Summing(CudaSum sum) => $"sum_values{sum.Store}";

    // The sum of every value over the axes whose stride is 0, for one place along the others.
    private static string SumOfValues(CudaSum sum)
    {
        long[] axes = sum.Axes!, strides = sum.Strides!, steps = new long[axes.Length];
        long step = 1;
        for (int axis = axes.Length - 1; axis >= 0; axis--)
        {
            steps[axis] = step;
            step *= axes[axis];
        }

        // the offset of a position, counted over these axes in row-major order
        string Offset(string position, Func<int, bool> belongs)
        {
            List<string> terms = [];
            long below = 1;
            for (int axis = axes.Length - 1; axis >= 0; axis--)
            {
                if (!belongs(axis))
                    continue;
                terms.Add($"({position} / {below}LL % {axes[axis]}LL) * {steps[axis]}LL");
                below *= axes[axis];
            }

            return terms.Count == 0 ? "0" : string.Join(" + ", terms);
        }

        long summed = axes.Where((_, axis) => strides[axis] == 0).Aggregate(1L, (product, n) => product * n);
        return $$"""
            template <typename T> DEVICE T {{Summing(sum)}}(const T* parts, const long long column, const int slice) {
              T x = 0;
              if (column < {{sum.Columns}}LL) {
                const long long base = {{Offset("column", axis => strides[axis] != 0)}};
                for (long long r = slice; r < {{summed}}LL; r += SLICES) x += parts[base + {{Offset("r", axis => strides[axis] == 0)}}];
              }
              return join_slices(x, slice);
            }

            """;
    }
}
