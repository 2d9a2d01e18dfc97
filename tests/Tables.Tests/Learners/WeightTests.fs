/// Learners whose samples have weights, beside scikit-learn's sample_weight.
module Functional.Tables.Tests.Learners.WeightTests

open System
open Functional
open Functional.Tests
open Functional.Tables.Tests
open Expecto

/// Weights of all sizes, some of them 0.
let private weightsOf (table: Sklearn.Table) =
    Array.init table.Y.Length (fun i -> if i % 7 = 3 then 0.0 else 0.25 + float (i * 37 % 11) / 4.0)

let private tensorOf (values: float[]) = Tensor.ofFloat64Array [ values.Length ] values

/// What Python gives for a table and weights, which are `w` there.
let private peer (table: Sklearn.Table) (lines: string) =
    let weights = weightsOf table |> Array.map Array.singleton
    table |> Sklearn.runWith [ weights ] ("w = others[0][:, 0]\n" + lines)

let private numbersOf (fitted: FittedLearner) x =
    match fitted.Probabilities with
    | Some probabilities -> Sklearn.floats (probabilities x)
    | None -> Sklearn.floats (fitted.Predict x)

/// A learner with weights gives scikit-learn's predictions, and its score.
let private agrees name (table: unit -> Sklearn.Table) (learner: Learner) (estimator: string) =
    testCase $"%s{name} with weights agrees with scikit-learn" (fun () ->
        let table = table ()
        let x, y, w = Sklearn.x table, Sklearn.y table, tensorOf (weightsOf table)
        let fitted = learner |> Learner.fitWeighted w x y

        let expected =
            peer
                table
                $"m = %s{estimator}.fit(x, y, sample_weight=w)\n\
                  result = [m.predict_proba(x) if hasattr(m, 'predict_proba') else m.predict(x), [m.score(x, y, sample_weight=w)]]"

        Peer.agree expected (numbersOf fitted x @ [ Learner.scoreWeighted w x y fitted ]))

let private wine = fun () -> Sklearn.scaled (Sklearn.wine ())
let private plant = fun () -> Sklearn.scaled (Sklearn.every 31 0 (Sklearn.powerplant ()))
let private sonar = fun () -> Sklearn.sonar ()
let private digits = fun () -> Sklearn.every 6 0 (Sklearn.digits ())

let private linear =
    [ agrees
          "linear regression"
          plant
          (LinearRegression.learner LinearRegressionOptions.defaults)
          "__import__('sklearn.linear_model').linear_model.LinearRegression()"
      agrees
          "linear regression without an intercept"
          plant
          (LinearRegression.learner { FitIntercept = false })
          "__import__('sklearn.linear_model').linear_model.LinearRegression(fit_intercept=False)"
      agrees
          "ridge regression"
          plant
          (RidgeRegression.learner { RidgeOptions.defaults with Alpha = 3.5 })
          "__import__('sklearn.linear_model').linear_model.Ridge(alpha=3.5, solver='svd')"
      agrees
          "the lasso"
          plant
          (Lasso.learner { Lasso.defaults with Alpha = 0.3; Tolerance = 1e-15; MaxIterations = 20000 })
          "__import__('sklearn.linear_model').linear_model.Lasso(alpha=0.3, tol=1e-15, max_iter=20000)"
      agrees
          "the elastic net"
          plant
          (ElasticNet.learner { ElasticNetOptions.defaults with Alpha = 0.2; Tolerance = 1e-15; MaxIterations = 20000 })
          "__import__('sklearn.linear_model').linear_model.ElasticNet(alpha=0.2, tol=1e-15, max_iter=20000)" ]

/// Logistic regression with weights has scikit-learn's optimum, which Newton's steps bring to full precision.
let private logistic name (table: unit -> Sklearn.Table) (classWeights: ClassWeights) (argument: string) =
    testCase $"logistic regression of %s{name} with weights has scikit-learn's optimum" (fun () ->
        let table = table ()

        let options = { LogisticRegressionOptions.defaults with Tolerance = 1e-12; ClassWeights = classWeights }

        let w = tensorOf (weightsOf table)
        let model = LogisticRegression.fitWeighted options w (Sklearn.x table) (Sklearn.y table)

        let expected =
            peer
                table
                ("from sklearn.linear_model import LogisticRegression\nfrom sklearn.utils.class_weight import compute_sample_weight\n"
                 + ClassifierTests.polished
                 + $"m = LogisticRegression(tol=1e-12, max_iter=1000, solver='newton-cg', class_weight=%s{argument}).fit(x, y, sample_weight=w)\n"
                 + $"m = polish(m, w * compute_sample_weight(%s{argument}, y))\nresult = [m.coef_, m.intercept_]")

        Peer.agree expected (List.ofArray (Array.concat model.Coefficients) @ List.ofArray model.Intercepts))

