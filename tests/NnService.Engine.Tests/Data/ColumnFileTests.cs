using System.Text;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

public sealed class ColumnFileTests : IDisposable
{
    private const int Rows = 150_000; // several blocks of every column

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"columns-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Every_form_of_column_comes_back_as_it_was_read()
    {
        byte[] csv = Mixed();
        Table written = Write(csv);
        Table opened = ColumnFile.TryOpen(_path)!;
        Table inMemory = CsvTable.Read(new MemoryStream(csv));

        Assert.Equal(
            [ColumnType.Number, ColumnType.Number, ColumnType.Number, ColumnType.Number,
                ColumnType.Number, ColumnType.Boolean, ColumnType.Category, ColumnType.Text, ColumnType.Category, ColumnType.Number],
            opened.Columns.Select(column => column.Type));
        foreach ((Column expected, Column column, Column first) in inMemory.Columns.Zip(opened.Columns, written.Columns))
        {
            Assert.Equal(expected.Name, column.Name);
            Assert.Equal(expected.Missing, column.Missing);
            Assert.Equal(expected.IsInteger, column.IsInteger);
            Assert.Equal(expected.Numbers, column.Numbers);
            Assert.Equal(expected.Codes, column.Codes);
            Assert.Equal(expected.Categories, column.Categories);
            Assert.Equal(expected.Missing, first.Missing);
        }

        Assert.Equal("7", opened.Find("small")!.TextAt(7));
        Assert.Equal("-3276800", opened.Find("middle")!.TextAt(100_000));
        Assert.Equal("0.1", opened.Find("precise")!.TextAt(0));
        Assert.Equal("true", opened.Find("flag")!.TextAt(1));
        Assert.Equal("text 149999", opened.Find("text")!.TextAt(149_999));
        Assert.Equal("late", opened.Find("late")!.TextAt(149_999));
        Assert.Null(opened.Find("missing")!.TextAt(149_999));
    }

