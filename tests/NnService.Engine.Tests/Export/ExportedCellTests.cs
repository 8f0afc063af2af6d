using System.IO.Compression;
using System.Text.Json.Nodes;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Export;
using NnService.Engine.Losses;
using NnService.Engine.Tests.Data;
using NnService.Tests;

namespace NnService.Engine.Tests.Export;

/// <summary>Cells that are easily taken for something else: what is exported reads them as the model does.</summary>
public sealed class ExportedCellTests
{
    private const string Layers = """[{"type":"dense","units":3,"activation":"tanh"},{"type":"dense","units":1}]""";

    private static readonly TargetEncoding s_target = new(TaskKind.Regression, ["y"], shift: [10], scale: [2]);

    private static readonly FeatureColumn s_size = new() { Name = "size", Type = ColumnType.Number, Shift = 3, Scale = 2, Imputed = 5, MissingIndicator = true };
    private static readonly FeatureColumn s_region =
        new() { Name = "region", Type = ColumnType.Category, Categories = ["EU", "NA", "US"], HasOther = true, ImputedCategory = "EU", MissingIndicator = true };

    private static readonly FeatureColumn s_rare = s_region with { Categories = ["EU", "US"], OtherCategories = ["AU", "NA"] };

    private static ExportSource Source(FeatureEncoding features, Table? table = null) =>
        ExportedModels.Source("model", features, s_target, Layers, Precision.Float64, OutputLink.Identity, table);

    [Fact]
    public void A_word_that_is_a_category_is_no_missing_cell()
    {
        var source = Source(new FeatureEncoding([s_region], MissingCells.Impute));

        foreach (var format in ExportFormat.Known)
            Assert.NotEmpty(format.Export(source));
    }

    [Fact]
    public void What_stands_for_a_missing_cell_in_the_models_tables_does_so_in_every_format()
    {
        var features = new FeatureEncoding([s_size, s_region], MissingCells.Impute) { Notation = new CellNotation(missing: ["-999", "unknown"]) };
        var source = Source(features, Tables.Csv("size,region\n1,EU\n-999,unknown\n2,?\n-999,elsewhere\n3,NA\n"));

        foreach (var format in ExportFormat.Known)
            Assert.NotEmpty(format.Export(source)); // compared with the model's answers to these rows
        Assert.Equal(5, source.Rows.FromTable);
    }

    [GccTheory]
    [InlineData("-999", "\"unknown\"", "NAN", "\"\"")]
    [InlineData("-999", "\"NA\"", "NAN", "\"NA\"")]
    public void The_C_reads_them_so(string number, string text, string missing, string same)
    {
        var features = new FeatureEncoding([s_size, s_region], MissingCells.Impute) { Notation = new CellNotation(missing: ["-999", "unknown"]) };

        var answers = Run(Source(features), $"{{ {number}, {text} }}", $"{{ {missing}, {same} }}", "{ 1, \"US\" }");

        Assert.Equal(answers[0], answers[1]);
        Assert.NotEqual(answers[0], answers[2]);
    }

    [GccTheory]
    [InlineData("-1")]
    [InlineData("-2")]
    [InlineData("INFINITY")]
    [InlineData("-INFINITY")]
    public void The_C_takes_no_row_with_a_number_that_the_service_refuses_though_it_is_clipped(string number)
    {
        var column = new FeatureColumn { Name = "x", Type = ColumnType.Number, Log1p = true, Clip = true, Shift = 1, Scale = 2, Imputed = 1 };

        Assert.Equal("-1 nan", Run(Source(new FeatureEncoding([column], MissingCells.Impute)), $"{{ {number} }}")[0].Replace("-nan", "nan", StringComparison.Ordinal));
    }

    [GccFact]
    public void The_C_takes_no_row_with_a_boolean_that_is_neither_0_nor_1()
    {
        var answers = Run(SourceOfBoolean(), "{ 2 }", "{ 0.5 }", "{ -1 }", "{ 0 }", "{ 1 }", "{ NAN }").Select(answer => answer.Split(' ')[0]);

        Assert.Equal(["-1", "-1", "-1", "0", "0", "0"], answers);
    }

