/// Random applications of every primitive, at float64 points where it is smooth.
module Functional.Tests.Samples

open FsCheck
open FsCheck.FSharp
open Functional

/// A primitive and arguments for it.
type Sample = { Op: Op; Args: Tensor list }

let private shapes =
    Gen.choose (0, 3) |> Gen.bind (fun rank -> Gen.listOfLength rank (Gen.choose (1, 3)))

/// Shapes with at least one axis.
let private someAxes =
    Gen.choose (1, 3) |> Gen.bind (fun rank -> Gen.listOfLength rank (Gen.choose (1, 3)))

let private number lo hi = Gen.choose (0, 1_000_000) |> Gen.map (fun i -> lo + (hi - lo) * float i / 1e6)

/// A float64 tensor with elements between lo and hi.
let tensorBetween lo hi shape =
    Gen.arrayOfLength (Shape.size shape) (number lo hi) |> Gen.map (Tensor.ofFloat64Array shape)

/// A float64 tensor whose elements are at least a tenth apart, and from zero: no ties and no kinks nearby.
let distinct shape =
    let n = Shape.size shape

    gen {
        let! order = Gen.shuffle [| 1..n |]
        let! signs = Gen.arrayOfLength n (Gen.elements [ -1.0; 1.0 ])
        let! jitter = Gen.arrayOfLength n (number 0.0 0.05)
        return Tensor.ofFloat64Array shape (Array.map3 (fun i s j -> s * (0.15 * float i + j)) order signs jitter)
    }

/// One draw from each generator, in order.
let private inTurn generators = List.foldBack (Gen.map2 (fun x xs -> x :: xs)) generators (Gen.constant [])

let private one op point = Gen.map (fun x -> { Op = op; Args = [ x ] }) point

let private unary u =
    let between lo hi = shapes |> Gen.bind (tensorBetween lo hi)

    let point =
        match u with
        | Unary.Log
        | Unary.Sqrt
        | Unary.Rsqrt -> between 0.3 3.0
        | Unary.Log1p -> between -0.5 3.0
        | Unary.Asin
        | Unary.Acos -> between -0.8 0.8
        | Unary.Tan -> between -1.2 1.2
        | Unary.Neg
        | Unary.Abs
        | Unary.Sign
        | Unary.Relu -> shapes |> Gen.bind distinct
        | Unary.Floor
        | Unary.Ceil -> between 0.1 0.9
        | Unary.Round -> between -0.4 0.4
        | Unary.Exp
        | Unary.Expm1
        | Unary.Sin
        | Unary.Cos
        | Unary.Atan
        | Unary.Sinh
        | Unary.Cosh
        | Unary.Tanh
        | Unary.Sigmoid
        | Unary.Softplus
        | Unary.Erf -> between -2.0 2.0
        | Unary.Not ->
            shapes
            |> Gen.bind (tensorBetween -1.0 1.0)
            |> Gen.map (Tensor.greater (Tensor.scalarOf Float64 0.0))

    one (Op.Unary u) point

let private binary b =
    gen {
        let! shape = shapes

        let! args =
            match b with
            | Binary.Pow -> Gen.map2 (fun x y -> [ x; y ]) (tensorBetween 0.3 2.0 shape) (tensorBetween -2.0 2.0 shape)
            | Binary.Div -> Gen.map2 (fun x y -> [ x; y ]) (tensorBetween -2.0 2.0 shape) (tensorBetween 0.5 2.0 shape)
            | Binary.FloorDiv
            | Binary.Mod -> Gen.map2 (fun x y -> [ x; y ]) (tensorBetween 0.1 0.4 shape) (tensorBetween 0.5 2.0 shape)
            | Binary.Maximum
            | Binary.Minimum ->
                distinct (2 :: shape)
                |> Gen.map (fun both ->
                    [ Tensor.gather 0 (Tensor.ofInts [] [| 0 |]) both
                      Tensor.gather 0 (Tensor.ofInts [] [| 1 |]) both ])
            | Binary.And
            | Binary.Or ->
                let mask = tensorBetween -1.0 1.0 shape |> Gen.map (Tensor.greater (Tensor.scalarOf Float64 0.0))
                Gen.map2 (fun x y -> [ x; y ]) mask mask
            | Binary.Add
            | Binary.Sub
            | Binary.Mul -> Gen.map2 (fun x y -> [ x; y ]) (tensorBetween -2.0 2.0 shape) (tensorBetween -2.0 2.0 shape)

        return { Op = Op.Binary b; Args = args }
    }

