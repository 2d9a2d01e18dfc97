module Functional.Charts.Tests.DataChartTests

open System
open Deedle
open Functional
open Functional.Tests
open Functional.Charts.Tests.Browser
open Newtonsoft.Json.Linq
open Expecto

let private json (figure: Figure) = JObject.Parse(figure.ToJson())
let private numbersAt (path: string) figure = [| for value in (json figure).SelectToken path -> value.Value<float>() |]

let private wave = [| for i in 0..60 -> sin (float i / 6.0) |]
let private normal seed n = Random.normal (Key.ofInt seed) [ n ] |> Tensor.toFloat64Array
let private iris = Dataset.iris ()
let private irisFrame = iris.Features |> Frame.ofTensor iris.FeatureNames

let private irisClasses = [| for label in Tensor.toInts iris.Labels -> iris.ClassNames[label] |]

let private irisWithClass = irisFrame |> Frame.addCol "class" (Series.ofValues irisClasses)

let private longNames =
    [ "a category with a rather long name"; "b"; "another one that is long as well"; "2020"; "b" ]

let private digits = Dataset.digits ()
let private digitImages = Tensor.reshape [ -1; 8; 8 ] digits.Features
let private first n (x: Tensor) = Tensor.sliceAxis 0 0 n 1 x
let private tensorOf (values: int list) = Tensor.ofInts [ values.Length ] (List.toArray values)

/// Six images [16; 16; 3], brighter to the lower right in one channel.
let private colors =
    [| for n in 0..5 do
           for y in 0..15 do
               for x in 0..15 do
                   for c in 0..2 -> if c = n % 3 then float (x * y) / 225.0 else 0.2 |]
    |> Tensor.ofFloat64Array [ 6; 16; 16; 3 ]

let private dates = [| for i in 0..60 -> DateTime(2024, 1, 1).AddDays(float (7 * i)) |]

let private forecast =
    { Forecast.create wave[..47] wave[48..59] with
        Window = 24
        Actual = wave[48..59] |> Array.map (fun value -> value + 0.1)
        Lower = wave[48..59] |> Array.map (fun value -> value - 0.2)
        Upper = wave[48..59] |> Array.map (fun value -> value + 0.2) }

let private withOutliers = Array.append (normal 1 200) [| 4.1; 4.3; -4.0; 9.0; 11.0 |]

