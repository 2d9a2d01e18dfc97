module Functional.Tables.Tests.TreeTests

open System
open Functional
open Functional.Kernels
open Functional.Tests
open FsCheck
open Expecto
open Functional.Tables.Tests.Sklearn

let private defaults = DecisionTreeOptions.defaults

/// scikit-learn rounds features to float32, so both are given such.
let private singles (table: Table) =
    { table with X = table.X |> Array.map (Array.map (fun v -> float (float32 v))) }

let private numbers (tree: DecisionTree) (x: Tensor) =
    let nodes = tree.Nodes
    let values = TreeNodes.importances tree.Features nodes |> List.ofArray

    List.concat
        [ nodes.Features |> Array.map float |> List.ofArray
          List.zip (List.ofArray nodes.Features) (List.ofArray nodes.Thresholds)
          |> List.map (fun (feature, threshold) -> if feature < 0 then -2.0 else threshold)
          List.ofArray nodes.Impurities
          nodes.Samples |> Array.map float |> List.ofArray
          nodes.Weights |> List.ofArray
          values
          floats (DecisionTree.predict x tree) ]

let private lines (model: string) =
    "from sklearn.tree import *\n"
    + $"m = %s{model}.fit(x, y)\nt = m.tree_\n"
    + "f = numpy.where(t.feature < 0, -1, t.feature)\n"
    + "result = [f, numpy.where(t.feature < 0, -2, t.threshold), t.impurity, t.n_node_samples, t.weighted_n_node_samples, m.feature_importances_, m.predict(x)]"

let private same (model: string) tree table = Peer.agree (run (lines model) table) (numbers tree (x table))

let private classify options (table: Table) = DecisionTree.fitClassifier options (x table) (y table)
let private regress options (table: Table) = DecisionTree.fitRegressor options (x table) (y table)

let private forest = RandomForestOptions.defaults

