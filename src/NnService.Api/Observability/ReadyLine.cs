using Serilog;

namespace NnService.Api.Observability;

/// <summary>The line that says that the service is ready, which whoever has started it may wait for, whatever the log's level is.</summary>
internal static class ReadyLine
{
    /// <summary>Writes it: as words for people, as JSON like all the log where the output goes anywhere else.</summary>
    /// <param name="address">Where the service is.</param>
    /// <param name="isForPeople">Whether the output is for people in any case.</param>
    /// <param name="serves">Whether requests to the API are answered there; false: those for health and metrics alone.</param>
    public static void Write(string address, bool isForPeople, bool serves)
    {
        if (isForPeople || !Console.IsOutputRedirected)
        {
            Console.WriteLine(serves
                ? $"NnService is ready. Swagger UI: {address}/swagger   Its page, for a browser: {address}/"
                : $"NnService is ready. This node trains. Its health: {address}/health/ready   Its metrics: {address}/metrics");
            return;
        }

        using var output = new LoggerConfiguration().WriteTo.Console(new JsonLines()).CreateLogger();
        if (serves)
            output.Information("NnService is ready. Swagger UI: {Swagger:l}, its page: {Page:l}", $"{address}/swagger", $"{address}/");
        else
            output.Information("NnService is ready. This node trains. Its health: {Health:l}, its metrics: {Metrics:l}", $"{address}/health/ready", $"{address}/metrics");
    }
}
