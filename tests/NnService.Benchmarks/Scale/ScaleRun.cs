using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Scale;

/// <summary>Measures how the service's times and sizes grow, axis by axis.</summary>
internal static class ScaleRun
{
    private const string Page = "--page"; // writes the page from the figures there are

    private static readonly Axis[] s_axes =
    [
        TableAxes.Rows, TableAxes.Columns, TableAxes.Categories, TableAxes.Classes,
        TrainingAxes.Units, TrainingAxes.Minibatch, TrainingAxes.Epochs,
        StockAxes.Jobs, StockAxes.Models, StockAxes.Aliases, StockAxes.Events, ConnectionAxis.Connections,
    ];

    /// <summary>Runs what the arguments ask for; the exit code.</summary>
    public static int FromCommandLine(string[] arguments)
    {
        string[] names = [.. arguments.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal))];
        if (names.FirstOrDefault(name => s_axes.All(axis => axis.Name != name)) is { } unknown
            || (unknown = arguments.FirstOrDefault(argument => argument.StartsWith("--", StringComparison.Ordinal) && argument is not ("--large" or "--write" or Page)))
                is not null)
        {
            Console.Error.WriteLine($"There is no {unknown}. Axes: {string.Join(", ", s_axes.Select(axis => axis.Name))}; options: --large, --write, {Page}");
            return 2;
        }

        var writes = arguments.Contains("--write");
        var folder = Path.Combine(Machine.Repository ?? ".", "docs", "benchmarks");
        var commit = Machine.Commit; // as the measured program is, whatever happens to the sources meanwhile
        var report = new ScaleReport(folder, s_axes);
        if (arguments.Contains(Page))
        {
            report.WritePage();
            return 0;
        }

        foreach (var axis in s_axes.Where(axis => names.Length == 0 || names.Contains(axis.Name)))
        {
            var section = axis.Run(arguments.Contains("--large"), commit);
            Console.WriteLine(ScaleTable.Of(axis, section));
            if (!writes)
                continue;
            report.Put(section);
            report.WritePage();
        }

        return 0;
    }
}
