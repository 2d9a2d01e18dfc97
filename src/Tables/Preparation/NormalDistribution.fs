/// The standard normal distribution.
module internal Functional.NormalDistribution

open MathNet.Numerics.Distributions

/// The value below which the share p of the distribution lies; -infinity for 0, infinity for 1.
let quantile (p: float) : float = Normal.InvCDF(0.0, 1.0, p)

/// The share of the distribution below x.
let share (x: float) : float = Normal.CDF(0.0, 1.0, x)
