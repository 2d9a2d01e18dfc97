module Functional.Charts.Tests.FigureTests

open System
open Functional
open Functional.Tests
open Functional.Charts.Tests.Browser
open Newtonsoft.Json.Linq
open XPlot.Plotly
open Expecto

let private scatter () =
    Scatter(x = [| 1.0; 2.0; 3.0 |], y = [| 4.0; nan; infinity |], mode = "lines+markers", name = "a")

let private hostile = "\"q\" 'a' </script><b>bold</b> <!-- &lt; \\ 😀\nsecond %{x} \u2028"

/// How colours are seen: all of them, without red, without green (Machado, Oliveira and Fernandes 2009, severity 1).
let private sights =
    [ "full sight", [| [| 1.0; 0.0; 0.0 |]; [| 0.0; 1.0; 0.0 |]; [| 0.0; 0.0; 1.0 |] |]
      "protanopia",
      [| [| 0.152286; 1.052583; -0.204868 |]
         [| 0.114503; 0.786281; 0.099216 |]
         [| -0.003882; -0.048116; 1.051998 |] |]
      "deuteranopia",
      [| [| 0.367322; 0.860646; -0.227968 |]
         [| 0.280085; 0.672501; 0.047413 |]
         [| -0.011820; 0.042940; 0.968881 |] |] ]

let private times (matrix: float[][]) (v: float[]) = matrix |> Array.map (Array.map2 (*) v >> Array.sum)

/// The CIELAB of a colour, seen through a matrix of linear RGB.
let private lab matrix (color: string) =
    let linear (c: float) = if c <= 0.04045 then c / 12.92 else ((c + 0.055) / 1.055) ** 2.4
    let channel i = float (Convert.ToInt32(color.Substring(i, 2), 16)) / 255.0

    let xyz =
        [| channel 1; channel 3; channel 5 |]
        |> Array.map linear
        |> times matrix
        |> Array.map (fun c -> Math.Clamp(c, 0.0, 1.0))
        |> times
            [| [| 0.4124564; 0.3575761; 0.1804375 |]
               [| 0.2126729; 0.7151522; 0.0721750 |]
               [| 0.0193339; 0.1191920; 0.9503041 |] |]

    let f =
        Array.map2 (/) xyz [| 0.95047; 1.0; 1.08883 |]
        |> Array.map (fun t -> if t > 0.008856 then Math.Cbrt t else 7.787 * t + 16.0 / 116.0)

    [| 116.0 * f[1] - 16.0; 500.0 * (f[0] - f[1]); 200.0 * (f[1] - f[2]) |]

let private distance matrix a b =
    Array.map2 (fun x y -> (x - y) ** 2.0) (lab matrix a) (lab matrix b) |> Array.sum |> sqrt

let private json (figure: Figure) = JObject.Parse(figure.ToJson())

let private at (path: string) (o: JObject) = o.SelectToken path

