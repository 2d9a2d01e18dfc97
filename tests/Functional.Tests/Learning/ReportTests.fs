module Functional.Tests.ReportTests

open System
open Expecto
open Functional
open Functional.Tests

let private names = [ "apple"; "quince"; "a rather long name"; "pear" ]

// no label is a pear, and none is taken for one
let private labels = tensor [ 0; 0; 1; 1; 1; 2; 2; 0; 1; 0 ]
let private predicted = tensor [ 0; 1; 1; 1; 2; 2; 0; 0; 1; 0 ]

[<Tests>]
let tests =
    [ testCase "the table is scikit-learn's, letter for letter" (fun () ->
          let script =
              """
from sklearn.metrics import classification_report
labels = [0, 0, 1, 1, 1, 2, 2, 0, 1, 0]
predicted = [0, 1, 1, 1, 2, 2, 0, 0, 1, 0]
sys.stdout.write(classification_report(labels, predicted, target_names=['apple', 'quince', 'a rather long name']))
"""

          let expected = (Outside.python [ "sklearn" ] ("import sys\n" + script) "").TrimEnd()
          let report = Report.scores (List.truncate 3 names) labels predicted
          Expect.Equal(expected, string report)
          // from rows of outputs, and from one-hot labels
          let rows = Tensor.oneHot 3 predicted
          Expect.Equal(expected, string (Report.scores (List.truncate 3 names) labels rows))
          Expect.Equal(expected, string (Report.scores (List.truncate 3 names) (Tensor.oneHot 3 labels) rows)))

      testCase "classes that do not appear have rows of zeros" (fun () ->
          let report = Report.scores names labels (Tensor.oneHot 4 predicted)
          let pear = report.Classes[3]
          Expect.Equal("pear", pear.Name)
          Expect.Equal(0, pear.Support)
          Expect.Equal(0.0, pear.F1)
          Expect.Equal(10, report.Macro.Support)
          Expect.Equal(0.7, report.Accuracy, 12)
          Expect.Equal(report.Classes |> List.averageBy _.Recall, report.Macro.Recall, 12)
          Expect.Equal(report.Accuracy, report.Weighted.Recall, 12))

      testCase "one probability a sample means two classes" (fun () ->
          let report = Report.scores [] (tensor [ 0; 1; 1; 0 ]) (tensor [ 0.2; 0.7; 0.4; 0.5 ])
          Expect.Equal<string list>([ "0"; "1" ], report.Classes |> List.map _.Name)
          Expect.Equal(0.5, report.Classes[1].Recall)
          Expect.Equal<int[,]>(array2D [ [ 2; 0 ]; [ 1; 1 ] ], report.Confusion))

      testCase "a confusion matrix has rows of right and columns of predicted classes" (fun () ->
          let text = Report.confusionText [ "cat"; "horse" ] (array2D [ [ 12; 0 ]; [ 3; 1234567 ] ])

          let expected =
              [ "true \\ predicted  cat    horse"
                "             cat   12        ·"
                "           horse    3  1234567" ]

          Expect.Equal<string[]>(Array.ofList expected, text.Split '\n' |> Array.map _.TrimEnd()))

      testCase "names and classes must agree" (fun () ->
          let message (action: unit -> unit) = (Expect.Throws<FunctionalException> action).Message

          Expect.Equal(
              "Report.scores: names = 4 is the number of names, and there are 3 classes; name each one.",
              message (fun () -> Report.scores names labels (Tensor.oneHot 3 predicted) |> ignore)
          )

          Expect.Equal(
              "Report.confusionText: names = 1 is the number of names, and there are 2 classes.",
              message (fun () -> Report.confusionText [ "a" ] (Array2D.zeroCreate 2 2) |> ignore)
          )

          Expect.StartsWith(
              "Report.scores: there are no samples",
              message (fun () -> Report.scores [] (Tensor.zeros [ 0 ]) (Tensor.zeros [ 0; 3 ]) |> ignore)
          )) ]
    |> testList "Learning.Report"
