using System.Diagnostics;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Startup;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace NnService.Api.Observability;

/// <summary>Logs by Serilog: readable lines in a terminal, JSON elsewhere; one line a request.</summary>
internal static class LoggingSetup
{
    private const string RequestLine = "{RequestMethod} {RequestPath} {StatusCode} in {Elapsed:0.0} ms";
    private const string RequestId = "RequestId"; // a property of the line, the same as the answer's header
    private const string Line = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}";

    /// <param name="builder">The application being built.</param>
    /// <param name="voice">How much is said.</param>
    public static void AddLogs(this WebApplicationBuilder builder, Voice voice)
    {
        var logger = voice == Voice.Silent ? new LoggerConfiguration().CreateLogger() : LoggerOf(builder.Configuration, voice);
        builder.Logging.ClearProviders();
        builder.Logging.AddSerilog(logger, dispose: true);
        // Where this category is heard, the host opens an activity and a log scope for each request, a tenth of a prediction's time; the request's id does
        // their work here.
        // The provider is named because a rule that AddSerilog has made for it would win over one for all providers.
        builder.Logging.AddFilter<SerilogLoggerProvider>("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.AddSingleton<Serilog.ILogger>(logger);
        builder.Services.AddSingleton(new Serilog.Extensions.Hosting.DiagnosticContext(logger));
        builder.Services.AddSingleton<IDiagnosticContext>(provider => provider.GetRequiredService<Serilog.Extensions.Hosting.DiagnosticContext>());
    }

    private static Serilog.Core.Logger LoggerOf(ConfigurationManager configuration, Voice voice)
    {
        var settings = new LoggerConfiguration()
            .MinimumLevel.Is(voice == Voice.Quiet ? LogEventLevel.Warning : LogEventLevel.Information)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Quartz", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal) // a failed start is told in one sentence, by Program
            .MinimumLevel.Override("Microsoft.EntityFrameworkCore.Database", LogEventLevel.Fatal) // what has failed is told by who has asked for it, and once
            .Enrich.FromLogContext();
        if (configuration.GetSection("Serilog").Exists()) // where nothing is set, its reader need not be loaded
            settings = Read(settings, configuration);
        settings = Console.IsOutputRedirected
            ? settings.WriteTo.Console(new JsonLines())
            : TerminalLines.WriteTo(settings.WriteTo, terminal => terminal.Console(outputTemplate: Line));
        return settings.CreateLogger();
    }

    private static LoggerConfiguration Read(LoggerConfiguration settings, IConfiguration configuration)
    {
        try
        {
            return settings.ReadFrom.Configuration(configuration);
        }
        catch (InvalidOperationException wrong)
        {
            throw new StartException($"A setting of Serilog cannot be read: {wrong.Message}", wrong);
        }
    }

    /// <summary>One line a request; of those to <see cref="Quiet"/> endpoints that went well only where the level is Debug.</summary>
    public static void UseRequestLog(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<Serilog.ILogger>();
        app.Use(next =>
        {
            var branch = ((IApplicationBuilder)app).New();
            branch.UseSerilogRequestLogging(options =>
            {
                options.Logger = logger;
                options.MessageTemplate = RequestLine;
                options.GetMessageTemplateProperties = (context, path, elapsed, status) =>
                [
                    new("RequestMethod", new ScalarValue(HeadRequests.MethodOf(context))), new("RequestPath", new ScalarValue(path)),
                    new("StatusCode", new ScalarValue(status)), new("Elapsed", new ScalarValue(elapsed)),
                    new(RequestId, new ScalarValue(context.TraceIdentifier)),
                ];
            });
            branch.Run(next);
            var others = branch.Build();
            return context => context.GetEndpoint()?.Metadata.GetMetadata<Quiet>() is null ? others(context) : LogUnlessGood(context, next, logger);
        });
    }

    // Thousands of predictions come in a second: all that is done for one that went well is to look at the clock.
    private static async Task LogUnlessGood(HttpContext context, RequestDelegate next, Serilog.ILogger logger)
    {
        var started = Stopwatch.GetTimestamp();
        await next(context);
        var status = context.Response.StatusCode;
        var isExpected = status == StatusCodes.Status503ServiceUnavailable && IsNotReadyYet(context);
        var level = status >= 500 && !isExpected ? LogEventLevel.Error : status >= 400 ? LogEventLevel.Information : LogEventLevel.Debug;
        if (logger.IsEnabled(level))
            logger.ForContext(RequestId, context.TraceIdentifier).Write(
                level, RequestLine, HeadRequests.MethodOf(context), context.Request.Path.Value, status, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    // A probe is asked until the answer is another one: nothing is wrong with a node that has just begun.
    private static bool IsNotReadyYet(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Probe>() is not null && context.RequestServices.GetRequiredService<WarmUp>().Obstacle is not null;
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