let private drawings =
    [ "line",
      (fun () -> Chart.line [ 1.0; 2.0; 3.0; 4.0 ] [ 1.0; nan; 2.0; 3.0 ] |> Chart.withTitle "A line with a gap")
      "lines",
      fun () ->
          let many = [ for i in 0..10 -> $"series {i}", wave |> Array.map (fun value -> value + float i) ]
          Chart.lines [ 0.0 .. 60.0 ] many |> Chart.withXTitle "step" |> Chart.withYTitle "value"
      "time series", (fun () -> Chart.timeSeries dates [ "level", wave; "other", Array.map cos wave ])
      "scatter", (fun () -> Chart.scatter (normal 1 300) (normal 2 300) |> Chart.withTitle "Points")
      "scatter of many points", (fun () -> Chart.scatter (normal 1 30000) (normal 2 30000))
      "scatter by class",
      fun () ->
          Chart.scatterByClass
              irisClasses
              (irisFrame.GetColumn<float>(iris.FeatureNames[0]).Values)
              (irisFrame.GetColumn<float>(iris.FeatureNames[2]).Values)
          |> Chart.withTitle "Iris"
          |> Chart.withXTitle iris.FeatureNames[0]
          |> Chart.withYTitle iris.FeatureNames[2]
      "bar",
      (fun () ->
          Chart.bar longNames [ 3.0; 1.0; -2.0; nan; 4.0 ]
          |> Chart.withTitle "Bars"
          |> Chart.withYTitle "how many")
      "bars grouped",
      (fun () -> Chart.bars BarMode.Grouped [ "q1"; "q2"; "q3" ] [ "a", [ 1.0; 2.0; 3.0 ]; "b", [ 2.0; 1.0; 4.0 ] ])
      "bars stacked",
      (fun () -> Chart.bars BarMode.Stacked [ "q1"; "q2"; "q3" ] [ "a", [ 1.0; 2.0; 3.0 ]; "b", [ 2.0; 1.0; 4.0 ] ])
      "horizontal bar",
      (fun () -> Chart.horizontalBar longNames [ 3.0; 1.0; 2.0; 2.5; 4.0 ] |> Chart.withXTitle "importance")
      "pie", (fun () -> Chart.pie longNames [ 30.0; 10.0; 25.0; 2.0; 1.0 ] |> Chart.withTitle "Shares")
      "histogram", (fun () -> Chart.histogram (normal 3 1000) |> Chart.withTitle "Normal" |> Chart.withXTitle "value")
      "histograms",
      (fun () -> Chart.histograms [ "first", normal 3 500; "second", normal 4 800 |> Array.map (fun x -> x + 2.0) ])
      "box plots",
      (fun () ->
          Chart.boxPlots
              [ "with outliers", withOutliers
                "without", [| 1.0..0.1..3.0 |]
                "a longer name here", normal 5 300 ])
      "violins",
      (fun () -> Chart.violins [ "first", normal 3 500; "second", normal 4 800 |> Array.map (fun x -> x + 2.0) ])
      "heatmap",
      (fun () ->
          Chart.heatmap [ "r1"; "r2 longer name" ] [ "a"; "b"; "c" ] (array2D [ [ 1.0; 2.0; nan ]; [ 4.0; 5.0; 6.0 ] ]))
      "correlation", (fun () -> Chart.correlation irisFrame |> Chart.withTitle "Correlations of iris")
      "correlation of columns with long names",
      fun () ->
          let names =
              [ "alcohol"; "malic_acid"; "ash"; "alcalinity_of_ash"; "magnesium"; "total_phenols"; "flavanoids" ]
              @ [ "nonflavanoid_phenols"
                  "proanthocyanins"
                  "color_intensity"
                  "hue"
                  "od280_od315"
                  "proline_of_wine" ]

          Frame.ofTensor names (Random.normal (Key.ofInt 2) [ 30; 13 ]) |> Chart.correlation
      "correlation of many columns",
      fun () ->
          let names = [ for i in 1..24 -> $"column {i}" ]
          Frame.ofTensor names (Random.normal (Key.ofInt 1) [ 20; 24 ]) |> Chart.correlation
      "contingency",
      fun () ->
          let long =
              irisFrame.GetColumn<float>(iris.FeatureNames[0]).Values
              |> Seq.map (fun x -> if x > 5.8 then "long" else "short")

          Frequencies.contingency irisClasses long |> Chart.contingency |> Chart.withTitle "Class by length"
      "forecast", (fun () -> Chart.forecast forecast |> Chart.withTitle "Forecast")
      "forecast over time", (fun () -> Chart.forecast { forecast with Times = dates[..59] })
      "images", (fun () -> Chart.images (first 30 digitImages) |> Chart.withTitle "Digits")
      "images of one channel with scales of their own",
      fun () -> Chart.imagesWith { ImageGridOptions.defaults with OwnScales = true; Columns = 8 } (first 8 digitImages)
      "images with a shared scale shown",
      (fun () -> Chart.imagesWith { ImageGridOptions.defaults with ShowScale = true } (first 9 digitImages))
      "images in colours",
      (fun () -> Chart.imagesWithLabels [ "red"; "green"; "blue" ] (tensorOf [ 0; 1; 2; 0; 1; 2 ]) colors)
      "one image", (fun () -> Chart.images (first 1 digitImages))
      "image predictions",
      fun () ->
          let labels = first 20 digits.Labels

          let wrong =
              Tensor.toInts labels |> Array.mapi (fun i label -> if i % 6 = 2 then (label + 1) % 10 else label)

          Chart.imagePredictions [] labels (Tensor.ofInts [ 20 ] wrong) (first 20 digitImages)
      "pair plot", (fun () -> Chart.pairPlot irisFrame)
      "pair plot by class", (fun () -> Chart.pairPlotByClass "class" irisWithClass |> Chart.withTitle "Iris")
      "column histograms", (fun () -> Chart.columnHistograms irisFrame |> Chart.withTitle "Columns of iris")
      "column box plots", (fun () -> Chart.columnBoxPlots irisFrame)
      "value counts", (fun () -> Chart.valueCounts "class" irisWithClass) ]

let private refuses expected (make: unit -> Figure) =
    let error = Expect.throwsC (fun () -> make () |> ignore) id
    Expect.isTrue (error :? FunctionalException) $"{error}"
    Expect.stringContains error.Message expected ""

