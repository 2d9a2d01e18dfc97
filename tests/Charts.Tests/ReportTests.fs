module Functional.Charts.Tests.ReportTests

open System
open System.IO
open Functional
open Functional.Charts.Tests.Browser
open Microsoft.DotNet.Interactive.Formatting
open XPlot.Plotly
open Expecto

let private run =
    lazy
        let train, test = Dataset.iris () |> Dataset.splitStratified 0.3 (Key.ofInt 1)

        let run =
            Learn.fit
                { Fit.defaults with
                    Loss = Loss.sparseCategoricalCrossentropy
                    Metrics = [ Metric.accuracy ]
                    Epochs = 12
                    ValidationSplit = 0.2 }
                (dense 16 --> relu --> dense 3 --> softmax)
                train
                (Key.ofInt 1)

        train, run, run.Model |> Model.evaluate test

let private report () =
    let train, run, evaluation = run.Value

    Report.create "Irises & <b>petals</b>"
    |> Report.withSubtitle "27 November 2026"
    |> Report.addDataset train
    |> Report.addModel run.Model
    |> Report.addHistory run.History
    |> Report.addEvaluation evaluation
    |> Report.addSection "Charts </script>"
    |> Report.addText "Text with \"quotes\", </p><script>alert(1)</script> and 😀."
    |> Report.addPreformatted "a  b\n<i>c</i>"
    |> Report.addTable [ "name"; "value" ] [ [ "<x>"; "1.5" ]; [ "y"; "20 %" ] ]
    |> Report.addChart "How values lie" (Chart.histogram [ 1.0; 2.0; 2.0; 3.0 ])

let private state =
    "return { charts: [...document.querySelectorAll('.chart')].filter(c => c.querySelector('svg.main-svg')).length,\
      sections: [...document.querySelectorAll('section h2')].map(h => h.textContent),\
      links: [...document.querySelectorAll('nav a')].every(a => document.querySelector(a.getAttribute('href'))),\
      scripts: document.scripts.length, title: document.querySelector('h1').textContent,\
      text: document.querySelector('main').innerText, wide: document.documentElement.scrollWidth }"

[<CLIMutable>]
type State =
    { charts: int
      sections: string[]
      links: bool
      scripts: int
      title: string
      text: string
      wide: int }

let private picture name =
    match Environment.GetEnvironmentVariable "FUNCTIONAL_CHARTS" with
    | null
    | "" -> None
    | folder ->
        Directory.CreateDirectory folder |> ignore
        Some(Path.Combine(folder, name + ".png"))

