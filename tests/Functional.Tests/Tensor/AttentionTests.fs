/// Attention: against PyTorch, against its composition of other primitives, and its memory.
module Functional.Tests.AttentionTests

open System
open Functional
open Expecto

let private drawn seed (shape: Shape) = Random.normalOf Float64 0.0 1.0 (Key.ofInt seed) shape

/// Sizes of an attention, and which keys are seen.
type private Case =
    { Batch: int
      N: int
      M: int
      Heads: int
      KeyHeads: int
      D: int
      E: int
      Causal: bool
      Masked: bool
      Scale: float option }

let private oneOf (random: Random) choices = List.item (random.Next(List.length choices)) choices

let private caseOf (random: Random) =
    let keyHeads = 1 + random.Next 2

    { Batch = 1 + random.Next 2
      N = oneOf random [ 1; 3; 17; 130 ]
      M = oneOf random [ 1; 5; 33; 140; 600 ]
      Heads = keyHeads * (1 + random.Next 2)
      KeyHeads = keyHeads
      D = oneOf random [ 1; 4; 7; 16 ]
      E = oneOf random [ 1; 3; 16 ]
      Causal = random.Next 2 = 0
      Masked = random.Next 2 = 0
      Scale = oneOf random [ None; Some 0.3 ] }

let private operands i (case: Case) =
    drawn (4 * i) [ case.Batch; case.N; case.Heads; case.D ],
    drawn (4 * i + 1) [ case.Batch; case.M; case.KeyHeads; case.D ],
    drawn (4 * i + 2) [ case.Batch; case.M; case.KeyHeads; case.E ]

/// A mask of padding [batch; 1; 1; m], in which some keys are unseen by all queries.
let private padding i (case: Case) =
    let seen = Random.uniformOf Float64 0.0 1.0 (Key.ofInt (4 * i + 3)) [ case.Batch; 1; 1; case.M ]
    Tensor.greater seen (Tensor.fullLike 0.3 seen)

let private options i (case: Case) =
    { DotProductAttentionOptions.defaults with
        Mask = if case.Masked then Some(padding i case) else None
        Scale = case.Scale
        IsCausal = case.Causal }

let private script =
    """
import torch, math
torch.set_num_threads(1)
for i in range(int(x['count'])):
    def get(name): return torch.tensor(x['%d.%s' % (i, name)], requires_grad=True)
    q, k, v = get('q'), get('k'), get('v')
    causal, scale = x['%d.o' % i].reshape(-1)
    n, m, group = q.shape[1], k.shape[1], q.shape[2] // k.shape[2]
    Q, K, V = [a.transpose(1, 2) for a in (q, k.repeat_interleave(group, 2), v.repeat_interleave(group, 2))]
    s = Q @ K.transpose(-1, -2) * (scale if scale > 0 else 1 / math.sqrt(q.shape[-1]))
    seen = torch.ones(s.shape, dtype=torch.bool)
    if causal: seen &= torch.ones(n, m, dtype=torch.bool).tril(m - n)
    if '%d.mask' % i in x: seen &= torch.tensor(x['%d.mask' % i]) > 0
    p = torch.where(seen.any(-1, keepdim=True), s.masked_fill(~seen, -1e300), torch.zeros(())).softmax(-1)
    p = torch.where(seen, p, torch.zeros((), dtype=p.dtype))
    y = (p @ V).transpose(1, 2)
    (y * get('w')).sum().backward()
    for name, value in [('y', y.detach()), ('dq', q.grad), ('dk', k.grad), ('dv', v.grad)]: give('%d.%s' % (i, name), value)
"""

