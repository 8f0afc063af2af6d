using System.Text;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;
using NnService.Engine.Data.Json;

namespace NnService.Engine.Tests.Data;

/// <summary>Tables for tests, from text or from the sample files.</summary>
internal static class Tables
{
    internal static Table Csv(string text, TableReadOptions? options = null) => CsvTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), options);

    internal static Table Csv(byte[] bytes, TableReadOptions? options = null) => CsvTable.Read(new MemoryStream(bytes), options);

    internal static Table Json(string text, TableReadOptions? options = null) => JsonTable.Read(Encoding.UTF8.GetBytes(text), options);

    internal static Table Ndjson(string text, TableReadOptions? options = null) =>
        JsonTable.ReadNdjson(new MemoryStream(Encoding.UTF8.GetBytes(text)), options);

    internal static Table Sample(string name)
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "SampleData", name + ".csv"));
        return CsvTable.Read(file);
    }

    internal static TableReadOptions Types(params (string Name, ColumnType Type)[] types)
        => new() { Types = types.ToDictionary(type => type.Name, type => type.Type) };

    internal static int[] AllRows(Table table) => [.. Enumerable.Range(0, table.Rows)];

    internal static IEnumerable<string?> Texts(Table table, string column)
    {
        Column found = table.Find(column)!;
        return Enumerable.Range(0, found.Rows).Select(found.TextAt);
    }

    internal static IReadOnlyList<TableProblem> Problems(Func<Table> read) => Assert.Throws<TableFormatException>(read).Problems;

    internal static string Problem(Func<Table> read) => Assert.Single(Problems(read)).Detail;
}
