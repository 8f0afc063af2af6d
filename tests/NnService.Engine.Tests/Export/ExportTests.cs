using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Explain;
using NnService.Engine.Export;
using NnService.Engine.Losses;
using NnService.Tests;

namespace NnService.Engine.Tests.Export;

public sealed class ExportTests
{
    private const double OnnxTolerance = 2e-6; // another runtime's float32: other orders of sums, other polynomials

    [GccTheory]
    [MemberData(nameof(ExportedModels.Names), MemberType = typeof(ExportedModels))]
    public void C_gives_the_bits_of_the_model_on_a_thousand_rows(string name)
    {
        var source = ExportedModels.Source(name);
        using var folder = ForeignTools.NewFolder();
        using (var zip = new ZipArchive(new MemoryStream(new CSourceFormat().Export(source))))
            zip.ExtractToDirectory(folder.Path);
        Assert.Equal("16 of 16 test vectors agree to the bit\n", ForeignTools.CompileAndRun(folder.Path, "model.c", "-DMODEL_TEST"));

        folder.Write("all.c", AllRows(source));
        var lines = ForeignTools.CompileAndRun(folder.Path, "all.c").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(1000, lines.Length);
        var (expected, columns) = (source.Expected, source.Expected.Columns);
        for (var row = 0; row < lines.Length; row++)
        {
            var bits = Enumerable.Range(row * columns, columns).Select(i => source.AnswersAreSingle
                ? BitConverter.SingleToUInt32Bits((float)expected.Values[i]).ToString("x8")
                : BitConverter.DoubleToUInt64Bits(expected.Values[i]).ToString("x16"));
            var label = expected.Labels.Length > 0 ? expected.Labels[row] : 0;
            Assert.Equal($"{label} {string.Join(' ', bits)}", lines[row]);
        }
    }

    [GccTheory]
    [InlineData("float", 3, "refused nan nan nan")]
    [InlineData("float", -5, "refused nan nan nan")]
    [InlineData("float", 0, "taken number number number")]
    [InlineData("double", 1e300, "refused nan")]
    [InlineData("double", 2, "taken number")]
    public void C_takes_no_row_whose_answer_is_not_a_number(string real, double value, string expected)
    {
        var (isSingle, scale) = real == "float" ? (true, 1e-40) : (false, 1);
        var features = new FeatureEncoding(
            [new FeatureColumn { Name = "x", Type = ColumnType.Number, Scale = scale, Log1p = isSingle }], MissingCells.Error);
        var source = isSingle
            ? ExportedModels.Source(
                "model", features, new TargetEncoding(TaskKind.MulticlassClassification, ["y"], ["a", "b", "c"]),
                """[{"type":"dense","units":3,"activation":"softmax"}]""", Precision.Float32, OutputLink.Softmax)
            : ExportedModels.Source(
                "model", features, new TargetEncoding(TaskKind.Regression, ["y"], shift: [0], scale: [1e10]),
                """[{"type":"dense","units":1}]""", Precision.Float64, OutputLink.Identity);
        using var folder = ForeignTools.NewFolder();
        using (var zip = new ZipArchive(new MemoryStream(new CSourceFormat().Export(source))))
            zip.ExtractToDirectory(folder.Path);
        folder.Write("own.c", $$"""
            #include "model.h"
            #include <math.h>
            #include <stdio.h>
            int main(void)
            {
                const model_row row = { {{value:R}} };
                {{real}} results[MODEL_RESULTS];
                int i;
                printf("%s", model_predict(&row, results) < 0 ? "refused" : "taken");
                for (i = 0; i < MODEL_RESULTS; i++)
                    printf(" %s", isnan(results[i]) ? "nan" : "number");
                return 0;
            }

            """);

        Assert.Equal(expected, ForeignTools.CompileAndRun(folder.Path, "own.c", "model.c"));
        Assert.Equal(isSingle, File.ReadAllText(Path.Combine(folder.Path, "model.h")).Contains("a number whose logarithm is taken is -1 or less", StringComparison.Ordinal));
    }

