namespace Functional.CSharp.Tests;

public static class VariableOptionTests
{
    private static readonly Dataset Points = Dataset.Of(
        Tensor.RandomNormal(1, [40, 3]), Tensor.RandomNormal(2, [40, 2]));

    private static readonly FitOptions Options = new()
    {
        Loss = Loss.MeanSquaredError,
        Epochs = 2,
        BatchSize = 40,
        Optimizer = Optimizer.Sgd(0.1),
    };

    [Tests]
    public static Test Tests => List("VariableOptions",
        Case("Constraints are those of Keras", () =>
        {
            var w = Tensor.Of(3f, -4f).Reshape(2, 1);
            Near([1.2f, -1.6f], Constraint.MaxNorm().Apply(w));
            Near([0.6f, -0.8f], Constraint.UnitNorm().Apply(w));
            Near([3f, 0f], Constraint.NonNeg.Apply(w));
            Near([0.6f, -0.8f], Constraint.MinMaxNorm().Apply(w));
            Near([2f, -2f], Constraint.MaxNorm(2, 1).Apply(w));
            Near([-3f, 4f], Constraint.Of("opposite", x => -x).Apply(w));
            Expect.Contains("limit = -1", Expect.Throws<FunctionalException>(() => Constraint.MaxNorm(-1)).Message);
        }),

        Case("A fit keeps constraints, and saved models have them", () =>
        {
            var options = new DenseOptions { KernelConstraint = Constraint.NonNeg, BiasConstraint = Constraint.MaxNorm(0.01) };
            var model = Network.Input(3).Dense(2, options: options).Build(1).Fit(Points, Options).Model;
            Expect.All(model.Weights[0].Value.ToArray(), w => Expect.True(w >= 0));
            var file = Path.GetTempFileName();
            model.Save(file);
            var again = Model.Load(file).Fit(Points, Options with { Epochs = 3 }).Model;
            File.Delete(file);
            Expect.All(again.Weights[0].Value.ToArray(), w => Expect.True(w >= 0));
            Expect.NotEqual(model.Weights[0].Value.ToArray(), again.Weights[0].Value.ToArray());
        }),

        Case("A step of ones own keeps constraints", () =>
        {
            var options = new DenseOptions { KernelConstraint = Constraint.NonNeg };
            var model = Network.Input(3).Dense(2, options: options).Build(1);
            var step = Step.Create(Optimizer.Sgd(0.1), (variables, run, batch) => model.Forward(variables, run, batch.Features).Mean())
                .WithConstraint(model.Constrain);
            var loop = new TrainingLoop([step], ModelVariables.Of(model), 3);
            loop.Run(step, Batch.Of(Points));
            Expect.All(loop.Variables["dense/kernel"].ToArray(), w => Expect.True(w >= 0));
        }),

        Case("Penalties on results are added to the loss", () =>
        {
            double LossOf(Regularizer? penalty) =>
                Network.Input(3).Dense(2, options: new DenseOptions { ActivityRegularizer = penalty }).Build(1).Evaluate(Points, Options).Loss!.Value;

            var output = Network.Input(3).Dense(2).Build(1).Predict(Points.Features);
            Expect.Equal(LossOf(null) + 0.1 * Tensor.Square(output).Sum().ToArray()[0], LossOf(Regularizer.L2(0.1)), 1e-3);
            var own = Network.Input(3).Dense(2).Custom(
                "cost", (Key _, int[] _) => new LayerStart(), call => new LayerResult(call.Input, Loss: Tensor.Square(call.Input).Sum() * 0.1));
            Expect.Equal(LossOf(Regularizer.L2(0.1)), own.Build(1).Evaluate(Points, Options).Loss!.Value, 1e-5);
        }),

        Case("Tensors and names are initializers", () =>
        {
            var kernel = Tensor.Of(1f, 2f, 3f).Reshape(3, 1);
            var options = new DenseOptions { KernelInitializer = Initializer.OfTensor(kernel) };
            Expect.Equal([14f], Network.Input(3).Dense(1, options: options).Build(1).Predict([1f, 2f, 3f]));
            var named = Network.Input(3).LayerOfName(
                "Dense", ("units", 2), ("kernel_initializer", "ones"), ("kernel_constraint", Constraint.MaxNorm(1)));
            Expect.Equal([6f, 6f], named.Build(1).Predict([1f, 2f, 3f]));
            Expect.Equal("he_normal", Initializer.OfName("HeNormal").ToString());
            var scaled = Initializer.VarianceScaling([0], [1, 2], 2, FanMode.FanOut, InitialDistribution.Uniform);
            Expect.Equal([4, 2, 3], scaled.Draw(1, 4, 2, 3).Shape);
            Expect.Equal("orthogonal_regularizer", Regularizer.Orthogonal(0.1, OrthogonalMode.Columns).ToString());
        }));

    private static void Near(float[] expected, Tensor actual)
    {
        var found = actual.ToArray();
        Expect.Equal(expected.Length, found.Length);
        for (var i = 0; i < found.Length; i++)
            Expect.Equal(expected[i], found[i], 1e-5f);
    }
}