    [GccFact]
    public void The_C_takes_a_number_that_is_too_large_to_be_scaled_where_it_is_clipped_as_the_service_does()
    {
        var column = new FeatureColumn { Name = "x", Type = ColumnType.Number, Clip = true, Shift = -1e308, Scale = 1e308, Imputed = 1 };
        var steep = column with { Scale = 1e-300 };

        Assert.Equal("0 " + Answer(column, 1e308), Run(Source(new FeatureEncoding([column], MissingCells.Impute)), "{ 1e308 }")[0]);
        Assert.Equal("0 " + Answer(steep, 1e308), Run(Source(new FeatureEncoding([steep], MissingCells.Impute)), "{ 1e308 }")[0]);

        static string Answer(FeatureColumn column, double number)
        {
            var (model, inputs, answer) = (Source(new FeatureEncoding([column], MissingCells.Impute)).Model, new double[1], new double[1]);
            Assert.True(model.Description.Features.Encode([Cell.Of(number)], inputs, new string?[1]));
            model.Predict(inputs, 1, answer);
            return ExportResults.Of(model, answer).Values[0].ToString("G17");
        }
    }

    [GccFact]
    public void A_rare_word_that_the_model_has_learnt_is_no_missing_cell_in_C()
    {
        var answers = Run(Source(new FeatureEncoding([s_rare], MissingCells.Impute)), "{ \"NA\" }", "{ \"AU\" }", "{ \"?\" }", "{ \"\" }");

        Assert.Equal(answers[1], answers[0]);
        Assert.Equal(answers[3], answers[2]);
        Assert.NotEqual(answers[2], answers[0]);
    }

    [GccFact]
    public void The_C_refuses_no_rare_word_that_looks_missing_where_training_refused_missing_cells() => Assert.StartsWith(
        "0 ",
        Run(Source(new FeatureEncoding([s_rare with { MissingIndicator = false }], MissingCells.Error)), "{ \"NA\" }")[0],
        StringComparison.Ordinal);

    [Fact]
    public void A_difference_in_what_the_C_takes_for_missing_or_for_a_category_is_found_before_it_leaves()
    {
        var source = Source(new FeatureEncoding([s_rare], MissingCells.Impute), Tables.Json("""{"rows":[{"region":"EU"},{"region":"AU"},{"region":"?"}]}"""));
        var text = new CSourceText(source).Source();

        Assert.Equal(0, Difference(text));
        Assert.NotEqual(0, Difference(text.Replace("    \"NaN\",\n", "    \"NA\",\n", StringComparison.Ordinal)));
        Assert.NotEqual(0, Difference(text.Replace("    \"US\",\n", "    \"UK\",\n", StringComparison.Ordinal)));

        double Difference(string written) => source.Expected.DifferenceFrom(CSourceEvaluator.Run(written, source), s_target);
    }

    [Fact]
    public void Test_vectors_have_no_text_that_is_missing_here_and_a_word_in_a_row_of_JSON()
    {
        var source = Source(new FeatureEncoding([s_rare], MissingCells.Impute), Tables.Json("""{"rows":[{"region":"?"},{"region":"NA"}]}"""));

        Assert.Equal(2, source.Rows.FromTable);
        Assert.Null(source.Vectors()["rows"]![0]![0]);
    }

    [Theory]
    [InlineData(false, true, double.PositiveInfinity)]
    [InlineData(false, true, double.NegativeInfinity)]
    [InlineData(true, true, -1)]
    [InlineData(true, true, -2)]
    [InlineData(true, false, -1)]
    [InlineData(false, false, double.PositiveInfinity)]
    public void ONNX_answers_NaN_where_the_service_refuses_a_number(bool isLog, bool isClipped, double number)
    {
        var source = SourceOfOne(isLog, isClipped);
        var file = new OnnxFormat().Export(source);
        source.Rows.Rows[0][0] = Cell.Of(number);

        var answers = new OnnxFormat().Evaluate(file, source).Values;

        Assert.True(double.IsNaN(answers[0]));
        Assert.True(double.IsFinite(answers[1]));
    }

