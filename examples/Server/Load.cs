using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Functional.CSharp;

namespace Server;

/// <summary>Sends requests to the server and measures how they are answered.</summary>
internal static class Load
{
    private const int Connections = 8;
    private const int Samples = 64;
    private const int WarmUp = 100;

    /// <summary>Prints requests a second and latencies. False if an answer was wrong or nonsense got one.</summary>
    public static async Task<bool> Run(string url, Model model, int count)
    {
        // Any numbers will do: the answers are compared with the model's own.
        int size = model.InputShape.Aggregate(1, (product, length) => product * length);
        Tensor inputs = Tensor.RandomUniform(1, [Samples, size]);
        float[][] samples = inputs.ToRows();
        int[] classes = [.. samples.Select(sample => model.PredictClass(sample))];
        if (!await RefusesNonsense(url, size))
            return false;

        // Each client keeps one connection alive and sends its next request when the last one is answered.
        HttpClient[] clients = [.. Enumerable.Range(0, Connections).Select(_ => Client(url))];
        await Task.WhenAll(clients.Select(client => Send(client, WarmUp)));
        long start = Stopwatch.GetTimestamp();
        var parts = await Task.WhenAll(clients.Select((client, i) => Send(client, (count + i) / Connections)));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (HttpClient client in clients)
            client.Dispose();

        double[] latencies = [.. parts.SelectMany(part => part.Milliseconds).Order()];
        int wrong = parts.Sum(part => part.Wrong);
        Console.WriteLine($"{count} requests over {Connections} connections, client and server in one process:");
        Console.WriteLine($"  {count / seconds:f0} requests/s, {wrong} wrong answers");
        Console.WriteLine($"  latency {At(0.5):f3} ms median, {At(0.99):f3} ms 99th percentile");
        return wrong == 0;

        double At(double quantile) => latencies[(int)Math.Ceiling(quantile * latencies.Length) - 1];

        async Task<(double[] Milliseconds, int Wrong)> Send(HttpClient client, int n)
        {
            var milliseconds = new double[n];
            int wrong = 0;
            for (int i = 0; i < n; i++)
            {
                long sent = Stopwatch.GetTimestamp();
                using HttpResponseMessage response = await client.PostAsJsonAsync("/predict", samples[i % Samples]);
                Answer? answer = null;
                if (response.IsSuccessStatusCode)
                    answer = await response.Content.ReadFromJsonAsync<Answer>();
                milliseconds[i] = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
                if (answer?.Class != classes[i % Samples])
                    wrong++;
            }

            return (milliseconds, wrong);
        }
    }

    private static async Task<bool> RefusesNonsense(string url, int size)
    {
        using HttpClient client = Client(url);
        string tooMany = $"[{string.Join(", ", Enumerable.Repeat("0", size + 1))}]";
        string tooLarge = $"[{string.Join(", ", Enumerable.Repeat("1e99", size))}]";
        bool good = (await client.GetAsync("/health")).IsSuccessStatusCode;
        foreach (string body in (string[])["seven", "null", "{}", "[\"a\"]", "[]", tooMany, tooLarge])
        {
            using HttpResponseMessage response = await client.PostAsync("/predict", new StringContent(body));
            string shown = body.Length < 10 ? body : body[..9] + "...";
            Console.WriteLine($"{shown,-13} {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
            good &= response.StatusCode == HttpStatusCode.BadRequest;
        }

        return good;
    }

    private static HttpClient Client(string url) => new() { BaseAddress = new Uri(url) };
}
