using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Engine.Tests.Data;

public class FeatureEncodingTests
{
    private const double Tolerance = 1e-12; // of sums in another order

    private static readonly JsonSerializerOptions s_strict = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    [Theory]
    [InlineData(NumericScaling.Standardize, 5, 2.8284271247461903)]
    [InlineData(NumericScaling.MinMax, 1, 8)]
    [InlineData(NumericScaling.Robust, 5, 4)]
    [InlineData(NumericScaling.RobustClip, 5, 4)]
    [InlineData(NumericScaling.None, 0, 1)]
    public void Numbers_are_shifted_and_scaled_by_the_training_rows(NumericScaling numeric, double shift, double scale)
    {
        Table table = Tables.Csv("a\n1\n3\n5\n7\n9\n1000\n");
        FeatureColumn column = Assert.Single(FeatureEncoding.Fit(table, ["a"], [0, 1, 2, 3, 4], new PreprocessingSpec { Numeric = numeric }).Columns);

        Assert.Equal(shift, column.Shift);
        Assert.Equal(scale, column.Scale);
        Assert.Equal(5, column.Imputed);
        Assert.False(column.MissingIndicator);
    }

    [Fact]
    public void Many_rows_of_numbers_are_encoded_to_the_same_bits_as_row_by_row()
    {
        Table table = Tables.Csv("a,b,c\n1,0.1,7\n2,,9\n5,0.3,11.5\n");
        var encoding = FeatureEncoding.Fit(table, ["a", "b", "c"], [0, 1, 2], new PreprocessingSpec());
        double[] numbers = [1, 0.1, 7, -3.3, 1e300, 0];
        var together = new double[2 * encoding.Width];
        var apart = new double[2 * encoding.Width];

        Assert.True(encoding.TryEncodeNumbers(numbers, together));
        for (int row = 0; row < 2; row++)
            Assert.True(encoding.Encode(
                [.. numbers[(row * 3)..(row * 3 + 3)].Select(Cell.Of)], apart.AsSpan(row * encoding.Width, encoding.Width), new string?[3]));

        Assert.Equal(4, encoding.Width); // b has an indicator of missing cells
        Assert.Equal(apart, together);
        Assert.False(encoding.TryEncodeNumbers([1, double.NaN, 7], new double[4]));
        Assert.False(encoding.TryEncodeNumbers([1, 2, double.PositiveInfinity], new double[4]));
        Assert.Throws<ArgumentException>(() => encoding.TryEncodeNumbers([1, 2], new double[4]));
        var clipped = FeatureEncoding.Fit(table, ["a"], [0, 1, 2], new PreprocessingSpec { Numeric = NumericScaling.RobustClip });
        Assert.False(clipped.TryEncodeNumbers([double.PositiveInfinity], new double[1])); // whose bend is 3
    }

    [Fact]
    public void Encoding_of_penguins_is_fitted_on_the_training_rows_alone()
    {
        Table table = Tables.Sample("penguins");
        int[] training = [.. Tables.AllRows(table).Where(row => row % 5 != 0)];
        var encoding = FeatureEncoding.Fit(table, ["island", "bill_length_mm", "flipper_length_mm", "sex", "year"], training, new PreprocessingSpec());

        Assert.Equal(
            ["island=Biscoe", "island=Dream", "island=Torgersen", "bill_length_mm",
                "bill_length_mm is missing", "flipper_length_mm", "flipper_length_mm is missing", "sex=female", "sex=male", "sex is missing", "year"],
            encoding.InputNames);
        Assert.Equal(11, encoding.Width);
        Assert.Equal([0, 3, 5, 7, 10], encoding.Columns.Select(column => column.Offset));
        Assert.Equal(43.92930402930403, encoding.Columns[1].Shift, Tolerance * 50);
        Assert.Equal(5.367370406762548, encoding.Columns[1].Scale, Tolerance * 50);
        Assert.Equal(200.95604395604394, encoding.Columns[2].Imputed!.Value, Tolerance * 200);
        Assert.Equal("male", encoding.Columns[3].ImputedCategory);

        // Row 3 is Adelie,Torgersen,,,,,,2007: everything but island and year is missing.
        var inputs = new double[11];
        encoding.Encode(table, [3], inputs);

        Assert.Equal([0, 0, 1, 0, 1, 0, 1, 0, 1, 1], inputs[..10]);
    }

    [Fact]
    public void Constant_column_becomes_zeros()
    {
        Table table = Tables.Csv("a\n0.1\n0.1\n0.1\n0.1\n0.1\n0.1\n0.1\n");
        foreach (NumericScaling numeric in Enum.GetValues<NumericScaling>().Where(way => way != NumericScaling.None))
        {
            var encoding = FeatureEncoding.Fit(table, ["a"], Tables.AllRows(table), new PreprocessingSpec { Numeric = numeric });
            var inputs = new double[7];
            encoding.Encode(table, Tables.AllRows(table), inputs);

            Assert.True(encoding.Columns[0].IsOfOneValue);
            Assert.All(inputs, input => Assert.Equal(0, input));
        }
    }