    [OnnxFact]
    public void ONNX_Runtime_answers_NaN_where_the_service_refuses_a_number()
    {
        using var folder = ForeignTools.NewFolder();
        foreach (var isClipped in new[] { false, true })
        {
            folder.Write("model.onnx", new OnnxFormat().Export(SourceOfOne(isLog: true, isClipped)));
            ForeignTools.CheckOnnx(folder.Path, "model.onnx");
            folder.Write("rows.json", """{"x":[-1,-2,1e999,0]}""");

            var answers = JsonNode.Parse(ForeignTools.RunOnnx(folder.Path, "model.onnx", "rows.json"))!["values"]!.AsArray();

            Assert.Equal([true, true, true, false], answers.Select(answer => answer is null)); // JSON has no NaN
        }
    }

    [OnnxFact]
    public void ONNX_Runtime_answers_NaN_to_a_boolean_that_is_neither_0_nor_1()
    {
        using var folder = ForeignTools.NewFolder();
        folder.Write("model.onnx", new OnnxFormat().Export(SourceOfBoolean()));
        ForeignTools.CheckOnnx(folder.Path, "model.onnx");
        folder.Write("rows.json", """{"ok":[2,0.5,-1,0,1,null]}""");

        var answers = JsonNode.Parse(ForeignTools.RunOnnx(folder.Path, "model.onnx", "rows.json"))!["values"]!.AsArray();

        Assert.Equal([true, true, true, false, false, false], answers.Select(answer => answer is null)); // JSON has no NaN
    }

    private static ExportSource SourceOfBoolean() => Source(new FeatureEncoding(
        [new FeatureColumn { Name = "ok", Type = ColumnType.Boolean, Shift = 0.25, Scale = 0.5, Imputed = 1 }], MissingCells.Impute));

    // With relu, which makes a number of an infinity.
    private static ExportSource SourceOfOne(bool isLog, bool isClipped)
    {
        var column = new FeatureColumn { Name = "x", Type = ColumnType.Number, Log1p = isLog, Clip = isClipped, Shift = 1, Scale = 2, Imputed = 1 };
        return ExportedModels.Source(
            "model", new FeatureEncoding([column], MissingCells.Impute), s_target, """[{"type":"dense","units":3,"activation":"relu"},{"type":"dense","units":1}]""",
            Precision.Float64, OutputLink.Identity);
    }

    [GccTheory]
    [InlineData("float32 periodic embedding")]
    [InlineData("float64 batch normalization, 20 labels")]
    [InlineData("float32 five members, layer normalization before they part, softmax of logits")]
    public void The_header_of_the_C_says_how_much_of_the_stack_a_call_takes(string name)
    {
        using var folder = ForeignTools.NewFolder();
        using (var zip = new ZipArchive(new MemoryStream(new CSourceFormat().Export(ExportedModels.Source(name)))))
            zip.ExtractToDirectory(folder.Path);
        folder.Write("program.c", "#include \"model.c\"\nint main(void) { return 0; }\n");
        ForeignTools.CompileAndRun(folder.Path, "program.c", "-fstack-usage");
        var header = File.ReadAllText(Path.Combine(folder.Path, "model.h"));

        // Each function's frame once, as if all of them called each other.
        var frames = File.ReadLines(Assert.Single(Directory.GetFiles(folder.Path, "*.su"))).Sum(line => int.Parse(line.Split('\t')[1]));
        var said = int.Parse(System.Text.RegularExpressions.Regex.Match(header, @"takes about (\d+) bytes of the stack").Groups[1].Value);

        Assert.InRange(said, frames - 1024, frames + 1024);
    }

