module Functional.Tables.Tests.FeatureTests

open System
open System.IO
open System.IO.Compression
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
open Expecto

let private random seed = Random(seed: int)

let private rows seed n k =
    let r = random seed in Array.init n (fun _ -> Array.init k (fun _ -> r.NextDouble() * 4.0 - 2.0))

let private flat (rows: float[][]) = List.ofArray (Array.concat rows)

/// The genes of a gzipped table, and its last column as classes.
let private genes path first =
    use file = File.OpenRead(Outside.data path)
    use reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress))
    let lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries) |> Array.tail
    let cells = lines |> Array.map (fun line -> line.Split ',')
    let names = cells |> Array.map Array.last |> Array.distinct |> Array.sort

    ({ X = cells |> Array.map (fun row -> row[first .. row.Length - 2] |> Array.map float)
       Y = cells |> Array.map (fun row -> float (Array.IndexOf(names, Array.last row))) }
    : Sklearn.Table)

let private selections =
    [ testCase "the variance threshold keeps scikit-learn's features" (fun () ->
          let table = Sklearn.digits ()
          let found = FeatureSelection.byVariance (VarianceLimit.Above 20.0) (Sklearn.x table)

          let expected =
              table
              |> Sklearn.run
                  "from sklearn.feature_selection import VarianceThreshold\n\
                   t = VarianceThreshold(20).fit(x)\n\
                   result = [t.variances_, t.get_support(indices=True)]"

          Peer.agree expected [ yield! found.Scores; yield! Array.map float found.Selected ]
          let constant = FeatureSelection.byVariance (VarianceLimit.Above 0.0) (Sklearn.x table)
          Expect.equal constant.Selected.Length 61 "three pixels are always dark")

      testCase "of 20,531 genes those at or above the 0.8002 quantile of variance are 4,102" (fun () ->
          let r = random 1
          let x = Tensor.ofFloat64Array [ 4; 20531 ] (Array.init (4 * 20531) (fun _ -> r.NextDouble()))
          let found = FeatureSelection.byVariance (VarianceLimit.Quantile 0.8002) x
          Expect.equal found.Selected.Length 4102 "genes"
          Expect.equal (FeatureSelection.apply x found).Shape [ 4; 4102 ] "their columns")

      testCase "the correlation filter leaves no pair above its limit, and nothing out without reason" (fun () ->
          let table = Sklearn.wine ()

          for method, name in
              [ CorrelationMethod.Pearson, "pearson"
                CorrelationMethod.Spearman, "spearman"
                CorrelationMethod.Kendall, "kendall" ] do
              let found = FeatureSelection.byCorrelation { Limit = 0.6; Method = method } (Sklearn.x table)

              let expected =
                  table
                  |> Sklearn.run
                      $"import pandas\n\
                        c = pandas.DataFrame(x).corr(method='%s{name}').abs().values\n\
                        kept, result = [], []\n\
                        largest = lambda j: max([c[i, j] for i in kept], default=0)\n\
                        for j in range(x.shape[1]): result.append(largest(j)); kept += [j] if result[-1] <= 0.6 else []\n\
                        result = [result, kept]"

              Peer.agree expected [ yield! found.Scores; yield! Array.map float found.Selected ])

      testCase "the best features are those of the largest scores, the first of equals, and NaN last" (fun () ->
          let found = FeatureSelection.best 3 [| 1.0; nan; 5.0; 1.0; 7.0 |]
          Expect.equal found.Selected [| 0; 2; 4 |] "which"
          Expect.equal (FeatureSelection.names [ "a"; "b"; "c"; "d"; "e" ] found) [ "a"; "c"; "e" ] "their names")

      testCase "recursive elimination ranks as scikit-learn's by logistic regression" (fun () ->
          let table = Sklearn.scaled (Sklearn.wine ())
          let learner = LogisticRegression.learner LogisticRegressionOptions.defaults

          for keep, step in [ 5, 1; 4, 3 ] do
              let found =
                  RecursiveElimination.ofLearner
                      { Keep = Some keep; Step = step }
                      learner
                      (Sklearn.x table)
                      (Sklearn.y table)

              let expected =
                  table
                  |> Sklearn.run
                      $"from sklearn.feature_selection import RFE\n\
                        from sklearn.linear_model import LogisticRegression\n\
                        result = RFE(LogisticRegression(tol=1e-10, max_iter=10000), n_features_to_select={keep}, step={step}).fit(x, y).ranking_"

              Peer.agree expected (found.Ranks |> Array.map float |> List.ofArray)
              Expect.equal found.Selected.Length keep "kept")

      testCase "a forest ranks features by their importances" (fun () ->
          let x = rows 21 120 5

          let table: Sklearn.Table =
              { X = x; Y = x |> Array.map (fun row -> if row[3] + row[1] > 0.0 then 1.0 else 0.0) }

          let forest = RandomForest.classifier { RandomForestOptions.defaults with Trees = 20 }

          let found =
              RecursiveElimination.ofLearner { Keep = Some 2; Step = 1 } forest (Sklearn.x table) (Sklearn.y table)

          Expect.equal found.Selected [| 1; 3 |] "the features that tell")

      testCase "a learner without coefficients cannot rank features" (fun () ->
          let table = Sklearn.iris ()

          let fitted: FittedLearner =
              { Kind = "own"
                Task = LearnerTask.Classification
                Features = 4
                Classes = 3
                Predict = id
                Probabilities = None
                State = fun () -> { Kind = "own"; Settings = []; Tensors = [] } }

          let own = Learner.ofFunction "own" LearnerTask.Classification (fun _ _ -> fitted)

          Expect.throws
              (fun () ->
                  RecursiveElimination.ofLearner EliminationOptions.defaults own (Sklearn.x table) (Sklearn.y table)
                  |> ignore)
              "error") ]

