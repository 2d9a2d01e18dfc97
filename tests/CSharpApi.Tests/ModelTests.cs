using System.Runtime.CompilerServices;
using Xunit;

namespace Functional.CSharp.Tests;

/// <summary>Models in use; what they learn is the matter of <see cref="TrainingTests"/>.</summary>
public class ModelTests
{
    private static readonly Model Small =
        Network.Input(3).Dense(4, Activation.Tanh).Dense(2, Activation.Softmax).Build(seed: 3);

    private static float[][] Samples(int count)
    {
        var numbers = Tensor.RandomNormal(5, [count, 3]);
        return numbers.ToRows();
    }

    private static string TemporaryFile(string name) =>
        Path.Combine(Directory.CreateTempSubdirectory("functional-").FullName, name);

    [Fact]
    public void Samples_may_come_in_any_form()
    {
        float[] sample = [0.1f, -0.2f, 0.3f];
        var expected = Small.Predict(Tensor.From(sample)).ToArray();
        Assert.Equal(2, expected.Length);
        Assert.Equal(expected, Small.Predict(sample));
        Assert.Equal(expected, Small.Predict(sample.AsSpan()));
        Assert.Equal(expected, Small.Predict(new ReadOnlyMemory<float>(sample)));
        Assert.Equal(expected, Small.Predict([sample])[0]);
        float[] converted = Small.Predict(Tensor.From(sample));
        Assert.Equal(expected, converted);
        Span<float> place = stackalloc float[2];
        Small.Predict(sample, place);
        Assert.Equal(expected, place.ToArray());
        Assert.Equal(expected[0] > expected[1] ? 0 : 1, Small.PredictClass(sample));
        Assert.Empty(Small.Predict(Array.Empty<float[]>()));
    }