    [Fact]
    public void The_header_of_the_C_says_what_a_row_and_an_answer_are()
    {
        using var zip = new ZipArchive(new MemoryStream(new CSourceFormat().Export(ExportedModels.Source("float64 softplus, tanh, one sigmoid unit, first label positive"))));
        using var reader = new StreamReader(zip.GetEntry("model.h")!.Open());
        var header = reader.ReadToEnd();

        Assert.Contains("const char *model_raw_Label; /* Label: left, right; any other is none of them */", header, StringComparison.Ordinal);
        Assert.Contains("/* Labels, in the order of the results: no, yes. */", header, StringComparison.Ordinal);
        Assert.Contains("returns the index of the label in model_names, 0 from a probability of 0.5 on", header, StringComparison.Ordinal);
        Assert.Contains("model_raw_day_month; /* day.month: 1 to 12, in universal time */", header, StringComparison.Ordinal);
        Assert.Contains("row.model_raw_size_cm = 1.5;", header, StringComparison.Ordinal);
    }

    [GccFact]
    public void The_test_of_the_C_says_how_far_off_an_answer_is()
    {
        using var folder = ForeignTools.NewFolder();
        using (var zip = new ZipArchive(new MemoryStream(new CSourceFormat().Export(ExportedModels.Source("float64 regression")))))
            zip.ExtractToDirectory(folder.Path);
        var text = File.ReadAllText(Path.Combine(folder.Path, "model.c"));
        folder.Write("model.c", text.Replace("return agree == 16 ? 0 : 1;", "return 0;", StringComparison.Ordinal).Replace("model_target_shift[1] = {\n    1000.0", "model_target_shift[1] = {\n    1002.5", StringComparison.Ordinal));

        Assert.Equal("0 of 16 test vectors agree to the bit; the greatest difference is 2.5\n", ForeignTools.CompileAndRun(folder.Path, "model.c", "-DMODEL_TEST"));
    }

    [Fact]
    public void ONNX_says_what_its_inputs_are_and_which_version_it_is()
    {
        var (about, version) = (new List<string>(), 0L);
        for (var model = new ProtoReader(new OnnxFormat().Export(ExportedModels.Source("float64 regression"))); model.Read();)
        {
            if (model.Field == 5)
                version = model.Value;
            for (var graph = model.Field == 7 ? new ProtoReader(model.Bytes) : default; model.Field == 7 && graph.Read();)
                for (var value = graph.Field is 11 or 12 ? new ProtoReader(graph.Bytes) : default; graph.Field is 11 or 12 && value.Read();)
                    if (value.Field == 3)
                        about.Add(value.Text);
        }

        Assert.Equal(1, version);
        Assert.Equal(
            [
                "A number; NaN is missing", "A number; NaN is missing",
                "1 for true, 0 for false and nothing else; NaN is missing",
                "A text; an empty one is missing", "A text; an empty one is missing",
                "Of the date in column day: days since 1970-01-01 in universal time, the time of day as a fraction; NaN is missing",
                "Of the date in column day: 1 to 12, in universal time; NaN is missing",
                "Of the date in column day: 1 for Monday to 7 for Sunday, in universal time; NaN is missing",
                "The value of each target: y",
            ],
            about);
    }

    [OnnxTheory]
    [MemberData(nameof(ExportedModels.Names), MemberType = typeof(ExportedModels))]
    public void ONNX_passes_the_checker_and_ONNX_Runtime_agrees_on_a_thousand_rows(string name)
    {
        var source = ExportedModels.Source(name);
        using var folder = ForeignTools.NewFolder();
        folder.Write("model.onnx", new OnnxFormat().Export(source));
        ForeignTools.CheckOnnx(folder.Path, "model.onnx");
        var inputs = new JsonObject();
        foreach (var input in source.Inputs)
            inputs[input.Name] = new JsonArray([.. source.Rows.Rows.Select(row => row[input.ColumnIndex]).Select(cell =>
                input.IsText ? JsonValue.Create(ExportInput.TextOf(cell))
                    : double.IsNaN(input.NumberOf(cell)) ? null : JsonValue.Create(input.NumberOf(cell)))]);
        folder.Write("rows.json", inputs.ToJsonString());

        var answer = JsonNode.Parse(ForeignTools.RunOnnx(folder.Path, "model.onnx", "rows.json"))!;

        var isClassifier = source.Expected.Labels.Length > 0;
        var values = answer[isClassifier ? "probabilities" : "values"]!.AsArray().Select(value => (double)value!).ToArray();
        // A column is called "label", so the output is not.
        var labels = isClassifier ? answer["predicted_label"]!.AsArray().Select(label => source.ResultNames.ToList().IndexOf((string)label!)).ToArray() : [];
        var difference = source.Expected.DifferenceFrom(new ExportResults(source.Expected.Columns, values, labels), source.Model.Description.Target);
        Assert.True(difference <= OnnxTolerance, $"The greatest difference is {difference}.");
    }

