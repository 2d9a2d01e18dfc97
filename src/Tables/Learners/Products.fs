/// Matrix products of float64 arrays in row-major order by the kernels of the core, into arrays that are given.
module internal Functional.Products

#nowarn "9" // kernels take pointers

open Functional.Kernels

/// c [m; n] = a [m; k] b [k; n].
let times m k n (a: float[]) (b: float[]) (c: float[]) =
    use pa = fixed a
    use pb = fixed b
    use pc = fixed c
    MatMul.Multiply(1, m, n, k, pa, 0n, nativeint k, 1n, pb, 0n, nativeint n, 1n, pc)

/// c [m; n] = aᵀ b, of a [k; m] and b [k; n].
let transposedTimes m k n (a: float[]) (b: float[]) (c: float[]) =
    use pa = fixed a
    use pb = fixed b
    use pc = fixed c
    MatMul.Multiply(1, m, n, k, pa, 0n, 1n, nativeint m, pb, 0n, nativeint n, 1n, pc)

/// c [m; n] = a bᵀ, of rows of `a` and of `b` [n; k] from these positions on.
let timesTransposed m k n (a: float[]) aStart (b: float[]) bStart (c: float[]) =
    use pa = fixed &a[aStart]
    use pb = fixed &b[bStart]
    use pc = fixed c
    MatMul.Multiply(1, m, n, k, pa, 0n, nativeint k, 1n, pb, 0n, 1n, nativeint k, pc)
