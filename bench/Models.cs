using Functional.CSharp;

namespace Bench;

/// <summary>Our side's models, with the options they are trained with, and batches of random numbers for them.</summary>
internal static class Models
{
    /// <summary>The rows of an epoch, as many as MNIST's training images.</summary>
    public const int EpochRows = 60_000;

    private const int Batches = 16;

    public static Model MlpA() => Network.Input(784)
        .Dense(16, Activation.Relu).Dense(32, Activation.Relu).Dense(10, Activation.Softmax).Build(seed: 1);

    public static Model MlpB() => Network.Input(784)
        .Dense(512, Activation.Relu).Dense(512, Activation.Relu).Dense(10, Activation.Softmax).Build(seed: 1);

    public static Model TableC() => Network.Input(4102)
        .Dense(100, Activation.Relu).Dropout(0.5).Dense(5, Activation.Softmax).Build(seed: 1);

    public static Model CnnD() => Network.Input(28, 28, 1)
        .Conv2D(32, 3, Activation.Relu).Conv2D(32, 3, Activation.Relu).MaxPooling2D()
        .Conv2D(64, 3, Activation.Relu).Conv2D(64, 3, Activation.Relu).MaxPooling2D()
        .Conv2D(64, 3, Activation.Relu).MaxPooling2D()
        .Flatten().Dense(10, Activation.Softmax).Build(seed: 1);

    /// <summary>40 ids of characters, one-hot inside the model, and the one that follows.</summary>
    public static Model CharactersE() => Network.Input(40)
        .CategoryEncoding(57, CategoryMode.OneHot).Lstm(128).Dense(57, Activation.Softmax).Build(seed: 1);

    public static Model SeriesF() => Network.Input(24, 1).Lstm(50).Dense(1).Build(seed: 1);

    public static Model AutoencoderG()
    {
        Conv2DOptions same = new() { Padding = Padding.Same };
        return Network.Input(28, 28, 1)
            .Conv2D(16, 3, Activation.Relu, same).MaxPooling2D(padding: Padding.Same)
            .Conv2D(8, 3, Activation.Relu, same).MaxPooling2D(padding: Padding.Same)
            .Conv2D(8, 3, Activation.Relu, same).MaxPooling2D(padding: Padding.Same)
            .Conv2D(8, 3, Activation.Relu, same).UpSampling2D()
            .Conv2D(8, 3, Activation.Relu, same).UpSampling2D()
            .Conv2D(16, 3, Activation.Relu).UpSampling2D()
            .Conv2D(1, 3, Activation.Sigmoid, same).Build(seed: 1);
    }

    public static FitOptions Classify(Optimizer optimizer, int batch) => new()
    {
        Optimizer = optimizer,
        Loss = Loss.SparseCategoricalCrossentropy,
        BatchSize = batch,
    };

    /// <summary>Batches of numbers from 0 to 1, and the class of each sample.</summary>
    public static (Tensor X, Tensor Y)[] Classified(int batch, int classes, params int[] shape)
    {
        Random random = new(1);
        int[] all = [batch, .. shape];
        return Many(() => (Tensor.From(Numbers(random, Size(all)), all), Tensor.From(Whole(random, batch, classes))));
    }

    /// <summary>Batches of 128 windows of 40 ids out of 57, and the one that follows.</summary>
    public static (Tensor X, Tensor Y)[] Characters()
    {
        Random random = new(1);
        return Many(() => (Tensor.From(Whole(random, 128 * 40, 57), 128, 40), Tensor.From(Whole(random, 128, 57))));
    }

    /// <summary>Batches of 32 windows of 24 numbers, and the one that follows.</summary>
    public static (Tensor X, Tensor Y)[] Series()
    {
        Random random = new(1);
        return Many(() => (Tensor.From(Numbers(random, 32 * 24), 32, 24, 1), Tensor.From(Numbers(random, 32).AsSpan(), 32, 1)));
    }

    /// <summary>Batches of 128 images, which are to be given back.</summary>
    public static (Tensor X, Tensor Y)[] Images()
    {
        Random random = new(1);
        return Many(() =>
        {
            Tensor images = Tensor.From(Numbers(random, 128 * 28 * 28), 128, 28, 28, 1);
            return (images, images);
        });
    }

    /// <summary>A step of training on each batch in turn.</summary>
    public static Action Training(Model model, FitOptions options, (Tensor X, Tensor Y)[] batches)
    {
        Trainer trainer = model.Trainer(options);
        int turn = 0;
        return () =>
        {
            (Tensor x, Tensor y) = batches[turn++ % batches.Length];
            trainer.TrainOnBatch(x, y);
        };
    }

    /// <summary>One epoch of (a) by <c>Fit</c>: rows shuffled anew each time, the loss and the accuracy of the epoch read.</summary>
    public static Action EpochA()
    {
        Random random = new(1);
        Model model = MlpA();
        Tensor x = Tensor.From(Numbers(random, EpochRows * 784), EpochRows, 784);
        Dataset rows = Dataset.Of(x, Tensor.From(Whole(random, EpochRows, 10)));
        FitOptions options = Classify(Optimizer.RmsProp(), 64) with { Metrics = [Metric.Accuracy] };
        int seed = 0;
        return () => model.Fit(rows, options with { Seed = Key.Of(++seed) });
    }

    /// <summary>The prediction of one row, from numbers to numbers.</summary>
    public static Action Predicting(Model model)
    {
        Predictor predictor = model.Predictor();
        float[] row = Numbers(new Random(1), Size(model.InputShape)), result = new float[Size(model.OutputShape)];
        return () => predictor.Predict(row, result);
    }

    private static (Tensor, Tensor)[] Many(Func<(Tensor, Tensor)> make) =>
        [.. Enumerable.Range(0, Batches).Select(_ => make())];

    private static float[] Numbers(Random random, int count)
    {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++)
            numbers[i] = random.NextSingle();
        return numbers;
    }

    private static int[] Whole(Random random, int count, int below)
    {
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++)
            numbers[i] = random.Next(below);
        return numbers;
    }

    private static int Size(int[] shape) => shape.Aggregate(1, (product, length) => product * length);
}
