using System.Diagnostics;
using Functional.CSharp;

namespace Bench.Gpu;

/// <summary>One side of a workload, or one form of the peer's: its median, in milliseconds a step, or why there is none.</summary>
internal sealed record SideResult(string Name, double Milliseconds, double Ratio, string Failure);

/// <summary>What is known of one workload.</summary>
internal sealed record GpuResult(GpuWorkload Workload, SideResult Ours, SideResult[] Peer, double FirstStepMs);

/// <summary>Times both sides in turn: in every round each side, and each form of the peer, takes the same while, while the
/// others rest; a round begins with another side than the one before it.</summary>
internal sealed class GpuMeasure(GpuOptions options, GpuPeer peer)
{
    private const double Sample = 0.12; // seconds

    public GpuResult Run(GpuWorkload workload, bool compiled)
    {
        Stopwatch first = Stopwatch.StartNew();
        Action<int>? ours = null;
        Side own = new("ours", n => ours!(n));
        own.Try(() =>
        {
            ours = Precisions.Device(options.Device, workload.Precision).Using(() => Steps(workload));
            ours(1);
        });
        double firstStep = first.Elapsed.TotalMilliseconds;

        List<Side> sides = [own];
        foreach (string form in peer.Forms(workload.Id).Where(form => compiled || !form.StartsWith("compile", StringComparison.Ordinal)))
            sides.Add(new(form, null, n => peer.Time(workload.Id, form, n)));
        int crashes = peer.Crashes;
        foreach (Side side in sides)
            side.Try(side.Calibrate);
        if (peer.Crashes > crashes)
        {
            // the peer is a new one: once more, and what broke it down gets another chance
            foreach (Side side in sides.Skip(1))
                side.Retry(side.Calibrate);
        }

        for (int round = 0; round < options.Rounds; round++)
        {
            for (int i = 0; i < sides.Count; i++)
            {
                Side side = sides[(i + round) % sides.Count];
                side.Try(() => side.Take(options.Tiny ? Sample / 10 : Sample));
            }
        }

        Side.Note(() => peer.Drop(workload.Id));
        SideResult[] results = [.. sides.Select(side => side.Result(own))];
        return new(workload, results[0], results[1..], firstStep);
    }

    /// <summary>Our side: runs so many steps and waits for the last.</summary>
    private static Action<int> Steps(GpuWorkload workload)
    {
        if (workload.Train is null)
            return workload.Run!();
        Training training = workload.Train();
        Trainer trainer = training.Model.Trainer(training.Options);
        int turn = 0;
        return repeats =>
        {
            for (int i = 0; i < repeats; i++)
            {
                (Tensor x, Tensor y) = training.Batches[turn++ % training.Batches.Length];
                trainer.Learn(x, y);
            }

            if (!double.IsFinite(trainer.LatestLoss))
                throw new InvalidOperationException("The loss is not finite.");
        };
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private sealed class Side(string name, Action<int>? run, Func<int, double>? timed = null)
    {
        private readonly List<double> times = [];
        private double fastest = double.PositiveInfinity;
        private string failure = "";

        /// <summary>Does something unless the side has failed before; a failure is kept.</summary>
        public void Try(Action action)
        {
            if (failure.Length > 0)
                return;
            try
            {
                action();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                failure = e.Message.Split('\n')[0];
                Console.Error.WriteLine($"{name}: {e}");
            }
        }

        /// <summary>Does something whose failure says nothing of the side.</summary>
        public static void Note(Action action)
        {
            try
            {
                action();
            }
            catch (InvalidOperationException e)
            {
                Console.Error.WriteLine(e.Message);
            }
        }

        /// <summary>Does something although the side has failed before.</summary>
        public void Retry(Action action)
        {
            failure = "";
            Try(action);
        }

        /// <summary>Warms up, and takes a first look.</summary>
        public void Calibrate()
        {
            Time(1);
            double spent = 0;
            for (int repeats = 2; spent < 0.15 && repeats < 5000; repeats *= 2)
            {
                double seconds = Time(repeats);
                spent += seconds;
                fastest = Math.Min(fastest, seconds / repeats);
            }
        }

        public void Take(double sample)
        {
            int repeats = (int)Math.Clamp(sample / fastest, 2, 20_000);
            double each = Time(repeats) / repeats;
            times.Add(each);
            fastest = Math.Min(fastest, each);
        }

        public SideResult Result(Side ours) => failure.Length > 0 || times.Count == 0
            ? new(name, double.NaN, double.NaN, failure)
            : new(
                name, Median(times) * 1e3,
                ours.failure.Length > 0 ? double.NaN : Median(times.Zip(ours.times, (they, we) => they / we)), "");

        private double Time(int repeats)
        {
            if (timed is not null)
                return timed(repeats);
            long start = Stopwatch.GetTimestamp();
            run!(repeats);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
