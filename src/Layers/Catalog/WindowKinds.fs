/// Convolutions, poolings and the layers that resize or augment images, from their descriptions.
module internal Functional.WindowKinds

let private variable source name = VariableOptions.ofSettings source name

let private whole = Settings.whole
let private pair = Spatial.pairOf
let private triple = Spatial.tripleOf

let private optional source name read = Settings.tryFind source name |> Option.map (fun _ -> read source name)

let private convOf (sizes: Sizes<'Size>) make source activation : Layer<Tensor, Tensor> =
    let kernel = variable source "kernel"
    let bias = variable source "bias"

    let options: ConvolutionOptions<'Size> =
        { Strides = sizes.OfSetting source "strides"
          Padding = Spatial.padding source "padding"
          DilationRate = sizes.OfSetting source "dilation_rate"
          Groups = whole source "groups"
          DataFormat = DataFormat.ofSettings source
          Activation = activation
          UseBias = Settings.flag source "use_bias"
          KernelInitializer = kernel.Initializer
          BiasInitializer = bias.Initializer
          KernelRegularizer = kernel.Regularizer
          BiasRegularizer = bias.Regularizer
          KernelConstraint = kernel.Constraint
          BiasConstraint = bias.Constraint
          ActivityRegularizer = None }

    make options (whole source "filters") (sizes.OfSetting source "kernel_size")

let private transposedOf (sizes: Sizes<'Size>) make source activation : Layer<Tensor, Tensor> =
    let kernel = variable source "kernel"
    let bias = variable source "bias"

    let options: TransposedConvolutionOptions<'Size> =
        { Strides = sizes.OfSetting source "strides"
          Padding = Spatial.padding source "padding"
          OutputPadding = optional source "output_padding" sizes.OfSetting
          DilationRate = sizes.OfSetting source "dilation_rate"
          DataFormat = DataFormat.ofSettings source
          Activation = activation
          UseBias = Settings.flag source "use_bias"
          KernelInitializer = kernel.Initializer
          BiasInitializer = bias.Initializer
          KernelRegularizer = kernel.Regularizer
          BiasRegularizer = bias.Regularizer
          KernelConstraint = kernel.Constraint
          BiasConstraint = bias.Constraint
          ActivityRegularizer = None }

    make options (whole source "filters") (sizes.OfSetting source "kernel_size")

let private depthwiseOf (sizes: Sizes<'Size>) make source activation : Layer<Tensor, Tensor> =
    let depthwise = variable source "depthwise"
    let bias = variable source "bias"

    let options: DepthwiseConvolutionOptions<'Size> =
        { Strides = sizes.OfSetting source "strides"
          Padding = Spatial.padding source "padding"
          DilationRate = sizes.OfSetting source "dilation_rate"
          DepthMultiplier = whole source "depth_multiplier"
          DataFormat = DataFormat.ofSettings source
          Activation = activation
          UseBias = Settings.flag source "use_bias"
          DepthwiseInitializer = depthwise.Initializer
          BiasInitializer = bias.Initializer
          DepthwiseRegularizer = depthwise.Regularizer
          BiasRegularizer = bias.Regularizer
          DepthwiseConstraint = depthwise.Constraint
          BiasConstraint = bias.Constraint
          ActivityRegularizer = None }

    make options (sizes.OfSetting source "kernel_size")

let private separableOf (sizes: Sizes<'Size>) make source activation : Layer<Tensor, Tensor> =
    let depthwise = variable source "depthwise"
    let pointwise = variable source "pointwise"
    let bias = variable source "bias"

    let options: SeparableConvolutionOptions<'Size> =
        { Strides = sizes.OfSetting source "strides"
          Padding = Spatial.padding source "padding"
          DilationRate = sizes.OfSetting source "dilation_rate"
          DepthMultiplier = whole source "depth_multiplier"
          DataFormat = DataFormat.ofSettings source
          Activation = activation
          UseBias = Settings.flag source "use_bias"
          DepthwiseInitializer = depthwise.Initializer
          PointwiseInitializer = pointwise.Initializer
          BiasInitializer = bias.Initializer
          DepthwiseRegularizer = depthwise.Regularizer
          PointwiseRegularizer = pointwise.Regularizer
          BiasRegularizer = bias.Regularizer
          DepthwiseConstraint = depthwise.Constraint
          PointwiseConstraint = pointwise.Constraint
          BiasConstraint = bias.Constraint
          ActivityRegularizer = None }

    make options (whole source "filters") (sizes.OfSetting source "kernel_size")

/// The kinds that multiply by kernels, from their settings and their activation, if they have one.
let withKernels: (string * (Settings.Source -> Layer<Tensor, Tensor> option -> Layer<Tensor, Tensor>)) list =
    [ "conv1d", convOf Sizes.one conv1DWith
      "conv2d", convOf Sizes.two conv2DWith
      "conv3d", convOf Sizes.three conv3DWith
      "depthwise_conv1d", depthwiseOf Sizes.one depthwiseConv1DWith
      "depthwise_conv2d", depthwiseOf Sizes.two depthwiseConv2DWith
      "separable_conv1d", separableOf Sizes.one separableConv1DWith
      "separable_conv2d", separableOf Sizes.two separableConv2DWith
      "conv1d_transpose", transposedOf Sizes.one conv1DTransposeWith
      "conv2d_transpose", transposedOf Sizes.two conv2DTransposeWith
      "conv3d_transpose", transposedOf Sizes.three conv3DTransposeWith ]

let private pooling1DOf make source : Layer<Tensor, Tensor> =
    make
        { Pooling1DOptions.Strides = Some(whole source "strides")
          Padding = Spatial.padding source "padding"
          DataFormat = DataFormat.ofSettings source }
        (whole source "pool_size")

let private pooling2DOf make source : Layer<Tensor, Tensor> =
    make
        { Pooling2DOptions.Strides = Some(pair source "strides")
          Padding = Spatial.padding source "padding"
          DataFormat = DataFormat.ofSettings source }
        (pair source "pool_size")

let private pooling3DOf make source : Layer<Tensor, Tensor> =
    make
        { Pooling3DOptions.Strides = Some(triple source "strides")
          Padding = Spatial.padding source "padding"
          DataFormat = DataFormat.ofSettings source }
        (triple source "pool_size")

let private globalPoolingOf make source : Layer<Tensor, Tensor> =
    make
        { GlobalPoolingOptions.KeepDims = Settings.flag source "keepdims"
          DataFormat = DataFormat.ofSettings source }

let private adaptivePoolingOf make (size: Settings.Source -> string -> 'Size) source : Layer<Tensor, Tensor> =
    make { AdaptivePoolingOptions.DataFormat = DataFormat.ofSettings source } (size source "output_size")

let private poolings =
    [ "max_pooling1d", pooling1DOf maxPooling1DWith
      "max_pooling2d", pooling2DOf maxPooling2DWith
      "max_pooling3d", pooling3DOf maxPooling3DWith
      "average_pooling1d", pooling1DOf averagePooling1DWith
      "average_pooling2d", pooling2DOf averagePooling2DWith
      "average_pooling3d", pooling3DOf averagePooling3DWith
      "global_max_pooling1d", globalPoolingOf globalMaxPooling1DWith
      "global_max_pooling2d", globalPoolingOf globalMaxPooling2DWith
      "global_max_pooling3d", globalPoolingOf globalMaxPooling3DWith
      "global_average_pooling1d", globalPoolingOf globalAveragePooling1DWith
      "global_average_pooling2d", globalPoolingOf globalAveragePooling2DWith
      "global_average_pooling3d", globalPoolingOf globalAveragePooling3DWith
      "adaptive_max_pooling1d", adaptivePoolingOf adaptiveMaxPooling1DWith whole
      "adaptive_max_pooling2d", adaptivePoolingOf adaptiveMaxPooling2DWith pair
      "adaptive_max_pooling3d", adaptivePoolingOf adaptiveMaxPooling3DWith triple
      "adaptive_average_pooling1d", adaptivePoolingOf adaptiveAveragePooling1DWith whole
      "adaptive_average_pooling2d", adaptivePoolingOf adaptiveAveragePooling2DWith pair
      "adaptive_average_pooling3d", adaptivePoolingOf adaptiveAveragePooling3DWith triple ]

let private pairs2D source name =
    let pairs = Spatial.pairsOf 2 source name
    pairs[0], pairs[1]

let private pairs3D source name =
    let pairs = Spatial.pairsOf 3 source name
    pairs[0], pairs[1], pairs[2]

let private upSampling2DOf source =
    upSampling2DWith
        { Interpolation = Interpolation.ofSettings source; DataFormat = DataFormat.ofSettings source }
        (pair source "size")

let private resizingOf source =
    resizingWith
        { Interpolation = Interpolation.ofSettings source
          CropToAspectRatio = Settings.flag source "crop_to_aspect_ratio"
          PadToAspectRatio = Settings.flag source "pad_to_aspect_ratio"
          FillValue = Settings.number source "fill_value"
          Antialias = Settings.flag source "antialias"
          DataFormat = DataFormat.ofSettings source }
        (whole source "height", whole source "width")

let private sizedIn make source : Layer<Tensor, Tensor> =
    make (DataFormat.ofSettings source) (whole source "height", whole source "width")

let private sizes =
    [ "up_sampling1d", (fun source -> upSampling1D (whole source "size"))
      "up_sampling2d", upSampling2DOf
      "up_sampling3d", (fun source -> upSampling3DIn (DataFormat.ofSettings source) (triple source "size"))
      "resizing", resizingOf
      "center_crop", sizedIn centerCropIn
      "zero_padding1d", (fun source -> zeroPadding1DIn (DataFormat.ofSettings source) (pair source "padding"))
      "zero_padding2d", (fun source -> zeroPadding2DIn (DataFormat.ofSettings source) (pairs2D source "padding"))
      "zero_padding3d", (fun source -> zeroPadding3DIn (DataFormat.ofSettings source) (pairs3D source "padding"))
      "cropping1d", (fun source -> cropping1D (pair source "cropping"))
      "cropping2d", (fun source -> cropping2DIn (DataFormat.ofSettings source) (pairs2D source "cropping"))
      "cropping3d", (fun source -> cropping3DIn (DataFormat.ofSettings source) (pairs3D source "cropping"))
      "flatten", (fun source -> flattenIn (DataFormat.ofSettings source)) ]

let private range = Augmentation.rangeOf

/// Geometric layers, from their options and two ranges.
let private movedBy make first second source : Layer<Tensor, Tensor> =
    make (ImageSampling.ofSettings source) (range source first, second source)

let private valued make source : Layer<Tensor, Tensor> =
    make
        { ValueRangeOptions.ValueRange = range source "value_range"
          DataFormat = DataFormat.ofSettings source }
        (range source "factor")

let private randomErasingOf source =
    randomErasingWith
        { Factor = range source "factor"
          Scale = range source "scale"
          FillValue = optional source "fill_value" Settings.number
          ValueRange = range source "value_range"
          DataFormat = DataFormat.ofSettings source }

let private augmentations =
    let widthFactor source = range source "width_factor"

    [ "random_flip",
      (fun source -> randomFlipIn (DataFormat.ofSettings source) (GeometricAugmentationLayers.flipModeOf source))
      "random_rotation", (fun source -> randomRotationWith (ImageSampling.ofSettings source) (range source "factor"))
      "random_translation", movedBy randomTranslationWith "height_factor" widthFactor
      "random_zoom", movedBy randomZoomWith "height_factor" (fun source -> optional source "width_factor" range)
      "random_shear", movedBy randomShearWith "x_factor" (fun source -> range source "y_factor")
      "random_contrast", valued randomContrastWith
      "random_brightness", valued randomBrightnessWith
      "random_crop", sizedIn randomCropIn
      "random_erasing", randomErasingOf ]

/// The kinds without kernels, from their settings.
let withoutKernels: (string * (Settings.Source -> Layer<Tensor, Tensor>)) list =
    poolings @ sizes @ augmentations
