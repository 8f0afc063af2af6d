using System.Text;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;

namespace NnService.Engine.Tests.Data;

public class CsvTableTests
{
    private const string RowNames = " Where the first cell of each row is a row name that R's write.table has written, "
        + "write the table with row.names = FALSE, or with col.names = NA to keep the names.";

    [Theory]
    [InlineData("# made by a tool\na,b\n1,2\n", "Line 2 has 2 cells; the header has 1. "
        + "The header is the first line, \"# made by a tool\"; if that is a title or a comment, take it out.")]
    [InlineData("a,b\n1\n", "Line 2 has 1 cell; the header has 2.")]
    public void A_title_in_front_of_the_header_is_named(string csv, string detail) =>
        Assert.Equal(detail, Assert.Throws<TableFormatException>(() => Tables.Csv(csv)).Problems[0].Detail);

    [Theory]
    [InlineData("a,x;b\n0,5;1\n1,5;2\n", "a,x", "b")]
    [InlineData("Price, EUR;pieces\r\n1.200,5;3\r\n0,5;4\r\n", "Price, EUR", "pieces")]
    [InlineData("a, b;c, d\n1,5;x\n2,5;y\n", "a, b", "c, d")]
    [InlineData("a,x\tb\n0,5\t1\n1,5\t2", "a,x", "b")]
    [InlineData("a;x,b\n1;2,x\n3;4,y\n", "a;x", "b")]
    [InlineData("a;x,b\n1.5;2.5,3\n3.5;4.5,5\n", "a;x", "b")]
    [InlineData("\"a;b\",c\n1,2\n3,4\n", "a;b", "c")]
    public void Commas_within_numbers_do_not_separate_cells_where_another_character_does(string csv, string first, string second) =>
        Assert.Equal([first, second], Tables.Csv(csv).Columns.Select(column => column.Name));

    [Theory]
    [InlineData("\uFEFF\uFEFFa,b\n1,2\n")]
    [InlineData("\uFEFF\"\uFEFFa\",b\n1,2\n")]
    [InlineData("\"\uFEFFa\",b\n1,2\n")]
    [InlineData("\uFEFF\uFEFF\"a\",b\n1,2\n")]
    public void A_byte_order_mark_is_no_part_of_a_name(string csv) => Assert.Equal(["a", "b"], Tables.Csv(csv).Columns.Select(column => column.Name));

    [Fact]
    public void Columns_get_their_types_from_all_rows()
    {
        Table table = Tables.Csv("n,b,c,late\n1,true,x,1\n-2.5e1,FALSE,y,2\n.5,True,x,three\n");

        Assert.Equal(3, table.Rows);
        Assert.Equal([ColumnType.Number, ColumnType.Boolean, ColumnType.Category, ColumnType.Category], table.Columns.Select(column => column.Type));
        Assert.Equal([1, -25, 0.5], table.Find("n")!.Numbers);
        Assert.Equal([1, 0, 1], table.Find("b")!.Numbers);
        Assert.Equal(["x", "y"], table.Find("c")!.Categories);
        Assert.Equal([0, 1, 0], table.Find("c")!.Codes);
        Assert.Equal(["1", "2", "three"], Tables.Texts(table, "late"));
        Assert.Null(table.Find("N"));
    }

