module Functional.Tables.Tests.PipelineTests

open System
open System.IO
open System.IO.Compression
open Deedle
open Functional
open Functional.Tests
open Functional.Tables.Tests.PreparationPeer
open FsCheck
open Expecto

let private message f =
    try
        f () |> ignore
        failtest "no error"
    with :? FunctionalException as e ->
        e.Message

let private inFolder action =
    let folder = Directory.CreateTempSubdirectory("functional-").FullName

    try
        action (fun name -> Path.Combine(folder, name))
    finally
        Directory.Delete(folder, true)

/// Patients of two kinds, with gaps and words.
let private patients =
    lazy
        (let key = Key.splitMany 4 (Key.ofInt 11) |> Array.ofList
         let n = 120
         let age = Random.normalOf Float64 50.0 15.0 key[0] [ n ] |> Tensor.toFloat64Array
         let dose = Random.normalOf Float64 1.0 0.3 key[1] [ n ] |> Tensor.toFloat64Array

         let city =
             Random.randint 0 3 key[2] [ n ]
             |> Tensor.toInts
             |> Array.map (fun i -> [| "Łódź"; "Bern"; "Rome" |].[i])

         let gap = Random.uniform key[3] [ n ] |> Tensor.toFloat64Array
         let ill = Array.map2 (fun a d -> if a / 50.0 + d > 2.0 then "ill" else "well") age dose
         let ages = Array.map2 (fun a g -> if g < 0.1 then nan else a) age gap
         let cities = Array.map2 (fun c g -> if g > 0.93 then null else c) city gap

         Frames.ofVectors (
             [| "age"; "city"; "dose"; "state" |],
             n,
             [| Vector.ofValues ages; Vector.ofValues cities; Vector.ofValues dose; Vector.ofValues ill |]
         ))

let private preparation =
    Preparation.chain
        [ Imputer.median
          Imputer.mode |> Preparation.on [ "city" ]
          Scaler.standard
          Encoder.oneHotWith { OneHotOptions.defaults with HandleUnknown = UnknownValues.Ignore } ]

let private options =
    { Fit.defaults with
        Loss = Loss.sparseCategoricalCrossentropy
        Optimizer = Optimizer.adam 0.02
        Epochs = 40 }

let private network =
    lazy
        (Pipeline.classifier
            "state"
            preparation
            (PipelineEnd.Network(dense 8 --> tanh --> dense 2 --> softmax, options))
         |> Pipeline.fit patients.Value (Key.ofInt 1))

let private learner =
    lazy
        (Pipeline.classifier
            "state"
            preparation
            (PipelineEnd.Learner(LogisticRegression.learner LogisticRegressionOptions.defaults))
         |> Pipeline.fit patients.Value (Key.ofInt 1))

let private numbers =
    lazy
        (Pipeline.regressor
            "dose"
            (Preparation.chain [ Preparation.dropColumns [ "city" ]; Imputer.mean; Encoder.ordinal ])
            (PipelineEnd.Learner(LinearRegression.learner LinearRegressionOptions.defaults))
         |> Pipeline.withTargetPreparation Scaler.standard
         |> Pipeline.fit patients.Value (Key.ofInt 1))

type Patient = { age: Nullable<float>; city: string; dose: float option }

let private bits (frame: Frame<int, string>) = columnsOf frame |> List.map (Array.map BitConverter.DoubleToInt64Bits)

let private everyKind =
    Preparation.chain
        [ Imputer.classMean "city"
          Imputer.nearest 2
          Imputer.regression
          Imputer.constant 0.0
          Imputer.mode
          Imputer.word "none"
          Rows.dropOutliers (OutlierLimits.InterquartileRanges 3.0)
          Rows.dropMissing
          Scaler.power |> Preparation.on [ "age" ]
          Scaler.quantileWith { Quantiles = 10; Output = QuantileOutput.Normal } |> Preparation.on [ "dose" ]
          Scaler.robust
          Scaler.minMax
          Scaler.maxAbs
          Scaler.standard
          Encoder.target |> Preparation.on [ "city" ]
          Preparation.chain [ Discretizer.equalWidth 3 IntervalNames.Ends; Encoder.oneHot ]
          |> Preparation.on [ "age" ]
          Discretizer.equalFrequency 2 (IntervalNames.Labels [ "low"; "high" ]) |> Preparation.on [ "dose" ]
          Encoder.ordinal |> Preparation.on [ "dose" ]
          Scaler.normalizer ]