    [Fact]
    public void Fixed_scaling_of_a_column_overrides_the_fitted_one()
    {
        Table table = Tables.Sample("toy_heights");
        var spec = new PreprocessingSpec
        {
            Columns = new Dictionary<string,
            ColumnScaling>
            { ["weight_lb"] = new() { Shift = 135 }, ["height_in"] = new() { Shift = 66, Scale = 2 } }
        };
        var inputs = new double[8];
        FeatureEncoding.Fit(table, ["weight_lb", "height_in"], [0, 1, 2, 3], spec).Encode(table, [0, 1, 2, 3], inputs);

        Assert.Equal([-2, -0.5, 25, 3, 17, 2, -15, -3], inputs);
    }

    [Fact]
    public void Booleans_take_one_input_and_their_mode_where_missing()
    {
        Table table = Tables.Csv("b\ntrue\nfalse\n\ntrue\n");
        var encoding = FeatureEncoding.Fit(table, ["b"], [0, 1, 2, 3], new PreprocessingSpec());
        var inputs = new double[8];
        encoding.Encode(table, [0, 1, 2, 3], inputs);

        Assert.Equal([1, 0, 0, 0, 1, 1, 1, 0], inputs);
        Assert.Equal(0, FeatureEncoding.Fit(table, ["b"], [0, 1], new PreprocessingSpec()).Columns[0].Imputed); // a tie: false is first
    }

    [Fact]
    public void Robust_clipping_bends_what_lies_far_out_and_takes_a_missing_number_for_the_median()
    {
        Table table = Tables.Csv("x\n1\n3\n5\n7\n9\n1e300\n-1e308\nNA\n");
        var encoding = FeatureEncoding.Fit(table, ["x"], [0, 1, 2, 3, 4, 7], new PreprocessingSpec { Numeric = NumericScaling.RobustClip });
        var inputs = new double[16];
        encoding.Encode(table, Tables.AllRows(table), inputs);

        Assert.Equal(-0.5 / Math.Sqrt(1 + (1.0 / 36)), inputs[2], Tolerance); // (3 − 5) / 4
        Assert.Equal(1 / Math.Sqrt(1 + (1.0 / 9)), inputs[8], Tolerance);
        Assert.Equal([3.0, -3.0, 0.0], [inputs[10], inputs[12], inputs[14]]);
        Assert.Equal((5, 4, 5), (encoding.Columns[0].Shift, encoding.Columns[0].Scale, encoding.Columns[0].Imputed));
    }

    [Fact]
    public void A_category_column_may_have_a_cap_of_its_own()
    {
        Table table = Tables.Csv("c,d,n\na,a,1\nb,b,2\nc,c,3\na,a,4\n");
        var spec = new PreprocessingSpec
        {
            MaxCategories = 2,
            Columns = new Dictionary<string, ColumnScaling> { ["d"] = new() { MaxCategories = 1 } },
        };

        var columns = FeatureEncoding.Fit(table, ["c", "d", "n"], Tables.AllRows(table), spec).Columns;

        Assert.Equal([["a", "b"], ["a"]], columns.Take(2).Select(column => column.Categories));
        Assert.Equal(
            ["/columns/n/maxCategories", "/columns/d"],
            new PreprocessingSpec
            {
                Columns = new Dictionary<string, ColumnScaling>
                {
                    ["n"] = new() { MaxCategories = 1 },
                    ["d"] = new() { MaxCategories = 1, Numeric = NumericScaling.MinMax },
                },
            }.Validate(table, ["c", "d", "n"]).Select(problem => problem.Pointer));
    }

    [Fact]
    public void Robust_clipping_of_mostly_equal_values_takes_half_the_range()
    {
        Table table = Tables.Csv("x\n0\n0\n0\n0\n0\n8\n");
        var spec = new PreprocessingSpec { Numeric = NumericScaling.RobustClip };
        FeatureColumn column = FeatureEncoding.Fit(table, ["x"], Tables.AllRows(table), spec).Columns[0];

        Assert.Equal((0, 4), (column.Shift, column.Scale)); // 2 (x − median) / (max − min)
    }

