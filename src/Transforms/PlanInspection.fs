namespace Functional

open System.IO
open System.Text.Json

/// Kernels of a compiled function with the time that each took.
[<Sealed>]
type PlanProfile internal (kernels: KernelTime list) =
    /// Each kernel in the order in which they ran; times are medians of the runs.
    member _.Kernels = kernels

    /// The microseconds of all kernels together.
    member _.Microseconds = kernels |> List.sumBy _.Microseconds

    /// A line a kernel, the slowest first: microseconds, share, GFLOP/s, GB/s and what it computes.
    member me.Table =
        let rate amount (time: float) = if time > 0.0 then amount / time / 1e3 else 0.0
        let total = max me.Microseconds 1e-9

        let line (k: KernelTime) =
            let share = 100.0 * k.Microseconds / total

            sprintf
                "%10.1f  %5.1f %%  %7.1f  %7.1f  %s"
                k.Microseconds
                share
                (rate k.Flops k.Microseconds)
                (rate k.Bytes k.Microseconds)
                k.Kernel

        let lines = kernels |> List.sortByDescending _.Microseconds |> List.map line
        let header = "        us    share  GFLOP/s     GB/s  kernel"
        String.concat "\n" (header :: lines @ [ sprintf "%10.1f  in all" me.Microseconds ])

    /// The run as chrome://tracing, Perfetto and Speedscope read it: JSON in the trace event format.
    member _.Trace =
        use stream = new MemoryStream()

        do
            use writer = new Utf8JsonWriter(stream)
            writer.WriteStartObject()
            writer.WriteStartArray "traceEvents"

            for k in kernels do
                writer.WriteStartObject()
                writer.WriteString("name", k.Kernel)
                writer.WriteString("ph", "X")
                writer.WriteNumber("ts", k.Began)
                writer.WriteNumber("dur", k.Microseconds)
                writer.WriteNumber("pid", 1)
                writer.WriteNumber("tid", 1)
                writer.WriteStartObject "args"
                writer.WriteNumber("flops", k.Flops)
                writer.WriteNumber("bytes", k.Bytes)
                writer.WriteEndObject()
                writer.WriteEndObject()

            writer.WriteEndArray()
            writer.WriteEndObject()

        System.Text.Encoding.UTF8.GetString(stream.ToArray())

    /// Writes `Trace` to a file.
    member me.Save(path: string) = File.WriteAllText(path, me.Trace)

    /// The table.
    override me.ToString() = me.Table

/// Looking at what compiled functions do.
[<AutoOpen>]
module Plans =
    /// Looking at what compiled functions do.
    [<RequireQualifiedAccess>]
    module Plan =
        let private medians (runs: KernelTime list list) =
            let middle (values: float list) = List.sort values |> List.item (values.Length / 2)

            runs
            |> List.transpose
            |> List.mapFold
                (fun start ofOne ->
                    let time = middle (ofOne |> List.map _.Microseconds)
                    { ofOne.Head with Began = start; Microseconds = time }, start + time)
                0.0
            |> fst

        let internal profileSession runs (session: Session) =
            if runs < 1 then
                Fail.argument "Plan.profile" "runs" runs "is not a number of runs; give at least 1."

            session.Run()
            PlanProfile(medians [ for _ in 1..runs -> session.Profile() ])

        /// The number of graphs compiled since the program began. Functions of the same structure and shapes share a plan:
        /// a graph whose plan is still in the cache does not count again.
        let compilations () : int64 = PlanCache.compilations ()

        let private session f (xs: Tensor list) =
            let args = xs |> List.map Jit.elements
            let backend = if args.IsEmpty then Backends.current () else Placement.backendOf args
            let plan = Jit.prepareOn backend f (xs |> List.map _.Signature)
            let session = Jit.sessionOf plan
            args |> Placement.onto "Plan" backend |> List.iteri (fun i x -> session.Set(i, x))
            session

        /// What a compiled function does for arguments of these shapes and types, as text: a line for each kernel, with what it
        /// reads and writes and where in the arena that stands, its floating-point operations and its bytes; then the arena's
        /// size.
        let describe (f: Tensor list -> Tensor list) (xs: Tensor list) : string = (session f xs).Describe()

        /// The time of each kernel of a compiled function on these arguments: medians of this many runs, after one that is not
        /// counted. Fewer than 1 is an error.
        let profile (runs: int) (f: Tensor list -> Tensor list) (xs: Tensor list) : PlanProfile =
            profileSession runs (session f xs)
