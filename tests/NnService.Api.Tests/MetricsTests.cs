using System.Diagnostics;
using System.Globalization;
using NnService.Api.Tests.Databases;
using NnService.Api.Tests.Webhooks;

namespace NnService.Api.Tests;

/// <summary>
/// A service that has done a little, for its metrics. In a process of its own: meters are heard in the whole process, and other
/// tests' services are in this one.
/// </summary>
public sealed class CountedService : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-counted-").FullName;
    private ServiceProcess? _service;

    public Wire Wire => _service!.Wire;

    public async Task InitializeAsync()
    {
        _service = await ServiceProcess.Start(_folder);
        await Wire.Get("/metrics"); // collecting has begun when it answers
        await Wire.PostCsv("datasets?name=line", "x,y\n1,2\n2,4\n3,6\n4,8\n5,10\n");
        await Wire.Post("training-jobs", """{"dataset":"line","target":"y","task":"regression","epochs":5}""", ("Prefer", "wait=30"));
        await Wire.Post("models/line/predict", """{"rows":[[1],[2]]}""");
        await Wire.Post("models/line/predict", """{"rows":[[1],[2],[3]]}""");
    }

    public Task DisposeAsync()
    {
        _service?.Dispose();
        TemporaryFolder.Remove(_folder);
        return Task.CompletedTask;
    }
}

/// <summary>What <c>/metrics</c> tells Prometheus.</summary>
public sealed class MetricsTests(CountedService service) : IClassFixture<CountedService>
{
    [Fact]
    public async Task Requests_jobs_predictions_and_the_database_are_counted()
    {
        var figures = await Figures(service.Wire);

        Assert.Equal(1, figures["nnservice_training_jobs{state=\"succeeded\"}"]);
        Assert.Equal(0, figures["nnservice_training_jobs{state=\"queued\"}"]);
        Assert.Equal(0, figures["nnservice_training_queue_age_seconds"]);
        Assert.Equal(5, figures["nnservice_prediction_rows_total{model=\"line\"}"]);
        Assert.Equal(1, figures["nnservice_model_cache_models"]);
        Assert.Equal(1, figures["nnservice_model_cache_misses_total"]);
        Assert.Equal(1, figures["nnservice_model_cache_hits_total"]);
        Assert.True(figures["nnservice_database_write_duration_seconds_count"] >= 4); // dataset, job, claim, end
        Assert.True(figures["nnservice_database_size_bytes"] > 0);
        Assert.Equal(!TestDatabase.IsPostgreSql, figures.GetValueOrDefault("nnservice_database_wal_size_bytes") > 0);
        Assert.True(figures["dotnet_process_memory_working_set_bytes"] > 1e7);
        Assert.Equal(2, figures.Where(figure => figure.Key.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal)
            && figure.Key.Contains("http_route=\"/api/v1/models/{name}/predict\"", StringComparison.Ordinal)
            && figure.Key.Contains("http_response_status_code=\"200\"", StringComparison.Ordinal)).Sum(figure => figure.Value));
    }

    [Fact]
    public async Task The_service_that_warms_up_beside_is_not_counted()
    {
        using var folder = new TemporaryFolder();
        using var warmed = await ServiceProcess.Start(folder.Path, "--WarmUp:Enabled=true");
        await warmed.Wire.Get("networks");
        await warmed.Line("Warmed up", patience: Wire.Patience);

        var figures = await Figures(warmed.Wire);

        Assert.DoesNotContain(figures.Keys, key => key.Contains("training-jobs", StringComparison.Ordinal) || key.Contains("unix", StringComparison.Ordinal));
        Assert.Equal(0, figures["nnservice_training_jobs{state=\"succeeded\"}"]);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_", "/ends/v1/metrics")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_", "/ends")] // as it was given
    public async Task Figures_go_where_a_setting_says_under_the_name_of_OpenTelemetrys_settings(string settings, string path)
    {
        await using var receiver = await Receiver.Start();
        using var folder = new TemporaryFolder();
        using var sending = await ServiceProcess.StartUnder(
            ["env", "OTEL_SERVICE_NAME=fourth-floor", "OTEL_RESOURCE_ATTRIBUTES=service.instance.id=by-the-window", "OTEL_METRIC_EXPORT_INTERVAL=200",
                $"{settings}ENDPOINT={receiver.Url}", $"{settings}PROTOCOL=http/protobuf"],
            folder.Path);

        var sent = await receiver.Next();

        Assert.Equal(path, sent.Path);
        Assert.Contains("fourth-floor", sent.Body, StringComparison.Ordinal);
        Assert.Contains("by-the-window", sent.Body, StringComparison.Ordinal);
    }

    [ProgramFact("promtool", "prometheus")]
    public async Task Prometheus_own_check_finds_nothing()
    {
        var text = (await service.Wire.Get("/metrics")).Text;

        using var check = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        await check.StandardInput.WriteAsync(text);
        check.StandardInput.Close();
        var said = await check.StandardError.ReadToEndAsync();
        await check.WaitForExitAsync();

        Assert.True(check.ExitCode == 0 && said.Length == 0, said);
    }

    // By name and labels, without the label that says which meter it is from.
    private static async Task<Dictionary<string, double>> Figures(Wire wire) =>
        (await wire.Get("/metrics")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')
            .Select(line => (Name: line[..line.LastIndexOf(' ')], Value: line[(line.LastIndexOf(' ') + 1)..]))
            .ToDictionary(
                line => line.Name.Replace("otel_scope_name=\"NnService\",", "", StringComparison.Ordinal)
                    .Replace("{otel_scope_name=\"NnService\"}", "", StringComparison.Ordinal)
                    .Replace("{otel_scope_name=\"System.Runtime\"}", "", StringComparison.Ordinal),
                line => double.Parse(line.Value, CultureInfo.InvariantCulture));
}
