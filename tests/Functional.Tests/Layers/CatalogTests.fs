module Functional.Tests.CatalogTests

open System.Text.Json
open Expecto
open Functional
open Functional.Tests.Chains

[<Tests>]
let tests =
    [ testCase "a description in JSON brings the layer back" (fun () ->
          law "a rebuilt chain has the same description, variables and results, bit for bit" (fun stack ->
              let chain = stack.Chain
              let back = chain.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
              let x = Tensor.cast Float32 (wave (3 :: stack.Shape))

              let seen (layer: Layer<Tensor, Tensor>) =
                  let variables, shape = Layer.init (Key.ofInt 7) stack.Shape layer
                  let y, after = layer.Apply variables (training 11) x

                  (layer.Description, shape, Layer.stages [ stack.Shape ] layer, Option.map fst layer.Logits),
                  (variableBits variables, bits y, variableBits after, layer.Penalty variables |> Option.map bits)

              seen chain = seen back))

      testCase "every kind of layer comes back" (fun () ->
          let settings =
              [ softmaxOver 1
                leakyReluOf 0.07
                eluOf 1.5
                preluWith
                    { SharedAxes = [ 1 ]
                      AlphaInitializer = Initializer.constant 0.25
                      AlphaRegularizer = Some(Regularizer.l1 0.5)
                      AlphaConstraint = Some(Constraint.maxNorm 2.0) }
                freeze (Layer.named "kept" (dense 3 --> relu))
                Layer.named "kept" (freeze (dense 3))
                Layer.named "empty" Layer.identity
                Layer.identity
                iterate 2 (freeze linear)
                residual (Layer.named "inner" relu)
                branch [ linear; relu ] --> shared (dense 3 --> relu) --> Merge.average
                branch [ linear; relu ] --> Merge.multiply
                branch [ linear; relu ] --> Merge.maximum
                branch [ linear; relu ] --> Merge.minimum
                branch [ linear; relu ] --> Merge.add
                branch [ linear; relu ] --> concatenate 1
                exponential
                conv1DWith
                    { Strides = 2
                      Padding = WindowPadding.Causal
                      DilationRate = 3
                      Groups = 2
                      DataFormat = DataFormat.ChannelsLast
                      Activation = Some relu
                      UseBias = false
                      KernelInitializer = Initializer.heNormal
                      BiasInitializer = Initializer.ones
                      KernelRegularizer = Some(Regularizer.l2 0.1)
                      BiasRegularizer = Some(Regularizer.l1 0.2)
                      KernelConstraint = Some(Constraint.minMaxNormOver [ 0; 1 ] 0.5 0.25 2.0)
                      BiasConstraint = Some Constraint.nonNeg
                      ActivityRegularizer = Some(Regularizer.l1l2 0.1 0.2) }
                    4
                    3
                conv2DWith
                    { Strides = 2, 1
                      Padding = WindowPadding.Same
                      DilationRate = 1, 2
                      Groups = 2
                      DataFormat = DataFormat.ChannelsFirst
                      Activation = Some(leakyReluOf 0.1)
                      UseBias = false
                      KernelInitializer = Initializer.heNormal
                      BiasInitializer = Initializer.ones
                      KernelRegularizer = Some(Regularizer.l2 0.1)
                      BiasRegularizer = Some(Regularizer.l1 0.2)
                      KernelConstraint = Some(Constraint.minMaxNormOver [ 0; 1 ] 0.5 0.25 2.0)
                      BiasConstraint = Some Constraint.nonNeg
                      ActivityRegularizer = Some(Regularizer.l1l2 0.1 0.2) }
                    4
                    (3, 5)
                depthwiseConv2DWith
                    { Strides = 2, 1
                      Padding = WindowPadding.Same
                      DilationRate = 1, 2
                      DepthMultiplier = 3
                      DataFormat = DataFormat.ChannelsLast
                      Activation = Some relu
                      UseBias = false
                      DepthwiseInitializer = Initializer.heNormal
                      BiasInitializer = Initializer.ones
                      DepthwiseRegularizer = Some(Regularizer.l2 0.1)
                      BiasRegularizer = Some(Regularizer.l1 0.2)
                      DepthwiseConstraint = Some(Constraint.minMaxNormOver [ 0; 1 ] 0.5 0.25 2.0)
                      BiasConstraint = Some Constraint.nonNeg
                      ActivityRegularizer = Some(Regularizer.l1l2 0.1 0.2) }
                    (3, 5)
                for extra in [ None; Some(0, 1) ] do
                    conv2DTransposeWith
                        { Strides = 1, 2
                          Padding = WindowPadding.Same
                          OutputPadding = extra
                          DilationRate = 2, 1
                          DataFormat = DataFormat.ChannelsLast
                          Activation = Some relu
                          UseBias = false
                          KernelInitializer = Initializer.heNormal
                          BiasInitializer = Initializer.ones
                          KernelRegularizer = Some(Regularizer.l2 0.1)
                          BiasRegularizer = Some(Regularizer.l1 0.2)
                          KernelConstraint = Some(Constraint.minMaxNormOver [ 0; 1 ] 0.5 0.25 2.0)
                          BiasConstraint = Some Constraint.nonNeg
                          ActivityRegularizer = Some(Regularizer.l1l2 0.1 0.2) }
                        4
                        (3, 5)
                conv3DWith
                    { Conv3DOptions.defaults with
                        Strides = 1, 2, 1
                        Padding = WindowPadding.Same
                        DataFormat = DataFormat.ChannelsFirst
                        Activation = Some tanh'
                        KernelRegularizer = Some(Regularizer.l2 0.1) }
                    4
                    (3, 5, 1)
                conv1DTransposeWith { Conv1DTransposeOptions.defaults with Strides = 2; OutputPadding = Some 1 } 4 3
                conv3DTransposeWith { Conv3DTransposeOptions.defaults with DilationRate = 1, 2, 1 } 4 (3, 1, 2)
                depthwiseConv1DWith { DepthwiseConv1DOptions.defaults with DepthMultiplier = 2 } 3
                separableConv1DWith
                    { SeparableConv1DOptions.defaults with
                        Padding = WindowPadding.Causal
                        PointwiseInitializer = Initializer.heNormal
                        DepthwiseRegularizer = Some(Regularizer.l1 0.2)
                        DepthwiseConstraint = Some Constraint.nonNeg
                        PointwiseConstraint = Some(Constraint.maxNorm 2.0)
                        ActivityRegularizer = Some(Regularizer.l1l2 0.1 0.2) }
                    4
                    3
                separableConv2DWith
                    { SeparableConv2DOptions.defaults with
                        Strides = 2, 1
                        PointwiseRegularizer = Some(Regularizer.l2 0.1)
                        Activation = Some relu }
                    4
                    (3, 2)
                maxPooling3DWith { Pooling3DOptions.defaults with DataFormat = DataFormat.ChannelsFirst } (3, 2, 1)
                averagePooling3D (3, 2, 1)
                globalMaxPooling3D
                globalAveragePooling3D
                adaptiveMaxPooling1D 3
                adaptiveMaxPooling2D (3, 2)
                adaptiveMaxPooling3D (3, 2, 1)
                adaptiveAveragePooling1D 3
                adaptiveAveragePooling2DWith { DataFormat = DataFormat.ChannelsFirst } (3, 2)
                adaptiveAveragePooling3D (3, 2, 1)
                upSampling3D (3, 2, 1)
                zeroPadding3DWith ((1, 2), (3, 4), (5, 6))
                cropping1D (1, 2)
                cropping2DIn DataFormat.ChannelsFirst ((1, 2), (3, 4))
                cropping3DWith ((1, 2), (3, 4), (5, 6))
                flattenIn DataFormat.ChannelsFirst
                maxPooling1DWith { Pooling1DOptions.defaults with Strides = Some 1; Padding = WindowPadding.Same } 3
                maxPooling2DWith
                    { Pooling2DOptions.defaults with Strides = Some(1, 2); Padding = WindowPadding.Same }
                    (3, 2)
                averagePooling1D 3
                averagePooling2DWith
                    { Pooling2DOptions.defaults with Strides = None; Padding = WindowPadding.Same }
                    (3, 2)
                globalMaxPooling1D
                globalMaxPooling2DWith { GlobalPoolingOptions.defaults with KeepDims = true }
                globalAveragePooling1D
                globalAveragePooling2DWith { GlobalPoolingOptions.defaults with KeepDims = true }
                upSampling1D 3
                upSampling2D (2, 3)
                upSampling2DWith { UpSampling2DOptions.defaults with Interpolation = Interpolation.Bilinear } (3, 2)
                zeroPadding1D (1, 2)
                zeroPadding2DWith ((1, 2), (3, 4))
                batchNormWith { Axis = 1; Momentum = 0.9; Epsilon = 1e-5; Center = false; Scale = true }
                layerNormWith { Axes = [ 1; 2 ]; Epsilon = 1e-12; Center = true; Scale = false } ]

          for layer in settings do
              let json = DescriptionJson.toJson layer.Description
              Expect.Equal(layer.Description, (Catalog.build (DescriptionJson.ofJson json)).Description))

      testCase "numbers keep their bits and their kind" (fun () ->
          let settings =
              [ "tenth", Setting.Number 0.1
                "one", Setting.Number 1.0
                "tiny", Setting.Number 5e-324
                "large", Setting.Number 1.7976931348623157e308
                "negative", Setting.Number -0.0
                "whole", Setting.Whole -3
                "text", Setting.Text "a \"quoted\" word\n"
                "flag", Setting.Flag false
                "items", Setting.Items [ Setting.Whole 1; Setting.Items []; Setting.Number 2.0 ]
                "group", Setting.Group [ "inner", Setting.Group [] ] ]

          let description = { Kind = "test"; Name = "näme"; Settings = settings; Children = [] }
          let json = DescriptionJson.toJson description
          let back = DescriptionJson.ofJson json
          Expect.Equal(description, back)
          Expect.Equal(json, DescriptionJson.toJson back)

          Expect.Contains(
              "is not a finite number",
              errorOf (fun () -> DescriptionJson.toJson { description with Settings = [ "x", Setting.Number nan ] })
          ))

      testTheory
          "what is not a description is refused"
          [ "", "it is not JSON"
            "{", "it is not JSON"
            "[]", "an object was expected"
            "{}", "a layer lacks its kind"
            """{"kind": 3}""", "the kind must be a text"
            """{"kind": "relu", "code": "x"}""", "nothing is known of 'code'"
            """{"kind": "relu", "settings": []}""", "the settings must be an object"
            """{"kind": "relu", "children": {}}""", "the children must be an array"
            """{"kind": "relu", "settings": {"a": null}}""", "a setting cannot be Null"
            """{"kind": "relu", "settings": {"a": 1, "a": 2}}""", "the setting 'a' is there 2 times"
            """{"kind": "relu", "settings": {"a": 1e999}}""", "out of range" ]
          (fun (json: string, reason: string) ->
              Expect.Contains(reason, errorOf (fun () -> DescriptionJson.ofJson json)))

      testCase "deep nesting ends in an error, not in a crash" (fun () ->
          let json =
              String.replicate 100_000 """{"kind":"residual","children":[""" + String.replicate 100_000 "]}"

          Expect.Contains("it is not JSON", errorOf (fun () -> DescriptionJson.ofJson json)))

      testTheory
          "descriptions of no layer are refused"
          [ """{"kind": "quantum"}""", "'quantum' is not a kind of layer that this version of the library knows"
            """{"kind": "dense"}""", "the setting 'kernel_initializer' is missing"
            """{"kind": "dropout", "settings": {"rate": 7}}""", "is not a share to drop"
            """{"kind": "dropout", "settings": {"rate": "much"}}""", "the setting 'rate' must be a number"
            """{"kind": "relu", "settings": {"slope": 0.5}}""", "has a setting 'slope' that this version"
            """{"kind": "relu", "children": [{"kind": "relu"}]}""", "holds other layers than its kind does"
            """{"kind": "residual"}""", "holds 0 layers instead of one"
            """{"kind": "relu", "name": "a/b"}""", "is not a layer's name"
            """{"kind": "branch"}""", "is empty"
            """{"kind": "softmax", "settings": {"axis": 1.5}}""", "must be a whole number"
            """{"kind": "zero_padding1d", "settings": {"padding": [1]}}""", "must be two whole numbers"
            """{"kind": "zero_padding2d", "settings": {"padding": [1, 2]}}""", "must be a list of whole numbers"
            """{"kind": "zero_padding2d", "settings": {"padding": 1}}""", "must be 2 pairs of whole numbers"
            """{"kind": "max_pooling1d", "settings": {"strides": 1, "padding": "most"}}""", "is not a padding"
            """{"kind": "up_sampling2d", "settings": {"interpolation": "cubic"}}""",
            "there are nearest, bilinear, bicubic, lanczos3, lanczos5" ]
          (fun (json: string, reason: string) ->
              Expect.Contains(reason, errorOf (fun () -> Catalog.build (DescriptionJson.ofJson json))))

      testCase "a layer of one's own says that only its weights can be saved" (fun () ->
          let mine = Layer.make "dense" (fun _ shape -> [], shape) (fun _ x -> x)

          for layer in [ mine; dense 3 --> (fun x -> x * 2.0); residual (Layer.named "mine" mine); freeze mine ] do
              Expect.Contains(
                  "was made from a function of its user's, which a description does not hold; only weights can be saved and \
                   loaded.",
                  errorOf (fun () -> Catalog.build layer.Description)
              )

              Expect.Equal(1, (Catalog.ownCode layer.Description).Length)

          Expect.Contains(
              "layer = 'mine (dense)'",
              errorOf (fun () -> Catalog.build (Layer.named "mine" mine).Description)
          )

          Expect.Empty(Catalog.ownCode (dense 3 --> relu).Description))

      testCase "descriptions are written into larger documents" (fun () ->
          use stream = new System.IO.MemoryStream()

          do
              use writer = new Utf8JsonWriter(stream)
              writer.WriteStartObject()
              writer.WritePropertyName "layer"
              DescriptionJson.write writer (dense 3).Description
              writer.WriteEndObject()

          use document = JsonDocument.Parse(stream.ToArray())
          Expect.Equal((dense 3).Description, DescriptionJson.read (document.RootElement.GetProperty "layer"))) ]
    |> testList "Layers.Catalog"
