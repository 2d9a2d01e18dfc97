namespace Functional

open System

/// A constraint of a parameter: a projection that is applied to it after each update.
type Constraint =
    {
        /// The name in Keras's snake case: "max_norm".
        Name: string
        /// Its options under Keras's names.
        Settings: (string * Setting) list
        /// The parameter nearest to a given one that keeps the constraint, of its shape and type.
        Apply: Tensor -> Tensor
    }

/// Constraints, with Keras's names and defaults. Norms are Euclidean, along the axes of a layer's inputs: [0] for a dense
/// kernel [in; out], [0; 1; 2] for a convolution's kernel [height; width; in; out].
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Constraint =
    // keeps the quotient of a vector of zeros finite, as in Keras
    let private epsilon = 1e-7

    let private demandNorm name argument (value: float) =
        if not (Double.IsFinite value) || value < 0.0 then
            Fail.argument $"Constraint.{name}" argument value "is not a norm; give 0 or more."

    let private demandAxes name (axes: int list) =
        if axes.IsEmpty then
            Fail.argument $"Constraint.{name}" "axes" "[]" "is empty; name the axes along which norms are taken."

    /// The parameter scaled so that its norms become `f` of them.
    let private withNorms axes (f: Tensor -> Tensor) (x: Tensor) =
        let norms = Tensor.normKeep axes x
        x * (f norms / (norms + epsilon))

    /// Scales vectors down to a norm of `limit` where theirs is larger; vectors lie along `axes`. Keras's defaults are the
    /// limit 2 and axis 0. A negative limit is an error. (Srivastava et al. 2014, "Dropout".)
    let maxNormOver (axes: int list) (limit: float) : Constraint =
        demandAxes "maxNorm" axes
        demandNorm "maxNorm" "limit" limit

        { Name = "max_norm"
          Settings = [ "max_value", Setting.Number limit; "axis", Settings.ofWholes axes ]
          Apply = withNorms axes (Tensor.clamp 0.0 limit) }

    /// `maxNormOver` the first axis: the inputs of a dense layer.
    let maxNorm (limit: float) : Constraint = maxNormOver [ 0 ] limit

    /// Zero in the place of negative numbers.
    let nonNeg: Constraint =
        { Name = "non_neg"
          Settings = []
          Apply = fun x -> Tensor.where (Tensor.less x (Tensor.zerosLike x)) (Tensor.zerosLike x) x }

    /// Scales vectors along `axes` to norm 1. Keras's default is axis 0.
    let unitNormOver (axes: int list) : Constraint =
        demandAxes "unitNorm" axes

        { Name = "unit_norm"
          Settings = [ "axis", Settings.ofWholes axes ]
          Apply = fun x -> x / (Tensor.normKeep axes x + epsilon) }

    /// `unitNormOver` the first axis.
    let unitNorm: Constraint = unitNormOver [ 0 ]

    /// Brings the norms of vectors along `axes` towards `low` to `high`: a share `rate` of the way, all of it for 1.
    /// Keras's defaults are 0, 1, the rate 1, and axis 0. Bounds out of order, and a rate that is not above 0 and at most
    /// 1, are errors.
    let minMaxNormOver (axes: int list) (rate: float) (low: float) (high: float) : Constraint =
        demandAxes "minMaxNorm" axes
        demandNorm "minMaxNorm" "low" low
        demandNorm "minMaxNorm" "high" high

        if low > high then
            Fail.argument
                "Constraint.minMaxNorm"
                "low"
                low
                $"is above high = {string high}; give the smaller bound first."

        if not (rate > 0.0 && rate <= 1.0) then
            Fail.argument
                "Constraint.minMaxNorm"
                "rate"
                rate
                "is not a share of the way; give more than 0, and at most 1."

        { Name = "min_max_norm"
          Settings =
            [ "min_value", Setting.Number low
              "max_value", Setting.Number high
              "rate", Setting.Number rate
              "axis", Settings.ofWholes axes ]
          Apply = withNorms axes (fun norms -> Tensor.clamp low high norms * rate + norms * (1.0 - rate)) }

    /// `minMaxNormOver` the first axis, all of the way.
    let minMaxNorm (low: float) (high: float) : Constraint = minMaxNormOver [ 0 ] 1.0 low high

    /// The constraint of a name in Keras, with Keras's defaults: "max_norm", "NonNeg", "unit_norm", "min_max_norm". An
    /// unknown name is an error.
    let ofName (name: string) : Constraint =
        match name.Replace("_", "").ToLowerInvariant() with
        | "maxnorm" -> maxNorm 2.0
        | "nonneg" -> nonNeg
        | "unitnorm" -> unitNorm
        | "minmaxnorm" -> minMaxNorm 0.0 1.0
        | _ -> Fail.argument "Constraint.ofName" "name" $"'{name}'" "is not a constraint of Keras."

    /// The constraint as data: its name and its settings.
    let toSetting (limits: Constraint) : Setting = Setting.Group(("name", Setting.Text limits.Name) :: limits.Settings)

    /// The constraint that `toSetting` described. An unknown name, such as that of a constraint of one's own, is an error.
    let ofSetting (setting: Setting) : Constraint =
        let source = Settings.ofGroup "Constraint" setting
        let number, axes = Settings.number source, (fun () -> Settings.wholes source "axis")

        match Settings.text source "name" with
        | "max_norm" -> maxNormOver (axes ()) (number "max_value")
        | "non_neg" -> nonNeg
        | "unit_norm" -> unitNormOver (axes ())
        | "min_max_norm" -> minMaxNormOver (axes ()) (number "rate") (number "min_value") (number "max_value")
        | name ->
            Fail.argument
                "Constraint"
                "name"
                $"'{name}'"
                "is not a constraint of the library; one of your own cannot be made again from its description."