    // Its weights are never trained, and stay as they were drawn.
    [Theory]
    [InlineData(NumericScaling.Standardize)]
    [InlineData(NumericScaling.MinMax)]
    [InlineData(NumericScaling.Robust)]
    [InlineData(NumericScaling.RobustClip)]
    public void A_column_that_does_not_vary_or_is_missing_gives_an_input_of_next_to_0_whatever_comes_later(NumericScaling numeric)
    {
        Table table = Tables.Csv("a,b\n7,\n7,\n2007,2000\n");

        var encoding = FeatureEncoding.Fit(table, ["a", "b"], [0, 1], new PreprocessingSpec { Numeric = numeric });

        Assert.Equal([(7, 1e30, true), (0, 1e30, true)], encoding.Columns.Select(column => (column.Shift, column.Scale, column.Clip)));
        var inputs = new double[2 * encoding.Width];
        encoding.Encode(table, [1, 2], inputs);
        Assert.Equal([0, 0, 1], inputs[..3]);
        Assert.All(inputs[3..], input => Assert.InRange(input, 0, 1e-26));
    }

    // As trainings before 2026-11-30 have it, which are to be trained again to the same bits.
    [Fact]
    public void Where_constants_are_not_ignored_each_has_the_inputs_of_one_that_varies()
    {
        Table table = Tables.Csv("n,yes,when,at\n7,true,2023-06-01,2023-06-01T12:00Z\n7,true,2023-06-01,2023-06-01T12:00Z\n");

        var encoding = FeatureEncoding.Fit(table, ["n", "yes", "when", "at"], [0, 1], new PreprocessingSpec { IgnoreConstants = false });

        Assert.Equal(
            ["n", "yes", "when.days", "when.year", "when.month", "when.day", "when.weekday", "at.days", "at.year", "at.month", "at.day", "at.weekday", "at.seconds"],
            encoding.InputNames);
        Assert.Equal([(7, 1, false), (0, 1, false)], encoding.Columns.Take(2).Select(column => (column.Shift, column.Scale, column.Clip)));
        Assert.All(encoding.Columns[2].Dates!.Concat(encoding.Columns[3].Dates!), part => Assert.Equal(1, part.Scale));
        Assert.DoesNotContain(encoding.Columns, column => column.IsOfOneValue);
    }

    [Fact]
    public void Booleans_that_do_not_vary_count_as_little_when_another_comes()
    {
        Table table = Tables.Csv("yes,no,none,both\ntrue,false,,true\ntrue,false,,false\nfalse,true,true,true\n");

        var encoding = FeatureEncoding.Fit(table, ["yes", "no", "none", "both"], [0, 1], new PreprocessingSpec());

        Assert.Equal([true, true, true, false], encoding.Columns.Select(column => column.IsOfOneValue));
        var inputs = new double[3 * encoding.Width];
        encoding.Encode(table, [0, 1, 2], inputs);
        Assert.Equal([0, 0, 0, 1, 1, 0, 0, 0, 1, 0], inputs[..10]); // the fourth of a row says that "none" is missing
        Assert.All(inputs[10..13], input => Assert.InRange(Math.Abs(input), 0, 1e-29));
        Assert.Equal([0, 1], inputs[13..]);
    }

    [Fact]
    public void A_column_that_does_not_vary_and_is_not_to_be_scaled_is_left_as_it_is()
    {
        Table table = Tables.Csv("a\n7\n7\n2007\n");

        var column = Assert.Single(FeatureEncoding.Fit(table, ["a"], [0, 1], new PreprocessingSpec { Numeric = NumericScaling.None }).Columns);

        Assert.Equal((0, 1, false), (column.Shift, column.Scale, column.Clip));
    }

    [Fact]
    public void A_column_may_be_scaled_in_a_way_of_its_own()
    {
        Table table = Tables.Csv("a,b\n1,1\n3,3\n5,5\n7,7\n9,9\n");
        var spec = new PreprocessingSpec
        {
            Numeric = NumericScaling.None,
            Columns = new Dictionary<string, ColumnScaling> { ["a"] = new() { Numeric = NumericScaling.RobustClip } },
        };

        var columns = FeatureEncoding.Fit(table, ["a", "b"], Tables.AllRows(table), spec).Columns;

        Assert.Equal((5, 4, true), (columns[0].Shift, columns[0].Scale, columns[0].Clip));
        Assert.Equal((0, 1, false), (columns[1].Shift, columns[1].Scale, columns[1].Clip));
        Assert.Equal(
            ["/columns/a/numeric"],
            new PreprocessingSpec { Columns = new Dictionary<string, ColumnScaling> { ["a"] = new() { Numeric = NumericScaling.MinMax, Shift = 1 } } }
                .Validate().Select(problem => problem.Pointer));
    }

