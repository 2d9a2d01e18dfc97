namespace Functional.CSharp.Tests;

public static class CellTests
{
    private static readonly Tensor X = Tensor.RandomNormal(3, [2, 4, 3]);

    [Tests]
    public static Test Tests => List("Cells",
        Case("A loop over a cell is the layer of the cell", () =>
        {
            var layer = Network.Input(4, 3).Lstm(5).Build(1);
            var loop = Network.Input(4, 3).Rnn(Cell.Lstm(5)).Build(1);
            Expect.Equal(layer.ParameterCount, loop.ParameterCount);
            loop = loop.WithWeights(layer.Weights.Select(weight =>
                KeyValuePair.Create(weight.Name.Replace("lstm/", "rnn/lstm_cell/", StringComparison.Ordinal), weight.Value)));
            var (expected, found) = (layer.Predict(X).ToArray(), loop.Predict(X).ToArray());
            Expect.True(expected.Zip(found).All(pair => Math.Abs(pair.First - pair.Second) < 1e-5));
        }),

        Case("Cells stand on top of each other, with one of one's own", () =>
        {
            var sum = Cell.Of(
                "sum",
                (_, _) => [],
                shape => [shape],
                (_, x, states) => (x + states[0], [x + states[0]]));
            var model = Network.Input(4, 3).Rnn(sum).Build(1);
            Expect.True(Tensor.AllClose(X.Sum(1), model.Predict(X), 1e-5, 1e-5));
            RnnOptions every = new() { ReturnSequences = true };
            Expect.Equal([4, 2], Network.Input(4, 3).Rnn(Cell.Stacked(sum, Cell.Gru(5), Cell.SimpleRnn(2)), every).OutputShape);
            Expect.Equal(3, Network.Input(4, 3).RnnWithState(Cell.Lstm(2)).Results.Count);
            Expect.Throws<FunctionalException>(() => Cell.Stacked());
            Expect.Throws<FunctionalException>(() => Cell.Lstm(2, new() { GoBackwards = true }));
        }),

        Case("A stateful layer goes on where it ended", () =>
        {
            var model = Network.Input(4, 3).Gru(2, new() { Stateful = 2 }).Build(1);
            var (first, next) = model.PredictNext(X);
            var (second, _) = next.PredictNext(X);
            var (again, _) = next.ResetStates().PredictNext(X);
            Expect.False(Tensor.SameElements(first[0], second[0]));
            Expect.True(Tensor.SameElements(first[0], again[0]));
        }),

        Case("Both directions take layers of their own", () =>
        {
            RecurrentOptions every = new() { ReturnSequences = true };
            var both = Network.Input(4, 3).Bidirectional(n => n.Lstm(5, every), n => n.Gru(2, every with { GoBackwards = true }));
            Expect.Equal([4, 7], both.OutputShape);
        }),

        Case("Convolutional LSTMs have Keras's shapes and counts", () =>
        {
            var rows = Network.Input(3, 8, 4).ConvLstm1D(5, 3, new() { Padding = Padding.Same });
            Expect.Equal([8, 5], rows.OutputShape);
            Expect.Equal((3 * 4 * 20) + (3 * 5 * 20) + 20, rows.Build(1).ParameterCount);
            var images = Network.Input(3, 2, 8, 8).ConvLstm2D(
                5, 3, new() { DataFormat = DataFormat.ChannelsFirst, ReturnSequences = true });
            Expect.Equal([3, 5, 6, 6], images.OutputShape);
            Expect.Equal([3, 3, 3, 2], Network.Input(2, 4, 4, 4, 1).ConvLstm3D(2, 2).OutputShape);
        }));
}
