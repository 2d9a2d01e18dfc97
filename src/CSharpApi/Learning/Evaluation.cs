using FEvaluation = Functional.Evaluation;
using FReport = Functional.ReportsOfClasses.Report;

namespace Functional.CSharp;

/// <summary>What a model says of a dataset, and how good that is.</summary>
public sealed class Evaluation
{
    private readonly FEvaluation inner;

    internal Evaluation(FEvaluation inner) => this.inner = inner;

    internal FEvaluation Inner => inner;

    /// <summary>The loss, where the model knows what it was trained with.</summary>
    public double? Loss => inner.Loss?.Value;

    /// <summary>The metrics by name.</summary>
    public IReadOnlyDictionary<string, double> Metrics => EpochLog.ValuesOf(inner.Metrics);

    /// <summary>A metric, or the loss under the name "loss".</summary>
    /// <exception cref="FunctionalException">
    /// The model was not trained with a metric of this name; the message lists the names.
    /// </exception>
    public double this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            var values = Metrics;
            if (values.TryGetValue(name, out var value))
                return value;
            if (name == "loss" && Loss is { } loss)
                return loss;
            var known = string.Join(", ", Loss is null ? values.Keys : [.. values.Keys, "loss"]);
            var reason = known == ""
                ? "is not known: the model has no metrics; evaluate it with some."
                : $"is not known; there is {known}.";
            throw Errors.Argument("Evaluation", "name", $"'{name}'", reason);
        }
    }

    /// <summary>The names of the outputs.</summary>
    public IReadOnlyList<string> OutputNames => [.. inner.Parts.Select(part => part.Output)];

    /// <summary>The evaluation of one output alone.</summary>
    /// <exception cref="FunctionalException">There is no such output; the message lists the names.</exception>
    public Evaluation Output(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(EvaluationModule.output(name, inner));
    }

    /// <summary>What the dataset says.</summary>
    /// <exception cref="FunctionalException">There are several outputs; take one with <see cref="Output"/>.</exception>
    public Tensor Labels => new(inner.Labels);

    /// <summary>What the model says, row by row.</summary>
    /// <exception cref="FunctionalException">There are several outputs; take one with <see cref="Output"/>.</exception>
    public Tensor Outputs => new(inner.Outputs);

    /// <summary>The names of the classes by number, where they are known; otherwise empty.</summary>
    public IReadOnlyList<string> ClassNames => inner.ClassNames;

    /// <summary>
    /// Precision, recall, F1 and support of every class and on average, and the confusion matrix, as text for a
    /// terminal.
    /// </summary>
    /// <exception cref="FunctionalException">The labels are not classes.</exception>
    public string Report()
    {
        var report = Classification();
        return $"{report}\n\n{report.Confusion}";
    }

    /// <summary>The numbers of <see cref="Report"/>.</summary>
    /// <exception cref="FunctionalException">The labels are not classes.</exception>
    public ClassificationReport Classification() =>
        new(FReport.scoresAt(inner.Threshold, inner.ClassNames, inner.Labels, inner.Outputs));

    /// <summary>How often each right class (row) was taken for each class (column).</summary>
    /// <exception cref="FunctionalException">The labels are not classes.</exception>
    public ConfusionMatrix ConfusionMatrix() => Classification().Confusion;

    /// <summary>The loss and the metrics on one line.</summary>
    public override string ToString() => inner.ToString();
}
