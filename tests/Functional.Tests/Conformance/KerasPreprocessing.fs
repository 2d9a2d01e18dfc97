/// Keras's layers that normalize kernels, and those that adapt to data.
module Functional.Tests.Conformance.KerasPreprocessing

open Functional
open Functional.Tests.Conformance.Cases

let private given (case: Case) name =
    let value = case.Config[name]

    if (property "data" value).IsSome then
        List.ofArray (data value)
    else
        [ float' name 0.0 case ]

let private discretizationOf (case: Case) =
    let mode =
        match word "output_mode" "int" case with
        | "one_hot" -> DiscretizationMode.Encoded CategoryMode.OneHot
        | "multi_hot" -> DiscretizationMode.Encoded CategoryMode.MultiHot
        | "count" -> DiscretizationMode.Encoded CategoryMode.Count
        | _ -> DiscretizationMode.Int

    if isGiven "bin_boundaries" case then
        discretizationWith mode (List.ofArray (numbers case.Config["bin_boundaries"]))
    else
        let bins = discretizationInto mode (int (float' "num_bins" 2.0 case))

        // Keras's tests adapt the layer to data that the cases do not tell
        match property "calls" case.Root with
        | Some calls -> bins |> Preprocessing.adapt (tensorOf (calls[0].GetProperty "input"))
        | None -> bins

/// The layer of a class whose options are arrays, or that holds another layer.
let tryLayer (layerOf: Case -> Layer<Tensor, Tensor>) (case: Case) : Layer<Tensor, Tensor> option =
    match case.Class with
    | "SpectralNormalization" ->
        if (property "calls" case.Root).IsSome then
            unsupported "an image with its channels in front, which the case does not tell"

        let inner = layerOf (nested case case.Config["layer"])
        Some(spectralNormWith (int (float' "power_iterations" 1.0 case)) inner)
    | "Normalization" when isGiven "mean" case ->
        let options = { NormalizationOptions.defaults with Invert = flag "invert" case }
        Some(normalizationOf options (given case "mean") (given case "variance"))
    | "Rescaling" -> Some(rescalingOf (given case "scale") (given case "offset"))
    | "BatchNormalization" when flag "renorm" case && (property "calls" case.Root).IsSome ->
        unsupported "running statistics that the case does not tell"
    | "Discretization" -> Some(discretizationOf case)
    | _ -> None

/// The network of counts with weights, which are a second input.
let tryNetwork (case: Case) (samples: Shape list) : Network option =
    match case.Class, samples with
    | "CategoryEncoding", [ _; _ ] -> Some (weightedCategoryCount (int (float' "num_tokens" 1.0 case))).Network
    | _ -> None
