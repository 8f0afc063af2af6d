namespace NnService.Api.Tests;

/// <summary>Parts of a history that is longer than the rows it is kept in.</summary>
[Collection(SharedService.Name)]
public sealed class HistorySelectionTests(TestService service)
{
    private const int Epochs = 9000; // two rows of 4,096 points, and some more

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_long_history_is_thinned_evenly_with_its_ends_and_its_smallest_loss()
    {
        await _wire.Upload("long-heights", "toy_heights.csv");
        var id = (string)(await _wire.Train($$"""
            {"dataset":"long-heights","target":"gender","features":["weight_lb","height_in"],"recipe":"fast","epochs":{{Epochs}},"model":"long-history",
             "network":{"layers":[{"type":"dense","units":2,"activation":"tanh"},{"type":"dense"}]},"split":{"validation":0,"test":0},
             "optimizer":{"type":"adam","learningRate":0.8},"batchSize":1,"schedule":{"type":"constant"},"earlyStopping":{"patience":0} }
            """))["id"]!;
        var all = await Points(id, "");
        Assert.Equal(Enumerable.Range(0, Epochs + 1), all.Select(point => point.Epoch));

        foreach (var (from, most) in new[] { (0, 3), (0, 100), (0, 8999), (0, 9001), (5000, 100), (8190, 50), (8950, 100), (20_000, 10) })
        {
            var some = await Points(id, $"?from={from}&maxPoints={most}");

            var wanted = all.Where(point => point.Epoch >= from).ToList();
            if (wanted.Count <= most)
            {
                Assert.Equal(wanted, some);
                continue;
            }

            Assert.Equal(most, some.Count);
            Assert.Subset(wanted.ToHashSet(), some.ToHashSet());
            Assert.Equal((wanted[0], wanted[^1]), (some[0], some[^1]));
            Assert.Contains(wanted.MinBy(point => point.Loss), some);
            var widest = some.Zip(some.Skip(1), (left, right) => right.Epoch - left.Epoch).Max();
            Assert.InRange(widest, 1, ((wanted.Count - 1) / (most - 2.0)) + 1);
        }

        var told = await _wire.Get($"training-jobs/{id}/events");
        Assert.Equal(Epochs + 1, told.Text.Split("\"trainLoss\":").Length - 1);
    }

    private async Task<List<(int Epoch, double Loss)>> Points(string id, string query) =>
        [.. (await _wire.Get($"training-jobs/{id}/history{query}")).Json["points"]!.AsArray()
            .Select(point => ((int)point!["epoch"]!, (double)point["trainLoss"]!))];
}
