/// Attention without a mask by libtorch's own kernels, which keep no scores: flash attention on the host, the memory-efficient one
/// on a GPU (Dao, "FlashAttention-2", 2023; Rabe and Staats, "Self-attention does not need O(n^2) memory", 2021). The GPU's flash
/// attention gives numbers among tensors, which libtorch 2.11 does not hand through its C interface.
module internal Functional.Torch.AttentionSteps

open Functional
open Functional.Torch.Interop
open Functional.Program

/// The kernels for attention that there are.
[<RequireQualifiedAccess>]
type private Kernel =
    /// _scaled_dot_product_flash_attention_for_cpu
    | Host
    /// _scaled_dot_product_efficient_attention
    | Efficient

/// [..., positions, heads, width] as [batch; heads; positions; width]; none where no single stride leads through the batch.
let private tryHeadsFirst (o: Operand) : Operand voption =
    let rank = o.Lengths.Length

    match ProductSteps.tryMerge o 0 (rank - 4) with
    | ValueSome(struct (batch, stride)) ->
        let order = [| rank - 2; rank - 3; rank - 1 |]

        ValueSome
            { o with
                Lengths = Array.append [| batch |] (order |> Array.map (fun axis -> o.Lengths[axis]))
                Strides = Array.append [| stride |] (order |> Array.map (fun axis -> o.Strides[axis])) }
    | ValueNone -> ValueNone

/// [..., heads, queries] as [batch; heads; queries].
let private rows (o: Operand) : Operand =
    let rank = o.Lengths.Length
    let heads, queries = o.Lengths[rank - 2], o.Lengths[rank - 1]
    let batch = Array.fold (*) 1 o.Lengths[.. rank - 3]
    { o with Lengths = [| batch; heads; queries |]; Strides = [| heads * queries; queries; 1 |] }

/// The kernel for operands [batch; heads; positions; width] of one type; none where none takes them.
let private tryKernel
    (device: TorchDevice)
    (form: AttentionForm)
    (dtype: DType)
    (q: Operand)
    (k: Operand)
    (v: Operand)
    =
    let queries, keys = q.Lengths[2], k.Lengths[2]
    let width, values = q.Lengths[3], v.Lengths[3]

    let isAligned n =
        Array.forall (fun (o: Operand) -> o.Strides[3] = 1 && o.Lengths[3] % n = 0) [| q; k; v |]

    let isPlain = q.Lengths[1] = k.Lengths[1] && width = values && (not form.Causal || queries = keys)

    if not isPlain then
        ValueNone
    elif not device.IsCuda then
        // it computes half types in them
        if dtype.IsHalf then ValueNone else ValueSome Kernel.Host
    elif (dtype.IsHalf && isAligned 8) || (dtype = Float32 && isAligned 4) then
        ValueSome Kernel.Efficient
    else
        ValueNone

let private number x = PreparedArgument.Value(CallStack.Float x)
let private flag b = PreparedArgument.Value(CallStack.Bool b)
let private integer (n: int) = PreparedArgument.Value(CallStack.Int(int64 n))
let private none = PreparedArgument.Value CallStack.None
let private present (x: float) = (number x).AsOptional()

/// A call of an operator of ATen. Of the results those at slots of the table are kept; what is no tensor is marked by -2.
let private call name arguments (results: int list) : PlanStep =
    PlanSteps.call
        (PreparedCall(TorchOperator.Of("aten::" + name, ""), Array.ofList arguments, Array.ofList results))
        [||]

let private forwardCall kernel (form: AttentionForm) (q, k, v) (attended, sums) : PlanStep =
    let tensors = [ for slot in [ q; k; v ] -> PreparedArgument.Tensor slot ]

    match kernel with
    | Kernel.Host ->
        let rest = [ number 0.0; flag form.Causal; none; present form.Scale ]
        call "_scaled_dot_product_flash_attention_for_cpu" (tensors @ rest) [ attended; sums ]
    | Kernel.Efficient ->
        let rest = [ none; flag true; number 0.0; flag form.Causal; present form.Scale ]
        call "_scaled_dot_product_efficient_attention" (tensors @ rest) [ attended; sums; -1; -1 ]

/// What is known of an attention: its arguments with heads first, and the kernel.
let private tryArguments (memory: RunMemory) (storages: Storage[]) form (q: Operand) (k: Operand) (v: Operand) =
    match tryHeadsFirst q, tryHeadsFirst k, tryHeadsFirst v with
    | ValueSome q, ValueSome k, ValueSome v ->
        match tryKernel memory.Device form storages[q.Storage].DType q k v with
        | ValueSome kernel -> ValueSome(struct (kernel, q, k, v))
        | ValueNone -> ValueNone
    | _ -> ValueNone

