using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using NnService.Tests;

namespace NnService.Api.Tests;

/// <summary>The C export of models whose names, columns and labels are words of C, through the front door.</summary>
public sealed class ExportNamesTests(TestService service) : IClassFixture<TestService>
{
    private static readonly string[] s_columns =
        ["NULL", "linux", "M_PI", "nullptr", "MODEL_TEST", "class", "EOF",
            "errno", "double", "template", "I", "main", "+++", "日本", "1st", "*/", "??/", "back\\", "a b", "a_b"];

    private readonly Wire _wire = service.Wire;

    [CompilersFact]
    public async Task Columns_called_NULL_and_the_like_compile_in_every_language_and_answer_as_the_service_does()
    {
        await Make("normalize", s_columns);
        using var folder = ForeignTools.NewFolder();
        await Extract("normalize", folder.Path);
        folder.Write("own.c", $$"""
            #include "model.h"
            #include <stdio.h>
            int main(void)
            {
                normalize_row row = { {{string.Join(", ", s_columns.Select((_, i) => $"{i}.25"))}} };
                double results[NORMALIZE_RESULTS];
                const char *label = normalize_names[normalize_predict(&row, results)];
                row.normalize_raw_NULL += row.normalize_raw_M_PI + row.normalize_raw_x_2;
                printf("%s %.17g %.17g\n", label, results[0], results[1]);
                return 0;
            }

            """);

        var predicted = (await _wire.Post(
            "models/normalize/predict", $$"""{"rows":[[{{string.Join(',', s_columns.Select((_, i) => $"{i}.25"))}}]]}""")).Json["predictions"]![0]!;

        foreach (var language in ForeignTools.Languages)
        {
            Assert.Equal("16 of 16 test vectors agree to the bit\n", ForeignTools.CompileStrictlyAndRun(folder.Path, language, "-DMODEL_TEST", "model.c"));
            var words = ForeignTools.CompileStrictlyAndRun(folder.Path, language, "own.c", "model.c").Trim().Split(' ');
            Assert.Equal((string)predicted["label"]!, words[0]);
            Assert.Equal(predicted["probabilities"]!.AsObject().Select(share => (double)share.Value!), words.Skip(1).Select(double.Parse));
        }
    }

    [CompilersFact]
    public async Task Two_models_go_into_one_program_also_where_their_names_look_alike_in_C()
    {
        using var folder = ForeignTools.NewFolder();
        foreach (var name in (string[])["two-a", "two.a"])
        {
            await Make(name, ["x", "y"]);
            await Extract(name, Path.Combine(folder.Path, name));
        }

        // 516794: SHA-256 of "two.a", which has a dot for the underscore that it becomes
        folder.Write("own.c", """
            #include "two-a/model.h"
            #include "two.a/model.h"
            #include <stdio.h>
            int main(void)
            {
                const two_a_row one = { 1, 2 };
                const two_a_HASH_row other = { 1, 2 };
                double results[TWO_A_RESULTS], others[TWO_A_HASHED_RESULTS];
                int label = two_a_predict(&one, results), otherlabel = two_a_HASH_predict(&other, others);
                printf("%d\n", label == otherlabel && results[0] == others[0] && results[1] == others[1]);
                return 0;
            }

            """.Replace("HASHED", "516794").Replace("HASH", "516794"));

        foreach (var language in ForeignTools.Languages)
            Assert.Equal("1\n", ForeignTools.CompileStrictlyAndRun(folder.Path, language, "own.c", "two-a/model.c", "two.a/model.c"));
    }

    private async Task Make(string name, string[] columns)
    {
        var weights = string.Join(',', columns.Select((_, i) => $"[{(i % 3 == 0 ? "-" : "")}0.0{i + 1}]"));
        var made = await _wire.Post("models", $$"""
            {"name":"{{name}}","features":{{JsonSerializer.Serialize(columns)}},"labels":["NO","*/"],"precision":"float64",
             "network":{"layers":[{"type":"dense","activation":"sigmoid","weights":[{{weights}}],"bias":[0.1]}]} }
            """);
        Assert.True(made.Status == HttpStatusCode.Created, made.Text);
    }

    private async Task Extract(string model, string folder)
    {
        using var zip = new ZipArchive(
            await _wire.Http.GetStreamAsync($"/api/v1/models/{model}/export/c"), ZipArchiveMode.Read, leaveOpen: false, Encoding.UTF8);
        zip.ExtractToDirectory(folder);
    }
}
