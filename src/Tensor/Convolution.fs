namespace Functional

/// The padding around an image, for windows that reach beyond it.
[<RequireQualifiedAccess>]
type WindowPadding =
    /// Nothing: windows stay inside. An axis of n elements leaves (n - reach) / stride + 1, rounded down.
    | Valid
    /// As much as leaves n / stride elements of n, rounded up. The odd element goes behind, as in Keras; PyTorch pads
    /// both sides alike.
    | Same
    /// As much in front as keeps an element from seeing later ones, and as leaves n / stride elements of n, rounded up.
    /// For sequences.
    | Causal

/// Ways to move the kernel of a convolution over an image.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Window =
    /// The elements to add before and behind an axis of `length` for a window that spans `reach` elements.
    let internal padded padding stride reach length =
        let same = max 0 ((max 0 (length - 1) / stride) * stride + reach - length)

        match padding with
        | WindowPadding.Valid -> 0, 0
        | WindowPadding.Same -> same / 2, same - same / 2
        | WindowPadding.Causal -> reach - 1, 0

    /// One step at a time, nothing around the image, no gaps in the kernel, one group. Others are written as
    /// `{ Window.plain with Y.Stride = 2 }`.
    let plain: Window =
        let axis = { Stride = 1; Dilation = 1; Before = 0; After = 0 }
        { Y = axis; X = axis; Groups = 1 }

    /// The window along one axis of `length` elements: its stride, its dilation, and what the padding means for a kernel
    /// of `size` elements.
    let along (padding: WindowPadding) (stride: int) (dilation: int) (size: int) (length: int) : WindowAxis =
        let axis = { Stride = stride; Dilation = dilation; Before = 0; After = 0 }
        let before, after = padded padding (max 1 stride) (ConvolutionShapes.reach axis size) length
        { axis with Before = before; After = after }

    /// A window of these strides, dilations and groups, with what the padding means for a kernel and an image of these
    /// heights and widths.
    let create
        (padding: WindowPadding)
        (strides: int * int)
        (dilations: int * int)
        (groups: int)
        (kernel: int * int)
        (image: int * int)
        : Window =
        { Y = along padding (fst strides) (fst dilations) (fst kernel) (fst image)
          X = along padding (snd strides) (snd dilations) (snd kernel) (snd image)
          Groups = groups }

/// Ways to place the windows of a pooling.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Pool =
    /// The windows along one axis of `length` elements: their stride, and what the padding means for this size.
    let along (padding: WindowPadding) (stride: int) (size: int) (length: int) : PoolAxis =
        let before, after = Window.padded padding (max 1 stride) size length
        { Size = size; Stride = stride; Before = before; After = after }

    /// One window an element: what leaves an axis as it is.
    let single: PoolAxis = { Size = 1; Stride = 1; Before = 0; After = 0 }

    /// Windows of this height and width at these strides, with what the padding means for images of this height and
    /// width.
    let create (padding: WindowPadding) (strides: int * int) (size: int * int) (image: int * int) : Pool =
        { Y = along padding (fst strides) (fst size) (fst image)
          X = along padding (snd strides) (snd size) (snd image) }

/// Convolutions of images [batch; height; width; channels].
[<AutoOpen>]
module TensorConvolutions =

    /// Functions on tensors.
    module Tensor =

        /// The convolution of images [n; h; w; c] with a kernel [kh; kw; c / groups; f], giving [n; oh; ow; f]. As in
        /// Keras and PyTorch the kernel is not flipped (mathematics calls this the cross-correlation). PyTorch keeps
        /// images as [n; c; h; w] and kernels as [f; c / groups; kh; kw]. float32, float64, float16 or bfloat16. A kernel that does not
        /// fit in the padded image, or that takes other channels, is an error.
        let conv2d (window: Window) (kernel: Tensor) (x: Tensor) : Tensor =
            Core.apply (Op.Convolution window) [ x; kernel ]

        /// The transpose of `conv2d`: from its result [n; oh; ow; f] to images [n; h; w; c] of this height and width,
        /// of which `conv2d` with the same window and kernel would give that result's shape. Also called a
        /// deconvolution. Another size is an error.
        let conv2dTranspose (window: Window) (size: int * int) (kernel: Tensor) (x: Tensor) : Tensor =
            Core.apply (Op.ConvolutionInput(window, size)) [ x; kernel ]