let private axisOf (shape: Shape) = Gen.choose (0, shape.Length - 1)

let private structural =
    [ gen {
          let! shape = someAxes
          let! lead = Gen.choose (0, 2)
          let! keep = Gen.listOfLength shape.Length (Gen.elements [ true; false ])
          let! x = tensorBetween -2.0 2.0 (List.map2 (fun k n -> if k then n else 1) keep shape)
          return { Op = Op.Broadcast(List.replicate lead 2 @ shape); Args = [ x ] }
      }
      gen {
          let! shape = someAxes
          let! x = tensorBetween -2.0 2.0 shape
          return { Op = Op.Reshape [ Shape.size shape; 1 ]; Args = [ x ] }
      }
      gen {
          let! shape = someAxes
          let! perm = Gen.shuffle [| 0 .. shape.Length - 1 |]
          let! x = tensorBetween -2.0 2.0 shape
          return { Op = Op.Transpose(List.ofArray perm); Args = [ x ] }
      }
      gen {
          let! shape = someAxes

          let! ranges =
              shape
              |> List.map (fun n ->
                  gen {
                      let! start = Gen.choose (0, n)
                      let! stop = Gen.choose (start, n)
                      let! step = Gen.choose (1, 3)
                      return { Start = start; Stop = stop; Step = step }
                  })
              |> inTurn

          let! x = tensorBetween -2.0 2.0 shape
          return { Op = Op.Slice ranges; Args = [ x ] }
      }
      gen {
          let! shape = someAxes

          let! paddings =
              Gen.listOfLength
                  shape.Length
                  (Gen.map3
                      (fun l h i -> { Low = l; High = h; Interior = i })
                      (Gen.choose (0, 2))
                      (Gen.choose (0, 2))
                      (Gen.choose (0, 2)))

          let! x = tensorBetween -2.0 2.0 shape
          return { Op = Op.Pad(paddings, 0.5); Args = [ x ] }
      }
      gen {
          let! shape = someAxes
          let! axis = axisOf shape
          let! x = tensorBetween -2.0 2.0 shape
          return { Op = Op.Flip [ axis ]; Args = [ x ] }
      }
      gen {
          let! shape = someAxes
          let! axis = axisOf shape
          let! lengths = Gen.choose (1, 3) |> Gen.bind (fun n -> Gen.listOfLength n (Gen.choose (0, 3)))
          let! args = lengths |> List.map (fun n -> tensorBetween -2.0 2.0 (List.updateAt axis n shape)) |> inTurn
          return { Op = Op.Concat axis; Args = args }
      }
      gen {
          let! shape = someAxes
          let! axis = axisOf shape
          let! indexShape = shapes
          let! indices = Gen.arrayOfLength (Shape.size indexShape) (Gen.choose (0, shape[axis] - 1))
          let! x = tensorBetween -2.0 2.0 shape
          return { Op = Op.Gather axis; Args = [ x; Tensor.ofInts indexShape indices ] }
      }
      gen {
          let! shape = someAxes
          let! axis = axisOf shape
          let! indexShape = shapes
          let! indices = Gen.arrayOfLength (Shape.size indexShape) (Gen.choose (0, shape[axis] - 1))
          let! x = tensorBetween -2.0 2.0 shape
          let! updates = tensorBetween -2.0 2.0 (List.take axis shape @ indexShape @ List.skip (axis + 1) shape)
          return { Op = Op.ScatterAdd axis; Args = [ x; Tensor.ofInts indexShape indices; updates ] }
      }
      gen {
          let! shape = someAxes
          let! axis = axisOf shape
          let! x = tensorBetween -2.0 2.0 shape
          return { Op = Op.CumSum axis; Args = [ x ] }
      }
      gen {
          let! batch = Gen.choose (0, 2) |> Gen.bind (fun rank -> Gen.listOfLength rank (Gen.choose (1, 2)))
          let! m = Gen.choose (1, 3)
          let! k = Gen.choose (1, 3)
          let! n = Gen.choose (1, 3)
          let! a = tensorBetween -2.0 2.0 (batch @ [ m; k ])
          let! b = tensorBetween -2.0 2.0 (batch @ [ k; n ])
          return { Op = Op.MatMul; Args = [ a; b ] }
      }
      gen {
          let! shape = shapes
          let! mask = tensorBetween -1.0 1.0 shape
          let! a = tensorBetween -2.0 2.0 shape
          let! b = tensorBetween -2.0 2.0 shape
          return { Op = Op.Where; Args = [ Tensor.greater (Tensor.scalarOf Float64 0.0) mask; a; b ] }
      }
      one (Op.Cast Float64) (shapes |> Gen.bind (tensorBetween -2.0 2.0))
      one Op.StopGradient (shapes |> Gen.bind (tensorBetween -2.0 2.0))
      one (Op.Barrier 0L) (shapes |> Gen.bind (tensorBetween -2.0 2.0))
      gen {
          let! shape = someAxes
          let! descending = Gen.elements [ true; false ]
          let! x = distinct shape
          return { Op = Op.Sort descending; Args = [ x ] }
      } ]

