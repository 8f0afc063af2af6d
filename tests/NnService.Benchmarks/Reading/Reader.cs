using System.Text.Json;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Reading;

/// <summary>Somebody who reads a file, each time in a process of its own.</summary>
/// <param name="name">What the table calls it.</param>
/// <param name="command">Program and arguments, to which the file's path is added.</param>
/// <param name="unavailable">Makes ready whatever it needs; null, or why it cannot run here.</param>
internal sealed class Reader(string name, Func<string[]> command, Func<string?> unavailable)
{
    private const string Python = "/usr/bin/python3";

    private readonly Lazy<string?> _unavailable = new(unavailable);

    public static Reader Own { get; } = new("ours", () => [Environment.ProcessPath!, "reading", "ours"], () => null);

    /// <summary>Those we compare ourselves with.</summary>
    public static IReadOnlyList<Reader> Peers { get; } = [Pandas(), Sep()];

    public string Name => name;

    /// <summary>Why it cannot run here; null: it can.</summary>
    public string? Unavailable => _unavailable.Value;

    public ReadingMeasurement Read(string file)
    {
        var (exitCode, output, errors) = Contender.Output([.. command(), file]);
        return exitCode == 0
            ? JsonSerializer.Deserialize<ReadingMeasurement>(output, JsonSerializerOptions.Web)!
            : throw new InvalidOperationException($"{name} ended with {exitCode}: {errors}");
    }

    private static Reader Pandas()
    {
        string[] script = [Python, Path.Combine(AppContext.BaseDirectory, "Reading", "pandas_peer.py")];
        return new Reader("pandas", () => script, () => Contender.Output([.. script, "version"]).ExitCode == 0 ? null : $"{Python} has no pandas");
    }

    private static Reader Sep()
    {
        var project = new PeerProject("SepPeer");
        return new Reader("Sep", () => project.Command(), project.Build);
    }
}
