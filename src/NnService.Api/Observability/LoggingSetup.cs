using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace NnService.Api.Observability;

/// <summary>Logs by Serilog: readable lines in a terminal, JSON elsewhere; one line a request.</summary>
internal static class LoggingSetup
{
    private const string RequestLine = "{RequestMethod} {RequestPath} {StatusCode} in {Elapsed:0.0} ms";
    private const string Line = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}";

    /// <param name="builder">The application being built.</param>
    /// <param name="isQuiet">Whether only warnings are logged: the quickstart has the terminal for itself.</param>
    public static void AddLogs(this WebApplicationBuilder builder, bool isQuiet)
    {
        var settings = new LoggerConfiguration()
            .MinimumLevel.Is(isQuiet ? LogEventLevel.Warning : LogEventLevel.Information)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Quartz", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal) // a failed start is told in one sentence, by Program
            .ReadFrom.Configuration(builder.Configuration)
            .Enrich.FromLogContext();
        settings = Console.IsOutputRedirected
            ? settings.WriteTo.Console(new JsonFormatter(renderMessage: true))
            : settings.WriteTo.Console(outputTemplate: Line);
        var logger = settings.CreateLogger();
        builder.Logging.ClearProviders();
        builder.Logging.AddSerilog(logger, dispose: true);
        builder.Services.AddSingleton<Serilog.ILogger>(logger);
        builder.Services.AddSingleton(new Serilog.Extensions.Hosting.DiagnosticContext(logger));
        builder.Services.AddSingleton<IDiagnosticContext>(provider => provider.GetRequiredService<Serilog.Extensions.Hosting.DiagnosticContext>());
    }

    /// <summary>One line a request; those of health probes only where somebody looks for them.</summary>
    public static void UseRequestLog(this WebApplication app) => app.UseSerilogRequestLogging(options =>
    {
        options.Logger = app.Services.GetRequiredService<Serilog.ILogger>();
        options.MessageTemplate = RequestLine;
        options.GetLevel = (context, _, exception) =>
            exception is not null || context.Response.StatusCode >= 500 ? LogEventLevel.Error
            : context.Request.Path.StartsWithSegments("/health") ? LogEventLevel.Debug
            : LogEventLevel.Information;
    });
}