    [Theory]
    [InlineData("float32 periodic embedding")]
    [InlineData("float64 periodic embedding")]
    [InlineData("float32 embedding by cosines")]
    [InlineData("float64 embedding by cosines")]
    public void No_cosine_is_written_to_ONNX_whose_runtime_long_had_none_for_float64(string name)
    {
        // Field 4 of a node: its operation.
        ReadOnlySpan<byte> sine = [0x22, 3, (byte)'S', (byte)'i', (byte)'n'], cosine = [0x22, 3, (byte)'C', (byte)'o', (byte)'s'];

        var file = new OnnxFormat().Export(ExportedModels.Source(name));

        Assert.Equal(-1, file.AsSpan().IndexOf(cosine));
        Assert.NotEqual(-1, file.AsSpan().IndexOf(sine));
    }

    [Theory]
    [MemberData(nameof(ExportedModels.Names), MemberType = typeof(ExportedModels))]
    public void Every_format_says_how_near_it_comes_and_carries_sixteen_test_vectors(string name)
    {
        var source = ExportedModels.Source(name);
        foreach (var format in ExportFormat.Known)
        {
            var (manifest, vectors) = Inside(format.Name, format.Export(source));

            Assert.Equal(format.Name, (string?)manifest["format"]);
            Assert.Equal(1000, (int)manifest["parity"]!["rows"]!);
            Assert.True((double)manifest["parity"]!["greatestDifference"]! <= (format.Name == "onnx" ? 1e-6 : 0));
            Assert.StartsWith(source.Expected.Labels.Length > 0 ? "of probabilities" : "of values, divided by", (string)manifest["parity"]!["unit"]!, StringComparison.Ordinal);
            Assert.Equal(16, vectors["rows"]!.AsArray().Count);
            Assert.Equal(["size (cm)", "price", "int", "label", "Label", "day.days", "day.month", "day.weekday"],
                vectors["inputs"]!.AsArray().Select(input => (string)input!));
        }
    }

    [Theory]
    [InlineData("nn/IsNaN0", "nn/constant1")]
    [InlineData("nn/Sub3", "nnn/Div4")]
    public void Columns_may_have_names_of_the_graph_s_own(string first, string second)
    {
        var features = new FeatureEncoding(
            [new FeatureColumn { Name = first, Type = ColumnType.Number }, new FeatureColumn { Name = second, Type = ColumnType.Number }], MissingCells.Error);
        var target = new TargetEncoding(TaskKind.Regression, ["y"], shift: [10], scale: [2]);
        var source = ExportedModels.Source("model", features, target, """[{"type":"dense","units":1}]""", Precision.Float64, OutputLink.Identity);

        Assert.NotEmpty(new OnnxFormat().Export(source));
    }

    [Theory]
    [InlineData("day.year", "day.year_2")]
    [InlineData("day.year_2", "day.year")]
    public void A_column_called_as_a_part_of_a_date_keeps_its_name_and_the_part_gets_a_number(string other, string part)
    {
        DatePart[] parts = [new DatePart(DatePartKind.Days, 19_000, 400), new DatePart(DatePartKind.Year, 2020, 3)];
        var features = new FeatureEncoding(
            [
                new FeatureColumn { Name = "day", Type = ColumnType.Category, Dates = parts },
                new FeatureColumn { Name = other, Type = ColumnType.Number },
            ],
            MissingCells.Error);
        var target = new TargetEncoding(TaskKind.Regression, ["y"], shift: [10], scale: [2]);
        var source = ExportedModels.Source("model", features, target, """[{"type":"dense","units":1}]""", Precision.Float64, OutputLink.Identity);

        foreach (var format in ExportFormat.Known)
        {
            var (manifest, vectors) = Inside(format.Name, format.Export(source));

            Assert.Equal(["day.days", part, other], vectors["inputs"]!.AsArray().Select(input => (string)input!));
            Assert.Equal(["day", "day", other], manifest["inputs"]!.AsArray().Select(input => (string)input!["column"]!));
        }
    }