[<Tests>]
let tests =
    [ testCase "trees of classes are scikit-learn's, node by node, where no splits are equally good" (fun () ->
          let wine, sonar = singles (wine ()), singles (sonar ())

          same
              "DecisionTreeClassifier(max_depth=2, random_state=0)"
              (classify { defaults with MaxDepth = Some 2 } wine)
              wine

          same
              "DecisionTreeClassifier(criterion='entropy', max_depth=2, random_state=0)"
              (classify { defaults with MaxDepth = Some 2; Criterion = Some TreeCriterion.Entropy } wine)
              wine

          same
              "DecisionTreeClassifier(max_depth=2, min_samples_leaf=5, class_weight='balanced', random_state=0)"
              (classify
                  { defaults with MaxDepth = Some 2; MinSamplesLeaf = 5; ClassWeights = ClassWeights.Balanced }
                  sonar)
              sonar)

      testCase "trees of numbers are scikit-learn's, node by node" (fun () ->
          let plant = singles (powerplant ())

          same
              "DecisionTreeRegressor(max_depth=5, random_state=0)"
              (regress { defaults with MaxDepth = Some 5 } plant)
              plant

          same
              "DecisionTreeRegressor(min_samples_leaf=40, min_samples_split=100, min_impurity_decrease=0.01, random_state=0)"
              (regress { defaults with MinSamplesLeaf = 40; MinSamplesSplit = 100; MinImpurityDecrease = 0.01 } plant)
              plant)

      testCase
          "probabilities are the shares of classes in the leaves, and the tree comes back from its saved form"
          (fun () ->
              let wine = singles (wine ())
              let tree = classify { defaults with MaxDepth = Some 2 } wine

              let expected =
                  run
                      "from sklearn.tree import *\nresult = DecisionTreeClassifier(max_depth=2, random_state=0).fit(x, y).predict_proba(x)"
                      wine

              Peer.agree expected (floats (DecisionTree.probabilities (x wine) tree))
              comesBack (x wine) (DecisionTree.fitted tree)
              let plant = powerplant ()
              comesBack (x plant) (DecisionTree.fitted (regress { defaults with MaxDepth = Some 5 } plant)))

      testCase
          "a tree without limits predicts its training samples, and is grown from the same splits in any order of them"
          (fun () ->
              let digits = every 2 0 (digits ())
              let tree = classify defaults digits
              Expect.equal (floats (DecisionTree.predict (x digits) tree)) (List.ofArray digits.Y) "training samples"
              let order = Tensor.toInts (Random.permutation (Key.ofInt 3) digits.Y.Length)

              let other =
                  classify
                      defaults
                      { X = order |> Array.map (fun i -> digits.X[i]); Y = order |> Array.map (fun i -> digits.Y[i]) }

              Expect.equal other.Nodes tree.Nodes "nodes")

      testCase "a tree prints as scikit-learn prints it, and as rules" (fun () ->
          let iris = singles (iris ())

          let tree =
              classify
                  { defaults with MaxDepth = Some 1; Criterion = Some TreeCriterion.Gini }
                  { iris with X = iris.X |> Array.map (fun row -> row[3..]) }

          let text =
              "|--- petal_width <= 0.80\n|   |--- class: setosa\n|--- petal_width >  0.80\n|   |--- class: versicolor\n"

          Expect.equal (DecisionTree.toText [ "petal_width" ] [ "setosa"; "versicolor"; "virginica" ] tree) text "text"

          Expect.equal
              (DecisionTree.rules [ "petal_width" ] [] tree)
              [ "petal_width <= 0.80 -> class: 0 (50 samples)"; "petal_width > 0.80 -> class: 1 (100 samples)" ]
              "rules"

          Expect.equal (DecisionTree.depth tree, DecisionTree.leafCount tree) (1, 2) "depth and leaves"

          Expect.throwsC (fun () -> DecisionTree.toText [ "a"; "b" ] [] tree |> ignore) (fun e ->
              Expect.stringContains e.Message "a name for each" ""))

      testCase "a forest is the same on any number of threads, and comes back from its saved form" (fun () ->
          let sonar = sonar ()

          let grow (threads: int) =
              use _ = KernelScope.UseThreads threads
              RandomForest.fitClassifier { forest with Trees = 20; OutOfBag = true } (x sonar) (y sonar)

          let one, four = grow 1, grow 4
          Expect.equal four.Trees one.Trees "trees"
          Expect.equal four.OutOfBagScore one.OutOfBagScore "score"
          comesBack (x sonar) (RandomForest.fitted one)
          Expect.equal (RandomForest.ofState (RandomForest.toState one)).OutOfBagScore one.OutOfBagScore "saved score")

      testCase "forests predict what they have not seen as well as scikit-learn's" (fun () ->
          let digits, plant = every 2 0 (digits ()), every 4 0 (powerplant ())
          let ours = RandomForest.fitClassifier { forest with OutOfBag = true } (x digits) (y digits)

          let peer model (table: Table) =
              (run
                  ("from sklearn.ensemble import *\nresult = ["
                   + model
                   + "(oob_score=True, random_state=0).fit(x, y).oob_score_]")
                  table)
                  .Head

          let test = every 2 1 (Sklearn.digits ())
          let accuracy = Learner.score (x test) (y test) (RandomForest.fitted ours)

          Expect.isGreaterThan
              ours.OutOfBagScore.Value
              (peer "RandomForestClassifier" digits - 0.015)
              "classes, out of bag"

          Expect.isLessThan (abs (accuracy - ours.OutOfBagScore.Value)) 0.02 "out of bag is near the test"
          let ours = RandomForest.fitRegressor { forest with OutOfBag = true } (x plant) (y plant)

          Expect.isGreaterThan
              ours.OutOfBagScore.Value
              (peer "RandomForestRegressor" plant - 0.005)
              "numbers, out of bag")

      testCase "without bootstrap, and with all features, each tree of a forest is the tree" (fun () ->
          let wine = wine ()
          let all = { forest with Trees = 3; Bootstrap = false; MaxFeatures = Some MaxFeatures.All }
          let grown = RandomForest.fitClassifier all (x wine) (y wine)
          let tree = classify defaults wine

          for each in grown.Trees do
              Expect.equal each.Nodes tree.Nodes "nodes"

          Expect.equal grown.Importances (grown.Importances |> Array.map id) "importances"
          Expect.floatClose Accuracy.high (Array.sum grown.Importances) 1.0 "sum")

      testCase "options out of range are errors that say so" (fun () ->
          let iris = iris ()

          let says part (action: unit -> 'T) =
              Expect.throwsC (fun () -> action () |> ignore) (fun e -> Expect.stringContains e.Message part "")

          says "classes take Gini or Entropy" (fun () ->
              classify { defaults with Criterion = Some TreeCriterion.SquaredError } iris)

          says "numbers take SquaredError" (fun () ->
              regress { defaults with Criterion = Some TreeCriterion.Gini } iris)

          says "number of features, 4" (fun () -> classify { defaults with MaxFeatures = MaxFeatures.Count 5 } iris)
          says "one sample cannot be split" (fun () -> classify { defaults with MinSamplesSplit = 1 } iris)

          says "needs Bootstrap" (fun () ->
              RandomForest.fitClassifier { forest with Bootstrap = false; OutOfBag = true } (x iris) (y iris))) ]
    |> testList "Learners.Trees"
