// Tells tumours apart by how active genes are in them: dotnet run -c Release --project examples/GeneExpression -- [--data FOLDER]
// FOLDER holds data.csv and labels.csv of "gene expression cancer RNA-Seq" (UCI Machine Learning Repository, data set 401).
using Deedle;
using Functional.CSharp;
using GeneExpression;

string? folder = args is ["--data", var given] ? given : null;
if (folder is null)
{
    Console.WriteLine("No --data FOLDER with data.csv and labels.csv: made-up numbers of the same shape and class counts are used.\n");
}

string source = folder is null ? "Five kinds of tumours (made-up numbers)" : "Five kinds of tumours";
Frame<string, string> tumours = folder is null ? GeneTables.StandIn() : GeneTables.Read(folder);
Study study = new Study(source, "Class", tumours, new Report("Genes and tumours")).Run(keptFrom: 0.8002, epochs: 10, batchSize: 32);

string error = study.ErrorOf(outputs: 3);
Console.WriteLine($"A last layer of 3 for {study.ClassCount} classes is refused before training:\n{error}\n");

Report report = study.Report.AddSection("A last layer of the wrong size").AddText(error);
foreach ((string name, string label, Frame<string, string> genes) in GeneTables.Real())
{
    report = new Study(name, label, genes, report).Run(keptFrom: 0.5, epochs: 60, batchSize: 4).Report;
}

string page = Path.Combine(Path.GetTempPath(), "gene-expression.html");
report.Save(page);
Console.WriteLine($"{page} holds the report");
return study.Accuracy >= 0.9 && error.Length > 0 ? 0 : 1;
