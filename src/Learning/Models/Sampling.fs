namespace Functional

/// How the next token is drawn from logits.
type SamplingOptions =
    {
        /// The divisor of the logits; 1 by default. Below 1 likely tokens become likelier; 0 takes the likeliest one.
        Temperature: float
        /// How many of the likeliest tokens can be drawn; all by default.
        TopK: int option
        /// The probability that the likeliest tokens which can be drawn have together at least; 1, which is all, by default.
        /// (Holtzman et al. 2019, "The curious case of neural text degeneration": nucleus sampling.)
        TopP: float option
    }

    /// Every token with the probability that the model gives it.
    static member defaults = { Temperature = 1.0; TopK = None; TopP = None }

    /// The likeliest token.
    static member greedy = { SamplingOptions.defaults with Temperature = 0.0 }

/// Drawing tokens.
module Sampling =
    let internal demandOptions operation (options: SamplingOptions) =
        if not (options.Temperature >= 0.0 && System.Double.IsFinite options.Temperature) then
            Fail.argument operation "temperature" options.Temperature "is not a temperature; give 0 or more."

        match options.TopK with
        | Some k when k < 1 -> Fail.argument operation "topK" k "is not a number of tokens; give 1 or more."
        | Some _
        | None -> ()

        match options.TopP with
        | Some p when not (p > 0.0 && p <= 1.0) ->
            Fail.argument operation "topP" p "is not a probability; give a number above 0, up to 1."
        | Some _
        | None -> ()

    /// The logits with those of tokens that cannot be drawn at -infinity: those below the k-th largest, and those behind the
    /// ones that have the probability p together. Of the latter the likeliest always stays.
    let filtered (options: SamplingOptions) (logits: Tensor) : Tensor =
        demandOptions "Sampling.filtered" options
        let count = logits.Shape[Fail.checkAxis "Sampling.filtered" logits.Shape -1]
        let lowest = Tensor.fullLike -infinity logits

        let ofTopK (logits: Tensor) =
            match options.TopK with
            | Some k when k < count ->
                let sorted = Core.applyMany (Op.Sort true) [ logits ] |> List.head
                Tensor.where (Tensor.greaterEqual logits (Tensor.sliceAxis -1 (k - 1) k 1 sorted)) logits lowest
            | Some _
            | None -> logits

        match options.TopP with
        | Some p when p < 1.0 ->
            let sorted = Core.applyMany (Op.Sort true) [ ofTopK logits ] |> List.head
            let probabilities = Tensor.softmax -1 sorted
            // the probability of all that are likelier than each
            let before = Tensor.cumsum -1 probabilities - probabilities
            let kept = Tensor.less before (Tensor.fullLike p before)
            let least = Tensor.minKeep [ -1 ] (Tensor.where kept sorted (Tensor.fullLike infinity sorted))
            Tensor.where (Tensor.greaterEqual logits least) logits lowest
        | Some _
        | None -> ofTopK logits

    /// A token (Int32) for each row of logits [..., tokens], drawn by a key.
    let draw (options: SamplingOptions) (key: Key) (logits: Tensor) : Tensor =
        demandOptions "Sampling.draw" options

        if options.Temperature = 0.0 then
            Tensor.argmax -1 logits
        else
            Random.categorical key (filtered options (logits * (1.0 / options.Temperature)))
