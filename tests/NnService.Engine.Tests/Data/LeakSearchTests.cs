using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

public sealed class LeakSearchTests
{
    // Each side twice in turn, for every second row is learnt from. "number" and "code" tell the side, "half" tells the amount, "plain" tells neither.
    private static readonly Table s_table = Tables.Csv("plain,number,code,half,side,amount,other\n" + string.Concat(Enumerable.Range(0, 400).Select(i =>
        $"{i * 37 % 101},{(i / 2 % 2 * 500) + (i * 7 % 13)},{(i % 5 == 0 ? "" : $"c{i / 2 % 2}")},"
        + $"{i * i % 89},{(i / 2 % 2 == 0 ? "in" : "out")},{3 * (i * i % 89)}.5,{i % 3}\n")));

    [Fact]
    public void A_column_that_tells_the_label_almost_alone_is_found_with_its_accuracy()
    {
        var search = new LeakSearch(s_table, Target("side", TaskKind.BinaryClassification), Tables.AllRows(s_table));

        Assert.Equal("accuracy 1.000", search.Try(s_table.Find("number")!));
        Assert.Null(search.Try(s_table.Find("code")!)); // a fifth of its cells are missing, and those tell nothing
        Assert.Null(search.Try(s_table.Find("plain")!));
    }

    [Fact]
    public void A_column_that_explains_a_number_almost_alone_is_found_with_its_share_of_the_variance()
    {
        var search = new LeakSearch(s_table, Target("amount", TaskKind.Regression), Tables.AllRows(s_table));

        Assert.Equal("R² 1.000", search.Try(s_table.Find("half")!));
        Assert.Null(search.Try(s_table.Find("plain")!));
    }

    [Fact]
    public void Few_rows_and_several_targets_are_not_searched()
    {
        Assert.Null(new LeakSearch(s_table, Target("side", TaskKind.BinaryClassification), Tables.AllRows(s_table).AsSpan(0, 49)).Try(s_table.Find("number")!));
        var both = new TargetEncoding(TaskKind.Regression, ["amount", "other"], shift: [0, 0], scale: [1, 1]);
        Assert.Null(new LeakSearch(s_table, both, Tables.AllRows(s_table)).Try(s_table.Find("half")!));
    }

    // Of each code one row of two labels is learnt from, and the row that is tried has the first of them.
    [Theory]
    [InlineData(0, "accuracy 1.000")]
    [InlineData(1, null)]
    public void Of_labels_as_frequent_in_a_bin_the_first_counts(int tried, string? found)
    {
        var rows = Enumerable.Range(0, 100).SelectMany(code => new[] { (code, 1 - (code % 2)), (code, tried), (code, code % 2), (code, tried) });
        var (table, target) = Labelled(rows.Select(row => (row.code, (2 * row.code) + row.Item2)), 200);

        Assert.Equal(found, new LeakSearch(table, target, Tables.AllRows(table)).Try(table.Find("code")!));
    }

    [Fact]
    public void What_a_column_takes_does_not_grow_with_its_values_times_the_labels()
    {
        var (table, target) = Labelled(Enumerable.Range(0, 4000).Select(row => (row / 2, row / 2)), 10_000);
        var search = new LeakSearch(table, target, Tables.AllRows(table));
        Column code = table.Find("code")!;

        long before = GC.GetAllocatedBytesForCurrentThread();
        string? found = search.Try(code);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal("accuracy 1.000", found);
        Assert.InRange(allocated, 0, 2_000_000); // a count of each label for each of 2,000 values would be 80 million
    }

    private static (Table Table, TargetEncoding Target) Labelled(IEnumerable<(int Code, int Label)> rows, int labels) =>
    (
        Tables.Csv(
            "code,label\n" + string.Concat(rows.Select(row => $"c{row.Code},l{row.Label}\n")), Tables.Types(("code", ColumnType.Category), ("label", ColumnType.Category))),
        new TargetEncoding(TaskKind.MulticlassClassification, ["label"], [.. Enumerable.Range(0, labels).Select(label => $"l{label}")]));

    private static TargetEncoding Target(string column, TaskKind task) =>
        TargetEncoding.Fit(s_table, [column], task, null, TargetScaling.Standardize, Tables.AllRows(s_table));
}
