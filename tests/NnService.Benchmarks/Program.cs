using System.Text.Json;
using BenchmarkDotNet.Running;
using NnService.Benchmarks;
using NnService.Benchmarks.Accuracy;
using NnService.Benchmarks.Honesty;
using NnService.Benchmarks.Overhead;
using NnService.Benchmarks.Peers;
using NnService.Benchmarks.Reading;
using NnService.Benchmarks.Scale;
using NnService.Benchmarks.Serving;
using NnService.Benchmarks.Workloads;

switch (args)
{
    case ["peers", .. var rest]:
        return PeerRun.FromCommandLine(rest);
    case ["accuracy", .. var rest]:
        return AccuracyRun.FromCommandLine(rest);
    case ["honesty", .. var rest]:
        return HonestyRun.FromCommandLine(rest);
    // The next two are what a run of peers starts, each in a process of its own.
    case ["workload", var name, .. var rest] when Workload.Find(name) is { } workload:
        Print(workload.Measure(rest is [var threads] ? int.Parse(threads) : 1));
        return 0;
    case ["peak", "256" or "512"]:
        Print(Peak.Measure(int.Parse(args[1])));
        return 0;
    case ["reading", "ours", var file]: // what a run of reading starts, in a process of its own
        OwnReading.Print(file);
        return 0;
    case ["reading", .. var rest]:
        return ReadingRun.FromCommandLine(rest);
    case ["scale", .. var rest]:
        return ScaleRun.FromCommandLine(rest);
    case ["overhead", .. var rest]:
        return OverheadRun.FromCommandLine(rest);
    case ["serving", .. var rest]:
        return ServingRun.FromCommandLine(rest);
    case ["kernels", .. var rest]:
        BenchmarkSwitcher.FromAssembly(typeof(Workload).Assembly).Run(rest);
        return 0;
    default:
        Console.Error.WriteLine($"""
            Usage:
              peers [WORKLOAD…] [--pairs N] [--clock wall|processor] [--write]
              accuracy [TABLE…] --data FOLDER [--seeds N] [--recipe RECIPE,…|xgboost] [--write]
              honesty [--samples N] [--only TEXT] [--write]
              workload WORKLOAD [THREADS]
              peak 256|512
              reading [FILE…] [--against PEER] [--megabytes N] [--pairs N] [--service] [--write]
              scale [AXIS…] [--large] [--write] | scale --page
              overhead [--pairs N]
              serving [--only PART,…] [--rounds N] [--seconds N] [--megabytes N] [--write]
              kernels [options of BenchmarkDotNet]
            Workloads: {string.Join(", ", Workload.All.Select(workload => workload.Name))}
            """);
        return 2;
}

static void Print(Measurement measurement) => Console.WriteLine(JsonSerializer.Serialize(measurement, JsonSerializerOptions.Web));
