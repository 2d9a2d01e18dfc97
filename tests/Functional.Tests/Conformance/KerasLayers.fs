/// Keras's layers as networks of the library, by their names in Keras. A family of layers that takes more than the name
/// and the settings has a file of its own, and a line here.
module Functional.Tests.Conformance.KerasLayers

open Functional
open Functional.Tests.Conformance.Cases
open Functional.Tests.Conformance.KerasOptions

/// A layer by its name in Keras.
let rec layerOf (case: Case) : Layer<Tensor, Tensor> =
    match case.Class, KerasRecurrent.tryLayer layerOf case with
    | _, Some layer -> layer
    | "Activation", None -> known (fun () -> Activation.ofName (activationName case.Config["activation"]))
    | "Identity", None -> linear
    | name, None -> known (fun () -> Layer.ofName name (settingsOf case))

/// The families, each of which makes the networks of its own classes.
let private families: (Case -> Shape list -> Network option) list =
    [ fun case _ -> KerasMerging.tryNetwork case
      fun case _ -> KerasRecurrent.tryNetwork layerOf case
      KerasConvolutions.tryNetwork layerOf ]

/// The network of a case for samples of these shapes.
let networkOf (case: Case) (samples: Shape list) : Network =
    families
    |> List.tryPick (fun network -> network case samples)
    |> Option.defaultWith (fun () -> (layerOf case).Network)