/// A window, an image and a kernel that fit each other, as the shapes of a convolution: image, kernel, result.
let private convolutions =
    gen {
        let! groups = Gen.choose (1, 2)
        let! batch = Gen.choose (1, 2)
        let! depth = Gen.choose (1, 2)
        let! filters = Gen.choose (1, 2)
        let! channels = Gen.constant (groups * depth)

        let axis =
            gen {
                let! stride = Gen.choose (1, 2)
                let! dilation = Gen.choose (1, 2)
                let! before = Gen.choose (0, 2)
                let! after = Gen.choose (0, 2)
                let! size = Gen.choose (1, 3)
                let axis = { Stride = stride; Dilation = dilation; Before = before; After = after }
                let! length = Gen.choose (max 1 (ConvolutionShapes.reach axis size - before - after), 5)
                return axis, size, length
            }

        let! y, kh, h = axis
        let! x, kw, w = axis
        let image = [ batch; h; w; channels ]
        let kernel = [ kh; kw; depth; groups * filters ]

        let result =
            [ batch; ConvolutionShapes.convolved y kh h; ConvolutionShapes.convolved x kw w; groups * filters ]

        let window: Window = { Y = y; X = x; Groups = groups }
        return window, (image, kernel, result)
    }

let private pools =
    gen {
        let axis =
            gen {
                let! size = Gen.choose (1, 3)
                let! stride = Gen.choose (1, 3)
                let! before = Gen.choose (0, size - 1)
                let! after = Gen.choose (0, size - 1)
                let! length = Gen.choose (max 1 (size - before - after), 5)
                return { Size = size; Stride = stride; Before = before; After = after }, length
            }

        let! batch = Gen.choose (1, 2)
        let! channels = Gen.choose (1, 2)
        let! y, h = axis
        let! x, w = axis
        let pool: Pool = { Y = y; X = x }
        return pool, [ batch; h; w; channels ]
    }

