namespace Functional

/// Charts of samples in the plane.
[<AutoOpen>]
module EmbeddingCharts =
    let private placed operation (classNames: string list) (labels: Tensor) (positions: Tensor) =
        PlaneGrid.demandPlane operation positions

        if labels.Size <> positions.Shape[0] then
            Fail.shapes
                operation
                [ "samples", positions.Shape; "labels", labels.Shape ]
                "give one class for each sample, [n]."

        let values = Tensor.toFloat64Array positions
        let column k = Array.init positions.Shape[0] (fun i -> values[2 * i + k])
        let classes = Tensor.toFloat64Array labels |> Array.map int

        Marks.pointsByClass
            classNames
            classes
            (column 0)
            (column 1)
            [ "marker.size",
              box (
                  if classes.Length > 1000 then 5
                  elif classes.Length > 300 then 6
                  else 8
              )
              "marker.line.width", box (if classes.Length > 1000 then 0.3 else 0.7) ]

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Samples at positions [n; 2] in the colour and symbol of their class [n]; classes without a name are called by their number.
        let embedding (title: string) (classNames: string list) (labels: Tensor) (positions: Tensor) : Figure =
            placed "Chart.embedding" classNames labels positions
            |> Marks.figure
                (900, 660)
                [ "title.text", box (PlotText.literal title)
                  "xaxis.zeroline", box false
                  "yaxis.zeroline", box false
                  "yaxis.scaleanchor", box "x" ]

        /// Samples [n; features] in the plane of their first two principal components, coloured by class [n].
        let principalComponents (classNames: string list) (labels: Tensor) (x: Tensor) : Figure =
            embedding "Principal components" classNames labels (TSne.plane x)
            |> Chart.withXTitle "component 1"
            |> Chart.withYTitle "component 2"

        /// Samples [n; features] where t-SNE puts them with these options, coloured by class [n].
        let tsneWith (options: TSneOptions) (classNames: string list) (labels: Tensor) (x: Tensor) : Figure =
            embedding "t-SNE" classNames labels (TSne.embedWith options x).Positions

        /// Samples [n; features] where t-SNE with scikit-learn's defaults puts them, coloured by class [n].
        let tsne (classNames: string list) (labels: Tensor) (x: Tensor) : Figure =
            tsneWith TSneOptions.defaults classNames labels x
