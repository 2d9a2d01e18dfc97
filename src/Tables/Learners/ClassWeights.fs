namespace Functional

/// How much the samples of each class count.
[<RequireQualifiedAccess>]
type ClassWeights =
    /// All samples count 1.
    | Uniform
    /// n / (classes * samples of the class): all classes count alike together.
    | Balanced
    /// A weight for each class 0 .. k - 1.
    | Given of float list

/// Weights of classes as weights of samples.
module internal ClassWeights =
    let private balanced (labels: int[]) =
        let counts = Array.zeroCreate<int>(Samples.classCount labels)

        for label in labels do
            counts[label] <- counts[label] + 1

        let present = counts |> Array.filter (fun count -> count > 0) |> Array.length

        counts |> Array.map (fun count -> float labels.Length / (float present * float (max 1 count)))

    /// The weight of each sample, by its class.
    let private ofClasses operation (weights: ClassWeights) (labels: int[]) : float[] =
        match weights with
        | ClassWeights.Uniform -> Array.create labels.Length 1.0
        | ClassWeights.Balanced ->
            let weights = balanced labels
            labels |> Array.map (fun label -> weights[label])
        | ClassWeights.Given weights ->
            let classes = Samples.classCount labels

            if weights.Length < classes || weights |> List.exists (fun w -> not (w >= 0.0)) then
                Fail.argument
                    operation
                    "ClassWeights"
                    $"%A{weights}"
                    $"are not the weights of {classes} classes; give a number of 0 or more for each."

            let weights = Array.ofList weights
            labels |> Array.map (fun label -> weights[label])

    /// The weight of each sample: that of its class times its own, where it has one.
    let ofSamples operation (weights: ClassWeights) (own: float[] option) (labels: int[]) : float[] =
        let ofClass = ofClasses operation weights labels

        match own with
        | Some own -> Array.map2 (*) ofClass own
        | None -> ofClass