let private windows =
    [ gen {
          let! window, (image, kernel, _) = convolutions
          let! x = tensorBetween -1.0 1.0 image
          let! k = tensorBetween -1.0 1.0 kernel
          return { Op = Op.Convolution window; Args = [ x; k ] }
      }
      gen {
          let! window, (image, kernel, result) = convolutions
          let! y = tensorBetween -1.0 1.0 result
          let! k = tensorBetween -1.0 1.0 kernel
          return { Op = Op.ConvolutionInput(window, (image[1], image[2])); Args = [ y; k ] }
      }
      gen {
          let! window, (image, kernel, result) = convolutions
          let! x = tensorBetween -1.0 1.0 image
          let! y = tensorBetween -1.0 1.0 result
          return { Op = Op.ConvolutionKernel(window, (kernel[0], kernel[1])); Args = [ x; y ] }
      }
      gen {
          let! pool, image = pools
          let! x = distinct image
          return { Op = Op.MaxPool pool; Args = [ x ] }
      }
      gen {
          let! pool, image = pools
          let! x = distinct image
          let! y = tensorBetween -1.0 1.0 image
          return { Op = Op.PoolGather pool; Args = [ y; snd (Tensor.maxPool2dWithIndices pool x) ] }
      }
      gen {
          let! pool, image = pools
          let! x = distinct image
          let values, indices = Tensor.maxPool2dWithIndices pool x
          let! y = tensorBetween -1.0 1.0 values.Shape
          return { Op = Op.PoolScatter(pool, (image[1], image[2])); Args = [ y; indices ] }
      } ]

let private reductions =
    [ for r in [ Reduction.Sum; Reduction.Max; Reduction.Min ] ->
          gen {
              let! shape = someAxes
              let! axes = Gen.subListOf [ 0 .. shape.Length - 1 ]
              let! x = distinct shape
              return { Op = Op.Reduce(r, List.ofSeq axes); Args = [ x ] }
          }
      for op in [ Op.ArgMax; Op.ArgMin ] ->
          gen {
              let! shape = someAxes
              let! axis = axisOf shape
              let! x = distinct shape
              return { Op = op axis; Args = [ x ] }
          } ]

let private units =
    [ Unary.Neg
      Unary.Abs
      Unary.Sign
      Unary.Floor
      Unary.Ceil
      Unary.Round
      Unary.Exp
      Unary.Expm1
      Unary.Log
      Unary.Log1p
      Unary.Sqrt
      Unary.Rsqrt
      Unary.Sin
      Unary.Cos
      Unary.Tan
      Unary.Asin
      Unary.Acos
      Unary.Atan
      Unary.Sinh
      Unary.Cosh
      Unary.Tanh
      Unary.Sigmoid
      Unary.Softplus
      Unary.Erf
      Unary.Relu ]

let private binaries =
    [ Binary.Add
      Binary.Sub
      Binary.Mul
      Binary.Div
      Binary.FloorDiv
      Binary.Mod
      Binary.Pow
      Binary.Maximum
      Binary.Minimum ]

/// Attention of random sizes; every query sees a key unless `mayBeBlind`.
let private attention mayBeBlind =
    gen {
        let! batch = Gen.choose (0, 2) |> Gen.bind (fun rank -> Gen.listOfLength rank (Gen.choose (1, 2)))
        let! n = Gen.choose (1, 4)
        let! m = Gen.choose ((if mayBeBlind then 1 else n), 5)
        let! keyHeads = Gen.choose (1, 2)
        let! group = Gen.choose (1, 2)
        let! d = Gen.choose (1, 3)
        let! e = Gen.choose (1, 3)
        let heads = keyHeads * group
        let! q = tensorBetween -1.0 1.0 (batch @ [ n; heads; d ])
        let! k = tensorBetween -1.0 1.0 (batch @ [ m; keyHeads; d ])
        let! v = tensorBetween -1.0 1.0 (batch @ [ m; keyHeads; e ])
        let! scale = number 0.2 1.5
        let! causal = Gen.elements [ true; false ]
        let! isMasked = Gen.elements [ true; false ]
        let shape = batch @ [ heads; n; m ]
        let! flags = Gen.arrayOfLength (Shape.size shape) (Gen.elements [ 0.0; 1.0; 1.0 ])
        // the first key is seen by all
        let flags = flags |> Array.mapi (fun i flag -> if mayBeBlind || i % m > 0 then flag else 1.0)
        let mask = Tensor.cast Bool (Tensor.ofFloat64Array shape flags)
        let args = if isMasked then [ q; k; v; mask ] else [ q; k; v ]
        return ({ Scale = scale; Causal = causal }: AttentionForm), args
    }

