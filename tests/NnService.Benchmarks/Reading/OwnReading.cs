using NnService.Engine.Data;
using NnService.Engine.Data.Csv;

namespace NnService.Benchmarks.Reading;

/// <summary>Reads a file with the engine, on one thread, into arrays of doubles and of codes for words.</summary>
internal static class OwnReading
{
    public static void Print(string path) => ReadingMeasurement.Print($".NET {Environment.Version}", () => Read(path));

    private static Func<(double Sum, int Words)> Read(string path)
    {
        Table table;
        using (var file = File.OpenRead(path))
            table = CsvTable.Read(file);
        foreach (var column in table.Columns)
        {
            _ = column.Numbers;
            _ = column.Codes;
        }

        return () =>
        {
            var (sum, words) = (0.0, 0);
            foreach (var column in table.Columns)
            {
                foreach (var number in column.Numbers)
                    sum += number;
                words += column.Categories.Count;
            }

            return (sum, words);
        };
    }
}
