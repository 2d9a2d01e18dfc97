using System.Text.Json;
using Functional.CSharp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Server;

/// <summary>What POST /predict answers.</summary>
/// <param name="Class">The number of the most probable class.</param>
/// <param name="Probabilities">What the model gives, class by class.</param>
internal sealed record Answer(int Class, float[] Probabilities);

/// <summary>What is answered, with the status 400 or 413, to what the model cannot be asked.</summary>
/// <param name="Error">What is wrong, and what would be right.</param>
internal sealed record Refusal(string Error);

/// <summary>What GET /health answers.</summary>
/// <param name="Status">"ok", where there is an answer at all.</param>
/// <param name="Inputs">How many numbers POST /predict takes.</param>
/// <param name="Outputs">How many probabilities it answers.</param>
internal sealed record Health(string Status, int Inputs, int Outputs);

/// <summary>A model that answers over HTTP.</summary>
internal static class Service
{
    private const long LargestBody = 1 << 20;

    /// <summary>Starts to listen, and returns.</summary>
    public static WebApplication Start(Model model, string url)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(url).ConfigureKestrel(server => server.Limits.MaxRequestBodySize = LargestBody);
        WebApplication app = builder.Build();

        // One predictor serves all requests, which come on many threads at once.
        Predictor predictor = model.Predictor();
        app.MapGet("/health", () => Results.Json(new Health("ok", predictor.InputSize, predictor.OutputSize)));
        app.MapPost("/predict", (HttpRequest request) => Respond(predictor, request));
        app.Start();
        return app;
    }

    private static async Task<IResult> Respond(Predictor predictor, HttpRequest request)
    {
        CancellationToken aborted = request.HttpContext.RequestAborted;
        float[]? numbers;
        try
        {
            numbers = await JsonSerializer.DeserializeAsync<float[]>(request.Body, cancellationToken: aborted);
        }
        catch (JsonException)
        {
            numbers = null;
        }
        catch (BadHttpRequestException e)
        {
            // A body that is too large or breaks off: the web server knows which status says so.
            return Refused(e.Message, e.StatusCode);
        }

        return numbers is null
            ? Refused("the body is not a JSON array of numbers, such as [0, 0.5, 1]")
            : Predict(predictor, numbers);
    }

    private static IResult Predict(Predictor predictor, float[] numbers)
    {
        if (numbers.Length != predictor.InputSize)
            return Refused($"{numbers.Length} numbers were sent; the model takes {predictor.InputSize}");
        int wrong = Array.FindIndex(numbers, number => !float.IsFinite(number));
        if (wrong >= 0)
            return Refused($"the number at {wrong} is beyond the range of float32");
        var probabilities = new float[predictor.OutputSize];
        predictor.Predict(numbers, probabilities);

        // JSON has no word for infinity and NaN, which absurdly large numbers lead to.
        return probabilities.All(float.IsFinite)
            ? Results.Json(new Answer(ClassOf(probabilities), probabilities))
            : Refused("the numbers are too large: the model's results are not finite");
    }

    // The largest; a single number is the probability of class 1 against class 0.
    private static int ClassOf(float[] probabilities) => probabilities is [float one]
        ? one > 0.5f ? 1 : 0
        : Array.IndexOf(probabilities, probabilities.Max());

    private static IResult Refused(string reason, int status = StatusCodes.Status400BadRequest) =>
        Results.Json(new Refusal(reason), statusCode: status);
}
