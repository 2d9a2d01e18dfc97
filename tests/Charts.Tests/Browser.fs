/// One headless Chromium for all tests; a test that needs it is skipped where none is installed.
module Functional.Charts.Tests.Browser

open System
open System.IO
open Functional
open Expecto

let private shared =
    lazy
        match Chromium.tryFind () with
        | None -> None
        | Some _ ->
            let renderer = ChartRenderer.Start()
            AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> (renderer :> IDisposable).Dispose())
            Some renderer

/// The browser.
let renderer () =
    match shared.Value with
    | Some renderer -> renderer
    | None -> skiptest "No Chromium is installed; FUNCTIONAL_CHROMIUM may name one."

/// The first, the middle and the last frame of an animation.
let private framesOf (figure: Figure) =
    match figure.Frames.Length with
    | 0 -> []
    | count -> List.distinct [ 0; count / 2; count - 1 ]

/// FUNCTIONAL_CHARTS names a folder for pictures of all charts that tests draw, to be looked at.
let private keep (name: string) (figure: Figure) =
    match Environment.GetEnvironmentVariable "FUNCTIONAL_CHARTS" with
    | null
    | "" -> ()
    | folder ->
        Directory.CreateDirectory folder |> ignore
        File.WriteAllBytes(Path.Combine(folder, name + ".png"), renderer().Png(figure, 1.0))

        for frame in framesOf figure do
            File.WriteAllBytes(Path.Combine(folder, $"{name}-{frame}.png"), renderer().FramePng(figure, frame))

/// Draws a chart, of an animation also its first, middle and last frame, and fails where the page complains, or where a text leaves
/// the picture.
let shouldDraw name (figure: Figure) =
    let complaints =
        renderer().Inspect figure
        @ (framesOf figure |> List.collect (fun frame -> renderer().Inspect(figure, frame)))

    keep name figure

    if not complaints.IsEmpty then
        failtest $"""The chart {name} is not drawn well:\n{String.concat "\n" complaints}"""

/// A chart that is drawn well, as a test.
let drawn name (figure: unit -> Figure) =
    testCase $"{name} is drawn whole, without a complaint of the page" (fun () -> shouldDraw name (figure ()))
