using System.Globalization;

namespace NnService.Benchmarks.Serving;

/// <summary>Memory of a process in MiB.</summary>
/// <param name="Resident">All its pages in memory, shared files among them.</param>
/// <param name="Proportional">The same, where a page that several processes share counts in parts.</param>
/// <param name="Anonymous">What no file backs: heaps, stacks, compiled code.</param>
internal sealed record ServerMemory(double Resident, double Proportional, double Anonymous)
{
    /// <summary>That of a process of this user.</summary>
    public static ServerMemory Of(int process)
    {
        var rollup = File.ReadAllLines($"/proc/{process}/smaps_rollup");
        return new ServerMemory(Mebibytes(File.ReadAllLines($"/proc/{process}/status"), "VmRSS:"), Mebibytes(rollup, "Pss:"), Mebibytes(rollup, "Anonymous:"));
    }

    // "VmRSS:     12345 kB"
    private static double Mebibytes(string[] lines, string field) =>
        double.Parse(lines.First(line => line.StartsWith(field, StringComparison.Ordinal))[field.Length..^2], CultureInfo.InvariantCulture) / 1024;
}