let private agreesWithTorch () =
    let random = Random 7
    let cases = List.init 40 (fun i -> i, caseOf random)

    let runs =
        [ for i, case in cases do
              let q, k, v = operands i case
              let attend (xs: Tensor list) = Tensor.dotProductAttentionWith (options i case) xs[0] xs[1] xs[2]
              let y = attend [ q; k; v ]
              let weights = drawn (1000 + i) y.Shape
              let slopes = Vjp.vjp (fun xs -> [ attend xs ]) [ q; k; v ] |> snd <| [ weights ]
              let scale = defaultArg case.Scale 0.0
              let flags = Tensor.ofFloat64Array [ 2 ] [| (if case.Causal then 1.0 else 0.0); scale |]
              let mask = if case.Masked then [ "mask", Tensor.cast Float64 (padding i case) ] else []

              ([ "q", q; "k", k; "v", v; "w", weights; "o", flags ] @ mask)
              |> List.map (fun (name, x) -> $"{i}.{name}", x),
              List.zip [ "y"; "dq"; "dk"; "dv" ] (y :: slopes) |> List.map (fun (name, x) -> $"{i}.{name}", x) ]

    let count = Tensor.ofFloat64Array [] [| float cases.Length |]
    let expected = Peer.run [ "torch" ] script (("count", count) :: List.collect fst runs)

    for (i, case), (_, found) in List.zip cases runs do
        for name, tensor in found do
            Peer.agree 1e-9 $"{name} of {case} ({i})" expected[name] (Tensor.toFloat64Array tensor)

/// The arena of a plan that computes attention of this length and its gradient, in bytes.
let private arenaBytes (length: int) =
    let signature = { Shape = [ 1; length; 2; 16 ]; DType = Float32 }

    let gradient (xs: Tensor list) =
        let causal = { DotProductAttentionOptions.defaults with IsCausal = true }
        let attend (xs: Tensor list) = [ Tensor.sum (Tensor.dotProductAttentionWith causal xs[0] xs[1] xs[2]) ]
        Vjp.vjp attend xs |> snd <| [ Tensor.ones [] ]

    let graph = fst (Trace.trace gradient [ signature; signature; signature ])
    (Compilation.compile CpuBackend.instance false graph).Memory.ArenaBytes

