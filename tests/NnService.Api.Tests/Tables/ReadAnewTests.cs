using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Datasets;

namespace NnService.Api.Tests.Tables;

/// <summary>Datasets whose file of columns is not there, as at the first use on another node.</summary>
public sealed class ReadAnewTests
{
    private const int Readers = 8;

    [Fact]
    public async Task A_table_is_read_once_for_all_who_ask_for_it_at_the_same_time()
    {
        using var folder = new TemporaryFolder();
        using var service = await ServiceHere.Start(folder.Path);
        var csv = $"a,b\n{string.Concat(Enumerable.Range(0, 20_000).Select(row => $"{row},{row % 7}\n"))}";
        Assert.Equal(HttpStatusCode.Created, (await service.Wire.PostCsv("datasets?name=d", csv)).Status);
        File.Delete(Directory.GetFiles(Path.Combine(folder.Path, "blobs"), "*.columns").Single());
        Dataset dataset;
        using (var db = service.Services.GetRequiredService<Database>().Read())
            dataset = db.Datasets.Single();
        var tables = service.Services.GetRequiredService<DatasetTables>();
        using var together = new Barrier(Readers);

        var found = await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return tables.Find(dataset)!.Rows;
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.All(found, rows => Assert.Equal(20_000, rows));
        Assert.Single(service.SaidSoFar(), line => line.Contains("Reading dataset d anew", StringComparison.Ordinal));
    }
}
