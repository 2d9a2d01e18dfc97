namespace Functional

/// The optimizers by name.
[<AutoOpen>]
module NamesOfOptimizers =
    /// The optimizers by name.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        /// Every rule with Keras's defaults, learning rate included, under Keras's name.
        let all: (string * Optimizer) list =
            [ Optimizer.sgdWith SgdOptions.defaults
              Optimizer.rmspropWith RmspropOptions.defaults
              Optimizer.adagradWith AdagradOptions.defaults
              Optimizer.adadeltaWith AdadeltaOptions.defaults
              Optimizer.adamWith AdamOptions.defaults
              Optimizer.adamwWith AdamOptions.adamw
              Optimizer.adamaxWith AdamaxOptions.defaults
              Optimizer.nadamWith NadamOptions.defaults
              Optimizer.lionWith LionOptions.defaults
              Optimizer.lambWith LambOptions.defaults
              Optimizer.adafactorWith AdafactorOptions.defaults
              Optimizer.ftrlWith FtrlOptions.defaults
              Optimizer.muonWith MuonOptions.defaults
              Optimizer.scheduleFreeAdamwWith ScheduleFreeOptions.defaults ]
            |> List.map (fun optimizer -> optimizer.Name, optimizer)

        /// The optimizer of this name with Keras's defaults, learning rate included: "adam", "SGD", "RMSprop". Case
        /// does not count. An unknown name is an error that lists the names.
        let ofName (name: string) : Optimizer = KerasNames.find "Optimizer.ofName" all [] name
