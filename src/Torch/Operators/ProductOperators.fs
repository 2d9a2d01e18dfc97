/// Products of matrices and convolutions as operators of ATen.
module internal Functional.Torch.ProductOperators

open Functional
open Functional.Torch.Steps

/// Products of integers where libtorch has none, on CUDA: products of elements, summed.
let private integerProduct c (dtype: DType) (rank: int) (a: 'v) (b: 'v) : 'v =
    let products = mul c (unsqueeze c rank a) (unsqueeze c (rank - 2) b)
    sum c [ rank - 1 ] false dtype products

/// [..., m, k] by [..., k, n].
let matMul (c: ICaller<'v>) (x: Signature) (y: Signature) (result: Signature) (a: 'v) (b: 'v) : 'v =
    let rank = x.Shape.Length

    if c.IsCuda && not x.DType.IsFloat then
        integerProduct c x.DType rank a b
    elif rank = 2 then
        one c "mm" "" [ Argument.Tensor a; Argument.Tensor b ]
    elif rank = 3 then
        batchProduct c a b
    else
        let inBatch (s: Signature) t =
            let batch, matrix = List.splitAt (rank - 2) s.Shape
            reshape c (Shape.size batch :: matrix) t

        batchProduct c (inBatch x a) (inBatch y b) |> reshape c result.Shape

let private imageFirst c (x: 'v) : 'v = permute c [ 0; 3; 1; 2 ] x
let private imageLast c (x: 'v) : 'v = permute c [ 0; 2; 3; 1 ] x

/// [kh; kw; c/groups; f] as [f; c/groups; kh; kw], and back.
let private kernelFirst c (x: 'v) : 'v = permute c [ 3; 2; 0; 1 ] x

let private kernelLast c (x: 'v) : 'v = permute c [ 2; 3; 1; 0 ] x

let private isSymmetric (window: Window) = window.Y.Before = window.Y.After && window.X.Before = window.X.After

let private both (f: WindowAxis -> int) (window: Window) = Argument.Ints [ int64 (f window.Y); int64 (f window.X) ]

/// What convolutions take behind their tensors. Margins that differ are padded before, or cut off behind.
let private geometry (window: Window) transposed (outputPadding: int * int) : Argument<'v> list =
    [ both _.Stride window
      (if isSymmetric window then both _.Before window else Argument.Ints [ 0L; 0L ])
      both _.Dilation window
      Argument.Bool transposed
      Argument.Ints [ int64 (fst outputPadding); int64 (snd outputPadding) ]
      Argument.Int(int64 window.Groups) ]

/// An image [n; c; h; w] with the margins that libtorch cannot be told.
let private withMargins (c: ICaller<'v>) (window: Window) (image: 'v) : 'v =
    if isSymmetric window then
        image
    else
        pad c [ 0, 0; 0, 0; window.Y.Before, window.Y.After; window.X.Before, window.X.After ] 0.0 image

/// x [n; h; w; c] and a kernel [kh; kw; c/groups; f] to [n; oh; ow; f].
let convolution (c: ICaller<'v>) (window: Window) (x: 'v) (kernel: 'v) : 'v =
    let tensors =
        [ Argument.Tensor(withMargins c window (imageFirst c x))
          Argument.Tensor(kernelFirst c kernel)
          Argument.None ]

    one c "convolution" "" (tensors @ geometry window false (0, 0)) |> imageLast c

/// The transpose of `convolution` in x, for images of this height and width.
let convolutionInput (c: ICaller<'v>) (window: Window) (h, w) (kernel: Signature) (y: 'v) (weights: 'v) : 'v =
    // the rows that no window reaches
    let rest (axis: WindowAxis) size length =
        (length + axis.Before + axis.After - ConvolutionShapes.reach axis size) % axis.Stride

    let outputPadding = rest window.Y kernel.Shape[0] h, rest window.X kernel.Shape[1] w
    let tensors = [ Argument.Tensor(imageFirst c y); Argument.Tensor(kernelFirst c weights); Argument.None ]
    let image = one c "convolution" "" (tensors @ geometry window true outputPadding)

    let image =
        if isSymmetric window then
            image
        else
            narrow c 2 window.Y.Before h image |> narrow c 3 window.X.Before w

    imageLast c image

/// The transpose of `convolution` in the kernel.
let convolutionKernel (c: ICaller<'v>) (window: Window) (result: Signature) (x: 'v) (y: 'v) : 'v =
    match result.Shape with
    | [ kh; kw; depth; filters ] ->
        // only its shape counts
        let kernel = filled c { result with Shape = [ filters; depth; kh; kw ] } 0.0

        let tensors =
            [ Argument.Tensor(imageFirst c y)
              Argument.Tensor(withMargins c window (imageFirst c x))
              Argument.Tensor kernel
              Argument.None ]

        let arguments = tensors @ geometry window false (0, 0) @ [ Argument.Bools [ false; true; false ] ]
        c.Call("convolution_backward", "", arguments, 3) |> List.item 1 |> kernelLast c
    | shape -> Fail.shapes "conv2dKernel" [ "kernel", shape ] "has not four axes."
