namespace Functional

open System

/// Images beside each other as one: NaN between them.
[<RequireQualifiedAccess>]
type internal ImageMosaic =
    {
        /// The pixels, row 0 above.
        Pixels: float[,]
        /// The row and the column of the first pixel of each image.
        Places: (int * int)[]
    }

/// Mosaics of images.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal ImageMosaic =
    /// The image scaled to 0 to 1 by its least and largest number; a signed one to -1 to 1 by its largest absolute number. A constant
    /// image becomes 0.
    let normalized (isSigned: bool) (image: float[,]) : float[,] =
        let known = image |> Seq.cast<float> |> Seq.filter Double.IsFinite |> Array.ofSeq

        if known.Length = 0 then
            image
        elif isSigned then
            let largest = known |> Array.map abs |> Array.max
            if largest = 0.0 then image else image |> Array2D.map (fun v -> v / largest)
        else
            let low, high = Array.min known, Array.max known
            image |> Array2D.map (fun v -> if high > low then (v - low) / (high - low) else 0.0)

    /// The image with each pixel as a square of `factor` by `factor`.
    let private enlarged factor (image: float[,]) =
        if factor = 1 then
            image
        else
            Array2D.init (factor * Array2D.length1 image) (factor * Array2D.length2 image) (fun row column ->
                image[row / factor, column / factor])

    /// Images of one size in rows from left to right, about square, with so many pixels of NaN around each, and more above them for
    /// labels. Images below 12 pixels are enlarged, so that gaps are small beside them.
    let ofImages (gap: int) (images: float[,][]) : ImageMosaic =
        let factor = max 1 (12 / max 1 (max (Array2D.length1 images[0]) (Array2D.length2 images[0])))
        let images = images |> Array.map (enlarged factor)
        let height, width = Array2D.length1 images[0], Array2D.length2 images[0]
        let columns = int (ceil (sqrt (float images.Length * float height / float width)))
        let columns = max 1 (min columns images.Length)
        let rows = (images.Length + columns - 1) / columns
        let above = gap + max 2 (height / 6)

        let places =
            Array.init images.Length (fun i ->
                i / columns * (height + above) + above, i % columns * (width + gap) + gap)

        let pixels = Array2D.create (rows * (height + above) + gap) (columns * (width + gap) + gap) nan

        for i in 0 .. images.Length - 1 do
            let row, column = places[i]
            Array2D.blit images[i] 0 0 pixels row column height width

        { Pixels = pixels; Places = places }
