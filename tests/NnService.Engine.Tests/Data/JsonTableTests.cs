using System.Globalization;
using System.Text;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Json;

namespace NnService.Engine.Tests.Data;

public class JsonTableTests
{
    [Fact]
    public void Rows_as_objects_make_columns_in_order_of_first_appearance()
    {
        Table table = Tables.Json("""{"rows":[{"n":1,"b":true,"c":"x"},{"c":"y","n":2.5,"late":7},{"b":false,"n":null}]}""");

        Assert.Equal(["n", "b", "c", "late"], table.Columns.Select(column => column.Name));
        Assert.Equal([ColumnType.Number, ColumnType.Boolean, ColumnType.Category, ColumnType.Number], table.Columns.Select(column => column.Type));
        Assert.Equal(["1", "2.5", null], Tables.Texts(table, "n"));
        Assert.Equal(["true", null, "false"], Tables.Texts(table, "b"));
        Assert.Equal(["x", "y", null], Tables.Texts(table, "c"));
        Assert.Equal([null, "7", null], Tables.Texts(table, "late"));
    }

    [Fact]
    public void Rows_as_lists_follow_the_columns()
    {
        Table table = Tables.Json("""{"name":"passed over","columns":["a","b"],"rows":[[1,"x"],[2,""]]}""");

        Assert.Equal([1, 2], table.Find("a")!.Numbers);
        Assert.Equal(["x", null], Tables.Texts(table, "b"));
    }

    [Fact]
    public void Kinds_that_mix_become_categories()
    {
        Table table = Tables.Json("""{"columns":["a","b"],"rows":[[1.0,true],[null,false],["x",1],[true,""]]}""");

        Assert.Equal(["1", null, "x", "true"], Tables.Texts(table, "a"));
        Assert.Equal(["true", "false", "1", null], Tables.Texts(table, "b"));
        Assert.All(table.Columns, column => Assert.Equal(ColumnType.Category, column.Type));
    }

    [Fact]
    public void Texts_of_digits_stay_text_unless_declared_numbers()
    {
        const string Json = """{"rows":[{"a":"01"},{"a":"2"}]}""";

        Assert.Equal(["01", "2"], Tables.Texts(Tables.Json(Json), "a"));
        Assert.Equal([1, 2], Tables.Json(Json, Tables.Types(("a", ColumnType.Number))).Find("a")!.Numbers);
    }

    [Fact]
    public void Declared_category_takes_numbers_by_their_shortest_text()
    {
        Column column = Tables.Json("""{"rows":[{"a":1.0},{"a":2},{"a":true}]}""", Tables.Types(("a", ColumnType.Category))).Find("a")!;

        Assert.Equal(["1", "2", "true"], column.Categories);
    }

    [Theory]
    [InlineData("9007199254740993", "9007199254740993")]
    [InlineData("4111111111111110", "4111111111111110")]
    [InlineData("-12345678901234567890", "-12345678901234567890")]
    [InlineData("-9007199254740992", "-9007199254740992")]
    [InlineData("100000000000000000", "100000000000000000")] // 1E+17 as a float64 is written
    [InlineData("1e20", "1E+20")]
    [InlineData("12345678901234567890.0", "1.2345678901234567E+19")]
    public void A_large_whole_number_among_words_keeps_its_digits_wherever_it_stands(string number, string word)
    {
        foreach (int at in (int[])[0, 9_000])
        {
            string[] cells = [.. Enumerable.Range(0, 20_000).Select(i => i == at ? "\"x\"" : i % 3 == 0 ? number : i % 3 == 1 ? "2.50" : "null")];
            Table table = Tables.Ndjson(string.Concat(cells.Select(cell => $"{{\"a\":{cell}}}\n")));

            Assert.Equal(cells.Select(cell => cell == number ? word : cell == "2.50" ? "2.5" : cell == "null" ? null : "x"), Tables.Texts(table, "a"));
        }

        Assert.Equal([word], Tables.Json($"{{\"rows\":[{{\"a\":{number}}}]}}", Tables.Types(("a", ColumnType.Category))).Find("a")!.Categories);
        Assert.Equal([double.Parse(number, CultureInfo.InvariantCulture)], Tables.Json($"{{\"rows\":[{{\"a\":{number}}}]}}").Find("a")!.Numbers);
    }

