using System.Net;
using System.Text;

namespace NnService.Api.Tests.Inference;

/// <summary>What a request asks for in parameters is done or refused by name, never passed over.</summary>
public sealed class InferParameterTests : IClassFixture<TestService>
{
    private const string Path = "/v2/models/parameters/infer";
    private const string NoSharedMemory = "is not taken; this server shares no memory with its clients: tensors go in the body, as JSON or as bytes.";

    private readonly Wire _wire;

    public InferParameterTests(TestService service) => _wire = service.Wire;

    [Theory]
    [InlineData("shared_memory_region", "\"region\"", NoSharedMemory)]
    [InlineData("shared_memory_byte_size", "8", NoSharedMemory)]
    [InlineData("shared_memory_offset", "0", NoSharedMemory)]
    [InlineData("classification", "1", "is not taken; the outputs label and probabilities say the same.")]
    [InlineData("binary_data_size", "8", "is not known here; an output takes binary_data.")]
    [InlineData("compression", "\"zlib\"", "is not known here; an output takes binary_data.")]
    public async Task A_parameter_of_an_output_that_is_not_served_is_refused_by_name(string name, string value, string error)
    {
        await Make();

        await Refused(
            $$"""{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,2]}],"outputs":[{"name":"y","parameters":{"{{name}}":{{value}} } }]}""",
            $"Output \"y\": the parameter {name} {error}");
    }

    [Theory]
    [InlineData("shared_memory_region", "\"region\"", NoSharedMemory)]
    [InlineData("shared_memory_byte_size", "16", NoSharedMemory)]
    [InlineData("shared_memory_offset", "8", NoSharedMemory)]
    [InlineData("binary_data", "true", "is not known here; an input takes binary_data_size.")]
    [InlineData("content_type", "\"base64\"", "is \"base64\"; here it may be np, str or pd, which leave the data as it is.")]
    [InlineData("content_type", "7", "is 7; here it may be np, str or pd, which leave the data as it is.")]
    public async Task A_parameter_of_an_input_that_is_not_served_is_refused_by_name(string name, string value, string error)
    {
        await Make();

        foreach (var data in (string[])["", ",\"data\":[1,2]"])
            await Refused(
                $$"""{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"parameters":{"{{name}}":{{value}} }{{data}} }]}""",
                $"Input \"input\": the parameter {name} {error}");
    }

    [Theory]
    [InlineData("shared_memory_region", "\"region\"", NoSharedMemory)]
    [InlineData("sequence_id", "42", "is not taken; no request here depends on another.")]
    [InlineData("sequence_start", "true", "is not taken; no request here depends on another.")]
    [InlineData("sequence_end", "true", "is not taken; no request here depends on another.")]
    [InlineData("priority", "1", "is not taken; all requests are alike.")]
    [InlineData("timeout", "1000", "is not taken; a client that has waited long enough closes its connection.")]
    [InlineData("content_type", "\"pd_json\"", "is \"pd_json\"; here it may be np, str or pd, which leave the data as it is.")]
    public async Task A_parameter_of_a_request_that_is_not_served_is_refused_by_name(string name, string value, string error)
    {
        await Make();

        await Refused(
            $$"""{"parameters":{"{{name}}":{{value}} },"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,2]}]}""",
            $"The request: the parameter {name} {error}");
    }

    [Fact]
    public async Task Parameters_that_are_null_or_change_nothing_are_taken()
    {
        await Make();

        var answer = await _wire.Post(Path, """
            {"parameters":{"content_type":"pd","shared_memory_region":null},
             "inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,2],"parameters":{"content_type":"np","binary_data_size":null,"shared_memory_offset":null}}],
             "outputs":[{"name":"y","parameters":{"binary_data":null,"content_type":"np"}}]}
            """);

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal([5.5], Wire.Numbers(answer.Json["outputs"]![0]!["data"]));
    }

    [Fact]
    public async Task The_server_promises_no_extension_that_it_does_not_speak()
    {
        Assert.Equal(
            """["binary_tensor_data","model_configuration","model_repository","statistics"]""", (await _wire.Get("/v2")).Json["extensions"]!.ToJsonString());
        foreach (var path in (string[])["/v2/systemsharedmemory/status", "/v2/cudasharedmemory/region/r/register"])
            Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get(path)).Status);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData(null, 0)]
    [InlineData("whole", 1)]
    [InlineData("whole", 0)]
    [InlineData("10", 1)]
    [InlineData("95", 0)]
    public async Task Bytes_behind_the_JSON_without_the_header_that_says_where_they_begin_name_it(string? header, double number)
    {
        await Make();
        const string Json = """{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"parameters":{"binary_data_size":16}}]}""";
        byte[] body = [.. Encoding.UTF8.GetBytes(Json), .. BitConverter.GetBytes(number), .. BitConverter.GetBytes(number)];
        using var content = new ByteArrayContent(body);
        var value = header == "whole" ? $"{body.Length}" : header;

        var answer = await _wire.Send(HttpMethod.Post, Path, content, value is null ? [] : [("Inference-Header-Content-Length", value)]);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(
            $"The header Inference-Header-Content-Length {(value is null ? "is missing" : $"is {value}")}, and an input has binary_data_size: "
                + $"send it with {Json.Length}, the number of bytes of JSON at the start of the body; 16 bytes stand behind them.",
            (string?)answer.Json["error"]);
    }

    [Theory]
    [InlineData("""{"inputs":[]} tail""")]
    [InlineData("""{"inputs":[{"name":"input","parameters":{"binary_data_size":16}""")]
    public async Task JSON_that_is_none_and_has_no_bytes_behind_it_is_still_refused_as_JSON(string body)
    {
        await Make();

        var answer = await _wire.Post(Path, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("The body is not valid JSON: ", (string?)answer.Json["error"], StringComparison.Ordinal);
    }

    private async Task Make() =>
        await _wire.Post("models",
            """{"name":"parameters","features":["a","b"],"network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]},"precision":"float64"}""");

    private async Task Refused(string body, string error)
    {
        var answer = await _wire.Post(Path, body);
        Assert.Equal((HttpStatusCode.BadRequest, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal(error, (string?)answer.Json["error"]);
    }
}
