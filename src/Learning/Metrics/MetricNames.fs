namespace Functional

/// The metrics by name.
[<AutoOpen>]
module NamesOfMetrics =

    /// The metrics by name.
    module Metric =

        /// Every metric that needs no options, under its name.
        let all: (string * Metric) list =
            [ Metric.accuracy
              Metric.binaryAccuracy
              Metric.categoricalAccuracy
              Metric.sparseCategoricalAccuracy
              Metric.named "top_k_categorical_accuracy" (Metric.topK 5)
              Metric.named "sparse_top_k_categorical_accuracy" (Metric.topK 5)
              Metric.precision
              Metric.recall
              Metric.f1
              Metric.specificity
              Metric.iou
              Metric.meanIou
              Metric.truePositives
              Metric.falsePositives
              Metric.trueNegatives
              Metric.falseNegatives
              Metric.auc
              Metric.meanSquaredError
              Metric.rootMeanSquaredError
              Metric.meanAbsoluteError
              Metric.r2
              Metric.pearsonCorrelation
              Metric.concordanceCorrelation
              Metric.cosineSimilarity
              Metric.binaryIou [ 0; 1 ] 0.5
              Metric.mean
              Metric.sum
              Metric.equality ]
            |> List.map (fun metric -> metric.Name, metric)

        let private aliases =
            [ "acc", "accuracy"
              "mse", "mean_squared_error"
              "mae", "mean_absolute_error"
              "mape", "mean_absolute_percentage_error"
              "msle", "mean_squared_logarithmic_error"
              "rmse", "root_mean_squared_error"
              "kld", "kl_divergence" ]

        /// The metric of this name with Keras's defaults: "acc", "accuracy", "AUC", "RootMeanSquaredError". The names
        /// are those of `Metric.all`, those of the losses (`Metric.ofLoss`) and Keras's short ones; case and
        /// underscores do not count. An unknown name is an error that lists the names.
        let ofName (name: string) : Metric =
            let known = all |> List.map fst |> Set.ofList

            let losses =
                Loss.all
                |> List.filter (fun (name, _) -> not (known.Contains name))
                |> List.map (fun (name, loss) -> name, Metric.named name (Metric.ofLoss loss))

            KerasNames.find "Metric.ofName" (all @ losses) aliases name
