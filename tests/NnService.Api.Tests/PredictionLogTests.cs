namespace NnService.Api.Tests;

public sealed class PredictionLogTests
{
    [Fact]
    public async Task A_prediction_writes_a_line_only_when_it_is_refused_and_echoes_its_id_all_the_same()
    {
        var folder = Directory.CreateTempSubdirectory("nnservice-log-").FullName;
        try
        {
            using var service = await ServiceProcess.Start(folder);
            await service.Wire.Post("models", """{"name":"sum","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""");
            var good = await service.Wire.Post("models/sum/predict", """{"rows":[[1,2]]}""", ("X-Request-Id", "mine-1"));
            await service.Wire.Post("models/sum/predict", """{"rows":[[1]]}""", ("X-Request-Id", "mine-2"));
            await service.Wire.Get("networks", ("X-Request-Id", "mine-3"));

            Assert.Equal(["mine-1"], good.Headers.GetValues("X-Request-Id"));
            var line = await service.Line("models/sum/predict"); // the first line of its path
            Assert.Contains(" 400 in ", line, StringComparison.Ordinal);
            Assert.Contains("\"RequestId\":\"mine-2\"", line, StringComparison.Ordinal);
            Assert.DoesNotContain("SpanId", line, StringComparison.Ordinal); // no activity was made for it
            Assert.Contains("\"RequestId\":\"mine-3\"", await service.Line("/api/v1/networks"), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
