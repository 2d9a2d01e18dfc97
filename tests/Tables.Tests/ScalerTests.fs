module Functional.Tables.Tests.ScalerTests

open System
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

let private scalers =
    [ "MinMaxScaler()", Scaler.minMax
      "MinMaxScaler(feature_range=(-2, 3))", Scaler.minMaxWith { MinMaxOptions.defaults with FeatureRange = -2.0, 3.0 }
      "StandardScaler()", Scaler.standard
      "StandardScaler(with_mean=False)", Scaler.standardWith { StandardOptions.defaults with WithMean = false }
      "StandardScaler(with_std=False)", Scaler.standardWith { StandardOptions.defaults with WithStd = false }
      "RobustScaler()", Scaler.robust
      "RobustScaler(quantile_range=(10, 80), unit_variance=True)",
      Scaler.robustWith { RobustOptions.defaults with QuantileRange = 10.0, 80.0; UnitVariance = true }
      "RobustScaler(with_centering=False)", Scaler.robustWith { RobustOptions.defaults with WithCentering = false }
      "MaxAbsScaler()", Scaler.maxAbs
      "QuantileTransformer(n_quantiles=20)", Scaler.quantileWith { QuantileOptions.defaults with Quantiles = 20 }
      "QuantileTransformer(n_quantiles=50, output_distribution='normal')",
      Scaler.quantileWith { Quantiles = 50; Output = QuantileOutput.Normal } ]

let private invertible =
    (scalers |> List.filter (fun (name, _) -> not (name.StartsWith "Quantile")) |> List.map snd)
    @ [ Scaler.power; Scaler.powerWith { PowerOptions.defaults with Standardize = false } ]

let private near (a: float[] list) (b: float[] list) =
    List.forall2
        (Array.forall2 (fun x y -> (Double.IsNaN x && Double.IsNaN y) || abs (x - y) <= 1e-9 * max 1.0 (abs x)))
        a
        b