[<Tests>]
let tests =
    [ testCase "a report is one page that draws all its charts, without a complaint, its text as it stands" (fun () ->
          let page = report () |> Report.toHtml
          let state, complaints = renderer().Open(page, 1200, state, picture "report")
          Expect.isEmpty complaints ""
          Expect.equal state.charts 3 "curves, confusion matrix, histogram"
          Expect.equal state.sections [| "Data"; "Model"; "Training"; "Evaluation"; "Charts </script>" |] ""
          Expect.isTrue state.links "contents lead to sections"
          Expect.equal state.scripts 4 "plotly.js once, and one a chart"
          Expect.equal state.title "Irises & <b>petals</b>" ""
          Expect.stringContains state.text "</p><script>alert(1)</script> and 😀." ""
          Expect.stringContains state.text "Total params: 131" ""
          Expect.isLessThanOrEqual state.wide 1200 "nothing is wider than the page")

      testCase "a report fits a narrow page" (fun () ->
          let state, complaints = renderer().Open(report () |> Report.toHtml, 500, state, picture "report narrow")
          Expect.isEmpty complaints ""
          Expect.isLessThanOrEqual state.wide 500 "")

      testCase "a report is a value" (fun () ->
          let before = Report.create "a" |> Report.addText "first"
          let after = before |> Report.addText "second"
          Expect.isFalse ((Report.toHtml before).Contains "second") ""
          Expect.stringContains (Report.toHtml after) "second" "")

      testCase "a report without charts holds no plotly.js" (fun () ->
          Expect.isLessThan (Report.create "a" |> Report.addText "b" |> Report.toHtml).Length 10000 "")

      testCase "a report is saved whole" (fun () ->
          let folder = Directory.CreateTempSubdirectory().FullName
          let path = Path.Combine(folder, "report.html")
          let text = Report.create "a" |> Report.withSubtitle "" |> Report.addText "b"
          Report.save path text
          Expect.equal (File.ReadAllText path) (Report.toHtml text) ""
          Expect.equal (Directory.GetFiles folder) [| path |] ""
          Directory.Delete(folder, true))

      testCase "notebooks show charts and reports, found by the names of their formatters" (fun () ->
          let figure = Chart.ofTraces [ Scatter(y = [ 1; 2 ], name = "from a cell") ]
          Expect.equal (List.ofSeq (Formatter.GetPreferredMimeTypesFor(typeof<Figure>))) [ "text/html" ] ""
          let shown = figure.ToDisplayString "text/html"
          Expect.stringContains shown "from a cell" ""

          let drawn =
              "await new Promise(done => setTimeout(done, 500)); return document.querySelectorAll('.scatterlayer .trace').length;"
          // whichever cell comes first in the process brings plotly.js
          let library = "<script>" + PlotlyScript.text () + "</script>"

          let count: int * string list =
              renderer().Open("<!DOCTYPE html><html><body>" + library + shown + "</body></html>", 900, drawn, None)

          Expect.equal count (1, []) ""
          let text = Report.create "In a notebook" |> Report.addText "b"
          Expect.stringContains (text.ToDisplayString "text/html") "In a notebook" "")

      testCase "notebooks show frames as tables once they are told to" (fun () ->
          let frame = Frame.ofTensor [ "size" ] (Tensor.ofFloat64Array [ 2; 1 ] [| 1.5; 2.5 |])
          // the formatting is there from the first value that is shown
          Expect.isNotEmpty ((1).ToDisplayString "text/html") ""
          Expect.isTrue (Notebook.showFrames ()) ""
          Expect.equal (frame.ToDisplayString "text/html") (Frame.toHtml frame) "")

      testCase "notebooks show the description of a frame as tables" (fun () ->
          let frame =
              Frame.ofTensor [ "<size>" ] (Tensor.ofFloat64Array [ 2; 1 ] [| 1.5; 2.5 |])
              |> Deedle.Frame.addCol "kind" (Deedle.Series([ 0; 1 ], [ "a"; "b" ]))

          let shown = (Frame.describe frame).ToDisplayString "text/html"
          Expect.stringContains shown "<th>&lt;size&gt;</th><td class=\"n\">Double</td>" "encoded"
          Expect.stringContains shown "<td class=\"n\">2.00000</td>" "the mean"
          Expect.stringContains shown "2 rows, 2 columns" "how large"
          Expect.equal (shown.Split("<table").Length - 1) 2 "numbers and words")

      testCase "a report describes a frame" (fun () ->
          let frame = Frame.ofTensor [ "<size>" ] (Tensor.ofFloat64Array [ 2; 1 ] [| 1.5; 2.5 |])
          let page = Report.create "Frame" |> Report.addFrame frame |> Report.toHtml
          Expect.stringContains page "&lt;size&gt;" ""
          Expect.stringContains page "2.5" "")

      testCase "the first cell of a notebook brings plotly.js, also beside a loader of modules" (fun () ->
          let json = Figure.json (Chart.ofTraces [ Scatter(y = [ 1; 2 ]) ])

          let loader =
              "<script>window.define = function () { throw new Error('caught'); }; window.define.amd = true;</script>"
          // the first of the process is told by a counter; both are drawn here in their order
          let cells = [ for _ in 1..2 -> Drawing.inNotebook 400 300 json ]

          let cells =
              if cells[0].Length > 1_000_000 then
                  cells
              else
                  $"<script>(function (define, module, exports) {{{PlotlyScript.text ()}}}).call(window);</script>"
                  :: cells

          let drawn =
              "await new Promise(done => setTimeout(done, 700)); return document.querySelectorAll('.scatterlayer .trace').length;"

          let page = "<!DOCTYPE html><html><body>" + loader + String.concat "\n" cells + "</body></html>"
          let count: int * string list = renderer().Open(page, 900, drawn, None)
          Expect.equal count (2, []) "") ]
    |> testList "Reports"