let private logistics =
    [ logistic "three classes" wine ClassWeights.Uniform "None"
      logistic "balanced classes" wine ClassWeights.Balanced "'balanced'"
      logistic "two classes" sonar ClassWeights.Uniform "None" ]

let private bayes =
    let discrete = { DiscreteNaiveBayesOptions.defaults with Alpha = 0.5 }

    [ agrees
          "Gaussian naive Bayes"
          (fun () -> Sklearn.wine ())
          (GaussianNaiveBayes.learner GaussianNaiveBayesOptions.defaults)
          "__import__('sklearn.naive_bayes').naive_bayes.GaussianNB()"
      agrees
          "multinomial naive Bayes"
          digits
          (MultinomialNaiveBayes.learner discrete)
          "__import__('sklearn.naive_bayes').naive_bayes.MultinomialNB(alpha=0.5)"
      agrees
          "Bernoulli naive Bayes"
          digits
          (BernoulliNaiveBayes.learner { discrete with Threshold = 7.0 })
          "__import__('sklearn.naive_bayes').naive_bayes.BernoulliNB(alpha=0.5, binarize=7.0)" ]

let private trees =
    [ agrees
          "a tree of classes"
          (fun () -> Sklearn.iris ())
          (DecisionTree.classifier { DecisionTreeOptions.defaults with MaxDepth = Some 2 })
          "__import__('sklearn.tree').tree.DecisionTreeClassifier(max_depth=2, random_state=0)"
      agrees
          "a tree of numbers"
          plant
          (DecisionTree.regressor { DecisionTreeOptions.defaults with MaxDepth = Some 4 })
          "__import__('sklearn.tree').tree.DecisionTreeRegressor(max_depth=4, random_state=0)"
      agrees
          "a forest of one tree that sees all"
          plant
          (RandomForest.regressor { RandomForestOptions.defaults with Trees = 1; Bootstrap = false; MaxDepth = Some 3 })
          "__import__('sklearn.ensemble').ensemble.RandomForestRegressor(1, bootstrap=False, max_depth=3, random_state=0)" ]

