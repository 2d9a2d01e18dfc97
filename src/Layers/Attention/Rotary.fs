namespace Functional

/// Options of rotary position embeddings, with KerasHub's names and defaults.
type RotaryOptions =
    {
        /// The longest wavelength, in positions; 10,000 by default.
        MaxWavelength: float
        /// The factor by which positions are divided, to stretch what was learned over longer sequences; 1 by default.
        ScalingFactor: float
    }

    /// KerasHub's defaults.
    static member defaults = { MaxWavelength = 10000.0; ScalingFactor = 1.0 }

/// Rotary position embeddings: columns of a vector are taken in pairs (i, i + d/2), and each pair is turned by an angle
/// that grows with the position, so that the product of a query and a key depends on the distance of their positions.
/// (Su et al. 2021, "RoFormer: enhanced transformer with rotary position embedding".)
module internal Rotary =
    let demandOptions kind (options: RotaryOptions) =
        if not (options.MaxWavelength > 0.0 && System.Double.IsFinite options.MaxWavelength) then
            Fail.argument kind "max_wavelength" options.MaxWavelength "is not above 0."

        if not (options.ScalingFactor > 0.0 && System.Double.IsFinite options.ScalingFactor) then
            Fail.argument kind "scaling_factor" options.ScalingFactor "is not above 0."

    let demandWidth kind (width: int) =
        if width % 2 <> 0 then
            Fail.argument kind "width" width "is odd; rotary embeddings turn pairs of columns, so give an even width."

    /// The angles [n; d/2] of n positions from a first one on, a scalar Int32, in this type of floats.
    let private angles (options: RotaryOptions) dtype (first: Tensor) n width =
        let rates =
            [| for i in 0 .. width / 2 - 1 ->
                   options.MaxWavelength ** (-2.0 * float i / float width) / options.ScalingFactor |]

        let positions, rates =
            Core.beside first (fun () -> Tensor.arangeInt 0 n, Tensor.ofFloat64Array [ 1; rates.Length ] rates)

        Tensor.cast dtype (Tensor.cast Float64 (Tensor.reshape [ n; 1 ] (positions + first)) * rates)

    /// Vectors [batch...; n; heads; d] at the positions from a first one on, turned.
    let turned (options: RotaryOptions) (first: Tensor) (x: Tensor) : Tensor =
        let n, width = x.Shape[x.Rank - 3], x.Shape[x.Rank - 1]
        let angles = angles options x.DType first n width |> Tensor.reshape [ n; 1; width / 2 ]
        let cosines, sines = Tensor.cos angles, Tensor.sin angles
        let left, right = Tensor.sliceAxis -1 0 (width / 2) 1 x, Tensor.sliceAxis -1 (width / 2) width 1 x
        Tensor.concat -1 [ left * cosines - right * sines; right * cosines + left * sines ]

    let settings (options: RotaryOptions) : (string * Setting) list =
        [ "max_wavelength", Setting.Number options.MaxWavelength
          "scaling_factor", Setting.Number options.ScalingFactor ]

    let ofSettings source : RotaryOptions =
        { MaxWavelength = Settings.number source "max_wavelength"
          ScalingFactor = Settings.number source "scaling_factor" }