    [Fact]
    public void A_slice_holds_the_same_cells_as_the_whole_and_a_stored_profile_is_that_of_memory()
    {
        byte[] csv = Mixed();
        Write(csv);
        Table table = ColumnFile.TryOpen(_path)!;
        Table whole = CsvTable.Read(new MemoryStream(csv));
        foreach (Column column in whole.Columns)
            _ = column.IsMissing(0); // in memory from here on
        Table slice = table.Slice(65_000, 3_000); // over the end of a block

        Assert.All(slice.Columns, column => Assert.Equal(
            Enumerable.Range(65_000, 3_000).Select(whole.Find(column.Name)!.TextAt), Enumerable.Range(0, 3_000).Select(column.TextAt)));
        TableProfile stored = TableProfile.Of(table.WithNotesOf(whole));
        TableProfile profile = TableProfile.Of(whole);
        Assert.Equal(profile.Warnings, stored.Warnings);
        foreach ((ColumnProfile expected, ColumnProfile found) in profile.Columns.Zip(stored.Columns).Where(pair => pair.First.Type != ColumnType.Text))
        {
            Assert.Equal(
                expected with { Categories = null, MissingSpellings = null, Histogram = null },
                found with { Categories = null, MissingSpellings = null, Histogram = null });
            Assert.Equal(expected.Histogram?.Edges ?? [], found.Histogram?.Edges ?? []);
            Assert.Equal(expected.Histogram?.Counts ?? [], found.Histogram?.Counts ?? []);
            Assert.Equal(expected.MissingSpellings, found.MissingSpellings);
            Assert.Equal(expected.Categories ?? [], found.Categories ?? []);
        }

        Assert.Equal(150_000, stored.Columns[7].Distinct);
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Slice(149_000, 1_001));
    }

    [Fact]
    public void Rows_come_piece_by_piece_with_the_cells_of_the_whole_and_no_column_stays_in_memory()
    {
        byte[] csv = Mixed();
        Write(csv);
        Table table = ColumnFile.TryOpen(_path)!;
        Table whole = CsvTable.Read(new MemoryStream(csv));
        int[] rows = [.. Enumerable.Range(0, Rows).Where(row => row is 8191 or 8192 or Rows - 1 || (row is > 30_000 and < 70_000 && row % 7 < 3))];

        var met = new List<int>();
        foreach (TablePiece piece in table.Only(["single", "category", "nobody", "single"]).Pieces(rows))
        {
            Assert.Equal(["single", "category"], piece.Slice.Columns.Select(column => column.Name));
            Assert.Equal(met.Count, piece.Start);
            Assert.InRange(piece.Slice.Rows, 1, table.RowsPerSlice);
            int first = piece.Slice.Columns[0].FirstRow;
            met.AddRange(piece.Rows.Select(row => first + row));
            foreach (Column column in piece.Slice.Columns)
                Assert.Equal(piece.Rows.Select(row => whole.Find(column.Name)!.TextAt(first + row)), piece.Rows.Select(column.TextAt));
        }

        Assert.Equal(rows, met);
        foreach (string name in (string[])["large", "flag", "category"])
        {
            Column column = table.Find(name)!;
            Assert.Equal(rows.Select(whole.Find(name)!.TextAt), Enumerable.Range(0, rows.Length).Select(column.Take(rows).TextAt));
            Assert.Equal(Rows, column.Pieces().Sum(piece => piece.Rows));
            Assert.Equal(whole.Find(name)!.Categories, column.Categories);
            Assert.Equal(ColumnSuspicion.Of(whole.Find(name)!), ColumnSuspicion.Of(column));
            Assert.False(DatePart.IsColumnOfDates(column));
        }

        string[] features = ["small", "precise", "flag", "category"];
        var expected = FeatureEncoding.Fit(whole, features, rows, new PreprocessingSpec());
        var fitted = FeatureEncoding.Fit(table, features, rows, new PreprocessingSpec());
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(expected), System.Text.Json.JsonSerializer.Serialize(fitted));
        Assert.All(table.Columns, column => Assert.False(column.IsLoaded));
    }

    [Fact]
    public void Whoever_looks_at_the_features_while_they_are_fitted_sees_each_whole_column_once_and_nothing_stays_in_memory()
    {
        byte[] csv = Mixed();
        Write(csv);
        Table table = ColumnFile.TryOpen(_path)!;
        Table whole = CsvTable.Read(new MemoryStream(csv));
        int[] rows = [.. Enumerable.Range(0, Rows).Where(row => row % 3 > 0)];
        string[] features = ["precise", "flag", "category"];
        var seen = new List<string>();

        var encoding = FeatureEncoding.Fit(table, features, rows, new PreprocessingSpec(), (cells, feature) =>
        {
            seen.Add(feature.Name);
            Assert.True(cells.IsLoaded);
            Assert.Equal(whole.Find(cells.Name)!.Numbers, cells.Numbers);
            Assert.Equal(whole.Find(cells.Name)!.Codes, cells.Codes);
        });

        Assert.Equal(features, seen);
        Assert.Equal(features, encoding.Columns.Select(column => column.Name));
        Assert.All(features, name => Assert.False(table.Find(name)!.IsLoaded));
    }

    [Fact]
    public void Codes_of_texts_without_a_dictionary_mean_the_same_in_every_piece()
    {
        Write(Mixed());
        Table table = ColumnFile.TryOpen(_path)!;
        Column text = table.Find("text")!;

        Column[] pieces = [.. text.Pieces()];

        Assert.All(pieces, piece => Assert.Equal($"text {piece.FirstRow}", text.Categories[piece.Codes[0]]));
        Assert.Equal("text 149999", text.Take((int[])[3, 149_999]).TextAt(1));
    }

    [Fact]
    public void A_message_about_a_cell_of_a_piece_counts_the_rows_of_the_table()
    {
        Write(Mixed());
        Table table = ColumnFile.TryOpen(_path)!.Only(["precise", "category"]);
        var encoding = new FeatureEncoding([new FeatureColumn { Name = "precise", Type = ColumnType.Number }], MissingCells.Error);
        var target = new TargetEncoding(TaskKind.MulticlassClassification, ["category"], ["c1", "c2", "c3"]);
        TablePiece piece = table.Pieces((int[])[100_001, 100_003]).Single();

        var missing = Assert.Throws<PreparationException>(() => encoding.Encode(piece.Slice, piece.Rows, new double[2]));
        var unknown = Assert.Throws<PreparationException>(() => target.EncodeLabels(piece.Slice, piece.Rows, new int[2]));

        Assert.Equal((100_003, "Row 100003 (counted from 0), column \"precise\": the cell is missing, and missing cells are asked to be an error."),
            (missing.Row, missing.Message));
        Assert.StartsWith("Row 100001 (counted from 0), column \"category\": the label", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(
            100_003,
            Assert.Throws<PreparationException>(
                () => FeatureEncoding.Fit(table, ["precise"], [100_001, 100_003], new PreprocessingSpec { Missing = MissingCells.Error })).Row);
    }

    [Fact]
    public void Frequent_values_of_a_text_column_are_listed_and_counted()
    {
        Write(Encoding.UTF8.GetBytes(
            "t\n" + string.Concat(Enumerable.Range(0, Rows).Select(row => row % 3 == 0 ? "often\n" : row % 50 == 1 ? "rather\n" : $"t{row}\n"))));
        ColumnProfile profile = Assert.Single(TableProfile.Of(ColumnFile.TryOpen(_path)!).Columns);

        Assert.Equal(ColumnType.Text, profile.Type);
        Assert.Equal([new CategoryCount("often", 50_000), new("rather", 2_000)], profile.Categories!);
        Assert.Equal(98_002, profile.Distinct);
    }

    [Fact]
    public void A_file_that_is_missing_cut_short_damaged_or_of_another_version_is_not_opened()
    {
        Assert.Null(ColumnFile.TryOpen(_path));
        Write("a,b\n1.5,x\n2,y\n"u8.ToArray());
        Assert.NotNull(ColumnFile.TryOpen(_path));
        byte[] good = File.ReadAllBytes(_path);

        for (int at = 0; at < good.Length; at++)
        {
            if (at is >= 12 and < 16)
                continue; // the rest of the header is not used
            byte[] damaged = [.. good];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(_path, damaged);
            Assert.True(ColumnFile.TryOpen(_path) is null, $"byte {at} of {good.Length}");
        }

        for (int length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(_path, good[..length]);
            Assert.True(ColumnFile.TryOpen(_path) is null, $"{length} of {good.Length} bytes");
        }
    }

    // A table too large to be kept is opened for each request: its blocks, which are nearly all of the file, are read for that once.
    [Fact]
    public void A_file_that_was_found_intact_is_opened_by_its_list_of_columns_alone()
    {
        Write("a,b\n1.5,x\n2,y\n"u8.ToArray());
        byte[] bytes = File.ReadAllBytes(_path);
        bytes[16] ^= 0x10; // of the first block, behind the header
        File.WriteAllBytes(_path, bytes);
        Assert.Null(ColumnFile.TryOpen(_path));
        Assert.NotNull(ColumnFile.TryOpen(_path, isIntact: true));

        bytes[^1] ^= 0x10;
        File.WriteAllBytes(_path, bytes);
        Assert.Null(ColumnFile.TryOpen(_path, isIntact: true));
    }

    [Fact]
    public void Distinct_numbers_are_counted_exactly_however_many_there_are()
    {
        const int Count = 5_000_000; // more than are held at a time
        double[] numbers = [.. Enumerable.Range(0, Count).Select(i => i % 4_000_000 / 8.0)];

        Assert.Equal(4_000_000, DistinctCounter.OfNumbers(Count, look => look(numbers)));
        Assert.Equal(7, DistinctCounter.OfNumbers(Count, look => look(Array.ConvertAll(numbers, number => Math.Floor(number) % 7))));
        Assert.Equal(0, DistinctCounter.OfNumbers(0, look => look([double.NaN])));
        Assert.Equal(2, DistinctCounter.OfNumbers(3, look => look([0, 1, 0])));
    }

    private Table Write(byte[] csv)
    {
        using var file = ColumnFile.Create(_path);
        Table table = CsvTable.Read(new MemoryStream(csv), new TableReadOptions { Into = file });
        file.Finish(table);
        return table;
    }

    private static byte[] Mixed()
    {
        var text = new StringBuilder("small,middle,large,single,precise,flag,category,text,late,missing\n");
        for (int row = 0; row < Rows; row++)
        {
            text.Append(row % 100).Append(',').Append(row % 2 == 0 ? $"-{row / 100_000 * 32_768}00" : "5").Append(',').Append(row).Append("00000,")
                .Append(row % 8 / 4.0).Append(',').Append(row % 5 == 3 ? "NA" : "0.1").Append(',').Append(row % 2 == 1 ? "true" : "false").Append(',')
                .Append(row % 7 == 0 ? "" : $"c{row % 300}").Append(",text ")
                .Append(row).Append(',').Append(row == Rows - 1 ? "late" : $"{row % 9}").Append(",\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
