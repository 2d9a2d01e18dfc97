namespace Functional

open System

/// The columns of a step as samples.
module private FeatureColumns =
    /// The columns as numbers, without a gap.
    let read operation (input: PreparationInput) : float[][] =
        Array.map2
            (fun (name: string) column ->
                let values = Column.numbers operation name column

                if Array.exists (Double.IsFinite >> not) values then
                    Fail.data
                        operation
                        $"column '{name}' has missing or infinite values. Fill them first, with an Imputer for example."

                values)
            input.Names
            input.Columns

    /// The columns side by side: [rows; columns].
    let tensor operation (input: PreparationInput) : Tensor =
        let columns = read operation input
        let width = columns.Length

        if width = 0 then
            Fail.data operation "it was given no columns."

        Tensor.ofFloat64Array
            [ input.RowCount; width ]
            (Array.init (input.RowCount * width) (fun i -> columns[i % width].[i / width]))

    /// The columns of a tensor [rows; columns].
    let ofTensor (x: Tensor) : Column[] =
        let values, width = Tensor.toFloat64Array x, List.last x.Shape

        Array.init width (fun j ->
            Column.Numbers(Array.init (values.Length / width) (fun row -> values[row * width + j])))

    let settings operation settings : Settings.Source = { Owner = operation; Settings = settings }

/// The kinds that keep some of their columns.
module internal SelectionKinds =
    let private learns = [ "scores", LearnedForm.NumberEach; "selected", LearnedForm.Words ]

    let private learned (input: PreparationInput) (selection: FeatureSelection) =
        [ "scores", Learned.Numbers selection.Scores
          "selected", Learned.Words(selection.Selected |> Array.map (fun i -> input.Names[i])) ]

    let private kept (step: PreparedStep) (input: PreparationInput) =
        step.Words "selected" |> Array.map (fun name -> input.Columns[Array.IndexOf(input.Names, name)])

    /// A kind that keeps the columns of a selection, which `select settings input` makes of the data of the fit.
    let private make
        name
        check
        (select: (string * Setting) list -> PreparationInput -> FeatureSelection)
        : PreparationKind =
        { PreparationKind.ofNumbers name with
            Learns = learns
            CheckSettings = check
            Learn = fun settings input -> learned input (select settings input)
            OutputNames = fun step -> step.Words "selected"
            Apply = kept }

    let private limitOf settings =
        let source = FeatureColumns.settings "variance_threshold" settings

        match Settings.tryFind source "quantile" with
        | Some _ -> VarianceLimit.Quantile(Settings.number source "quantile")
        | None -> VarianceLimit.Above(Settings.number source "above")

    let variance =
        make "variance_threshold" (limitOf >> ignore) (fun settings input ->
            FeatureSelection.byVariance (limitOf settings) (FeatureColumns.tensor "variance_threshold" input))

    let methodName (method: CorrelationMethod) =
        match method with
        | CorrelationMethod.Pearson -> "pearson"
        | CorrelationMethod.Spearman -> "spearman"
        | CorrelationMethod.Kendall -> "kendall"

    let private filterOf settings : CorrelationFilterOptions =
        let source = FeatureColumns.settings "correlation_filter" settings

        { Limit = Settings.number source "limit"
          Method =
            match Settings.text source "method" with
            | "pearson" -> CorrelationMethod.Pearson
            | "spearman" -> CorrelationMethod.Spearman
            | "kendall" -> CorrelationMethod.Kendall
            | other ->
                Fail.argument
                    "correlation_filter"
                    "method"
                    $"'{other}'"
                    "is unknown; there are pearson, spearman and kendall." }

    let correlation =
        make "correlation_filter" (filterOf >> ignore) (fun settings input ->
            FeatureSelection.byCorrelation (filterOf settings) (FeatureColumns.tensor "correlation_filter" input))

    let private target operation (input: PreparationInput) =
        match input.Target with
        | Some(name, column) -> name, column
        | None -> Fail.data operation "it learns from a target; fit it with Preparation.fitTo."

    /// Target words as the numbers of their classes, ascending.
    let private classes (column: Column) =
        let categories = Column.categories column

        let number =
            Collections.Generic.Dictionary(
                categories |> Array.mapi (fun i word -> Collections.Generic.KeyValuePair(word, i))
            )

        Column.words column |> Array.map (fun word -> number[word])

    let private demandTarget operation (name: string) (column: Column) =
        if Array.exists id (Column.missing column) then
            Fail.data operation $"the target '{name}' misses values; leave their rows out."

    let private information settings (input: PreparationInput) =
        let operation = "mutual_information"
        let source = FeatureColumns.settings operation settings
        let name, column = target operation input
        demandTarget operation name column
        let x = FeatureColumns.tensor operation input
        let rows = [ input.RowCount ]
        let options = { MutualInformationOptions.defaults with Neighbors = Settings.whole source "neighbors" }

        let scores =
            if Settings.flag source "regression" then
                MutualInformation.regression
                    options
                    x
                    (Tensor.ofFloat64Array rows (Column.numbers operation name column))
            else
                MutualInformation.classification options x (Tensor.ofInts rows (classes column))

        FeatureSelection.best (Settings.whole source "keep") scores

    let mutualInformation = make "mutual_information" ignore information

    let private ranked (learner: Learner option) settings (input: PreparationInput) =
        let operation = "recursive_elimination"
        let source = FeatureColumns.settings operation settings

        match learner with
        | None -> Fail.data operation "a loaded step does not know its learner; make it with Selector.recursive."
        | Some learner ->
            let name, column = target operation input
            demandTarget operation name column
            let x = FeatureColumns.tensor operation input

            let y =
                match learner.Task with
                | LearnerTask.Classification -> Tensor.ofInts [ input.RowCount ] (classes column)
                | LearnerTask.Regression ->
                    Tensor.ofFloat64Array [ input.RowCount ] (Column.numbers operation name column)

            let options = { Keep = Some(Settings.whole source "keep"); Step = Settings.whole source "step" }
            let found = RecursiveElimination.ofLearner options learner x y
            { Scores = found.Ranks |> Array.map (fun rank -> -(float rank)); Selected = found.Selected }

    let recursive (learner: Learner option) = make "recursive_elimination" ignore (ranked learner)