[<Tests>]
let tests =
    [ testCase "colours of classes are apart, to people who see no red or no green as well" (fun () ->
          Expect.equal Palette.qualitative.Length 12 "twelve"
          let apart colors = List.allPairs colors colors |> List.filter (fun (a, b) -> a <> b)

          for sight, matrix in sights do
              for a, b in apart Palette.qualitative do
                  // 2.3 is the least difference that is seen
                  let d = distance matrix a b
                  Expect.isGreaterThan d 17.0 $"{a} and {b} in {sight}"

              for color in Palette.qualitative do
                  Expect.isGreaterThan (distance matrix color "#FFFFFF") 17.0 $"{color} on white in {sight}")

      testCase "96 classes differ in colour or symbol" (fun () ->
          let marks = [ for i in 0..95 -> Palette.color i, Palette.symbol i ]
          Expect.equal (List.distinct marks).Length 96 "")

      testCase "the slider of a long animation is marked, and its labels do not meet" (fun () ->
          let figure =
              Chart.ofTraces [ scatter () ]
              |> Chart.animate [ for i in 0..199 -> AnimationFrame.create $"epoch {i}" [ scatter () ] ]

          let script =
              "return [...gd.querySelectorAll('.slider-labels text')].map(t => t.getBoundingClientRect()).flatMap(b => [b.left, b.right]);"

          let edges: float[] = renderer().Probe(figure, script)
          Expect.isGreaterThan edges.Length 9 "several labels"
          Expect.equal (Array.sort edges) edges "side by side"

          let marks: int =
              renderer()
                  .Probe(figure, "return gd.querySelectorAll('.slider-ticks rect, rect.slider-tick-rect').length;")

          Expect.isGreaterThan marks 4 "marks")

      testCase "numbers that are not finite are null, in arrays of any kind" (fun () ->
          let mixed = Heatmap(z = array2D [ [ 1.0; nan ]; [ -infinity; 2.0 ] ], y = [ 1.0; nan ])
          let read = Chart.ofTraces [ scatter () :> Trace; mixed; Bar(y = [| 1.5f; Single.NaN |]) ] |> json
          Expect.equal (string (at "data[0].y" read)) (string (JArray.Parse "[4, null, null]")) ""
          Expect.equal (string (at "data[1].z" read)) (string (JArray.Parse "[[1.0, null], [null, 2.0]]")) ""
          Expect.equal (string (at "data[1].y" read)) (string (JArray.Parse "[1.0, null]")) ""
          Expect.equal (string (at "data[2].y" read)) (string (JArray.Parse "[1.5, null]")) "")

      law "numbers go to JSON and back to the same bits" (fun (values: float[]) ->
          let read = Chart.ofTraces [ Scatter(y = values) ] |> json |> at "data[0].y"
          let back = [| for value in read -> if value.Type = JTokenType.Null then nan else value.Value<float>() |]
          let finite = values |> Array.map (fun value -> if Double.IsFinite value then value else nan)
          Array.forall2 (fun (a: float) b -> a.Equals b) finite back)

      testCase "a chart is XPlot's own again, with the same traces and layout" (fun () ->
          let figure =
              Chart.ofTraces [ scatter () ]
              |> Chart.withTitle "T"
              |> Chart.withXTitle "x"
              |> Chart.withSize 700 400

          match figure.Traces with
          | [ :? Scatter as trace ] -> Expect.equal (trace.name, trace.mode) ("a", "lines+markers") ""
          | other -> failtest $"%A{other}"

          Expect.equal figure.Layout.title "T" ""
          let chart = Chart.toXPlot figure
          chart.WithTitle "Changed"
          let script = chart.GetPlottingJS()
          Expect.stringContains script "\"lines+markers\"" ""
          Expect.stringContains script "Changed" ""
          Expect.isFalse (script.Contains "NaN") ""
          Expect.equal (chart.Width, chart.Height) (700, 400) "")

      testCase "attributes that XPlot does not know survive" (fun () ->
          let violin = Traces.ofType "violin" [ "y", box [| 1.0; 2.0 |]; "box.visible", box true ]
          let styled = scatter () |> Traces.extend [ "marker.line.width", box 2; "hovertemplate", box "%{y}" ]

          let figure =
              Chart.ofTraces [ violin; styled ] |> Chart.withLayoutValues [ "xaxis3.domain", box [| 0.0; 0.5 |] ]

          let read = json figure
          Expect.equal (string (at "data[0].type" read)) "violin" ""
          Expect.isTrue ((at "data[0].box.visible" read).Value<bool>()) ""
          Expect.equal ((at "data[1].marker.line.width" read).Value<int>()) 2 ""
          let again = Chart.ofTraces figure.Traces |> Chart.withLayout figure.Layout
          Expect.isTrue (JToken.DeepEquals(at "data" (json again), at "data" read)) "traces"
          Expect.isTrue (JToken.DeepEquals(at "layout.xaxis3" (json again), at "layout.xaxis3" read)) "layout"
          Expect.stringContains ((Chart.toXPlot figure).GetPlottingJS()) "violin" "")

      testCase "changing an object of XPlot's afterwards does not change the chart" (fun () ->
          let trace = scatter ()
          let figure = Chart.ofTraces [ trace ]
          let before = figure.ToJson()
          trace.name <- "other"
          Expect.equal (figure.ToJson()) before "")

      testCase "no trace is an error" (fun () ->
          let error = Expect.throwsC (fun () -> Chart.ofTraces ([]: Trace list) |> ignore) id
          Expect.stringContains error.Message "give one at least" "")

      testCase "a page keeps hostile text as text" (fun () ->
          let figure =
              Chart.ofTraces [ Bar(x = [ PlotText.literal hostile ], y = [ 1.0 ]) ]
              |> Chart.withTitle hostile
              |> Chart.withXTitle hostile

          let page = figure |> Chart.toHtmlFrom Cdn
          Expect.equal (page.Split("</script>").Length - 1) 2 "two scripts end"
          shouldDraw "hostile text" figure

          let shown: string = renderer().Probe(figure, "return gd.querySelector('.gtitle').textContent;")

          // invisible spaces keep entities and templates from being read as such
          Expect.stringContains (shown.Replace("\u200b", "")) "</script><b>bold</b> <!-- &lt; \\ 😀" ""
          let bold: int = renderer().Probe(figure, "return gd.querySelectorAll('[style*=bold]').length;")
          Expect.equal bold 0 "")

      testCase "a page with plotly.js inside asks for nothing and draws" (fun () ->
          let page = Chart.ofTraces [ scatter () ] |> Chart.toHtml
          Expect.isFalse (page.Contains "<script src") ""

          let drawn, complaints =
              renderer().Open(page, 1000, "return document.querySelectorAll('.scatterlayer .trace').length;", None)

          Expect.equal (drawn, complaints) (1, []) "")

      testCase "without a Chromium the error says how to get one, or which name leads nowhere" (fun () ->
          let says expected find =
              let error = Expect.throwsC (fun () -> find () |> Chromium.demand "Chart.savePng" |> ignore) id
              Expect.isTrue (error :? FunctionalException) ""
              Expect.stringContains error.Message expected ""

          says "install chromium" (fun () -> Chromium.tryFindIn "" "/nowhere" [])
          says "/nowhere/chromium" (fun () -> Chromium.tryFindIn "/nowhere/chromium" "" []))

      testCase "a program that is no browser is a clear error" (fun () ->
          let error = Expect.throwsC (fun () -> Chromium.startAt "/bin/false" |> ignore) id
          Expect.isTrue (error :? FunctionalException) $"{error}"
          Expect.stringContains error.Message "does not start as a browser" "")

      drawn "lines with a gap" (fun () -> Chart.ofTraces [ scatter () ] |> Chart.withTitle "Lines") ]
    |> testList "Figure"
