using Functional.Notebooks;
using FHtmlReport = Functional.HtmlReport;
using FReport = Functional.HtmlReports.Report;

namespace Functional.CSharp;

/// <summary>
/// A report: titled sections of text, tables and charts, which become one page of HTML that works without a network. A
/// value: each call gives a new one. Notebooks show it.
/// </summary>
[TypeFormatterSource(typeof(NotebookFormatterSource))]
public sealed class Report : IShownInNotebooks
{
    private readonly FHtmlReport inner;

    private Report(FHtmlReport inner) => this.inner = inner;

    /// <summary>A report with this title and the time of now, and nothing in it yet.</summary>
    public Report(string title)
        : this(FReport.create(title ?? throw new ArgumentNullException(nameof(title))))
    {
    }

    /// <summary>The report with this line below its title instead of the time.</summary>
    public Report WithSubtitle(string text) => new(FReport.withSubtitle(Checked(text), inner));

    /// <summary>Begins a section; what is added afterwards stands in it.</summary>
    public Report AddSection(string title) => new(FReport.addSection(Checked(title), inner));

    /// <summary>Adds a paragraph.</summary>
    public Report AddText(string text) => new(FReport.addText(Checked(text), inner));

    /// <summary>Adds text of equally wide letters, whose lines and spaces stay, as tables for the terminal.</summary>
    public Report AddPreformatted(string text) => new(FReport.addPreformatted(Checked(text), inner));

    /// <summary>Adds a table of a header and rows; cells that are numbers stand to the right.</summary>
    public Report AddTable(IEnumerable<string> header, IEnumerable<IEnumerable<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(rows);
        return new(FReport.addTable(header, rows, inner));
    }

    /// <summary>Adds a chart, with a caption below it.</summary>
    public Report AddChart(Figure figure, string caption = "")
    {
        ArgumentNullException.ThrowIfNull(figure);
        return new(FReport.addChart(Checked(caption), figure.Inner, inner));
    }

    /// <summary>Adds a section "Model" with the summary of a model.</summary>
    public Report AddModel(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(FReport.addModel(model.Inner, inner));
    }

    /// <summary>Adds a section "Data" of a dataset: samples, shapes, and how many samples there are of each class.</summary>
    public Report AddDataset(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return new(FReport.addDataset(dataset.Inner, inner));
    }

    /// <summary>Adds a section "Data" of a frame: what describes its columns, and its first rows.</summary>
    public Report AddFrame<TRow>(Deedle.Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new(FReport.addFrame(frame, inner));
    }

    /// <summary>Adds a section "Training": loss and metrics of each epoch, as curves and as a table.</summary>
    public Report AddHistory(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        return new(FReport.addHistory(history.Inner, inner));
    }

    /// <summary>
    /// Adds a section "Evaluation": loss and metrics; of classes also precision, recall and F1 of each, and the confusion
    /// matrix.
    /// </summary>
    public Report AddEvaluation(Evaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return new(FReport.addEvaluation(evaluation.Inner, inner));
    }

    /// <summary>The page of HTML; by default it holds all it needs, plotly.js once (4.6 MB) where there is a chart.</summary>
    public string ToHtml(PlotlySource? source = null) => FReport.toHtmlFrom(PlotlySource.InnerOf(source), inner);

    /// <summary>Writes the page to a file, atomically: a reader finds the old file or the new one, whole.</summary>
    public void Save(string path) => FReport.save(Checked(path), inner);

    /// <summary>The title and the number of sections.</summary>
    public override string ToString() => inner.ToString();

    string IShownInNotebooks.NotebookHtml() => ((IShownInNotebooks)inner).NotebookHtml();

    private static string Checked(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text;
    }
}
