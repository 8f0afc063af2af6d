namespace NnService.Benchmarks.Serving;

/// <summary>What a run of serving is asked to do.</summary>
internal sealed class ServingOptions
{
    private static readonly string[] s_parts = ["http", "paced", "steady", "csv", "infer", "start"];

    /// <summary>The parts to measure.</summary>
    public IReadOnlyList<string> Parts { get; private set; } = s_parts;

    /// <summary>How often each server has its turn.</summary>
    public int Rounds { get; private set; } = 3;

    /// <summary>How long a turn takes.</summary>
    public int Seconds { get; private set; } = 5;

    /// <summary>Size of a CSV in millions of bytes.</summary>
    public int Megabytes { get; private set; } = 50;

    /// <summary>Whether the page of the documentation is written.</summary>
    public bool IsWritten { get; private set; }

    /// <summary>Reads the arguments; null, and a line on the error stream, where one is wrong.</summary>
    public static ServingOptions? Of(ReadOnlySpan<string> arguments)
    {
        var options = new ServingOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            var number = int.TryParse(value, out var given) && given > 0 ? given : 0;
            var parts = value.Split(',');
            switch (arguments[i])
            {
                case "--rounds" when number > 0:
                    (options.Rounds, i) = (number, i + 1);
                    break;
                case "--seconds" when number > 0:
                    (options.Seconds, i) = (number, i + 1);
                    break;
                case "--megabytes" when number > 0:
                    (options.Megabytes, i) = (number, i + 1);
                    break;
                case "--only" when parts.All(s_parts.Contains):
                    (options.Parts, i) = ([.. s_parts.Where(parts.Contains)], i + 1);
                    break;
                case "--write":
                    options.IsWritten = true;
                    break;
                default:
                    Console.Error.WriteLine(
                        $"{arguments[i]} {value}: the options are --rounds N, --seconds N, --megabytes N, "
                        + $"--only PART,… of {string.Join(",", s_parts)}, and --write.");
                    return null;
            }
        }

        return options;
    }
}
