using System.Net;
using System.Text;

namespace NnService.Api.Tests.Inference;

/// <summary>A CSV with and without names at one door, JSON lines, the forms of answers, and the model where nobody names one.</summary>
public sealed class SageMakerTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("1,2\n3,-4\n", 2, "5.5,-4.5")]
    [InlineData("1,2\n3,-4", 2, "5.5,-4.5")]
    [InlineData("\"1\",\"2\"\n", 2, "5.5")]
    [InlineData("0,1\n1,0\n", 2, "2.5,1.5")]
    [InlineData("1;2\n3;-4\n", 2, "5.5,-4.5")]
    [InlineData("b,a\n2,1\n", 2, "5.5")]
    [InlineData("a,b,\n1,2,\n", 2, "5.5")]
    [InlineData(",b,a\n0,2,1\n", 2, "5.5")]
    [InlineData("5\n6\n", 1, "4.5,5")]
    [InlineData("x\n6\n", 1, "5")]
    public async Task Names_are_found_where_there_are_some(string csv, int features, string expected)
    {
        await Make();

        var answer = await _wire.PostCsv($"/invocations?model={(features == 2 ? "sage-sum" : "sage-half")}", csv);

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal(expected, string.Join(',', answer.Json["predictions"]!.AsArray().Select(number => number!.ToJsonString())));
    }

    [Theory]
    [InlineData("text/csv", "?model=sage-sum&header=false", "1,2\n", HttpStatusCode.OK, "5.5\r\n")]
    [InlineData("text/csv; header=absent", "?model=sage-sum", "1,2\n", HttpStatusCode.OK, "5.5\r\n")]
    [InlineData("text/csv; charset=utf-8; header=absent", "?model=sage-sum", "1,2\n", HttpStatusCode.OK, "5.5\r\n")]
    [InlineData("text/csv; label_size=0", "?model=sage-sum", "1,2\n", HttpStatusCode.OK, "5.5\r\n")]
    [InlineData("text/csv; header=present", "?model=sage-sum", "b,a\n2,1\n", HttpStatusCode.OK, "b,a,prediction\r\n2,1,5.5\r\n")]
    [InlineData("text/csv; header=present", "?model=sage-sum", "1,2\n3,4\n", HttpStatusCode.BadRequest, "The model knows no column")]
    [InlineData("text/csv", "?model=sage-sum&header=true", "1,2\n3,4\n", HttpStatusCode.BadRequest, "The model knows no column")]
    [InlineData("text/csv", "?model=sage-sum&header=false", "1,2,3\n", HttpStatusCode.BadRequest,
        "The CSV has no header and 3 columns; the model takes 2, in this order: a, b.")]
    [InlineData("text/csv", "?model=sage-sum", "1,2,3\n", HttpStatusCode.BadRequest, "If the CSV has no header, add ?header=false.")]
    [InlineData("text/csv", "?model=sage-sum", "1,2\n3,four\n", HttpStatusCode.BadRequest, "Line 2, column \\\"b\\\": Expected a number, not \\\"four\\\".")]
    [InlineData("text/csv", "?model=sage-sum", "c,d\n1,2\n", HttpStatusCode.BadRequest, "The model knows no column \\\"c\\\"; it takes a, b. Leave it out.")]
    public async Task It_can_be_said_whether_there_are_names(string type, string query, string csv, HttpStatusCode status, string says)
    {
        await Make();
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(csv));
        body.Headers.TryAddWithoutValidation("Content-Type", type);

        var answer = await _wire.Send(HttpMethod.Post, $"/invocations{query}", body, ("Accept", "text/csv"));

        Assert.True(answer.Status == status, answer.Text);
        Assert.Contains(says, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_of_words_is_told_from_names_by_what_the_model_knows()
    {
        await _wire.PostCsv("datasets?name=sage-words", "c,d,y\n" + string.Concat(
            Enumerable.Range(0, 24).Select(i => $"{"pqr"[i % 3]},{"uv"[i % 2]},{i % 3}.5\n")));
        await _wire.Train("""{"dataset":"sage-words","target":"y","task":"regression","features":["c","d"],"epochs":1,"model":"sage-words"}""");
        await _wire.PostCsv("datasets?name=sage-mixed", "c,x,y\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{"pqr"[i % 3]},{i},{i % 3}.5\n")));
        await _wire.Train("""{"dataset":"sage-mixed","target":"y","task":"regression","features":["c","x"],"epochs":1,"model":"sage-mixed"}""");

        Assert.Equal(2, await Rows("sage-words", "p,u\nq,v\n"));
        Assert.Equal(1, await Rows("sage-words", "d,c\nu,p\n"));
        Assert.Equal(2, await Rows("sage-mixed", "p,1\nq,2\n"));
        Assert.Equal(2, await Rows("sage-mixed", "new,1\nq,2\n")); // a number is no name, so that the word beside it is none either
        Assert.Equal(1, await Rows("sage-mixed", "x,c\n1,p\n"));
        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.PostCsv("/invocations?model=sage-words", "new,u\np,v\n")).Status);

        async Task<int> Rows(string model, string csv)
        {
            var answer = await _wire.PostCsv($"/invocations?model={model}", csv);
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
            return answer.Json["predictions"]!.AsArray().Count;
        }
    }

    [Theory]
    [InlineData("application/jsonlines")]
    [InlineData("application/jsonl")]
    [InlineData("application/x-ndjson")]
    [InlineData("application/ndjson")]
    [InlineData("application/x-jsonlines; charset=utf-8")]
    public async Task JSON_lines_are_rows_and_answered_in_lines_where_that_is_asked_for(string type)
    {
        await Make();

        var json = await Lines("sage-sum", type, "[1,2]\r\n\n{\"b\":-4,\"a\":3}\n", "*/*");
        var lines = await Lines("sage-sum", type, "[1,2]\n{\"b\":-4,\"a\":3}", "application/jsonlines");
        var labels = await Lines("sage-coin", type, "7\n[8]\n{\"x\":9}\n", type.Split(';')[0]);

        Assert.Equal("""{"predictions":[5.5,-4.5]}""", json.Text);
        Assert.Equal(("5.5\n-4.5\n", "application/jsonlines"), (lines.Text, lines.ContentType));
        Assert.Equal(string.Concat(Enumerable.Repeat("""{"label":"yes","probabilities":{"no":0.5,"yes":0.5}}""" + "\n", 3)), labels.Text);
        Assert.Equal(type.Split(';')[0], labels.ContentType);
    }

    [Theory]
    [InlineData("[1,2]\n[3,", "(line 2, ")]
    [InlineData("[1,2]\n[3\n4]", "(line 2, ")]
    [InlineData("[1,2] [3,4]", "(line 1, ")]
    [InlineData("[1,2]\n[3]", "Row 1 has 1 values; the model takes 2: a, b.")]
    [InlineData("[1,2]\n3", "rows[1] is a single value; the model takes 2: a, b.")]
    public async Task A_line_that_is_no_row_is_named(string lines, string error)
    {
        await Make();

        var answer = await Lines("sage-sum", "application/jsonlines", lines, "*/*");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(error, (string?)answer.Json["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arrays_of_NumPy_are_refused_by_name_in_both_directions()
    {
        await Make();

        var sent = await Lines("sage-sum", "application/x-npy", "\u0093NUMPY", "application/json");
        var asked = await _wire.Post("/invocations?model=sage-sum", "[[1,2]]", ("Accept", "application/x-npy"));

        Assert.Equal(
            (HttpStatusCode.UnsupportedMediaType,
                "The content type \"application/x-npy\" is not taken; send application/json, text/csv or application/jsonlines."),
            (sent.Status, (string?)sent.Json["error"]));
        Assert.Equal(
            (HttpStatusCode.NotAcceptable, "Predictions do not come as application/x-npy; ask for application/json, text/csv or application/jsonlines."),
            (asked.Status, (string?)asked.Json["error"]));
        foreach (var accept in (string[])["application/x-npy, */*;q=0.1", "text/html"])
            Assert.Equal("""{"predictions":[5.5]}""", (await _wire.Post("/invocations?model=sage-sum", "[[1,2]]", ("Accept", accept))).Text);
    }

    [Fact]
    public async Task A_form_is_refused_with_what_is_taken()
    {
        await Make();
        const string Form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.csv\"\r\n\r\na,b\n1,2\n\r\n--x--\r\n";

        var answer = await Lines("sage-sum", "multipart/form-data; boundary=x", Form, "*/*");

        Assert.Equal(
            (HttpStatusCode.UnsupportedMediaType,
                "The content type \"multipart/form-data; boundary=x\" is not taken; send application/json, text/csv or application/jsonlines."),
            (answer.Status, (string?)answer.Json["error"]));
    }

    [Fact]
    public async Task The_setting_names_a_model_a_version_or_an_alias_and_a_request_another()
    {
        using var own = new TestService();
        using var named = own.WithWebHostBuilder(host => host.UseSetting("Inference:DefaultModel", "first/stable"));
        var wire = new Wire(named.CreateClient());
        Assert.Equal("""{"error":"There is no version \"stable\" of a model \"first\"."}""", (await wire.Post("/invocations", "[1]")).Text);
        foreach (var (name, bias) in ((string, int)[])[("first", 1), ("first", 2), ("second", 3)])
            await wire.Post("models", $$"""
                {"name":"{{name}}","precision":"float64","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[{{bias}}]}]} }
                """);
        await wire.Put("models/first/aliases/stable", """{"version":1}""");

        Assert.Equal("""{"predictions":[1]}""", (await wire.Post("/invocations", "[0]")).Text);
        Assert.Equal("""{"predictions":[2]}""", (await wire.Post("/invocations?model=first", "[0]")).Text);
        Assert.Equal("""{"predictions":[1]}""", (await wire.Post("/invocations?model=first/1", "[0]")).Text);
        Assert.Equal("""{"predictions":[3]}""", (await wire.Post("/invocations?model=second", "[0]")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Post("/invocations?model=second/2", "[0]")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Post("/invocations?model=a/b/c", "[0]")).Status);
    }

    [Theory]
    [InlineData("No Name")]
    [InlineData("first/")]
    [InlineData("first/1/2")]
    public async Task A_setting_that_names_no_model_is_told_at_the_start(string setting)
    {
        var folder = Directory.CreateTempSubdirectory("nnservice-default-").FullName;
        try
        {
            var (exitCode, error) = await ProgramHere.RunToEnd(folder, $"--Inference:DefaultModel={setting}");

            Assert.Equal(1, exitCode);
            Assert.StartsWith(
                $"The setting Inference:DefaultModel is \"{setting}\"; it must be a model's name, or a name and a version or an alias: heights/champion.",
                error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_probes_of_MLflow_are_there()
    {
        Assert.Equal("""{"live":true,"ready":true}""", (await _wire.Get("/health")).Text);
        var version = await _wire.Get("/version");
        Assert.Equal(("0.1.0", "text/plain"), (version.Text, version.ContentType));
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("/health/none")).Status);
    }

    private Task<Answer> Lines(string model, string type, string lines, string accept)
    {
        var body = new ByteArrayContent(Encoding.UTF8.GetBytes(lines));
        body.Headers.TryAddWithoutValidation("Content-Type", type);
        return _wire.Send(HttpMethod.Post, $"/invocations?model={model}", body, ("Accept", accept));
    }

    private async Task Make()
    {
        if ((await _wire.Get("models/sage-coin")).Status == HttpStatusCode.OK)
            return;
        await _wire.Post("models", """
            {"name":"sage-sum","features":["a","b"],"precision":"float64","network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]}}
            """);
        await _wire.Post("models", """
            {"name":"sage-half","features":["x"],"precision":"float64","network":{"layers":[{"type":"dense","weights":[[0.5]],"bias":[2]}]}}
            """);
        await _wire.Post("models", """
            {"name":"sage-coin","features":["x"],"labels":["no","yes"],"precision":"float64",
             "network":{"layers":[{"type":"dense","weights":[[0]],"bias":[0]}]}}
            """);
    }
}
