namespace Functional

open System
open MathNet.Numerics

/// The family of a power transform, named as in scikit-learn.
[<RequireQualifiedAccess>]
type PowerMethod =
    /// For numbers of any sign. Yeo and Johnson, "A new family of power transformations to improve normality or symmetry",
    /// Biometrika 87 (2000).
    | YeoJohnson
    /// For positive numbers. Box and Cox, "An analysis of transformations", Journal of the Royal Statistical Society B 26 (1964).
    | BoxCox

/// The options of `Scaler.powerWith`, named as scikit-learn names them.
[<RequireQualifiedAccess>]
type PowerOptions =
    {
        /// The family. Default Yeo-Johnson.
        Method: PowerMethod
        /// Whether the mean becomes 0 and the deviation 1 afterwards. Default true.
        Standardize: bool
    }

    /// Yeo-Johnson, standardized.
    static member defaults: PowerOptions = { Method = PowerMethod.YeoJohnson; Standardize = true }

/// Power transforms, and the exponent under which a column is most nearly normal.
module internal PowerScaling =
    /// log (1 + x) without loss of digits near 0, by Kahan's correction of the rounding of 1 + x.
    let private log1p (x: float) =
        let u = 1.0 + x

        if u = 1.0 then x
        elif Double.IsInfinity u then u
        else log u * (x / (u - 1.0))

    /// e^x - 1 without loss of digits near 0, by Kahan's correction of the rounding of e^x.
    let private expm1 (x: float) =
        let u = exp x

        if u = 1.0 then x
        elif u - 1.0 = -1.0 || Double.IsInfinity u then u - 1.0
        else (u - 1.0) * (x / log u)

    /// (e^t - 1) / t times l, where t = lambda l: (u^lambda - 1) / lambda for l = log u, without a gap at lambda = 0.
    let private power (lambda: float) (l: float) =
        let t = lambda * l
        if abs t < 1e-12 then l else expm1 t / lambda

    /// The derivative of `power` by lambda: l^2 (t e^t - e^t + 1) / t^2.
    let private powerSlope (lambda: float) (l: float) =
        let t = lambda * l

        let ratio =
            if abs t < 1e-2 then
                // the series of the quotient; the first term left out is t^6 / 5760
                0.5 + t * (1.0 / 3.0 + t * (0.125 + t * (1.0 / 30.0 + t * (1.0 / 144.0 + t / 840.0))))
            else
                (t * exp t - expm1 t) / (t * t)

        l * l * ratio

    /// x under the transform of exponent lambda.
    let transform (kind: PowerMethod) (lambda: float) (x: float) : float =
        match kind with
        | PowerMethod.BoxCox -> power lambda (log x)
        | PowerMethod.YeoJohnson when x >= 0.0 -> power lambda (log1p x)
        | PowerMethod.YeoJohnson -> -(power (2.0 - lambda) (log1p -x))

    let private slope (kind: PowerMethod) (lambda: float) (x: float) =
        match kind with
        | PowerMethod.BoxCox -> powerSlope lambda (log x)
        | PowerMethod.YeoJohnson when x >= 0.0 -> powerSlope lambda (log1p x)
        | PowerMethod.YeoJohnson -> powerSlope (2.0 - lambda) (log1p -x)

    /// log u where y = (u^lambda - 1) / lambda.
    let private logOf (lambda: float) (y: float) = if abs (lambda * y) < 1e-300 then y else log1p (lambda * y) / lambda

    /// The x whose transform is y.
    let inverse (kind: PowerMethod) (lambda: float) (y: float) : float =
        match kind with
        | PowerMethod.BoxCox -> exp (logOf lambda y)
        | PowerMethod.YeoJohnson when y >= 0.0 -> expm1 (logOf lambda y)
        | PowerMethod.YeoJohnson -> -(expm1 (logOf (2.0 - lambda) -y))

    /// The derivative by lambda of the log-likelihood that the transformed values are normal.
    let private likelihoodSlope (kind: PowerMethod) (xs: float[]) (lambda: float) =
        let jacobian =
            match kind with
            | PowerMethod.BoxCox -> Numbers.sum (Array.map log xs)
            | PowerMethod.YeoJohnson -> Numbers.sum (xs |> Array.map (fun x -> float (sign x) * log1p (abs x)))

        let ys = xs |> Array.map (transform kind lambda)
        let mean = Numbers.mean ys
        let cross = Array.map2 (fun x y -> (y - mean) * slope kind lambda x) xs ys |> Numbers.sum
        jacobian - float xs.Length * cross / Numbers.centralSum 2 ys

    /// The exponent of greatest likelihood; 1, which changes nothing, where all values are the same.
    let exponent (kind: PowerMethod) (xs: float[]) : float =
        let f = likelihoodSlope kind xs

        // the slope falls through zero between the ends; scikit-learn starts its search between -2 and 2 as well
        let rec widen low high left =
            match f low > 0.0, f high < 0.0 with
            | true, true -> Some(low, high)
            | _ when left = 0 -> None
            | isLowGood, isHighGood ->
                let step = high - low
                widen (if isLowGood then low else low - step) (if isHighGood then high else high + step) (left - 1)

        if Array.min xs = Array.max xs then
            1.0
        else
            match widen -2.0 2.0 6 with
            | None -> 1.0
            | Some(low, high) ->
                match RootFinding.Brent.TryFindRoot(f, low, high, 1e-13, 200) with
                | true, root -> root
                | false, root -> root

    let private nameOf (kind: PowerMethod) =
        match kind with
        | PowerMethod.YeoJohnson -> "yeo_johnson"
        | PowerMethod.BoxCox -> "box_cox"

    let settingsOf (options: PowerOptions) : (string * Setting) list =
        [ "method", Setting.Text(nameOf options.Method); "standardize", Setting.Flag options.Standardize ]

    let private methodOf settings =
        match Settings.text (Scaling.settings "power" settings) "method" with
        | "yeo_johnson" -> PowerMethod.YeoJohnson
        | "box_cox" -> PowerMethod.BoxCox
        | other ->
            Fail.argument "power" "method" $"'{other}'" "is no power transform; there are yeo_johnson and box_cox."

    let private learn settings (input: PreparationInput) =
        let kind = methodOf settings

        if kind = PowerMethod.BoxCox then
            for name, values in Array.zip input.Names (Scaling.columns "power" input) do
                match values |> Array.tryFindIndex (fun x -> x <= 0.0) with
                | Some row ->
                    Fail.data
                        "power"
                        $"column '{name}' has %g{values[row]} in row {row}, and Box-Cox is of positive numbers. Take \
                          PowerMethod.YeoJohnson."
                | None -> ()

        let standardize = Settings.flag (Scaling.settings "power" settings) "standardize"

        let one values =
            let lambda = exponent kind values
            let center, scale = Scaling.moments (values |> Array.map (transform kind lambda))

            if standardize then
                struct (lambda, center, scale)
            else
                struct (lambda, 0.0, 1.0)

        let found = Scaling.learn "power" input one (struct (nan, nan, nan))

        [ "lambda", Learned.Numbers(found |> Array.map (fun struct (lambda, _, _) -> lambda))
          "center", Learned.Numbers(found |> Array.map (fun struct (_, center, _) -> center))
          "scale", Learned.Numbers(found |> Array.map (fun struct (_, _, scale) -> scale)) ]

    let private check settings =
        methodOf settings |> ignore
        Settings.flag (Scaling.settings "power" settings) "standardize" |> ignore

    let kind =
        let learnt (step: PreparedStep) =
            methodOf step.Settings, step.Numbers "lambda", step.Numbers "center", step.Numbers "scale"

        let apply step =
            let kind, lambdas, centers, scales = learnt step
            fun i -> Array.map (fun x -> (transform kind lambdas[i] x - centers[i]) / scales[i])

        let invert step =
            let kind, lambdas, centers, scales = learnt step
            fun i -> Array.map (fun y -> inverse kind lambdas[i] (y * scales[i] + centers[i]))

        let learns = [ for name in [ "lambda"; "center"; "scale" ] -> name, LearnedForm.NumberEach ]
        Scaling.elementwise "power" learns check learn apply invert
