module Functional.Tables.Tests.ClassifierTests

open Functional
open Functional.Tests
open FsCheck
open Expecto
open Functional.Tables.Tests.Sklearn

let private logistic (m: LogisticRegression) = List.ofArray (Array.concat m.Coefficients) @ List.ofArray m.Intercepts

let private options = { LogisticRegressionOptions.defaults with Tolerance = 1e-11 }

/// scikit-learn's solvers stop at gradients of 1e-9 and above, even when asked for less; two steps of Newton's method on its own
/// objective bring its solution to the optimum.
let polished =
    """
def polish(m, weights=None):
    classes, s = m.classes_, numpy.ones(len(y)) if weights is None else weights
    a = numpy.hstack([x, numpy.ones((len(x), 1))]) if m.fit_intercept else x
    ridge = numpy.ones(a.shape[1])
    ridge[x.shape[1]:] = 0
    if len(classes) == 2:
        targets = (y == classes[1])[:, None].astype(float)
    else:
        targets = (y[:, None] == classes).astype(float)
    w = numpy.hstack([m.coef_, m.intercept_[:, None]]) if m.fit_intercept else m.coef_
    k, d = w.shape
    for _ in range(2):
        z = a @ w.T
        if k == 1:
            p = 1 / (1 + numpy.exp(-z))
        else:
            e = numpy.exp(z - z.max(1, keepdims=True))
            p = e / e.sum(1, keepdims=True)
        slope = m.C * ((p - targets) * s[:, None]).T @ a + ridge * w
        hessian = numpy.zeros((k * d, k * d))
        for i in range(k):
            for j in range(k):
                both = p[:, i] * ((i == j) - p[:, j]) * s * m.C
                hessian[i*d:i*d+d, j*d:j*d+d] = (a * both[:, None]).T @ a + (i == j) * numpy.diag(ridge)
        w = w - (numpy.linalg.pinv(hessian, hermitian=True) @ slope.ravel()).reshape(k, d)
    m.coef_ = w[:, :x.shape[1]]
    m.intercept_ = w[:, x.shape[1]] if m.fit_intercept else numpy.zeros(k)
    if k > 1:  # a number added to all intercepts changes nothing: those of lbfgs, and ours, add up to zero
        m.intercept_ -= m.intercept_.mean()
    return m
"""

let private sameLogistic (expected: string) (options: LogisticRegressionOptions) table =
    let expected =
        run
            ("from sklearn.linear_model import *\nfrom sklearn.utils.class_weight import compute_sample_weight\n"
             + polished
             + "fitted = "
             + expected
             + ".fit(x, y)\nm = polish(fitted, compute_sample_weight(fitted.class_weight, y))\nresult = [m.coef_, m.intercept_]")
            table

    Peer.agree expected (logistic (LogisticRegression.fit options (x table) (y table)))

let private two (table: Table) =
    let kept = Array.zip table.X table.Y |> Array.filter (fun (_, y) -> y < 2.0)
    { X = Array.map fst kept; Y = Array.map snd kept }

let private sameBayes expected (fitted: NaiveBayes) table =
    let expected =
        run
            ("from sklearn.naive_bayes import *\nm = "
             + expected
             + ".fit(x, y)\nresult = [m.predict_proba(x), m.predict(x)]")
            table

    let x = x table
    Peer.agree expected (floats (NaiveBayes.probabilities x fitted) @ floats (NaiveBayes.predict x fitted))
    comesBack x (NaiveBayes.fitted fitted)

