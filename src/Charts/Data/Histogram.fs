/// Bins of histograms, as NumPy makes them.
module internal Functional.Histogram

open System

/// The number of bins of NumPy's `bins="auto"`: the larger of Sturges' rule and Freedman and Diaconis' rule.
let automaticCount (values: float[]) : int =
    let n = float values.Length
    let span = Array.max values - Array.min values
    let first, _, third = Statistics.quartiles values
    let sturges = span / (Math.Log2 n + 1.0)
    let freedman = 2.0 * (third - first) / Math.Cbrt n
    let width = if freedman > 0.0 then min sturges freedman else sturges
    if span = 0.0 then 1 else Math.Clamp(int (ceil (span / width)), 1, 10000)

/// The edges of equally wide bins over the values; half to both sides of a single value.
let edges (count: int) (values: float[]) : float[] =
    let low, high = Array.min values, Array.max values
    let low, high = if low = high then low - 0.5, high + 0.5 else low, high
    Array.init (count + 1) (fun i -> if i = count then high else low + (high - low) * float i / float count)

/// How many values lie in each bin: at its lower edge or above, below its upper edge; the last has its upper edge too.
let counts (edges: float[]) (values: float[]) : int[] =
    let all = Array.zeroCreate (edges.Length - 1)

    for value in values do
        let found = Array.BinarySearch(edges, value)
        let bin = if found >= 0 then found else ~~~found - 1
        let bin = min bin (all.Length - 1)

        if bin >= 0 && value <= edges[edges.Length - 1] then
            all[bin] <- all[bin] + 1

    all