/// What a kernel gave [batch; heads; positions; width] as a result [..., positions, heads, width]: its own memory, where the
/// elements stand in that order already, as those of libtorch's kernels do.
let private toResult (memory: RunMemory) (made: int) (write: Operand) (headsFirst: Operand) : PlanStep list =
    let isWhole =
        write.Offset = 0
        && Array.fold (*) 1 write.Lengths = memory.Storages[write.Storage].Size
        && StridedViews.sameSteps write.Lengths write.Strides (StridedViews.rowMajor write.Lengths)

    if isWhole && memory.IsAdoptable write.Storage then
        let lengths = [| for axis in [ 0; 2; 1; 3 ] -> headsFirst.Lengths[axis] |]
        let last = memory.Table.AddResult()
        let axes = [| PreparedArgument.Tensor made; integer 1; integer 2 |]
        memory.Adopted.Add(struct (last, write.Storage))

        [ PlanSteps.call (PreparedCall(TorchOperator.Of("aten::transpose", "int"), axes, [| last |])) [| made |]
          PlanSteps.adopt
              last
              (memory.View { write with Lengths = lengths; Strides = StridedViews.rowMajor lengths })
              write.Storage ]
    else
        [ PlanSteps.copy made (memory.View headsFirst) [| made |] ]

/// A copy of the sums of rows, which the memory-efficient kernel pads to 32 rows.
let private copySums (memory: RunMemory) kernel (made: int) (sums: Operand) : PlanStep =
    match kernel with
    | Kernel.Host -> PlanSteps.copy made (memory.View sums) [||]
    | Kernel.Efficient ->
        let narrow = memory.Table.AddResult()
        let rows = [ PreparedArgument.Tensor made; integer 2; integer 0; integer sums.Lengths[2] ]
        let view = PreparedCall(TorchOperator.Of("aten::narrow", ""), Array.ofList rows, [| narrow |])
        let copy = PlanSteps.copy narrow (memory.View sums) [| narrow |]

        { new PlanStep() with
            member _.Run memory =
                view.Run(memory.Table, memory.Addresses)
                copy.Run memory }

/// The steps of an attention of queries, keys and values; none where no kernel of libtorch takes them.
let tryForward (memory: RunMemory) storages (form: AttentionForm) (reads: Operand list) (writes: Operand list) =
    match reads, writes with
    | [ q; k; v ], [ attended; sums ] ->
        match tryArguments memory storages form q k v, tryHeadsFirst attended with
        | ValueSome(struct (kernel, q, k, v)), ValueSome written ->
            let made, madeSums = memory.Table.AddResult(), memory.Table.AddResult()
            // the gradient takes them as the kernel gave them: in float32, and padded
            memory.AttentionSums[sums.Storage] <- madeSums

            ValueSome
                [ forwardCall kernel form (memory.View q, memory.View k, memory.View v) (made, madeSums)
                  yield! toResult memory made attended written
                  copySums memory kernel madeSums (rows sums) ]
        | _ -> ValueNone
    | _ -> ValueNone

let private gradientCall
    (memory: RunMemory)
    kernel
    (form: AttentionForm)
    (arguments: Operand list)
    (attended, sums, cotangent)
    given
    =
    let tensor slot = PreparedArgument.Tensor slot
    let tensors = tensor cotangent :: (arguments |> List.map (memory.View >> tensor))
    let undefined () = tensor (memory.Table.AddHeld(UndefinedTensor.Create()))

    match kernel with
    | Kernel.Host ->
        let rest = [ tensor attended; tensor sums; number 0.0; flag form.Causal; none; present form.Scale ]
        call "_scaled_dot_product_flash_attention_for_cpu_backward" (tensors @ rest) given
    | Kernel.Efficient ->
        let mask =
            PreparedArgument.List [| for wanted in [ true; true; true; false ] -> CallStack.Bool wanted |]

        let rest =
            [ undefined ()
              tensor attended
              tensor sums
              undefined ()
              undefined ()
              number 0.0
              mask
              flag form.Causal
              present form.Scale ]

        call "_scaled_dot_product_efficient_attention_backward" (tensors @ rest) (given @ [ -1 ])

/// The steps of the gradient of an attention without a mask; none where no kernel of libtorch takes it.
let tryGradient (memory: RunMemory) storages (form: AttentionForm) (reads: Operand list) (writes: Operand list) =
    match reads with
    | [ q; k; v; attended; sums; cotangent ] ->
        let written = writes |> List.map tryHeadsFirst

        match tryArguments memory storages form q k v, tryHeadsFirst attended, tryHeadsFirst cotangent with
        | ValueSome(struct (kernel, q, k, v)), ValueSome attended, ValueSome cotangent when
            List.forall ValueOption.isSome written
            && attended.Strides[3] = 1
            && cotangent.Strides[3] = 1
            && memory.AttentionSums.ContainsKey sums.Storage
            ->
            let made = writes |> List.map (fun _ -> memory.Table.AddResult())
            let results = memory.View attended, memory.AttentionSums[sums.Storage], memory.View cotangent

            ValueSome(
                gradientCall memory kernel form [ q; k; v ] results made
                :: [ for slot, write, headsFirst in List.zip3 made writes written do
                         yield! toResult memory slot write headsFirst.Value ]
            )
        | _ -> ValueNone
    | _ -> ValueNone
