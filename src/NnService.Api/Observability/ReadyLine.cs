using Serilog;

namespace NnService.Api.Observability;

/// <summary>The line that says that the service is ready, which whoever has started it may wait for, whatever the log's level is.</summary>
internal static class ReadyLine
{
    /// <summary>Writes it: as words for people, as JSON like all the log where the output goes anywhere else.</summary>
    /// <param name="pages">Where Swagger UI is.</param>
    /// <param name="isForPeople">Whether the output is for people in any case.</param>
    public static void Write(string pages, bool isForPeople)
    {
        if (isForPeople || !Console.IsOutputRedirected)
        {
            Console.WriteLine($"NnService is ready. Swagger UI: {pages}");
            return;
        }

        using var output = new LoggerConfiguration().WriteTo.Console(new JsonLines()).CreateLogger();
        output.Information("NnService is ready. Swagger UI: {Pages:l}", pages);
    }
}
