/// Keras's layers over spatial axes: convolutions, pooling, resizing.
module Functional.Tests.Conformance.KerasConvolutions

open Functional
open Functional.Tests.Conformance.Cases
open Functional.Tests.Conformance.KerasOptions

/// The order that takes the channels from the front of a sample to its end, and the one back.
let private channelsLast rank = permute ([ 2 .. rank - 1 ] @ [ 1 ]), permute ((rank - 1) :: [ 1 .. rank - 2 ])

/// A layer that takes the channels last, put between two permutations for samples with the channels in front, the
/// second one where the result still has all axes.
let private arranged (case: Case) (sample: Shape) (layerFor: Shape -> Layer<Tensor, Tensor>) : Network =
    if word "data_format" "channels_last" case = "channels_last" || sample.Length < 2 then
        (layerFor sample).Network
    else
        let into, back = channelsLast (sample.Length + 1)
        let inside = into --> layerFor (sample.Tail @ [ sample.Head ])

        match Layer.shapes [ sample ] inside with
        | [ result ] when result.Length = sample.Length -> (inside --> back).Network
        | _ -> inside.Network

/// Whether layers of a class have an option for the place of the channels.
let private takesFormat (name: string) =
    [ "Conv1D"
      "Conv2D"
      "Conv3D"
      "Depthwise"
      "Separable"
      "Average"
      "Max"
      "Global"
      "Adaptive"
      "UpSampling"
      "ZeroPadding"
      "Cropping"
      "Flatten" ]
    |> List.exists (fun start -> name.StartsWith(start, System.StringComparison.Ordinal))
    && (axesOf name > 0 || name = "Flatten")

/// The network of a layer that has the channels in front, or might have them there.
let tryNetwork (layerOf: Case -> Layer<Tensor, Tensor>) (case: Case) (samples: Shape list) : Network option =
    let format = word "data_format" "channels_last" case

    match isGiven "data_format" case, takesFormat case.Class with
    | false, _ -> None
    | true, true ->
        let settings = settingsOf case @ [ "data_format", Setting.Text format ]
        Some((known (fun () -> Layer.ofName case.Class settings)).Network)
    | true, false -> Some(arranged case samples.Head (fun _ -> layerOf case))
