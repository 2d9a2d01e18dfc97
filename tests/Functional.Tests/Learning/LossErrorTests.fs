module Functional.Tests.LossErrorTests

open System
open Expecto
open Functional

let private message (action: unit -> unit) = (Expect.Throws<FunctionalException> action).Message

let private says (expected: string) action = Expect.Equal(expected, message action)

let private fitting loss layer output labels = fun () -> Loss.checkLabels "Fit" layer output labels loss

[<Tests>]
let tests =
    [ testCase "labels of five classes meet three outputs" (fun () ->
          fitting Loss.categoricalCrossentropy "dense_4" [ 3 ] (Tensor.zeros [ 528; 5 ])
          |> says
              "Fit: the labels have 5 classes but the last layer 'dense_4' gives 3 outputs.\n\
               labels  [528; 5]\n\
               output  [None; 3]\n\
               Make the last layer Dense(5), or pass labels of 3 classes.")

      testCase "the error holds its shapes as values" (fun () ->
          let error =
              Expect.Throws<FunctionalException>(fun () -> Loss.categoricalCrossentropy.Check [ 528; 5 ] [ 528; 3 ])

          match error.Error with
          | FunctionalError.ShapeMismatch(operation, shapes, _) ->
              Expect.Equal("categorical_crossentropy", operation)
              Expect.Equal<(string * Shape) list>([ "labels", [ 528; 5 ]; "output", [ 528; 3 ] ], shapes)
          | other -> Expect.Fail $"{other}")

      testCase "class numbers and rows are told apart" (fun () ->
          fitting Loss.categoricalCrossentropy "dense" [ 3 ] (tensor [ 0; 2 ])
          |> says
              "Fit: the labels are class numbers, and this loss takes a row of 3 classes for each sample.\n\
               labels  [2]\n\
               output  [None; 3]\n\
               Use Loss.sparseCategoricalCrossentropy for class numbers, or make rows of them with Tensor.oneHot 3."

          fitting Loss.categoricalCrossentropy "dense" [ 3 ] (tensor [ [ 0 ]; [ 2 ] ])
          |> message
          |> fun text -> Expect.Contains("Use Loss.sparseCategoricalCrossentropy", text)

          fitting Loss.sparseCategoricalCrossentropy "dense" [ 3 ] (Tensor.zeros [ 2; 3 ])
          |> says
              "Fit: the labels have a row of 3 classes for each sample, and this loss takes class numbers.\n\
               labels  [2; 3]\n\
               output  [None; 3]\n\
               Use Loss.categoricalCrossentropy for such rows, or make numbers of them with Tensor.argmax -1.")

      testCase "class numbers that meet a loss of numbers are told what was likely meant" (fun () ->
          fitting Loss.meanSquaredError "dense_1" [ 3 ] (tensor [ 0; 2; 1 ])
          |> says
              "Fit: the labels have one value a sample but the last layer 'dense_1' gives 3 outputs.\n\
               labels  [3]\n\
               output  [None; 3]\n\
               If they are class numbers, end the model in a softmax and use Loss.sparseCategoricalCrossentropy, or make \
               rows of them with Tensor.oneHot 3. If they are one measured value a sample, make the last layer Dense(1).")

      testCase "the result of a function of one's own is one number a sample, or one in all" (fun () ->
          let labels, output = tensor [ 0.0; 1.0 ], tensor [ [ 0.5 ]; [ 0.5 ] ]

          let transposed =
              fun (y: Tensor) (p: Tensor) ->
                  Tensor.sumOver [ 0 ] (Tensor.reshape [ 1; 2 ] (y - p)) |> Tensor.reshape [ 1; 2 ]

          (fun () -> Loss.value (Loss.custom "own" transposed) labels output None |> ignore)
          |> says
              "own: the function gives neither one number a sample nor one in all.\n\
               labels  [2; 1]\n\
               output  [2; 1]\n\
               result  [1; 2]\n\
               Take the mean over the axes behind the first, for example Tensor.meanOver [ -1 ], or Tensor.mean of all."

          (fun () -> Metric.value (Metric.custom "own" transposed) labels output |> ignore)
          |> message
          |> fun text -> Expect.StartsWith("own: the function gives neither one number a sample nor one in all.", text)

          let mean = Loss.custom "own" (fun y p -> Tensor.mean (y - p))

          (fun () -> Loss.value mean labels output (Some(tensor [ 1.0; 2.0 ])) |> ignore)
          |> says
              "own: the loss is one number for the whole batch, so that samples cannot be weighted.\n\
               weights  [2]\n\
               loss     []\n\
               Give one number a sample, or no weights.")

      testCase "a label out of range is named with its row" (fun () ->
          fitting Loss.sparseCategoricalCrossentropy "dense_4" [ 5 ] (tensor [ 0; 4; 7; 8 ])
          |> says
              "Fit: the label 7 in row 2 (counted from 0) is outside 0 to 4: the last layer 'dense_4' gives 5 outputs, one \
               a class. Number the classes from 0, or make the last layer Dense(9)."

          fitting Loss.sparseCategoricalCrossentropy "" [ 5 ] (tensor [ 0; -1 ])
          |> says
              "Fit: the label -1 in row 1 (counted from 0) is outside 0 to 4: the output has 5 outputs, one a class. Number \
               the classes from 0."

          fitting Loss.sparseCategoricalCrossentropy "dense" [ 1 ] (tensor [ 0; 1 ])
          |> message
          |> fun text ->
              Expect.EndsWith("Use Loss.binaryCrossentropy for one output, or make the last layer Dense(2).", text)

          fitting Loss.sparseCategoricalCrossentropy "dense" [ 5 ] (tensor [ 0.0; 1.5 ])
          |> says
              "Fit: the label 1.5 in row 1 (counted from 0) is not a whole number, and sparse_categorical_crossentropy \
               takes class numbers. Use a loss of numbers for measured values.")

      testCase "a label out of range is found without fit too" (fun () ->
          (fun () ->
              Loss.value Loss.sparseCategoricalCrossentropy (tensor [ 3 ]) (Tensor.ones [ 1; 3 ]) None |> ignore)
          |> message
          |> fun text -> Expect.StartsWith("sparse_categorical_crossentropy: the label 3 in row 0", text))

      testCase "labels that are no numbers are named" (fun () ->
          fitting Loss.meanSquaredError "dense" [ 2 ] (tensor [ [ 0.0; 1.0 ]; [ 2.0; nan ] ])
          |> says
              "Fit: the label NaN in row 1, column 1 (counted from 0) cannot be learned from. Remove such rows, or fill in \
               what is missing, before training."

          fitting Loss.meanSquaredError "dense" [ 1 ] (tensor [ 0.0; infinity ])
          |> message
          |> fun text -> Expect.StartsWith("Fit: the label Infinity in row 1 ", text)

          fitting (Loss.custom "own" (fun y _ -> y)) "dense" [ 1 ] (tensor [ nan ])
          |> message
          |> fun text -> Expect.StartsWith("Fit: the label NaN in row 0 ", text))

      testCase "labels outside what a loss takes are named" (fun () ->
          for loss, label, text in
              [ Loss.binaryCrossentropy,
                2.0,
                "is outside [0, 1], and binary_crossentropy takes 0 for no and 1 for yes."
                Loss.hinge, 2.0, "is outside [-1, 1], and hinge takes -1 and 1, or 0 and 1."
                Loss.poisson, -1.0, "is below 0, and poisson takes counts."
                Loss.categoricalCrossentropy,
                3.0,
                "is outside [0, 1], and categorical_crossentropy takes shares of the classes." ] do
              fitting loss "dense" [ 1 ] (tensor [ [ 0.0 ]; [ label ] ])
              |> message
              |> fun found -> Expect.Contains($"the label {label} in row 1 (counted from 0) " + text, found))

      testCase "no labels, no classes and no outputs are errors" (fun () ->
          fitting Loss.meanSquaredError "dense" [ 1 ] (Tensor.zeros [ 0; 1 ])
          |> says
              "Fit: there are no labels: the data have 0 samples. Check the file, and how it was filtered or split."

          fitting Loss.categoricalCrossentropy "dense" [ 3 ] (Tensor.zeros [ 4; 0 ])
          |> says "Fit: the labels have 0 classes or values. Check the column of labels.\nlabels  [4; 0]"

          fitting Loss.sparseCategoricalCrossentropy "dense" [ 0 ] (tensor [ 0; 1 ])
          |> says
              "Fit: the last layer 'dense' gives 0 outputs: there is no class or value to learn.\n\
               labels  [2]\n\
               output  [None; 0]\n\
               Give the last layer one unit at least."

          fitting Loss.meanSquaredError "dense" [ 1 ] (Tensor.scalar 1.0)
          |> message
          |> fun text -> Expect.StartsWith("Fit: the labels are a scalar", text))

      testCase "shapes are not broadcast" (fun () ->
          (fun () -> Loss.value Loss.meanSquaredError (Tensor.zeros [ 8 ]) (Tensor.zeros [ 8; 3 ]) None |> ignore)
          |> says
              "mean_squared_error: the labels have one value a sample but the output has 3 outputs.\n\
               labels  [8]\n\
               output  [8; 3]\n\
               If they are class numbers, end the model in a softmax and use Loss.sparseCategoricalCrossentropy, or make \
               rows of them with Tensor.oneHot 3. If they are one measured value a sample, make the last layer Dense(1)."

          (fun () -> Loss.value (Loss.huber 1.0) (Tensor.zeros [ 8; 2 ]) (Tensor.zeros [ 8; 3 ]) None |> ignore)
          |> says
              "huber: the labels have 2 values a sample but the output has 3 outputs.\n\
               labels  [8; 2]\n\
               output  [8; 3]\n\
               Make the last layer Dense(2), or pass labels of 3 values."

          (fun () -> Loss.value Loss.meanSquaredError (Tensor.zeros [ 8 ]) (Tensor.zeros [ 6 ]) None |> ignore)
          |> says
              "mean_squared_error: the labels and the output differ in shape, and a loss does not broadcast.\n\
               labels  [8]\n\
               output  [6]\n\
               Reshape one of them."

          (fun () -> Loss.value Loss.binaryCrossentropy (Tensor.zeros [ 8 ]) (Tensor.zeros [ 8; 2 ]) None |> ignore)
          |> message
          |> fun text -> Expect.Contains("Make the last layer Dense(1) for yes and no", text))

      testCase "weights of another number of samples are refused" (fun () ->
          let x = Tensor.zeros [ 4; 2 ]

          (fun () -> Loss.value Loss.meanSquaredError x x (Some(Tensor.ones [ 3 ])) |> ignore)
          |> says
              "mean_squared_error: the weights are not one number a sample.\n\
               weights  [3]\n\
               losses   [4]\n\
               Pass weights of the shape of the losses, of their first axis, or of the output.")

      testCase "outputs that are not floats are refused" (fun () ->
          (fun () -> Loss.value Loss.meanSquaredError (tensor [ 1 ]) (tensor [ 1 ]) None |> ignore)
          |> says
              "mean_squared_error: a loss is taken of float32, float64, float16 or bfloat16 outputs; cast them with Tensor.cast Float32 (the \
               output is int32)")

      testCase "options out of range are refused" (fun () ->
          let smooth s = { CrossentropyOptions.defaults with LabelSmoothing = s }

          for action, text in
              [ (fun () -> Loss.huber 0.0), "huber: delta = 0 is not a number above 0."
                (fun () -> Loss.huber nan), "huber: delta = NaN is not a number above 0."
                (fun () -> Loss.binaryCrossentropyWith (smooth 1.0)),
                "binary_crossentropy: labelSmoothing = 1 is outside [0, 1)."
                (fun () -> Loss.categoricalCrossentropyWith (smooth -0.1)),
                "categorical_crossentropy: labelSmoothing = -0.1 is outside [0, 1)."
                (fun () -> Loss.sparseCategoricalCrossentropyWith (smooth nan)),
                "sparse_categorical_crossentropy: labelSmoothing = NaN is outside [0, 1)."
                (fun () -> Loss.binaryFocalWith { BinaryFocalOptions.defaults with Gamma = -1.0 }),
                "binary_focal_crossentropy: gamma = -1 is not a number from 0 on."
                (fun () -> Loss.binaryFocalWith { BinaryFocalOptions.defaults with Alpha = Some 1.5 }),
                "binary_focal_crossentropy: alpha = 1.5 is outside [0, 1]."
                (fun () -> Loss.categoricalFocalWith { CategoricalFocalOptions.defaults with Alpha = [] }),
                "categorical_focal_crossentropy: alpha = [] has no weight; give one for all classes, or one for each." ] do
              says text (fun () -> action () |> ignore)

          let three =
              Loss.categoricalFocalWith { CategoricalFocalOptions.defaults with Alpha = [ 0.1; 0.2; 0.3 ] }

          (fun () -> Loss.value three (Tensor.ones [ 2; 4 ]) (Tensor.ones [ 2; 4 ]) None |> ignore)
          |> says
              "categorical_focal_crossentropy: alpha needs one weight for all classes, or one for each.\n\
                alpha   [3]\noutput  [2; 4]") ]
    |> testList "Learning.LossError"
