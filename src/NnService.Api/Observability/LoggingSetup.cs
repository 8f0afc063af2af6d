using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace NnService.Api.Observability;

/// <summary>Logs by Serilog: readable lines in a terminal, JSON elsewhere; one line a request.</summary>
internal static class LoggingSetup
{
    private const string Line = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}";

    public static void AddLogs(this WebApplicationBuilder builder)
    {
        var settings = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Quartz", LogEventLevel.Warning)
            .ReadFrom.Configuration(builder.Configuration)
            .Enrich.FromLogContext();
        settings = Console.IsOutputRedirected
            ? settings.WriteTo.Console(new JsonFormatter(renderMessage: true))
            : settings.WriteTo.Console(outputTemplate: Line);
        var logger = settings.CreateLogger();
        builder.Logging.ClearProviders();
        builder.Logging.AddSerilog(logger, dispose: true);
        builder.Services.AddSingleton(new Serilog.Extensions.Hosting.DiagnosticContext(logger));
        builder.Services.AddSingleton<IDiagnosticContext>(provider => provider.GetRequiredService<Serilog.Extensions.Hosting.DiagnosticContext>());
    }
}