    [Fact]
    public void A_very_wide_model_is_compared_on_fewer_rows_and_takes_as_much_memory_as_said()
    {
        var features = FeatureEncoding.Identity([.. Enumerable.Range(0, 5000).Select(i => $"x{i}")]);
        var source = ExportedModels.Source(
            "wide", features, new TargetEncoding(TaskKind.Regression, ["y"], shift: [10], scale: [2]), """[{"type":"dense","units":1}]""", Precision.Float32, OutputLink.Identity);

        foreach (var format in ExportFormat.Known)
        {
            var (manifest, vectors) = Inside(format.Name, format.Export(source));
            Assert.Equal(209, (int)manifest["parity"]!["rows"]!); // 2 ** 21 / 10001
            Assert.Equal(16, vectors["rows"]!.AsArray().Count);
            Assert.InRange(format.BytesFor(source.Model), 209 * 5000 * 40, 200 << 20);
        }
    }

    [Theory]
    [MemberData(nameof(ExportedModels.Names), MemberType = typeof(ExportedModels))]
    public void The_values_of_an_ONNX_graph_take_no_more_than_was_estimated(string name)
    {
        var source = ExportedModels.Source(name);
        var evaluator = new OnnxEvaluator(new OnnxFormat().Write(source));

        evaluator.Run(source, 0, 1);

        var rows = Math.Min(evaluator.RowsAtOnce, ExportRows.Most);
        Assert.InRange((1 << 21) / evaluator.RowsAtOnce * rows * sizeof(double), 1, OnnxEvaluator.BytesFor(source.Model.Description));
    }

