namespace Functional

/// The kinds of learners that the library has, to read saved ones.
[<RequireQualifiedAccess>]
module Learners =
    let private kinds: (string list * (LearnerState -> FittedLearner)) list =
        [ [ "linear_regression"; "ridge_regression"; "elastic_net" ], LinearModel.ofState >> LinearModel.fitted
          [ "logistic_regression" ], LogisticRegression.ofState >> LogisticRegression.fitted
          [ "gaussian_naive_bayes"; "multinomial_naive_bayes"; "bernoulli_naive_bayes" ],
          NaiveBayes.ofState >> NaiveBayes.fitted
          [ "k_neighbours_classifier"; "k_neighbours_regressor" ],
          KNearestNeighbours.ofState >> KNearestNeighbours.fitted
          [ "decision_tree_classifier"; "decision_tree_regressor" ], DecisionTree.ofState >> DecisionTree.fitted
          [ "random_forest_classifier"; "random_forest_regressor" ], RandomForest.ofState >> RandomForest.fitted
          [ "perceptron" ], Perceptron.ofState >> Perceptron.fitted
          [ "neuron" ], Neuron.ofState >> Neuron.fitted
          [ "neuron_layer" ], NeuronLayer.ofState >> NeuronLayer.fitted
          [ "k_means" ], KMeans.ofState >> KMeans.fitted ]

    /// The fitted learner of its generic form. `own` reads kinds that are not the library's: it is asked first, by kind.
    let ofStateWith (own: Map<string, LearnerState -> FittedLearner>) (state: LearnerState) : FittedLearner =
        match Map.tryFind state.Kind own with
        | Some read -> read state
        | None ->
            match kinds |> List.tryFind (fst >> List.contains state.Kind) with
            | Some(_, read) -> read state
            | None ->
                let known = kinds |> List.collect fst |> List.sort |> String.concat ", "

                Fail.data
                    "Learners.ofState"
                    $"there is no learner of the kind '{state.Kind}'; the library has {known}. \
                      Give what reads a kind of your own to Learners.ofStateWith."

    /// The fitted learner of its generic form, of any kind of the library.
    let ofState (state: LearnerState) : FittedLearner = ofStateWith Map.empty state
