namespace Bench;

/// <summary>How long the threads of a process have run, in seconds, as Linux counts it in nanoseconds.</summary>
internal static class ProcessorTime
{
    public static double Of(int pid)
    {
        double sum = 0;
        foreach (string task in Directory.EnumerateDirectories($"/proc/{pid}/task"))
        {
            try
            {
                sum += double.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0]) / 1e9;
            }
            catch (IOException)
            {
                // the thread has ended meanwhile
            }
        }

        return sum;
    }

    /// <summary>Waits until a process rests: threads of its last step may spin for some milliseconds.</summary>
    public static void AwaitRest(int pid)
    {
        for (int i = 0; i < 100; i++)
        {
            double before = Of(pid);
            Thread.Sleep(5);
            if (Of(pid) - before < 0.0005)
                return;
        }
    }
}
