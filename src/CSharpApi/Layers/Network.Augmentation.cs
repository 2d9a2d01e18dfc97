namespace Functional.CSharp;

/// <summary>
/// Layers that change images at random: while training alone, each image by a draw of its own from the key of the run.
/// </summary>
public sealed partial class Network
{
    /// <summary>Mirrors half of the images while training.</summary>
    public Network RandomFlip(
        FlipMode mode = FlipMode.HorizontalAndVertical, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(GeometricAugmentationLayers.randomFlipIn(dataFormat.Inner(), mode.Inner()));

    /// <summary>
    /// Turns each image about its middle while training, by a share of a full turn: 0.1 turns by up to 36 degrees either
    /// way. Positive shares turn to the left.
    /// </summary>
    /// <exception cref="FunctionalException">The bounds are out of order, or the interpolation is for resizing.</exception>
    public Network RandomRotation(Bounds factor, ImageTransformOptions? options = null) =>
        With(GeometricAugmentationLayers.randomRotationWith(Inner(options), factor.Low, factor.High));

    /// <summary>
    /// Moves each image while training, by shares of its height (positive ones down) and its width (positive ones to the
    /// right).
    /// </summary>
    /// <exception cref="FunctionalException">
    /// Bounds are outside [-1, 1] or out of order, or the interpolation is for resizing.
    /// </exception>
    public Network RandomTranslation(
        Bounds heightFactor, Bounds widthFactor, ImageTransformOptions? options = null) =>
        With(GeometricAugmentationLayers.randomTranslationWith(
            Inner(options), heightFactor.Pair, widthFactor.Pair));

    /// <summary>
    /// Stretches each image about its middle while training: 0.2 shows 20 % more of the height, -0.2 20 % less. Without
    /// bounds for the width, proportions are kept.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// Bounds are outside [-1, 1] or out of order, or the interpolation is for resizing.
    /// </exception>
    public Network RandomZoom(
        Bounds heightFactor, Bounds? widthFactor = null, ImageTransformOptions? options = null) =>
        With(GeometricAugmentationLayers.randomZoomWith(
            Inner(options), heightFactor.Pair, Interop.Option(widthFactor?.Pair)));

    /// <summary>
    /// Shears each image while training: rows by a share of their distance from the top, columns by one of their distance
    /// from the left.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// Bounds are outside [-1, 1] or out of order, or the interpolation is for resizing.
    /// </exception>
    public Network RandomShear(Bounds xFactor, Bounds yFactor = default, ImageTransformOptions? options = null) =>
        With(GeometricAugmentationLayers.randomShearWith(Inner(options), xFactor.Pair, yFactor.Pair));

    /// <summary>
    /// Multiplies the distance of each element from the mean of its channel in its image, while training, by a factor
    /// between 1 - lower and 1 + upper, which is lower where it is not given. Results are clipped to the range of values,
    /// (0, 255) by default.
    /// </summary>
    /// <exception cref="FunctionalException">A bound is outside [0, 1], or the range is out of order.</exception>
    public Network RandomContrast(
        double lower,
        double? upper = null,
        Bounds? valueRange = null,
        DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(ColourAugmentationLayers.randomContrastWith(Values(valueRange, dataFormat), lower, upper ?? lower));

    /// <summary>
    /// Adds to each image, while training, a share of the range of values, (0, 255) by default, to which results are
    /// clipped.
    /// </summary>
    /// <exception cref="FunctionalException">A bound is outside [-1, 1], or bounds are out of order.</exception>
    public Network RandomBrightness(
        Bounds factor, Bounds? valueRange = null, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(ColourAugmentationLayers.randomBrightnessWith(Values(valueRange, dataFormat), factor.Low, factor.High));

    /// <summary>
    /// A patch of this height and width from each image while training; outside training the largest part of the image in
    /// these proportions, resized.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network RandomCrop(int height, int width, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(PatchAugmentationLayers.randomCropIn(dataFormat.Inner(), height, width));

    /// <summary>Fills a rectangle at a random place of some images while training.</summary>
    /// <exception cref="FunctionalException">Bounds are outside [0, 1] or out of order.</exception>
    public Network RandomErasing(RandomErasingOptions? options = null)
    {
        options ??= new RandomErasingOptions();
        return With(PatchAugmentationLayers.randomErasingWith(new Functional.RandomErasingOptions(
            options.Factor.Pair,
            options.Scale.Pair,
            Interop.Option(options.FillValue),
            options.ValueRange.Pair,
            options.DataFormat.Inner())));
    }

    private static ValueRangeOptions Values(Bounds? range, DataFormat format) =>
        new((range ?? (0, 255)).Pair, format.Inner());

    private static Functional.ImageTransformOptions Inner(ImageTransformOptions? options)
    {
        options ??= new ImageTransformOptions();
        return new Functional.ImageTransformOptions(
            options.FillMode.Inner(), options.FillValue, options.Interpolation.Inner(), options.DataFormat.Inner());
    }
}
