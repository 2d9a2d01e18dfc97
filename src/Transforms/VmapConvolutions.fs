/// vmap of convolutions and poolings: the mapped axis becomes part of an axis that the primitive treats element by
/// element.
module internal Functional.VmapConvolutions

open Functional
open Core

/// [n; b; ...] as [n * b; ...]
let private fold (x: Tensor) = apply (Op.Reshape(x.Shape[0] * x.Shape[1] :: x.Shape.Tail.Tail)) [ x ]

/// The inverse of `fold`.
let private unfold n (x: Tensor) = apply (Op.Reshape(n :: x.Shape.Head / n :: x.Shape.Tail)) [ x ]

/// [n; a..; g * c] as [a..; g * n * c]: the batch becomes part of the last axis, inside each of its g parts.
let private intoLast n g (x: Tensor) =
    let middle = x.Shape.Tail |> List.take (x.Rank - 2)
    let part = List.last x.Shape / g
    let r = x.Rank
    let split = apply (Op.Reshape(n :: middle @ [ g; part ])) [ x ]
    let moved = apply (Op.Transpose([ 1 .. r - 1 ] @ [ 0; r ])) [ split ]
    apply (Op.Reshape(middle @ [ g * n * part ])) [ moved ]

/// The inverse of `intoLast`.
let private outOfLast n g (x: Tensor) =
    let front = List.take (x.Rank - 1) x.Shape
    let part = List.last x.Shape / (g * n)
    let r = x.Rank
    let split = apply (Op.Reshape(front @ [ g; n; part ])) [ x ]
    let moved = apply (Op.Transpose(r :: [ 0 .. r - 1 ] @ [ r + 1 ])) [ split ]
    apply (Op.Reshape(n :: front @ [ g * part ])) [ moved ]

/// [n; a; b; c; d] as [a; b; n * c; d]
let private intoThird (x: Tensor) =
    match x.Shape with
    | [ n; a; b; c; d ] -> apply (Op.Reshape [ a; b; n * c; d ]) [ apply (Op.Transpose [ 1; 2; 0; 3; 4 ]) [ x ] ]
    | shape -> Fail.axis "vmap" 4 shape

/// The inverse of `intoThird`.
let private outOfThird n (x: Tensor) =
    match x.Shape with
    | [ a; b; c; d ] -> apply (Op.Transpose [ 2; 0; 1; 3; 4 ]) [ apply (Op.Reshape [ a; b; n; c / n; d ]) [ x ] ]
    | shape -> Fail.axis "vmap" 3 shape

/// One of the three convolutions over a batch of n. The batch axis becomes part of the images' batch where the kernel
/// is not batched, of the filters or channels where only the kernel is, and of the groups where both are.
let convolution n op (a: Tensor) aBatched (b: Tensor) bBatched =
    // each element of the batch has channels, filters and groups of its own
    let grouped (window: Window) = { window with Groups = n * window.Groups }
    let inGroups op = outOfLast n 1 (apply op [ intoLast n 1 a; intoLast n 1 b ])

    match op, aBatched, bBatched with
    | (Op.Convolution _ | Op.ConvolutionInput _), true, false -> unfold n (apply op [ fold a; b ])
    // one image under n kernels: n times the filters
    | Op.Convolution window, false, true -> outOfLast n window.Groups (apply op [ a; intoLast n window.Groups b ])
    // one result under n kernels: n times the channels
    | Op.ConvolutionInput(window, _), false, true -> outOfLast n window.Groups (apply op [ a; intoThird b ])
    | Op.ConvolutionKernel(window, _), true, false -> outOfThird n (apply op [ intoLast n window.Groups a; b ])
    | Op.ConvolutionKernel(window, _), false, true ->
        outOfLast n window.Groups (apply op [ a; intoLast n window.Groups b ])
    | Op.Convolution window, _, _ -> inGroups (Op.Convolution(grouped window))
    | Op.ConvolutionInput(window, size), _, _ -> inGroups (Op.ConvolutionInput(grouped window, size))
    | Op.ConvolutionKernel(window, size), _, _ -> inGroups (Op.ConvolutionKernel(grouped window, size))
    | op, _, _ -> ShapeInference.wrongCount op 2

/// A pooling over a batch: of its images.
let pooling n op (args: Tensor list) = applyMany op (List.map fold args) |> List.map (unfold n)