    [Fact]
    public void A_column_of_which_nothing_is_said_is_encoded_like_the_others()
    {
        Table table = Tables.Csv("a,b,c\n1,1,x\n3,3,y\n5,5,x\n");
        var spec = new PreprocessingSpec
        {
            Columns = new Dictionary<string, ColumnScaling> { ["a"] = new(), ["b"] = new() { Transform = NumberTransform.None }, ["c"] = new() },
        };

        Assert.Empty(spec.Validate(table, ["a", "b", "c"]));
        Assert.Equal(
            FeatureEncoding.Fit(table, ["a", "b", "c"], Tables.AllRows(table), new PreprocessingSpec()).Columns.Select(column => (column.Shift, column.Scale)),
            FeatureEncoding.Fit(table, ["a", "b", "c"], Tables.AllRows(table), spec).Columns.Select(column => (column.Shift, column.Scale)));
        Assert.Null(spec.Of("a"));
    }

    [Fact]
    public void Robust_scaling_of_mostly_equal_values_takes_the_whole_range()
    {
        Table table = Tables.Csv("x\n0\n0\n0\n0\n0\n8\n");
        FeatureColumn column = FeatureEncoding.Fit(table, ["x"], Tables.AllRows(table), new PreprocessingSpec { Numeric = NumericScaling.Robust }).Columns[0];

        Assert.Equal((0, 8), (column.Shift, column.Scale));
    }

    [Fact]
    public void Rare_categories_share_one_input()
    {
        Table table = Tables.Csv("c\nd\nd\nb\nb\na\nc\n\n");
        var encoding = FeatureEncoding.Fit(table, ["c"], Tables.AllRows(table), new PreprocessingSpec { MaxCategories = 3 });
        FeatureColumn column = encoding.Columns[0];

        Assert.Equal(["a", "b", "d"], column.Categories); // a and c are equally frequent: the first in order keeps its input
        Assert.True(column.HasOther);
        Assert.Equal("b", column.ImputedCategory);
        Assert.Equal(["c=a", "c=b", "c=d", "c=(other)"], encoding.InputNames);

        var inputs = new double[4];
        var unknown = new UnknownCategories();
        encoding.Encode(table, [5], inputs, unknown);
        Assert.Equal([0, 0, 0, 1], inputs);
        Assert.True(encoding.Encode([Cell.Of("never seen")], inputs, new string?[1], unknown));
        Assert.Equal([0, 0, 0, 1], inputs);
        Assert.Equal(["c"], column.OtherCategories);
        Assert.True(encoding.Encode([Cell.Of("c")], inputs, new string?[1], unknown));
        encoding.Encode(Tables.Csv("c\nc\na\nnew\nnew\n"), [0, 1, 2, 3], new double[16], unknown);
        Assert.Equal(
            [
                "Column \"c\": \"never seen\" was not seen in training and is encoded like the rare ones, as (other).",
                "Column \"c\": \"new\" was not seen in training and is encoded like the rare ones, as (other) (2 rows).",
            ],
            unknown.Warnings);
    }

    [Theory]
    [InlineData(501, true)]
    [InlineData(502, false)]
    public void Up_to_500_rare_categories_are_known_by_name(int distinct, bool areKnown)
    {
        Table table = Tables.Csv(
            "c\n" + string.Concat(Enumerable.Range(0, 2 * distinct).Select(i => $"c{i % distinct}\n")), Tables.Types(("c", ColumnType.Category)));
        var encoding = FeatureEncoding.Fit(table, ["c"], Tables.AllRows(table), new PreprocessingSpec { MaxCategories = 1 });
        var unknown = new UnknownCategories();

        encoding.Encode(table, Tables.AllRows(table), new double[4 * distinct], unknown);
        Assert.True(unknown.IsEmpty);
        Assert.True(encoding.Encode([Cell.Of("never seen")], new double[2], new string?[1], unknown));

        Assert.Equal(areKnown ? 500 : null, encoding.Columns[0].OtherCategories?.Count);
        Assert.Equal(areKnown, !unknown.IsEmpty);
    }

    [Fact]
    public void A_rare_word_that_looks_missing_is_known_by_name_however_many_there_are()
    {
        Table table = Tables.Json($$"""{"columns":["c"],"rows":[["b"],["b"],["NA"],[" ? "],{{string.Join(',', Enumerable.Range(0, 600).Select(i => $"[\"c{i}\"]"))}}]}""",
            Tables.Types(("c", ColumnType.Category)));
        var encoding = FeatureEncoding.Fit(table, ["c"], Tables.AllRows(table), new PreprocessingSpec { MaxCategories = 1 });
        var inputs = new double[2];

        Assert.Null(encoding.Columns[0].OtherCategories);
        Assert.Equal([" ? ", "NA"], encoding.Columns[0].OtherMissingSpellings);
        foreach (Cell cell in new[] { Cell.Of("NA"), Cell.OfCsv("NA"), Cell.OfCsv(" ? ") })
        {
            Assert.True(encoding.Encode([cell], inputs, new string?[1]));
            Assert.Equal([0, 1], inputs); // as in training
        }

        Assert.True(encoding.Encode([Cell.OfCsv("null")], inputs, new string?[1]));
        Assert.Equal([1, 0], inputs);
        Assert.Equal(["", "NaN", "null", "?"], Assert.Single(Engine.Export.ExportInput.Of(encoding)).MissingTexts);
    }