    [OnnxFact]
    public void ONNX_has_no_answer_to_a_missing_cell_where_training_refused_them()
    {
        using var folder = ForeignTools.NewFolder();
        var features = new FeatureEncoding([s_size with { MissingIndicator = false }, s_region with { MissingIndicator = false }], MissingCells.Error);
        folder.Write("model.onnx", new OnnxFormat().Export(Source(features)));
        ForeignTools.CheckOnnx(folder.Path, "model.onnx");
        folder.Write("rows.json", """{"size":[null,1,1],"region":["US","","US"]}""");

        var answers = JsonNode.Parse(ForeignTools.RunOnnx(folder.Path, "model.onnx", "rows.json"))!["values"]!.AsArray();

        Assert.Equal([true, true, false], answers.Select(answer => answer is null)); // JSON has no NaN
    }

    [OnnxFact]
    public void ONNX_Runtime_reads_numbers_and_words_that_stand_for_missing_cells_as_the_model_does()
    {
        using var folder = ForeignTools.NewFolder();
        var features = new FeatureEncoding([s_size, s_region], MissingCells.Impute) { Notation = new CellNotation(missing: ["-999", "unknown"]) };
        folder.Write("model.onnx", new OnnxFormat().Export(Source(features)));
        ForeignTools.CheckOnnx(folder.Path, "model.onnx");
        folder.Write("rows.json", """{"size":[null,-999,1],"region":["","unknown","US"]}""");

        var answers = JsonNode.Parse(ForeignTools.RunOnnx(folder.Path, "model.onnx", "rows.json"))!["values"]!.AsArray();

        Assert.Equal((double)answers[0]!, (double)answers[1]!);
        Assert.NotEqual((double)answers[0]!, (double)answers[2]!);
    }

    [Fact]
    public void What_does_not_vary_in_the_training_rows_counts_as_little_in_every_format()
    {
        Table table = Tables.Csv("day,year,flag\n2022-01-08,2022,true\n2022-01-08,2022,true\n2031-12-24,2031,false\n1950-05-05,-1e300,\n");
        var source = Source(FeatureEncoding.Fit(table, ["day", "year", "flag"], [0, 1], new PreprocessingSpec()), table);

        foreach (var format in ExportFormat.Known)
            Assert.NotEmpty(format.Export(source)); // compared with the model's answers to these rows
        Assert.Equal(4, source.Rows.FromTable);
    }

    [Fact]
    public void Days_beyond_the_years_that_there_are_are_not_drawn()
    {
        var never = new FeatureColumn { Name = "valid_to", Type = ColumnType.Category, Dates = [new DatePart(DatePartKind.Days, 894_000, 1_335_000)] };

        Assert.Equal(ExportRows.Most, Source(new FeatureEncoding([never], MissingCells.Impute)).Rows.Rows.Count);
    }

    [Fact]
    public void A_column_of_dates_has_parts() => Assert.Throws<ArgumentException>(
        () => new FeatureEncoding([new FeatureColumn { Name = "day", Type = ColumnType.Category, Dates = [] }], MissingCells.Impute));

    [GccFact]
    public void A_column_without_bins_is_written_as_C99_all_the_same()
    {
        var network = """[{"type":"piecewiseLinear","bins":4,"units":2},{"type":"dense","units":1}]""";
        var source = ExportedModels.Constant("model", new FeatureEncoding([s_size with { MissingIndicator = false }], MissingCells.Impute), s_target, network);

        Assert.NotEmpty(Run(source, "{ 1 }"));
    }

    // What the written C answers to rows: the label, and the number in full.
    private static string[] Run(ExportSource source, params string[] rows)
    {
        using var folder = ForeignTools.NewFolder();
        using (var zip = new ZipArchive(new MemoryStream(new CSourceFormat().Export(source))))
            zip.ExtractToDirectory(folder.Path);
        folder.Write("program.c", $$"""
            #include "model.c"
            #include <stdio.h>
            static const model_row rows[] = { {{string.Join(", ", rows)}} };
            int main(void)
            {
                size_t i;
                double results[MODEL_RESULTS];
                for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                    printf("%d", model_predict(&rows[i], results));
                    printf(" %.17g\n", results[0]);
                }
                return 0;
            }

            """);
        return ForeignTools.CompileAndRun(folder.Path, "program.c").Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