let private others =
    [ testCase "k-means with weights agrees with scikit-learn from the same start" (fun () ->
          let table = wine ()
          let x, w = Sklearn.x table, tensorOf (weightsOf table)
          let start = Tensor.gather 0 (tensor [ 0; 60; 140 ]) x

          let found =
              x
              |> KMeans.fitWeighted
                  { KMeansOptions.defaults with Clusters = 3; Start = KMeansStart.Given start; Tolerance = 0.0 }
                  w

          let expected =
              peer
                  table
                  "from sklearn.cluster import KMeans\n\
                   m = KMeans(3, init=x[[0, 60, 140]], n_init=1, tol=0, algorithm='lloyd').fit(x, sample_weight=w)\n\
                   result = [m.cluster_centers_, m.labels_, [m.inertia_]]"

          Peer.agree
              expected
              [ yield! Array.concat found.Centres; yield! found.Labels |> Array.map float; found.Inertia ])

      testCase "whole weights are as good as repeated samples" (fun () ->
          let table = Sklearn.every 2 0 (wine ())
          let counts = Array.init table.Y.Length (fun i -> i % 3)

          let repeated =
              { Sklearn.Table.X = Array.map2 Array.replicate counts table.X |> Array.concat
                Sklearn.Table.Y = Array.map2 Array.replicate counts table.Y |> Array.concat }

          for learner in
              [ RidgeRegression.learner RidgeOptions.defaults
                LogisticRegression.learner { LogisticRegressionOptions.defaults with Tolerance = 1e-12 }
                GaussianNaiveBayes.learner { GaussianNaiveBayesOptions.defaults with VarianceSmoothing = 0.0 }
                DecisionTree.classifier { DecisionTreeOptions.defaults with MaxDepth = Some 1 } ] do
              let x = Sklearn.x table
              let weighted = learner |> Learner.fitWeighted (tensorOf (Array.map float counts)) x (Sklearn.y table)
              let plain = learner |> Learner.fit (Sklearn.x repeated) (Sklearn.y repeated)
              Peer.agree (numbersOf plain x) (numbersOf weighted x))

      testCase "weights of one are as good as none" (fun () ->
          let table = wine ()
          let x, y = Sklearn.x table, Sklearn.y table
          let ones = Array.create table.Y.Length 1.0 |> tensorOf

          for learner in
              [ LinearRegression.learner LinearRegressionOptions.defaults
                LogisticRegression.learner LogisticRegressionOptions.defaults
                GaussianNaiveBayes.learner GaussianNaiveBayesOptions.defaults
                DecisionTree.classifier DecisionTreeOptions.defaults
                RandomForest.classifier { RandomForestOptions.defaults with Trees = 5 } ] do
              Peer.agree (numbersOf (Learner.fit x y learner) x) (numbersOf (Learner.fitWeighted ones x y learner) x))

      testCase "cross-validation takes the weights of a dataset's samples for fits and scores" (fun () ->
          let table = wine ()
          let labels = Tensor.ofInts [ table.Y.Length ] (Array.map int table.Y)

          let data =
              Dataset.ofTensors (Sklearn.x table) labels
              |> Dataset.withSampleWeights (tensorOf (weightsOf table |> Array.map (fun w -> w + 0.5)))

          let folds =
              Array.init 3 (fun k ->
                  let test, train = [| 0 .. table.Y.Length - 1 |] |> Array.partition (fun row -> row % 3 = k)
                  { TrainTest.Train = train; TrainTest.Test = test })

          let learner = GaussianNaiveBayes.learner GaussianNaiveBayesOptions.defaults

          let found =
              Estimator.ofLearner learner
              |> fun e -> CrossValidation.run CrossValidationOptions.defaults folds e data

          let expected =
              peer
                  table
                  "from sklearn.naive_bayes import GaussianNB\n\
                   r, w = numpy.arange(len(x)), w + 0.5\n\
                   folds = [(r[r % 3 != k], r[r % 3 == k]) for k in range(3)]\n\
                   result = [[GaussianNB().fit(x[a], y[a], sample_weight=w[a]).score(x[b], y[b], sample_weight=w[b]) for a, b in folds]]"

          Peer.agree expected (found.Scores "accuracy"))

      testCase "reports and curves with weights agree with scikit-learn" (fun () ->
          let table = Sklearn.sonar ()
          let y, w = Sklearn.y table, weightsOf table
          // equal scores among them
          let score = table.X |> Array.map (fun row -> Math.Round(row[10], 2))
          let column = Tensor.ofFloat64Array [ score.Length ] score
          let report = RegressionReport.ofPredictionsWeighted (tensorOf w) y column
          let roc = RocCurve.ofScoresWeighted (tensorOf w) y column
          let recall = PrecisionRecallCurve.ofScoresWeighted (tensorOf w) y column

          let expected =
              peer
                  table
                  "from sklearn import metrics as m\n\
                   s, k = numpy.round(x[:, 10], 2), dict(sample_weight=w)\n\
                   a, b, c = m.precision_recall_curve(y, s, **k)\n\
                   result = [[m.mean_absolute_error(y, s, **k), m.mean_squared_error(y, s, **k), m.mean_absolute_percentage_error(y, s, **k),\n\
                     m.median_absolute_error(y, s, **k), m.r2_score(y, s, **k), m.explained_variance_score(y, s, **k),\n\
                     m.roc_auc_score(y, s, **k), m.average_precision_score(y, s, **k)],\n\
                     *m.roc_curve(y[w > 0], s[w > 0], sample_weight=w[w > 0], drop_intermediate=False)[:2]]"

          Peer.agree
              expected
              [ report.MeanAbsoluteError
                report.MeanSquaredError
                report.MeanAbsolutePercentageError
                report.MedianAbsoluteError
                report.R2
                report.ExplainedVariance
                RocCurve.area roc
                PrecisionRecallCurve.averagePrecision recall
                yield! roc.FalsePositiveRates
                yield! roc.TruePositiveRates ])

      testCase "weights that are none are told" (fun () ->
          let x, y = Tensor.ofFloat64Array [ 3; 1 ] [| 1.0; 2.0; 3.0 |], tensor [ 0; 1; 1 ]
          let learner = LogisticRegression.learner LogisticRegressionOptions.defaults

          for weights, expected in
              [ [| 1.0; -1.0; 1.0 |], "the weight -1 of row 1"
                [| 1.0; nan; 1.0 |], "of row 1"
                [| 0.0; 0.0; 0.0 |], "all samples have the weight 0"
                [| 1.0; 1.0 |], "one weight for each sample" ] do
              let message =
                  Expect.throwsC (fun () -> learner |> Learner.fitWeighted (tensorOf weights) x y |> ignore) _.Message

              Expect.stringContains message expected "which"

          let neighbours = KNearestNeighbours.classifier KNearestNeighboursOptions.defaults
          let ones = tensorOf [| 1.0; 1.0; 1.0 |]

          let message = Expect.throwsC (fun () -> neighbours |> Learner.fitWeighted ones x y |> ignore) _.Message

          Expect.stringContains message "takes no weights" "a learner without weights") ]

[<Tests>]
let tests = testList "Learners.Weights" (linear @ logistics @ bayes @ trees @ others)
