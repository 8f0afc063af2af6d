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
    /// <param name="voice">How much is said.</param>
    public static void AddLogs(this WebApplicationBuilder builder, Voice voice)
    {
        var logger = voice == Voice.Silent ? new LoggerConfiguration().CreateLogger() : LoggerOf(builder.Configuration, voice);
        builder.Logging.ClearProviders();
        builder.Logging.AddSerilog(logger, dispose: true);
        builder.Services.AddSingleton<Serilog.ILogger>(logger);
        builder.Services.AddSingleton(new Serilog.Extensions.Hosting.DiagnosticContext(logger));
        builder.Services.AddSingleton<IDiagnosticContext>(provider => provider.GetRequiredService<Serilog.Extensions.Hosting.DiagnosticContext>());
    }

    private static Serilog.Core.Logger LoggerOf(IConfiguration configuration, Voice voice)
    {
        var settings = new LoggerConfiguration()
            .MinimumLevel.Is(voice == Voice.Quiet ? LogEventLevel.Warning : LogEventLevel.Information)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Quartz", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal) // a failed start is told in one sentence, by Program
            .ReadFrom.Configuration(configuration)
            .Enrich.FromLogContext();
        settings = Console.IsOutputRedirected
            ? settings.WriteTo.Console(new JsonFormatter(renderMessage: true))
            : settings.WriteTo.Console(outputTemplate: Line);
        return settings.CreateLogger();
    }

    /// <summary>One line a request; those of health probes only where somebody looks for them.</summary>
    public static void UseRequestLog(this WebApplication app) => app.UseSerilogRequestLogging(options =>
    {
        options.Logger = app.Services.GetRequiredService<Serilog.ILogger>();
        options.MessageTemplate = RequestLine;
        options.GetLevel = (context, _, exception) =>
            exception is not null || context.Response.StatusCode >= 500 ? LogEventLevel.Error
            : IsProbe(context.Request.Path) ? LogEventLevel.Debug
            : LogEventLevel.Information;
    });

    private static bool IsProbe(PathString path) => path.StartsWithSegments("/health") || path.StartsWithSegments("/v2/health") || path.StartsWithSegments("/ping");
}

/// <summary>How much the log says.</summary>
internal enum Voice
{
    /// <summary>What happens.</summary>
    Normal,

    /// <summary>Warnings: the quickstart has the terminal for itself.</summary>
    Quiet,

    /// <summary>Nothing.</summary>
    Silent,
}
