/// Keras's layers over spatial axes: convolutions, pooling, resizing.
module Functional.Tests.Conformance.KerasConvolutions

open Functional
open Functional.Tests.Conformance.Cases
open Functional.Tests.Conformance.KerasOptions

/// A convolution of sequences as one of images of a single row, where the library has that of images alone.
let private asSingleRow (case: Case) (sample: Shape) : Layer<Tensor, Tensor> =
    let overRow fallback setting =
        match setting with
        | Setting.Whole n -> items [ fallback; n ]
        | other -> other

    let settings =
        [ for name, value in settingsOf case do
              match name with
              | "strides"
              | "kernel_size"
              | "dilation_rate" -> name, overRow 1 value
              | "output_padding" -> name, overRow 0 value
              | _ -> name, value ]

    let row =
        reshape (1 :: sample) --> known (fun () -> Layer.ofName (case.Class.Replace("1D", "2D")) settings)

    row --> reshape (List.tail (List.exactlyOne (Layer.shapes [ sample ] row)))

/// The order that takes the channels from the front of a sample to its end, and the one back.
let private channelsLast rank = permute ([ 2 .. rank - 1 ] @ [ 1 ]), permute ((rank - 1) :: [ 1 .. rank - 2 ])

/// Layers of the library take the channels last: of samples with the channels in front they are put between two
/// permutations, the second one where the result still has all axes.
let arranged (case: Case) (sample: Shape) (layerFor: Shape -> Layer<Tensor, Tensor>) : Network =
    if word "data_format" "channels_last" case = "channels_last" || sample.Length < 2 then
        (layerFor sample).Network
    else
        let into, back = channelsLast (sample.Length + 1)
        let inside = into --> layerFor (sample.Tail @ [ sample.Head ])

        match Layer.shapes [ sample ] inside with
        | [ result ] when result.Length = sample.Length -> (inside --> back).Network
        | _ -> inside.Network

/// The network of a layer that is another one of the library, or has its channels in front.
let tryNetwork (layerOf: Case -> Layer<Tensor, Tensor>) (case: Case) (samples: Shape list) : Network option =
    match case.Class with
    | "Conv1DTranspose"
    | "DepthwiseConv1D" -> Some(arranged case samples.Head (asSingleRow case))
    | _ when isGiven "data_format" case -> Some(arranged case samples.Head (fun _ -> layerOf case))
    | _ -> None