[<Tests>]
let tests =
    [ testCase "logistic regression of two classes has scikit-learn's optimum" (fun () ->
          sameLogistic "LogisticRegression(solver='newton-cholesky', tol=1e-12)" options (scaled (sonar ()))

          sameLogistic
              "LogisticRegression(C=10, solver='newton-cholesky', tol=1e-12)"
              { options with C = 10.0 }
              (two (iris ())))

      testCase "logistic regression of many classes has scikit-learn's optimum" (fun () ->
          sameLogistic "LogisticRegression(solver='newton-cg', tol=1e-12, max_iter=1000)" options (iris ())

          sameLogistic
              "LogisticRegression(C=0.1, solver='newton-cg', tol=1e-12, max_iter=1000)"
              { options with C = 0.1 }
              (scaled (wine ())))

      testCase "logistic regression without intercept, and with balanced classes, has scikit-learn's optimum" (fun () ->
          sameLogistic
              "LogisticRegression(fit_intercept=False, solver='newton-cg', tol=1e-12)"
              { options with FitIntercept = false }
              (scaled (wine ()))

          sameLogistic
              "LogisticRegression(class_weight='balanced', solver='newton-cg', tol=1e-12, max_iter=1000)"
              { options with ClassWeights = ClassWeights.Balanced }
              (scaled (drug ())))

      testCase "probabilities of logistic regression are scikit-learn's" (fun () ->
          let table = iris ()
          let fitted = LogisticRegression.fit options (x table) (y table)

          let lines =
              "from sklearn.linear_model import *\n"
              + polished
              + "m = polish(LogisticRegression(solver='newton-cg', tol=1e-12, max_iter=1000).fit(x, y))\nresult = [m.predict_proba(x), m.predict(x)]"

          let expected = run lines table

          Peer.agree
              expected
              (floats (LogisticRegression.probabilities (x table) fitted)
               @ floats (LogisticRegression.predict (x table) fitted))

          comesBack (x table) (LogisticRegression.fitted fitted))

      testCase "at the optimum of raw wine, whose columns differ by a thousand times, the gradient is zero" (fun () ->
          let table = wine ()
          let fitted = LogisticRegression.fit { options with Tolerance = 1e-8 } (x table) (y table)
          let p = LogisticRegression.probabilities (x table) fitted |> Tensor.toFloat64Array

          for k in 0..2 do
              for j in 0..12 do
                  let slope =
                      Seq.sum (
                          seq {
                              for i in 0 .. table.Y.Length - 1 ->
                                  (p[i * 3 + k] - (if table.Y[i] = float k then 1.0 else 0.0)) * table.X[i].[j]
                          }
                      )

                  Expect.isLessThan (abs (slope + fitted.Coefficients[k].[j])) 1e-6 $"gradient of {k}, {j}")

      testCase "a class that no sample has gets probability 0" (fun () ->
          let table = two (iris ())
          let y = Tensor.ofFloat64Array [ table.Y.Length ] (table.Y |> Array.map (fun v -> 3.0 * v))

          let check (fitted: FittedLearner) =
              let p = Learner.probabilities (x table) fitted
              Expect.equal p.Shape [ table.Y.Length; 4 ] "a column a class"
              let rows = Tensor.toFloat64Array p |> Array.chunkBySize 4

              Expect.isTrue
                  (rows
                   |> Array.forall (fun row -> row[1] = 0.0 && row[2] = 0.0 && abs (row[0] + row[3] - 1.0) < 1e-12))
                  "probabilities"

          check (LogisticRegression.learner LogisticRegressionOptions.defaults |> Learner.fit (x table) y)
          check (GaussianNaiveBayes.learner GaussianNaiveBayesOptions.defaults |> Learner.fit (x table) y))

      testCase "one class alone and labels that are no classes are errors that say so" (fun () ->
          let says part (y: float[]) =
              let x = tensorOf [| [| 1.0 |]; [| 2.0 |] |]

              Expect.throwsC
                  (fun () -> LogisticRegression.fit options x (Tensor.ofFloat64Array [ 2 ] y) |> ignore)
                  (fun e -> Expect.stringContains e.Message part "")

          says "two classes or more" [| 1.0; 1.0 |]
          says "is no class" [| 1.0; -1.0 |]
          says "is no class" [| 1.0; 0.5 |])

      testCase "naive Bayes agrees with scikit-learn" (fun () ->
          let iris, digits = iris (), every 3 0 (digits ())
          sameBayes "GaussianNB()" (GaussianNaiveBayes.fit GaussianNaiveBayesOptions.defaults (x iris) (y iris)) iris
          let priors = { GaussianNaiveBayesOptions.defaults with Priors = Some [ 0.2; 0.5; 0.3 ] }
          sameBayes "GaussianNB(priors=[0.2, 0.5, 0.3])" (GaussianNaiveBayes.fit priors (x iris) (y iris)) iris
          let defaults = DiscreteNaiveBayesOptions.defaults
          sameBayes "MultinomialNB()" (MultinomialNaiveBayes.fit defaults (x digits) (y digits)) digits

          sameBayes
              "MultinomialNB(alpha=0.1, fit_prior=False)"
              (MultinomialNaiveBayes.fit { defaults with Alpha = 0.1; FitPriors = false } (x digits) (y digits))
              digits

          sameBayes
              "BernoulliNB(binarize=8)"
              (BernoulliNaiveBayes.fit { defaults with Threshold = 8.0 } (x digits) (y digits))
              digits)

      testCase "the score of a classifier is its accuracy" (fun () ->
          let table = iris ()

          let fitted =
              GaussianNaiveBayes.learner GaussianNaiveBayesOptions.defaults |> Learner.fit (x table) (y table)

          Peer.agree [ 0.96 ] [ Learner.score (x table) (y table) fitted ]) ]
    |> testList "Learners.Classifiers"