    [Theory]
    [InlineData("NA")]
    [InlineData("null")]
    [InlineData("?")]
    public void A_text_of_JSON_that_looks_missing_is_the_same_word_in_a_row_as_in_a_table(string word)
    {
        Table table = Tables.Csv("c\na\na\nb\nNA\n"); // where it was missing
        var encoding = FeatureEncoding.Fit(table, ["c"], Tables.AllRows(table), new PreprocessingSpec());
        (var fromTable, var fromRow, var fromCsv) = (new double[3], new double[3], new double[3]);
        var unknown = new UnknownCategories();

        encoding.Encode(Tables.Json($$"""{"rows":[{"c":"{{word}}"}]}""", Tables.Types(("c", ColumnType.Category))), [0], fromTable, unknown);
        Assert.True(encoding.Encode([Cell.Of(word)], fromRow, new string?[1], unknown));
        Assert.Equal([$"Column \"c\": \"{word}\" was not seen in training and is encoded as all zeros (2 rows)."], unknown.Warnings);
        Assert.True(encoding.Encode([Cell.OfCsv(word)], fromCsv, new string?[1], unknown));

        Assert.Equal([0, 0, 0], fromTable);
        Assert.Equal([0, 0, 0], fromRow);
        Assert.Equal([1, 0, 1], fromCsv);
        Assert.True(encoding.Encode([Cell.Of("")], fromRow, new string?[1], unknown));
        Assert.Equal([1, 0, 1], fromRow);
    }

    [Fact]
    public void What_somebody_has_said_is_missing_is_missing_in_a_row_of_JSON_as_in_a_table()
    {
        var options = new TableReadOptions { Notation = new CellNotation(missing: ["none", "-999"]), Types = Tables.Types(("c", ColumnType.Category)).Types };
        Table table = Tables.Csv("c\na\na\nb\nNA\n", options);
        var encoding = FeatureEncoding.Fit(table, ["c"], Tables.AllRows(table), new PreprocessingSpec());
        var (fromTable, fromRow) = (new double[9], new double[3]);

        encoding.Encode(Tables.Json("""{"rows":[{"c":"none"},{"c":-999},{"c":"NA"}]}""", options), [0, 1, 2], fromTable);

        Assert.Equal([0, 1, 0, 0, 1, 0, 1, 0, 0], fromTable); // NA, a, b: a word each
        foreach (var (row, cell) in new[] { Cell.Of("none"), Cell.Of(-999), Cell.Of("NA") }.Index())
        {
            Assert.True(encoding.Encode([cell], fromRow, new string?[1]));
            Assert.Equal(fromTable[(3 * row)..(3 * row + 3)], fromRow);
        }
    }

    [Fact]
    public void A_text_of_JSON_that_looks_missing_is_missing_among_booleans_and_dates_in_a_row_as_in_a_table()
    {
        Table table = Tables.Csv("flag,day\ntrue,2024-05-31\ntrue,2024-06-01\nfalse,2024-06-02\n,\n");
        var encoding = FeatureEncoding.Fit(table, ["flag", "day"], Tables.AllRows(table), new PreprocessingSpec());
        var (fromTable, fromRow) = (new double[encoding.Width], new double[encoding.Width]);

        encoding.Encode(Tables.Json("""{"rows":[{"flag":"None","day":"NA"},{"flag":true,"day":"2024-05-31"}]}"""), [0], fromTable);
        Assert.True(encoding.Encode([Cell.Of("None"), Cell.Of("NA")], fromRow, new string?[2]));

        Assert.Equal(1, fromRow[1]);
        Assert.Equal(1, fromRow[^1]);
        Assert.Equal(fromTable, fromRow);
    }

    [Fact]
    public void Unknown_category_becomes_zeros_and_is_reported()
    {
        Table table = Tables.Csv("c\na\nb\nz\nz\n");
        var encoding = FeatureEncoding.Fit(table, ["c"], [0, 1], new PreprocessingSpec());
        var inputs = new double[8];
        var unknown = new UnknownCategories();
        encoding.Encode(table, [0, 1, 2, 3], inputs, unknown);

        Assert.Equal([1, 0, 0, 1, 0, 0, 0, 0], inputs);
        Assert.Equal(["Column \"c\": \"z\" was not seen in training and is encoded as all zeros (2 rows)."], unknown.Warnings);
    }

