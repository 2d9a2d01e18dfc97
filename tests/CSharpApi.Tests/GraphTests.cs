namespace Functional.CSharp.Tests;

public static class GraphTests
{
    private static Model Autoencoder() =>
        Network.Input(8)
            .Block("encoder", n => n.Dense(6, Activation.Relu).Dense(2))
            .Block("decoder", n => n.Dense(6, Activation.Relu).Dense(8, Activation.Sigmoid))
            .Build(seed: 1);

    /// <summary>Runs the action with the name of a file that is deleted afterwards.</summary>
    private static void WithFile(Action<string> action)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");
        try
        {
            action(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

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
            Expect.Equal(["numbers"], model.Layer("dense").ConnectedTo);
            Expect.Equal(["ids"], model.Layer("embedding").ConnectedTo);
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
            WithFile(path =>
            {
                model.Save(path);
                Expect.Equal([2f, 4f, 6f], Model.Load(path).Predict([1f, 2f, 3f]));
            });
        }),

        Case("Graphs of several inputs and outputs and of shared layers are saved and loaded", () =>
        {
            Network left = Input.Of(3).Named("left"), right = Input.Of(3).Named("right");
            var tower = Network.Shared(n => n.Dense(4, Activation.Tanh));
            Network a = left.Append(tower), b = right.Append(tower);
            var model = Network.Model(
                [left, right],
                [a.Subtract(b).Named("difference"), a.Maximum(b).Dense(2, Activation.Softmax).Named("class")]).Build(5);
            Expect.Equal(3 * 4 + 4 + 4 * 2 + 2, model.ParameterCount);
            Tensor x = Tensor.Of(1f, 2f, 3f).Reshape(1, 3), y = Tensor.Of(3f, 1f, 0f).Reshape(1, 3);
            WithFile(path =>
            {
                model.Save(path);
                var loaded = Model.Load(path);
                Expect.Equal(["left", "right"], loaded.InputNames);
                Expect.Equal(["difference", "class"], loaded.OutputNames);
                Expect.Equal(model.Summary(), loaded.ToString());
                var expected = model.PredictAll(x, y);
                var results = loaded.PredictAll(x, y);
                Expect.True(Tensor.SameElements(expected[0], results[0]));
                Expect.True(Tensor.SameElements(expected[1], results[1]));
                Expect.Equal(model.ParameterCount, loaded.ParameterCount);
            });
        }),

        Case("An encoder hands its states to a decoder", () =>
        {
            Network source = Input.Of(5, 3), target = Input.Of(4, 2);
            var states = source.LstmWithState(6).Results;
            Expect.Equal(3, states.Count);
            var every = new RecurrentOptions { ReturnSequences = true };
            var decoded = target.LstmWithState(6, (states[1], states[2]), every)[0];
            var model = Network.Model([source, target], [decoded.Dense(2, Activation.Softmax)]).Build(4);
            Tensor sources = Tensor.Ones(2, 5, 3), targets = Tensor.Ones(2, 4, 2);
            Expect.Equal([2, 4, 2], model.PredictAll(sources, targets)[0].Shape);
            var others = model.PredictAll(Tensor.Zeros(2, 5, 3), targets)[0];
            Expect.False(Tensor.SameElements(model.PredictAll(sources, targets)[0], others));

            var last = target.GruWithState(6, source.GruWithState(6).Results[1]);
            Expect.Equal([6], last[1].OutputShape);
            Expect.Throws<FunctionalException>(() => target.GruWithState(5, states[1]));
        }),

        Case("A trained model is a layer of others, called on symbols or appended", () =>
        {
            var tower = Network.Input(3).Dense(4, Activation.Tanh).Build(seed: 6).Named("tower");
            Network left = Input.Of(3), right = Input.Of(3);
            var distance = tower.Call(left)[0].Then(tower.Call(right)[0], (a, b) => Tensor.Abs(a - b));
            var model = Network.Model([left, right], [distance]).Build(7);
            Expect.Equal(["tower", "lambda"], model.Layers.Select(layer => layer.Path).Distinct());
            Expect.Equal(tower.ParameterCount, model.ParameterCount);
            Tensor x = Tensor.Of(1f, 2f, 3f).Reshape(1, 3), y = Tensor.Of(3f, 1f, 0f).Reshape(1, 3);
            var expected = Tensor.Abs(tower.Predict(x) - tower.Predict(y));
            Expect.True(Tensor.SameElements(expected, model.PredictAll(x, y)[0]));

            var classifier = Network.Input(3).Append(tower.Freeze("")).Dense(2, Activation.Softmax).Build(seed: 8);
            Expect.True(Tensor.SameElements(tower.Predict(x), classifier.Until("tower").Predict(x)));
            Expect.All(classifier.WeightsOf("tower"), weight => Expect.False(weight.Trainable));
            Expect.Equal(2, classifier.WeightsOf("dense").Count);
        }),

