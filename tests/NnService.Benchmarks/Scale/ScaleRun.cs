using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Scale;

/// <summary>Measures how the service's times and sizes grow, axis by axis.</summary>
internal static class ScaleRun
{
    private static readonly Axis[] s_axes =
    [
        TableAxes.Rows, TableAxes.Columns, TableAxes.Categories, TableAxes.Classes,
        TrainingAxes.Units, TrainingAxes.Minibatch, TrainingAxes.Epochs,
        StockAxes.Jobs, StockAxes.Models, StockAxes.Connections,
    ];

    /// <summary>Runs what the arguments ask for; the exit code.</summary>
    public static int FromCommandLine(string[] arguments)
    {
        string[] names = [.. arguments.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal))];
        if (names.FirstOrDefault(name => s_axes.All(axis => axis.Name != name)) is { } unknown
            || (unknown = arguments.FirstOrDefault(argument => argument.StartsWith("--", StringComparison.Ordinal) && argument is not ("--large" or "--write")))
                is not null)
        {
            Console.Error.WriteLine($"There is no {unknown}. Axes: {string.Join(", ", s_axes.Select(axis => axis.Name))}; options: --large, --write");
            return 2;
        }

        var writes = arguments.Contains("--write");
        var folder = Path.Combine(Machine.Repository ?? ".", "docs", "benchmarks");
        var commit = Machine.Commit; // as the measured program is, whatever happens to the sources meanwhile
        var report = new ScaleReport(Path.Combine(folder, "scale.md"));
        foreach (var axis in s_axes.Where(axis => names.Length == 0 || names.Contains(axis.Name)))
        {
            var section = ScaleReport.Section(axis, axis.Curves(arguments.Contains("--large")), commit, Machine.Load);
            Console.WriteLine(section);
            if (writes)
                report.Put(axis.Name, section, [.. s_axes.Select(known => known.Name)]);
        }

        return 0;
    }
}