    [Fact]
    public void Column_of_one_category_has_one_input()
        => Assert.Equal(1, FeatureEncoding.Fit(Tables.Csv("c\na\na\n"), ["c"], [0, 1], new PreprocessingSpec()).Width);

    [Fact]
    public void Column_that_is_missing_in_every_training_row_is_zero_beside_its_indicator()
    {
        Table table = Tables.Csv("a,c,x\n,,1\n,,2\n7,u,3\n");
        var encoding = FeatureEncoding.Fit(table, ["a", "c"], [0, 1], new PreprocessingSpec());
        var inputs = new double[6];
        encoding.Encode(table, [0, 2], inputs);

        Assert.Equal(3, encoding.Width);
        Assert.Equal([0, 1, 1], inputs[..3]);
        Assert.InRange(inputs[3], 0, 1e-29); // nothing was learnt of it
        Assert.Equal([0, 0], inputs[4..]);
    }

    [Fact]
    public void Missing_cell_can_be_an_error_that_names_row_and_column()
    {
        Table table = Tables.Csv("a,b\n1,2\n,3\n4,5\n");
        var spec = new PreprocessingSpec { Missing = MissingCells.Error };

        PreparationException fitting = Assert.Throws<PreparationException>(() => FeatureEncoding.Fit(table, ["a"], [0, 1], spec));
        Assert.Equal("Row 1 (counted from 0), column \"a\": the cell is missing, and missing cells are asked to be an error.", fitting.Message);
        Assert.Equal(1, fitting.Row);
        Assert.Equal("a", fitting.Column);

        var encoding = FeatureEncoding.Fit(table, ["a"], [0, 2], spec);
        Assert.Equal(1, Assert.Throws<PreparationException>(() => encoding.Encode(table, [0, 1], new double[2])).Row);
        var problems = new string?[1];
        Assert.False(encoding.Encode([Cell.Missing], new double[1], problems));
        Assert.Equal(["A value is missing; expected a number."], problems.AsEnumerable());
    }

    [Fact]
    public void Encoding_rounds_once_to_single_precision()
    {
        Table table = Tables.Csv("a\n0.1\n0.7\n123456789\n");
        var encoding = FeatureEncoding.Fit(table, ["a"], [0, 1, 2], new PreprocessingSpec());
        var doubles = new double[3];
        var floats = new float[3];
        encoding.Encode(table, [2, 0, 1], doubles);
        encoding.Bind(table).Encode<float>([2, 0, 1], floats);

        Assert.Equal(doubles.Select(value => (float)value), floats);
    }

    [Fact]
    public void Value_beyond_single_precision_is_an_error()
    {
        Table table = Tables.Csv("a\n1\n2\n1e300\n");
        var encoding = FeatureEncoding.Fit(table, ["a"], [0, 1], new PreprocessingSpec());

        Assert.Equal(
            "Row 2 (counted from 0), column \"a\": 1E+300 is too large to compute with.",
            Assert.Throws<PreparationException>(() => encoding.Bind(table).Encode<float>([2], new float[1])).Message);
    }

    [Fact]
    public void Table_whose_columns_differ_is_refused_by_name()
    {
        var encoding = FeatureEncoding.Fit(Tables.Csv("a,b,c\n1,true,x\n2,false,y\n"), ["a", "b", "c"], [0, 1], new PreprocessingSpec());

        Assert.Equal("The table has no column \"b\", which the model needs.", Refusal("a,c\n1,x\n"));
        Assert.Equal("Column \"a\" must hold numbers, as in training; this table's holds text, such as \"u\" in row 0 (counted from 0).", Refusal("a,b,c\nu,true,x\n"));
        Assert.Equal("Column \"b\" must hold true and false, as in training; this table's holds numbers, such as \"2\" in row 0 (counted from 0).", Refusal("a,b,c\n1,2,x\n"));

        string Refusal(string csv) => Assert.Throws<PreparationException>(() => encoding.Bind(Tables.Csv(csv))).Message;
    }

    [Fact]
    public void Table_whose_types_were_found_differently_still_fits_where_the_values_do()
    {
        Table training = Tables.Csv("zip,flag\n10,true\n20,false\n", Tables.Types(("zip", ColumnType.Category)));
        var encoding = FeatureEncoding.Fit(training, ["zip", "flag"], [0, 1], new PreprocessingSpec());
        var inputs = new double[6];
        var unknown = new UnknownCategories();
        encoding.Encode(Tables.Csv("flag,other,zip\n1,z,20\n0,z,30\n"), [0, 1], inputs, unknown);

        Assert.Equal([0, 1, 1, 0, 0, 0], inputs);
        Assert.Equal(["Column \"zip\": \"30\" was not seen in training and is encoded as all zeros."], unknown.Warnings);
        encoding.Encode(Tables.Csv("flag,zip\n,\n,\n"), [1], inputs.AsSpan(0, 3));
        Assert.Equal([1, 0, 0], inputs[..3]); // imputed: the first of two equally frequent categories
    }

