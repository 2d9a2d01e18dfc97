namespace Functional

/// A differentiable function with variables: a network, with a typed face over its lists of tensors.
///
/// Shapes are those of one sample: tensors carry a batch axis in front, shapes here do not. A layer of one tensor takes
/// and gives a list of one shape, a layer of several tensors one shape for each.
type Layer<'In, 'Out> =
    {
        /// The stages it is made of, and how they feed each other.
        Network: Network
        /// The tensors that the network takes, from the layer's argument.
        Pack: 'In -> Tensor list
        /// The layer's result, from the tensors that the network gives.
        Unpack: Tensor list -> 'Out
    }

    /// The layer as data.
    member layer.Description: Description = Network.describe layer.Network

    /// Its result for a batch, and its variables with the state that follows.
    member layer.Apply (variables: Variables) (run: Run) (x: 'In) : 'Out * Variables =
        let ys, variables = Network.apply variables run (layer.Pack x) layer.Network
        layer.Unpack ys, variables

    /// `Apply`, with the masks of the tensors that it gives, in their order.
    member layer.ApplyMasked (variables: Variables) (run: Run) (x: 'In) : 'Out * Tensor option list * Variables =
        let results = Network.applyMasked [] variables run (layer.Pack x) layer.Network
        layer.Unpack results.Outputs, results.Masks, results.Variables

    /// Where it ends in a softmax or a sigmoid: that activation's kind, and `Apply` without it. A loss that is taken of
    /// these logits is exact where the loss of the probabilities has to be clipped.
    member layer.Logits: (string * (Variables -> Run -> 'In -> 'Out * Variables)) option =
        let apply variables run x =
            let ys, variables = Network.applyLogits [ true ] variables run (layer.Pack x) layer.Network
            layer.Unpack ys, variables

        match Network.endings layer.Network with
        | [ Some kind ] -> Some(kind, apply)
        | _ -> None

    /// The terms that its regularizers add to the loss: a chain has the terms of its layers
    /// in order, so that their sum has the same bits however the chain was put together.
    member layer.Penalties(variables: Variables) : Tensor list = Network.penalties variables layer.Network

    /// The sum of what it adds to the loss for its own variables, if it adds anything.
    member layer.Penalty(variables: Variables) : Tensor option =
        match layer.Penalties variables with
        | [] -> None
        | terms -> Some(List.reduce (+) terms)

    /// Its description on one line.
    override layer.ToString() = Network.text layer.Network

/// Conversion of the arguments and results of layers to lists of tensors and back.
module internal Face =
    let isOne<'T> = typeof<'T> = typeof<Tensor>

    let private unknown (valueType: System.Type) =
        Fail.argument
            "Layer"
            "type"
            valueType.Name
            "is not a form of tensors that layers take or give; use a tensor, a list, or a tuple of two or three tensors."

    /// The tensors of a value: one, a list, a pair or three.
    let pack (value: 'T) : Tensor list =
        match box value with
        | :? Tensor as x -> [ x ]
        | :? (Tensor list) as xs -> xs
        | :? (Tensor * Tensor) as xs -> [ fst xs; snd xs ]
        | :? (Tensor * Tensor * Tensor) as xs ->
            let a, b, c = xs
            [ a; b; c ]
        | _ -> unknown typeof<'T>

    /// The value of this type that the tensors are.
    let unpack<'T> (tensors: Tensor list) : 'T =
        let value =
            match tensors with
            | _ when typeof<'T> = typeof<Tensor list> -> box tensors
            | [ x ] when isOne<'T> -> box x
            | [ x; y ] when typeof<'T> = typeof<Tensor * Tensor> -> box (x, y)
            | [ x; y; z ] when typeof<'T> = typeof<Tensor * Tensor * Tensor> -> box (x, y, z)
            | tensors ->
                Fail.argument
                    "Layer"
                    "tensors"
                    tensors.Length
                    $"are not a {typeof<'T>.Name}, as which the layer takes or gives them; use a list of tensors."

        unbox<'T> value

/// Making, composing and running layers.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Layer =
    /// A layer of a network, whose argument and result are a tensor, a list of tensors, or two or three as a tuple.
    let ofNetwork<'In, 'Out> (network: Network) : Layer<'In, 'Out> =
        { Network = network; Pack = Face.pack; Unpack = Face.unpack }

    /// A layer as one from a list of tensors to a list of tensors, to join it to others of that kind. One tensor is a list
    /// of one.
    let toLists (layer: Layer<'In, 'Out>) : Layer<Tensor list, Tensor list> = ofNetwork layer.Network

    /// A layer as one from a tensor to a tensor, such as one of lists that is given one tensor and gives one. One that
    /// takes or gives another number raises an error when it is built.
    let toTensors (layer: Layer<'In, 'Out>) : Layer<Tensor, Tensor> = ofNetwork layer.Network

    /// A layer of one stage.
    let internal ofStage<'In, 'Out> (stage: Stage) : Layer<'In, 'Out> =
        ofNetwork (Network.ofStage Face.isOne<'In> Face.isOne<'Out> stage)

    /// The start of a float32 variable.
    let internal start shape draw : VariableStart = { Shape = shape; DType = Float32; Draw = draw }

    /// A stage without name and inner networks.
    let internal stage kind settings build apply : Stage =
        { Kind = kind
          Name = ""
          Settings = settings
          Inner = []
          InnerUse = InnerUse.Activations
          Trainable = true
          SharesWeights = false
          Build = fun _ shapes -> build shapes
          Apply = fun _ variables run xs -> apply variables run xs
          Masks = MaskRule.Passes
          Logits = None
          Stepwise = None
          Penalties = fun _ _ -> []
          Constrain = fun _ parameters -> parameters }

    /// A stage without variables.
    let internal statelessStage kind settings (shape: Shape list -> Shape list) f : Stage =
        stage
            kind
            settings
            (fun shapes -> { Parameters = Tree.empty; State = Tree.empty; Outputs = shape shapes })
            (fun variables run xs -> f run xs, variables)

    /// A layer of the library without variables.
    let internal stateless kind settings shape (f: Run -> 'In -> 'Out) : Layer<'In, 'Out> =
        ofStage (statelessStage kind settings shape (fun run xs -> Face.pack (f run (Face.unpack<'In> xs))))

    /// A layer of the library: the shapes it gives, the starts of its parameters, and its function.
    let internal define
        kind
        settings
        (shape: Shape list -> Shape list)
        (parameters: Shape list -> (string * VariableStart) list)
        (apply: Variables -> Run -> 'In -> 'Out * Variables)
        : Layer<'In, 'Out> =
        let build shapes : Blueprint =
            let outputs = shape shapes
            { Parameters = Tree.ofList (parameters shapes); State = Tree.empty; Outputs = outputs }

        ofStage (
            stage kind settings build (fun variables run xs ->
                let y, variables = apply variables run (Face.unpack<'In> xs)
                Face.pack y, variables)
        )

    /// The layer with its stages changed.
    let internal mapStages change (layer: Layer<'In, 'Out>) =
        { layer with Network = Network.mapStages change layer.Network }

    /// The layer with the regularizers and the constraints of its parameters.
    let internal withVariableOptions (options: (string * VariableOptions) list) (layer: Layer<'In, 'Out>) =
        layer
        |> mapStages (fun stage ->
            { stage with
                Penalties = fun _ variables -> VariableOptions.penalties options variables.Parameters
                Constrain = fun _ parameters -> VariableOptions.constrain options parameters })

    /// The layer with a penalty on its results, which a forward pass adds to the losses of its variables. Keras sums it
    /// over the batch.
    let internal withActivityRegularizer (regularizer: Regularizer option) (layer: Layer<'In, 'Out>) =
        let regularized (regularizer: Regularizer) (stage: Stage) =
            let apply inner variables run xs =
                let ys, (next: Variables) = stage.Apply inner variables run xs
                ys, { next with Losses = next.Losses @ List.map regularizer.Penalty ys }

            // the penalty is on the activation's result, where the loss takes the logits
            let withPenalty logits inner variables run xs =
                let ys, _ = logits inner variables run xs
                ys, snd (apply inner variables run xs)

            { stage with
                Settings = stage.Settings @ [ Network.activityRegularizer, Regularizer.toSetting regularizer ]
                Apply = apply
                Logits = stage.Logits |> Option.map (fun (kind, logits) -> kind, withPenalty logits) }

        match regularizer with
        | None -> layer
        | Some regularizer -> layer |> mapStages (regularized regularizer)

    /// The layer of the library with a rule for what becomes of masks.
    let internal withMaskRule (rule: MaskRule) (layer: Layer<'In, 'Out>) : Layer<'In, 'Out> =
        layer |> mapStages (fun stage -> { stage with Masks = rule })

    /// A layer of one's own with a rule for what becomes of masks; without it masks stop there, since nobody else knows
    /// whether its results have the same steps. Other layers have rules of their own, those of Keras, and are an error.
    let withMasks (rule: MaskRule) (layer: Layer<'In, 'Out>) : Layer<'In, 'Out> =
        layer
        |> mapStages (fun stage ->
            if not (List.contains Network.ownCode stage.Settings) then
                Fail.argument
                    "Layer.withMasks"
                    "layer"
                    $"'{stage.Kind}'"
                    "is no layer of one's own, made with Layer.make or Layer.ofFunction, and has a rule for masks \
                     already. To stop masks put a function behind it: layer --> id."

            { stage with Masks = rule })

    /// The layer with activations inside, which have no variables.
    let internal withActivations (activations: Layer<Tensor, Tensor> list) (layer: Layer<'In, 'Out>) =
        layer |> mapStages (fun stage -> { stage with Inner = activations |> List.map _.Network })

    /// The one shape that a layer of one tensor is given.
    let internal single kind (shapes: Shape list) =
        match shapes with
        | [ shape ] -> shape
        | shapes ->
            Fail.argument
                kind
                "inputs"
                shapes.Length
                "is not the number of tensors that it takes, which is one; join several with concatenate or add first."

    /// The layer that gives what it is given: the unit of `-->`.
    let identity<'T> : Layer<'T, 'T> = ofNetwork Network.identity

    /// First `a`, then `b`: what `a --> b` calls. Associative, with `identity` as its unit: shapes, names, keys,
    /// variables and values do not depend on how a chain was put together. A name given to two layers of one chain is
    /// an error.
    let compose (a: Layer<'A, 'B>) (b: Layer<'B, 'C>) : Layer<'A, 'C> =
        { Network = Network.join a.Network b.Network; Pack = a.Pack; Unpack = b.Unpack }

    /// n layers like this one in a chain, each with variables of its own; none for n = 0. A negative count is an error,
    /// and so is a layer with a name, which only one layer of a chain may have.
    let repeat (n: int) (layer: Layer<'T, 'T>) : Layer<'T, 'T> =
        if n < 0 then
            Fail.argument "repeat" "n" n "is not a number of copies; give 0 or more."

        (identity, List.replicate n layer) ||> List.fold compose

    let internal demandKind kind =
        if not (Network.isName kind) || List.contains kind [ "sequential"; "graph"; "branch" ] then
            Fail.argument
                "Layer.make"
                "kind"
                $"'{kind}'"
                "cannot be the kind of a layer of one's own: it becomes the layer's name, so it must not be empty or \
                 hold a '/', and 'sequential', 'graph' and 'branch' are taken."

    let private demandNames kind (tree: Tree<Tensor>) =
        let rec check tree =
            match tree with
            | Leaf _ -> ()
            | Node branches ->
                let names = List.map fst branches

                match names |> List.tryFind (Network.isName >> not) with
                | Some name ->
                    Fail.argument
                        kind
                        "name"
                        $"'{name}'"
                        "cannot be a variable's name: it must not be empty or hold a '/'."
                | None when List.distinct names <> names ->
                    Fail.argument
                        kind
                        "names"
                        (String.concat ", " names)
                        "name one variable twice; give each its own name."
                | None -> List.iter (snd >> check) branches

        match tree with
        | Leaf _ -> Fail.data kind "its variables have no names; make them with Tree.ofList."
        | Node _ -> check tree

    /// The blueprint of a layer whose first variables a user's function gives, which is asked once a key.
    let private blueprintOf kind (init: Key -> Shape -> Variables * Shape) (shapes: Shape list) : Blueprint =
        let draw =
            Network.rememberLatest (fun key ->
                let variables, shape = init key (single kind shapes)
                demandNames kind variables.Parameters
                demandNames kind variables.State
                variables, shape)

        let variables, shape = draw (Key.ofInt 0)

        let starts (pick: Variables -> Tree<Tensor>) =
            pick variables
            |> Tree.mapi (fun path x ->
                ({ Shape = x.Shape; DType = x.DType; Draw = fun key -> (pick (fst (draw key)))[path] }: VariableStart))

        { Parameters = starts _.Parameters; State = starts _.State; Outputs = [ shape ] }

    /// A layer of one tensor with variables of its own, in full: `init` gives the first variables and the shape of the
    /// result, from a key and the shape of the argument, without the batch axis; `apply` gives the result for a batch,
    /// and the variables with the state that follows. It must be pure, and draws random numbers from the key of its run
    /// alone. Saving a model that holds such a layer saves its weights, not its code, unless the layer's kind is
    /// registered with `Catalog.register`.
    let makeWith
        (kind: string)
        (init: Key -> Shape -> Variables * Shape)
        (apply: Variables -> Run -> Tensor -> Tensor * Variables)
        : Layer<Tensor, Tensor> =
        demandKind kind

        ofStage (
            stage kind [ Network.ownCode ] (blueprintOf kind init) (fun variables run xs ->
                let y, variables = apply variables run (List.exactlyOne xs)
                [ y ], variables)
        )
        |> withMaskRule MaskRule.Stops

    /// A layer of one tensor with parameters of its own. `init` gives the parameters under names, and the shape of the
    /// result, from a key and the shape of the argument, without the batch axis; `apply` computes on a batch. Saving a
    /// model that holds such a layer saves its weights, not its code, unless the layer's kind is registered with
    /// `Catalog.register`.
    let make
        (kind: string)
        (init: Key -> Shape -> (string * Tensor) list * Shape)
        (apply: Tree<Tensor> -> Tensor -> Tensor)
        : Layer<Tensor, Tensor> =
        makeWith
            kind
            (fun key shape ->
                let parameters, shape = init key shape
                { Variables.none with Parameters = Tree.ofList parameters }, shape)
            (fun variables _ x -> apply variables.Parameters x, variables)

    /// A layer of one's own with settings in its description: what `Catalog.register` makes it of again.
    let withSettings (settings: (string * Setting) list) (layer: Layer<'In, 'Out>) : Layer<'In, 'Out> =
        layer |> mapStages (fun stage -> { stage with Settings = stage.Settings @ settings })

    /// The shape of a function's result for samples of these shapes, found by tracing it on a batch of two.
    let private shapeOfResult kind (f: Tensor list -> Tensor) (shapes: Shape list) : Shape =
        let signature shape : Signature = { Shape = 2 :: shape; DType = Float32 }
        let graph, _ = Trace.trace (fun xs -> [ f xs ]) (List.map signature shapes)

        match (Graph.signature graph graph.Outputs.Head).Shape with
        | 2 :: result -> result
        | result ->
            Fail.shapes
                kind
                ((shapes |> List.map (fun shape -> "a batch of two", 2 :: shape)) @ [ "its result", result ])
                "the function must keep the batch axis in front: a result for each sample."

    /// A function of a batch as a layer without variables. It keeps the batch axis, and its shape is found by running
    /// it on symbols of a batch of two.
    let ofFunction (kind: string) (f: Tensor -> Tensor) : Layer<Tensor, Tensor> =
        make kind (fun _ shape -> [], shapeOfResult kind (List.exactlyOne >> f) [ shape ]) (fun _ x -> f x)

    /// A function of several batches as a layer without variables, such as the distance of a siamese pair. It keeps the
    /// batch axis, and its shape is found by running it on symbols of batches of two.
    let ofFunctionOfMany (kind: string) (f: Tensor list -> Tensor) : Layer<Tensor list, Tensor> =
        demandKind kind

        statelessStage kind [ Network.ownCode ] (fun shapes -> [ shapeOfResult kind f shapes ]) (fun _ xs -> [ f xs ])
        |> ofStage
        |> withMaskRule MaskRule.Stops

    /// A function in a chain: the hyperbolic tangent, F#'s own `tanh`, as the layer that it is elsewhere, any other one
    /// as a lambda.
    let internal ofOperand (f: Tensor -> Tensor) : Layer<Tensor, Tensor> =
        let isTanh =
            try
                let graph, captured = Trace.trace (fun xs -> [ f xs.Head ]) [ { Shape = [ 1 ]; DType = Float32 } ]

                match List.ofArray graph.Nodes with
                | [ Node.Input _; Node.Compute(Op.Unary Unary.Tanh, _, _) ] -> captured.IsEmpty
                | _ -> false
            // a function of samples of some shape alone
            with _ ->
                false

        if isTanh then
            stateless "tanh" [] (fun shapes -> [ single "tanh" shapes ]) (fun _ x -> f x)
        else
            ofFunction "lambda" f

    /// The names of the layers of a chain or a graph, in order.
    let names (layer: Layer<'In, 'Out>) : string list = Network.names layer.Network

    /// The layer as one stage under a name of its own. A chain with a name becomes one layer, and its layers' paths
    /// begin with the name. The name must not be empty or hold a '/'.
    let named (name: string) (layer: Layer<'In, 'Out>) : Layer<'In, 'Out> =
        if not (Network.isName name) then
            Fail.argument "named" "name" $"'{name}'" "is not a layer's name: it must not be empty or hold a '/'."

        let stage = { Network.toStage layer.Network with Name = name }
        let network = Network.ofStage Face.isOne<'In> Face.isOne<'Out> stage

        { layer with
            Network = { network with Inputs = layer.Network.Inputs; OutputNames = layer.Network.OutputNames } }

    let private demandShapes operation (shapes: Shape list) =
        match shapes |> List.tryFind (List.exists (fun n -> n < 1)) with
        | Some shape ->
            Fail.argument
                operation
                "shape"
                shape
                "has a length below 1; give the shape of one sample, without the batch axis."
        | None -> ()

    /// The first variables of the layer and the shapes it gives. Shapes are without the batch axis. An error names the
    /// layer that does not fit the ones before it.
    let initMany (key: Key) (shapes: Shape list) (layer: Layer<'In, 'Out>) : Variables * Shape list =
        demandShapes "Layer.init" shapes
        Network.init key shapes layer.Network

    /// The first variables of a layer of one tensor, and the shape it gives. Shapes are without the batch axis.
    let init (key: Key) (shape: Shape) (layer: Layer<Tensor, Tensor>) : Variables * Shape =
        let variables, shapes = initMany key [ shape ] layer
        variables, List.exactlyOne shapes

    /// The name of each layer of a chain or a graph, in order, and the shapes it gives. Shapes are without the batch
    /// axis.
    let stages (shapes: Shape list) (layer: Layer<'In, 'Out>) : (string * Shape list) list =
        demandShapes "Layer.stages" shapes
        Network.build shapes layer.Network |> fst |> List.map (fun (name, _, built) -> name, built.Outputs)

    /// The shapes that the layer gives. Shapes are without the batch axis.
    let shapes (given: Shape list) (layer: Layer<'In, 'Out>) : Shape list =
        demandShapes "Layer.shapes" given
        Network.shapes given layer.Network

    /// The layer's parameters within the constraints of its layers, from those that an update gave: what training does
    /// after each update.
    let constrain (variables: Variables) (layer: Layer<'In, 'Out>) : Variables =
        { variables with Parameters = Network.constrain variables.Parameters layer.Network }

    /// The layer's result for a batch outside training.
    let predict (variables: Variables) (x: 'In) (layer: Layer<'In, 'Out>) : 'Out =
        fst (layer.Apply variables Run.inference x)

    /// `predict` of tensors with masks, in the order in which the layer takes them; None where one has no mask. A mask
    /// is Bool and has the first axes of its tensor, [batch; time] for sequences; false is where nothing is.
    let predictMasked (masks: Tensor option list) (variables: Variables) (x: 'In) (layer: Layer<'In, 'Out>) : 'Out =
        fst (layer.Apply variables (Run.withMasks masks Run.inference) x)

    /// The result of a layer without variables for a batch outside training.
    let internal predictAlone (x: Tensor) (layer: Layer<Tensor, Tensor>) : Tensor =
        predict (Network.noVariables layer.Network) x layer

    /// The same layer with another kind of argument and result.
    let internal adapt (into: 'A -> 'In) (out: 'Out -> 'B) (layer: Layer<'In, 'Out>) : Layer<'A, 'B> =
        { Network = layer.Network; Pack = into >> layer.Pack; Unpack = layer.Unpack >> out }

    /// The layer with its parameters frozen: no gradient changes them, its regularizers cost nothing, and it runs as
    /// outside training, so that batch normalization uses its running averages and dropout drops nothing. (In Keras,
    /// dropout goes on.) Paths stay the same, so weights load before and after. Freezing a chain freezes each of its
    /// layers.
    let freeze (layer: Layer<'In, 'Out>) : Layer<'In, 'Out> =
        layer |> mapStages (fun stage -> { stage with Trainable = false })

    /// The layer with one set of variables for all its uses in a graph (see `Network.graph`) or a chain: tied weights.
    /// Without it each use has variables of its own.
    let withSharedWeights (layer: Layer<'In, 'Out>) : Layer<'In, 'Out> =
        layer |> mapStages (fun stage -> { stage with SharesWeights = true })

type Layer<'In, 'Out> with

    /// First the left layer, then the right one. Associative, with `Layer.identity` as its unit.
    static member (-->)(a: Layer<'In, 'Out>, b: Layer<'Out, 'Next>) : Layer<'In, 'Next> = Layer.compose a b

    /// The layer on a symbolic tensor of a graph: another one.
    static member (-->)(x: Symbol, layer: Layer<Tensor, Tensor>) : Symbol =
        Symbol.call layer.Network [ x ] |> List.exactlyOne

    /// The layer on a symbolic tensor of a graph, several results.
    static member (-->)(x: Symbol, layer: Layer<Tensor, Tensor list>) : Symbol list = Symbol.call layer.Network [ x ]

    /// The layer on symbolic tensors of a graph, one result.
    static member (-->)(xs: Symbol list, layer: Layer<Tensor list, Tensor>) : Symbol =
        Symbol.call layer.Network xs |> List.exactlyOne

    /// The layer on symbolic tensors of a graph, several results.
    static member (-->)(xs: Symbol list, layer: Layer<Tensor list, Tensor list>) : Symbol list =
        Symbol.call layer.Network xs

    /// First the layer, then the function, which keeps the batch axis.
    static member (-->)(a: Layer<'In, Tensor>, f: Tensor -> Tensor) : Layer<'In, Tensor> =
        Layer.compose a (Layer.ofOperand f)

    /// First the function, which keeps the batch axis, then the layer.
    static member (-->)(f: Tensor -> Tensor, b: Layer<Tensor, 'Out>) : Layer<Tensor, 'Out> =
        Layer.compose (Layer.ofOperand f) b