[<Tests>]
let tests =
    [ yield! [ for name, make in drawings -> drawn name make ]

      testCase "empty data are clear errors" (fun () ->
          let none: float list = []
          refuses "no values" (fun () -> Chart.line none none)
          refuses "no finite number" (fun () -> Chart.line [ 1.0 ] [ nan ])
          refuses "no values" (fun () -> Chart.histogram none)
          refuses "no series" (fun () -> Chart.boxPlots ([]: (string * float list) list))
          refuses "no labels" (fun () -> Chart.bar [] none)
          refuses "no labels" (fun () -> Chart.pie [] none)
          refuses "no cells" (fun () -> Chart.heatmap [] [] (Array2D.zeroCreate 0 0))
          refuses "no finite number" (fun () -> Chart.heatmap [ "a" ] [ "b" ] (array2D [ [ nan ] ]))
          refuses "no column of numbers" (fun () -> Chart.correlation (irisWithClass |> Frame.sliceCols [ "class" ]))
          refuses "no pixel" (fun () -> Chart.images (Tensor.zeros [ 0; 8; 8 ])))

      testCase "lengths that do not fit are errors that name both" (fun () ->
          refuses "y  [1]" (fun () -> Chart.line [ 1.0; 2.0 ] [ 1.0 ])
          refuses "values  [2]" (fun () -> Chart.bar [ "a" ] [ 1.0; 2.0 ])
          refuses "labels of rows     [1]" (fun () -> Chart.heatmap [ "a" ] [ "b" ] (array2D [ [ 1.0; 2.0 ] ]))
          refuses "[n; height; width]" (fun () -> Chart.images (Tensor.ones [ 2; 4; 4; 2 ]))

          refuses "Titles" (fun () ->
              Chart.imagesWith { ImageGridOptions.defaults with Titles = [ "a" ] } (first 2 digitImages))

          refuses "-1" (fun () -> Chart.pie [ "a" ] [ -1.0 ])
          refuses "is no column" (fun () -> Chart.pairPlotByClass "kind" irisWithClass))

      law "a histogram counts every value once" (fun (values: float[]) bins ->
          let values = values |> Array.filter (fun value -> abs value < 1e300)

          values.Length = 0
          || Array.sum (Histogram.counts (Histogram.edges (1 + abs bins % 50) values) values) = values.Length)

      testCase "bins are those of numpy.histogram with bins='auto'" (fun () ->
          let values = normal 7 1000
          let input = values |> Array.map (fun value -> value.ToString "R") |> String.concat " "

          let script =
              "import sys, numpy as np\n\
               x = np.array(sys.stdin.read().split(), dtype=float)\n\
               counts, edges = np.histogram(x, bins='auto')\n\
               print(' '.join(map(repr, map(float, list(counts) + list(edges)))))"

          let expected = (Outside.python [ "numpy" ] script input).Split ' ' |> Array.map float
          let edges = Histogram.edges (Histogram.automaticCount values) values
          let counts = Histogram.counts edges values |> Array.map float
          Expect.equal (counts.Length + edges.Length) expected.Length ""
          Array.iter2 (fun (a: float) b -> Expect.floatClose Accuracy.high a b "") (Array.append counts edges) expected)

      testCase "box plots show the library's quartiles and outliers" (fun () ->
          let figure = Chart.boxPlots [ "a", withOutliers ]
          let first, median, third = Statistics.quartiles withOutliers
          let at name = (numbersAt $"data[0].{name}" figure)[0]
          Expect.equal (at "q1", at "median", at "q3") (first, median, third) ""
          Expect.equal (numbersAt "data[2].y" figure) [| 9.0; 11.0 |] "extreme")

      testCase "a PNG of ours is read back by the browser to the same pixels" (fun () ->
          let pixels = [| for i in 0 .. 3 * 5 * 4 - 1 -> byte (i * 4) |]
          let source = Convert.ToBase64String(Png.encode 5 4 pixels)

          let script =
              $"const i = new Image(); i.src = 'data:image/png;base64,{source}'; await i.decode();\
                const c = document.createElement('canvas'); c.width = i.width; c.height = i.height;\
                const g = c.getContext('2d'); g.drawImage(i, 0, 0);\
                return Array.from(g.getImageData(0, 0, i.width, i.height).data).filter((_, k) => k %% 4 < 3);"

          let read: int[] = renderer().Probe(Chart.bar [ "a" ] [ 1.0 ], script)
          Expect.equal read (pixels |> Array.map int) "")

      testCase "wrong predictions are red, right ones are not" (fun () ->
          let figure =
              Chart.imagePredictions [ "cat"; "dog" ] (tensorOf [ 0; 1 ]) (tensorOf [ 0; 0 ]) (Tensor.ones [ 2; 4; 4 ])

          let titles = (json figure).SelectToken "layout.annotations"
          let shown = [ for title in titles -> string title["text"], string (title.SelectToken "font.color") ]
          Expect.equal shown [ "Label: cat<br>Pred: cat", Palette.right; "Label: dog<br>Pred: cat", Palette.wrong ] "")

      testCase "labels that are hostile are shown as text in every kind" (fun () ->
          let bad = "<b>x</b> \"'</script>&amp; 😀"

          let all =
              [ Chart.bar [ bad; bad ] [ 1.0; 2.0 ]
                Chart.pie [ bad; "b" ] [ 1.0; 2.0 ]
                Chart.lines [ 1.0; 2.0 ] [ bad, [ 1.0; 2.0 ]; "b", [ 2.0; 1.0 ] ]
                Chart.scatterByClass [ bad; "b" ] [ 1.0; 2.0 ] [ 1.0; 2.0 ]
                Chart.boxPlots [ bad, [ 1.0; 2.0 ] ]
                Chart.violins [ bad, [ 1.0; 2.0; 3.0 ] ]
                Chart.heatmap [ bad ] [ bad ] (array2D [ [ 1.0 ] ])
                Chart.imagesWithLabels [ bad ] (tensorOf [ 0 ]) (Tensor.ones [ 1; 4; 4 ]) ]

          for figure in all do
              Expect.isEmpty (renderer().Inspect figure) $"{figure}"

              let shown: string =
                  renderer()
                      .Probe(
                          figure,
                          "return Array.from(gd.querySelectorAll('text')).map(t => t.textContent).join('|');"
                      )

              Expect.stringContains (shown.Replace("\u200b", "")) bad $"{figure}"

          let shown: int =
              renderer()
                  .Probe(Chart.bar [ bad; bad ] [ 1.0; 2.0 ], "return gd.querySelectorAll('.bars .point').length;")

          Expect.equal shown 2 "two bars of one label") ]
    |> testList "Data charts"