    [Theory]
    [InlineData("x", "The table has no column \"x\".")]
    [InlineData("t", "Column \"t\" holds text with 70 distinct values, too many to encode; leave it out of the features or declare it a category.")]
    public void Feature_that_cannot_be_encoded_is_refused(string feature, string message)
    {
        Table table = Tables.Csv("t\n" + string.Concat(Enumerable.Range(0, 70).Select(i => $"t{i}\n")));

        Assert.Equal(message, Assert.Throws<PreparationException>(() => FeatureEncoding.Fit(table, [feature], [0, 1], new PreprocessingSpec())).Message);
    }

    [Fact]
    public void Feature_named_twice_is_refused()
        => Assert.Equal(
            "Feature \"a\" is named twice.",
            Assert.Throws<PreparationException>(() => FeatureEncoding.Fit(Tables.Csv("a\n1\n"), ["a", "a"], [0], new PreprocessingSpec())).Message);

    [Fact]
    public void Single_rows_are_encoded_like_table_rows()
    {
        Table table = Tables.Sample("penguins");
        var encoding = FeatureEncoding.Fit(table, ["sex", "body_mass_g", "island"], Tables.AllRows(table), new PreprocessingSpec());
        var fromTable = new double[encoding.Width];
        var fromRow = new double[encoding.Width];
        var fromCsv = new double[encoding.Width];
        encoding.Encode(table, [1], fromTable); // Adelie,Torgersen,39.5,17.4,186,3800,female,2007

        Assert.True(encoding.Encode([Cell.Of("female"), Cell.Of(3800), Cell.Of("Torgersen")], fromRow, new string?[3]));
        Assert.True(encoding.Encode([Cell.OfCsv("female"), Cell.OfCsv(" 3800 "), Cell.OfCsv("Torgersen")], fromCsv, new string?[3]));
        Assert.Equal(fromTable, fromRow);
        Assert.Equal(fromTable, fromCsv);

        encoding.Encode(table, [3], fromTable); // Adelie,Torgersen,,,,,,2007
        Assert.True(encoding.Encode([Cell.Missing, Cell.OfCsv("NA"), Cell.Of("Torgersen")], fromRow, new string?[3]));
        Assert.Equal(fromTable, fromRow);
    }

    [Fact]
    public void Values_of_the_wrong_kind_are_told_apart_from_good_ones()
    {
        Table table = Tables.Csv("n,b,c\n1,true,x\n2,false,5\n");
        var encoding = FeatureEncoding.Fit(table, ["n", "b", "c"], [0, 1], new PreprocessingSpec());
        var problems = new string?[3];

        Assert.False(encoding.Encode([Cell.Of("1"), Cell.Of("true"), Cell.Of(5)], new double[4], problems));
        Assert.Equal(
            [
                "Expected a number, not the text \"1\"; send the number without quotes.",
                "Expected true or false, not the text \"true\"; send it without quotes.",
                null,
            ],
            problems.AsEnumerable());
        Assert.False(encoding.Encode([Cell.Of(true), Cell.Of(2), Cell.Of(true)], new double[4], problems));
        Assert.Equal(["Expected a number, not true.", "Expected true or false, not 2.", null], problems.AsEnumerable());
        Assert.False(encoding.Encode([Cell.Of(double.NaN), Cell.Of(1), Cell.Of(double.PositiveInfinity)], new double[4], problems));
        Assert.Equal(["Expected a finite number.", null, "Expected a finite number."], problems.AsEnumerable());
        foreach ((string text, double number) in new[] { ("1", 1.0), (" 0", 0.0), ("1.0", 1.0) })
        {
            double[] ofCsv = new double[4], ofJson = new double[4];
            Assert.True(encoding.Encode([Cell.Of(1), Cell.OfCsv(text), Cell.OfCsv("x")], ofCsv, problems));
            Assert.True(encoding.Encode([Cell.Of(1), Cell.Of(number), Cell.OfCsv("x")], ofJson, problems));
            Assert.Equal(ofJson, ofCsv);
        }

        Assert.False(encoding.Encode([Cell.Of(1), Cell.OfCsv("2"), Cell.OfCsv("x")], new double[4], problems));
        Assert.Equal("Expected true or false, not \"2\".", problems[1]);
        Assert.False(encoding.Encode([Cell.OfCsv("1,5"), Cell.OfCsv("TRUE"), Cell.OfCsv("x")], new double[4], problems));
        Assert.Equal(
            [
                "Expected a number, not \"1,5\"; it has a decimal comma; send the rows with ?decimal=, to have it read.",
                null,
                null,
            ],
            problems.AsEnumerable());
    }

