using System.Diagnostics;
using System.Text.Json;
using NnService.Benchmarks.Workloads;

namespace NnService.Benchmarks.Peers;

/// <summary>Somebody who can run workloads, each time in a fresh process of its own that warms up, measures, and prints one line of JSON.</summary>
internal abstract class Contender
{
    // A peer's process ends by itself within seconds; torch in a busy container has needed a minute.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The exit code of what was ended because it took too long.</summary>
    internal const int TooLong = -2;

    /// <summary>What the table calls it where no run has told its version.</summary>
    public abstract string Name { get; }

    /// <summary>Makes ready whatever a run needs; null, or why it cannot run here.</summary>
    public virtual string? Unavailable() => null;

    /// <summary>One measurement.</summary>
    public virtual Measurement Measure(Workload workload) => Run(workload, Command(workload));

    /// <summary>Program and arguments.</summary>
    protected abstract string[] Command(Workload workload);

    private Measurement Run(Workload workload, string[] command)
    {
        var (exitCode, output, errors) = Output(command);
        return exitCode == 0
            ? JsonSerializer.Deserialize<Measurement>(output, JsonSerializerOptions.Web)!
            : throw new InvalidOperationException($"{Name} failed at {workload.Name}: {errors}");
    }

    /// <summary>Runs a program to its end; an exit code of −1 where there is no such program.</summary>
    internal static (int ExitCode, string Output, string Errors) Output(params string[] command)
    {
        var ended = Output(Patience, command);
        return ended.ExitCode == TooLong ? throw new TimeoutException($"{string.Join(' ', command)} has not ended within {Patience}.") : ended;
    }

    /// <summary>The same with a limit of its own; where that is over, an exit code of <see cref="TooLong"/> with what was printed until then.</summary>
    internal static (int ExitCode, string Output, string Errors) Output(TimeSpan patience, string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // The peers get their best. These two halve OpenBLAS where somebody has set them for another machine …
        start.Environment.Remove("OPENBLAS_CORETYPE");
        start.Environment.Remove("OPENBLAS_L2_SIZE");
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        // … and without these glibc gives memory back after every step and faults it in again, a quarter of torch's time at T4 with Adam on a busy machine.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "10000000000";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "10000000000";
        start.Environment["MALLOC_TOP_PAD_"] = "67108864";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            if (process.WaitForExit(patience))
                return (process.ExitCode, output.Result, errors.Result);
            process.Kill(entireProcessTree: true);
            return (TooLong, output.Result, $"more than {patience.TotalSeconds:0} s");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "", $"{command[0]} is not installed");
        }
    }

    protected static string FileOfPeer(string name) => Path.Combine(AppContext.BaseDirectory, "Peers", name);
}

/// <summary>This program itself.</summary>
/// <param name="threads">Threads that share the work.</param>
/// <param name="instead">A workload to run in place of the one asked for, where two of ours are compared.</param>
internal sealed class Ours(int threads, string? instead = null) : Contender
{
    public int Threads => threads;

    public override string Name => $"our own {instead}{(instead is null ? "" : ", ")}{(threads == 1 ? "one thread" : $"{threads} threads")}";

    public override Measurement Measure(Workload workload) => base.Measure(workload) with { Version = Name };

    public override string? Unavailable() => threads > Environment.ProcessorCount ? $"there are only {Environment.ProcessorCount} cores" : null;

    protected override string[] Command(Workload workload) => [Environment.ProcessPath!, "workload", instead ?? workload.Name, threads.ToString()];
}

/// <summary>Multiply-adds in registers and nothing else: what the core could do.</summary>
internal sealed class PeakOfCore(int bits) : Contender
{
    public override string Name => $"measured peak, {bits} bit";

    /// <summary>The seconds the workload's operations would take.</summary>
    public override Measurement Measure(Workload workload)
    {
        var perOperation = base.Measure(workload);
        return perOperation with
        {
            Seconds = perOperation.Seconds * workload.Figure.Amount,
            ProcessorSeconds = perOperation.ProcessorSeconds * workload.Figure.Amount,
            Version = Name,
        };
    }

    protected override string[] Command(Workload workload) => [Environment.ProcessPath!, "peak", bits.ToString()];
}

/// <summary>A script run by the system's Python, with the packages the distribution serves.</summary>
internal sealed class PythonPeer(string name, string script, string package) : Contender
{
    private const string Python = "/usr/bin/python3";

    public override string Name => name;

    public override string? Unavailable() => Output(Python, "-c", $"import {package}").ExitCode == 0 ? null : $"{Python} has no {package}";

    protected override string[] Command(Workload workload) => [Python, FileOfPeer(script), workload.Name, MinibatchTraining.DigitsFile];
}

/// <summary>A C program, compiled when it is first asked for.</summary>
internal sealed class CompiledPeer(string name, string source, params string[] arguments) : Contender
{
    private readonly string _program = Path.Combine(Directory.CreateTempSubdirectory("peer").FullName, Path.GetFileNameWithoutExtension(source));

    public override string Name => name;

    public override string? Unavailable()
    {
        var (exitCode, _, errors) = Output(["gcc", "-O3", "-march=native", FileOfPeer(source), "-o", _program, .. arguments]);
        return exitCode == 0 ? null : errors.Split('\n').FirstOrDefault(line => line.Contains("error")) ?? errors.Trim();
    }

    protected override string[] Command(Workload workload) => [_program, workload.Name];
}
