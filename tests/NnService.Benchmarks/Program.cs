using System.Text.Json;
using BenchmarkDotNet.Running;
using NnService.Benchmarks.Workloads;

switch (args)
{
    case ["workload", var name, .. var rest] when Workload.Find(name) is { } workload:
        Console.WriteLine(JsonSerializer.Serialize(workload.Measure(rest is [var threads] ? int.Parse(threads) : 1), JsonSerializerOptions.Web));
        return 0;
    case ["kernels", .. var rest]:
        BenchmarkSwitcher.FromAssembly(typeof(Workload).Assembly).Run(rest);
        return 0;
    default:
        Console.Error.WriteLine($"""
            Usage:
              workload {string.Join('|', Workload.All.Select(workload => workload.Name))} [THREADS]
              kernels [options of BenchmarkDotNet]
            """);
        return 2;
}
