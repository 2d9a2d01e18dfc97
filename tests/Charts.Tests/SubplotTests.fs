module Functional.Charts.Tests.SubplotTests

open System.Text
open Functional
open Functional.Charts.Tests.Browser
open Newtonsoft.Json.Linq
open XPlot.Plotly
open Expecto

let private line name =
    Chart.ofTraces [ Scatter(x = [ 1; 2; 3 ], y = [ 1; 3; 2 ], name = name) ]
    |> Chart.withTitle $"Title of {name}"
    |> Chart.withXTitle "epochs"
    |> Chart.withYTitle "loss"

let private heat () =
    Chart.ofTraces
        [ Heatmap(z = [| [| 1.0; 2.0 |]; [| 3.0; 4.0 |] |], x = [ "long name a"; "long name b" ], y = [ "c"; "d" ]) ]
    |> Chart.withTitle "Heat"

let private round () =
    Chart.ofTraces [ Pie(labels = [ "a"; "b" ], values = [ 1; 2 ]) ] |> Chart.withTitle "Pie"

let private surface () =
    Chart.ofTraces [ Surface(z = [| [| 1.0; 2.0; 1.0 |]; [| 3.0; 4.0; 2.0 |]; [| 1.0; 2.0; 0.0 |] |]) ]
    |> Chart.withTitle "Surface"

let private frames () =
    [ for i in 1..4 -> AnimationFrame.create $"{i}" [ Scatter(x = [ 1; 2; 3 ], y = [ i; i * i; 3 ]) ] ]

let private moving () =
    Chart.ofTraces [ Scatter(x = [ 1; 2; 3 ], y = [ 1; 1; 3 ], name = "s") ]
    |> Chart.withTitle "Moves"
    |> Chart.withXTitle "x axis"
    |> Chart.withLayoutValues [ "yaxis.range", box [| 0; 17 |] ]
    |> Chart.animateWith { AnimationOptions.defaults with Prefix = "Epoch " } (frames ())

[<Tests>]
let tests =
    [ drawn "subplots" (fun () -> Chart.subplots 2 [ line "a"; line "a"; heat (); round (); surface (); line "b" ])

      drawn "nested subplots" (fun () -> Chart.subplots 2 [ Chart.subplots 2 [ line "a"; heat () ]; line "c" ])

      drawn "an animation" moving

      testCase "each chart of subplots has axes of its own" (fun () ->
          let figure = Chart.subplots 2 [ line "a"; line "b"; line "c" ]
          let read = JObject.Parse(figure.ToJson())
          let axes = [ for trace in read["data"] -> string trace["xaxis"], string trace["yaxis"] ]
          Expect.equal axes [ "x", "y"; "x2", "y2"; "x3", "y3" ] ""
          Expect.equal (string read["layout"].["xaxis2"].["anchor"]) "y2" "")

      testCase "an animation plays in the page" (fun () ->
          let last: float[] =
              renderer()
                  .Probe(
                      moving (),
                      "await Plotly.animate(gd, ['4'], { mode: 'immediate', frame: { duration: 0 } }); return gd.data[0].y;"
                  )

          Expect.equal last [| 4.0; 16.0; 3.0 |] "")

      testCase "a GIF has as many frames as the animation, at its size" (fun () ->
          let gif = renderer().Gif(moving (), 100, 0.5)
          Expect.equal (Encoding.ASCII.GetString(gif, 0, 6)) "GIF89a" ""
          Expect.equal (int gif[6] + 256 * int gif[7], int gif[8] + 256 * int gif[9]) (450, 295) ""

          let controls =
              gif
              |> Array.windowed 3
              |> Array.filter (fun bytes -> bytes = [| 0x21uy; 0xF9uy; 4uy |])
              |> Array.length

          Expect.equal controls 4 ""

          match System.Environment.GetEnvironmentVariable "FUNCTIONAL_CHARTS" with
          | null -> ()
          | folder -> System.IO.File.WriteAllBytes(folder + "/moving.gif", gif))

      testCase "a PNG has the chart's size times the scale, and SVG its texts" (fun () ->
          let figure = line "a" |> Chart.withSize 300 200
          let png = renderer().Png(figure, 2.0)

          let number at =
              (int png[at] <<< 24) + (int png[at + 1] <<< 16) + (int png[at + 2] <<< 8) + int png[at + 3]

          Expect.equal (number 16, number 20) (600, 400) ""
          let svg = renderer().Svg figure
          Expect.stringStarts svg "<svg" ""
          Expect.stringContains svg "Title of a" "")

      testCase "frames that do not fit the chart are errors" (fun () ->
          let refuses frames expected =
              let error = Expect.throwsC (fun () -> line "a" |> Chart.animate frames |> ignore) id
              Expect.stringContains error.Message expected ""

          refuses [] "give one at least"
          let frame = AnimationFrame.create "1" [ Scatter(y = [ 1 ]) ]
          refuses [ frame; frame ] "two frames"
          refuses [ { frame with Replaced = [ 1 ] } ] "trace 1 of a chart of 1 traces") ]
    |> testList "Subplots"
