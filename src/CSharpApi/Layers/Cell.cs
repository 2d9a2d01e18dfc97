namespace Functional.CSharp;

/// <summary>
/// A recurrent cell: one step of a recurrence, from a step of the sequences and the states to the output and the next
/// states. <see cref="Network.Rnn"/> repeats it over time.
/// </summary>
public sealed class Cell
{
    private Cell(Layer<FSharpList<FTensor>, FSharpList<FTensor>> inner) => Inner = inner;

    internal Layer<FSharpList<FTensor>, FSharpList<FTensor>> Inner { get; }

    /// <summary>One step of <see cref="Network.SimpleRnn"/>. Options of the loop over time are an error here.</summary>
    /// <exception cref="FunctionalException">An option is out of its range.</exception>
    public static Cell SimpleRnn(int units, RecurrentOptions? options = null) =>
        new(RecurrentCellLayers.simpleRnnCellWith(Network.Inside(options), units));

    /// <summary>One step of <see cref="Network.Lstm"/>. Options of the loop over time are an error here.</summary>
    /// <exception cref="FunctionalException">An option is out of its range.</exception>
    public static Cell Lstm(int units, RecurrentOptions? options = null) =>
        new(RecurrentCellLayers.lstmCellWith(Network.Inside(options), units));

    /// <summary>One step of <see cref="Network.Gru"/>. Options of the loop over time are an error here.</summary>
    /// <exception cref="FunctionalException">An option is out of its range.</exception>
    public static Cell Gru(int units, RecurrentOptions? options = null) =>
        new(RecurrentCellLayers.gruCellWith(Network.Inside(options), units));

    /// <summary>
    /// Cells on top of each other as one: each reads the output of the one before, and their states stand side by side,
    /// those of the first cell first.
    /// </summary>
    /// <exception cref="FunctionalException">There is no cell.</exception>
    public static Cell Stacked(params Cell[] cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        return new(RecurrentCellLayers.stackedRnnCells(ListModule.OfSeq(cells.Select(cell => cell.Inner))));
    }

    /// <summary>
    /// A cell of one's own. States begin as zeros; results keep the batch axis. A model that holds it saves its weights,
    /// not its code.
    /// </summary>
    /// <param name="kind">What the cell is: its name.</param>
    /// <param name="start">The parameters under names, from a key and the shape of one step of a sample.</param>
    /// <param name="states">The shapes of the states for a sample, from that of one step.</param>
    /// <param name="step">The output and the next states, from the parameters, a step of a batch and the states.</param>
    public static Cell Of(
        string kind,
        Func<Key, int[], (string Name, Tensor Value)[]> start,
        Func<int[], int[][]> states,
        Func<Parameters, Tensor, Tensor[], (Tensor Output, Tensor[] States)> step)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(states);
        ArgumentNullException.ThrowIfNull(step);

        Tuple<FSharpList<Tuple<string, FTensor>>, FSharpList<FSharpList<int>>> Start(FKey key, FSharpList<int> shape)
        {
            int[] sizes = [.. shape];
            var parameters = start(new Key(key), sizes).Select(p => Tuple.Create(p.Name, Interop.Inner(p.Value)));
            return Tuple.Create(
                ListModule.OfSeq(parameters), ListModule.OfSeq(states(sizes).Select(state => Interop.List(state))));
        }

        Tuple<FTensor, FSharpList<FTensor>> Step(Tree<FTensor> parameters, FTensor x, FSharpList<FTensor> before)
        {
            var (output, after) = step(new Parameters(parameters), new Tensor(x), [.. before.Select(s => new Tensor(s))]);
            return Tuple.Create(Interop.Result(output), Interop.List((IEnumerable<Tensor>)after));
        }

        return new(RecurrentCellLayers.cellOf(
            kind,
            FuncConvert.FromFunc<FKey, FSharpList<int>, Tuple<FSharpList<Tuple<string, FTensor>>, FSharpList<FSharpList<int>>>>(
                Start),
            FuncConvert.FromFunc<Tree<FTensor>, FTensor, FSharpList<FTensor>, Tuple<FTensor, FSharpList<FTensor>>>(Step)));
    }
}
