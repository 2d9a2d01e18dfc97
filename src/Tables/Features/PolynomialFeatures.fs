namespace Functional

/// Options of polynomial features.
type PolynomialFeaturesOptions =
    {
        /// The highest degree. Default 2.
        Degree: int
        /// The lowest degree beside the constant. Default 1 (scikit-learn's 0 is that with a bias).
        LeastDegree: int
        /// Whether products of different features alone are kept: no powers. Default false.
        InteractionOnly: bool
        /// Whether the first feature is the constant 1. Default true.
        IncludeBias: bool
    }

    /// Degree 2, with powers and the constant.
    static member defaults = { Degree = 2; LeastDegree = 1; InteractionOnly = false; IncludeBias = true }

/// Products of features up to a degree. scikit-learn: PolynomialFeatures.
[<RequireQualifiedAccess>]
module PolynomialFeatures =
    let private check (options: PolynomialFeaturesOptions) =
        let operation = "PolynomialFeatures"

        if options.LeastDegree < 0 || options.Degree < max 1 options.LeastDegree then
            Fail.argument
                operation
                "Degree"
                options.Degree
                $"is no highest degree for the lowest, which is {options.LeastDegree}; give 1 or more, and not less than that."

    /// The features of each product, by number and ascending, in scikit-learn's order: by degree, then as words are
    /// ordered. The constant is the empty product.
    let products (options: PolynomialFeaturesOptions) (features: int) : int list list =
        check options

        let rec ofDegree degree first =
            if degree = 0 then
                [ [] ]
            else
                [ for feature in first .. features - 1 do
                      let next = if options.InteractionOnly then feature + 1 else feature

                      for rest in ofDegree (degree - 1) next do
                          feature :: rest ]

        [ if options.IncludeBias then
              []
          for degree in max 1 options.LeastDegree .. options.Degree do
              yield! ofDegree degree 0 ]

    /// The names of the products: "1", "a", "a^2", "a b". scikit-learn: get_feature_names_out.
    let names (options: PolynomialFeaturesOptions) (featureNames: string list) : string list =
        let features = Array.ofList featureNames

        let power (feature, count) = if count = 1 then features[feature] else $"{features[feature]}^{count}"

        products options features.Length
        |> List.map (fun product ->
            match product with
            | [] -> "1"
            | product -> product |> List.countBy id |> List.map power |> String.concat " ")

    /// The products of columns of equal length, one after the other.
    let internal ofColumns (options: PolynomialFeaturesOptions) (rows: int) (columns: float[][]) : float[][] =
        products options columns.Length
        |> List.map (fun product ->
            (Array.create rows 1.0, product)
            ||> List.fold (fun values feature -> Array.map2 (*) values columns[feature]))
        |> Array.ofList

    /// The products for samples x [n; k]: Float64 [n; products].
    let transform (options: PolynomialFeaturesOptions) (x: Tensor) : Tensor =
        let samples = Samples.read "PolynomialFeatures.transform" x

        let columns =
            Array.init samples.Features (fun j -> Array.init samples.Rows (fun row -> samples.At(row, j)))

        let products = ofColumns options samples.Rows columns
        let width = products.Length

        Tensor.ofFloat64Array
            [ samples.Rows; width ]
            (Array.init (samples.Rows * width) (fun i -> products[i % width].[i / width]))