    [Fact]
    public void Networks_that_weigh_more_together_than_a_whole_number_are_exported()
    {
        var source = ExportedModels.Source("float64 ensemble, one sigmoid unit");
        var description = source.Model.Description;
        var heavy = source.Model.With(description with { Ensemble = [.. description.Ensemble!.Select(part => part with { Weight = 2_000_000_000 })] });
        var equal = source.Model.With(description with { Ensemble = [.. description.Ensemble!.Select(part => part with { Weight = 1 })] });

        foreach (var format in ExportFormat.Known)
            Assert.NotEmpty(format.Export(new ExportSource("heavy", heavy, ExportRows.Of(heavy, null), new JsonObject { ["model"] = "heavy", ["version"] = 1 })));

        double[] input = new double[description.Features.Width], baseline = [.. input.Select(_ => 0.5)];
        Assert.Equal(
            IntegratedGradients.Of(equal, input, baseline, 0, 8).Attributions.ToArray(), IntegratedGradients.Of(heavy, input, baseline, 0, 8).Attributions.ToArray());
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes()
    {
        foreach (var format in ExportFormat.Known)
            Assert.Equal(format.Export(ExportedModels.Source("float64 regression")), format.Export(ExportedModels.Source("float64 regression")));
    }

    [Theory]
    [InlineData(Precision.Float32, 1e-6, 1e-4)]
    [InlineData(Precision.Float64, 0, 1e-6)]
    public void ONNX_may_be_as_far_from_a_float32_model_as_its_own_rounding_takes_it(Precision precision, double from, double to)
    {
        // Large weights: each layer makes more of what rounding the one before has left.
        const string Layer = """{"type":"dense","units":32,"activation":"tanh","initializer":{"type":"normal","standardDeviation":0.4}}"""
            + """,{"type":"layerNormalization"}""";
        const string Layers = $$"""[{{Layer}},{{Layer}},{{Layer}},{"type":"dense","units":1}]""";
        var features = ExportedModels.Source("float64 regression").Model.Description.Features;
        var target = new TargetEncoding(TaskKind.Regression, ["y"], shift: [10], scale: [2]);

        var (manifest, _) = Inside("onnx", new OnnxFormat().Export(ExportedModels.Source("model", features, target, Layers, precision, OutputLink.Identity)));

        var difference = (double)manifest["parity"]!["greatestDifference"]!;
        Assert.InRange(difference, from, to);
        Assert.InRange((double)manifest["parity"]!["bound"]!, Math.Max(difference, 1e-6), to);
    }

    [Fact]
    public void ONNX_may_be_as_far_from_a_float64_model_with_gelu_as_the_erf_that_runtimes_have_for_float_alone()
    {
        const string Layer = """{"type":"dense","units":32,"activation":"gelu","initializer":{"type":"normal","standardDeviation":4}}""";
        const string Last = """{"type":"dense","units":1,"activation":"sigmoid","initializer":{"type":"normal","standardDeviation":4}}""";
        const string Layers = $"[{Layer},{Layer},{Last}]";
        var features = ExportedModels.Source("float64 regression").Model.Description.Features;
        var target = new TargetEncoding(TaskKind.BinaryClassification, ["y"], ["no", "yes"], "yes");

        var (manifest, _) = Inside("onnx", new OnnxFormat().Export(ExportedModels.Source("model", features, target, Layers, Precision.Float64, OutputLink.Sigmoid)));

        Assert.InRange((double)manifest["parity"]!["greatestDifference"]!, 1e-6, 1e-4);
        Assert.InRange((double)manifest["parity"]!["bound"]!, (double)manifest["parity"]!["greatestDifference"]!, 1e-4);
    }

    [Theory]
    [InlineData("onnx")]
    [InlineData("safetensors")]
    [InlineData("c")]
    public void An_export_whose_numbers_are_not_the_models_is_refused(string format)
    {
        var refused = Assert.Throws<ExportException>(() =>
            new WrongNumbers(ExportFormat.Known.Single(known => known.Name == format)).Export(ExportedModels.Source("float64 regression")));

        Assert.Contains("answers differently from the model", refused.Message, StringComparison.Ordinal);
    }

    private static (JsonNode Manifest, JsonNode Vectors) Inside(string format, byte[] file)
    {
        switch (format)
        {
            case "json":
                var document = JsonNode.Parse(file)!;
                return (document["manifest"]!, document["testVectors"]!);
            case "safetensors":
                var metadata = JsonNode.Parse(file.AsSpan(8, (int)BitConverter.ToInt64(file)))!["__metadata__"]!;
                return (JsonNode.Parse((string)metadata["manifest"]!)!, JsonNode.Parse((string)metadata["test_vectors"]!)!);
            case "c":
                using (var zip = new ZipArchive(new MemoryStream(file)))
                    return (JsonNode.Parse(zip.GetEntry("manifest.json")!.Open())!, JsonNode.Parse(zip.GetEntry("test_vectors.json")!.Open())!);
            default:
                var properties = new Dictionary<string, string>();
                for (var model = new ProtoReader(file); model.Read();)
                {
                    if (model.Field != 14)
                        continue;
                    var pair = new ProtoReader(model.Bytes);
                    pair.Read();
                    var key = pair.Text;
                    pair.Read();
                    properties[key] = pair.Text;
                }

                return (JsonNode.Parse(properties["manifest"])!, JsonNode.Parse(properties["test_vectors"])!);
        }
    }

    // A program that prints label and bits of every row.
    private static string AllRows(ExportSource source)
    {
        var text = new StringBuilder("#include \"model.c\"\n#include <stdio.h>\nstatic const model_row rows[] = {\n");
        foreach (var row in source.Rows.Rows)
            text.Append($"{{ {string.Join(", ", source.Inputs.Select(input => input.IsText
                ? CNames.Literal(ExportInput.TextOf(row[input.ColumnIndex]))
                : CNames.Number(input.NumberOf(row[input.ColumnIndex]), false)))} }},\n");
        var (real, word, print) = source.AnswersAreSingle ? ("float", "uint32_t", "%08lx") : ("double", "uint64_t", "%016lx");
        return text.Append($$"""
            };
            int main(void)
            {
                size_t i;
                int j;
                for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                    {{real}} results[MODEL_RESULTS];
                    {{word}} bits;
                    printf("%d", model_predict(&rows[i], results));
                    for (j = 0; j < MODEL_RESULTS; j++) {
                        memcpy(&bits, &results[j], sizeof bits);
                        printf(" {{print}}", (unsigned long)bits);
                    }
                    printf("\n");
                }
                return 0;
            }

            """).ToString();
    }

    /// <summary>Writes another model than the one it was given.</summary>
    private sealed class WrongNumbers(ExportFormat format) : ExportFormat
    {
        public override string Name => format.Name;

        public override string Extension => format.Extension;

        public override string ContentType => format.ContentType;

        internal override long BytesPerParameter => format.BytesPerParameter;

        protected override double Bound => 1e-6;

        protected override string Measured => "";

        internal override byte[] Write(ExportSource source)
        {
            var bytes = source.Model.ParameterBytes.ToArray();
            var numbers = MemoryMarshal.Cast<byte, double>(bytes.AsSpan());
            numbers[0] += 0.001;
            return format.Write(source with { Model = TrainedModel.Create(source.Model.Description, bytes) });
        }

        internal override ExportResults Evaluate(byte[] file, ExportSource source) => format.Evaluate(file, source);
    }
}
