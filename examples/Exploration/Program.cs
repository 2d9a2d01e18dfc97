// Looks at two tables before and after something is learned from them: dotnet run -c Release --project examples/Exploration -- [--data FOLDER]
// FOLDER holds drug/drug200.csv and wine/wine.csv; without it they are looked for in the folder that FUNCTIONAL_DATA names,
// then in shared/data beside this folder or any above it.
using Deedle;
using Exploration;
using Functional.CSharp;

if (DataFolder.Find(args) is not { } data)
{
    Console.WriteLine("Skipped: drug200.csv and wine.csv are not there; name their folder with --data FOLDER or FUNCTIONAL_DATA.");
    return 0;
}

Report report = new("Drugs and wines");

// Two hundred patients: what they are like, and the drug that each was given.
Frame<int, string> patients = Csv.Read(Path.Combine(data, "drug", "drug200.csv"));
Console.WriteLine($"Patients\n{patients.Describe()}");
Outliers outliers = Outliers.Of(patients.GetColumn<double>("Na_to_K").Values);
Console.WriteLine($"Na_to_K: {outliers.Mild.Count} mild outliers above {outliers.InnerLimits.Upper:f2}, {outliers.Extreme.Count} extreme ones");
double correlation = Correlation.Of(patients.GetColumn<double>("Age").Values, patients.GetColumn<double>("Na_to_K").Values);
Console.WriteLine($"Age and Na_to_K: correlation {correlation:f3}, strength: {Correlation.Strength(correlation)}");
IReadOnlyList<string> pressure = Split.Labels(patients, "BP"), drug = Split.Labels(patients, "Drug");
ChiSquare dependence = Frequencies.Contingency(pressure, drug).Test();
Console.WriteLine($"BP and Drug: chi-square {dependence.Statistic:f1}, p = {dependence.PValue:g3}");

Preparation fourths = Discretizer.EqualWidth(4, IntervalNames.Labels("low", "middle", "high", "highest")).On("Na_to_K");
foreach (Frequency<string> part in Frequencies.Table(Split.Labels(fourths.Fit(patients).Apply(patients), "Na_to_K")))
{
    Console.WriteLine($"    {part.Value,-8} {part.Count,4} patients, {part.Relative:p1}");
}

// Words become numbers, numbers are scaled, a network learns: one value, which is saved and takes patients as they come.
Preparation preparation = Preparation.Chain(
    Encoder.Ordered("BP", "LOW", "NORMAL", "HIGH"), Encoder.Ordered("Cholesterol", "NORMAL", "HIGH"), Encoder.OneHot(), Scaler.Standard());
Console.WriteLine("\nPrepared");
preparation.Fit(patients, target: "Drug").Apply(patients).GetRows(0, 1, 2).Print();

(Frame<int, string> train, Frame<int, string> test) = Split.Stratified(drug, testShare: 0.25, seed: 1).Of(patients);
FittedPipeline fitted = Pipeline.Classifier(
    "Drug",
    preparation,
    network => network.Dense(32, Activation.Relu).Dense(5, Activation.Softmax),
    new FitOptions
    {
        Optimizer = Optimizer.Adam(learningRate: 0.01),
        Loss = Loss.SparseCategoricalCrossentropy,
        Metrics = [Metric.Accuracy],
        Epochs = 100,
        BatchSize = 16,
        ValidationSplit = 0.2,
        Seed = 1,
    }).Fit(train);

string file = Path.Combine(Path.GetTempPath(), $"drugs-{Environment.ProcessId}.zip");
fitted.Save(file);
FittedPipeline loaded = FittedPipeline.Load(file);
File.Delete(file);

double accuracy = loaded.Score(test);
Prediction prediction = loaded.PredictRecord(new Patient(Age: 47, Sex: "M", BP: "LOW", Cholesterol: "HIGH", Na_to_K: 13.093));
Console.WriteLine($"test accuracy {accuracy:f4}; a patient of 47 years is given {prediction.Class}\n");

report = report
    .AddSection("Two hundred patients")
    .AddPreformatted($"{patients.Describe()}")
    .AddChart(Chart.ColumnBoxPlots(patients))
    .AddChart(Chart.ValueCounts(patients, "Drug"))
    .AddChart(Chart.Contingency(pressure, drug).WithXTitle("drug").WithYTitle("blood pressure"))
    .AddChart(Chart.History(fitted.History!), "A network learns which drug a patient is given");

// A hundred and seventy-eight wines of three growers.
Frame<int, string> wines = Csv.Read(Path.Combine(data, "wine", "wine.csv"));
Console.WriteLine($"Wines\n{wines.Describe()}");
Frame<int, string> measured = wines.Clone();
measured.DropColumn("class");
foreach (string name in measured.ColumnKeys)
{
    Outliers found = Outliers.Of(measured.GetColumn<double>(name).Values);
    if (found.Mild.Count + found.Extreme.Count > 0)
    {
        Console.WriteLine($"{name}: {found.Mild.Count} mild and {found.Extreme.Count} extreme outliers");
    }
}

Dataset dataset = wines.ToDataset("class");
Tensor scaled = Scaler.Standard().Fit(measured).Apply(measured).ToTensor();
Frame<int, string> four = Preparation.KeepColumns("alcohol", "flavanoids", "color_intensity", "proline", "class").Fit(wines).Apply(wines);
report = report
    .AddSection("A hundred and seventy-eight wines")
    .AddPreformatted($"{wines.Describe()}")
    .AddChart(Chart.ColumnBoxPlots(measured))
    .AddChart(Chart.Correlation(measured))
    .AddChart(Chart.PairPlot(four, label: "class"))
    .AddChart(Chart.PrincipalComponents(scaled, dataset.Labels, ["grower 1", "grower 2", "grower 3"]), "All thirteen columns in the plane");

string page = Path.Combine(Path.GetTempPath(), "exploration.html");
report.Save(page);
Console.WriteLine($"{page} shows both tables");
return accuracy >= 0.9 ? 0 : 1;
