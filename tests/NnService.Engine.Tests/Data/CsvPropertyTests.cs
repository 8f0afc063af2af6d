using System.Text;
using CsCheck;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;

namespace NnService.Engine.Tests.Data;

/// <summary>Properties of the CSV reader over drawn tables and over bytes that are no table.</summary>
public class CsvPropertyTests
{
    // Letters around it keep a text from being trimmed, and from being a word for a missing cell.
    private static readonly Gen<string> s_text = Gen.String[Gen.Char["ab,;\"\r\n\t é€1"], 0, 12].Select(text => $"x{text}y");

    private static readonly Gen<Written> s_written = Gen.Int[1, 5].SelectMany(columns => Gen.Select(
        s_text.Array[columns].Array[1, 12],
        Gen.OneOf("\n", "\r\n", "\r"),
        Gen.Bool,
        Gen.Bool,
        (rows, lineEnd, quotesAll, endsLastLine) => new Written(rows, lineEnd, quotesAll, endsLastLine)));

    private static readonly Gen<byte[]> s_anything = Gen.String[Gen.Char["ab1.-,,,\"\n\n\r Né\0"], 0, 60].Select(Encoding.UTF8.GetBytes);

    [Fact]
    public void Every_table_comes_back_as_written() => Property.Holds(s_written, AssertComesBack, count: 4_000);

    [Fact]
    public void Bytes_are_read_alike_whether_they_come_at_once_or_one_by_one() => Property.Holds(
        s_anything, bytes => Assert.Equal(Outcome(new MemoryStream(bytes)), Outcome(new DrippingStream(bytes, 1))), count: 20_000);

    // The short way takes rows of numbers in plain digits by the block; an unusual cell sends a row to the general way.
    [Fact]
    public void Numbers_stand_in_their_rows_whatever_stands_between_them()
    {
        Cell[] unusual =
        [
            new("", double.NaN), new("NA", double.NaN), new(" 7 ", 7), new("\"8.5\"", 8.5), new("+4", 4), new("1e3", 1000), new(".5", 0.5), new("6.", 6),
        ];
        var cell = Gen.Frequency<Cell>(
            (6, Gen.Int[-99_999, 99_999].Select(number => new Cell($"{number}", number))),
            (6, Gen.Select(Gen.Int[0, 9_999], Gen.Int[0, 99], (whole, part) => new Cell($"{whole}.{part:00}", double.Parse($"{whole}.{part:00}")))),
            (1, Gen.OneOf(unusual)));
        var table = Gen.Int[2, 6].SelectMany(columns => cell.Array[columns].Array[1, 80]);

        Property.Holds(table, rows =>
        {
            var header = string.Join(',', rows[0].Select((_, column) => $"c{column}"));
            var types = rows[0].Select((_, column) => ($"c{column}", ColumnType.Number)).ToArray();
            var read = Tables.Csv(
                header + "\n" + string.Concat(rows.Select(row => string.Join(',', row.Select(cell => cell.Text)) + "\n")), Tables.Types(types));
            for (var column = 0; column < rows[0].Length; column++)
                Assert.Equal(rows.Select(row => row[column].Value), read.Columns[column].Numbers.ToArray());
        }, count: 2_000);
    }

    private static void AssertComesBack(Written written)
    {
        var table = Tables.Csv(written.Text, new TableReadOptions { Delimiter = ',', OtherTypes = ColumnType.Text });
        Assert.Equal(written.Rows.Length, table.Rows);
        for (var column = 0; column < written.Rows[0].Length; column++)
            Assert.Equal(written.Rows.Select(row => row[column]), Tables.Texts(table, $"c{column}"));
    }

    private static string Outcome(Stream stream)
    {
        try
        {
            var table = CsvTable.Read(stream, new TableReadOptions { Delimiter = ',' });
            return string.Join('\n', table.Columns.Select(column =>
                $"{column.Name} {column.Type}: {string.Join('|', Enumerable.Range(0, column.Rows).Select(row => column.TextAt(row) ?? "(missing)"))}"));
        }
        catch (TableFormatException refused)
        {
            return string.Join('\n', refused.Problems.Select(problem => problem.Detail));
        }
    }

    private sealed record Cell(string Text, double Value);

    private sealed record Written(string[][] Rows, string LineEnd, bool QuotesAll, bool EndsLastLine)
    {
        public string Text => string.Join(LineEnd, Rows.Select(row => string.Join(',', row.Select(Cell))).Prepend(Header)) + (EndsLastLine ? LineEnd : "");

        private string Header => string.Join(',', Rows[0].Select((_, column) => $"c{column}"));

        // RFC 4180, section 2.5 to 2.7.
        private string Cell(string text) => QuotesAll || text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;

        public override string ToString() => Text;
    }
}
