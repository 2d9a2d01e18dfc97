namespace Functional.CSharp.Tests;

public static class GraphTests
{
    private static Model Autoencoder() =>
        Network.Input(8)
            .Block("encoder", n => n.Dense(6, Activation.Relu).Dense(2))
            .Block("decoder", n => n.Dense(6, Activation.Relu).Dense(8, Activation.Sigmoid))
            .Build(seed: 1);

    [Tests]
    public static Test Tests => List("Graph",
        Case("Two outputs share the layers they have in common", () =>
        {
            var x = Input.Of(8, 8, 1).Named("image");
            var code = x.Conv2D(4, 3, Activation.Relu).Flatten().Dense(5).Named("code");
            var model = Network.Model(
                inputs: [x],
                outputs: [code.Dense(64, Activation.Sigmoid), code.Dense(10, Activation.Softmax)]).Build(1);
            Expect.Equal(4 * 9 + 4 + (144 * 5 + 5) + (5 * 64 + 64) + (5 * 10 + 10), model.ParameterCount);
            Expect.Equal(["conv2d", "flatten", "code", "dense", "dense_1"], model.Layers.Select(layer => layer.Path));
            Expect.Equal(["image"], model.InputNames);
            var image = Tensor.Ones(2, 8, 8, 1);
            var results = model.PredictAll(image);
            Expect.Equal([2, 64], results[0].Shape);
            Expect.Equal([2, 10], results[1].Shape);

            var encoder = model.Until("code");
            Expect.Equal([5], encoder.OutputShape);
            var maps = model.Outputs("conv2d", "code").PredictAll(image);
            Expect.Equal([2, 6, 6, 4], maps[0].Shape);
            Expect.True(Tensor.SameElements(encoder.Predict(image), maps[1]));
            Expect.Contains("Connected to", model.Summary());
        }),

        Case("Numbers and categories are joined", () =>
        {
            var ids = Input.Of(4).Named("ids");
            var numbers = Input.Of(3).Named("numbers");
            var text = ids.Embedding(10, 5).Lstm(6);
            var price = text.Concatenate(numbers.Dense(4, Activation.Relu)).Dense(1).Named("price");
            var model = Network.Model([ids, numbers], [price]).Build(2);
            Expect.Equal(["ids", "numbers"], model.InputNames);
            Expect.Equal(["price"], model.OutputNames);
            var y = model.PredictAll(Tensor.Of(1f, 2f, 3f, 4f).Reshape(1, 4), Tensor.Ones(1, 3));
            Expect.Equal([1, 1], y[0].Shape);
            Expect.Throws<FunctionalException>(() => model.PredictAll(Tensor.Ones(1, 3)));
            Expect.Throws<FunctionalException>(() => price.Build(1));
            Expect.Throws<FunctionalException>(() => Network.Model([ids], [price]));
        }),

        Case("A siamese pair shares its weights", () =>
        {
            Network left = Input.Of(3), right = Input.Of(3);
            var tower = Network.Shared(n => n.Dense(4, Activation.Tanh));
            var model = Network.Model(
                [left, right], [left.Append(tower).Multiply(right.Append(tower)).Dense(1)]).Build(3);
            Expect.Equal(3 * 4 + 4 + 4 + 1, model.ParameterCount);
            Tensor a = Tensor.Of(1f, 2f, 3f).Reshape(1, 3), b = Tensor.Of(3f, 1f, 0f).Reshape(1, 3);
            Expect.True(Tensor.SameElements(model.PredictAll(a, b)[0], model.PredictAll(b, a)[0]));
        }),

        Case("An encoder-decoder takes two inputs", () =>
        {
            Network source = Input.Of(5, 3), target = Input.Of(4, 2);
            var context = source.Lstm(6).RepeatVector(4);
            var next = target.Concatenate(context).Lstm(6).Dense(2, Activation.Softmax);
            var model = Network.Model([source, target], [next]).Build(4);
            Expect.Equal([2, 2], model.PredictAll(Tensor.Ones(2, 5, 3), Tensor.Ones(2, 4, 2))[0].Shape);
        }),

        Case("Encoder and decoder are parts of a trained model", () =>
        {
            var model = Autoencoder();
            Model encoder = model.Part("encoder"), decoder = model.Part("decoder");
            var x = Tensor.Ones(3, 8);
            Expect.True(Tensor.SameElements(model.Predict(x), decoder.Predict(encoder.Predict(x))));
            Expect.Equal("dense", model.Layer("encoder/dense").Kind);
            Expect.Equal(4, model.LayersOfKind("dense").Count);
            Expect.Throws<FunctionalException>(() => model.Until("head"));
        }),

        Case("Parts are frozen and thawed, weights copied and set", () =>
        {
            var model = Autoencoder();
            var frozen = model.Freeze("encoder");
            Expect.All(frozen.Weights.Where(w => w.Name.StartsWith("encoder")), w => Expect.False(w.Trainable));
            Expect.True(frozen.Weights.Any(w => w.Trainable));
            Expect.True(frozen.Thaw("encoder").Weights.All(w => w.Trainable));

            var other = Network.Input(8)
                .Block("encoder", n => n.Dense(6, Activation.Relu).Dense(2)).Dense(3).Build(seed: 9);
            var copied = other.CopyWeights("encoder", model);
            var x = Tensor.Ones(1, 8);
            Expect.True(Tensor.SameElements(copied.Part("encoder").Predict(x), model.Part("encoder").Predict(x)));
            var weights = model.Weights.Select(w => KeyValuePair.Create(w.Name, w.Value));
            other.WithWeightsInPart(weights, out var report);
            Expect.Equal(4, report.Loaded.Count);
            Expect.Equal(["dense/kernel", "dense/bias"], report.Missing);
            Expect.Equal(4, report.Unexpected.Count);
            var set = other.WithWeight("dense/bias", [1, 2, 3]);
            Expect.Equal([1f, 2f, 3f], set.Weights.Single(w => w.Name == "dense/bias").Value.ToArray());
        }),

        Case("A model computes in float64, and in training mode", () =>
        {
            var model = Network.Input(4).Dropout(0.5).Build(1);
            var wide = Network.Input(4).Dense(2).Build(1).Cast(DType.Float64);
            Expect.Equal(DType.Float64, wide.Predict(Tensor.Ones(1, 4)).DType);
            var (outputs, next) = model.ApplyTraining(3, Tensor.Ones(1, 4));
            Expect.Contains(0f, outputs[0].ToArray());
            Expect.Equal(0, next.ParameterCount);
        }),

        Case("A layer registered by its user is saved and loaded", () =>
        {
            static Network Scale(Network n) => n.Custom(
                "csharp_scale", (_, shape) => [("gain", Tensor.Full(2, shape))], (p, x) => p["gain"] * x);
            Network.RegisterLayer("csharp_scale", Scale);
            var model = Scale(Network.Input(3)).Build(1);
            var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");
            try
            {
                model.Save(path);
                Expect.Equal([2f, 4f, 6f], Model.Load(path).Predict([1f, 2f, 3f]));
            }
            finally
            {
                File.Delete(path);
            }
        }),

        Case("A null row is a clear error", () =>
        {
            var model = Network.Input(2).Dense(1).Build(1);
            var error = Expect.Throws<FunctionalException>(() => model.Predict(new float[][] { [1, 2], null! }));
            Expect.Contains("samples[1]", error.Message);
        }));
}
