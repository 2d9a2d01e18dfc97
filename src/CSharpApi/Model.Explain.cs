namespace Functional.CSharp;

public sealed partial class Model
{
    /// <summary>
    /// How much a class's score, before the softmax or the sigmoid, changes with each number of the samples, in their shape:
    /// the absolute value of its gradient.
    /// </summary>
    /// <param name="samples">The samples, with the batch axis in front.</param>
    /// <param name="target">The class of each sample, or one for all. Default: those that the model says.</param>
    /// <exception cref="FunctionalException">The samples do not fit the model, or a class is none of its outputs.</exception>
    public Tensor Saliency(Tensor samples, params int[] target) =>
        new(Attribution.saliency(Target(target), Interop.Inner(samples), Inner));

    /// <summary>
    /// The integrated gradients of a class's score, in the shape of the samples: their sum over a sample is what its score is
    /// above that of the baseline.
    /// </summary>
    /// <param name="samples">The samples, with the batch axis in front.</param>
    /// <param name="baseline">The sample that stands for nothing to see. Default zeros.</param>
    /// <param name="steps">The number of points along the way. Default 50.</param>
    /// <param name="target">The class of each sample, or one for all. Default: those that the model says.</param>
    /// <exception cref="FunctionalException">The samples or the baseline do not fit the model.</exception>
    public Tensor IntegratedGradients(
        Tensor samples, Tensor? baseline = null, int steps = 50, params int[] target) =>
        new(Attribution.integratedGradientsWith(
            new IntegratedGradientsOptions(Interop.Option(baseline?.Inner), steps),
            Target(target),
            Interop.Inner(samples),
            Inner));

    /// <summary>
    /// Grad-CAM: a map of the places of a convolutional layer's result that speak for a class, one for each image.
    /// </summary>
    /// <param name="path">The path of the layer, mostly the last convolution.</param>
    /// <param name="samples">The images, with the batch axis in front.</param>
    /// <param name="target">The class of each image, or one for all. Default: those that the model says.</param>
    /// <exception cref="FunctionalException">There is no such layer, or its result has no places.</exception>
    public Tensor GradCam(string path, Tensor samples, params int[] target)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(Attribution.gradCam(path, Target(target), Interop.Inner(samples), Inner));
    }

    /// <summary>
    /// The gradient of the loss of each sample by itself, by each weight: an axis of samples in front.
    /// </summary>
    /// <exception cref="FunctionalException">The batch does not fit the model or the loss.</exception>
    public IReadOnlyDictionary<string, Tensor> PerSampleGradients(Batch batch, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var gradients = Curvature.perSampleGradients((options ?? new FitOptions()).Inside(), batch.Inner, Inner);
        return Interop.Dictionary(TreeModule.flatten(gradients));
    }

    /// <summary>
    /// The product of the Hessian of a batch's loss by the weights and a direction, which has a tensor for each trained
    /// weight under its path.
    /// </summary>
    /// <exception cref="FunctionalException">The batch or the direction does not fit the model.</exception>
    public IReadOnlyDictionary<string, Tensor> HessianVectorProduct(
        Batch batch, IReadOnlyDictionary<string, Tensor> direction, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(direction);
        var product = Curvature.hessianv((options ?? new FitOptions()).Inside(), batch.Inner, Inner);
        var tree = TreeModule.mapi(
            FuncConvert.FromFunc<string, FTensor, FTensor>((path, weight) => direction.TryGetValue(path, out var part)
                ? part.Inner
                : throw Errors.Argument(
                    "Model.HessianVectorProduct", "direction", $"'{path}'", "is missing; give a tensor for each weight.")),
            Inner.Variables.Parameters);
        return Interop.Dictionary(TreeModule.flatten(product.Invoke(tree)));
    }

    /// <summary>
    /// The smallest and the largest eigenvalue of the Hessian of a batch's loss by the weights, by Lanczos's method.
    /// </summary>
    /// <exception cref="FunctionalException">The batch does not fit the model or the loss.</exception>
    public (double Smallest, double Largest) ExtremeHessianEigenvalues(
        Batch batch, FitOptions? options = null, int iterations = 50)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var search = new LanczosOptions(iterations, LanczosOptions.defaults.Tolerance, LanczosOptions.defaults.Key);
        var (smallest, largest) =
            Curvature.extremeEigenvaluesWith(search, (options ?? new FitOptions()).Inside(), batch.Inner, Inner);
        return (smallest, largest);
    }

    private static AttributionTarget Target(int[] target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return target switch
        {
            [] => AttributionTarget.Predicted,
            [var only] => AttributionTarget.NewClass(only),
            _ => AttributionTarget.NewClasses(Interop.List(target)),
        };
    }
}
