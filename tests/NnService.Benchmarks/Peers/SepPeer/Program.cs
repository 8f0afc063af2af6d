// Reads a CSV file five times with Sep, on one thread: dotnet SepPeer.dll FILE. Numbers become doubles, row behind row in blocks, so that nothing is copied
// while the table grows; words become codes, by a dictionary for each column that is asked by the characters where they lie. The files have no quotes.
using System.Diagnostics;
using nietras.SeparatedValues;
using NnService.Benchmarks.Reading;

const int RowsOfABlock = 4096;
var version = $"Sep {FileVersionInfo.GetVersionInfo(typeof(Sep).Assembly.Location).ProductVersion!.Split('+')[0]}";
if (args[0] == "version")
    Console.WriteLine(version);
else
    ReadingMeasurement.Print(version, () => Read(args[0]));

static Func<(double Sum, int Words)> Read(string file)
{
    using var reader = Sep.New(',').Reader(options => options with { DisableQuotesParsing = true }).FromFile(file);
    var names = reader.Header.ColNames;
    int[] numbers = [.. Enumerable.Range(0, names.Count).Where(i => names[i].StartsWith('x'))];
    int[] words = [.. Enumerable.Range(0, names.Count).Except(numbers)];
    var codeOf = Array.ConvertAll(words, _ => new Dictionary<string, int>().GetAlternateLookup<ReadOnlySpan<char>>());
    var (blocks, codes, rows) = (new List<double[]>(), new List<int[]>(), 0);
    foreach (var row in reader)
    {
        var place = rows++ % RowsOfABlock;
        if (place == 0)
        {
            blocks.Add(new double[RowsOfABlock * numbers.Length]);
            codes.Add(new int[RowsOfABlock * words.Length]);
        }

        row[numbers].Parse(blocks[^1].AsSpan(place * numbers.Length, numbers.Length));
        for (var i = 0; i < words.Length; i++)
        {
            var word = row[words[i]].Span;
            if (!codeOf[i].TryGetValue(word, out var code))
                codeOf[i].TryAdd(word, code = codeOf[i].Dictionary.Count);
            codes[^1][(place * words.Length) + i] = code;
        }
    }

    return () => (blocks.Sum(block => block.Sum()), codeOf.Sum(lookup => lookup.Dictionary.Count));
}
