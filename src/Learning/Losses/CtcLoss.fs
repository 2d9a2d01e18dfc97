namespace Functional

open LossParts

/// Connectionist temporal classification: the loss of a sequence of labels whose places in a longer sequence of outputs are
/// not known.
[<AutoOpen>]
module CtcLoss =
    // The logarithm of 0: so small that its exponential is 0 beside anything, and finite, so that derivatives are too.
    let private never = -1e30

    let private name = "ctc"

    let private demandShapes (labels: Shape) (logits: Shape) =
        let fits =
            match labels, logits with
            | [ n; _ ], [ m; _; classes ] -> n = m && classes > 1
            | _ -> false

        if not fits then
            Fail.shapes
                name
                [ "labels", labels; "logits", logits ]
                "labels are class numbers [n; length], 0 behind the end of shorter ones, and logits are [n; steps; classes], \
                 where the class 0 is the blank between two labels."

    /// log (e^a + e^b + ...), where the summands are at least `never`.
    let private logSum (terms: Tensor list) =
        let most = Tensor.stopGradient (List.reduce Tensor.maximum terms)
        most + Tensor.log (terms |> List.map (fun x -> Tensor.exp (x - most)) |> List.reduce (+))

    /// Along the last axis by `n` places to the right, with `never` in front.
    let private shifted n (x: Tensor) =
        let last = x.Rank - 1
        let kept = Tensor.sliceAxis last 0 (x.Shape[last] - n) 1 x
        Tensor.padWith never [ for i in 0..last -> (if i = last then n else 0), 0 ] kept

    /// The labels with blanks before, between and behind them: [n; 2 length + 1], Int32.
    let private extended (labels: Tensor) =
        let n, length = labels.Shape[0], labels.Shape[1]
        let blanks = Tensor.zerosLike labels
        let pairs = Tensor.stack 2 [ blanks; labels ] |> Tensor.reshape [ n; 2 * length ]
        Tensor.pad [ 0, 0; 0, 1 ] pairs

    /// The logarithm of the probability of all alignments of labels [n; length] of these lengths [n] with the logarithms of
    /// probabilities [n; steps; classes] of these lengths [n]: the forward pass over the labels with blanks between them.
    let private logLikelihood (labels: Tensor) (lengths: Tensor) (logs: Tensor) (steps: Tensor) : Tensor =
        let n, states = labels.Shape[0], 2 * labels.Shape[1] + 1
        let symbols = extended labels
        let place = Core.beside labels (fun () -> Tensor.arangeInt 0 states)
        let counting = Core.beside labels (fun () -> Tensor.arangeInt 0 logs.Shape[1])

        let impossible =
            Tensor.fullLike never logs[*, 0, 0] |> Tensor.reshape [ n; 1 ] |> Tensor.broadcastTo [ n; states ]

        // a label may follow another label at once, but not itself: a blank stands between the two
        let before = Tensor.padWith -1.0 [ 0, 0; 2, 0 ] symbols |> Tensor.sliceAxis 1 0 states 1
        let odd = Tensor.equal (Tensor.remainder place (Tensor.fullLike 2.0 place)) (Tensor.onesLike place)
        let maySkip = Tensor.logicalAnd (Tensor.notEqual symbols before) odd

        let emitted =
            let indices = Tensor.broadcastTo [ n; logs.Shape[1]; states ] (Tensor.expandDims 1 symbols)
            Tensor.takeAlong 2 indices logs |> Tensor.permute [ 1; 0; 2 ]

        let start = Tensor.where (Tensor.less place (Tensor.fullLike 2.0 place)) emitted[0] impossible

        let step (alphas: Tensor) (slices: Tree<Tensor>) =
            let emitted, t = slices["emitted"], slices["t"]
            let skipped = Tensor.where maySkip (shifted 2 alphas) impossible
            let next = logSum [ alphas; shifted 1 alphas; skipped ] + emitted
            let runs = Tensor.less t steps |> Tensor.reshape [ n; 1 ]
            Tensor.where runs next alphas

        let later = Node [ "emitted", Leaf emitted[1..]; "t", Leaf counting[1..] ]

        let last, _ =
            Tree.scan (fun carry slices -> Leaf(step (Tree.leaves carry).Head slices), Tree.empty) (Leaf start) later

        // ends are the last label and the blank behind it
        let ends = Tensor.reshape [ n; 1 ] (lengths * 2)
        let isEnd = Tensor.logicalAnd (Tensor.lessEqual place ends) (Tensor.greaterEqual place (ends - 1))
        Tensor.logSumExpOver [ 1 ] (Tensor.where isEnd (Tree.leaves last).Head impossible)

    /// Losses of sequences.
    module Loss =
        /// The CTC loss [n] of labels [n; length] of which the first `labelLengths` [n] count, and logits [n; steps; classes]
        /// of which the first `steps` [n] count; the class 0 is the blank. Lengths are Int32.
        ///
        /// Minus the logarithm of the summed probability of all ways to write the labels, each at least once and with blanks
        /// between, over the steps. Infinite, with gradient 0, where the steps are too few. Computed in logarithms along the
        /// steps, in time and memory of n * steps * length. PyTorch: ctc_loss with reduction="none" of the log-softmax, with
        /// the batch axis second. (Graves et al. 2006, "Connectionist temporal classification".)
        let ctcOf (labelLengths: Tensor) (steps: Tensor) (labels: Tensor) (logits: Tensor) : Tensor =
            demandShapes labels.Shape logits.Shape
            demandFloat name logits
            let wide = if logits.DType.IsHalf then Tensor.cast Float32 logits else logits
            let logs = Tensor.logSoftmax -1 wide
            let labels = Tensor.cast Int32 labels
            let found = logLikelihood labels (Tensor.cast Int32 labelLengths) logs (Tensor.cast Int32 steps)
            let none = Tensor.less found (Tensor.fullLike (never / 10.0) found)
            Tensor.where none (Tensor.fullLike infinity found) (-found) |> Tensor.cast logits.DType

        /// The CTC loss of class numbers [n; length], with zeros behind shorter sequences, and logits [n; steps; classes],
        /// for a model that ends without a softmax; the class 0 is the blank and no label. The mean over the samples. Keras:
        /// CTC; PyTorch's CTCLoss divides each loss by the length of its labels before the mean. See `ctcOf`.
        let ctc: Loss =
            let perSample (labels: Tensor) (logits: Tensor) =
                demandShapes labels.Shape logits.Shape
                let isLabel = Tensor.notEqual labels (Tensor.zerosLike labels)
                let lengths = Tensor.sumOver [ 1 ] (Tensor.cast Int32 isLabel)
                ctcOf lengths (Tensor.fullLike (float logits.Shape[1]) lengths) labels logits

            { lossOfRows name [] LabelKind.Own OutputKind.Logits perSample with
                PerSample = perSample
                Check = demandShapes }
