using System.Text.Json;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;

namespace NnService.Engine.Tests.Data;

public class SplitTests
{
    [Fact]
    public void Default_keeps_the_proportions_of_the_classes()
    {
        Table table = Tables.Sample("penguins");
        Column species = table.Find("species")!;
        var split = Split.Of(table, null, Tables.AllRows(table), species, seed: 1);

        // 344 · (.8, .1, .1) = 275.2, 34.4, 34.4, of 152 Adelie, 68 Chinstrap, 124 Gentoo
        Assert.Equal([122, 54, 99], ClassCounts(species, split.Train));
        Assert.Equal([15, 7, 13], ClassCounts(species, split.Validation));
        Assert.Equal([15, 7, 12], ClassCounts(species, split.Test));
        AssertDividesAll(split, 344);
    }

    [Fact]
    public void Same_seed_gives_the_same_split_and_another_seed_another()
    {
        Table table = Tables.Sample("iris");
        int[] rows = Tables.AllRows(table);
        var first = Split.Of(table, null, rows, table.Find("species"), seed: 7);

        Assert.Equal(first.Test.ToArray(), Split.Of(table, null, rows, table.Find("species"), seed: 7).Test.ToArray());
        Assert.NotEqual(first.Test.ToArray(), Split.Of(table, null, rows, table.Find("species"), seed: 8).Test.ToArray());
    }

    [Fact]
    public void Resolved_spec_gives_the_same_split()
    {
        Table table = Tables.Sample("penguins");
        int[] rows = Tables.AllRows(table);
        foreach (SplitSpec spec in (SplitSpec[])[new(), new() { Train = 0.5 },
            new() { TestEvery = 5 }, new() { Test = 0, Method = SplitMethod.Shuffled }, new() { GroupBy = "island" }])
        {
            SplitSpec resolved = spec.Resolve(rows.Length, isClassification: true);

            Assert.Equal(resolved, resolved.Resolve(rows.Length, isClassification: true));
            Assert.Empty(resolved.Validate(table, isClassification: true));
            Assert.Equal(
                Split.Of(table, spec, rows, table.Find("species"), 3).Train.ToArray(),
                Split.Of(table, resolved, rows, table.Find("species"), 3).Train.ToArray());
        }
    }

    [Fact]
    public void Few_rows_are_all_training_unless_a_split_is_asked_for()
    {
        Table table = Numbers(19);

        Assert.Equal(19, Split.Of(table, null, Tables.AllRows(table), null, 0).Train.Length);
        Assert.Equal((15, 2, 2), Sizes(Split.Of(table, new SplitSpec { Method = SplitMethod.Shuffled }, Tables.AllRows(table), null, 0)));
        Assert.Equal((16, 2, 2), Sizes(Split.Of(Numbers(20), null, Tables.AllRows(Numbers(20)), null, 0)));
    }

