module Functional.Tests.ReportTests

open System
open Xunit
open Functional
open Functional.Tests

let private names = [ "apple"; "quince"; "a rather long name"; "pear" ]

// no label is a pear, and none is taken for one
let private labels = tensor [ 0; 0; 1; 1; 1; 2; 2; 0; 1; 0 ]
let private predicted = tensor [ 0; 1; 1; 1; 2; 2; 0; 0; 1; 0 ]

[<Fact>]
let ``the table is scikit-learn's, letter for letter`` () =
    let script =
        """
from sklearn.metrics import classification_report
labels = [0, 0, 1, 1, 1, 2, 2, 0, 1, 0]
predicted = [0, 1, 1, 1, 2, 2, 0, 0, 1, 0]
sys.stdout.write(classification_report(labels, predicted, target_names=['apple', 'quince', 'a rather long name']))
"""

    let expected = (Outside.python [ "sklearn" ] ("import sys\n" + script) "").TrimEnd()
    let report = Report.scores (List.truncate 3 names) labels predicted
    Assert.Equal(expected, string report)
    // from rows of outputs, and from one-hot labels
    let rows = Tensor.oneHot 3 predicted
    Assert.Equal(expected, string (Report.scores (List.truncate 3 names) labels rows))
    Assert.Equal(expected, string (Report.scores (List.truncate 3 names) (Tensor.oneHot 3 labels) rows))

[<Fact>]
let ``classes that do not appear have rows of zeros`` () =
    let report = Report.scores names labels (Tensor.oneHot 4 predicted)
    let pear = report.Classes[3]
    Assert.Equal("pear", pear.Name)
    Assert.Equal(0, pear.Support)
    Assert.Equal(0.0, pear.F1)
    Assert.Equal(10, report.Macro.Support)
    Assert.Equal(0.7, report.Accuracy, 12)
    Assert.Equal(report.Classes |> List.averageBy _.Recall, report.Macro.Recall, 12)
    Assert.Equal(report.Accuracy, report.Weighted.Recall, 12)

[<Fact>]
let ``one probability a sample means two classes`` () =
    let report = Report.scores [] (tensor [ 0; 1; 1; 0 ]) (tensor [ 0.2; 0.7; 0.4; 0.5 ])
    Assert.Equal<string list>([ "0"; "1" ], report.Classes |> List.map _.Name)
    Assert.Equal(0.5, report.Classes[1].Recall)
    Assert.Equal<int[,]>(array2D [ [ 2; 0 ]; [ 1; 1 ] ], report.Confusion)

[<Fact>]
let ``a confusion matrix has rows of right and columns of predicted classes`` () =
    let text = Report.confusionText [ "cat"; "horse" ] (array2D [ [ 12; 0 ]; [ 3; 1234567 ] ])

    let expected =
        [ "true \\ predicted  cat    horse"
          "             cat   12        ·"
          "           horse    3  1234567" ]

    Assert.Equal<string[]>(Array.ofList expected, text.Split '\n' |> Array.map _.TrimEnd())

[<Fact>]
let ``names and classes must agree`` () =
    let message (action: unit -> unit) = (Assert.Throws<FunctionalException> action).Message

    Assert.Equal(
        "Report.scores: names = 4 is the number of names, and there are 3 classes; name each one.",
        message (fun () -> Report.scores names labels (Tensor.oneHot 3 predicted) |> ignore)
    )

    Assert.Equal(
        "Report.confusionText: names = 1 is the number of names, and there are 2 classes.",
        message (fun () -> Report.confusionText [ "a" ] (Array2D.zeroCreate 2 2) |> ignore)
    )

    Assert.StartsWith(
        "Report.scores: there are no samples",
        message (fun () -> Report.scores [] (Tensor.zeros [ 0 ]) (Tensor.zeros [ 0; 3 ]) |> ignore)
    )
