module Functional.Tables.Tests.LinearTests

open Functional
open Functional.Tests
open Expecto
open Functional.Tables.Tests.Sklearn

let private model (m: LinearModel) = List.ofArray m.Coefficients @ [ m.Intercept ]

let private same (expected: string) (actual: LinearModel) table =
    Peer.agree
        (run
            ("from sklearn.linear_model import *\nm = "
             + expected
             + ".fit(x, y)\nresult = [m.coef_, m.intercept_]")
            table)
        (model actual)

/// A column that is the sum of two others: many coefficients fit alike.
let private dependent () =
    let table = every 40 0 (powerplant ())
    { table with X = table.X |> Array.map (fun row -> Array.append row [| row[0] + row[1] |]) }

[<Tests>]
let tests =
    [ testCase "linear regression agrees with scikit-learn, with and without an intercept" (fun () ->
          let table = powerplant ()
          same "LinearRegression()" (LinearRegression.fit LinearRegressionOptions.defaults (x table) (y table)) table
          let without = LinearRegression.fit { FitIntercept = false } (x table) (y table)
          same "LinearRegression(fit_intercept=False)" without table)

      testCase "of features that depend on each other the shortest coefficients are taken" (fun () ->
          let table = dependent ()
          let fitted = LinearRegression.fit LinearRegressionOptions.defaults (x table) (y table)
          // scikit-learn's own cut is so low here that its coefficients are 1e11
          let shortest = run "result = numpy.linalg.pinv(x - x.mean(0), rcond=1e-12) @ (y - y.mean())" table
          Peer.agree shortest (List.ofArray fitted.Coefficients))

      testCase "fewer samples than features are fitted as in scikit-learn" (fun () ->
          let table = every 10 0 (scaled (sonar ()))
          same "LinearRegression()" (LinearRegression.fit LinearRegressionOptions.defaults (x table) (y table)) table

          same
              "Ridge(alpha=0.3)"
              (RidgeRegression.fit { RidgeOptions.defaults with Alpha = 0.3 } (x table) (y table))
              table)

      testCase "ridge regression agrees with scikit-learn" (fun () ->
          let table = powerplant ()
          same "Ridge()" (RidgeRegression.fit RidgeOptions.defaults (x table) (y table)) table
          let sonar = sonar ()

          same
              "Ridge(alpha=2.5, solver='svd')"
              (RidgeRegression.fit { RidgeOptions.defaults with Alpha = 2.5 } (x sonar) (y sonar))
              sonar)

      testCase "lasso and elastic net agree with scikit-learn" (fun () ->
          let table = scaled (sonar ())
          let tight = { Lasso.defaults with Tolerance = 1e-15; MaxIterations = 100000; Alpha = 0.01 }
          same "Lasso(alpha=0.01, tol=1e-15, max_iter=100000)" (Lasso.fit tight (x table) (y table)) table

          same
              "ElasticNet(alpha=0.01, l1_ratio=0.3, tol=1e-15, max_iter=100000)"
              (ElasticNet.fit { tight with L1Ratio = 0.3 } (x table) (y table))
              table)

      testCase "a large penalty makes all of the lasso's coefficients zero, and the intercept the mean" (fun () ->
          let table = powerplant ()
          let fitted = Lasso.fit { Lasso.defaults with Alpha = 1e6 } (x table) (y table)
          Expect.equal fitted.Coefficients [| 0.0; 0.0; 0.0; 0.0 |] "coefficients"
          Expect.floatClose Accuracy.high fitted.Intercept (Array.average table.Y) "intercept")

      testCase "a linear model comes back from its saved form, and scores R squared" (fun () ->
          let table = powerplant ()

          let fitted =
              LinearRegression.learner LinearRegressionOptions.defaults |> Learner.fit (x table) (y table)

          comesBack (x table) fitted

          let expected =
              run "from sklearn.linear_model import *\nresult = LinearRegression().fit(x, y).score(x, y)" table

          Peer.agree expected [ Learner.score (x table) (y table) fitted ])

      testCase "samples of another width, missing values and absent targets are errors that say so" (fun () ->
          let fit x y = LinearRegression.fit LinearRegressionOptions.defaults x y
          let samples = tensorOf [| [| 1.0; 2.0 |]; [| 3.0; 5.0 |] |]
          let fitted = fit samples (tensorOf [| [| 1.0 |]; [| 2.0 |] |])
          let says part action = Expect.throwsC action (fun e -> Expect.stringContains e.Message part "")
          says "[n; 2]" (fun () -> LinearModel.predict (tensorOf [| [| 1.0 |] |]) fitted |> ignore)

          says "row 0, column 1" (fun () ->
              fit (tensorOf [| [| 1.0; nan |] |]) (Tensor.ofFloat64Array [ 1 ] [| 1.0 |]) |> ignore)

          says "one target for each" (fun () -> fit samples (Tensor.ofFloat64Array [ 1 ] [| 1.0 |]) |> ignore)) ]
    |> testList "Learners.Linear"
