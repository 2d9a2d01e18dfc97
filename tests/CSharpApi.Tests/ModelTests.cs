using System.Runtime.CompilerServices;

namespace Functional.CSharp.Tests;

/// <summary>Models in use; what they learn is the matter of <see cref="TrainingTests"/>.</summary>
public static class ModelTests
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

    private static void AssertClose(IEnumerable<float[]> expected, IEnumerable<float[]> actual)
    {
        Expect.All(expected.Zip(actual).SelectMany(rows => rows.First.Zip(rows.Second)), p => Expect.Equal(p.First, p.Second, 1e-6f));
        Expect.Equal(expected.Count(), actual.Count());
    }

    private static IEnumerable<float[]> Numbers(Model model) => model.Weights.Select(w => w.Value.ToArray());

    [Tests]
    public static Test Tests => List("Model",
        Case("Samples may come in any form", () =>
        {
            float[] sample = [0.1f, -0.2f, 0.3f];
            var expected = Small.Predict(Tensor.From(sample)).ToArray();
            Expect.Equal(2, expected.Length);
            Expect.Equal(expected, Small.Predict(sample));
            Expect.Equal(expected, Small.Predict(sample.AsSpan()));
            Expect.Equal(expected, Small.Predict(new ReadOnlyMemory<float>(sample)));
            Expect.Equal(expected, Small.Predict([sample])[0]);
            float[] converted = Small.Predict(Tensor.From(sample));
            Expect.Equal(expected, converted);
            Span<float> place = stackalloc float[2];
            Small.Predict(sample, place);
            Expect.Equal(expected, place.ToArray());
            Expect.Equal(expected[0] > expected[1] ? 0 : 1, Small.PredictClass(sample));
            Expect.Empty(Small.Predict(Array.Empty<float[]>()));
        }),

        Case("Streams are read as results are asked for", async () =>
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
            Expect.Equal(32, read);
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
            await foreach (var result in Small.Predict(Slowly(samples), 16, CancellationToken.None))
                results.Add(result);
            AssertClose(expected, results);
            await Expect.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (var _ in Small.Predict(Slowly(samples), 16, new CancellationToken(canceled: true)))
                {
                }
            });
        }),

        Case("Many threads may use one model", () =>
        {
            var samples = Samples(200);
            var expected = samples.Select(sample => Small.Predict(sample)).ToArray();
            var found = new float[samples.Length][];
            var eight = new ParallelOptions { MaxDegreeOfParallelism = 8 };
            Parallel.For(0, samples.Length, eight, i => found[i] = Small.Predict(samples[i]));
            Expect.Equal(expected, found);
        }),

        Case("A sample of another size is refused", () =>
        {
            var error = Expect.Throws<FunctionalException>(() => Small.Predict([1f, 2f]));
            Expect.Equal("Model.Predict: sample length = 2 is not the size of a sample, which is 3: its shape is [3].", error.Message);
            Expect.Throws<FunctionalException>(() => Small.Predict(Tensor.Zeros(2, 4)));
            Expect.Throws<FunctionalException>(() => Small.Predict(Samples(2), batchSize: 0).ToArray());
        }),

        Case("A saved model gives the same predictions", () =>
        {
            var path = TemporaryFile("model.zip");
            var samples = Tensor.RandomNormal(9, [10, 3]);
            var model = Network.Input(3)
                .Dense(4).BatchNormalization().PRelu().Residual(n => n.Dense(4, Activation.Relu)).Dense(2, Activation.Softmax)
                .Build(seed: 3).Named("saved");
            model.Save(path);
            var loaded = Model.Load(path);
            Expect.Equal("saved", loaded.Name);
            Expect.Equal(model.Predict(samples).ToArray(), loaded.Predict(samples).ToArray());
            Expect.Equal(model.Summary(), loaded.Summary());
            File.WriteAllText(path, "nothing");
            Expect.StartsWith(path, Expect.Throws<FunctionalException>(() => Model.Load(path)).Message);
        }),

        Case("Weights have the same names in files and in models", () =>
        {
            var path = TemporaryFile("weights.npz");
            foreach (var model in (Model[])[Small, Network.Input(2).Dense(1).Build(1), Network.Input(2).Dense(1).Named("line").Build(1)])
            {
                model.SaveWeights(path);
                Expect.Equal(model.Weights.Select(w => w.Name).Order(), Npy.LoadArchive(path).Keys.Order());
                Expect.Equal(Numbers(model), Numbers(model.LoadWeights(path)));
                model.Save(path);
                Expect.Equal(model.Weights.Select(w => w.Name), Model.Load(path).Weights.Select(w => w.Name));
            }
        }),

        Case("Weights have names and can be replaced", () =>
        {
            Expect.Equal(["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"], Small.Weights.Select(w => w.Name));
            var zero = Small.WithWeights(Small.Weights.Select(w => KeyValuePair.Create(w.Name, Tensor.ZerosLike(w.Value))));
            Expect.Equal([0.5f, 0.5f], zero.Predict([1f, 2f, 3f]));
            Expect.Throws<FunctionalException>(() => Small.WithWeights(new Dictionary<string, Tensor> { ["x"] = Tensor.Zeros(1) }));
        }),

        Case("Tensors are kept in files", () =>
        {
            var tensors = new Dictionary<string, Tensor> { ["b"] = Tensor.Arange(5), ["a"] = Tensor.RandomNormal(1, [2, 3]) };
            void Check(IReadOnlyDictionary<string, Tensor> read)
            {
                Expect.Equal(tensors.Keys.Order(), read.Keys.Order());
                Expect.All(tensors, tensor => Expect.True(Tensor.SameElements(tensor.Value, read[tensor.Key])));
            }

            var (npz, safetensors, npy) = (TemporaryFile("x.npz"), TemporaryFile("x.safetensors"), TemporaryFile("x.npy"));
            Npy.SaveArchive(npz, tensors);
            Check(Npy.LoadArchive(npz));
            Npy.SaveArchive(npz, tensors, compressed: true);
            Check(Npy.LoadArchive(npz));
            Safetensors.Save(safetensors, tensors, new Dictionary<string, string> { ["about"] = "a test" });
            Check(Safetensors.Load(safetensors));
            Expect.Equal("a test", Safetensors.LoadMetadata(safetensors)["about"]);
            Npy.Save(npy, tensors["a"]);
            Expect.True(Tensor.SameElements(tensors["a"], Npy.Load(npy)));
            Expect.Throws<FunctionalException>(() => Npy.Load(TemporaryFile("none.npy")));
        }),

        Case("A model is a function that can be differentiated", () =>
        {
            var x = Tensor.Of(0.1f, -0.2f, 0.3f);
            var jacobian = Derivative.Jacobian(Small.Apply, x);
            Expect.Equal([2, 3], jacobian.Shape);
            // the outputs of a softmax add up to one, so their slopes add up to nothing
            Expect.All(jacobian.Sum(0).ToArray(), slope => Expect.Equal(0, slope, 1e-6));
        }),

        Case("The summary shows layers shapes and sizes", () =>
        {
            var summary = Small.Summary();
            Expect.Contains("dense_1 (Dense)", summary);
            Expect.Contains("(None, 4)", summary);
            Expect.Contains("Total params: 26 (104.00 B)", summary);
            Expect.Equal(26, Small.ParameterCount);
        }),

        List("Saved weights come back", [.. new[] { "weights.npz", "weights.safetensors" }.Select(name => Case(name, () =>
        {
            var path = TemporaryFile(name);
            Small.SaveWeights(path);
            var network = Network.Input(3).Dense(4, Activation.Tanh).Dense(2, Activation.Softmax);
            var other = network.Build(seed: 8);
            var samples = Tensor.RandomNormal(9, [10, 3]);
            Expect.NotEqual(Small.Predict(samples).ToArray(), other.Predict(samples).ToArray());
            Expect.Equal(Small.Predict(samples).ToArray(), other.LoadWeights(path).Predict(samples).ToArray());
            Expect.Throws<FunctionalException>(() => Network.Input(3).Dense(4).Build(1).LoadWeights(path));
        }))]));
}