    [Fact]
    public void Large_whole_numbers_that_are_all_different_keep_their_digits()
    {
        string[] cells = [.. Enumerable.Range(0, 70_000).Select(i => $"9{1_000_000_000_000_000_000 + i}"), "\"x\""];
        Table table = Tables.Ndjson(string.Concat(cells.Select(cell => $"{{\"a\":{cell}}}\n")));

        Assert.Equal(cells.Select(cell => cell.Trim('"')), Tables.Texts(table, "a"));
    }

    [Fact]
    public void Escaped_text_is_read()
        => Assert.Equal(["a\"b", "é"], Tables.Texts(Tables.Json("""{"rows":[{"a":"a\"b"},{"a":"\u00e9"}]}"""), "a"));

    [Theory]
    [InlineData("""[1]""", "#", "The body must be an object with \"rows\". It is a list: write {\"rows\": before it and } behind it.")]
    [InlineData("""{"columns":["a"],"data":[[1]]}""", "#/rows", "The body has no \"rows\"; it has \"columns\", \"data\". "
        + "A table is {\"rows\": [{\"height\": 63}, …]}, "
        + "or {\"columns\": [\"height\"], \"rows\": [[63], …]}; pandas writes such rows by to_json(orient=\"records\").")]
    [InlineData("""{}""", "#/rows", "\"rows\" must be a list of rows.")]
    [InlineData("""{"rows":[]}""", "#/rows", "There are no rows.")]
    [InlineData("""{"rows":[{}]}""", "#/rows", "The rows have no columns.")]
    [InlineData("""{"rows":[{"a":1},{"a":[1]}]}""", "#/rows/1/a", "rows[1], column \"a\": a cell is a number, a text, true, false or null.")]
    [InlineData("""{"rows":[{"a/b":1e400}]}""", "#/rows/0/a~1b", "rows[0], column \"a/b\": \"1e400\" is too large for a number.")]
    [InlineData("""{"rows":[{"a":1},7]}""", "#/rows/1", "rows[1] must be an object, such as {\"height\": 63}.")]
    [InlineData("""{"rows":[[1]]}""", "#/rows/0", "rows[0] must be an object, such as {\"height\": 63}; rows that are lists need \"columns\" beside them.")]
    [InlineData("""{"rows":[{"a":1,"a":2}]}""", "#/rows/0/a", "rows[0], column \"a\": the value is given twice.")]
    [InlineData("""{"rows":[{"a":"\ud800"}]}""", "#/rows/0/a", "A text at #/rows/0/a is not valid Unicode: it has half of a surrogate pair.")]
    [InlineData("""{"rows":[{"a":1},{"\ud800":1}]}""", "#/rows/1", "A text at #/rows/1 is not valid Unicode: it has half of a surrogate pair.")]
    [InlineData("""{"columns":["a","\udc00\ud83d"],"rows":[[1,2]]}""",
        "#/columns/1", "A text at #/columns/1 is not valid Unicode: it has half of a surrogate pair.")]
    [InlineData("""{"\ud800":1,"rows":[{"a":1}]}""", "#", "A text at # is not valid Unicode: it has half of a surrogate pair.")]
    [InlineData("""{"rows":[{"a":"x\u0000"}]}""", "#/rows/0/a", "rows[0], column \"a\": the text holds a NUL byte.")]
    [InlineData("""{"columns":["a","b"],"rows":[[1,2],[3]]}""", "#/rows/1", "rows[1] has 1 value; there are 2 columns.")]
    [InlineData("""{"columns":["a","b"],"rows":[[1,2],{"a":1}]}""", "#/rows/1", "rows[1] must be a list of 2 values, as \"columns\" are given.")]
    [InlineData("""{"columns":["a","b"],"rows":[[1,{}]]}""", "#/rows/0/1", "rows[0], column \"b\": a cell is a number, a text, true, false or null.")]
    [InlineData("""{"columns":["a","a"],"rows":[[1,2]]}""", "#/columns/1", "Two columns are called \"a\".")]
    [InlineData("""{"columns":["a",""],"rows":[[1,2]]}""", "#/columns/1", "Column 2 has no name.")]
    [InlineData("""{"columns":["a"," "],"rows":[[1,2]]}""", "#/columns/1", "Column 2 has no name.")]
    [InlineData("""{"columns":["a","a "],"rows":[[1,2]]}""", "#/columns/1", "The columns \"a\" and \"a \" differ in blanks alone; give one of them another name.")]
    [InlineData("""{"rows":[{"a":1},{"\ta":2}]}""", "#/rows/1/\ta", "The columns \"a\" and \"\ta\" differ in blanks alone; give one of them another name.")]
    [InlineData("""{"columns":["a",2],"rows":[[1,2]]}""", "#/columns/1", "The name of a column must be a text.")]
    [InlineData("""{"columns":"a","rows":[[1,2]]}""", "#/columns", "\"columns\" must be a list of names.")]
    public void Broken_table_points_to_the_place(string json, string pointer, string detail)
    {
        TableProblem problem = Assert.Single(Tables.Problems(() => Tables.Json(json)));

        Assert.Equal(pointer, problem.Pointer);
        Assert.Equal(detail, problem.Detail);
    }

