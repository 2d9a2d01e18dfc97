namespace Functional

/// Options of `Generate`.
type GenerateOptions =
    {
        /// The number of tokens to generate at most; 100 by default.
        MaxNewTokens: int
        /// How each token is drawn.
        Sampling: SamplingOptions
        /// The token that ends a sequence; none by default. It is not among the results.
        StopToken: int option
    }

    /// A hundred tokens, each with the probability that the model gives it.
    static member defaults = { MaxNewTokens = 100; Sampling = SamplingOptions.defaults; StopToken = None }

/// A model of token sequences made ready to go on from position to position: one compiled step takes a token for each
/// sequence, and gives the logits of the next one and a draw from them. Keys and values of earlier positions stay in memory,
/// which is allocated once: a step costs the same at every position. One caller at a time.
[<Sealed>]
type Generator internal (model: Model, batch: int, length: int, sampling: SamplingOptions) =
    let dtype = model.DType
    let sizes: StepSizes = { Batch = batch; Length = length }
    let network = Stepping.network sizes model.Network
    let layer: Layer<Tensor, Tensor> = Layer.ofNetwork network
    let blueprint = Network.blueprint [ [ 1 ] ] network
    let parameters = Tree.leaves model.Variables.Parameters

    // the state of the model, such as frozen parameters and averages, and the caches, which are empty at first
    let state =
        let known = dict (Tree.flatten model.Variables.State)

        Tree.flatten blueprint.State
        |> List.map (fun (path, start) ->
            match known.TryGetValue path with
            | true, value -> value, false
            | _ ->
                let first = start.Draw(Key.ofInt 0)
                (if first.DType.IsFloat then Tensor.cast dtype first else first), true)

    let caches = state |> List.filter snd |> List.map fst
    let fixedState = state |> List.filter (snd >> not) |> List.map fst
    let firstToken = Tensor.zerosOf Int32 [ batch; 1 ]
    let slots = caches @ [ firstToken; Tensor.zerosOf Int32 [] ]
    let tokenSlot = caches.Length

    let logitsOf (variables: Variables) (token: Tensor) : Tensor * Variables =
        let run = Run.inference

        let y, next =
            match layer.Logits with
            | Some("softmax", logits) -> logits variables run token
            | Some _
            | None -> layer.Apply variables run token

        Tensor.reshape [ batch; List.last y.Shape ] y, next

    /// From caches, token, position, key, parameters and fixed state to logits and the slots that follow.
    let step (flat: Tensor list) : Tensor list =
        let caches, rest = List.splitAt tokenSlot flat
        let token, position, key = rest[0], rest[1], Key.ofTensor rest[2]
        let given, fixedState = List.splitAt parameters.Length (List.skip 3 rest)

        let leaves, _ =
            ((caches, fixedState), state)
            ||> List.mapFold (fun (caches: Tensor list, others: Tensor list) (_, isCache) ->
                if isCache then
                    caches.Head, (caches.Tail, others)
                else
                    others.Head, (caches, others.Tail))

        let variables =
            Variables.ofTrees
                (Tree.withLeaves model.Variables.Parameters given)
                (Tree.withLeaves blueprint.State leaves)

        let logits, next = logitsOf variables token
        let drawn = Sampling.draw sampling (Key.foldTensor position key) logits

        let after =
            List.zip (Tree.leaves next.State) state
            |> List.filter (fun (_, (_, isCache)) -> isCache)
            |> List.map fst

        Tensor.cast Float32 logits :: after @ [ Tensor.reshape [ batch; 1 ] drawn; position + 1 ]

    let backend = model.Device.Backend
    let keyArgument = slots.Length

    let plan =
        let signatures =
            (slots |> List.map _.Signature)
            @ [ { Shape = [ 2 ]; DType = Int32 } ]
            @ (parameters @ fixedState |> List.map _.Signature)

        Jit.prepareOn backend step signatures

    let moved (x: Tensor) = Placement.move backend (Jit.elements x)
    let store = backend.CreateStore(slots |> List.map moved)

    let session =
        let bindings = slots |> List.mapi (fun i _ -> { Slot = i; Argument = i; Result = ValueSome(1 + i) })

        let session = plan.Bind(store, bindings)
        parameters @ fixedState |> List.iteri (fun i x -> Jit.set session backend (keyArgument + 1 + i) x)
        session

    let mutable position = 0

    let setKey (key: Key) = Jit.set session backend keyArgument (Key.toTensor key)

    do setKey (Key.ofInt 0)

    let run () =
        if position >= length then
            Fail.argument
                "Generator"
                "length"
                length
                "positions are all used; make a generator of longer sequences, or reset it."

        session.Run()
        position <- position + 1

    /// The number of sequences that it goes on with at a time.
    member _.BatchSize = batch

    /// The number of positions that a sequence has at most.
    member _.Length = length

    /// The number of positions taken so far.
    member _.Position = position

    /// Empties the caches and goes back to the first position. Draws come from this key from now on: equal keys and tokens
    /// give equal draws.
    member _.Reset(key: Key) : unit =
        slots |> List.iteri (fun i x -> store.Set(i, moved x))
        position <- 0
        setKey key

    /// Takes the next token of each sequence. Ids that the model does not have, another number of tokens than sequences, and
    /// more positions than there are, are errors.
    member _.Feed(tokens: int[]) : unit =
        if tokens.Length <> batch then
            Fail.argument "Generator.Feed" "tokens" tokens.Length $"are not one for each of {batch} sequences."

        store.Set(tokenSlot, moved (Tensor.ofInts [ batch; 1 ] tokens))
        run ()

    /// Takes the tokens that were drawn from the latest logits as the next ones.
    member _.Continue() : unit = run ()

    /// The tokens drawn from the latest logits, one for each sequence.
    member _.Drawn: int[] = Tensor.toInts (Data(store.Get tokenSlot))

    /// The logits of the token behind the latest one, [batch; tokens].
    member _.Logits: Tensor = Data(session.Get 0)

    /// The bytes of the caches.
    member _.CacheBytes: int64 =
        caches |> List.filter _.DType.IsFloat |> List.sumBy (fun x -> int64 x.Size * int64 x.DType.Size)

    /// What a step does, as text: a line for each kernel.
    member _.Describe() : string = session.Describe()

    /// Runs a step and measures each kernel; the position stays.
    member internal _.Profile() : KernelTime list = session.Profile()

