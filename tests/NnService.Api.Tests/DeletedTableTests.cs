using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Datasets;

namespace NnService.Api.Tests;

/// <summary>What a deleted dataset leaves: nothing, as soon as the last reader is done.</summary>
public sealed class DeletedTableTests : IDisposable
{
    private const string Table = "a,b\n1,2\n3,4\n";

    private readonly TestService _service = new();

    [LinuxFact]
    public async Task Its_file_of_columns_is_closed_and_gives_its_room_back()
    {
        var wire = _service.Wire;
        await wire.PostCsv("datasets?name=d", Table);
        await wire.Get("datasets/d/rows");
        Assert.NotEmpty(OpenFilesOfColumns());

        await wire.Delete("datasets/d");

        Assert.True(SpinWait.SpinUntil(() => AreClosed(), TimeSpan.FromSeconds(30)), string.Join('\n', OpenFilesOfColumns()));
    }

    [LinuxFact]
    public async Task What_another_node_has_deleted_is_closed_too()
    {
        var (wire, services) = (_service.Wire, _service.Services);
        await wire.PostCsv("datasets?name=d", Table);
        await wire.PostCsv("datasets?name=kept", Table + "5,6\n");
        await wire.Get("datasets/d/rows");
        await wire.Get("datasets/kept/rows");
        services.GetRequiredService<Database>().Write(db => db.Datasets.Where(row => row.Name == "d").ExecuteDelete());

        services.GetRequiredService<DatasetTables>().ForgetGone();

        Assert.True(SpinWait.SpinUntil(() => AreClosed(but: 1), TimeSpan.FromSeconds(30)), string.Join('\n', OpenFilesOfColumns()));
    }

    [Fact]
    public async Task A_reader_at_that_time_reads_on()
    {
        await _service.Wire.PostCsv("datasets?name=d", Table);
        Dataset dataset;
        using (var db = _service.Services.GetRequiredService<Database>().Read())
            dataset = db.Datasets.Single();
        var tables = _service.Services.GetRequiredService<DatasetTables>();
        var table = tables.Find(dataset)!;

        await _service.Wire.Delete("datasets/d");

        Assert.Equal([2.0, 4.0], table.Columns[1].Numbers.ToArray());
        Assert.Null(tables.Find(dataset));
    }

    public void Dispose() => _service.Dispose();

    // A file is closed when its table is collected.
    private bool AreClosed(int but = 0)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return OpenFilesOfColumns().Count == but;
    }

    private List<string> OpenFilesOfColumns() =>
    [
        .. Directory.GetFiles("/proc/self/fd").Select(handle => new FileInfo(handle).LinkTarget)
            .OfType<string>().Where(file => file.StartsWith(_service.Folder, StringComparison.Ordinal) && file.Contains(".columns", StringComparison.Ordinal)),
    ];
}
