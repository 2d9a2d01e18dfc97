
namespace Functional.CSharp.Tests;

public static class ImageLayerTests
{
    [Tests]
    public static Test Tests => List("ImageLayer",
        Case("Transposed convolutions of tensors are adjoints of convolutions", () =>
        {
            static void Adjoint(Tensor x, Tensor y, Func<Tensor, Tensor> transpose)
            {
                Tensor r = Tensor.RandomNormal(Key.Of(9), y.Shape);
                Expect.Equal((y * r).Sum().ToDouble(), (x * transpose(r)).Sum().ToDouble(), 1e-3);
            }

            Tensor sequences = Tensor.RandomNormal(Key.Of(1), [2, 9, 3]), k1 = Tensor.RandomNormal(Key.Of(2), [3, 3, 4]);
            Adjoint(sequences, sequences.Conv1D(k1, strides: 2), r => r.Conv1DTranspose(k1, 9, strides: 2));
            Tensor images = Tensor.RandomNormal(Key.Of(3), [2, 7, 6, 3]), k2 = Tensor.RandomNormal(Key.Of(4), [3, 2, 3, 4]);
            Adjoint(
                images,
                images.Conv2D(k2, (2, 1), Padding.Same),
                r => r.Conv2DTranspose(k2, (7, 6), (2, 1), Padding.Same));
            Tensor volumes = Tensor.RandomNormal(Key.Of(5), [2, 5, 6, 4, 2]), k3 = Tensor.RandomNormal(Key.Of(6), [2, 3, 1, 2, 3]);
            Adjoint(
                volumes,
                volumes.Conv3D(k3, (1, 2, 1), Padding.Same),
                r => r.Conv3DTranspose(k3, (5, 6, 4), (1, 2, 1), Padding.Same));
        }),

        Case("Images go through every layer", () =>
        {
            var model = Network.Input(28, 28, 1)
                .Conv2D(8, 3, Activation.Relu)
                .Conv2D(8, (3, 5), Activation.Relu, new Conv2DOptions { Padding = Padding.Same, Groups = 2 })
                .MaxPooling2D()
                .DepthwiseConv2D(3, options: new DepthwiseConv2DOptions { DepthMultiplier = 2, UseBias = false })
                .AveragePooling2D(poolSize: 3, strides: 2, padding: Padding.Same)
                .ZeroPadding2D().ZeroPadding2D((0, 1)).ZeroPadding2D(1, 0, 2, 0)
                .UpSampling2D().UpSampling2D((1, 2), Interpolation.Bilinear)
                .Conv2DTranspose(4, 3, Activation.Tanh, new Conv2DTransposeOptions { Strides = 2, OutputPadding = (1, 0) })
                .GlobalAveragePooling2D()
                .Dense(10, Activation.Softmax)
                .Build(1);
            Expect.Equal([10], model.OutputShape);
            Expect.Equal([2, 10], model.Predict(Tensor.Ones(2, 28, 28, 1)).Shape);
            Expect.Equal(
                [3, 5, 4, 8], model.Weights.Single(weight => weight.Name == "conv2d_1/kernel").Value.Shape);
            Expect.Contains("average_pooling2d (AveragePooling2D)", model.Summary());
            Expect.Equal([5], Network.Input(4, 6, 5).GlobalMaxPooling2D().OutputShape);
            Expect.Equal([1, 1, 5], Network.Input(4, 6, 5).GlobalMaxPooling2D(keepDims: true).OutputShape);
        }),

        Case("The convolutional network of the example has its known number of parameters", () =>
        {
            var model = Network.Input(28, 28, 1)
                .Conv2D(32, 3, Activation.Relu).Conv2D(32, 3, Activation.Relu).MaxPooling2D()
                .Conv2D(64, 3, Activation.Relu).Conv2D(64, 3, Activation.Relu).MaxPooling2D()
                .Conv2D(64, 3, Activation.Relu).MaxPooling2D()
                .Flatten().Dropout(0.5).Dense(10, Activation.Softmax)
                .Build(1);
            Expect.Equal(102_570, model.ParameterCount);
            var probabilities = model.Predict(Tensor.RandomNormal(1, [2, 28, 28, 1]));
            Expect.True(Tensor.AllClose(Tensor.Ones(2), probabilities.Sum(1), 1e-5, 1e-5));
        }),

        Case("Sequences go through every layer", () =>
        {
            var options = new Conv1DOptions { Padding = Padding.Causal, DilationRate = 2 };
            var network = Network.Input(16, 3)
                .Conv1D(4, 3, Activation.Relu, options)
                .MaxPooling1D().AveragePooling1D(3, strides: 1, Padding.Same).UpSampling1D().ZeroPadding1D(1, 0);
            Expect.Equal([17, 4], network.OutputShape);
            Expect.Equal([4], network.GlobalMaxPooling1D().OutputShape);
            Expect.Equal([1, 4], network.GlobalAveragePooling1D(keepDims: true).OutputShape);
            var model = network.Build(1);
            var x = Tensor.RandomNormal(1, [1, 16, 3]);
            var late = Tensor.Concat(1, x[.., ..^1], x[.., ^1..] + 1);
            // a causal convolution does not look ahead: only what comes of the last element changes
            var first = Network.Input(16, 3).Conv1D(4, 3, options: options).Build(2);
            Expect.True(Tensor.SameElements(first.Predict(x)[.., ..^1], first.Predict(late)[.., ..^1]));
            Expect.False(Tensor.SameElements(first.Predict(x), first.Predict(late)));
            Expect.Equal([1, 17, 4], model.Predict(x).Shape);
        }),

        Case("Volumes go through every layer", () =>
        {
            var model = Network.Input(8, 9, 10, 2)
                .Conv3D(4, 3, Activation.Relu, new Conv3DOptions { Padding = Padding.Same, Strides = (1, 2, 1), Groups = 2 })
                .MaxPooling3D()
                .AveragePooling3D((1, 2, 1), strides: 1, padding: Padding.Same)
                .ZeroPadding3D().Cropping3D((1, 0, 1)).Cropping3D((0, 1), (0, 0), (1, 0)).ZeroPadding3D((0, 1), (0, 0), (1, 0))
                .UpSampling3D((1, 2, 2))
                .Conv3DTranspose(3, (2, 1, 2), options: new Conv3DTransposeOptions { Strides = 2, OutputPadding = (0, 1, 0) })
                .AdaptiveAveragePooling3D((2, 3, 2))
                .AdaptiveMaxPooling3D(2)
                .Build(1);
            Expect.Equal([2, 2, 2, 3], model.OutputShape);
            Expect.Equal([3, 2, 2, 2, 3], model.Predict(Tensor.RandomNormal(1, [3, 8, 9, 10, 2])).Shape);
            Expect.Equal([3, 3, 3, 1, 4], model.Weights.Single(weight => weight.Name == "conv3d/kernel").Value.Shape);
            Expect.Equal([1, 1, 1, 2], Network.Input(8, 9, 10, 2).GlobalMaxPooling3D(keepDims: true).OutputShape);
            Expect.Equal([2], Network.Input(8, 9, 10, 2).GlobalAveragePooling3D().OutputShape);
        }),

        Case("Transposed, depthwise and separable convolutions of sequences and images", () =>
        {
            var sequences = Network.Input(10, 3)
                .DepthwiseConv1D(3, options: new DepthwiseConv1DOptions { DepthMultiplier = 2, Padding = Padding.Same })
                .SeparableConv1D(4, 3, Activation.Relu, new SeparableConv1DOptions { Padding = Padding.Causal })
                .Conv1DTranspose(5, 3, options: new Conv1DTransposeOptions { Strides = 2, Padding = Padding.Same })
                .Cropping1D(2, 1)
                .AdaptiveMaxPooling1D(4).AdaptiveAveragePooling1D(2);
            Expect.Equal([2, 5], sequences.OutputShape);
            var images = Network.Input(9, 9, 16).SeparableConv2D(
                32, 3, options: new SeparableConv2DOptions { PointwiseRegularizer = Regularizer.L2(0.1) });
            Expect.Equal([7, 7, 32], images.OutputShape);
            Expect.Equal((9 * 16) + (16 * 32) + 32, images.Build(1).ParameterCount);
            Expect.Equal([2, 2, 8], Network.Input(9, 9, 8).AdaptiveAveragePooling2D(3).AdaptiveMaxPooling2D(2).OutputShape);
        }),

        Case("Channels in front give what channels behind give", () =>
        {
            const DataFormat First = DataFormat.ChannelsFirst;
            var last = Network.Input(8, 9, 3).Conv2D(4, 3).MaxPooling2D().UpSampling2D().ZeroPadding2D().Flatten().Build(1);
            var first = Network.Input(3, 8, 9)
                .Conv2D(4, 3, options: new Conv2DOptions { DataFormat = First })
                .MaxPooling2D(dataFormat: First).UpSampling2D(dataFormat: First).ZeroPadding2D(dataFormat: First)
                .Flatten(First)
                .Build(1);
            var x = Tensor.RandomNormal(1, [2, 8, 9, 3]);
            Expect.True(Tensor.SameElements(last.Predict(x), first.Predict(x.Transpose(0, 3, 1, 2))));
        }),

        Case("Images are augmented in training alone", () =>
        {
            var network = Network.Input(12, 12, 3)
                .RandomFlip(FlipMode.Horizontal)
                .RandomRotation(0.1, new ImageTransformOptions { FillMode = FillMode.Nearest })
                .RandomTranslation((-0.1, 0.2), 0.1)
                .RandomZoom(0.2).RandomZoom((-0.2, 0.1), 0.1)
                .RandomShear(0.2).RandomShear((0.1, 0.2), 0.1)
                .RandomContrast(0.2, valueRange: (-10, 10))
                .RandomBrightness(0.2, (-10, 10))
                .RandomErasing(new RandomErasingOptions { FillValue = 0, ValueRange = (-10, 10), Scale = (0.1, 0.2) });
            var x = Tensor.RandomNormal(1, [4, 12, 12, 3]);
            Expect.True(Tensor.SameElements(x, network.Build(1).Predict(x)));

            var model = network.Flatten().Dense(1).Build(1);
            double TrainingLoss(int seed)
            {
                var step = Step.Create(Optimizer.Sgd(0.1), (variables, run, batch) =>
                    Tensor.Mean(model.Forward(variables, run, batch.Features)));
                return new TrainingLoop([step], ModelVariables.Of(model), seed).Run(step, new Batch(x));
            }

            Expect.Equal(TrainingLoss(3), TrainingLoss(3));
            Expect.False(TrainingLoss(3) == TrainingLoss(4));
            Expect.False(TrainingLoss(3) == Tensor.Mean(model.Predict(x)).ToDouble());

            var named = Network.Input(12, 12, 3)
                .LayerOfName("RandomRotation", ("factor", new Bounds(0.25, 0.25)), ("interpolation", "nearest"))
                .LayerOfName("RandomZoom", ("height_factor", 0.2), ("fill_mode", "wrap"));
            Expect.Equal([12, 12, 3], named.OutputShape);

            var sized = Network.Input(12, 12, 3)
                .RandomCrop(10, 8).CenterCrop(8, 8)
                .Resizing(6, 5, new ResizingOptions { Interpolation = Interpolation.Lanczos3, Antialias = true })
                .Cropping2D(1).Cropping2D(0, 1, 0, 0);
            Expect.Equal([3, 3, 3], sized.OutputShape);
        }),

        Case("A model of images comes back from its file", () =>
        {
            var options = new Conv2DOptions { Strides = (2, 1), KernelRegularizer = Regularizer.L2(0.1) };
            var model = Network.Input(8, 8, 2)
                .Conv2D(4, 3, Activation.Relu, options)
                .MaxPooling2D((2, 1), padding: Padding.Same).UpSampling2D(2, Interpolation.Bilinear).Flatten().Dense(3)
                .Build(1);
            var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            try
            {
                model.Save(file);
                var x = Tensor.RandomNormal(2, [5, 8, 8, 2]);
                Expect.True(Tensor.SameElements(model.Predict(x), Model.Load(file).Predict(x)));
            }
            finally
            {
                File.Delete(file);
            }
        }),

        Case("What does not fit is told with the fix", () =>
        {
            var flat = Network.Input(784).Conv2D(8, 3);
            var error = Expect.Throws<FunctionalException>(() => flat.Build(1));
            Expect.Contains("put reshape [28; 28; 1] before it", error.Message);
            Expect.Throws<FunctionalException>(() => Network.Input(8, 8, 1).Conv2D(0, 3));
            Expect.Throws<FunctionalException>(() => Network.Input(8, 8, 1).MaxPooling2D(padding: Padding.Causal));
            var images = Network.Input(8, 8, 1);
            var unknown = Expect.Throws<FunctionalException>(() => images.MaxPooling2D(padding: (Padding)7));
            Expect.Contains("padding = 7 is none of its type's values", unknown.Message);
            Expect.Throws<FunctionalException>(() => Network.Input(8, 8, 1).UpSampling2D(2, (Interpolation)7));
        }),

        Case("Tensors are convolved and pooled", () =>
        {
            var x = Tensor.RandomNormal(1, [2, 6, 5, 3]);
            var kernel = Tensor.RandomNormal(2, [3, 3, 3, 4]);
            Expect.Equal([2, 4, 3, 4], x.Conv2D(kernel).Shape);
            Expect.Equal([2, 3, 5, 4], x.Conv2D(kernel, strides: (2, 1), padding: Padding.Same).Shape);
            Expect.Equal([2, 2, 1, 4], x.Conv2D(kernel, dilationRate: 2).Shape);
            var window = x[0, ..3, 1..4].Flatten().MatMul(kernel.Reshape(27, 4));
            Expect.True(Tensor.AllClose(window, x.Conv2D(kernel)[0, 0, 1], 1e-5, 1e-5));
            Expect.Equal(x[1, 2..4, 2..4, 1].Max().ToDouble(), x.MaxPool2D(2)[1, 1, 1, 1].ToDouble());
            Expect.Equal(x[1, 2..4, 2..4, 1].Mean().ToDouble(), x.AveragePool2D(2)[1, 1, 1, 1].ToDouble(), 1e-6);
            Expect.Equal([2, 6, 5, 3], x.MaxPool2D(3, strides: 1, padding: Padding.Same).Shape);
            var error = Expect.Throws<FunctionalException>(() => Tensor.Ones(4, 4).MaxPool2D(2));
            Expect.Equal(
                "Tensor.MaxPool2D: images = a tensor of 2 axes must have four; reshape it.", error.Message);
            Expect.Throws<FunctionalException>(() => x.Conv2D(Tensor.Ones(3, 3)));
            Expect.Throws<FunctionalException>(() => x.Conv2D(kernel, groups: 2));

            var sequence = Tensor.RandomNormal(3, [2, 7, 3]);
            var along = sequence.Conv1D(Tensor.RandomNormal(4, [3, 3, 5]), strides: 2, padding: Padding.Causal);
            Expect.Equal([2, 4, 5], along.Shape);
            Expect.Equal([2, 3, 3], sequence.MaxPool1D(2).Shape);
            Expect.Equal(sequence[0, 2..4, 1].Mean().ToDouble(), sequence.AveragePool1D(2)[0, 1, 1].ToDouble(), 1e-6);

            var volume = Tensor.RandomNormal(5, [1, 4, 5, 6, 2]);
            var solid = Tensor.RandomNormal(6, [2, 3, 2, 2, 3]);
            var block = volume[0, 1..3, ..3, 2..4].Flatten().MatMul(solid.Reshape(24, 3));
            Expect.True(Tensor.AllClose(block, volume.Conv3D(solid)[0, 1, 0, 2], 1e-5, 1e-5));
            Expect.Equal(volume[0, ..2, 2..4, 4.., 1].Max().ToDouble(), volume.MaxPool3D(2)[0, 0, 1, 2, 1].ToDouble());
            Expect.Equal([1, 4, 5, 6, 2], volume.AveragePool3D(3, strides: 1, padding: Padding.Same).Shape);
            Expect.Throws<FunctionalException>(() => volume.Conv1D(solid));
        }));
}
