using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Doors;

/// <summary>The header traceparent (W3C Trace Context): its trace is named in refusals and in the log.</summary>
public sealed class TraceContextTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Span = "b7ad6b7169203331";

    [Fact]
    public async Task The_callers_trace_stands_in_refusals_and_in_every_line_of_the_log()
    {
        var folder = Directory.CreateTempSubdirectory("nnservice-trace-").FullName;
        try
        {
            using var service = await ServiceProcess.Start(folder);
            await service.Wire.Post("models", """{"name":"sum","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
            var traced = ("traceparent", $"00-{Trace}-{Span}-01");

            var missing = await service.Wire.Get("networks/none", traced, ("X-Request-Id", "mine"));
            await service.Wire.Get("models/sum", traced, ("X-Request-Id", "mine-too"));
            await service.Wire.Post("models/sum/predict", """{"rows":[[]]}""", traced); // a quiet one
            var plain = await service.Wire.Get("networks/none", ("X-Request-Id", "other"));

            Assert.Equal(Trace, (string?)missing.Json["traceId"]);
            Assert.Equal("mine", missing.Headers.GetValues("X-Request-Id").Single());
            Assert.Equal("other", (string?)plain.Json["traceId"]);
            foreach (var path in new[] { "networks/none", "models/sum", "models/sum/predict" })
            {
                var line = JsonNode.Parse(await service.Line(path))!;
                Assert.Equal(Trace, (string?)line["TraceId"]);
                Assert.NotEqual(Span, (string?)line["SpanId"]); // one of its own below the caller's
            }

            var last = JsonNode.Parse(await service.Line("networks/none"))!;
            Assert.Null(last["TraceId"]);
            Assert.Equal("other", (string?)last["Properties"]!["RequestId"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

[Collection(SharedService.Name)]
public sealed class TraceParentTests(TestService service)
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true)]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)] // a version to come
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be-like", true)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false)]
    [InlineData("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more", false)]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319-b7ad6b71692033311-01", false)]
    [InlineData("0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("garbage", false)]
    [InlineData("", false)]
    public async Task A_traceparent_that_is_none_is_passed_over(string header, bool isTaken)
    {
        var answer = await service.Wire.Get("networks/none", ("traceparent", header), ("X-Request-Id", "mine"));

        Assert.Equal(isTaken ? Trace : "mine", (string?)answer.Json["traceId"]);
    }

    [Fact]
    public async Task Two_of_them_are_none()
    {
        const string One = $"00-{Trace}-b7ad6b7169203331-01";

        var answer = await service.Wire.Get("networks/none", ("traceparent", One), ("traceparent", One), ("X-Request-Id", "mine"));

        Assert.Equal("mine", (string?)answer.Json["traceId"]);
    }
}