/// Making generators.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Generator =
    /// A generator of `batch` sequences of at most `length` positions, from a model that takes ids [time] and gives logits or
    /// probabilities of the next token at each position, [time; tokens]. Its layers are embeddings, causal attention, decoder
    /// blocks, and those that treat each position alike; others are an error, and so are counts below 1.
    let createWith (sampling: SamplingOptions) (batch: int) (length: int) (model: Model) : Generator =
        Sampling.demandOptions "Generator.create" sampling

        if batch < 1 then
            Fail.argument "Generator.create" "batch" batch "is no number of sequences; give at least 1."

        if length < 1 then
            Fail.argument "Generator.create" "length" length "is no number of positions; give at least 1."

        match model.InputShapes, model.OutputShapes with
        | [ [ _ ] ], [ [ _; _ ] ] -> Generator(model, batch, length, sampling)
        | inputs, outputs ->
            let named kind = List.mapi (fun i shape -> $"{kind} {i}", shape)

            Fail.shapes
                "Generator.create"
                (named "input" inputs @ named "output" outputs)
                "a model generates that takes ids [time] and gives numbers for each token at each position, [time; tokens]."

    /// A generator of one sequence that draws each token with the probability that the model gives it.
    let create (length: int) (model: Model) : Generator = createWith SamplingOptions.defaults 1 length model

/// Sequences of tokens that a model goes on with.
module Generate =
    let private demandPrompt (prompts: int[][]) =
        if prompts.Length = 0 || prompts[0].Length = 0 then
            Fail.argument "Generate" "prompt" "[]" "is empty; give a token at least."

        for prompt in prompts do
            if prompt.Length <> prompts[0].Length then
                Fail.argument
                    "Generate"
                    "prompt"
                    prompt.Length
                    $"tokens are not as many as the first prompt has, which is {prompts[0].Length}; give them one by one."

    /// The new tokens of each sequence of a generator, position by position, for prompts of one length. The sequence is
    /// computed as it is read.
    let private going (options: GenerateOptions) (key: Key) (prompts: int[][]) (generator: Generator) : seq<int[]> =
        seq {
            generator.Reset key

            for i in 0 .. prompts[0].Length - 1 do
                generator.Feed(prompts |> Array.map (Array.item i))

            let ended = Array.create prompts.Length false
            let mutable count = 0

            while count < options.MaxNewTokens && Array.contains false ended do
                let drawn = generator.Drawn

                match options.StopToken with
                | Some stop -> drawn |> Array.iteri (fun i token -> ended[i] <- ended[i] || token = stop)
                | None -> ()

                if Array.contains false ended then
                    yield drawn
                    count <- count + 1

                    if count < options.MaxNewTokens then
                        generator.Continue()
        }

    let private generatorFor (options: GenerateOptions) (prompts: int[][]) (model: Model) =
        if options.MaxNewTokens < 0 then
            Fail.argument "Generate" "maxNewTokens" options.MaxNewTokens "is negative; give 0 or more."

        demandPrompt prompts
        let length = max 1 (prompts[0].Length + options.MaxNewTokens - 1)
        Generator.createWith options.Sampling prompts.Length (max length prompts[0].Length) model

    /// The tokens that a model goes on with behind a prompt, one after the other as they are drawn; each is computed when it
    /// is asked for. The model is one that `Generator.createWith` takes, and learned positions must be as many as prompt and
    /// new tokens. An empty prompt is an error.
    let stream (options: GenerateOptions) (key: Key) (prompt: int[]) (model: Model) : seq<int> =
        generatorFor options [| prompt |] model |> going options key [| prompt |] |> Seq.map Array.head

    /// `stream` with a generator that is made already, whose sampling holds: a second prompt compiles nothing.
    let streamWith (options: GenerateOptions) (key: Key) (prompt: int[]) (generator: Generator) : seq<int> =
        demandPrompt [| prompt |]
        generator |> going options key [| prompt |] |> Seq.map Array.head

    /// The tokens that a model goes on with behind a prompt.
    let tokens (options: GenerateOptions) (key: Key) (prompt: int[]) (model: Model) : int[] =
        model |> stream options key prompt |> Array.ofSeq

    /// The tokens that a model goes on with behind each of several prompts of one length, side by side in one batch.
    let batch (options: GenerateOptions) (key: Key) (prompts: int[][]) (model: Model) : int[][] =
        let steps = generatorFor options prompts model |> going options key prompts |> Array.ofSeq

        [| for i in 0 .. prompts.Length - 1 ->
               let all = steps |> Array.map (Array.item i)

               match options.StopToken with
               | Some stop -> Array.takeWhile ((<>) stop) all
               | None -> all |]