/// The kind that multiplies columns.
module internal PolynomialKind =
    let private operation = "polynomial_features"

    let settingsOf (options: PolynomialFeaturesOptions) =
        [ "degree", Setting.Whole options.Degree
          "least_degree", Setting.Whole options.LeastDegree
          "interaction_only", Setting.Flag options.InteractionOnly
          "include_bias", Setting.Flag options.IncludeBias ]

    let private optionsOf settings : PolynomialFeaturesOptions =
        let source = FeatureColumns.settings operation settings

        { Degree = Settings.whole source "degree"
          LeastDegree = Settings.whole source "least_degree"
          InteractionOnly = Settings.flag source "interaction_only"
          IncludeBias = Settings.flag source "include_bias" }

    let kind =
        { PreparationKind.ofNumbers operation with
            CheckSettings = fun settings -> PolynomialFeatures.products (optionsOf settings) 1 |> ignore
            OutputNames =
                fun step ->
                    PolynomialFeatures.names (optionsOf step.Settings) (List.ofArray step.Columns) |> Array.ofList
            Apply =
                fun step input ->
                    FeatureColumns.read operation input
                    |> PolynomialFeatures.ofColumns (optionsOf step.Settings) input.RowCount
                    |> Array.map Column.Numbers }

/// The kind that projects columns on their principal components.
module internal PrincipalComponentsKind =
    let private operation = "principal_components"

    let settingsOf (options: PrincipalComponentsOptions) =
        [ "components",
          (match options.Components with
           | ComponentCount.All -> Setting.Text "all"
           | ComponentCount.Count count -> Setting.Whole count
           | ComponentCount.Variance share -> Setting.Number share)
          "whiten", Setting.Flag options.Whiten ]

    let private optionsOf settings : PrincipalComponentsOptions =
        let source = FeatureColumns.settings operation settings

        { Components =
            match Settings.find source "components" with
            | Setting.Whole count -> ComponentCount.Count count
            | Setting.Number share -> ComponentCount.Variance share
            | Setting.Text _ -> ComponentCount.All
            | Setting.Flag _
            | Setting.Items _
            | Setting.Group _ -> Fail.argument operation "components" "a setting" "is no number of components."
          Whiten = Settings.flag source "whiten" }

    let private learn settings input =
        let model = PrincipalComponents.fit (optionsOf settings) (FeatureColumns.tensor operation input)

        [ "means", Learned.Numbers model.Means
          "components", Learned.NumberLists model.Components
          "explained_variance", Learned.Numbers model.ExplainedVariance ]

    /// The components of a step; what transforming does not need is left 0.
    let private model (step: PreparedStep) : PrincipalComponents =
        let variances = step.Numbers "explained_variance"

        { Means = step.Numbers "means"
          Components = step.NumberLists "components"
          ExplainedVariance = variances
          ExplainedVarianceRatio = Array.zeroCreate variances.Length
          SingularValues = Array.zeroCreate variances.Length
          NoiseVariance = 0.0
          Whiten = (optionsOf step.Settings).Whiten }

    let private inverse (step: PreparedStep) (columns: Column[]) =
        let input =
            { RowCount = columns[0].Length
              Names = columns |> Array.mapi (fun i _ -> $"pca{i}")
              Columns = columns
              Target = None
              Find = fun _ -> None }

        model step
        |> PrincipalComponents.inverse (FeatureColumns.tensor operation input)
        |> FeatureColumns.ofTensor

    let kind =
        { PreparationKind.ofNumbers operation with
            Learns =
                [ "means", LearnedForm.NumberEach
                  "components", LearnedForm.NumberLists
                  "explained_variance", LearnedForm.Numbers ]
            CheckSettings = optionsOf >> ignore
            Learn = learn
            OutputNames = fun step -> step.NumberLists "components" |> Array.mapi (fun i _ -> $"pca{i}")
            Apply =
                fun step input ->
                    model step
                    |> PrincipalComponents.transform (FeatureColumns.tensor operation input)
                    |> FeatureColumns.ofTensor
            Invert = Some inverse }