    [Fact]
    public void Declared_types_are_held_to()
    {
        TableReadOptions types = Tables.Types(("n", ColumnType.Number), ("b", ColumnType.Boolean));
        IReadOnlyList<TableProblem> problems = Tables.Problems(
            () => Tables.Json("""{"rows":[{"n":"12","b":"true"},{"n":"x","b":1},{"n":true,"b":2}]}""", types));

        Assert.Equal(
            ["rows[1], column \"n\": \"x\" is not a number.", "rows[2], column \"n\": true is not a number.", "rows[2], column \"b\": 2 is not true or false."],
            problems.Select(problem => problem.Detail));
        Assert.Equal(
            "A type is given for column \"z\", which the table does not have.",
            Tables.Problem(() => Tables.Json("""{"rows":[{"a":1}]}""", Tables.Types(("z", ColumnType.Number)))));
    }

    [Fact]
    public void Reading_stops_after_twenty_problems()
        => Assert.Equal(20, Tables.Problems(() => Tables.Json("""{"rows":[""" + string.Join(',', Enumerable.Repeat("1", 100)) + "]}")).Count);

    [Fact]
    public void Lines_of_json_make_a_table()
    {
        Table table = Tables.Ndjson("{\"a\":1,\"b\":\"x\"}\r\n\n{\"b\":\"y\",\"a\":2}");

        Assert.Equal([1, 2], table.Find("a")!.Numbers);
        Assert.Equal(["x", "y"], Tables.Texts(table, "b"));
    }

    [Fact]
    public void Line_of_json_has_at_most_16_MiB()
    {
        const int Most = 16 << 20;

        Assert.Equal([1, 2], Tables.Ndjson("{\"a\":1}\n" + LineOf(Most)).Find("a")!.Numbers);
        Assert.Equal("Line 2 is longer than 16,777,216 bytes.", Tables.Problem(() => Tables.Ndjson("{\"a\":1}\n" + LineOf(Most + 1) + "{\"a\":3}\n")));

        static string LineOf(int bytes) => "{\"a\":2" + new string(' ', bytes - 7) + "}\n";
    }

