using System.IO.Compression;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Export;
using NnService.Engine.Losses;
using NnService.Tests;

namespace NnService.Engine.Tests.Export;

/// <summary>Whatever models, columns, categories and labels are called, the written C is C: as C99, GNU C and C++20, without a warning, with the model's
/// bits.</summary>
public sealed class CSourceNamesTests
{
    private const string Agreed = "16 of 16 test vectors agree to the bit\n";

    private const string EveryLayer =
        """
        [{"type":"dense","units":9,"activation":"gelu"},{"type":"layerNormalization"},{"type":"dense","units":8,"activation":{"type":"elu","alpha":0.7}},
         {"type":"batchNormalization"},{"type":"dense","units":7,"activation":"leakyRelu"},{"type":"dropout","rate":0.2},{"type":"dense","units":6,"activation":"silu","useBias":false},
         {"type":"dense","units":5,"activation":"softplus"},{"type":"dense","units":5,"activation":"tanh"},{"type":"dense","units":5,"activation":"relu"},
         {"type":"dense","units":5,"activation":"sigmoid"},{"type":"dense","units":UNITS,"activation":"LAST"}]
        """;

    private static readonly string[] s_names =
    [
        // words of C, of C++, of GNU C
        "int", "float", "double", "inline", "restrict", "_Bool", "_Complex",
            "bool", "true", "and", "or", "not", "class", "template", "new", "this", "using", "typename", "friend",
        "virtual", "mutable", "explicit", "export", "constexpr", "noexcept",
        "nullptr", "alignas", "concept", "requires", "decltype", "typeof", "asm", "wchar_t", "const_cast", "co_await",
        // macros of compilers and of standard headers
        "NULL", "linux", "unix", "i386", "__linux__", "M_PI", "NAN", "INFINITY",
            "EOF", "errno", "stdin", "stdout", "I", "complex", "HUGE_VAL", "INT_MAX", "SIZE_MAX", "UINT64_C", "assert",
        "isnan", "signbit", "math_errhandling", "static_assert", "EXIT_SUCCESS", "__FILE__", "__cplusplus", "__GNUC__", "FP_CONTRACT", "MODEL_TEST", "MODEL_H",
        // functions, types and names of the written file itself
        "main", "exp", "expf", "fma", "sqrt", "memcpy", "strcmp", "printf",
            "y0", "j1", "gamma", "size_t", "uint32_t", "model", "predict", "row", "rows", "x", "i", "results", "encode", "dense",
        "softmax", "map", "shift", "scale", "missing", "weights0", "categories0",
        "is_missing", "tree_of", "REAL", "UINT", "_F", "HALF", "BIAS", "FRACTION", "$", "$row",
        // nothing left, digits first, the same when what C does not take is gone
        "+++", "日本", "−", "\u200B", "1st", "2", "a b", "a-b", "a_b", "a_b_2", "a  b", "_a_b_", "A b", "é", "è",
        // what a comment, a string or a line of C may not hold
        "*/ int broken; /*", "// open", "??/", "??)", "back\\", "\\u00e9", "%s%n", "\"", "'", "\n#error broken\n", "\r", "\t", "\0", "#define x y", "a\u2028b",
        new string('n', 200) + "left" + new string('m', 96), new string('n', 200) + "right" + new string('m', 95), new string('n', 300),
    ];

