using Functional.CSharp;

namespace Bench;

/// <summary>Our side's models of a course beyond (a) to (g): recurrent ones, a variational autoencoder, a GAN, batch normalization.</summary>
internal static class CourseModels
{
    private const int Batch = 128;
    private const int GanBatch = 64;
    private const int Code = 2;
    private const int Noise = 100;
    private const int Pixels = 784;

    /// <summary>(e) with gated recurrent units.</summary>
    public static Action TrainGru() => TrainCharacters(network => network.Gru(128));

    /// <summary>(e) with the plain recurrent layer.</summary>
    public static Action TrainSimpleRnn() => TrainCharacters(network => network.SimpleRnn(128));

    /// <summary>(d) with batch normalization after each convolution, before its relu.</summary>
    public static Action TrainNormalizedCnn()
    {
        Network network = Network.Input(28, 28, 1);
        (int Filters, bool Pools)[] layers = [(32, false), (32, true), (64, false), (64, true), (64, true)];
        foreach ((int filters, bool pools) in layers)
        {
            network = network.Conv2D(filters, 3).BatchNormalization().Activation(Activation.Relu);
            network = pools ? network.MaxPooling2D() : network;
        }

        Model model = network.Flatten().Dense(10, Activation.Softmax).Build(seed: 1);
        return Models.Training(model, Models.Classify(Optimizer.Adam(), Batch), Models.Classified(Batch, 10, 28, 28, 1));
    }

    /// <summary>The variational autoencoder 784-512-256-2-256-512-784: cross-entropy of the pixels and divergence of the code.</summary>
    public static Action TrainVariational()
    {
        Model encoder = Network.Input(Pixels).Dense(512, Activation.Relu).Dense(256, Activation.Relu).Dense(2 * Code).Build(seed: 1);
        Model decoder = Network.Input(Code).Dense(256, Activation.Relu).Dense(512, Activation.Relu).Dense(Pixels, Activation.Sigmoid).Build(seed: 2);
        Step step = Step.CreateWith(Optimizer.Adam(), (variables, run, batch) =>
        {
            Tensor[] parts = encoder.Forward(variables.Part("encoder"), run, batch.Features).SplitEqual(1, 2);
            Tensor mean = parts[0], logVariance = parts[1];
            Tensor code = mean + Tensor.Exp(logVariance / 2) * Tensor.RandomNormal(run.Key.Fold(1), [batch.Count, Code]);
            Tensor made = decoder.Forward(variables.Part("decoder"), run, code);
            Tensor divergence = (Tensor.Square(mean) + Tensor.Exp(logVariance) - 1 - logVariance).Sum(1).Mean() / 2;
            return (Loss.BinaryCrossentropy.Value(batch.Features, made) * Pixels + divergence, variables);
        });
        return Alternating(ModelVariables.Of(("encoder", encoder), ("decoder", decoder)), Batch, step);
    }

    /// <summary>A step of the discriminator and one of the generator, both of dense layers.</summary>
    public static Action TrainGan()
    {
        Activation leaky = Activation.LeakyRelu(0.2);
        BatchNormalizationOptions momentum = new() { Momentum = 0.8 };
        Network made = Network.Input(Noise);
        foreach (int units in (int[])[256, 512, 1024])
            made = made.Dense(units, leaky).BatchNormalization(momentum);
        Model generator = made.Dense(Pixels, Activation.Tanh).Build(seed: 1);
        Model discriminator = Network.Input(Pixels).Dense(512, leaky).Dense(256, leaky).Dense(1, Activation.Sigmoid).Build(seed: 2);

        Tensor Judged(ModelVariables variables, StepRun run, Tensor images, double label)
        {
            Tensor score = discriminator.Forward(variables.Part("discriminator"), run, images);
            return Loss.BinaryCrossentropy.Value(Tensor.FullLike(label, score), score);
        }

        Step discriminate = Step.CreateWith(Own("discriminator"), (variables, run, batch) =>
        {
            Tensor written = generator.Forward(variables.Part("generator"), run, Tensor.RandomNormal(run.Key.Fold(1), [GanBatch, Noise]));
            return ((Judged(variables, run, batch.Features, 1) + Judged(variables, run, written, 0)) / 2, variables);
        });
        Step generate = Step.CreateWith(Own("generator"), (variables, run, batch) =>
        {
            Tensor noise = Tensor.RandomNormal(run.Key.Fold(2), [GanBatch, Noise]);
            (Tensor[] written, ModelVariables next) = generator.ForwardTraining(variables.Part("generator"), run, noise);
            return (Judged(variables, run, written[0], 1), variables.WithPart("generator", next));
        });
        return Alternating(
            ModelVariables.Of(("generator", generator), ("discriminator", discriminator)), GanBatch, discriminate, generate);
    }

    /// <summary>The products and bytes of a step of the variational autoencoder.</summary>
    public static Work VariationalWork => Work.Training(
        Work.Adam, Batch * Pixels,
        Layer.Dense(Batch, Pixels, 512), Layer.Dense(Batch, 512, 256), Layer.Dense(Batch, 256, 2 * Code),
        Layer.Dense(Batch, Code, 256), Layer.Dense(Batch, 256, 512), Layer.Dense(Batch, 512, Pixels));

    /// <summary>The products and bytes of both steps of the GAN.</summary>
    public static Work GanWork
    {
        get
        {
            Layer[] generator =
            [
                Layer.Dense(GanBatch, Noise, 256), Layer.Dense(GanBatch, 256, 512), Layer.Dense(GanBatch, 512, 1024),
                Layer.Dense(GanBatch, 1024, Pixels),
            ];
            Layer[] Discriminator(int rows) => [Layer.Dense(rows, Pixels, 512), Layer.Dense(rows, 512, 256), Layer.Dense(rows, 256, 1)];
            // the generator's step also goes forward and backward through the discriminator, whose weights stay
            Work through = Work.Predicting(0, Discriminator(GanBatch));
            return Work.Training(Work.Adam, GanBatch * Noise, generator) + Work.Predicting(GanBatch * Noise, generator)
                + Work.Training(Work.Adam, GanBatch * Pixels, Discriminator(2 * GanBatch)) + through + through;
        }
    }

    private static Optimizer Own(string part) => Optimizer.ForPaths(([part], Optimizer.Adam(2e-4, beta1: 0.5)));

    private static Action TrainCharacters(Func<Network, Network> recurrent) => Models.Training(
        recurrent(Network.Input(40).CategoryEncoding(57, CategoryMode.OneHot)).Dense(57, Activation.Softmax).Build(seed: 1),
        Models.Classify(Optimizer.RmsProp(), Batch), Models.Characters());

    // each step on each batch in turn
    private static Action Alternating(ModelVariables variables, int rows, params Step[] steps)
    {
        TrainingLoop loop = new(steps, variables, seed: 3);
        Batch[] batches = [.. Models.Classified(rows, 10, Pixels).Select(each => new Batch(each.X))];
        int turn = 0;
        return () =>
        {
            Batch batch = batches[turn++ % batches.Length];
            foreach (Step step in steps)
                loop.Run(step, batch);
        };
    }
}