    [Fact]
    public void Sequential_split_takes_the_rows_in_file_order()
    {
        var split = Split.Of(
            Numbers(16), new SplitSpec { Train = 0.5, Validation = 0.25, Test = 0.25, Method = SplitMethod.Sequential }, Tables.AllRows(Numbers(16)), null, 0);

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], split.Train.ToArray());
        Assert.Equal([8, 9, 10, 11], split.Validation.ToArray());
        Assert.Equal([12, 13, 14, 15], split.Test.ToArray());
    }

    [Fact]
    public void Shuffled_parts_are_in_ascending_order_and_the_rest_is_unused()
    {
        var split = Split.Of(
            Numbers(100), new SplitSpec { Train = 0.5, Validation = 0.2, Test = 0.1, Method = SplitMethod.Shuffled }, Tables.AllRows(Numbers(100)), null, 0);
        int[][] parts = [split.Train.ToArray(), split.Validation.ToArray(), split.Test.ToArray()];

        Assert.Equal((50, 20, 10), Sizes(split));
        Assert.All(parts, part => Assert.Equal(part.Order(), part));
        Assert.Equal(80, parts.SelectMany(part => part).Distinct().Count());
        Assert.NotEqual(Enumerable.Range(0, 50), parts[0]);
    }

    [Theory]
    [InlineData(150, 0.8, 0.1, 0.1, 120, 15, 15)]
    [InlineData(10, 0.7, 0.2, 0.1, 7, 2, 1)]
    [InlineData(7, 0.34, 0.33, 0.33, 3, 2, 2)]
    [InlineData(5, 0.8, 0.1, 0.1, 4, 1, 0)]
    [InlineData(3, 0.333333333333, 0.333333333333, 0.333333333333, 1, 1, 1)]
    [InlineData(100, 0.5, 0, 0.1, 50, 0, 10)]
    [InlineData(1, 0.8, 0.1, 0.1, 1, 0, 0)]
    public void Counts_of_the_parts_are_rounded_so_that_they_add_up(
        int rows, double train, double validation, double test, int trainRows, int validationRows, int testRows)
        => Assert.Equal([trainRows, validationRows, testRows], Apportionment.Of(rows, [train, validation, test]));

    [Fact]
    public void Class_of_one_row_stays_in_training()
    {
        Column column = Column.OfTexts("c", [.. Enumerable.Range(0, 30).Select(i => i < 10 ? $"rare{i}" : "common")]);
        var table = new Table([column]);
        for (ulong seed = 0; seed < 20; seed++)
        {
            var split = Split.Of(table, null, Tables.AllRows(table), column, seed);

            Assert.Equal((24, 3, 3), Sizes(split));
            Assert.Equal(10, split.Train.ToArray().Count(row => row < 10));
        }
    }

    [Fact]
    public void Every_nth_row_of_the_table_is_test()
    {
        Table table = Tables.Sample("iris");
        Column species = table.Find("species")!;
        var split = Split.Of(table, new SplitSpec { TestEvery = 5 }, Tables.AllRows(table), species, 0);

        Assert.Equal(Enumerable.Range(0, 30).Select(i => 5 * i), split.Test.ToArray());
        Assert.Equal([4, 4, 4], ClassCounts(species, split.Validation));
        AssertDividesAll(split, 150);
        Assert.Equal((120, 0, 30), Sizes(Split.Of(table, new SplitSpec { TestEvery = 5, Validation = 0 }, Tables.AllRows(table), species, 0)));
        // Unusable rows are counted too
        Assert.Equal([5, 10], Split.Of(table, new SplitSpec { TestEvery = 5 }, [1, 3, 4, 5, 7, 10, 11], species, 0).Test.ToArray());
    }

    [Fact]
    public void Every_row_is_test_in_one_fold_and_each_fold_has_its_share_of_every_class()
    {
        Table table = Tables.Sample("iris");
        Column species = table.Find("species")!;
        Split[] folds = [.. Enumerable.Range(0, 4).Select(fold => Fold(table, species, 4, fold))];

        Assert.Equal(Enumerable.Range(0, 150), folds.SelectMany(fold => fold.Test.ToArray()).Order());
        Assert.All(folds, fold =>
        {
            AssertDividesAll(fold, 150);
            Assert.InRange(fold.Test.Length, 37, 38);
            Assert.All(ClassCounts(species, fold.Test), count => Assert.InRange(count, 12, 13));
            Assert.InRange(fold.Validation.Length, 11, 12);
        });
        Assert.Equal(folds[1].Test.ToArray(), Fold(table, species, 4, 1).Test.ToArray());
        Assert.NotEqual(folds[1].Test.ToArray(), Fold(table, species, 4, 1, repeat: 1).Test.ToArray());
        Assert.NotEqual(folds[1].Test.ToArray(), Fold(table, species, 4, 1, seed: 1).Test.ToArray());
    }

    [Fact]
    public void A_group_is_in_one_fold_and_folds_are_of_about_one_size()
    {
        var random = new System.Random(4);
        var groups = Column.OfTexts("person", [.. Enumerable.Range(0, 1000).Select(_ => $"p{random.Next(60)}")]);
        var classes = Column.OfTexts("c", [.. Enumerable.Range(0, 1000).Select(_ => random.Next(3) == 0 ? "a" : "b")]);
        var table = new Table([groups, classes]);
        foreach (var by in (Column?[])[classes, null])
        {
            Split[] folds = [.. Enumerable.Range(0, 5).Select(fold => Fold(table, by, 5, fold, groupBy: "person"))];

            Assert.Equal(Enumerable.Range(0, 1000), folds.SelectMany(fold => fold.Test.ToArray()).Order());
            Assert.All(folds, fold => Assert.InRange(fold.Test.Length, 180, 220));
            Assert.All(folds, fold => Assert.Empty(Names(fold.Test).Intersect(Names(fold.Train).Concat(Names(fold.Validation)))));
        }

        HashSet<string?> Names(ReadOnlyMemory<int> rows) => [.. rows.ToArray().Select(groups.TextAt)];
    }

    [Fact]
    public void Folds_that_cannot_be_are_refused()
    {
        Assert.Equal("There are 3 rows for 5 folds; take fewer folds.", Refusal(Numbers(3), new SplitSpec { Folds = 5 }));
        Assert.Equal("There are 1 groups for 2 folds; take fewer folds.", Refusal(Tables.Csv("x,g\n1,a\n2,a\n"), new SplitSpec { Folds = 2, GroupBy = "g" }));
        Assert.Equal("fold is 3; of 3 folds the last is 2.", Refusal(Numbers(9), new SplitSpec { Folds = 3, Fold = 3 }));
        Assert.Equal("fold and repeat go with folds only.", Refusal(Numbers(9), new SplitSpec { Fold = 1 }));
        Assert.Equal("folds goes with fold, repeat, validation and groupBy only.", Refusal(Numbers(9), new SplitSpec { Folds = 3, Test = 0.2 }));
        Assert.Equal("validation must be less than 1, or no row is left to train on.", Refusal(Numbers(9), new SplitSpec { Folds = 3, Validation = 1 }));
    }

    private static Split Fold(Table table, Column? classes, int folds, int fold, int repeat = 0, ulong seed = 0, string? groupBy = null) =>
        Split.Of(table, new SplitSpec { Folds = folds, Fold = fold, Repeat = repeat, GroupBy = groupBy }, Tables.AllRows(table), classes, seed);

    [Fact]
    public void Column_can_name_the_part_of_each_row()
    {
        Table table = Tables.Csv("part,x\ntest,1\ntrain,2\n,3\nvalidation,4\ntrain,5\n");
        var split = Split.Of(table, new SplitSpec { Column = "part" }, Tables.AllRows(table), null, 0);

        Assert.Equal([1, 4], split.Train.ToArray());
        Assert.Equal([3], split.Validation.ToArray());
        Assert.Equal([0], split.Test.ToArray());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(SplitMethod.Shuffled, null)]
    [InlineData(SplitMethod.Sequential, null)]
    [InlineData(null, 5)]
    public void Rows_of_a_group_fall_into_one_part(SplitMethod? method, int? testEvery)
    {
        var random = new System.Random(3);
        var groups = Column.OfTexts("person", [.. Enumerable.Range(0, 1000).Select(_ => random.Next(100) is > 1 and var person ? $"p{person}" : null)]);
        var classes = Column.OfTexts("c", [.. Enumerable.Range(0, 1000).Select(_ => random.Next(3) == 0 ? "a" : "b")]);
        var table = new Table([groups, classes]);
        var split = Split.Of(table, new SplitSpec { GroupBy = "person", Method = method, TestEvery = testEvery }, Tables.AllRows(table), classes, seed: 5);
        HashSet<string>[] parts =
            [.. new[] { split.Train, split.Validation, split.Test }.Select(part => part.ToArray().Select(groups.TextAt).OfType<string>().ToHashSet())];

        Assert.Empty(parts[0].Intersect(parts[1]));
        Assert.Empty(parts[0].Intersect(parts[2]));
        Assert.Empty(parts[1].Intersect(parts[2]));
        AssertDividesAll(split, 1000);
        Assert.InRange(split.Test.Length, testEvery is null ? 85 : 170, testEvery is null ? 115 : 230);
        Assert.InRange(split.Validation.Length, 60, 115);
    }

    [Fact]
    public void Group_in_two_parts_of_a_column_is_refused()
    {
        Table table = Tables.Csv("part,g\ntrain,a\ntest,a\n");

        Assert.Equal(
            "Rows 0 and 1 (counted from 0) are of one group and in different parts of column \"part\".",
            Refusal(table, new SplitSpec { Column = "part", GroupBy = "g" }));
    }

    [Fact]
    public void Split_that_cannot_be_made_is_refused()
    {
        Table table = Tables.Csv("part,x\ntest,1\nvalid,2\n");

        Assert.Equal("Row 1 (counted from 0), column \"part\": \"valid\" is none of train, validation and test.",
            Refusal(table, new SplitSpec { Column = "part" }));
        Assert.Equal("The table has no column \"z\".", Refusal(table, new SplitSpec { Column = "z" }));
        Assert.Equal("A stratified split needs classes; use shuffled for regression.", Refusal(table, new SplitSpec { Method = SplitMethod.Stratified }));
        Assert.Equal("The split leaves no row to train on.", Refusal(Tables.Csv("part\ntest\ntest\n"), new SplitSpec { Column = "part" }));
        Assert.Equal("There is no usable row to split.", Assert.Throws<PreparationException>(() => Split.Of(table, null, [], table.Find("part"), 0)).Message);
        Assert.Equal("The split leaves no row to train on.", Refusal(table, new SplitSpec { Train = 0.1, Test = 0.9 }));
    }

    [Fact]
    public void Spec_is_validated_with_pointers()
    {
        Assert.Equal(["/train: train must be between 0 and 1.", "/test: test must be between 0 and 1."], Problems(new() { Train = 1.5, Test = -0.1 }));
        Assert.Equal([": train, validation and test add up to 1.1; that is more than 1."], Problems(new() { Train = 0.8, Validation = 0.2, Test = 0.1 }));
        Assert.Equal(["/train: train must be greater than 0."], Problems(new() { Train = 0 }));
        Assert.Equal(["/testEvery: testEvery goes with validation and groupBy only."], Problems(new() { TestEvery = 5, Train = 0.5 }));
        Assert.Equal(["/testEvery: testEvery goes with validation and groupBy only."], Problems(new() { TestEvery = 5, Method = SplitMethod.Shuffled }));
        Assert.Equal(["/testEvery: testEvery must be at least 2, or no row is left to train on."], Problems(new() { TestEvery = 1 }));
        Assert.Equal(["/validation: validation must be less than 1, or no row is left to train on."], Problems(new() { TestEvery = 5, Validation = 1 }));
        Assert.Equal(["/column: A split by column goes with groupBy only."], Problems(new() { Column = "part", TestEvery = 5 }));
        Assert.Empty(Problems(new() { Train = 0.7, Validation = 0.2, Test = 0.1, Method = SplitMethod.Sequential, GroupBy = "g" }));
        Assert.Empty(Problems(new() { TestEvery = 5, Validation = 0.1 }));

        static IEnumerable<string> Problems(SplitSpec spec) => spec.Validate().Select(problem => $"{problem.Pointer}: {problem.Detail}");
    }

    [Fact]
    public void Fractions_left_out_share_what_is_left()
    {
        Assert.Equal((0.8, 0.1, 0.1), Fractions(new()));
        Assert.Equal((0.9, 0.1, 0), Fractions(new() { Test = 0 }));
        Assert.Equal((0.85, 0.1, 0.05), Fractions(new() { Test = 0.05 }));
        Assert.Equal((0.5, 0.1, 0.1), Fractions(new() { Train = 0.5 }));
        Assert.Equal((0.9, 0.05, 0.05), Fractions(new() { Train = 0.9 }));
        Assert.Equal((1, 0, 0), Fractions(new() { Train = 1 }));
        Assert.Equal((0.4, 0.1, 0.5), Fractions(new() { Validation = 0.1, Test = 0.5, Train = 0.4 }));

        static (double, double, double) Fractions(SplitSpec spec)
        {
            SplitSpec resolved = spec.Resolve(100, isClassification: false);
            return (Math.Round(resolved.Train!.Value, 12), Math.Round(resolved.Validation!.Value, 12), Math.Round(resolved.Test!.Value, 12));
        }
    }

    [Fact]
    public void Spec_reads_the_wire_shapes()
    {
        Assert.Equal(
            new SplitSpec { Train = 0.8, Validation = 0.1, Test = 0.1, Method = SplitMethod.Stratified },
            JsonSerializer.Deserialize<SplitSpec>("""{"train":0.8,"validation":0.1,"test":0.1,"method":"stratified"}""", JsonSerializerOptions.Web));
        Assert.Equal(new SplitSpec { TestEvery = 5 }, JsonSerializer.Deserialize<SplitSpec>("""{"testEvery":5}""", JsonSerializerOptions.Web));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<SplitSpec>("""{"method":1}""", JsonSerializerOptions.Web));
    }

    private static Table Numbers(int rows) => new([Column.OfNumbers("x", [.. Enumerable.Range(0, rows).Select(i => (double)i)])]);

    private static (int Train, int Validation, int Test) Sizes(Split split) => (split.Train.Length, split.Validation.Length, split.Test.Length);

    private static int[] ClassCounts(Column column, ReadOnlyMemory<int> rows)
        => [.. column.Categories.Select((_, code) => rows.ToArray().Count(row => column.Codes[row] == code))];

    private static void AssertDividesAll(Split split, int rows)
        => Assert.Equal(Enumerable.Range(0, rows), split.Train.ToArray().Concat(split.Validation.ToArray()).Concat(split.Test.ToArray()).Order());

    private static string Refusal(Table table, SplitSpec spec) =>
        Assert.Throws<PreparationException>(() => Split.Of(table, spec, Tables.AllRows(table), null, 0)).Message;
}
