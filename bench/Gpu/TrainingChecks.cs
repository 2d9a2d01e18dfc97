using Functional.CSharp;

namespace Bench.Gpu;

/// <summary>A few steps of each training, on a device and on this machine's processor: the losses must agree.</summary>
internal static class TrainingChecks
{
    private const int Steps = 4;

    /// <summary>Prints a line for each training; the number of those that do not agree.</summary>
    public static int Run(GpuOptions options)
    {
        int failures = 0;
        // small: the processor takes its time
        foreach (GpuWorkload workload in GpuWorkloads.All(tiny: true).Where(w => w.Train is not null && options.Wants(w.Id)))
        {
            double[] expected = Losses(workload, Device.Cpu);
            Device device = Precisions.Device(options.Device, workload.Precision);
            string verdict;
            try
            {
                double[] losses = Losses(workload, device);
                double worst = expected.Zip(losses, (x, y) => Math.Abs(x - y) / Math.Abs(x)).Max();
                bool agrees = worst <= Tolerance(workload.Precision);
                failures += agrees ? 0 : 1;
                verdict = $"{(agrees ? "agrees" : "DIFFERS")}: {worst:e1} at most, loss {losses[^1]:f5} after {Steps} steps";
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                failures++;
                verdict = $"FAILED: {e.Message.Split('\n')[0]}";
                Console.Error.WriteLine(e);
            }

            Console.WriteLine($"{workload.Id} on {device}: {verdict}");
        }

        return failures;
    }

    private static double[] Losses(GpuWorkload workload, Device device) => device.Using(() =>
    {
        Training training = workload.Train!();
        Trainer trainer = training.Model.Trainer(training.Options);
        double[] losses = new double[Steps];
        for (int i = 0; i < Steps; i++)
            losses[i] = trainer.TrainOnBatch(training.Batches[i].X, training.Batches[i].Y);
        return losses;
    });

    private static double Tolerance(Precision precision) => precision switch
    {
        Precision.Float32 => 2e-3, // cuDNN's convolutions are in tf32, as PyTorch has it
        Precision.Tf32 => 1e-2,
        _ => 5e-2,
    };
}
