// Benchmarks: dotnet run -c Release --project bench -- matmul | mnist
using Bench;

switch (args)
{
    case ["matmul"]:
        MatMulBench.Run();
        return 0;
    case ["mnist", .. string[] rest]:
        return MnistBench.Run(rest);
    default:
        Console.Error.WriteLine("""
            usage: dotnet run -c Release --project bench -- WORKLOAD
              matmul   float32 products beside the machine's peak, on 1 and all threads
              mnist    an epoch of 784-16-32-10 beside PyTorch's, interleaved
            """);
        return 2;
}
