// Networks on points of the plane, drawn while they learn: dotnet run -c Release --project examples/Playground -- [rings|xor|spiral|regression] [hidden layers] [relu|sigmoid]
using Functional.CSharp;
using Playground;

Exercise? asked = args.Length > 0 ? Exercise.Of(args) : null;
if (args.Length > 0 && asked is null)
{
    Console.Error.WriteLine($"usage: Playground [{string.Join('|', Points.Tasks)}] [number of hidden layers, 0 or more] [relu|sigmoid]");
    return 2;
}

Report report = new("Networks on points of the plane");
foreach (Exercise exercise in asked is null ? Exercise.All : [asked])
{
    report = report.AddSection($"{exercise}").AddChart(exercise.Run());
}

string page = Path.Combine(Path.GetTempPath(), "playground.html");
report.Save(page);
Console.WriteLine($"{page} shows how they learned");
return 0;