    [Fact]
    public void Number_stands_for_a_category_by_its_shortest_text()
    {
        var encoding = FeatureEncoding.Fit(Tables.Json("""{"rows":[{"c":"5"},{"c":"x"}]}"""), ["c"], [0, 1], new PreprocessingSpec());
        var inputs = new double[2];
        encoding.Encode([Cell.Of(5.0)], inputs, new string?[1]);

        Assert.Equal([1, 0], inputs);
    }

    [Theory]
    [InlineData("9007199254740993", "9007199254740992", "9007199254740993", 1)]
    [InlineData("9007199254740993", "9007199254740992", "9007199254740995", -1)]
    [InlineData("1.2345678901234567E+19", "x", "12345678901234567890", 0)] // learnt before digits were kept
    public void Large_whole_number_stands_for_the_category_with_its_digits(string first, string second, string sent, int input)
    {
        var encoding = FeatureEncoding.Fit(Tables.Json($"{{\"rows\":[{{\"c\":\"{first}\"}},{{\"c\":\"{second}\"}}]}}"), ["c"], [0, 1], new PreprocessingSpec());
        var inputs = new double[2];
        encoding.Encode([Cell.OfJson(double.Parse(sent, CultureInfo.InvariantCulture), Encoding.UTF8.GetBytes(sent))], inputs, new string?[1]);

        Assert.Equal(input, Array.IndexOf(inputs, 1));
    }

    [Fact]
    public void Encoding_survives_json_and_encodes_the_same()
    {
        Table table = Tables.Sample("penguins");
        var encoding = FeatureEncoding.Fit(table, ["island", "bill_length_mm", "sex", "year"],
            Tables.AllRows(table), new PreprocessingSpec { MaxCategories = 2, Numeric = NumericScaling.Robust });
        string json = JsonSerializer.Serialize(encoding, s_strict);
        FeatureEncoding read = JsonSerializer.Deserialize<FeatureEncoding>(json, s_strict)!;
        var expected = new double[table.Rows * encoding.Width];
        var actual = new double[expected.Length];
        encoding.Encode(table, Tables.AllRows(table), expected);
        read.Encode(table, Tables.AllRows(table), actual);

        Assert.Equal(json, JsonSerializer.Serialize(read, s_strict));
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Json_of_an_encoding_is_plain()
        => Assert.Equal(
            """{"columns":[{"name":"x1","type":"number","shift":0,"scale":1,"imputed":null,"imputedCategory":null,"missingIndicator":false,"categories":[]"""
                + ""","hasOther":false,"offset":0}],"missing":"error"}""",
            JsonSerializer.Serialize(FeatureEncoding.Identity(["x1"]), s_strict));

    [Fact]
    public void Preprocessing_is_validated_against_table_and_features()
    {
        Table table = Tables.Csv("a,b,c\n1,2,x\n");
        var spec = new PreprocessingSpec
        {
            MaxCategories = 0,
            Columns = new Dictionary<string, ColumnScaling>
            {
                ["a"] = new() { Scale = 0 },
                ["c"] = new() { Shift = 1 },
                ["d/e"] = new(),
            },
        };

        Assert.Equal(
            [
                new SpecProblem("/maxCategories", "maxCategories is 0; it must be at least 1 and at most 10000."),
                new("/columns/a/scale", "The scale of column \"a\" must be a finite number other than 0."),
                new("/columns/c", "A scaling is given for column \"c\", which does not hold numbers."),
                new("/columns/d~1e", "A scaling is given for column \"d/e\", which is not a feature."),
            ],
            spec.Validate(table, ["a", "c"]));
        Assert.Empty(new PreprocessingSpec().Validate(table, ["a", "c"]));
    }

    [Fact]
    public void Names_of_features_are_gone_through_once_however_many_columns_differ()
    {
        Table table = Tables.Csv("a,b,c\n1,2,3\n4,5,6\n");
        var spec = new PreprocessingSpec { Columns = new[] { "a", "b", "c" }.ToDictionary(name => name, _ => new ColumnScaling { Numeric = NumericScaling.MinMax }) };
        var features = new CountedList(["a", "b", "c"]);

        Assert.Empty(spec.Validate(table, features));
        Assert.Equal(1, features.Readings);
    }

    private sealed class CountedList(IReadOnlyList<string> names) : IReadOnlyList<string>
    {
        public int Readings { get; private set; }

        public int Count => names.Count;

        public string this[int index] => names[index];

        public IEnumerator<string> GetEnumerator()
        {
            Readings++;
            return names.GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
