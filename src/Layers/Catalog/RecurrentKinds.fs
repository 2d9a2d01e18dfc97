/// Recurrent layers, their cells and loops, and both directions, from their descriptions.
module internal Functional.RecurrentKinds

open System.Collections.Generic

/// A flag that older files do not have.
let private flagOr fallback source name =
    match Settings.tryFind source name with
    | Some _ -> Settings.flag source name
    | None -> fallback

let private stateful source =
    if flagOr false source "stateful" then
        Some(Settings.whole source "batch_size")
    else
        None

let private activation (network: Network) : Layer<Tensor, Tensor> = Layer.ofNetwork network

let private activationsOf (source: Settings.Source) (inside: Network list) =
    match inside with
    | [ one ] -> activation one, RecurrentOptions.defaults.RecurrentActivation
    | [ one; ofGates ] -> activation one, activation ofGates
    | _ -> Fail.data source.Owner "its description is damaged: its activations are missing."

let private variablesOf source =
    let variable = VariableOptions.ofSettings source
    variable "kernel", variable "recurrent", variable "bias"

let private loopOptions source : RnnOptions =
    { ReturnSequences = Settings.flag source "return_sequences"
      GoBackwards = Settings.flag source "go_backwards"
      ZeroOutputForMask = flagOr false source "zero_output_for_mask"
      Stateful = stateful source }

/// The options of a cell, and those of its loop unless there is none.
let private options source inside (loop: RnnOptions) : RecurrentOptions =
    let activation, ofGates = activationsOf source inside
    let kernel, recurrent, bias = variablesOf source

    { Activation = activation
      RecurrentActivation = ofGates
      UseBias = Settings.flag source "use_bias"
      KernelInitializer = kernel.Initializer
      RecurrentInitializer = recurrent.Initializer
      BiasInitializer = bias.Initializer
      UnitForgetBias = flagOr true source "unit_forget_bias"
      ResetAfter = flagOr true source "reset_after"
      KernelRegularizer = kernel.Regularizer
      RecurrentRegularizer = recurrent.Regularizer
      BiasRegularizer = bias.Regularizer
      KernelConstraint = kernel.Constraint
      RecurrentConstraint = recurrent.Constraint
      BiasConstraint = bias.Constraint
      // the catalog adds the penalty on results
      ActivityRegularizer = None
      Dropout = Settings.number source "dropout"
      RecurrentDropout = Settings.number source "recurrent_dropout"
      ReturnSequences = loop.ReturnSequences
      GoBackwards = loop.GoBackwards
      ZeroOutputForMask = loop.ZeroOutputForMask
      Stateful = loop.Stateful }

let private returnsState source = flagOr false source "return_state"

let private recurrent
    (output: RecurrentOptions -> int -> Layer<Tensor, Tensor>)
    (withState: RecurrentOptions -> int -> Layer<Tensor list, Tensor list>)
    source
    inside
    : Network =
    let options, units = options source inside (loopOptions source), Settings.whole source "units"

    if returnsState source then
        (withState options units).Network
    else
        (output options units).Network

let private cell (make: RecurrentOptions -> int -> Layer<Tensor list, Tensor list>) source inside : Network =
    (make (options source inside RnnOptions.defaults) (Settings.whole source "units")).Network

let private asCell (network: Network) : Layer<Tensor list, Tensor list> = Layer.ofNetwork network

let private onlyOne (source: Settings.Source) (inside: Network list) =
    match inside with
    | [ one ] -> one
    | several -> Fail.data source.Owner $"its description is damaged: it holds {several.Length} layers instead of one."

let private rnnOf source inside : Network =
    let cell, options = asCell (onlyOne source inside), loopOptions source

    if returnsState source then
        (rnnWithState options cell).Network
    else
        (rnnWith options cell).Network

let private convLstmOptions source inside : ConvLstmOptions =
    let activation, ofGates = activationsOf source inside
    let kernel, recurrent, bias = variablesOf source
    let loop = loopOptions source

    let numbers name =
        match Settings.find source name with
        | Setting.Whole n -> [ n ]
        | _ -> Settings.wholes source name

    { Strides = numbers "strides"
      Padding = Spatial.padding source "padding"
      DilationRate = numbers "dilation_rate"
      DataFormat = DataFormat.ofSettings source
      Activation = activation
      RecurrentActivation = ofGates
      UseBias = Settings.flag source "use_bias"
      KernelInitializer = kernel.Initializer
      RecurrentInitializer = recurrent.Initializer
      BiasInitializer = bias.Initializer
      UnitForgetBias = Settings.flag source "unit_forget_bias"
      KernelRegularizer = kernel.Regularizer
      RecurrentRegularizer = recurrent.Regularizer
      BiasRegularizer = bias.Regularizer
      KernelConstraint = kernel.Constraint
      RecurrentConstraint = recurrent.Constraint
      BiasConstraint = bias.Constraint
      // the catalog adds the penalty on results
      ActivityRegularizer = None
      Dropout = Settings.number source "dropout"
      RecurrentDropout = Settings.number source "recurrent_dropout"
      ReturnSequences = loop.ReturnSequences
      GoBackwards = loop.GoBackwards
      Stateful = loop.Stateful }

let private convLstm
    size
    (output: ConvLstmOptions -> int -> 'Size -> Layer<Tensor, Tensor>)
    (withState: ConvLstmOptions -> int -> 'Size -> Layer<Tensor list, Tensor list>)
    source
    inside
    : Network =
    let options, filters, size =
        convLstmOptions source inside, Settings.whole source "filters", size source "kernel_size"

    if returnsState source then
        (withState options filters size).Network
    else
        (output options filters size).Network

let private bidirectionalOf (source: Settings.Source) (inside: Network list) : Network =
    let mode =
        match Settings.text source "merge_mode" with
        | "none" -> None
        | text -> Some(BidirectionalLayers.modeOf source.Owner text)

    match bidirectionalFrom mode (returnsState source) (List.map asCell inside) with
    | Some layer -> layer.Network
    | None ->
        Fail.data source.Owner $"its description is damaged: it holds {inside.Length} layers instead of one or two."

/// The kinds, from their settings and the layers inside.
let kinds: IDictionary<string, Settings.Source -> Network list -> Network> =
    dict
        [ "simple_rnn", recurrent simpleRnnWith simpleRnnWithState
          "lstm", recurrent lstmWith lstmWithState
          "gru", recurrent gruWith gruWithState
          "simple_rnn_cell", cell simpleRnnCellWith
          "lstm_cell", cell lstmCellWith
          "gru_cell", cell gruCellWith
          "stacked_rnn_cells", (fun _ inside -> (stackedRnnCells (List.map asCell inside)).Network)
          "rnn", rnnOf
          "conv_lstm1d", convLstm Settings.whole convLstm1DWith convLstm1DWithState
          "conv_lstm2d", convLstm Spatial.pairOf convLstm2DWith convLstm2DWithState
          "conv_lstm3d", convLstm Spatial.tripleOf convLstm3DWith convLstm3DWithState
          "bidirectional", bidirectionalOf ]
