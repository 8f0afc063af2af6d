using System.Diagnostics;
using System.Globalization;

namespace NnService.Benchmarks.Peers;

/// <summary>What a figure must carry to mean anything: the processor, and the source it was measured with.</summary>
internal static class Machine
{
    /// <summary>For example "AMD EPYC (family 25, model 17: Zen 4), 2 cores".</summary>
    public static string Processor
    {
        get
        {
            var generation = Generation is { } known ? $": {known}" : "";
            return $"{Field("model name") ?? "unknown processor"} (family {Field("cpu family")}, model {Field("model")}{generation}), "
                + $"{Environment.ProcessorCount} cores";
        }
    }

    /// <summary>The processor as a file name, for example "amd-epyc-zen4-2-cores".</summary>
    public static string Slug
    {
        get
        {
            var words = $"{Field("model name") ?? "unknown"} {Generation?.Replace(" ", "")} {Environment.ProcessorCount} cores".ToLowerInvariant();
            return string.Join('-',
                string.Concat(words.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    /// <summary>The commit, and whether there were changes on top of it.</summary>
    public static string Commit => Git("describe", "--always", "--dirty", "--exclude=*") ?? "unknown";

    /// <summary>Where the repository lies; null outside one.</summary>
    public static string? Repository => Git("rev-parse", "--show-toplevel");

    /// <summary>Processes that wanted a processor, on average over the last minute.</summary>
    public static double Load => File.Exists("/proc/loadavg")
        ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture)
        : double.NaN;

    // Virtual machines call every EPYC just that; family and model tell the generation.
    private static string? Generation => (Field("vendor_id"), Number("cpu family"), Number("model")) switch
    {
        ("AuthenticAMD", 26, _) => "Zen 5",
        ("AuthenticAMD", 25, >= 0x10 and <= 0x1f or >= 0x60 and <= 0x7f or >= 0xa0 and <= 0xaf) => "Zen 4",
        ("AuthenticAMD", 25, _) => "Zen 3",
        ("AuthenticAMD", 23, >= 0x30) => "Zen 2",
        ("AuthenticAMD", 23, _) => "Zen",
        _ => null,
    };

    private static int? Number(string field) => int.TryParse(Field(field), out var number) ? number : null;

    private static string? Field(string name) => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").Select(line => line.Split(':', 2)).FirstOrDefault(pair => pair[0].Trim() == name)?[1].Trim()
        : null;

    private static string? Git(params string[] arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var answer = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? answer : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
