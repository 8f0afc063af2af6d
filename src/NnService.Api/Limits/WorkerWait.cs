namespace NnService.Api.Limits;

/// <summary>Of a request, among its features: how long it waited for a worker.</summary>
/// <param name="Time">So long.</param>
internal sealed record WorkerWait(TimeSpan Time);
