using NnService.Api.Errors;

namespace NnService.Api.Storage.S3;

/// <summary>Whether the bucket can be reached: one small request every few seconds at the most, however often somebody asks.</summary>
internal sealed class S3Health(S3Bucket bucket, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5), MostWaiting = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private long? _lookedAt;
    private string? _obstacle;

    /// <summary>Why it cannot, in a sentence; null where it can.</summary>
    public string? Obstacle()
    {
        lock (_gate)
        {
            if (_lookedAt is { } at && clock.GetElapsedTime(at) < Fresh)
                return _obstacle;
            _obstacle = Look();
            _lookedAt = clock.GetTimestamp();
            return _obstacle;
        }
    }

    private string? Look()
    {
        using var brief = new CancellationTokenSource(MostWaiting);
        try
        {
            Blocking.Wait(() => bucket.ProbeAsync(brief.Token));
            return null;
        }
        catch (StorageUnavailableException unavailable)
        {
            return unavailable.Message;
        }
        catch (OperationCanceledException)
        {
            return $"{bucket.PlaceOf("")} has not answered in {MostWaiting.TotalSeconds:0} seconds. Look whether the server runs (Storage:S3:ServiceUrl).";
        }
    }
}
