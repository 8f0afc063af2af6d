using System.Globalization;
using System.Text;

namespace NnService.Benchmarks.Reading;

/// <summary>A kind of CSV file such as people have: the same bytes for the same size. Columns of numbers are called x1, x2 …, all others differently.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="What">What a reader of the results must know about it.</param>
/// <param name="Columns">Names of the columns, and what writes a cell.</param>
internal sealed record SampleFile(string Name, string What, IReadOnlyList<(string Name, Action<StringBuilder, Random> Write)> Columns)
{
    private const int Seed = 17;
    private const int WordsOfAColumn = 20;

    /// <summary>Numbers of every length.</summary>
    public static SampleFile Numbers { get; } = new(
        "numbers",
        "20 columns of measurements with six decimals, 5 of whole numbers up to 100,000, 5 of doubles in their shortest form (mostly 16 to 18 digits)",
        [
            .. Many("x", 1, 20, column => Measurement(column * 10)),
            .. Many("x", 21, 5, _ => (line, random) => line.Append(CultureInfo.InvariantCulture, $"{random.Next(100_000)}")),
            .. Many("x", 26, 5, _ => (line, random) => line.Append(CultureInfo.InvariantCulture, $"{random.NextDouble():R}")),
        ]);

    /// <summary>Short numbers alone.</summary>
    public static SampleFile Decimals { get; } = new(
        "decimals", "50 columns of measurements with six decimals", [.. Many("x", 1, 50, column => Measurement(column * 10))]);

    /// <summary>Numbers and words.</summary>
    public static SampleFile Mixed { get; } = new(
        "mixed",
        $"10 columns of measurements with six decimals, 5 of words ({WordsOfAColumn} different ones in each), 1 of dates (three years)",
        [
            .. Many("x", 1, 10, column => Measurement(column * 10)),
            .. Many("word", 1, 5, column => (line, random) => line.Append(Word(column, random.Next(WordsOfAColumn)))),
            ("date", (line, random) => line.Append(CultureInfo.InvariantCulture, $"{new DateOnly(2024, 1, 1).AddDays(random.Next(1096)):yyyy-MM-dd}")),
        ]);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SampleFile> All { get; } = [Numbers, Decimals, Mixed];

    /// <summary>Writes at least that many bytes; the number of rows.</summary>
    public int Write(string path, long bytes)
    {
        var random = new Random(Seed);
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20);
        file.Write(string.Join(',', Columns.Select(column => column.Name)) + "\n");
        var (written, rows) = (0L, 0);
        var line = new StringBuilder();
        for (; written < bytes; rows++)
        {
            line.Clear();
            foreach (var (_, write) in Columns)
            {
                write(line, random);
                line.Append(',');
            }

            line[^1] = '\n';
            written += line.Length;
            file.Write(line);
        }

        return rows;
    }

    private static IEnumerable<(string, Action<StringBuilder, Random>)> Many(
        string name, int first, int count, Func<int, Action<StringBuilder, Random>> write) =>
        Enumerable.Range(first, count).Select(column => ($"{name}{column}", write(column)));

    private static Action<StringBuilder, Random> Measurement(int range) =>
        (line, random) => line.Append(CultureInfo.InvariantCulture, $"{(random.NextDouble() - 0.5) * range:0.000000}");

    // Of 4 to 12 letters.
    private static string Word(int column, int index)
    {
        var random = new Random((column * WordsOfAColumn) + index);
        return string.Concat(Enumerable.Range(0, 4 + (index % 9)).Select(_ => (char)('a' + random.Next(26))));
    }
}
