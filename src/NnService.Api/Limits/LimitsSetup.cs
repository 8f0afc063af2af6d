using NnService.Api.Http;

namespace NnService.Api.Limits;

/// <summary>Registers what keeps requests from taking each other's processors and memory.</summary>
internal static class LimitsSetup
{
    private const long LeastMemoryBytes = 256L << 20; // less is not enough for the service itself
    private const int QueuedForEachWorker = 16;
    private const int MostWorkers = 256;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    public static void AddLimits(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration;
        var memory = Setting.Number(settings, "Limits:MemoryBytes", Math.Max(LeastMemoryBytes, MachineMemory.Bytes / 2), LeastMemoryBytes);
        var workers = (int)Math.Min(Setting.Number(settings, "Limits:LongRequests", Environment.ProcessorCount, low: 1), MostWorkers);
        var queued = (int)Math.Min(Setting.Number(settings, "Limits:QueuedRequests", (long)QueuedForEachWorker * workers, low: 0), int.MaxValue - MostWorkers);
        builder.Services.AddSingleton(RequestLimits.Of(settings));
        builder.Services.AddSingleton(new MemoryLimits(memory));
        builder.Services.AddSingleton<MemoryBudget>();
        builder.Services.AddSingleton(provider =>
            new LongRequests(workers, queued, s_patience, provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping));
        builder.Services.AddSingleton<RequestBodies>();
        builder.Services.AddSingleton<LongAnswers>();
    }

    /// <summary>Has requests of endpoints that carry <see cref="LongRequest"/> answered by the workers.</summary>
    public static void UseLongRequests(this WebApplication app)
    {
        var answers = app.Services.GetRequiredService<LongAnswers>();
        app.Use(next => context => context.GetEndpoint()?.Metadata.GetMetadata<LongRequest>() is { } request && !request.IsQuick(context.Request)
            ? answers.WholeAsync(context, request, next)
            : next(context));
    }
}
