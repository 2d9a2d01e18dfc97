/// The kinds of preparations that the library has, and those that were registered, by name.
module internal Functional.PreparationCatalog

/// The library's own kinds. A new kind is known to files when it stands here.
let private library: PreparationKind list =
    [ LinearScalers.minMax
      LinearScalers.standard
      LinearScalers.robust
      LinearScalers.maxAbs
      RowNorms.kind
      PowerScaling.kind
      QuantileScaling.kind
      Imputation.constant
      Imputation.word
      Imputation.mean
      Imputation.median
      Imputation.mode
      Imputation.classMean
      NeighbourImputation.kind
      RegressionImputation.kind
      Discretization.kind
      OneHotEncoding.kind
      OrdinalEncoding.kind
      TargetEncoding.kind
      DateEncoding.kind
      RowFilters.missing
      RowFilters.outliers
      RowFilters.columns
      SelectionKinds.variance
      SelectionKinds.correlation
      SelectionKinds.mutualInformation
      SelectionKinds.recursive None
      PolynomialKind.kind
      PrincipalComponentsKind.kind ]

let private byName = library |> List.map (fun kind -> kind.Name, kind) |> Map.ofList

/// The kind of a name, the library's before a registered one.
let tryFind (name: string) : PreparationKind option =
    match Map.tryFind name byName with
    | Some kind -> Some kind
    | None -> PreparationKind.tryRegistered name

/// The names of all kinds that are known.
let names () : string list = List.sort ((library |> List.map _.Name) @ PreparationKind.registeredNames ())