let private saving =
    [ testCase "a chain of every kind comes back from a file with the same bits" (fun () ->
          inFolder (fun path ->
              let fitted = everyKind |> Preparation.fitTo "state" patients.Value
              fitted |> Prepared.save (path "chain.zip")
              let loaded = Prepared.load (path "chain.zip")
              let features = patients.Value |> Frame.dropCol "state"
              Expect.equal (bits (loaded |> Prepared.apply features)) (bits (fitted |> Prepared.apply features)) ""
              loaded |> Prepared.save (path "again.zip")
              Expect.equal (File.ReadAllBytes(path "again.zip")) (File.ReadAllBytes(path "chain.zip")) "the same file"))

      testCase "dates, infinities and missing categories come back too" (fun () ->
          inFolder (fun path ->
              let frame = Csv.parse "when,w,e\n2024-02-29,a,\n2025-12-31,,\n"

              let fitted =
                  Preparation.chain
                      [ Encoder.dateParts [ DatePart.Year; DatePart.DayOfWeek ]
                        Encoder.oneHot
                        Rows.dropOutliers (OutlierLimits.Deviations 1.0) ]
                  |> Preparation.fit frame

              fitted |> Prepared.save (path "p.zip")

              Expect.equal
                  (bits (Prepared.load (path "p.zip") |> Prepared.apply frame))
                  (bits (fitted |> Prepared.apply frame))
                  ""))

      testCase "a step made from a function is an error to save, until its kind is known" (fun () ->
          inFolder (fun path ->
              let frame = frameOf [ [| 1.0; 2.0 |] ]
              let own = Preparation.ofFunction "treble" (fun x -> 3.0 * x) |> Preparation.fit frame
              Expect.stringContains (message (fun () -> own |> Prepared.save (path "own.zip"))) "treble" ""
              let kind = (Prepared.step own).Kind
              PreparationKind.register { kind with Name = "tests_treble" }
              let known = Preparation.make { kind with Name = "tests_treble" } [] |> Preparation.fit frame
              known |> Prepared.save (path "own.zip")
              Expect.equal (Prepared.load (path "own.zip") |> Prepared.apply frame |> columnsOf) [ [| 3.0; 6.0 |] ] ""))

      for name, fitted in [ "a network", network; "a learner", learner; "numbers", numbers ] do
          testCase $"a pipeline that ends in %s{name} comes back from one file with the same bits" (fun () ->
              inFolder (fun path ->
                  fitted.Value |> FittedPipeline.save (path "pipeline.zip")
                  let loaded = FittedPipeline.load (path "pipeline.zip")

                  match fitted.Value.Target with
                  | PipelineTarget.Classes _ ->
                      Expect.equal
                          (bits (loaded |> FittedPipeline.probabilities patients.Value))
                          (bits (fitted.Value |> FittedPipeline.probabilities patients.Value))
                          ""
                  | PipelineTarget.Numbers _ ->
                      Expect.equal
                          (bits (loaded |> FittedPipeline.predict patients.Value))
                          (bits (fitted.Value |> FittedPipeline.predict patients.Value))
                          "")) ]

/// The file with the text of an entry changed.
let private damage (source: string) (target: string) (entry: string) (change: string -> string) =
    File.Copy(source, target, true)
    use zip = ZipFile.Open(target, ZipArchiveMode.Update)
    let text = (use reader = new StreamReader(zip.GetEntry(entry).Open()) in reader.ReadToEnd())
    zip.GetEntry(entry).Delete()
    use writer = new StreamWriter(zip.CreateEntry(entry).Open())
    writer.Write(change text)