/// Generators of every primitive that takes floats, one each.
let floats: Gen<Sample> list =
    List.map unary units
    @ List.map binary binaries
    @ structural
    @ windows
    @ [ attention false |> Gen.map (fun (form, args) -> { Op = Op.Attention form; Args = args }) ]
    @ reductions
    @ (LoopSamples.all |> List.map (Gen.map (fun (op, args) -> { Op = op; Args = args })))

/// Generators of the primitives of masks, comparisons and random numbers, and of those whose arguments depend on each other.
let others: Gen<Sample> list =
    [ unary Unary.Not; binary Binary.And; binary Binary.Or ]
    @ [ attention true |> Gen.map (fun (form, args) -> { Op = Op.Attention form; Args = args })
        gen {
            let! form, args = attention true
            let results = Core.applyMany (Op.Attention form) args
            let! ct = tensorBetween -1.0 1.0 results.Head.Shape
            return { Op = Op.AttentionGradient form; Args = args @ results @ [ ct ] }
        } ]
    @ [ for c in
            [ Comparison.Equal
              Comparison.NotEqual
              Comparison.Less
              Comparison.LessEqual
              Comparison.Greater
              Comparison.GreaterEqual ] ->
            gen {
                let! shape = shapes
                let! x = tensorBetween -1.0 1.0 shape
                let! y = tensorBetween -1.0 1.0 shape
                return { Op = Op.Compare c; Args = [ Tensor.round x; Tensor.round y ] }
            } ]
    @ [ for r in [ Reduction.All; Reduction.Any ] ->
            gen {
                let! shape = someAxes
                let! axes = Gen.subListOf [ 0 .. shape.Length - 1 ]
                let! x = tensorBetween -1.0 1.0 shape

                return
                    { Op = Op.Reduce(r, List.ofSeq axes); Args = [ Tensor.greater (Tensor.scalarOf Float64 -0.5) x ] }
            } ]
    @ [ for op in
            [ Op.KeySplit 3
              Op.RandomUniform([ 2; 3 ], Float32)
              Op.RandomNormal([ 5 ], Float64)
              Op.RandomBits [ 2 ] ] ->
            gen {
                let! words = Gen.arrayOfLength 2 (Gen.choose (-1000000, 1000000))
                return { Op = op; Args = [ Tensor.ofInts [ 2 ] words ] }
            } ]
    @ [ gen {
            let! words = Gen.arrayOfLength 2 (Gen.choose (-1000000, 1000000))
            let! data = Gen.choose (0, 100)
            return { Op = Op.KeyFold; Args = [ Tensor.ofInts [ 2 ] words; Tensor.ofInts [] [| data |] ] }
        } ]

let private describe sample =
    let args = sample.Args |> List.map string |> String.concat "\n"
    $"{sample.Op}\n{args}"

/// Holds for samples of every one of the generators, several each.
let forAll name (generators: Gen<Sample> list) (law: Sample -> bool) =
    for i, generator in List.indexed generators do
        let arbitrary = Arb.fromGen generator
        Law.checkWith 12 $"{name} ({i})" (Prop.forAll arbitrary (fun s -> law s |> Prop.label (describe s)))
