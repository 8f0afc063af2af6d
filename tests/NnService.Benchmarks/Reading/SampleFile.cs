using System.Globalization;
using System.Text;

namespace NnService.Benchmarks.Reading;

/// <summary>A CSV file of numbers such as people have: the same bytes for the same seed and size.</summary>
internal static class SampleFile
{
    private const int Seed = 17;

    /// <summary>What a reader of the results must know about it.</summary>
    public const string What =
        "20 columns of measurements with six decimals, 5 of whole numbers up to 100,000, 5 of doubles in their shortest form (mostly 16 to 18 digits); LF; "
            + "no quotes, nothing missing";

    private const int Measurements = 20;
    private const int Whole = 5;
    private const int Shortest = 5;

    /// <summary>Writes at least that many bytes; the number of rows.</summary>
    public static int Write(string path, long bytes)
    {
        var random = new Random(Seed);
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20);
        file.Write(string.Join(',', Enumerable.Range(1, Measurements + Whole + Shortest).Select(column => $"x{column}")) + "\n");
        var (written, rows) = (0L, 0);
        var line = new StringBuilder();
        for (; written < bytes; rows++)
        {
            line.Clear();
            for (var i = 0; i < Measurements; i++)
                line.Append(CultureInfo.InvariantCulture, $"{(random.NextDouble() - 0.5) * (i + 1) * 10:0.000000},");
            for (var i = 0; i < Whole; i++)
                line.Append(CultureInfo.InvariantCulture, $"{random.Next(100_000)},");
            for (var i = 0; i < Shortest; i++)
                line.Append(CultureInfo.InvariantCulture, $"{random.NextDouble():R}{(i == Shortest - 1 ? '\n' : ',')}");
            written += line.Length;
            file.Write(line);
        }

        return rows;
    }
}
