/// Axes whose places are labels: numbered from 0, so that equal labels, and labels that look like numbers or dates, stay what they are.
module internal Functional.LabelAxis

open Newtonsoft.Json.Linq

/// The places of so many labels.
let places count = Array.init count float

/// An axis ("xaxis", "yaxis2") with these labels. Of more than `most` labels only every second, third, ... is written.
let values (axis: string) (most: int) (labels: string[]) : (string * obj) list =
    let step = max 1 ((labels.Length + most - 1) / most)
    let shown = [| 0..step .. labels.Length - 1 |]

    [ axis + ".tickmode", box "array"
      axis + ".tickvals", box (shown |> Array.map float)
      axis + ".ticktext", box (shown |> Array.map (fun i -> PlotText.literal labels[i]))
      axis + ".zeroline", box false
      axis + ".showgrid", box false ]

/// A range from half a place before the first to half a place after the last; from the last to the first when reversed.
let range (axis: string) isReversed count : string * obj =
    let low, high = -0.5, float count - 0.5
    axis + ".range", box (JArray(if isReversed then [| high; low |] else [| low; high |]))

/// Classes in ascending order: by value where all are whole numbers, else by their characters.
let classes (all: seq<string>) : string[] =
    let distinct = all |> Seq.distinct |> Array.ofSeq

    let number (text: string) =
        match System.Int64.TryParse text with
        | true, value -> Some value
        | _ -> None

    if distinct |> Array.forall (number >> Option.isSome) then
        distinct |> Array.sortBy number
    else
        distinct |> Array.sortWith (fun a b -> System.String.CompareOrdinal(a, b))
