namespace Functional

/// A kernel that moves along axes of time or space, and what the layer that moves it is called.
type internal WindowForm =
    {
        /// The name of the function that makes the layer, for errors: "conv2D".
        Operation: string
        /// Keras's name of the layer: "conv2d".
        Kind: string
        KernelSize: int list
        Strides: int list
        Padding: WindowPadding
        DilationRate: int list
        DataFormat: DataFormat
    }

module internal WindowForm =
    /// The number of axes of time or space.
    let axes (form: WindowForm) = form.KernelSize.Length

    /// Errors of sizes, strides and a padding that no sample fits.
    let demand (form: WindowForm) =
        Spatial.demandWindow form.Operation form.KernelSize form.Strides form.DilationRate form.Padding

    /// The lengths and the channels of a sample with the channels behind, or the error of one that has other axes or none
    /// of some length.
    let extents (form: WindowForm) (sample: Shape) =
        let extents = Spatial.extents form.Operation (axes form) sample
        Spatial.demandExtent form.Operation sample
        extents

    /// The window along each axis of these lengths.
    let windows (form: WindowForm) (lengths: int list) : WindowAxis list =
        WindowConvolution.axesFor form.Padding form.Strides form.DilationRate form.KernelSize lengths

    /// The settings that all such layers have, with those of the family between.
    let settings (form: WindowForm) (own: (string * Setting) list) : (string * Setting) list =
        [ "kernel_size", Spatial.ofSizes form.KernelSize
          "strides", Spatial.ofSizes form.Strides
          "padding", Spatial.ofPadding form.Padding
          "dilation_rate", Spatial.ofSizes form.DilationRate
          yield! own
          DataFormat.toSetting form.DataFormat ]