    [Fact]
    public void Absent_cells_are_limited_by_the_bytes()
    {
        string some = Names(1000) + Lines("{}", 600);
        string many = Names(1000) + Lines("{}", 2000);
        string json = $"{{\"rows\":[{Names(1000)}{string.Concat(Enumerable.Repeat(",{}", 3000))}]}}";
        int rows = (64 * many.Length / 1000) + 1;

        Assert.Equal(2001, Tables.Ndjson(many, SparseCells(2_001_000)).Rows);
        Assert.Equal(601, Tables.Ndjson(some, SparseCells(1000)).Find("k999")!.Rows); // up to 64 for each byte
        TableProblem problem = Assert.Single(Tables.Problems(() => Tables.Ndjson(many, SparseCells(1000))));
        Assert.Equal(rows, problem.Line);
        Assert.Equal(
            $"Line {rows} makes {rows * 1000:N0} cells of 1,000 columns and {rows:N0} rows, nearly all of them absent; a table of {many.Length:N0} bytes may have "
            + $"{64 * many.Length:N0}. Leave out what only few rows have, or send the table as CSV.",
            problem.Detail);
        Assert.Equal(653, Assert.Single(Tables.Problems(() => JsonTable.ReadNdjson(new UnseekableStream(many), SparseCells(1000)))).Line); // by the bytes so far
        Assert.Equal($"#/rows/{64 * json.Length / 1000}", Assert.Single(Tables.Problems(() => Tables.Json(json, SparseCells(1000)))).Pointer);
    }

    [Fact]
    public void A_late_column_counts_as_absent_in_all_rows_before_it()
    {
        string text = Lines("{}", 10_000) + Names(300);

        Assert.StartsWith(
            "Line 10001 makes ",
            Tables.Problem(() => Tables.Ndjson(text, SparseCells(1000))), StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_of_a_wide_table_share_the_memory_that_reading_takes()
    {
        string path = Path.Combine(Path.GetTempPath(), $"columns-{Guid.NewGuid():N}");
        byte[] text = Encoding.UTF8.GetBytes(Names(TableReadOptions.MostColumns) + Lines("{}", 2098) + Names(TableReadOptions.MostColumns));
        try
        {
            using var into = ColumnFile.Create(path);

            long before = GC.GetAllocatedBytesForCurrentThread();
            Table table = JsonTable.ReadNdjson(new MemoryStream(text), TableReadOptions.Default with { Into = into });
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.InRange(allocated, 0, 250_000_000); // in blocks of 2,100 rows, all in memory at a time: 500 million
            Assert.Equal(2100, table.Rows);
            Assert.Equal([1, .. Enumerable.Repeat(double.NaN, 2098), 1], table.Columns[^1].Numbers);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":\n", 2, "Line 2, byte 6: this is not JSON. "
        + "Each line is one whole object; a list, or rows over several lines, goes as application/json in {\"rows\": […]}.")]
    [InlineData("{\"a\":1}\n{\"a\":NaN}\n", 2, "Line 2, byte 6: this is not JSON. NaN and Infinity are no JSON; a missing number is null.")]
    [InlineData("{\"a\":-Infinity}\n", 1, "Line 1, byte 7: this is not JSON. NaN and Infinity are no JSON; a missing number is null.")]
    [InlineData("{\"a\":1}\n\n[1]\n", 3, "Line 3 must be an object, such as {\"height\": 63}.")]
    [InlineData("{\"a\":1}\n{\"a\":{}}\n", 2, "Line 2, column \"a\": a cell is a number, a text, true, false or null.")]
    [InlineData("{\"a\":\"b\"}\n{\"a\":\"\\ud800\"}\n", 2, "Line 2: a text at #/a is not valid Unicode: it has half of a surrogate pair.")]
    [InlineData("\n", null, "There are no rows.")]
    public void Broken_line_of_json_is_named(string text, int? line, string detail)
    {
        TableProblem problem = Assert.Single(Tables.Problems(() => Tables.Ndjson(text)));

        Assert.Equal(line, problem.Line);
        Assert.Equal(detail, problem.Detail);
        Assert.Null(problem.Pointer);
    }

    private static TableReadOptions SparseCells(long most) => new() { MaxSparseCells = most };

    // A line with so many names.
    private static string Names(int count) => $"{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"k{i}\":1"))}}}\n";

    private static string Lines(string line, int count) => string.Concat(Enumerable.Repeat(line + "\n", count));

    private sealed class UnseekableStream(string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();
    }
}