    public static TheoryData<string, Precision, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, Precision, string>();
            foreach (var precision in (Precision[])[Precision.Float32, Precision.Float64])
                foreach (var task in (string[])["value", "two values", "positive", "two labels", "labels"])
                    cases.Add(ForeignTools.Languages[cases.Count % ForeignTools.Languages.Count], precision, task);
            return cases;
        }
    }

    [CompilersTheory]
    [MemberData(nameof(Cases))]
    public void Columns_categories_and_labels_may_have_any_name(string language, Precision precision, string task)
    {
        var source = Hostile("normalize", precision, task);
        using var folder = ForeignTools.NewFolder();
        Extract(source, folder.Path);

        Assert.Equal(Agreed, ForeignTools.CompileStrictlyAndRun(folder.Path, language, "-DMODEL_TEST", "model.c"));
    }

    [CompilersTheory]
    [MemberData(nameof(ExportedModels.Names), MemberType = typeof(ExportedModels))]
    public void Every_model_compiles_without_a_warning_in_every_language(string name)
    {
        using var folder = ForeignTools.NewFolder();
        Extract(ExportedModels.Source(name), folder.Path);
        foreach (var language in ForeignTools.Languages)
            Assert.Equal(Agreed, ForeignTools.CompileStrictlyAndRun(folder.Path, language, "-DMODEL_TEST", "model.c"));
    }

    [CompilersTheory]
    [InlineData("normalize")]
    [InlineData("model")]
    [InlineData("int")]
    [InlineData("linux")]
    [InlineData("act")]
    [InlineData("is")]
    [InlineData("encode")]
    [InlineData("9-lives")]
    [InlineData("a--b.")]
    [InlineData("wchar")]
    [InlineData("static")]
    [InlineData("std")]
    [InlineData("x23456789-123456789-123456789-123456789-123456789-123456789-123")]
    public void Models_may_have_any_name(string name)
    {
        using var folder = ForeignTools.NewFolder();
        Extract(Small(name, Precision.Float32), folder.Path);

        foreach (var language in ForeignTools.Languages)
            Assert.Equal(Agreed, ForeignTools.CompileStrictlyAndRun(folder.Path, language, "-DMODEL_TEST", "model.c"));
    }

    [CompilersFact]
    public void Models_whose_names_look_alike_in_C_go_into_one_program()
    {
        using var folder = ForeignTools.NewFolder();
        string[] names = ["a-b", "a_b", "a.b", "a--b", "ab", "1", "x1", "names", "a-b-names"];
        var headers = new List<string>();
        foreach (var (i, name) in names.Index())
        {
            var own = Path.Combine(folder.Path, $"model{i}");
            Extract(Small(name, i % 2 == 0 ? Precision.Float64 : Precision.Float32), own);
            headers.Add($"#include \"model{i}/model.h\"\n");
        }

        folder.Write("all.c",
            $"#include <stdio.h>\n{string.Concat(headers)}int main(void)\n{{\n    printf(\"{names.Length} models\\n\");\n    return 0;\n}}\n");

        foreach (var language in ForeignTools.Languages)
            Assert.Equal(
                $"{names.Length} models\n",
                ForeignTools.CompileStrictlyAndRun(folder.Path, language, ["all.c", .. names.Index().Select(name => $"model{name.Index}/model.c")]));
    }

    [Fact]
    public void Ten_thousand_columns_of_one_name_in_C_get_names_of_their_own_at_once()
    {
        var names = CNames.Of(Enumerable.Range(0, 10_000).Select(i => new string('日', i + 1)));

        Assert.Equal(["x", "x_2", "x_3"], names.Take(3));
        Assert.Equal(10_000, names.Distinct().Count());
    }

    [Fact]
    public void A_text_with_a_NUL_which_C_ends_a_text_with_is_refused()
    {
        var features = new FeatureEncoding([new FeatureColumn { Name = "c", Type = ColumnType.Category, Categories = ["a\0b", "a\0c"] }], MissingCells.Error);
        var target = new TargetEncoding(TaskKind.Regression, ["y"], shift: [0], scale: [1]);
        var source = ExportedModels.Source("nul", features, target, """[{"type":"dense","units":1}]""", Precision.Float64, OutputLink.Identity);

        var refused = Assert.Throws<ExportException>(() => new CSourceFormat().Export(source));

        Assert.Equal("The category or label \"a\\0b\" has a NUL character, which ends a text in C; take json, onnx or safetensors.", refused.Message);
    }

    // Columns that make a word of C++ or a macro behind the model's name alone.
    private static ExportSource Small(string model, Precision precision)
    {
        string[] columns = ["t", "cast", "assert", "RESULTS", "MODEL_H", "row", "type"];
        var features = new FeatureEncoding([.. columns.Select(name => new FeatureColumn { Name = name, Type = ColumnType.Number })], MissingCells.Error);
        var target = new TargetEncoding(TaskKind.BinaryClassification, ["y"], ["no", "yes"], "yes");
        return ExportedModels.Source(
            model, features, target, """[{"type":"dense","units":3,"activation":"tanh"},{"type":"dense","units":1,"activation":"sigmoid"}]""",
            precision, OutputLink.Sigmoid);
    }

    private static ExportSource Hostile(string model, Precision precision, string task)
    {
        var columns = s_names.Select((name, i) => new FeatureColumn
        {
            Name = name,
            Type = i % 2 == 0 ? ColumnType.Number : ColumnType.Boolean,
            Shift = i,
            Scale = 1.5,
            Imputed = 2,
            Log1p = i % 4 == 0,
        }).ToList();
        string[] words = [.. s_names.Where(name => !name.Contains('\0')).Append(new string('w', 5000)).Order(StringComparer.Ordinal)];
        columns.Add(new FeatureColumn
        {
            Name = "short",
            Type = ColumnType.Category,
            Categories = words,
            HasOther = true,
            ImputedCategory = words[0],
            MissingIndicator = true
        });
        var (units, last, link, target) = task switch
        {
            "value" => (1, "linear", OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["double"], shift: [1000], scale: [250])),
            "two values" => (2, "linear", OutputLink.Identity,
                new TargetEncoding(TaskKind.Regression, ["double", "*/"], shift: [3, 1], scale: [0.5, 2], log1p: true)),
            "positive" => (1, "sigmoid", OutputLink.Sigmoid, new TargetEncoding(TaskKind.BinaryClassification, ["y"], ["??/", "\\"], "??/")),
            "two labels" => (2, "softmax", OutputLink.Softmax, new TargetEncoding(TaskKind.BinaryClassification, ["y"], ["no", "yes"], "yes")),
            _ => (words.Length, "softmax", OutputLink.Identity, new TargetEncoding(TaskKind.MulticlassClassification, ["y"], words)),
        };
        return ExportedModels.Source(
            model, new FeatureEncoding(columns, MissingCells.Impute), target,
            EveryLayer.Replace("UNITS", units.ToString()).Replace("LAST", last), precision, link);
    }

    private static void Extract(ExportSource source, string folder)
    {
        using var zip = new ZipArchive(new MemoryStream(new CSourceFormat().Export(source)));
        zip.ExtractToDirectory(folder);
    }
}