    [Fact]
    public async Task Streams_are_read_as_results_are_asked_for()
    {
        var samples = Samples(70);
        var expected = Small.Predict(samples);
        var read = 0;
        IEnumerable<float[]> Source()
        {
            foreach (var sample in samples)
            {
                read++;
                yield return sample;
            }
        }

        var first = Small.Predict(Source(), batchSize: 16).Take(20).ToArray();
        Assert.Equal(32, read);
        AssertClose(expected.Take(20), first);
        AssertClose(expected, Small.Predict(Source(), 16));

        static async IAsyncEnumerable<float[]> Slowly(
            IEnumerable<float[]> samples, [EnumeratorCancellation] CancellationToken token = default)
        {
            foreach (var sample in samples)
            {
                await Task.Yield();
                token.ThrowIfCancellationRequested();
                yield return sample;
            }
        }

        var results = new List<float[]>();
        await foreach (var result in Small.Predict(Slowly(samples), 16, TestContext.Current.CancellationToken))
            results.Add(result);
        AssertClose(expected, results);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Small.Predict(Slowly(samples), 16, new CancellationToken(canceled: true)))
            {
            }
        });
    }

    private static void AssertClose(IEnumerable<float[]> expected, IEnumerable<float[]> actual)
    {
        Assert.All(expected.Zip(actual).SelectMany(rows => rows.First.Zip(rows.Second)), p => Assert.Equal(p.First, p.Second, 1e-6f));
        Assert.Equal(expected.Count(), actual.Count());
    }

    [Fact]
    public void Many_threads_may_use_one_model()
    {
        var samples = Samples(200);
        var expected = samples.Select(sample => Small.Predict(sample)).ToArray();
        var found = new float[samples.Length][];
        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        Parallel.For(0, samples.Length, eight, i => found[i] = Small.Predict(samples[i]));
        Assert.Equal(expected, found);
    }

    [Fact]
    public void A_sample_of_another_size_is_refused()
    {
        var error = Assert.Throws<FunctionalException>(() => Small.Predict([1f, 2f]));
        Assert.Equal("Model.Predict: sample length = 2 is not the size of a sample, which is 3: its shape is [3].", error.Message);
        Assert.Throws<FunctionalException>(() => Small.Predict(Tensor.Zeros(2, 4)));
        Assert.Throws<FunctionalException>(() => Small.Predict(Samples(2), batchSize: 0).ToArray());
    }

    [Fact]
    public void A_saved_model_gives_the_same_predictions()
    {
        var path = TemporaryFile("model.zip");
        var samples = Tensor.RandomNormal(9, [10, 3]);
        var model = Network.Input(3)
            .Dense(4).BatchNormalization().PRelu().Residual(n => n.Dense(4, Activation.Relu)).Dense(2, Activation.Softmax)
            .Build(seed: 3).Named("saved");
        model.Save(path);
        var loaded = Model.Load(path);
        Assert.Equal("saved", loaded.Name);
        Assert.Equal(model.Predict(samples).ToArray(), loaded.Predict(samples).ToArray());
        Assert.Equal(model.Summary(), loaded.Summary());
        File.WriteAllText(path, "nothing");
        Assert.StartsWith(path, Assert.Throws<FunctionalException>(() => Model.Load(path)).Message);
    }

    [Theory]
    [InlineData("weights.npz")]
    [InlineData("weights.safetensors")]
    public void Saved_weights_come_back(string name)
    {
        var path = TemporaryFile(name);
        Small.SaveWeights(path);
        var network = Network.Input(3).Dense(4, Activation.Tanh).Dense(2, Activation.Softmax);
        var other = network.Build(seed: 8);
        var samples = Tensor.RandomNormal(9, [10, 3]);
        Assert.NotEqual(Small.Predict(samples).ToArray(), other.Predict(samples).ToArray());
        Assert.Equal(Small.Predict(samples).ToArray(), other.LoadWeights(path).Predict(samples).ToArray());
        Assert.Throws<FunctionalException>(() => Network.Input(3).Dense(4).Build(1).LoadWeights(path));
    }

    [Fact]
    public void Weights_have_the_same_names_in_files_and_in_models()
    {
        var path = TemporaryFile("weights.npz");
        foreach (var model in (Model[])[Small, Network.Input(2).Dense(1).Build(1), Network.Input(2).Dense(1).Named("line").Build(1)])
        {
            model.SaveWeights(path);
            Assert.Equal(model.Weights.Select(w => w.Name).Order(), Npy.LoadArchive(path).Keys.Order());
            Assert.Equal(Numbers(model), Numbers(model.LoadWeights(path)));
            model.Save(path);
            Assert.Equal(model.Weights.Select(w => w.Name), Model.Load(path).Weights.Select(w => w.Name));
        }
    }

    private static IEnumerable<float[]> Numbers(Model model) => model.Weights.Select(w => w.Value.ToArray());

    [Fact]
    public void Weights_have_names_and_can_be_replaced()
    {
        Assert.Equal(["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"], Small.Weights.Select(w => w.Name));
        var zero = Small.WithWeights(Small.Weights.Select(w => KeyValuePair.Create(w.Name, Tensor.ZerosLike(w.Value))));
        Assert.Equal([0.5f, 0.5f], zero.Predict([1f, 2f, 3f]));
        Assert.Throws<FunctionalException>(() => Small.WithWeights(new Dictionary<string, Tensor> { ["x"] = Tensor.Zeros(1) }));
    }

    [Fact]
    public void Tensors_are_kept_in_files()
    {
        var tensors = new Dictionary<string, Tensor> { ["b"] = Tensor.Arange(5), ["a"] = Tensor.RandomNormal(1, [2, 3]) };
        void Check(IReadOnlyDictionary<string, Tensor> read)
        {
            Assert.Equal(tensors.Keys.Order(), read.Keys.Order());
            Assert.All(tensors, tensor => Assert.True(Tensor.SameElements(tensor.Value, read[tensor.Key])));
        }

        var (npz, safetensors, npy) = (TemporaryFile("x.npz"), TemporaryFile("x.safetensors"), TemporaryFile("x.npy"));
        Npy.SaveArchive(npz, tensors);
        Check(Npy.LoadArchive(npz));
        Npy.SaveArchive(npz, tensors, compressed: true);
        Check(Npy.LoadArchive(npz));
        Safetensors.Save(safetensors, tensors, new Dictionary<string, string> { ["about"] = "a test" });
        Check(Safetensors.Load(safetensors));
        Assert.Equal("a test", Safetensors.LoadMetadata(safetensors)["about"]);
        Npy.Save(npy, tensors["a"]);
        Assert.True(Tensor.SameElements(tensors["a"], Npy.Load(npy)));
        Assert.Throws<FunctionalException>(() => Npy.Load(TemporaryFile("none.npy")));
    }

    [Fact]
    public void A_model_is_a_function_that_can_be_differentiated()
    {
        var x = Tensor.Of(0.1f, -0.2f, 0.3f);
        var jacobian = Derivative.Jacobian(Small.Apply, x);
        Assert.Equal([2, 3], jacobian.Shape);
        // the outputs of a softmax add up to one, so their slopes add up to nothing
        Assert.All(jacobian.Sum(0).ToArray(), slope => Assert.Equal(0, slope, 1e-6));
    }

    [Fact]
    public void The_summary_shows_layers_shapes_and_sizes()
    {
        var summary = Small.Summary();
        Assert.Contains("dense_1 (Dense)", summary);
        Assert.Contains("(None, 4)", summary);
        Assert.Contains("Total params: 26 (104.00 B)", summary);
        Assert.Equal(26, Small.ParameterCount);
    }
}