    [Fact]
    public void Categories_are_in_ordinal_order_whatever_the_order_of_the_rows()
    {
        Column column = Tables.Csv("c\nb\na\nB\nä\nb\n").Find("c")!;

        Assert.Equal(["B", "a", "b", "ä"], column.Categories);
        Assert.Equal([2, 1, 0, 3, 2], column.Codes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NA")]
    [InlineData("NaN")]
    [InlineData("null")]
    [InlineData("?")]
    [InlineData("  ")]
    [InlineData("\" NA \"")]
    public void Missing_cells_are_missing_in_numbers_booleans_and_categories(string missing)
    {
        Table table = Tables.Csv($"n,b,c\n{missing},{missing},{missing}\n1,true,x\n");

        Assert.All(table.Columns, column => Assert.Equal(1, column.Missing));
        Assert.All(table.Columns, column => Assert.True(column.IsMissing(0)));
        Assert.All(table.Columns, column => Assert.Null(column.TextAt(0)));
        Assert.Equal([ColumnType.Number, ColumnType.Boolean, ColumnType.Category], table.Columns.Select(column => column.Type));
    }

    [Fact]
    public void Column_that_is_missing_throughout_is_a_number_column()
    {
        Column column = Tables.Csv("a,b\n,1\nNA,2\n").Find("a")!;

        Assert.Equal(ColumnType.Number, column.Type);
        Assert.Equal(2, column.Missing);
        Assert.False(column.IsInteger);
    }

    [Theory]
    [InlineData("a,b\n1,x\n2,y\n")]
    [InlineData("a,b\r\n1,x\r\n2,y\r\n")]
    [InlineData("a,b\r1,x\r2,y\r")]
    [InlineData("a,b\n1,x\n2,y")]
    [InlineData("a,b\n1,x\n2,y\n\n\r\n  \n")]
    [InlineData("\uFEFFa,b\n1,x\n2,y\n")]
    [InlineData("a;b\n1;x\n2;y\n")]
    [InlineData("a\tb\n1\tx\n2\ty\n")]
    [InlineData("\"a\",\"b\"\n\"1\",\"x\"\n\"2\",\"y\"\n")]
    [InlineData(" a , b\n 1 ,x\n2\t,y\n")]
    public void Same_table_in_every_dialect(string csv)
    {
        Table table = Tables.Csv(csv);

        Assert.Equal(["a", "b"], table.Columns.Select(column => column.Name));
        Assert.Equal([1, 2], table.Find("a")!.Numbers);
        Assert.Equal(["x", "y"], Tables.Texts(table, "b"));
    }

    [Fact]
    public void Delimiter_is_the_one_that_cuts_every_row_alike()
    {
        Table table = Tables.Csv("name, first;price\nAnna, B;1,5\nCarl;2,5\n");

        Assert.Equal(["name, first", "price"], table.Columns.Select(column => column.Name));
        Assert.Equal(["1,5", "2,5"], Tables.Texts(table, "price"));
    }

    [Fact]
    public void Delimiter_given_overrides_the_one_found()
    {
        Table table = Tables.Csv("a,b|c\n1,2|3\n", new TableReadOptions { Delimiter = '|' });

        Assert.Equal(["a,b", "c"], table.Columns.Select(column => column.Name));
        Assert.Throws<ArgumentException>(() => Tables.Csv("a\n1\n", new TableReadOptions { Delimiter = 'x' }));
    }

    [Fact]
    public void Quoted_cells_hold_delimiters_quotes_and_line_ends()
    {
        Table table = Tables.Csv("text,n\n\"a, \"\"b\"\"\",1\n\"two\r\nlines\",2\n5'10\" tall,3\n\"\"\"\",4\n");

        Assert.Equal(["a, \"b\"", "two\r\nlines", "5'10\" tall", "\""], Tables.Texts(table, "text"));
        Assert.Equal([1, 2, 3, 4], table.Find("n")!.Numbers);
    }

    [Fact]
    public void Cells_longer_than_the_buffer_are_read_whole()
    {
        string plain = new('p', 700_000);
        string quoted = string.Concat(Enumerable.Repeat("q\"\n", 200_000));
        Table table = Tables.Csv($"a,b\n{plain},\"{quoted.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\nx,y\n");

        Assert.Equal([plain, "x"], Tables.Texts(table, "a"));
        Assert.Equal([quoted, "y"], Tables.Texts(table, "b"));
    }

    [Fact]
    public void Reading_does_not_depend_on_where_the_stream_breaks()
    {
        const string Csv = "a,\"b \"\"x\"\"\",c\r\n1,\"line\r\none\",true\r\n,\"\"\"\",false\r\n3.25,plain,true\r\n";
        foreach (int step in (int[])[1, 2, 3, 5, 7])
        {
            Table table = CsvTable.Read(new DrippingStream(Encoding.UTF8.GetBytes(Csv), step));

            Assert.Equal(["a", "b \"x\"", "c"], table.Columns.Select(column => column.Name));
            Assert.Equal([1, double.NaN, 3.25], table.Find("a")!.Numbers);
            Assert.Equal(["line\r\none", "\"", "plain"], Tables.Texts(table, "b \"x\""));
            Assert.Equal([1, 0, 1], table.Find("c")!.Numbers);
        }
    }

    [Fact]
    public void Many_rows_of_odd_widths_come_back_as_written()
    {
        var random = new System.Random(5);
        string[][] cells = [.. Enumerable.Range(0, 20_000)
            .Select(row => new[] { $"{row}", new string((char)('a' + row % 26), random.Next(1, 90)), $"{random.Next()}" })];
        Table table = Tables.Csv("i,t,n\n" + string.Join('\n', cells.Select(row => string.Join(',', row))), Tables.Types(("t", ColumnType.Text)));

        Assert.Equal(cells.Select(row => row[0]), Tables.Texts(table, "i"));
        Assert.Equal(cells.Select(row => row[1]), Tables.Texts(table, "t"));
        Assert.Equal(cells.Select(row => row[2]), Tables.Texts(table, "n"));
    }

    [Fact]
    public void Blank_line_inside_a_table_of_one_column_is_a_missing_cell()
    {
        Assert.Equal(["1", null, "3"], Tables.Texts(Tables.Csv("a\n1\n\n3\n\n"), "a"));
    }

    [Theory]
    [InlineData("a\n1\n \n3\n\t\n  \n")]
    [InlineData("a\n1\n \n3\n \n")]
    public void Lines_of_spaces_are_blank_lines(string csv) => Assert.Equal(["1", null, "3"], Tables.Texts(Tables.Csv(csv), "a"));

    [Fact]
    public void Blank_lines_are_counted_and_not_kept()
    {
        byte[] blanks = Encoding.UTF8.GetBytes("a\n1\n" + new string('\n', 2_000_000));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Table table = Tables.Csv(blanks);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(1, table.Rows);
        Assert.InRange(allocated, 0, 4_000_000); // the buffers of the reader
        Assert.Equal(["1", null, null, null, "3"], Tables.Texts(Tables.Csv("a\n1\n\n \n\r\n3\n\n"), "a"));
        Assert.Equal(
            ["Line 3 is blank; the header has 2 cells.", "Line 4 is blank; the header has 2 cells."],
            Tables.Problems(() => Tables.Csv("a,b\n1,2\n\n\n3,4\n\n")).Select(problem => problem.Detail));
    }

    [Fact]
    public void Mostly_unique_text_is_not_a_category()
    {
        string rows65 = string.Join('\n', Enumerable.Range(0, 65).Select(i => $"id{i}"));
        string rows64 = string.Join('\n', Enumerable.Range(0, 64).Select(i => $"id{i}"));

        Assert.Equal(ColumnType.Text, Tables.Csv("a\n" + rows65).Find("a")!.Type);
        Assert.Equal(ColumnType.Category, Tables.Csv("a\n" + rows64).Find("a")!.Type);
        Assert.Equal(ColumnType.Category, Tables.Csv("a\n" + rows65 + "\n" + rows65).Find("a")!.Type);
        Assert.Equal(ColumnType.Category, Tables.Csv("a\n" + rows65, Tables.Types(("a", ColumnType.Category))).Find("a")!.Type);
    }

    [Fact]
    public void Declared_category_keeps_numbers_as_written()
    {
        Table table = Tables.Csv("zip,n\n01234,1\n1234,2\n1e3,3\n", Tables.Types(("zip", ColumnType.Category)));

        Assert.Equal(["01234", "1234", "1e3"], Tables.Texts(table, "zip"));
    }

    [Fact]
    public void Declared_boolean_takes_zero_and_one()
    {
        Column column = Tables.Csv("a\n0\n1\ntrue\n\n", Tables.Types(("a", ColumnType.Boolean))).Find("a")!;

        Assert.Equal(["false", "true", "true"], Enumerable.Range(0, 3).Select(column.TextAt));
    }

    [Fact]
    public void Declared_number_with_something_else_names_line_and_column()
    {
        IReadOnlyList<TableProblem> problems = Tables.Problems(
            () => Tables.Csv("name,age\nA,1\nB,abc\nC,\"1,5\"\nD,inf\nE,1e400\n", Tables.Types(("age", ColumnType.Number))));

        Assert.Equal(
            [
                "Line 3, column \"age\": \"abc\" is not a number.",
                "Line 4, column \"age\": \"1,5\" is not a number; write the decimal point as a point, not as a comma, or upload the table with ?decimal=,",
                "Line 5, column \"age\": \"inf\" is not a finite number.",
                "Line 6, column \"age\": \"1e400\" is too large for a number.",
            ],
            problems.Select(problem => problem.Detail));
        Assert.Equal([3, 4, 5, 6], problems.Select(problem => problem.Line!.Value));
        Assert.All(problems, problem => Assert.Equal("age", problem.Column));
    }

    [Fact]
    public void Declared_boolean_with_something_else_names_line_and_column()
        => Assert.Equal("Line 2, column \"a\": \"yes\" is not true or false.",
            Tables.Problem(() => Tables.Csv("a\nyes\n", Tables.Types(("a", ColumnType.Boolean)))));

    [Fact]
    public void Declared_boolean_takes_0_and_1_as_a_JSON_number_does()
        => Assert.Equal(
            ["true", "false", "true", "false", null], Tables.Texts(Tables.Csv("a,b\n1,x\n0,x\n 1.0,x\nFALSE,x\n,x\n", Tables.Types(("a", ColumnType.Boolean))), "a"));

    [Fact]
    public void Type_for_an_unknown_column_is_an_error()
        => Assert.Equal(
            "A type is given for column \"b\", which the table does not have.",
            Tables.Problem(() => Tables.Csv("a\n1\n", Tables.Types(("b", ColumnType.Number)))));

    [Theory]
    [InlineData("1e400", "\"1e400\" is too large for a number.")]
    [InlineData("-1e999999999999999999999", "\"-1e999999999999999999999\" is too large for a number.")]
    [InlineData("inf", "\"inf\" is not a finite number.")]
    [InlineData("-Infinity", "\"-Infinity\" is not a finite number.")]
    public void Infinity_in_a_column_of_numbers_names_line_and_column(string cell, string complaint)
    {
        Assert.Equal($"Line 3, column \"a\": {complaint}", Tables.Problem(() => Tables.Csv($"a\n1\n{cell}\n")));
        Assert.Equal($"Line 2, column \"a\": {complaint}", Tables.Problem(() => Tables.Csv($"a\n{cell}\n1\n")));
    }

    [Fact]
    public void A_column_of_nothing_but_infinities_is_refused_unless_it_is_said_to_hold_words()
    {
        const string Csv = "a,b\n1,inf\n2,\n3,-\n4,-Infinity\n";

        Assert.Equal(
            [
                "Line 2, column \"b\": \"inf\" is not a finite number. If the column holds words, declare it a category.",
                "Line 5, column \"b\": \"-Infinity\" is not a finite number. If the column holds words, declare it a category.",
            ],
            Tables.Problems(() => Tables.Csv(Csv)).Select(problem => problem.Detail));
        Assert.Equal(["inf", null, "-", "-Infinity"], Tables.Texts(Tables.Csv(Csv, Tables.Types(("b", ColumnType.Category))), "b"));
        Assert.Equal(["inf", null, "-", "-Infinity"], Tables.Texts(Tables.Csv(Csv, new TableReadOptions { TakesInfinitiesAsWords = true }), "b"));
    }

    [Fact]
    public void Infinity_as_a_word_among_words_is_text()
    {
        Assert.Equal(["inf", "sup"], Tables.Texts(Tables.Csv("a\ninf\nsup\n"), "a"));
        Assert.Equal(["inf", "-", "x"], Tables.Texts(Tables.Csv("a\ninf\n-\nx\n"), "a"));
        Assert.Equal(["1", "inf", "x"], Tables.Texts(Tables.Csv("a\n1\ninf\nx\n"), "a"));
        Assert.Equal(["1e400", "x"], Tables.Texts(Tables.Csv("a\n1e400\nx\n"), "a"));
    }

    [Fact]
    public void Row_with_another_number_of_cells_names_the_line()
    {
        IReadOnlyList<TableProblem> problems = Tables.Problems(() => Tables.Csv("a,b,c\n1,2,3\n1,2\n1,2,3,4\n\n\"x\ny\",2,3\n5\n"));

        Assert.Equal(
            ["Line 3 has 2 cells; the header has 3.", "Line 4 has 4 cells; the header has 3.",
                "Line 5 is blank; the header has 3 cells.", "Line 8 has 1 cell; the header has 3."],
            problems.Select(problem => problem.Detail));
    }

    [Fact]
    public void Reading_stops_after_twenty_problems()
    {
        IReadOnlyList<TableProblem> problems = Tables.Problems(() => Tables.Csv("a,b\n" + string.Concat(Enumerable.Repeat("1\n", 1000))));

        Assert.Equal(20, problems.Count);
        Assert.Equal("Line 21 has 1 cell; the header has 2.", problems[^1].Detail);
    }

    [Theory]
    [InlineData("", "The file is empty; it needs a header line with the names of the columns and at least one row.")]
    [InlineData(" \n\n", "The file is empty; it needs a header line with the names of the columns and at least one row.")]
    [InlineData("\uFEFF", "The file is empty; it needs a header line with the names of the columns and at least one row.")]
    [InlineData("a,b\n", "The file has a header and no rows.")]
    [InlineData("a,b", "The file has a header and no rows.")]
    [InlineData("a,b\n\n\n", "The file has a header and no rows.")]
    [InlineData("a,b,a\n1,2,3\n", "Line 1: columns 1 and 3 are both called \"a\".")]
    [InlineData("a,b,c,d,e,f,g,h1,x,h1",
        "Line 1: columns 8 and 10 are both called \"h1\". If the line breaks are missing: curl's -d drops them, --data-binary keeps them.")]
    [InlineData("a,,column2\n1,2,3\n", "Line 1: columns 2 and 3 are both called \"column2\". One of them has no name and is called by its place; give it one.")]
    [InlineData(",,\n,,\n", "No column has a name or a value.")]
    [InlineData("a,b\n1,x\n2,\"y\n3,z\n", "Line 3, column \"b\": a quote is opened here and never closed.")]
    [InlineData("a,\"b\n1,x\n", "Line 1, column 2: a quote is opened here and never closed.")]
    [InlineData("a,b\n1,\"x\"y\n2,z\n", "Line 2, column \"b\": there is text after a closing quote; a quote inside a quoted cell is written twice.")]
    [InlineData("\"a\" \"b\"\n\"1\" 2 3\n", "Line 1, column 1: there is text after a closing quote; a quote inside a quoted cell is written twice. "
        + "If blanks separate the cells, write commas instead.")]
    [InlineData("a\tb\nr1\t1\t2\n", "Line 2 has 3 cells; the header has 2. Where the first cell of each row is a row name that R's write.table has written, "
        + "write the table with row.names = FALSE, or with col.names = NA to keep the names.")]
    [InlineData("a,b\n1,2\n1,2,3\n", "Line 3 has 3 cells; the header has 2.")]
    [InlineData("a,b\n'x,y',1\nz,2\n", "Line 2 has 3 cells; the header has 2.")]
    [InlineData("a,b\nx\\,y,1\nz,2\n", "Line 2 has 3 cells; the header has 2.")]
    [InlineData("a,b\n1,x\0y\n2,z\n", "Line 2, column \"b\": the text holds a NUL byte.")]
    [InlineData("a\0,b\n1,x\n", "Line 1, column 1: the text holds a NUL byte.")]
    public void Broken_file_says_where(string csv, string detail) => Assert.Equal(detail, Tables.Problem(() => Tables.Csv(csv)));

    [Theory]
    [InlineData("A,B,C\n1,4,7,\n2,5,8,", " Each row ends in a delimiter, which begins one more cell: end the header in one too, or take it out of the rows.")]
    [InlineData("A,B,C\n1,4,7, \n2,5,8,9\n", RowNames)]
    [InlineData("A,B,C\n1,4,7,\"\"\n", RowNames)]
    [InlineData("A,B,C\n1,4,7,\n2,5,8\n", "")]
    [InlineData("A,B,C\n1,4,7,\n2,5,8,9,\n", "")]
    public void What_makes_all_rows_longer_than_the_header_is_told_with_the_first(string csv, string hint) =>
        Assert.Equal($"Line 2 has 4 cells; the header has 3.{hint}", Tables.Problems(() => Tables.Csv(csv))[0].Detail);

    [Fact]
    public void What_makes_all_rows_longer_is_told_where_the_report_is_full_too() => Assert.EndsWith(
        "or take it out of the rows.",
        Tables.Problems(() => Tables.Csv("A,B\n" + string.Concat(Enumerable.Repeat("1,2,\n", 100))))[0].Detail, StringComparison.Ordinal);

    [Fact]
    public void Text_that_is_not_utf8_names_the_line()
    {
        Assert.Equal(
            "Line 3, column \"b\": the text is not valid UTF-8; save the file as UTF-8, for example with iconv -f windows-1252 -t UTF-8.",
            Tables.Problem(() => Tables.Csv([.. "a,b\n1,x\n2,caf"u8, 0xE9, .. "\n3,y\n"u8])));
        Assert.Equal(
            "Line 3, column \"a\": the text is not valid UTF-8; save the file as UTF-8, for example with iconv -f windows-1252 -t UTF-8.",
            Tables.Problem(() => Tables.Csv([.. "a,b\n1,x\n"u8, 0xE9, .. ",z\n3,y\n"u8])));
        Assert.Equal(
            "Line 2, column \"a\": the text is not valid UTF-8; save the file as UTF-8, for example with iconv -f windows-1252 -t UTF-8.",
            Tables.Problem(() => Tables.Csv([.. "a\n"u8, 0xE9, .. "\n"u8], Tables.Types(("a", ColumnType.Number)))));
    }

    [Fact]
    public void Utf16_and_Utf32_are_refused_by_their_marks()
    {
        Assert.Equal("The file is UTF-32; save it as UTF-8.", Tables.Problem(() => Tables.Csv([0xFF, 0xFE, 0, 0, .. Encoding.UTF32.GetBytes("a\n1\n")])));
        Assert.Equal(
            "The file is UTF-32; save it as UTF-8.",
            Tables.Problem(() => Tables.Csv([0, 0, 0xFE, 0xFF, .. new UTF32Encoding(bigEndian: true, byteOrderMark: false).GetBytes("a\n1\n")])));
        Assert.Equal("The file is UTF-16; save it as UTF-8.", Tables.Problem(() => Tables.Csv([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a\n1\n")])));
        Assert.Equal("The file is UTF-16; save it as UTF-8.", Tables.Problem(() => Tables.Csv([0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("a\n1\n")])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void UTF16_without_a_mark_is_recognised(bool bigEndian)
        => Assert.Equal(
            "The file looks like UTF-16 (every second byte is zero); save it as UTF-8.",
            Tables.Problem(() => Tables.Csv(new UnicodeEncoding(bigEndian, byteOrderMark: false).GetBytes("name,age\nÄnne,1\n"))));

    [Fact]
    public void Plain_and_quoted_cells_and_missing_ones_mix_in_a_row_at_every_break_of_the_buffer()
    {
        var random = new System.Random(9);
        double[] numbers = [.. Enumerable.Range(0, 60_000).Select(_ => Math.Round(random.NextDouble() * 1000, random.Next(6)))];
        string csv = "a,b,c\r\n" + string.Concat(numbers.Select((number, row) => (row % 5) switch
        {
            0 => $"{number},x,{row}\r\n",
            1 => $"\"{number}\",\"y\r\nz\",{row}\r\n",
            2 => $"{number},,{row}\r\n",
            3 => $" {number},x y,{row}\r\n",
            _ => $"{number},\"q\"\"\",NA\r\n",
        }));
        Table table = Tables.Csv(csv);

        Assert.Equal(numbers, table.Find("a")!.Numbers);
        Assert.Equal(Enumerable.Range(0, 60_000).Select(row => (row % 5) switch { 1 => "y\r\nz", 2 => null, 3 => "x y", 4 => "q\"", _ => "x" }),
            Tables.Texts(table, "b"));
        Assert.Equal(12_000, table.Find("c")!.Missing);
        Assert.Equal("59998", table.Find("c")!.TextAt(59_998));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(3000)] // a row is more than the stage between tokenizer and columns holds
    public void Numbers_that_are_written_in_unusual_ways_stand_in_their_rows_however_many_came_before(int columns)
    {
        // Long enough that arrays grow by what the rest of the file seems to need; the numbers get longer, so that the estimate is wrong.
        int rows = columns == 3000 ? 150 : 120_000 / columns;
        string[] unusual = ["1e3", " 7 ", "\"8.5\"", "NA", "+4", "-0", "12345678901234567890123", ".5", "6."];
        double[] meant = [1000, 7, 8.5, double.NaN, 4, 0, 12345678901234567890123.0, 0.5, 6];
        var text = new System.Text.StringBuilder(string.Join(',', Enumerable.Range(0, columns).Select(column => $"c{column}")) + "\n");
        var expected = new double[columns, rows];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int at = (row * columns) + column;
                int kind = at % 101 == 50 ? at / 101 % unusual.Length : -1;
                double plain = row < rows / 2 ? at % 10 : at * 1001.0625;
                expected[column, row] = kind < 0 ? plain : meant[kind];
                text.Append(kind < 0 ? plain.ToString(System.Globalization.CultureInfo.InvariantCulture) : unusual[kind])
                    .Append(column < columns - 1 ? ',' : '\n');
            }
        }

        Table table = Tables.Csv(text.ToString());
        Assert.Equal(rows, table.Rows);
        for (int column = 0; column < columns; column++)
        {
            Assert.Equal(Enumerable.Range(0, rows).Select(row => expected[column, row]), table.Columns[column].Numbers.ToArray());
            Assert.Equal(Enumerable.Range(0, rows).Count(row => double.IsNaN(expected[column, row])), table.Columns[column].Missing);
        }
    }

    [Fact]
    public void Too_many_columns_are_refused()
        => Assert.Equal(
            "The header has more than 16,384 columns.",
            Tables.Problem(() => Tables.Csv(string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"c{i}")) + "\n1\n")));

    [Fact]
    public void Too_long_a_cell_is_refused()
    {
        string big = new('x', 3_000_000);

        Assert.Equal("Line 2, column \"b\": the cell is longer than 1,048,576 bytes.", Tables.Problem(() => Tables.Csv($"a,b\n1,{big}\n")));
        Assert.Equal(
            "Line 2, column \"b\": the quoted cell that begins here is longer than 1,048,576 bytes; is its quote closed?",
            Tables.Problem(() => Tables.Csv($"a,b\n1,\"{big}\"\n")));
        Assert.Equal("Line 2, column \"a\": the cell is longer than 3 bytes.",
            Tables.Problem(() => Tables.Csv("a\nabcd\n", new TableReadOptions { MaxCellBytes = 3 })));
    }

    [Fact]
    public void Line_numbers_count_line_ends_inside_quotes()
        => Assert.Equal(
            "Line 6, column \"b\": \"x\" is not a number.",
            Tables.Problem(() => Tables.Csv("a,b\n\"1\n2\n3\",4\n\"\r\",x\n", Tables.Types(("b", ColumnType.Number)))));

    [Fact]
    public void Table_is_read_from_the_position_of_the_stream_twice_where_needed()
    {
        var stream = new MemoryStream("skipped\na\n1\nx\n"u8.ToArray()) { Position = 8 };

        Assert.Equal(["1", "x"], Tables.Texts(CsvTable.Read(stream), "a"));
    }
}
