namespace Functional

/// Layers made of layers, and layers that join several tensors.
[<AutoOpen>]
module Combinators =
    /// A stage around one network, whose variables are its own.
    let internal around kind settings innerUse (inner: Network) build apply : Stage =
        { Kind = kind
          Name = ""
          Settings = settings
          Inner = [ inner ]
          InnerUse = innerUse
          Trainable = true
          SharesWeights = false
          Build = fun inner shapes -> build (List.head inner) shapes
          Apply = fun inner variables run xs -> apply (List.head inner) variables run xs
          Masks = MaskRule.Passes
          Logits = None
          Stepwise = None
          Penalties = fun inner variables -> Network.penalties variables inner.Head
          Constrain = fun inner parameters -> Network.constrain parameters inner.Head }

    let private several kind (shapes: Shape list) = shapes |> List.mapi (fun i shape -> $"{kind} {i}", shape)

    /// Several layers on the same input, side by side: the results as a list, for `concatenate`, `add` and their like.
    /// Each layer has variables under its own name. No layer at all is an error, and so is a layer that gives several
    /// tensors.
    let branch (layers: Layer<'In, Tensor> list) : Layer<'In, Tensor list> =
        if layers.IsEmpty then
            Fail.argument "branch" "layers" "[]" "is empty; give one layer or more."

        let source = if Face.isOne<'In> then Connection.Input 0 else Connection.Inputs

        let node (layer: Layer<'In, Tensor>) : NetworkNode =
            let stage = Network.toStage layer.Network

            { Stage = (if stage.SharesWeights then stage else { stage with Kind = stage.Kind })
              From = [ source ] }

        let inner: Network =
            { Inputs = []
              Nodes = layers |> List.map node
              Outputs = List.init layers.Length (fun i -> Connection.Result(i, 0))
              OutputNames = [] }

        Network.names inner |> ignore

        let build (inner: Network list) shapes =
            for name, _, built in fst (Network.build shapes inner.Head) do
                if built.Outputs.Length <> 1 then
                    Fail.argument
                        "branch"
                        name
                        built.Outputs.Length
                        "is the number of tensors that this layer gives; join them to one inside it."

            Network.blueprint shapes inner.Head

        Layer.ofStage { Network.container "branch" "" inner with Build = build }

    let private merging
        kind
        (rule: Shape list -> Shape)
        (f: Run -> Tensor list -> Tensor)
        settings
        (masks: Run -> Tensor list -> Tensor option)
        : Layer<Tensor list, Tensor> =
        let checkedRule (shapes: Shape list) =
            if shapes.IsEmpty then
                Fail.argument kind "inputs" 0 "is not a number of tensors to join; give one or more."

            [ rule shapes ]

        Layer.stateless kind settings checkedRule f
        |> Layer.withMaskRule (MaskRule.Computed(fun run xs _ -> [ masks run xs ]))

    /// The mask of tensors joined along an axis: theirs joined, all true of a tensor without one, where at least one has
    /// a mask. A position is there if any of its features is.
    let private joinedMask axis (run: Run) (xs: Tensor list) : Tensor option =
        let masks = xs |> List.mapi (fun i _ -> Run.mask i run)

        if List.forall Option.isNone masks then
            None
        else
            let overElements (x: Tensor) mask =
                match mask with
                | Some mask -> Masks.over x mask
                | None -> Core.beside x (fun () -> Tensor.onesOf Bool x.Shape)

            List.map2 overElements xs masks |> Tensor.concat axis |> Tensor.anyOver [ -1 ] |> Some

    /// The tensors joined along an axis, counted with the batch axis as 0; -1 is usual. All other lengths must be
    /// equal: otherwise, and for the batch axis, an error when the layer is built. Masks are joined as well; tensors
    /// without one count as wholly there.
    let concatenate (axis: int) : Layer<Tensor list, Tensor> =
        let rule (shapes: Shape list) =
            let front = Fail.checkAxis "concatenate" (0 :: shapes.Head) axis - 1

            if front < 0 then
                Fail.argument
                    "concatenate"
                    "axis"
                    axis
                    "is the batch axis; count the axes of a sample from 1, or from the end."

            let others (shape: Shape) = shape |> List.mapi (fun i n -> if i = front then 0 else n)

            if shapes |> List.exists (fun shape -> others shape <> others shapes.Head) then
                Fail.shapes
                    "concatenate"
                    (shapes |> List.mapi (fun i shape -> $"input {i}", shape))
                    $"the inputs differ in more than axis {string axis}; make the other axes equal."

            shapes.Head |> List.mapi (fun i n -> if i = front then List.sumBy (List.item front) shapes else n)

        merging "concatenate" rule (fun _ -> Tensor.concat axis) [ "axis", Setting.Whole axis ] (joinedMask axis)

    /// Layers that join several tensors element by element; their shapes are equal or broadcast. Where all tensors have
    /// masks the result has one: a step is there that is there in any of them. (Their names are everyday ones, so that
    /// they are not opened with the others.)
    [<RequireQualifiedAccess>]
    module Merge =
        let private broadcastRule kind (shapes: Shape list) =
            if shapes |> List.exists (fun shape -> shape.Length <> shapes.Head.Length) then
                Fail.shapes
                    kind
                    (several "input" shapes)
                    "the inputs differ in their number of axes; reshape them to the same."

            List.reduce (Core.broadcastShape kind) shapes

        let private elementwise kind (f: Tensor list -> Tensor) =
            merging kind (broadcastRule kind) (fun _ -> f) [] Masks.any

        /// The elements where a mask is true, and elsewhere the other tensor's.
        let private orElse (mask: Tensor option) (other: Tensor) (x: Tensor) =
            match mask with
            | Some mask -> Tensor.where (Masks.ofRank x.Rank mask) x other
            | None -> x

        /// One of two elements, of steps that are masked in one tensor the other's, pair by pair.
        let private pickOf kind (f: Tensor -> Tensor -> Tensor) =
            let join (run: Run) (xs: Tensor list) =
                let first = xs.Head, Run.mask 0 run

                ((first, 1), xs.Tail)
                ||> List.fold (fun ((y, known), i) x ->
                    let mask = Run.mask i run
                    let x = orElse mask y x
                    (f (orElse known x y) x, Option.map2 Tensor.logicalOr known mask), i + 1)
                |> fst
                |> fst

            merging kind (broadcastRule kind) join [] Masks.any

        /// The product, where masked steps count as 1, and a step that is masked in all tensors gives 0.
        let private productOf (run: Run) (xs: Tensor list) =
            let factors =
                xs
                |> List.mapi (fun i x ->
                    match Run.mask i run with
                    | Some mask -> Masks.keep 1.0 x mask
                    | None -> x)

            match Masks.any run xs with
            | Some mask -> Masks.keep 0.0 (List.reduce (*) factors) mask
            | None -> List.reduce (*) factors

        /// The sum of the tensors, whose shapes are equal or broadcast.
        let add = elementwise "add" (List.reduce (+))

        /// The product of the tensors, element by element; shapes are equal or broadcast. Masked steps count as 1.
        let multiply = merging "multiply" (broadcastRule "multiply") productOf [] Masks.any

        /// The mean of the tensors, element by element; shapes are equal or broadcast. Integers are cast to float32.
        let average =
            let float' (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x
            elementwise "average" (fun xs -> List.reduce (+) (List.map float' xs) / float xs.Length)

        /// The first of two tensors less the second, element by element; shapes are equal or broadcast. Another number of
        /// tensors is an error when the layer is built.
        let subtract =
            let rule (shapes: Shape list) =
                if shapes.Length <> 2 then
                    Fail.argument
                        "subtract"
                        "inputs"
                        shapes.Length
                        "is not the number of tensors it takes, which is two."

                broadcastRule "subtract" shapes

            merging "subtract" rule (fun _ -> List.reduce (-)) [] Masks.any

        /// The largest of the tensors, element by element; shapes are equal or broadcast. Of steps that are masked in
        /// one tensor the others count.
        let maximum = pickOf "maximum" Tensor.maximum

        /// The smallest of the tensors, element by element; shapes are equal or broadcast. Of steps that are masked in
        /// one tensor the others count.
        let minimum = pickOf "minimum" Tensor.minimum

    /// x + f x, with f a layer that keeps the shape; anything else is an error when the layer is built. (He et al.
    /// 2016, "Deep residual learning for image recognition".)
    let residual (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        let build inner (shapes: Shape list) =
            let blueprint = Network.blueprint shapes inner

            if List.truncate 1 blueprint.Outputs <> shapes then
                Fail.shapes
                    "residual"
                    [ "input", Layer.single "residual" shapes; "its result", Layer.single "residual" blueprint.Outputs ]
                    "the layers inside must give the shape they are given, to be added to it; end them with dense of \
                     as many units."

            blueprint

        let apply inner variables run (xs: Tensor list) =
            let ys, variables = Network.apply variables run xs inner
            (xs.Head + List.head ys) :: List.tail ys, variables

        Layer.ofStage (around "residual" [] InnerUse.Once layer.Network build apply)

    /// One of several applications in a row: what it adds to the loss stands behind what those before it added.
    let private applyAgain (variables: Variables) run xs inner =
        let ys, next = Network.apply variables run xs inner
        ys, { next with Losses = variables.Losses @ next.Losses }

    /// One layer applied n times, each time to its last result, with the same variables: shared weights. Its state
    /// passes from one time to the next. A count below 1 is an error, and so is a layer that does not keep the shape
    /// when the layer is built.
    let iterate (n: int) (layer: Layer<'T, 'T>) : Layer<'T, 'T> =
        if n < 1 then
            Fail.argument "iterate" "n" n "is not a number of times; give 1 or more."

        let build inner (shapes: Shape list) =
            let blueprint = Network.blueprint shapes inner

            if blueprint.Outputs <> shapes then
                Fail.shapes
                    "iterate"
                    (several "input" shapes @ several "result" blueprint.Outputs)
                    "the layer must give the shapes it is given, to be applied again."

            blueprint

        let apply inner variables run xs =
            ((xs, variables), [ 0 .. n - 1 ])
            ||> List.fold (fun (xs, variables) i -> applyAgain variables { run with Key = Key.fold i run.Key } xs inner)

        { layer with
            Network =
                around "iterate" [ "times", Setting.Whole n ] InnerUse.Repeated layer.Network build apply
                |> Network.ofStage Face.isOne<'T> Face.isOne<'T> }

    /// One layer on each of several tensors of one shape, with the same variables: what siamese networks are made of.
    /// Its state passes from one tensor to the next. Tensors of different shapes are an error when the layer is built.
    let shared (layer: Layer<Tensor, Tensor>) : Layer<Tensor list, Tensor list> =
        let build inner (shapes: Shape list) : Blueprint =
            let shape =
                match List.distinct shapes with
                | [ shape ] -> shape
                | [] -> Fail.argument "shared" "inputs" 0 "is not a number of tensors; give one or more."
                | _ ->
                    Fail.shapes
                        "shared"
                        (several "input" shapes)
                        "one layer takes samples of one shape; make the shapes equal, or use a layer for each."

            let blueprint = Network.blueprint [ shape ] inner

            { blueprint with Outputs = List.replicate shapes.Length (List.exactlyOne blueprint.Outputs) }

        let apply inner variables run xs =
            let one (variables, i) x =
                let own = { run with Key = Key.fold i run.Key; Masks = [ Run.mask i run ] }
                let ys, variables = applyAgain variables own [ x ] inner
                List.exactlyOne ys, (variables, i + 1)

            let ys, (variables, _) = List.mapFold one (variables, 0) xs
            ys, variables

        // the mask of each tensor goes on where the layer keeps its steps
        let masks (run: Run) (xs: Tensor list) (ys: Tensor list) =
            List.zip xs ys
            |> List.mapi (fun i (x, y) -> Run.mask i run |> Option.filter (fun mask -> Masks.fits mask x y))

        Layer.ofStage (around "shared" [] InnerUse.Repeated layer.Network build apply)
        |> Layer.withMaskRule (MaskRule.Computed masks)

    /// The layer with its parameters frozen; see `Layer.freeze`.
    let freeze (layer: Layer<'In, 'Out>) : Layer<'In, 'Out> = Layer.freeze layer