let private information =
    [ testCase "mutual information of classes agrees with scikit-learn's" (fun () ->
          let r = random 3
          let x = rows 4 150 4

          let y =
              x
              |> Array.map (fun row ->
                  if row[0] + 0.5 * r.NextDouble() > 0.3 then 1.0
                  elif row[1] > 1.0 then 2.0
                  else 0.0)

          let table: Sklearn.Table = { X = x; Y = y }

          for neighbors in [ 3; 7 ] do
              let options = { MutualInformationOptions.defaults with Neighbors = neighbors }
              let found = MutualInformation.classification options (Sklearn.x table) (Sklearn.y table)

              let expected =
                  table
                  |> Sklearn.run
                      $"from sklearn.feature_selection import mutual_info_classif\nresult = mutual_info_classif(x, y, n_neighbors={neighbors})"

              Peer.agree expected (List.ofArray found))

      testCase "mutual information of numbers agrees with scikit-learn's" (fun () ->
          let r = random 5
          let x = rows 6 200 3
          let y = x |> Array.map (fun row -> sin row[0] + 0.2 * row[1] + 0.1 * r.NextDouble())
          let table: Sklearn.Table = { X = x; Y = y }

          let found =
              MutualInformation.regression MutualInformationOptions.defaults (Sklearn.x table) (Sklearn.y table)

          let expected =
              table
              |> Sklearn.run
                  "from sklearn.feature_selection import mutual_info_regression\nresult = mutual_info_regression(x, y)"

          Peer.agree expected (List.ofArray found))

      testCase "categories have the exact information of their frequencies" (fun () ->
          let table = Sklearn.digits () |> Sklearn.every 3 0
          let options = { MutualInformationOptions.defaults with Discrete = DiscreteFeatures.All }
          let found = MutualInformation.classification options (Sklearn.x table) (Sklearn.y table)

          let expected =
              table
              |> Sklearn.run
                  "from sklearn.feature_selection import mutual_info_classif\nresult = mutual_info_classif(x, y, discrete_features=True)"

          Peer.agree expected (List.ofArray found))

      testCase "with equal numbers the estimate is that of the numbers with its noise" (fun () ->
          let table = Sklearn.iris ()
          let key = Key.ofInt 3
          let options = { MutualInformationOptions.defaults with Key = key }
          let found = MutualInformation.classification options (Sklearn.x table) (Sklearn.y table)

          let noised =
              Array.transpose table.X
              |> Array.mapi (fun j column -> MutualInformation.scaled (Key.fold j key) column)

          let moved: Sklearn.Table = { table with X = Array.transpose noised }

          let expected =
              moved
              |> Sklearn.run
                  "import sklearn.feature_selection._mutual_info as m\n\
                   result = [m._compute_mi_cd(x[:, j], y, 3) for j in range(4)]"

          Peer.agree expected (List.ofArray found)
          // scikit-learn's own noise gives 0.47 to 0.51, 0.25 to 0.29, 0.98 to 0.99 and 0.97 to 0.99
          Expect.isGreaterThan (min found[2] found[3]) 0.9 "petals tell most")

      testCase "a feature that is a category tells of numbers" (fun () ->
          let r = random 7
          let category = Array.init 120 (fun _ -> float (r.Next 3))
          let y = category |> Array.map (fun c -> c + r.NextDouble())
          let table: Sklearn.Table = { X = category |> Array.map Array.singleton; Y = y }
          let options = { MutualInformationOptions.defaults with Discrete = DiscreteFeatures.Columns [ 0 ] }
          let found = MutualInformation.regression options (Sklearn.x table) (Sklearn.y table)

          let expected =
              table
              |> Sklearn.run
                  "from sklearn.feature_selection import mutual_info_regression\nresult = mutual_info_regression(x, y, discrete_features=[0])"

          Peer.agree expected (List.ofArray found)) ]

