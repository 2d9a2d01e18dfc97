namespace Functional

open LossParts
open MetricParts

/// Options of `Metric.iouOf`; Keras's names and defaults.
type IouOptions =
    {
        /// The number of classes (Keras: num_classes). Default 2.
        Classes: int
        /// The classes of whose intersections over unions the mean is taken (Keras: target_class_ids). Default none: all.
        TargetClasses: int list
        /// The class number of labels that are left out. Default None.
        IgnoreClass: int option
        /// Whether labels are class numbers, and not rows of a number a class (Keras: sparse_y_true). Default true.
        SparseLabels: bool
        /// Whether outputs are class numbers, and not rows of a number a class, of which the largest counts (Keras:
        /// sparse_y_pred). Default true.
        SparseOutputs: bool
        /// The axis of rows of a number a class, counted with the batch axis as 0. Default -1, the last.
        Axis: int
    }

    /// Class numbers of two classes, both of which count.
    static member defaults =
        { Classes = 2
          TargetClasses = []
          IgnoreClass = None
          SparseLabels = true
          SparseOutputs = true
          Axis = -1 }

/// Intersections over unions of classes that are named beforehand, as Keras's IoU metrics.
[<AutoOpen>]
module IouMetrics =
    /// Sums for each class: what is of it and said to be, what is said to be, and what is of it.
    let private accumulator
        (classes: int)
        targets
        (read: Tensor -> Tensor -> Tensor * Tensor * Tensor)
        : MetricAccumulator =
        let zeros = Tensor.zerosOf Float64 [ classes ]

        let update (state: Tensor list) (labels: Tensor) (output: Tensor) (weights: Tensor option) =
            let right, said, counts = read labels output

            let weights =
                match weights with
                | None -> Tensor.onesOf Float64 right.Shape
                | Some weights -> rowWeights "iou" right.Shape weights

            let kept = Tensor.where counts weights (number 0.0) |> Tensor.flatten |> Tensor.expandDims -1

            let ofClass x =
                Tensor.equal (Tensor.expandDims -1 (Tensor.flatten x)) (Tensor.arangeInt 0 classes)

            let right, said = ofClass right, ofClass said
            let sumOf mask = Tensor.sumOver [ 0 ] (Tensor.where mask kept (number 0.0))
            [ state[0] + sumOf (Tensor.logicalAnd right said); state[1] + sumOf said; state[2] + sumOf right ]

        let result (state: Tensor list) =
            let hits, said, right =
                Tensor.toFloat64Array state[0], Tensor.toFloat64Array state[1], Tensor.toFloat64Array state[2]

            let union c = said[c] + right[c] - hits[c]

            match targets |> List.filter (fun c -> union c > 1e-9) with
            | [] -> 0.0
            | seen -> seen |> List.averageBy (fun c -> hits[c] / union c)

        { Init = [ zeros; zeros; zeros ]; Update = update; Result = result }

    let private targetsOf name classes (targets: int list) =
        for target in targets do
            demand
                name
                "targetClasses"
                (float target)
                (target >= 0 && target < classes)
                $"is none of the {classes} classes."

        if targets.IsEmpty then [ 0 .. classes - 1 ] else targets

    /// The metric of labels and outputs that `read` makes class numbers of, with a mask of those that count.
    let private ofReader name classes targets read =
        ofAccumulator name true noCheck (fun _ _ -> accumulator classes (targetsOf name classes targets) read)

    let private demandSame name (labels: Tensor) (output: Tensor) =
        if labels.Size <> output.Size then
            Fail.shapes
                name
                [ "class numbers of labels", labels.Shape; "of outputs", output.Shape ]
                "there must be one of both for each sample, or pixel."

    /// Metrics of overlaps.
    module Metric =
        /// The mean of the intersections over unions of some classes, for samples, or the pixels of an image, that have
        /// class numbers [n; ...] or rows of a number a class [n; ...; C], labels and outputs each in their own form.
        ///
        /// Of all pairs of a label and an output that are classes from 0 to C - 1 and not ignored: those that are both of
        /// the class over those of which either is, and the mean of the target classes that appear; 0 where none does.
        /// Keras: IoU, and with its subclasses' options MeanIoU, OneHotIoU and OneHotMeanIoU. Fewer than 2 classes and
        /// target classes that are none are errors. (`Metric.iou` finds the classes out from the output, as scikit-learn.)
        let iouOf (options: IouOptions) : Metric =
            let name = "iou"

            if options.Classes < 2 then
                Fail.argument name "classes" options.Classes "is below 2; give the number of classes."

            let numbers isSparse (x: Tensor) =
                if isSparse then
                    Tensor.cast Int32 x
                else
                    Tensor.cast Int32 (Tensor.argmax options.Axis x)

            let inRange (x: Tensor) =
                Tensor.logicalAnd
                    (Tensor.greaterEqual x (Tensor.zerosLike x))
                    (Tensor.less x (Tensor.fullLike (float options.Classes) x))

            let read labels output =
                let right, said = numbers options.SparseLabels labels, numbers options.SparseOutputs output
                demandSame name right said
                let said = Tensor.reshape right.Shape said
                let counts = Tensor.logicalAnd (inRange right) (inRange said)

                match options.IgnoreClass with
                | None -> right, said, counts
                | Some ignored ->
                    let isOther = Tensor.notEqual right (Tensor.fullLike (float ignored) right)
                    right, said, Tensor.logicalAnd counts isOther

            ofReader name options.Classes options.TargetClasses read

        /// The mean of the intersections over unions of all classes that appear, for class numbers. Keras: MeanIoU.
        let meanIouOf (classes: int) : Metric =
            { iouOf { IouOptions.defaults with Classes = classes } with Name = "mean_iou" }

        let private oneHot classes targets =
            { IouOptions.defaults with
                Classes = classes
                TargetClasses = targets
                SparseLabels = false
                SparseOutputs = false }

        /// `iouOf` some classes for one-hot labels [n; ...; C] and rows of a number a class, of which the largest counts.
        /// Keras: OneHotIoU.
        let oneHotIou (classes: int) (targetClasses: int list) : Metric =
            { iouOf (oneHot classes targetClasses) with Name = "one_hot_iou" }

        /// `oneHotIou` of all classes. Keras: OneHotMeanIoU.
        let oneHotMeanIou (classes: int) : Metric = { iouOf (oneHot classes []) with Name = "one_hot_mean_iou" }

        /// The mean of the intersections over unions of some of two classes, for labels 0 and 1 and outputs that mean 1
        /// from a threshold on, each by itself. Keras: BinaryIoU, whose defaults are both classes, [ 0; 1 ], and 0.5.
        /// Beside a loss of logits a threshold of 0.5 is taken as 0.
        let binaryIou (targetClasses: int list) (threshold: float) : Metric =
            let name = "binary_iou"

            let ofThreshold (threshold: float) =
                ofReader name 2 targetClasses (fun labels output ->
                    demandSame name labels output
                    let right = Tensor.reshape output.Shape (Tensor.cast Int32 labels)
                    let said = Tensor.cast Int32 (Tensor.greaterEqual (real output) (number threshold))
                    right, said, Tensor.onesOf Bool right.Shape)

            if threshold = Classes.half then
                { ofThreshold threshold with OfLogits = Some(ofThreshold 0.0) }
            else
                ofThreshold threshold