        Case("Models made of models are saved and loaded: chains of one layer, and graphs of several inputs", () =>
        {
            var encoder = Network.Input(8).Dense(3).Build(seed: 1).Named("encoder");
            Network a = Input.Of(3).Named("a"), b = Input.Of(3).Named("b");
            var inner = Network.Model([a, b], [a.Concatenate(b).Dense(2)]).Build(2).Named("inner");
            Network x = Input.Of(8).Named("x"), z = Input.Of(3).Named("z");
            var y = inner.Call(encoder.Call(x)[0], z)[0];
            var model = Network.Model([x, z], [y.Dense(1).Named("y")]).Build(3);
            Expect.Equal(["x", "z"], model.InputNames);
            Tensor left = Tensor.Ones(2, 8), right = Tensor.Ones(2, 3);
            var expected = inner.PredictAll(encoder.Predict(left), right)[0];
            Expect.True(Tensor.SameElements(expected, model.Until("inner").PredictAll(left, right)[0]));
            WithFile(path =>
            {
                model.Save(path);
                var loaded = Model.Load(path);
                Expect.Equal(model.Summary(), loaded.Summary());
                Expect.Equal(["x", "z"], loaded.InputNames);
                var again = loaded.PredictAll(left, right)[0];
                Expect.True(Tensor.SameElements(model.PredictAll(left, right)[0], again));
                model.Freeze("encoder").Save(path);
                var frozen = Model.Load(path);
                Expect.All(frozen.WeightsOf("encoder"), weight => Expect.False(weight.Trainable));
            });
        }),

        Case("Weights of a file are loaded in part, with a report", () =>
        {
            static Model WithHead(int classes, Key seed) =>
                Network.Input(8).Block("base", n => n.Dense(6, Activation.Relu).Dense(2)).Dense(classes).Build(seed);
            var trained = WithHead(3, 1);
            var target = WithHead(5, 2);
            WithFile(path =>
            {
                trained.Save(path);
                Expect.Throws<FunctionalException>(() => target.LoadWeights(path));
                Expect.Throws<FunctionalException>(() => target.LoadWeights(path, out _));
                var loaded = target.LoadWeights(path, out var report, skipMismatch: true);
                Expect.Equal(4, report.Loaded.Count);
                Expect.Equal(["dense/kernel", "dense/bias"], report.Mismatched);
                Expect.Equal(0, report.Missing.Count + report.Unexpected.Count);
                Expect.False(report.IsComplete);
                var x = Tensor.Ones(1, 8);
                Expect.True(Tensor.SameElements(trained.Part("base").Predict(x), loaded.Part("base").Predict(x)));
                Expect.True(WithHead(3, 9).LoadWeights(path, out var all).Weights.Count > 0 && all.IsComplete);
            });
        }),

        Case("Layers tell their options and shapes", () =>
        {
            var model = Network.Input(8, 8, 1).Conv2D(4, 3, Activation.Relu).Flatten().Dense(2).Build(1);
            var conv = model.Layers[0];
            Expect.Equal("conv2d", conv.Name);
            Expect.Equal(4, (int)conv.Settings["filters"]);
            Expect.Equal(new object[] { 3, 3 }, (object[])conv.Settings["kernel_size"]);
            Expect.Equal([8, 8, 1], conv.InputShapes.Single());
            Expect.Equal([6, 6, 4], conv.OutputShapes.Single());
        }),

        Case("A summary has the optimizer's numbers, and a graph the layers it connects", () =>
        {
            var x = Input.Of(4);
            var model = Network.Model(x, x.Dense(4).Add(x).Named("sum")).Build(1);
            Expect.Contains("sum (Add)", model.ToString());
            Expect.Contains("Connected to", model.ToString());
            Expect.Equal(["sum"], model.OutputNames);
            var data = Dataset.Of(Tensor.Ones(8, 4), Tensor.Zeros(8, 4));
            var run = model.Fit(data, new FitOptions { Optimizer = Optimizer.Adam(), Epochs = 1 });
            Expect.Contains("Optimizer params: 4", run.Model.Summary(run.State));
        }),

        Case("Layers and activations have their names in Keras", () =>
        {
            var model = Network.Input(8, 8, 1)
                .LayerOfName("Conv2D", ("filters", 4), ("kernel_size", 3), ("activation", "relu"))
                .LayerOfName("max_pooling2d", ("pool_size", new[] { 2, 2 }))
                .LayerOfName("flatten")
                .LayerOfName("dense", ("units", 2), ("kernel_regularizer", Regularizer.L2(0.1)))
                .Activation(Activation.OfName("leaky_relu"))
                .Build(seed: 1);
            var same = Network.Input(8, 8, 1)
                .Conv2D(4, 3, Activation.Relu)
                .MaxPooling2D(2)
                .Flatten()
                .Dense(2, options: new DenseOptions { KernelRegularizer = Regularizer.L2(0.1) })
                .Activation(Activation.LeakyRelu())
                .Build(seed: 1);
            Expect.Equal(same.Summary(), model.Summary());
            var image = Tensor.Ones(1, 8, 8, 1);
            Expect.True(Tensor.SameElements(same.Predict(image), model.Predict(image)));
            Expect.Contains(
                "'unit' is not one of a layer of kind dense",
                Expect.Throws<FunctionalException>(
                    () => Network.Input(2).LayerOfName("dense", ("units", 1), ("unit", 3))).Message);
            Expect.Contains(
                "is no setting",
                Expect.Throws<FunctionalException>(
                    () => Network.Input(2).LayerOfName("dense", ("units", DateTime.Now))).Message);
            Expect.Throws<FunctionalException>(() => Activation.OfName("rely"));
        }),

        Case("A null row is a clear error", () =>
        {
            var model = Network.Input(2).Dense(1).Build(1);
            var error = Expect.Throws<FunctionalException>(() => model.Predict(new float[][] { [1, 2], null! }));
            Expect.Contains("samples[1]", error.Message);
        }));
}