let private polynomials =
    [ testCase "polynomial features have scikit-learn's values, order and names" (fun () ->
          let x = rows 8 7 3

          for degree, least, interactionOnly, bias in
              [ 2, 1, false, true; 3, 1, false, false; 3, 2, false, true; 3, 1, true, true; 1, 1, false, false ] do
              let options =
                  { Degree = degree; LeastDegree = least; InteractionOnly = interactionOnly; IncludeBias = bias }

              let python (flag: bool) = if flag then "True" else "False"

              let lines =
                  [ "from sklearn.preprocessing import PolynomialFeatures"
                    $"p = PolynomialFeatures(({least}, {degree}), interaction_only={python interactionOnly}, include_bias={python bias})"
                    "z = p.fit_transform(x[0].reshape(-1, 3))" ]

              let columns = [ Array.concat x ]

              Peer.agree
                  (Sklearn.ofColumns lines "[z]" columns)
                  (Sklearn.floats (PolynomialFeatures.transform options (Sklearn.tensorOf x)))

              let names = Sklearn.textOfColumns lines "'\\n'.join(p.get_feature_names_out(['a', 'b', 'c']))" columns

              Expect.equal
                  (PolynomialFeatures.names options [ "a"; "b"; "c" ])
                  (names.Trim().Split '\n' |> List.ofArray)
                  "names") ]

let private componentsOf (model: PrincipalComponents) k =
    [ for i in 0 .. k - 1 do
          yield! model.Components[i]
      yield! model.ExplainedVariance[.. k - 1]
      yield! model.ExplainedVarianceRatio[.. k - 1]
      yield! model.SingularValues[.. k - 1] ]

let private pca = "from sklearn.decomposition import PCA\n"

let private parts k =
    $"[p.components_[:{k}], p.explained_variance_[:{k}], p.explained_variance_ratio_[:{k}], p.singular_values_[:{k}]]"

