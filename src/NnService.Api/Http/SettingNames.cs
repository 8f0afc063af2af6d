using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>The settings there are. One that does not exist would be passed over in silence, and its default used.</summary>
internal static class SettingNames
{
    /// <summary>The service's own; README.md says what each is.</summary>
    public static IReadOnlyList<string> Own { get; } =
    [
        "Access:AdminKey",
        "Access:AllowedHosts",
        "Access:AllowedOrigins",
        "Access:FailuresPerMinute",
        "Access:RequireKey",
        "Cluster:CheckInSeconds",
        "Cluster:Node",
        "Cluster:Role",
        "Data:Path",
        "Database:ConnectionString",
        "Database:Provider",
        "Datasets:MaxBytes",
        "Inference:DefaultModel",
        "Inference:MaxBytes",
        "Kestrel:Limits:MaxConcurrentConnections",
        "Kestrel:Limits:MaxRequestBodySize",
        "Limits:HeaderSeconds",
        "Limits:LeastBytesPerSecond",
        "Limits:LongRequests",
        "Limits:MaxConnections",
        "Limits:MemoryBytes",
        "Limits:QueuedRequests",
        "Limits:RequestsPerSecond",
        "Limits:Uploads",
        "Models:MaxBytes",
        "Proxy:PathBase",
        "Proxy:TrustedProxies",
        "Retention:EndedJobsDays",
        "Retention:ModelVersionsDays",
        "Retention:UnusedDatasetsDays",
        "Storage:BlobFolder",
        "Storage:CacheBytes",
        "Storage:Kind",
        "Storage:QuarantineDays",
        "Storage:S3:AccessKey",
        "Storage:S3:Bucket",
        "Storage:S3:ForcePathStyle",
        "Storage:S3:Prefix",
        "Storage:S3:Region",
        "Storage:S3:SecretKey",
        "Storage:S3:ServiceUrl",
        "Training:CheckpointSeconds",
        "Training:LowPriority",
        "Training:MaxConcurrentJobs",
        "Training:MaxMemoryBytes",
        "Training:MaxQueuedJobs",
        "Training:ThreadsPerJob",
        "WarmUp:Enabled",
        "Webhooks:AllowedHosts",
    ];

    // Whole sections and single settings of the framework, of Serilog and of OpenTelemetry, which know theirs themselves.
    private static readonly string[] s_others =
    [
        "urls", "http_ports", "https_ports", "environment", "applicationName", "contentRoot", "hostBuilder", "shutdownTimeoutSeconds", "startupTimeoutSeconds",
        "detailedErrors", "captureStartupErrors", "preferHostingUrls", "suppressStatusMessages", "webroot", "hostingStartupAssemblies", "serverUrls",
        "AllowedHosts", "Certificates", "Kestrel:Certificates", "Kestrel:EndpointDefaults", "Kestrel:Endpoints", "Logging", "Serilog",
    ];

    private static readonly HashSet<string> s_sections = Own.Select(SectionOf).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Refuses to start with a setting that does not exist. Errors: <see cref="StartException"/>, with the nearest name.</summary>
    /// <param name="configuration">All settings. In sections that are not the service's only names that look like one of its own count: the environment is full
    /// of others' variables.</param>
    /// <param name="args">The command line, where every setting is meant for this service.</param>
    public static void RefuseUnknown(IConfiguration configuration, string[] args)
    {
        if (StrayWord(args) is { } word)
            throw new StartException($"\"{word}\" is no setting; settings are written --Name=value, a value with spaces in quotes, and a command stands in front of them.");
        foreach (var key in KeysOf(new ConfigurationBuilder().AddCommandLine(args).Build()).Where(key => !IsOthers(key)))
            RefuseUnknown(key);
        foreach (var key in KeysOf(configuration).Where(key => !IsOthers(key) && (IsOwnSection(key) || LooksOwn(key))))
            RefuseUnknown(key);
    }

    // An argument that is neither a setting nor the value of the one before it; the framework passes over it.
    private static string? StrayWord(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
            if (args[i].StartsWith('-') || args[i].StartsWith('/'))
                i += args[i].Contains('=', StringComparison.Ordinal) ? 0 : 1;
            else if (!args[i].Contains('=', StringComparison.Ordinal))
                return args[i];
        return null;
    }

    private static void RefuseUnknown(string key)
    {
        if (!Own.Any(own => IsAtOrBelow(key, own)))
            throw new StartException($"There is no setting {key}.{NearestNames.Suggestion(Own, key)} README.md lists them all.");
    }

    private static IEnumerable<string> KeysOf(IConfiguration settings) =>
        settings.AsEnumerable().Where(setting => setting.Value is { Length: > 0 }).Select(setting => setting.Key);

    private static bool IsOwnSection(string key) => s_sections.Contains(SectionOf(key)) && key.Contains(':', StringComparison.Ordinal);

    // A section with a typing error in it, as in Trainig__ThreadsPerJob, and below it a name that the service has.
    private static bool LooksOwn(string key) => key.Split(':') is [var section, var name] && NearestNames.Suggestion(s_sections, section).Length > 0
        && Own.Any(own => own.EndsWith($":{name}", StringComparison.OrdinalIgnoreCase));

    private static bool IsOthers(string key) => s_others.Any(other => IsAtOrBelow(key, other)) || key.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase);

    // "Access:AllowedHosts:0" is an entry of a list.
    private static bool IsAtOrBelow(string key, string name) =>
        key.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (key.Length == name.Length || key[name.Length] == ':');

    private static string SectionOf(string key) => key.Split(':')[0];
}
