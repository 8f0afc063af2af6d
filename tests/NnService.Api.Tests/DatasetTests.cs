using System.IO.Compression;
using System.Net;
using System.Text;

namespace NnService.Api.Tests;

[Collection(SharedService.Name)]
public sealed class DatasetTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task An_upload_answers_with_the_profile_and_can_be_read_back()
    {
        var answer = await _wire.PostCsv("datasets?name=data-iris", Wire.Sample("iris.csv"));

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal("/api/v1/datasets/data-iris", answer.Headers.Location!.ToString());
        Assert.Equal("9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355", (string?)answer.Json["sha256"]);
        Assert.Equal(150, (int)answer.Json["rows"]!);
        var petal = answer.Json["columns"]![2]!;
        Assert.Equal("""["petal_length","number",false,0,43,1,6.9]""",
            new System.Text.Json.Nodes.JsonArray(
            [.. new[] { "name", "type", "integer", "missing", "distinct", "min", "max" }.Select(name => petal[name]!.DeepClone())]).ToJsonString());
        Assert.Equal(3.758, (double)petal["mean"]!, 1e-12);
        Assert.Equal(50, (int)answer.Json["columns"]![4]!["categories"]![0]!["count"]!);

        Assert.Equal(answer.Text, (await _wire.Get("datasets/data-iris")).Text);
        Assert.Equal(Wire.Sample("iris.csv"), (await _wire.Get("datasets/data-iris/content")).Text);
        var rows = (await _wire.Get("datasets/data-iris/rows?offset=149&limit=10")).Json;
        Assert.Equal("""{"columns":["sepal_length","sepal_width","petal_length","petal_width","species"],"rows":[[5.9,3,5.1,1.8,"virginica"]],"total":150}""",
            rows.ToJsonString());
    }

    [Fact]
    public async Task A_form_a_gzip_JSON_rows_and_lines_of_JSON_make_the_same_table()
    {
        const string Csv = "a,b,c\n1,x,true\n2.5,,false\n";
        using var form = new MultipartFormDataContent { { new StringContent("data-form"), "name" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(Csv)), "file", "table.csv" } };
        Created(await _wire.Send(HttpMethod.Post, "datasets", form));

        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(Csv));
        using var compressed = new ByteArrayContent(packed.ToArray()) { Headers = { { "Content-Type", "text/csv" }, { "Content-Encoding", "gzip" } } };
        Created(await _wire.Send(HttpMethod.Post, "datasets?name=data-gzip", compressed));

        Created(await _wire.Post("datasets", """{"name":"data-objects","rows":[{"a":1,"b":"x","c":true},{"a":2.5,"b":null,"c":false}]}"""));
        Created(await _wire.Post("datasets?name=data-arrays", """{"columns":["a","b","c"],"rows":[[1,"x",true],[2.5,null,false]]}"""));
        using var lines = new StringContent("{\"a\":1,\"b\":\"x\",\"c\":true}\n{\"a\":2.5,\"c\":false}\n", Encoding.UTF8, "application/x-ndjson");
        Created(await _wire.Send(HttpMethod.Post, "datasets?name=data-lines", lines));

        foreach (var name in new[] { "data-form", "data-gzip", "data-objects", "data-arrays", "data-lines" })
        {
            Assert.Equal("""{"columns":["a","b","c"],"rows":[[1,"x",true],[2.5,null,false]],"total":2}""", (await _wire.Get($"datasets/{name}/rows")).Text);
            Assert.Equal(1, (int)(await _wire.Get($"datasets/{name}")).Json["columns"]![1]!["missing"]!);
        }

        static void Created(Answer answer) => Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
    }

    [Fact]
    public async Task Types_can_be_declared_and_delimiters_are_found_or_given()
    {
        var zip = await _wire.PostCsv("datasets?name=data-zip&types=zip:category", "zip;n\n01234;1\n02345;2\n");
        Assert.Equal("category", (string?)zip.Json["columns"]![0]!["type"]);
        Assert.Equal("01234", (string?)(await _wire.Get("datasets/data-zip/rows")).Json["rows"]![0]![0]);

        var pipe = await _wire.PostCsv("datasets?name=data-pipe&delimiter=%7C", "a|b\n1|2\n");
        Assert.Equal(2, pipe.Json["columns"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_table_over_the_limit_is_refused_and_leaves_nothing()
    {
        using var small = new TestService();
        using var limited = small.WithWebHostBuilder(builder => builder.UseSetting("Datasets:MaxBytes", "100"));
        var wire = new Wire(limited.CreateClient());

        var answer = await wire.PostCsv("datasets?name=data-big", Wire.Sample("iris.csv"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Contains("Datasets:MaxBytes", (string?)answer.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("datasets/data-big")).Status);
    }

    [Fact]
    public async Task A_deleted_dataset_is_gone_and_its_name_is_free()
    {
        await _wire.PostCsv("datasets?name=data-gone", "a\n1\n");

        Assert.Equal(HttpStatusCode.NoContent, (await _wire.Delete("datasets/data-gone")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("datasets/data-gone/content")).Status);
        Assert.Equal(HttpStatusCode.Created, (await _wire.PostCsv("datasets?name=data-gone", "a\n2\n")).Status);
    }

    [Fact]
    public async Task A_dataset_without_a_name_gets_one()
    {
        var answer = await _wire.PostCsv("datasets", "a\n1\n");

        Assert.Matches("^dataset-[0-9a-f]{12}$", (string?)answer.Json["name"]);
    }

    [Fact]
    public async Task A_name_that_JSON_and_the_query_say_otherwise_is_refused()
    {
        var answer = await _wire.Post("datasets?name=data-six", """{"name":"data-other","rows":[{"a":1}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("The dataset's name is \"data-six\" beside the table and \"data-other\" in it; say it once.", (string?)answer.Json["detail"]);
        Assert.Equal("#/name", (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("datasets/data-six")).Status);
        Assert.Equal(HttpStatusCode.Created, (await _wire.Post("datasets?name=data-six", """{"name":"data-six","rows":[{"a":1}]}""")).Status);
    }

    [Theory]
    [InlineData("delimiter=,", HttpStatusCode.OK)]
    [InlineData("types=a:number", HttpStatusCode.OK)]
    [InlineData("types=a:number,b:category&delimiter=,&header=true&decimal=.", HttpStatusCode.OK)]
    [InlineData("types=a:category", HttpStatusCode.Conflict)]
    [InlineData("delimiter=;", HttpStatusCode.Conflict)]
    [InlineData("decimal=,", HttpStatusCode.Conflict)]
    public async Task The_same_bytes_and_types_are_the_same_dataset_whether_they_are_said_or_found(string said, HttpStatusCode status)
    {
        await _wire.PostCsv("datasets?name=data-same", "a,b\n1,x\n2,y\n");

        Assert.Equal(status, (await _wire.PostCsv($"datasets?name=data-same&{said.Replace(";", "%3B", StringComparison.Ordinal)}", "a,b\n1,x\n2,y\n")).Status);
    }
}