let private components =
    [ testCase "principal components agree with scikit-learn's on tables" (fun () ->
          for table in [ Sklearn.iris (); Sklearn.wine (); Sklearn.sonar (); { X = rows 9 30 12; Y = [||] } ] do
              let k = min 12 table.X[0].Length
              let model = PrincipalComponents.fit PrincipalComponentsOptions.defaults (Sklearn.x table)
              let scores = PrincipalComponents.transform (Sklearn.x table) model

              let expected =
                  table
                  |> Sklearn.run (
                      pca + $"p = PCA(svd_solver='full').fit(x)\nresult = {parts k} + [p.transform(x)[:, :{k}]]"
                  )

              let columns = scores |> Tensor.sliceAxis 1 0 k 1
              Peer.agree expected (componentsOf model k @ Sklearn.floats columns))

      testCase "of wide tables the components are the same, from the Gram matrix" (fun () ->
          for table, k in
              [ ({ X = rows 10 20 60; Y = [||] }: Sklearn.Table), 19
                genes "gene-expression/tissue_gene_expression.csv.gz" 1, 40
                genes "gene-expression/nci60.csv.gz" 1, 63 ] do
              let model = PrincipalComponents.fit PrincipalComponentsOptions.defaults (Sklearn.x table)
              let expected = table |> Sklearn.run (pca + $"p = PCA(svd_solver='full').fit(x)\nresult = {parts k}")
              Peer.agree expected (componentsOf model k))

      testCase "whitening, noise and the inverse agree with scikit-learn's" (fun () ->
          let table = Sklearn.wine ()
          let options = { Components = ComponentCount.Count 4; Whiten = true }
          let model = PrincipalComponents.fit options (Sklearn.x table)
          let scores = PrincipalComponents.transform (Sklearn.x table) model

          let expected =
              table
              |> Sklearn.run (
                  pca
                  + "p = PCA(4, whiten=True, svd_solver='full').fit(x)\nz = p.transform(x)\nresult = [z, p.inverse_transform(z), p.noise_variance_]"
              )

          Peer.agree
              expected
              (Sklearn.floats scores
               @ Sklearn.floats (PrincipalComponents.inverse scores model)
               @ [ model.NoiseVariance ]))

      testCase "a share of the variance keeps as many components as in scikit-learn" (fun () ->
          let table = Sklearn.scaled (Sklearn.wine ())

          for share in [ 0.2; 0.5; 0.9; 0.99 ] do
              let model =
                  PrincipalComponents.fit
                      { PrincipalComponentsOptions.defaults with Components = ComponentCount.Variance share }
                      (Sklearn.x table)

              let expected =
                  table |> Sklearn.run (pca + $"result = [PCA({share}, svd_solver='full').fit(x).n_components_]")

              Peer.agree expected [ float model.Components.Length ])

      law "all components give the samples back" (fun (seed: int) ->
          let random = random seed
          let n, k = 2 + random.Next 8, 1 + random.Next 8
          let x = Sklearn.tensorOf (rows seed n k)
          let model = PrincipalComponents.fit PrincipalComponentsOptions.defaults x
          let back = PrincipalComponents.inverse (PrincipalComponents.transform x model) model
          Array.forall2 (fun a b -> abs (a - b) < 1e-9) (Tensor.toFloat64Array x) (Tensor.toFloat64Array back))

      testCase "equal samples have no components" (fun () ->
          Expect.throws
              (fun () ->
                  PrincipalComponents.fit PrincipalComponentsOptions.defaults (Tensor.onesOf Float64 [ 3; 2 ])
                  |> ignore)
              "error") ]

/// A frame of columns a, b, ... and its target y.
let private frameOf (table: Sklearn.Table) =
    let names = List.init table.X[0].Length (fun i -> string (char (int 'a' + i)))
    let frame = Frame.ofTensor names (Sklearn.x table)
    let classes = table.Y |> Array.map (fun y -> $"class {y}")
    names, frame |> Deedle.Frame.addCol "y" (Deedle.Series(Array.init classes.Length id, classes))

