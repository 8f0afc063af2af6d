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
            await service.Wire.Post("models/sum/predict", """{"rows":[[1]]}""");

            Assert.Equal(["mine-1"], good.Headers.GetValues("X-Request-Id"));
            Assert.Contains(" 400 in ", await service.Line("models/sum/predict"), StringComparison.Ordinal); // the first line of its path
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
