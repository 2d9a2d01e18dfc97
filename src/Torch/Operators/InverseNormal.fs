/// Quantiles of the normal distribution in operators that round as the library's own CPU kernels do (Wichura's algorithm AS 241):
/// the same bits on every device.
module internal Functional.Torch.InverseNormal

open Functional
open Functional.Torch.Steps

let private centre =
    [ 3.3871328727963666080
      1.3314166789178437745e+2
      1.9715909503065514427e+3
      1.3731693765509461125e+4
      4.5921953931549871457e+4
      6.7265770927008700853e+4
      3.3430575583588128105e+4
      2.5090809287301226727e+3 ],
    [ 1.0
      4.2313330701600911252e+1
      6.8718700749205790830e+2
      5.3941960214247511077e+3
      2.1213794301586595867e+4
      3.9307895800092710610e+4
      2.8729085735721942674e+4
      5.2264952788528545610e+3 ]

let private near =
    [ 1.42343711074968357734
      4.63033784615654529590
      5.76949722146069140550
      3.64784832476320460504
      1.27045825245236838258
      2.41780725177450611770e-1
      2.27238449892691845833e-2
      7.74545014278341407640e-4 ],
    [ 1.0
      2.05319162663775882187
      1.67638483018380384940
      6.89767334985100004550e-1
      1.48103976427480074590e-1
      1.51986665636164571966e-2
      5.47593808499534494600e-4
      1.05075007164441684324e-9 ]

let private far =
    [ 6.65790464350110377720
      5.46378491116411436990
      1.78482653991729133580
      2.96560571828504891230e-1
      2.65321895265761230930e-2
      1.24266094738807843860e-3
      2.71155556874348757815e-5
      2.01033439929228813265e-7 ],
    [ 1.0
      5.99832206555887937690e-1
      1.36929880922735805310e-1
      1.48753612908506148525e-2
      7.86869131145613259100e-4
      1.84631831751005468180e-5
      1.42151175831644588870e-7
      2.04426310338993978564e-15 ]

let private number (c: ICaller<'v>) (value: float) = c.Number(Float64, value)

/// The polynomial of these coefficients, the constant one first, by Horner's rule.
let private horner (c: ICaller<'v>) (x: 'v) (coefficients: float list) : 'v =
    match List.rev coefficients with
    | first :: second :: rest ->
        let start = add c (mul c x (number c first)) (number c second)
        (start, rest) ||> List.fold (fun value a -> add c (mul c value x) (number c a))
    | _ -> Fail.argument "normal" "coefficients" coefficients.Length "are too few."

let private ratio c x (numerator, denominator) = div c (horner c x numerator) (horner c x denominator)

/// The natural logarithm of positive normal numbers (fdlibm's approximation).
let private log (c: ICaller<'v>) (x: 'v) : 'v =
    let integer value = c.Number(Int64, value)
    let view dtype (x: 'v) = one c "view" "dtype" [ Argument.Tensor x; Argument.Type dtype ]
    let offset = integer (float 0x3fe6a09e00000000L)
    let bits = sub c (view Int64 x) offset
    let e = convert c Float64 (binary c "bitwise_right_shift" bits (integer 52.0))
    let fraction = add c (binary c "bitwise_and" bits (integer (float 0x000fffffffffffffL))) offset
    let f = sub c (view Float64 fraction) (number c 1.0)
    let s = div c f (add c f (number c 2.0))
    let z = mul c s s
    let w = mul c z z
    let plus a b = add c (number c a) b
    let even = plus 2.222219843214978396e-01 (mul c w (number c 1.531383769920937332e-01))
    let even = mul c w (plus 3.999999999940941908e-01 (mul c w even))
    let odd = plus 1.818357216161805012e-01 (mul c w (number c 1.479819860511658591e-01))
    let odd = plus 2.857142874366239149e-01 (mul c w odd)
    let odd = mul c z (plus 6.666666666666735130e-01 (mul c w odd))
    let half = mul c (mul c (number c 0.5) f) f
    let inner = mul c s (add c (add c half even) odd)
    let low = sub c (add c inner (mul c e (number c 1.90821492927058770002e-10))) half
    add c (add c low f) (mul c e (number c 6.93147180369123816490e-01))

/// The numbers below which a standard normal number is with the probabilities p, float64 within (0, 1).
let emit (c: ICaller<'v>) (p: 'v) : 'v =
    let q = sub c p (number c 0.5)
    let central = mul c q (ratio c (sub c (number c 0.180625) (mul c q q)) centre)
    let isLow = binary c "lt" q (number c 0.0)
    let outside = where c isLow p (sub c (number c 1.0) p)
    let tail = unary c "sqrt" (unary c "neg" (log c outside))
    let nearTail = ratio c (sub c tail (number c 1.6)) near
    let farTail = ratio c (sub c tail (number c 5.0)) far
    let size = where c (binary c "le" tail (number c 5.0)) nearTail farTail
    let outer = where c isLow (unary c "neg" size) size
    where c (binary c "le" (unary c "abs" q) (number c 0.425)) central outer