let private steps =
    [ testCase "a step of each selection keeps the columns that the arrays say" (fun () ->
          let table = Sklearn.wine ()
          let names, frame = frameOf table
          let x, y = Sklearn.x table, Sklearn.y table
          let limit = VarianceLimit.Quantile 0.5
          let filter = { Limit = 0.6; Method = CorrelationMethod.Spearman }
          let learner = LogisticRegression.learner LogisticRegressionOptions.defaults
          let information = MutualInformation.classification MutualInformationOptions.defaults x y

          for step, expected in
              [ Selector.variance limit, (FeatureSelection.byVariance limit x).Selected
                Selector.correlation filter, (FeatureSelection.byCorrelation filter x).Selected
                Selector.mutualInformation 4, (FeatureSelection.best 4 information).Selected
                Selector.recursive 11 1 learner,
                (RecursiveElimination.ofLearner { Keep = Some 11; Step = 1 } learner x y).Selected ] do
              let prepared = step |> Preparation.fitTo "y" frame
              let kept = (prepared |> Prepared.apply frame).ColumnKeys |> List.ofSeq
              Expect.equal kept ([ for i in expected -> names[i] ] @ [ "y" ]) "columns")

      testCase
          "polynomials and principal components of columns are those of arrays, and components come back"
          (fun () ->
              let table = Sklearn.iris ()
              let names, _ = frameOf table
              let frame = Frame.ofTensor names (Sklearn.x table)
              let polynomial = Features.polynomial PolynomialFeaturesOptions.defaults |> Preparation.fit frame
              let found = polynomial |> Prepared.apply frame
              let products = PolynomialFeatures.names PolynomialFeaturesOptions.defaults names
              // columns of a frame that keep their names keep their places
              Expect.equal (List.ofSeq found.ColumnKeys) (names @ List.except names products) "names"

              Peer.agree
                  (Sklearn.floats (PolynomialFeatures.transform PolynomialFeaturesOptions.defaults (Sklearn.x table)))
                  (found |> Deedle.Frame.sliceCols products |> Frame.toTensorOf Float64 |> Sklearn.floats)

              let options = { Components = ComponentCount.Count 4; Whiten = true }
              let prepared = Features.principalComponents options |> Preparation.fit frame
              let scores = prepared |> Prepared.apply frame
              Expect.equal (List.ofSeq scores.ColumnKeys) [ "pca0"; "pca1"; "pca2"; "pca3" ] "names"
              let model = PrincipalComponents.fit options (Sklearn.x table)

              Peer.agree
                  (Sklearn.floats (PrincipalComponents.transform (Sklearn.x table) model))
                  (Sklearn.floats (Frame.toTensorOf Float64 scores))

              Peer.agree
                  (Sklearn.floats (Sklearn.x table))
                  (Sklearn.floats (Frame.toTensorOf Float64 (prepared |> Prepared.invert scores))))

      testCase "steps come back from their files" (fun () ->
          let _, frame = frameOf (Sklearn.iris ())
          let learner = LogisticRegression.learner LogisticRegressionOptions.defaults
          let path = Path.GetTempFileName()

          try
              for step in
                  [ Selector.variance (VarianceLimit.Above 0.5)
                    Selector.correlation CorrelationFilterOptions.defaults
                    Selector.mutualInformation 2
                    Selector.recursive 2 1 learner
                    Features.polynomial PolynomialFeaturesOptions.defaults
                    Features.principalComponents { Components = ComponentCount.Variance 0.9; Whiten = true } ] do
                  let prepared = step |> Preparation.fitTo "y" frame
                  prepared |> Prepared.save path
                  let numbers (prepared: Prepared) = prepared |> Prepared.apply frame |> Deedle.Frame.dropCol "y"
                  let before, after = numbers prepared, numbers (Prepared.load path)
                  Expect.equal (List.ofSeq after.ColumnKeys) (List.ofSeq before.ColumnKeys) "columns"

                  Expect.equal
                      (Sklearn.floats (Frame.toTensorOf Float64 after))
                      (Sklearn.floats (Frame.toTensorOf Float64 before))
                      "numbers"
          finally
              File.Delete path)

      testCase "a column with a gap is named" (fun () ->
          let frame = PreparationPeer.frameOf [ [| 1.0; nan; 2.0 |]; [| 1.0; 2.0; 3.0 |] ]

          let message =
              Expect.throwsC
                  (fun () ->
                      Features.principalComponents PrincipalComponentsOptions.defaults
                      |> Preparation.fit frame
                      |> ignore)
                  _.Message

          Expect.stringContains message "'x0'" "which") ]

[<Tests>]
let tests = testList "Features" (selections @ information @ polynomials @ components @ steps)