let private damages =
    [ testCase "every damage to a pipeline's file is an error that names the file" (fun () ->
          inFolder (fun path ->
              let whole = path "whole.zip"
              network.Value |> FittedPipeline.save whole

              let replace (a: string) (b: string) (text: string) =
                  (Expect.stringContains text a "the text to damage"
                   text.Replace(a, b))

              for change, wanted in
                  [ (fun (_: string) -> "{"), "not JSON"
                    replace "functional-pipeline" "functional-model", "no functional-pipeline"
                    replace "\"version\": 1" "\"version\": 99", "later version"
                    replace "\"standard\"" "\"nonsense\"", "'nonsense', which is not known"
                    replace "\"center\"" "\"centre\"", "what it learns"
                    replace "\"with_mean\": true" "\"with_mean\": 3", "with_mean"
                    replace "\"classNames\"" "\"names\"", "'classNames' is missing"
                    replace "\"city_Rome\"," "", "does not fit 4 features"
                    replace "\"Bern\"" "\"Rome\"", "twice"
                    replace "\"probabilities\"" "\"chances\"", "chances" ] do
                  damage whole (path "damaged.zip") "pipeline.json" change
                  let text = message (fun () -> FittedPipeline.load (path "damaged.zip"))
                  Expect.stringContains text "damaged.zip" "names the file"
                  Expect.stringContains text wanted ""))

      lawWith
          60
          "cut off and changed bytes are errors of the library, or change nothing"
          (fun (place: uint16) (value: byte) ->
              inFolder (fun path ->
                  learner.Value |> FittedPipeline.save (path "p.zip")
                  let bytes = File.ReadAllBytes(path "p.zip")
                  let at = int place % bytes.Length

                  let reads (bytes: byte[]) =
                      File.WriteAllBytes(path "q.zip", bytes)

                      try
                          FittedPipeline.load (path "q.zip") |> ignore
                          true
                      with :? FunctionalException ->
                          true

                  let changed = Array.copy bytes
                  changed[at] <- value
                  reads changed && reads (Array.truncate at bytes))) ]

