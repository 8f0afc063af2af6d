using NnService.Engine.Data;
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

    private static TargetEncoding Target(string column, TaskKind task) =>
        TargetEncoding.Fit(s_table, [column], task, null, TargetScaling.Standardize, Tables.AllRows(s_table));
}
