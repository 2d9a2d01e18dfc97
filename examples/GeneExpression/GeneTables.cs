using Deedle;
using Functional.CSharp;

namespace GeneExpression;

/// <summary>Tables of how active genes are in tumours and tissues: a row for each sample, a column for each gene.</summary>
internal static class GeneTables
{
    /// <summary>data.csv and labels.csv of the data set "gene expression cancer RNA-Seq": 801 samples of 20,531 genes.</summary>
    public static Frame<string, string> Read(string folder)
    {
        Frame<string, string> genes = Csv.ReadIndexed<string>(Path.Combine(folder, "data.csv"), index: "");
        Frame<string, string> labels = Csv.ReadIndexed<string>(Path.Combine(folder, "labels.csv"), index: "");
        genes.AddColumn("Class", labels.GetColumn<string>("Class"));
        return genes;
    }

    /// <summary>
    /// Made-up numbers in the shape of that data set, with its number of tumours of each class: every gene has a level and a
    /// deviation of its own, and one in ten differs between the classes.
    /// </summary>
    public static Frame<string, string> StandIn()
    {
        const int Genes = 20_531;
        (string Name, int Count)[] classes = [("BRCA", 300), ("COAD", 78), ("KIRC", 146), ("LUAD", 141), ("PRAD", 136)];
        int[] labels = [.. classes.SelectMany((c, i) => Enumerable.Repeat(i, c.Count))];
        Key[] keys = Key.Of(2018).Split(5);

        Tensor level = Tensor.RandomUniform(keys[0], [Genes], low: 0, high: 12);
        Tensor deviation = 0.6 * Tensor.Exp(Tensor.RandomNormal(keys[1], [Genes]));
        Tensor differs = Tensor.RandomBernoulli(keys[2], [Genes], probability: 0.1).Cast(DType.Float32);
        Tensor shift = 1.1 * Tensor.RandomNormal(keys[3], [classes.Length, Genes]) * differs * deviation;
        Tensor noise = Tensor.RandomNormal(keys[4], [labels.Length, Genes]) * deviation;
        Tensor levels = Tensor.Maximum(level + shift.Gather(0, labels) + noise, 0);

        Frame<string, string> table = Frames.Of(levels, [.. Enumerable.Range(0, Genes).Select(i => $"gene_{i}")])
            .IndexRowsWith(labels.Select((_, i) => $"sample_{i}"));
        table.AddColumn("Class", new Series<string, string>(table.RowKeys, labels.Select(i => classes[i].Name)));
        return table;
    }

    /// <summary>
    /// Real tables of other tumours and tissues, where they are there: in the folder that FUNCTIONAL_DATA names, or in
    /// shared/data beside the current folder or any above it.
    /// </summary>
    public static IEnumerable<(string Name, string Label, Frame<string, string> Genes)> Real()
    {
        (string Name, string File, string Label)[] tables =
        [
            ("Cell lines of 14 kinds of cancer", "nci60.csv.gz", "labs"),
            ("Seven kinds of tissue", "tissue_gene_expression.csv.gz", "y"),
        ];

        return from table in tables
               let path = Find(Path.Combine("gene-expression", table.File))
               where path is not null
               select (table.Name, table.Label, Csv.ReadIndexed<string>(path, "rownames"));
    }

    private static string? Find(string file)
    {
        IEnumerable<string> folders = Environment.GetEnvironmentVariable("FUNCTIONAL_DATA") is { Length: > 0 } named ? [named] : [];
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            folders = folders.Append(Path.Combine(folder.FullName, "shared", "data"));
        }

        return folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }
}
