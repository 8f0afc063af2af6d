namespace NnService.Api.Tests;

public sealed class PredictionLogTests
{
    [Fact]
    public async Task A_prediction_and_a_probe_write_a_line_only_when_they_are_refused_and_echo_the_id_all_the_same()
    {
        var folder = Directory.CreateTempSubdirectory("nnservice-log-").FullName;
        try
        {
            using var service = await ServiceProcess.Start(folder);
            await service.Wire.Post("models", """{"name":"sum","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""");
            var good = await service.Wire.Post("models/sum/predict", """{"rows":[[1,2]]}""", ("X-Request-Id", "mine-1"));
            await service.Wire.Post("models/sum/predict", """{"rows":[[1]]}""", ("X-Request-Id", "mine-2"));
            await service.Wire.Get("/health/ready");
            await service.Wire.Get("/v2/health/live");
            await service.Wire.Get("/health/none");
            await service.Wire.Send(HttpMethod.Head, "/health/live");
            await service.Wire.Send(HttpMethod.Head, "networks", null, ("X-Request-Id", "mine-3"));

            Assert.Equal(["mine-1"], good.Headers.GetValues("X-Request-Id"));
            var line = await service.Line("models/sum/predict"); // the first line of its path
            Assert.Contains(" 400 in ", line, StringComparison.Ordinal);
            Assert.Contains("\"RequestId\":\"mine-2\"", line, StringComparison.Ordinal);
            Assert.DoesNotContain("SpanId", line, StringComparison.Ordinal); // no activity was made for it
            Assert.Contains(" 404 in ", await service.Line("health"), StringComparison.Ordinal); // of the probes that went well there is none
            var head = await service.Line("/api/v1/networks");
            Assert.Contains("\"RequestId\":\"mine-3\"", head, StringComparison.Ordinal);
            Assert.Contains("HEAD", head, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