let private predicting =
    [ testCase "a pipeline learns, and says classes by name" (fun () ->
          for fitted in [ network.Value; learner.Value ] do
              Expect.isGreaterThan (fitted |> FittedPipeline.score patients.Value) 0.85 ""
              Expect.equal fitted.ClassNames [ "ill"; "well" ] ""
              Expect.equal fitted.Features [ "age"; "city_Bern"; "city_Rome"; "city_Łódź"; "dose" ] ""
              let predicted = fitted |> FittedPipeline.predict patients.Value
              Expect.equal (List.ofSeq predicted.ColumnKeys) [ "state" ] ""

              Expect.equal
                  (predicted.GetColumn<string>("state").Values |> Array.ofSeq)
                  (fitted |> FittedPipeline.predictClasses patients.Value)
                  "")

      testCase "what is predicted of a row is the row of what is predicted of the frame" (fun () ->
          let frame = patients.Value

          for fitted, tolerance in [ network.Value, 1e-6; learner.Value, 1e-12 ] do
              let classes = fitted |> FittedPipeline.predictClasses frame
              let probabilities = fitted |> FittedPipeline.probabilities frame

              for i in 0..39 do
                  let one = fitted |> FittedPipeline.predictSeries (frame.Rows[i])
                  Expect.equal one.Class classes[i] ""

                  for name, p in one.Probabilities do
                      Expect.isLessThanOrEqual (abs (p - probabilities.GetColumn<float>(name).Get i)) tolerance name

          let predicted = numbers.Value |> FittedPipeline.predictNumbers frame

          for i in 0..39 do
              let one = numbers.Value |> FittedPipeline.predictSeries (frame.Rows[i])
              Expect.floatClose Accuracy.veryHigh one.Number predicted[i] "")

      testCase "records, dictionaries and options are rows" (fun () ->
          let fitted = learner.Value
          let old = { age = Nullable 80.0; city = "Bern"; dose = Some 1.9 }
          let young = { age = Nullable(); city = null; dose = Some 0.1 }
          Expect.equal (fitted |> FittedPipeline.predictRecord old).Class "ill" ""
          Expect.equal (fitted |> FittedPipeline.predictRecord young).Class "well" ""
          let all = fitted |> FittedPipeline.predictRecords [ old; young ]
          Expect.equal (all |> Array.map _.Class) [| "ill"; "well" |] ""

          Expect.equal
              (fitted |> FittedPipeline.predictRow [ "age", box 80; "dose", box 1.9f; "city", box "Oslo" ]).Class
              "ill"
              "whole and single numbers"

          let lacking = message (fun () -> fitted |> FittedPipeline.predictRow [ "age", box 80 ])
          Expect.stringContains lacking "lacks" ""

          let wrong =
              message (fun () ->
                  fitted |> FittedPipeline.predictRow [ "age", box "old"; "dose", box 1.0; "city", box "Bern" ])

          Expect.stringContains wrong "'age' was of numbers" "")

      testCase "losses of every kind get the labels that they take" (fun () ->
          let fit loss ending =
              Pipeline.classifier "state" preparation (PipelineEnd.Network(ending, { options with Loss = loss }))

          for loss, ending in
              [ Loss.categoricalCrossentropy, dense 2 --> softmax
                Loss.sparseCategoricalCrossentropyFromLogits, dense 2
                Loss.binaryCrossentropy, dense 1 --> sigmoid
                Loss.binaryCrossentropyFromLogits, dense 1 ] do
              let fitted = fit loss ending |> Pipeline.fit patients.Value (Key.ofInt 3)
              Expect.isGreaterThan (fitted |> FittedPipeline.score patients.Value) 0.75 loss.Name
              let p = fitted |> FittedPipeline.probabilities patients.Value |> columnsOf
              Expect.isTrue (Array.forall2 (fun a b -> abs (a + b - 1.0) < 1e-6) p[0] p[1]) "probabilities sum to 1")

      testCase "rows left out of training take their targets along" (fun () ->
          let frame = Csv.parse "x,y\n1,2\n2,4\n,100\n3,6\n4,8\n50,-7\n2.5,5\n"

          let pipeline =
              Pipeline.regressor
                  "y"
                  (Preparation.chain [ Rows.dropMissing; Rows.dropOutliers (OutlierLimits.InterquartileRanges 1.5) ])
                  (PipelineEnd.Learner(LinearRegression.learner LinearRegressionOptions.defaults))

          let fitted = pipeline |> Pipeline.fit frame (Key.ofInt 0)

          Expect.floatClose
              Accuracy.high
              (fitted |> FittedPipeline.predictRow [ "x", box 10.0 ]).Number
              20.0
              "the line y = 2x")

      testCase "several targets at once" (fun () ->
          let frame = patients.Value |> Frame.dropCol "city" |> Frame.dropCol "state" |> Frame.dropSparseRows
          let twice = frame |> Frame.addCol "twice" (frame.GetColumn<float>("dose") * 2.0)

          let fitted =
              Pipeline.multiRegressor
                  [ "dose"; "twice" ]
                  Scaler.standard
                  (PipelineEnd.Network(dense 2, { Fit.defaults with Epochs = 2 }))
              |> Pipeline.fit twice (Key.ofInt 0)

          Expect.equal fitted.Features [ "age" ] ""
          Expect.equal (fitted |> FittedPipeline.predict twice).ColumnCount 2 "")

      testCase "what does not fit is an error that says what to do" (fun () ->
          let frame = patients.Value
          let error pipeline = message (fun () -> pipeline |> Pipeline.fit frame (Key.ofInt 0))
          let linear = PipelineEnd.Learner(LinearRegression.learner LinearRegressionOptions.defaults)
          let chain = Preparation.chain

          Expect.stringContains
              (error (Pipeline.regressor "dose" (chain [ Imputer.mean ]) linear))
              "'city' is of words"
              ""

          let gaps = Pipeline.regressor "dose" (chain [ Preparation.keepColumns [ "age" ] ]) linear
          Expect.stringContains (error gaps) "'age' misses" ""
          Expect.stringContains (error (Pipeline.classifier "state" preparation linear)) "take a classifier" ""
          let nothing = Pipeline.regressor "nothing" preparation linear
          Expect.stringContains (error nothing) "'nothing' is no column of the frame" "")

      testCase "frames of 20,531 columns are scaled, each column by itself" (fun () ->
          let rows, columns = 801, 20531
          let values = Random.normal (Key.ofInt 1) [ rows ] |> Tensor.toFloat64Array
          let names = Array.init columns (sprintf "gene_%d")

          let frame =
              Frames.ofVectors (
                  names,
                  rows,
                  Array.init columns (fun i -> Vector.ofValues (Array.map ((+) (float i)) values) :> IVector)
              )

          let scaled = Scaler.minMax |> Preparation.fit frame |> Prepared.apply frame
          Expect.equal (scaled.ColumnCount, scaled.RowCount) (columns, rows) ""
          let first = scaled.GetColumn<float>("gene_20530").Values |> Array.ofSeq
          Expect.floatClose Accuracy.high (Array.min first) 0.0 ""
          Expect.floatClose Accuracy.high (Array.max first) 1.0 "") ]

[<Tests>]
let tests = testList "Tables.Pipelines" [ yield! saving; yield! damages; yield! predicting ]