[<Tests>]
let tests =
    [ for data, columns in
          [ "random columns", fun () -> random false 1 60 3
            "columns with gaps", fun () -> random true 2 80 4
            "irises", fun () -> fst (table "iris/iris.csv")
            "wines", fun () -> fst (table "wine/wine.csv") ] do
          testCase $"scalers of %s{data} agree with scikit-learn on new rows, and back" (fun () ->
              let columns = columns ()
              let frame = frameOf columns
              let half = frameOf (columns |> List.map (Array.truncate (columns.Head.Length / 2)))
              let fit = sprintf "%s.fit(X[:len(X) // 2])"
              let forth = scalers |> List.map (fun (peer, _) -> $"%s{fit peer}.transform(X)")

              let back =
                  scalers
                  |> List.map (fun (peer, _) -> $"(lambda s: s.inverse_transform(s.transform(X)))(%s{fit peer})")

              for (peer, scaler), (expected, inverse) in
                  List.zip scalers (List.zip (rowsOf forth columns) (rowsOf back columns)) do
                  let fitted = scaler |> Preparation.fit half
                  let scaled = fitted |> Prepared.apply frame
                  agree peer expected (columnsOf scaled)
                  agree $"%s{peer}, inverted" inverse (fitted |> Prepared.invert scaled |> columnsOf))

      for name, norm in [ "l1", RowNorm.L1; "l2", RowNorm.L2; "max", RowNorm.Max ] do
          testCase $"rows have the length 1 by the norm %s{name}, as in scikit-learn" (fun () ->
              let columns = random false 3 50 3 |> List.map (fun c -> Array.append [| 0.0 |] c)
              let fitted = Scaler.normalizerOf norm |> Preparation.fit (frameOf columns)

              agree
                  "normalizer"
                  (columns |> rows $"Normalizer('%s{name}').fit_transform(X)")
                  (fitted |> Prepared.apply (frameOf columns) |> columnsOf))

      testCase "exponents of power transforms are at least as likely as scikit-learn's, and near them" (fun () ->
          let methods =
              [ "yeo-johnson", PowerMethod.YeoJohnson, id
                "box-cox", PowerMethod.BoxCox, List.map (Array.map (fun x -> exp (0.3 * x))) ]

          for name, power, prepare in methods do
              let columns = prepare (random false 4 70 2 @ [ Array.init 70 (fun i -> float (i * i % 13) + 0.5) ])

              let fitted =
                  Scaler.powerWith { PowerOptions.defaults with Method = power } |> Preparation.fit (frameOf columns)

              let lambdas = (Prepared.step fitted).Numbers "lambda"
              let peer = columns |> rows $"[PowerTransformer('%s{name}').fit(X).lambdas_]"

              let llf = if power = PowerMethod.BoxCox then "boxcox_llf" else "yeojohnson_llf"

              let likelihoods (lambdas: float[]) =
                  let list = lambdas |> Array.map (fun x -> x.ToString "R") |> String.concat ", "
                  let one = $"__import__('scipy.stats').stats.%s{llf}(l, X[:, j])"
                  (rows $"[[%s{one} for j, l in enumerate([%s{list}])]]" columns).[0]

              for own, theirs in Array.zip lambdas peer[0] do
                  Expect.isLessThan (abs (own - theirs)) 1e-6 "near"

              for own, theirs in Array.zip (likelihoods lambdas) (likelihoods peer[0]) do
                  Expect.isGreaterThanOrEqual own (theirs - 1e-10) "as likely")

      testCase "power transforms of known exponents agree with SciPy" (fun () ->
          let xs = Array.append (random false 5 40 1).Head [| 0.0 |]

          for lambda in [ -1.5; 0.0; 0.3; 1.0; 2.0; 3.1 ] do
              let expected = [ xs ] |> rows $"__import__('scipy.stats').stats.yeojohnson(X[:, 0], %.17g{lambda})"
              agree "power" expected [ xs |> Array.map (PowerScaling.transform PowerMethod.YeoJohnson lambda) ]
              let positive = xs |> Array.map (fun x -> abs x + 0.1)

              let expected =
                  [ positive ] |> rows $"__import__('scipy.special').special.boxcox(X[:, 0], %.17g{lambda})"

              agree "power" expected [ positive |> Array.map (PowerScaling.transform PowerMethod.BoxCox lambda) ])

      law "scaling and back gives the input" (fun (seed: int) (rows: PositiveInt) ->
          let columns = random true seed (rows.Get + 2) 3
          let frame = frameOf columns

          invertible
          |> List.forall (fun scaler ->
              let fitted = scaler |> Preparation.fit frame
              near columns (fitted |> Prepared.invert (fitted |> Prepared.apply frame) |> columnsOf)))

      law "parts of what is scaled are what parts become" (fun (seed: int) (rows: PositiveInt) ->
          let columns = random true seed (rows.Get + 3) 2
          let part = List.map (Array.skip (rows.Get / 2 + 1))

          invertible @ [ Scaler.quantile ]
          |> List.forall (fun scaler ->
              let fitted = scaler |> Preparation.fit (frameOf columns)
              let whole = fitted |> Prepared.apply (frameOf columns) |> columnsOf
              let parts = fitted |> Prepared.apply (frameOf (part columns)) |> columnsOf
              List.forall2 (Array.forall2 (fun (a: float) b -> a.Equals b)) (part whole) parts))

      testCase "constant columns become 0, and columns without a value stay missing" (fun () ->
          let frame = frameOf [ [| 3.0; 3.0; 3.0 |]; [| nan; nan; nan |] ]

          for scaler in [ Scaler.minMax; Scaler.standard; Scaler.robust ] do
              match scaler |> Preparation.fit frame |> Prepared.apply frame |> columnsOf with
              | [ constant; missing ] ->
                  Expect.equal constant [| 0.0; 0.0; 0.0 |] ""
                  Expect.isTrue (missing |> Array.forall Double.IsNaN) ""
              | other -> failtest $"{other.Length} columns")

      testCase "values outside those of the fit are cut off where that is asked for" (fun () ->
          let fitted =
              Scaler.minMaxWith { MinMaxOptions.defaults with Clip = true }
              |> Preparation.fit (frameOf [ [| 0.0; 10.0 |] ])

          Expect.equal
              (fitted |> Prepared.apply (frameOf [ [| -5.0; 5.0; 20.0 |] ]) |> columnsOf)
              [ [| 0.0; 0.5; 1.0 |] ]
              "")

      testCase "columns of other forms stay as they are, and keep their types and places" (fun () ->
          let frame = Csv.parse "a,b,c,d\n1,x,2.5,true\n3,y,4.5,false\n"
          let scaled = Scaler.minMax |> Preparation.on [ "c" ] |> Preparation.fit frame |> Prepared.apply frame
          Expect.equal (List.ofSeq scaled.ColumnKeys) [ "a"; "b"; "c"; "d" ] ""
          Expect.equal (List.ofSeq scaled.ColumnTypes) [ typeof<int>; typeof<string>; typeof<float>; typeof<bool> ] ""
          Expect.equal (scaled.GetColumn<float>("c").Values |> List.ofSeq) [ 0.0; 1.0 ] "")

      testCase "errors name the step, the column and the remedy" (fun () ->
          let frame = Csv.parse "a,b\n1,x\n2,y\n"
          let error preparation = message (fun () -> preparation |> Preparation.fit frame)
          Expect.stringContains (error (Scaler.minMax |> Preparation.on [ "b" ])) "column 'b' is of words" ""

          Expect.stringContains
              (error (Scaler.minMax |> Preparation.on [ "z" ]))
              "'z' is no column of the frame; there is a, b"
              ""

          let range = Scaler.minMaxWith { MinMaxOptions.defaults with FeatureRange = 1.0, 1.0 }
          Expect.stringContains (error range) "featureRange = (1, 1)" ""

          Expect.stringContains
              (error (Scaler.quantileWith { QuantileOptions.defaults with Quantiles = 0 }))
              "n_quantiles = 0"
              ""

          let boxCox = Scaler.powerWith { PowerOptions.defaults with Method = PowerMethod.BoxCox }
          let negative = message (fun () -> boxCox |> Preparation.fit (frameOf [ [| 1.0; -1.0 |] ]))
          Expect.stringContains negative "'x0' has -1 in row 1" ""
          let infinite = message (fun () -> Scaler.standard |> Preparation.fit (frameOf [ [| 1.0; infinity |] ]))
          Expect.stringContains infinite "'x0' has an infinite value in row 1" ""
          let fitted = Scaler.standard |> Preparation.fit frame
          let lacking = message (fun () -> fitted |> Prepared.apply (frame |> Frame.dropCol "a"))
          Expect.stringContains lacking "lacks: a" "") ]
    |> testList "Tables.Scalers"
