using System.Diagnostics.Metrics;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Metrics;
using NnService.Api.Startup;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace NnService.Api.Observability;

/// <summary>
/// Figures for those who run the service, collected by OpenTelemetry: <c>/metrics</c> gives them as Prometheus' text, and OTLP sends them where its own setting
/// says so.
/// </summary>
internal static class MetricsSetup
{
    private const string Otlp = "OTEL_EXPORTER_OTLP_", OtlpOfMetrics = "OTEL_EXPORTER_OTLP_METRICS_";

    private static readonly string[] s_meters = [ServiceMeter.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    // Gauges whose names end as the counts of histograms do, which Prometheus' own check refuses.
    private static readonly string[] s_misnamed = ["dotnet.assembly.count", "dotnet.process.cpu.count", "dotnet.timer.count"];

    // Room for the values of labels is taken at once, 200 KiB for each instrument where nothing is said.
    private const int FewLabels = 32;
    private const int ManyLabels = 2000; // routes × states of answers, models; further ones share a figure that says so
    private static readonly string[] s_manyLabelled = ["http.server.request.duration", "nnservice.prediction.rows"];

    /// <param name="builder">The application being built.</param>
    /// <param name="voice">Figures of a silent service, the one that warms up, are not collected.</param>
    public static void AddMetrics(this WebApplicationBuilder builder, Voice voice)
    {
        var services = builder.Services;
        services.AddSingleton<ServiceMeter>();
        if (voice == Voice.Silent)
        {
            services.AddSingleton<IMeterFactory, UnheardMeters>();
            return;
        }

        services.AddOpenTelemetry()
            // The environment once more, behind what it may replace
            .ConfigureResource(resource => resource.AddService("nnservice", serviceVersion: ServiceVersion.Text).AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(s_meters).AddPrometheusExporter();
                metrics.AddView(instrument => s_misnamed.Contains(instrument.Name) ? MetricStreamConfiguration.Drop
                    : new MetricStreamConfiguration { CardinalityLimit = s_manyLabelled.Contains(instrument.Name) ? ManyLabels : FewLabels });
                if (SendsByOtlp(builder.Configuration))
                    metrics.AddOtlpExporter(exporter =>
                    {
                        if (Address(builder.Configuration, OtlpOfMetrics) is { } own)
                            exporter.Endpoint = own; // as it is: to that of all signals a path is added
                    });
            });
        // The package's own hosted service collects from the start on, and makes every start a fifth longer: UseMetrics does so as soon as requests are taken.
        services.Remove(services.Single(service =>
            service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(OpenTelemetryServicesExtensions).Assembly));
    }

    // The exporter reads the settings for all signals alone, and nothing but figures is sent: those for figures take their places.
    // What it cannot read it passes over in silence.
    private static bool SendsByOtlp(ConfigurationManager settings)
    {
        if (Address(settings, OtlpOfMetrics) is null & Address(settings, Otlp) is null) // both are looked at
            return false;
        foreach (var prefix in (string[])[Otlp, OtlpOfMetrics])
            if (settings[prefix + "PROTOCOL"] is { Length: > 0 } protocol and not ("grpc" or "http/protobuf"))
                throw new StartException($"The setting {prefix}PROTOCOL is \"{protocol}\"; it must be grpc or http/protobuf.");
        foreach (var name in (string[])["PROTOCOL", "HEADERS", "TIMEOUT", "COMPRESSION", "CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"])
            if (settings[OtlpOfMetrics + name] is { Length: > 0 } own)
                settings[Otlp + name] = own;
        return true;
    }

    private static Uri? Address(ConfigurationManager settings, string prefix)
    {
        if (settings[$"{prefix}ENDPOINT"] is not { Length: > 0 } endpoint)
            return null;
        return Uri.TryCreate(endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new StartException($"The setting {prefix}ENDPOINT is \"{endpoint}\"; it must be an address such as http://localhost:4317.");
    }

    /// <summary>Maps <c>/metrics</c>, and begins to collect when the service has started.</summary>
    public static void MapMetrics(this WebApplication app)
    {
        if (app.Services.GetService<IServiceProviderIsService>()?.IsService(typeof(MeterProvider)) != true)
            return;
        var answer = new Later<RequestDelegate>(() =>
        {
            var branch = ((IApplicationBuilder)app).New();
            branch.UseOpenTelemetryPrometheusScrapingEndpoint(_ => true);
            return branch.Build();
        });
        app.MapDirect("GET", "/metrics", context => answer.Value(context)).RequireScope(Scope.Read)
            .Quiet().NoStore().StrictQuery().ExcludeFromDescription(); // Prometheus knows its own form, and no generated client reads it
        app.Lifetime.ApplicationStarted.Register(() => Task.Run(() => answer.Value));
    }
}
