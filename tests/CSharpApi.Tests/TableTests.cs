namespace Functional.CSharp.Tests;

public static class TableTests
{
    private const string Sales =
        "city,day,price,size\nWien,2024-01-02,1,2.5\nGraz,2024-01-01,2,\nWien,2024-01-04,4,0.5\n";

    private static T InFile<T>(string text, Func<string, T> use)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            return use(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Tests]
    public static Test Tests => List("Tables",
        Case("Files are read with every option", () =>
        {
            var options = new CsvOptions
            {
                Separator = ';',
                DecimalSeparator = ',',
                ThousandsSeparator = '.',
                Comment = '#',
                Quoting = Quoting.Ignored,
                MissingValues = ["-"],
                DateFormats = ["dd.MM.yyyy"],
                Types = new Dictionary<string, ColumnType> { ["a"] = ColumnType.Text },
                Columns = ["x", "a", "d"],
                MaxRows = 1,
            };
            var frame = Csv.Parse("# made by hand\na;x;d;y\n01;1.234,5;31.12.2024;-\n2;3;-;-\n", options);
            Expect.Equal(1, frame.RowCount);
            Expect.Equal(["x", "a", "d"], frame.ColumnKeys);
            Expect.Equal("01", frame.GetColumn<string>("a")[0]);
            Expect.Equal(1234.5, frame.GetColumn<double>("x")[0]);
            Expect.Equal(new DateTime(2024, 12, 31), frame.GetColumn<DateTime>("d")[0]);
        }),

        Case("A column names the rows, and chunks are batches", () => InFile(Sales, path =>
        {
            var byDay = Csv.ReadIndexed<DateTime>(path, "day");
            Expect.Equal(4, byDay.GetColumn<int>("price")[new DateTime(2024, 1, 4)]);
            var options = new FrameBatchOptions("city")
            {
                Classes = Csv.Read(path).ClassNames("city"),
                Missing = MissingValues.Constant(0),
            };
            var columns = new CsvOptions { Columns = ["city", "price", "size"] };
            Batch[] batches = [.. Csv.Chunks(path, 2, columns).ToBatches(options)];
            Expect.Equal(2, batches.Length);
            Expect.Equal([1f, 2.5f, 2f, 0f], batches[0].Inputs[0].ToArray());
            Expect.Equal([1, 0], batches[0].Labels[0].ToInts());
            Expect.Equal(3, Csv.Chunks(path, 2, columns).ToSamples(options).Count());
            return 0;
        })),

        Case("JSON lines, Parquet and NumPy's files are frames", () => InFile("", path =>
        {
            var nested = JsonLines.Parse("{\"a\": {\"b\": 1}}\n{\"a\": null}", new() { FlattenWith = "/" });
            Expect.Equal(["a/b", "a"], nested.ColumnKeys);
            Expect.Throws<FunctionalException>(() => JsonLines.Parse("{\"a\": [1]}"));
            var frame = Csv.Parse(Sales);
            ParquetFile.Write(path, frame);
            Expect.Equal(["size", "day"], ParquetFile.Read(path, "size", "day").ColumnKeys);
            Expect.Equal(2, ParquetFile.Read(path).GetColumn<double>("size").ValueCount);
            Npy.SaveFrame(path, Csv.Parse("a,b\n1,2.5\n3,4\n"));
            Expect.Equal([1, 3], Npy.LoadArchiveFrame(path).GetColumn<int>("a").Values);
            return 0;
        })),

        Case("Frames become tensors and datasets, with gaps filled as asked", () =>
        {
            var numbers = Csv.Parse("a,b,l\n1,,x\n3,5,y\n");
            Expect.Throws<FunctionalException>(() => numbers.ToDataset("l"));
            var data = numbers.ToDataset("l", MissingValues.Mean);
            Expect.Equal([1f, 5f, 3f, 5f], data.Features.ToArray());
            Expect.Equal(["x", "y"], data.ClassNames);
            Expect.Equal(DType.Float64, Csv.Parse("a\n1\n").ToTensor(DType.Float64).DType);
            Expect.Equal([2, 1], Csv.Parse("a,b\n1,2\n3,4\n").ToTargets("b").Labels.Shape);
            Expect.Equal(["p", "q"], Frames.Of(Tensor.Ones(2, 2), "p", "q").ColumnKeys);
        }),

        Case("Rows are grouped, described and shown", () =>
        {
            var frame = Csv.Parse(Sales);
            var grouped = frame.GroupBy(
                ["city"],
                ("n", Aggregate.Size),
                ("mean", Aggregate.Mean("price")),
                ("first", Aggregate.Min("day")));
            Expect.Equal(["Graz", "Wien"], grouped.GetColumn<string>("city").Values);
            Expect.Equal([2.0, 2.5], grouped.GetColumn<double>("mean").Values);
            Expect.Equal(2, frame.SplitBy("city").Count);
            var description = frame.Describe();
            Expect.Equal("Wien", description.Columns[0].Words!.Top);
            Expect.Equal(1, description.Columns[3].Missing);
            Expect.Equal(1.5, description.Columns[3].Numbers!.Mean);
            Expect.True(description.Columns[1].Dates is not null);
            Expect.True(description.ToString().StartsWith("3 rows, 4 columns", StringComparison.Ordinal));
            Expect.Equal(1.5, frame.DescribeAsFrame().GetColumn<double>("size")["mean"]);
            Expect.True(frame.ToHtml(maxRows: 2).Contains("&hellip;", StringComparison.Ordinal));
        }),

        Case("Time series are checked, filled, resampled and cut into windows", () =>
        {
            var series = Csv.Parse(Sales).ToTimeSeries("day", "price");
            var check = series.CheckPeriod();
            Expect.Equal(TimeSpan.FromDays(1), check.Period.Span);
            Expect.Equal(1, check.Gaps.Single().Missing);
            var full = series.EveryPeriod(Period.Days(1)).Interpolate(GapFilling.Time);
            Expect.Equal([2.0, 1.0, 2.5, 4.0], full.Values);
            Expect.Equal([3.0, 4.0], series.Resample(Period.Days(2), Resampling.Sum).Values);
            var data = LaggedWindows.Of(full.Values, new() { Window = 2, Horizon = 2 });
            Expect.Equal([2.5f, 4f], data.Labels.ToArray());
            Expect.Equal(["x(t-1)", "x(t)"], LaggedWindows.ToFrame(full, [1]).ColumnKeys);
        }));
}
