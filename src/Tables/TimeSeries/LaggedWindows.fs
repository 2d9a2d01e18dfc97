namespace Functional

open System
open Deedle

/// How samples are cut from a series. Begin with `WindowOptions.defaults`.
type WindowOptions =
    {
        /// How many values in a row a network is given. Default 24.
        Window: int
        /// How many values behind them it is to say. Default 1.
        Horizon: int
        /// How many values lie between the last one given and the first one to be said. Default 0.
        Gap: int
        /// How far the next sample starts behind the one before. Default 1.
        Stride: int
    }

    /// 24 values to say the next one.
    static member defaults = { Window = 24; Horizon = 1; Gap = 0; Stride = 1 }

/// Samples for forecasts: values of a series, and those that follow.
[<RequireQualifiedAccess>]
module LaggedWindows =
    let private starts operation (options: WindowOptions) (rows: int) : int[] =
        let atLeast name (value: int) least =
            if value < least then
                Fail.argument operation name value $"is too small; give {least} or more."

        atLeast "Window" options.Window 1
        atLeast "Horizon" options.Horizon 1
        atLeast "Gap" options.Gap 0
        atLeast "Stride" options.Stride 1
        let needed = options.Window + options.Gap + options.Horizon

        if rows < needed then
            Fail.data
                operation
                $"a sample takes {needed} values in a row, and there are {rows}. Take a smaller window, gap or horizon."

        [| 0 .. options.Stride .. rows - needed |]

    let private checkKnown operation name (values: float[]) =
        match values |> Array.tryFindIndex Double.IsNaN with
        | Some row ->
            Fail.data
                operation
                $"'{name}' misses the value in row {row}. Fill it with TimeSeries.interpolate or on the way with \
                  Frame.fillMissing."
        | None -> ()

    /// Columns [rows] cut into float32 [n; steps; columns], from `offset` rows behind each start on.
    let private cut (starts: int[]) (offset: int) (steps: int) (columns: float[][]) : Tensor =
        let width = columns.Length
        let all = Array.zeroCreate<float32>(starts.Length * steps * width)

        for i in 0 .. starts.Length - 1 do
            for step in 0 .. steps - 1 do
                for j in 0 .. width - 1 do
                    all[(i * steps + step) * width + j] <- float32 (columns[j].[starts[i] + offset + step])

        Tensor.ofArray [ starts.Length; steps; width ] all

    /// Samples of one series of numbers: features float32 [n; window; 1], labels float32 [n; horizon]. A missing value (NaN)
    /// is an error.
    let ofValues (options: WindowOptions) (values: seq<float>) : Dataset =
        let operation = "LaggedWindows.ofValues"
        let values = Array.ofSeq values
        checkKnown operation "the series" values
        let starts = starts operation options values.Length
        let labels = cut starts (options.Window + options.Gap) options.Horizon [| values |]

        Dataset.ofTensors
            (cut starts 0 options.Window [| values |])
            (Tensor.reshape [ starts.Length; options.Horizon ] labels)

    /// Samples of a frame whose rows follow one another in time: features float32 [n; window; k] of all columns, which are of
    /// numbers; labels float32 [n; horizon] of the target column, or [n; horizon; targets] of several.
    let ofFrame (options: WindowOptions) (targets: string list) (frame: Frame<'R, string>) : Dataset =
        let operation = "LaggedWindows.ofFrame"
        let names = Array.ofSeq frame.ColumnKeys

        let columns =
            (names, Array.ofSeq frame.ColumnTypes)
            ||> Array.map2 (fun name columnType ->
                match FrameColumns.tryFloats frame name columnType with
                | Some values ->
                    checkKnown operation name values
                    values
                | None -> Fail.data operation $"column '{name}' is of {columnType.Name} and not of numbers.")

        let target name =
            match Array.IndexOf(names, name) with
            | -1 ->
                let known = String.concat ", " (Array.truncate 20 names)
                Fail.argument operation "targets" $"'{name}'" $"is no column of the frame; there is {known}."
            | i -> columns[i]

        if targets.IsEmpty then
            Fail.argument operation "targets" targets.Length "is no column to be said; name at least one."

        let starts = starts operation options frame.RowCount

        let labels =
            cut starts (options.Window + options.Gap) options.Horizon [| for name in targets -> target name |]

        let labels =
            match targets with
            | [ _ ] -> Tensor.reshape [ starts.Length; options.Horizon ] labels
            | _ -> labels

        Dataset.ofTensors (cut starts 0 options.Window columns) labels

    /// The frame of a series and its earlier and later values, to learn from as from any table: columns `name(t-2)`, `name(t-1)`
    /// for the lags, `name(t)`, `name(t+1)` for the horizon. Rows that miss one of them at the ends are left out.
    let toFrame (lags: int list) (horizon: int) (name: string) (series: Series<'K, float>) : Frame<'K, string> =
        let operation = "LaggedWindows.toFrame"

        match lags |> List.tryFind (fun lag -> lag < 1) with
        | Some lag -> Fail.argument operation "lags" lag "is no earlier value; give 1 or more."
        | None -> ()

        if horizon < 1 then
            Fail.argument operation "horizon" horizon "is too small; give 1 or more."

        let keys = Array.ofSeq series.Keys
        let known, isKnown = FrameColumns.valuesOf series.Vector

        let values =
            match isKnown with
            | None -> known
            | Some isKnown -> Array.map2 (fun value there -> if there then value else nan) known isKnown

        let first = if lags.IsEmpty then 0 else List.max lags
        let rows = values.Length - first - horizon + 1

        if rows < 1 then
            Fail.data operation $"a row takes {first + horizon} values, and there are {values.Length}."

        let shifts =
            [| for lag in List.sortDescending (List.distinct lags) -> -lag
               for step in 0 .. horizon - 1 -> step |]

        let title shift =
            if shift = 0 then $"{name}(t)"
            elif shift > 0 then $"{name}(t+{shift})"
            else $"{name}(t{shift})"

        let column shift = Vector.ofValues (Array.sub values (first + shift) rows) :> IVector
        Frames.ofVectorsBy (Array.map title shifts) (Array.sub keys first rows) (Array.map column shifts)
