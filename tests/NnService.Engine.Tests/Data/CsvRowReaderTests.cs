using System.Text;
using NnService.Engine.Data.Csv;

namespace NnService.Engine.Tests.Data;

/// <summary>Rows read one by one are those of the table that the same file makes.</summary>
public class CsvRowReaderTests
{
    [Theory]
    [InlineData("x\n1\n2\n")]
    [InlineData("x\n1\n2\n\n")]
    [InlineData("x\n1\n2\n\n \n\r\n")]
    [InlineData("x\n\n1\n\n\n2\n")]
    [InlineData("x\n1\n\n\"2\"\n\n3\n4\n\n")]
    [InlineData("x\n1\n\"\"\n\n")]
    public void Blank_lines_of_one_column_count_once_a_row_follows_them(string csv)
    {
        var expected = Tables.Texts(Tables.Csv(csv), "x").Select(text => text ?? "").ToList();

        Assert.Equal(expected, Read(csv, isPlain: false));
        Assert.Equal(expected, Read(csv, isPlain: true));
    }

    private static List<string> Read(string csv, bool isPlain)
    {
        var found = new List<string>();
        var reader = new CsvRowReader(new MemoryStream(Encoding.UTF8.GetBytes(csv)));
        if (isPlain)
            reader.Expect([true], (numbers, _, _) => found.Add($"{numbers[0]}"));
        while (reader.ReadPlain(100) && reader.Read())
            found.Add(Encoding.UTF8.GetString(reader.Cell(0)));
        return found;
    }
}
