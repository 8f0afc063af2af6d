using System.Text.Json;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Scale;

/// <summary>A script in Python beside this program that prints a line of JSON for each figure.</summary>
/// <param name="file">Its name.</param>
internal sealed class PeerScript(string file)
{
    private const string Python = "/usr/bin/python3";

    // Each figure has its own limit inside the script, of two minutes; a process that is stopped for others ends later.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15);

    /// <summary>The figures of one run, and where it did not end well, why.</summary>
    public IEnumerable<Figure> Run(params object[] arguments)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Scale", file);
        var (exitCode, output, errors) = Contender.Output(s_patience, [Python, script, .. arguments.Select(argument => FormattableString.Invariant($"{argument}"))]);
        foreach (var line in output.Split('\n').Where(line => line.StartsWith('{')))
            yield return JsonSerializer.Deserialize<Figure>(line, JsonSerializerOptions.Web)!;
        if (exitCode != 0)
            yield return Figure.None("the peer", file, errors.Trim().Split('\n')[^1] is { Length: > 0 } last ? last : $"it ended with {exitCode}");
    }
}
