using Functional.CSharp;

namespace Playground;

/// <summary>Points of the plane with something to learn about them.</summary>
internal static class Points
{
    public static readonly string[] Tasks = ["rings", "xor", "spiral", "regression"];

    /// <summary>Points within -1 and 1, each with its class, 0 or 1, or with a height.</summary>
    public static Dataset Of(string task, int count, int seed)
    {
        Random random = new(seed);
        float[][] features = new float[count][];
        float[][] labels = new float[count][];
        for (int i = 0; i < count; i++)
        {
            (double x, double y, double label) = task switch
            {
                "rings" => Ring(random, i % 2),
                "xor" => Xor(random),
                "spiral" => Spiral(random, i % 2),
                _ => Hill(random),
            };
            features[i] = [(float)x, (float)y];
            labels[i] = [(float)label];
        }

        return Dataset.Of(features, labels);
    }

    /// <summary>What the model says of the plane, as characters: classes, or heights from low to high.</summary>
    public static void Draw(Model model, bool regression)
    {
        const string Classes = ".:oO#", Heights = " .:-=+*#%@";
        string shades = regression ? Heights : Classes;
        const int Rows = 21, Columns = 42;
        float[][] grid =
        [
            .. from row in Enumerable.Range(0, Rows)
               from column in Enumerable.Range(0, Columns)
               select new[] { (2f * column / (Columns - 1)) - 1, 1 - (2f * row / (Rows - 1)) },
        ];
        float[] values = [.. model.Predict(grid).Select(v => v[0])];
        float low = regression ? values.Min() : 0, high = regression ? values.Max() : 1;
        foreach (float[] row in values.Chunk(Columns))
        {
            Console.WriteLine("  " + string.Concat(row.Select(v => Shade((v - low) / (high - low)))));
        }

        char Shade(float share) => shades[Math.Clamp((int)(share * shades.Length), 0, shades.Length - 1)];
    }

    private static (double X, double Y, double Label) Ring(Random random, int ring)
    {
        double angle = 2 * Math.PI * random.NextDouble();
        double radius = (ring == 0 ? 0.3 : 0.8) + (0.1 * (random.NextDouble() - 0.5));
        return (radius * Math.Cos(angle), radius * Math.Sin(angle), ring);
    }

    private static (double X, double Y, double Label) Xor(Random random)
    {
        double x = (2 * random.NextDouble()) - 1, y = (2 * random.NextDouble()) - 1;
        return (x, y, x * y > 0 ? 1 : 0);
    }

    private static (double X, double Y, double Label) Spiral(Random random, int arm)
    {
        double t = random.NextDouble();
        double angle = (3 * Math.PI * t) + (Math.PI * arm);
        double radius = 0.1 + (0.85 * t) + (0.02 * (random.NextDouble() - 0.5));
        return (radius * Math.Cos(angle), radius * Math.Sin(angle), arm);
    }

    private static (double X, double Y, double Label) Hill(Random random)
    {
        double x = (2 * random.NextDouble()) - 1, y = (2 * random.NextDouble()) - 1;
        return (x, y, Math.Exp(-3 * ((x * x) + (y * y))) + (0.3 * Math.Sin(3 * x)));
    }
}
