namespace Functional

open System
open System.Diagnostics
open System.Globalization
open System.IO

/// How far a training run is.
[<Sealed>]
type ProgressReport
    internal (epoch: int, epochs: int, batch: int, batches: int option, values: Lazy<(string * float) list>) =
    /// The number of the epoch, from 1.
    member _.Epoch = epoch

    /// How many epochs there are to be.
    member _.Epochs = epochs

    /// How many batches of this epoch are done.
    member _.Batch = batch

    /// How many batches the epoch has, where it is known.
    member _.Batches = batches

    /// The loss and the metrics so far in this epoch; after its last batch, what else was written down of it.
    member _.Values = values.Value

/// An event of a training run.
[<RequireQualifiedAccess>]
type ProgressEvent =
    /// An epoch begins.
    | EpochBegins of ProgressReport
    /// A batch is done.
    | BatchEnds of ProgressReport
    /// An epoch is done, validation included.
    | EpochEnds of ProgressReport
    /// Something a user should read: that training stops early, or why.
    | Message of string

/// Where a training run tells how far it is.
type Progress =
    {
        /// Called when a run begins; what it gives takes the events of that run.
        Start: unit -> ProgressEvent -> unit
    }

/// The text of Keras's progress bar.
module internal ProgressText =
    let private invariant = CultureInfo.InvariantCulture

    /// Four decimals; below 0.001 in scientific notation.
    let number (value: float) =
        if Double.IsNaN value then
            "nan"
        elif Double.IsInfinity value then
            if value > 0.0 then "inf" else "-inf"
        elif abs value > 1e-3 || value = 0.0 then
            value.ToString("F4", invariant)
        else
            value.ToString("0.0000e+00", invariant)

    let values (values: (string * float) list) =
        values |> List.map (fun (name, value) -> $" - {name}: {number value}") |> String.concat ""

    /// 45s, 2:05, 1:02:05
    let duration (time: TimeSpan) =
        let seconds = int64 time.TotalSeconds

        if seconds >= 3600L then
            sprintf "%d:%02d:%02d" (seconds / 3600L) (seconds % 3600L / 60L) (seconds % 60L)
        elif seconds >= 60L then
            sprintf "%d:%02d" (seconds / 60L) (seconds % 60L)
        else
            $"{seconds}s"

    /// 2s/step, 4ms/step, 12us/step
    let perStep (time: TimeSpan) (steps: int) =
        let seconds = time.TotalSeconds / float (max 1 steps)

        let text (value: float) = value.ToString("F0", invariant)

        if seconds >= 1.0 || seconds = 0.0 then text seconds + "s/step"
        elif seconds >= 1e-3 then text (seconds * 1e3) + "ms/step"
        else text (seconds * 1e6) + "us/step"

    let private width = 20

    /// 12/94 and the bar. A done bar has no tip.
    let private knownBar (batch: int) (batches: int) =
        let count = (string batch).PadLeft((string batches).Length)
        let full = if batches = 0 then width else int (int64 width * int64 batch / int64 batches)

        let line =
            if full >= width then
                String('━', width)
            else
                String('━', full) + "╺" + String('━', width - full - 1)

        $"{count}/{batches} {line}"

    /// The bar of an epoch; without a bar where it is not known how many batches there are.
    let bar (batch: int) (batches: int option) =
        match batches with
        | Some batches -> knownBar batch batches
        | None -> $"{batch}/Unknown"

    /// The time that is left, where it is known how many batches there are.
    let left (spent: TimeSpan) (batch: int) (batches: int option) =
        match batches with
        | Some batches -> " " + duration (spent * (float (batches - batch) / float (max 1 batch)))
        | None -> ""

/// The progress of one run on a writer: a bar on a terminal, redrawn at most every 0.05 seconds, and elsewhere one line an
/// epoch.
[<Sealed>]
type internal ProgressBar(writer: TextWriter, isTerminal: bool, clock: unit -> TimeSpan) =
    let mutable began = TimeSpan.Zero
    let mutable drawn = TimeSpan.MinValue
    let mutable length = 0

    let draw (line: string) =
        writer.Write("\r" + line.PadRight length)
        writer.Flush()
        length <- line.Length

    let begin' (r: ProgressReport) =
        began <- clock ()
        drawn <- TimeSpan.MinValue
        length <- 0

        if isTerminal then
            writer.WriteLine $"Epoch {r.Epoch}/{r.Epochs}"

    let drawBatch (r: ProgressReport) =
        let now = clock ()

        if isTerminal && (drawn = TimeSpan.MinValue || now - drawn >= TimeSpan.FromSeconds 0.05) then
            drawn <- now
            let spent = now - began

            draw (
                ProgressText.bar r.Batch r.Batches
                + $"{ProgressText.left spent r.Batch r.Batches} {ProgressText.perStep spent r.Batch}"
                + ProgressText.values r.Values
            )

    let finish (r: ProgressReport) =
        let spent = clock () - began
        let times = $"{ProgressText.duration spent} {ProgressText.perStep spent r.Batch}"

        if isTerminal then
            draw (ProgressText.bar r.Batch r.Batches + $" {times}" + ProgressText.values r.Values)
            writer.WriteLine()
        else
            writer.WriteLine($"Epoch {r.Epoch}/{r.Epochs} - {times}" + ProgressText.values r.Values)

        writer.Flush()

    /// Shows an event.
    member _.Show(event: ProgressEvent) : unit =
        match event with
        | ProgressEvent.EpochBegins r -> begin' r
        | ProgressEvent.BatchEnds r -> drawBatch r
        | ProgressEvent.EpochEnds r -> finish r
        | ProgressEvent.Message text ->
            writer.WriteLine text
            writer.Flush()

/// Ways to tell how far a training run is.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Progress =
    /// Tells nothing: the default.
    let none: Progress = { Start = fun () -> ignore }

    /// Calls a function with every event of a run, on the thread that trains.
    let custom (f: ProgressEvent -> unit) : Progress =
        let call event =
            match event with
            | ProgressEvent.EpochBegins r
            | ProgressEvent.BatchEnds r
            // a report that is kept shows what it showed
            | ProgressEvent.EpochEnds r -> ignore r.Values
            | ProgressEvent.Message _ -> ()

            f event

        { Start = fun () -> call }

    /// The bar on a terminal, redrawn at most every 0.05 seconds, and elsewhere one line an epoch. `clock` gives the
    /// time since some fixed moment.
    let internal barOn (writer: TextWriter) (isTerminal: bool) (clock: unit -> TimeSpan) : Progress =
        { Start = fun () -> ProgressBar(writer, isTerminal, clock).Show }

    /// Keras's progress bar on the console: `12/94 ━━━━╺━━━━ 3s 4ms/step - accuracy: 0.9123 - loss: 0.3010` with the
    /// time left, and with the time spent at the end of an epoch. Where the output is not a terminal, one plain line an
    /// epoch.
    let bar: Progress =
        { Start =
            fun () ->
                let watch = Stopwatch.StartNew()
                (barOn Console.Out (not Console.IsOutputRedirected) (fun () -> watch.Elapsed)).Start() }

    /// One plain line an epoch, and the messages, to any writer.
    let lines (writer: TextWriter) : Progress =
        { Start =
            fun () ->
                let watch = Stopwatch.StartNew()
                (barOn writer false (fun () -> watch.Elapsed)).Start() }