[<Tests>]
let tests =
    [ testCase "values and derivatives are PyTorch's" agreesWithTorch

      testCase "a bias of zeros, and one that hides keys, give what no bias and a mask give" (fun () ->
          for i, case in List.indexed (let random = Random 5 in List.init 10 (fun _ -> caseOf random)) do
              let q, k, v = operands i case
              let options = options i { case with Masked = true }
              let expected = Tensor.dotProductAttentionWith options q k v
              let mask = options.Mask.Value

              let bias =
                  Tensor.where mask (Tensor.zerosOf Float64 mask.Shape) (Tensor.fullOf Float64 mask.Shape -1e300)

              let zeros = { options with Bias = Some(Tensor.zerosOf Float64 [ 1 ]) }
              let found = Tensor.dotProductAttentionWith zeros q k v
              Expect.True(Tensor.allClose 1e-12 1e-12 expected found, $"zeros, {case}")

              if not case.Causal then
                  let hiding = { options with Bias = Some bias; Mask = None }
                  let sees = Tensor.toFloat64Array (Tensor.cast Float64 (Tensor.anyKeep [ -1 ] mask))

                  if Array.forall ((=) 1.0) sees then
                      let found = Tensor.dotProductAttentionWith hiding q k v
                      Expect.True(Tensor.allClose 1e-12 1e-12 expected found, $"hiding, {case}"))

      testCase "a query that sees no key gives zeros, and takes no part in derivatives" (fun () ->
          let q, k, v = drawn 1 [ 1; 3; 1; 4 ], drawn 2 [ 1; 2; 1; 4 ], drawn 3 [ 1; 2; 1; 4 ]
          let causal = { DotProductAttentionOptions.defaults with IsCausal = true }
          let attend (q: Tensor) = Tensor.dotProductAttentionWith causal q k v
          // of 3 queries and 2 keys the first query stands before all keys
          let first (x: Tensor) = Tensor.toFloat64Array x[*, 0, *, *]
          Expect.Equal<float>(Array.zeroCreate 4, first (attend q))
          let slope = q |> grad (fun q -> Tensor.sum (Tensor.square (attend q)))
          Expect.Equal<float>(Array.zeroCreate 4, first slope)
          Expect.True(Array.forall Double.IsFinite (Tensor.toFloat64Array slope)))

      testCase "one query is the last one: keys come one after another" (fun () ->
          let q, k, v = drawn 1 [ 2; 9; 2; 4 ], drawn 2 [ 2; 9; 2; 4 ], drawn 3 [ 2; 9; 2; 4 ]
          let causal = { DotProductAttentionOptions.defaults with IsCausal = true }
          let all = Tensor.dotProductAttentionWith causal q k v

          for i in 0..8 do
              let upTo (x: Tensor) = Tensor.sliceAxis 1 0 (i + 1) 1 x
              let at (x: Tensor) = Tensor.sliceAxis 1 i (i + 1) 1 x
              let one = Tensor.dotProductAttentionWith causal (at q) (upTo k) (upTo v)
              Expect.True(Tensor.allClose 1e-12 1e-12 (at all) one, $"position {i}"))

      testCase "memory grows with the length, and not with its square" (fun () ->
          let short, long = arenaBytes 2048, arenaBytes 4096
          Expect.True(float long <= 2.1 * float short, $"{short} bytes at 2,048 and {long} at 4,096")
          // the scores of one head of 4,096 would take 64 MiB; operands and gradients take 512 KiB each
          Expect.True(long < 8_000_000L, $"{long} bytes at 4,096"))

      testCase "at length 4,096 each query gives what it gives alone" (fun () ->
          let causal = { DotProductAttentionOptions.defaults with IsCausal = true }
          let q, k, v = drawn 1 [ 1; 4096; 2; 16 ], drawn 2 [ 1; 4096; 2; 16 ], drawn 3 [ 1; 4096; 2; 16 ]
          let all = Tensor.dotProductAttentionWith causal q k v

          for i in [ 0; 127; 128; 511; 512; 2000; 4095 ] do
              let upTo (x: Tensor) = Tensor.sliceAxis 1 0 (i + 1) 1 x
              let at (x: Tensor) = Tensor.sliceAxis 1 i (i + 1) 1 x
              let one = Tensor.dotProductAttentionWith causal (at q) (upTo k) (upTo v)
              Expect.True(Tensor.allClose 1e-12 1e-12 (at all) one, $"position {i}"))

      testCase "shapes that do not fit are told with the fix" (fun () ->
          let message f = Expect.Throws<FunctionalException>(fun () -> f () |> ignore).Message
          let attend q k v () = Tensor.dotProductAttention (drawn 1 q) (drawn 2 k) (drawn 3 v)

          Expect.Equal(
              "attention: queries have 4 columns and keys 5; they must be equal.\n\
               query  [2; 3; 1; 4]\nkey    [2; 6; 1; 5]\nvalue  [2; 6; 1; 4]",
              message (attend [ 2; 3; 1; 4 ] [ 2; 6; 1; 5 ] [ 2; 6; 1; 4 ])
          )

          Expect.Contains(
              "each key needs a value: keys and values have as many positions and heads.",
              message (attend [ 2; 3; 1; 4 ] [ 2; 6; 1; 4 ] [ 2; 5; 1; 4 ])
          )

          Expect.Contains(
              "3 heads of queries cannot share 2 heads of keys evenly; give a multiple.",
              message (attend [ 2; 3; 3; 4 ] [ 2; 6; 2; 4 ] [ 2; 6; 2; 4 ])
          )

          Expect.Contains(
              "takes [batch...; positions; heads; width] thrice",
              message (attend [ 3; 4 ] [ 2; 6; 2; 4 ] [ 2; 6; 2; 4 ])
          )

          let masked () =
              let mask = Tensor.cast Bool (Tensor.ones [ 2; 6; 6 ])
              let options = { DotProductAttentionOptions.defaults with Mask = Some mask }
              let x = drawn 1 [ 1; 6; 1; 4 ]
              Tensor.dotProductAttentionWith options x x x

          Expect.Contains("a mask broadcasts to the scores [batch...; heads; n; m].", message masked)) ]
    |> testList "Tensor.Attention"
