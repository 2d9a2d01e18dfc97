namespace Functional

open MathNet.Numerics.Distributions

/// The points of a latent plane that are decoded.
[<RequireQualifiedAccess>]
type LatentSpacing =
    /// Evenly from -range to range along both axes.
    | Even of range: float
    /// At equal steps of probability of a normal distribution, from 5 % to 95 %: where the codes of a variational autoencoder
    /// lie.
    | Normal

/// Decoded images over a plane of codes.
[<RequireQualifiedAccess>]
type LatentPlane =
    {
        /// The codes of the columns, ascending.
        Xs: float[]
        /// The codes of the rows, ascending.
        Ys: float[]
        /// The decoded images, [rows; columns; height; width; channels].
        Images: Tensor
    }

/// Planes of decoded images.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module LatentPlane =
    let private coordinates count spacing =
        match spacing with
        | LatentSpacing.Even range when range > 0.0 -> PlaneGrid.linspace -range range count
        | LatentSpacing.Even range -> Fail.argument "LatentPlane" "range" range "is not above 0."
        | LatentSpacing.Normal -> PlaneGrid.linspace 0.05 0.95 count |> Array.map (fun p -> Normal.InvCDF(0.0, 1.0, p))

    /// The images of `count` by `count` codes (2 or more along each axis), by a decoder from codes [n; 2] to images [n;
    /// height; width], [n; height; width; channels], or [n; side²] of square images. Another shape is an error.
    let decode (spacing: LatentSpacing) (count: int) (decoder: Tensor -> Tensor) : LatentPlane =
        let operation = "LatentPlane.decode"

        if count < 2 then
            Fail.argument operation "count" count "is no number of codes along an axis; give 2 or more."

        let codes = coordinates count spacing
        let grid: PlaneGrid = { Xs = codes; Ys = codes }
        let images = decoder grid.Points
        let n = count * count

        let shape =
            match images.Shape with
            | [ m; height; width; channels ] when m = n -> [ height; width; channels ]
            | [ m; height; width ] when m = n -> [ height; width; 1 ]
            | [ m; size ] when m = n && pown (int (sqrt (float size) + 0.5)) 2 = size ->
                let side = int (sqrt (float size) + 0.5)
                [ side; side; 1 ]
            | given ->
                Fail.shapes
                    operation
                    [ "codes", [ n; 2 ]; "images", given ]
                    "the decoder must give an image for each code."

        { Xs = codes; Ys = codes; Images = Tensor.reshape (count :: count :: shape) images }

    /// `decode` by a model of two inputs, such as the decoder of an autoencoder (`Model.part "decoder"`).
    let ofModel (spacing: LatentSpacing) (count: int) (decoder: Model) : LatentPlane =
        decode spacing count (fun codes -> Model.predict codes decoder)
