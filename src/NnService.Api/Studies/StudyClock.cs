namespace NnService.Api.Studies;

/// <summary>
/// The time of studies. When something happens is said by the wall clock; how long it takes, by the monotonic clock, counted on from what the wall clock said
/// when the process began: so the nodes of a cluster, whose clocks agree then, understand each other.
/// </summary>
internal sealed class StudyClock(TimeProvider clock)
{
    private readonly DateTime _begin = clock.GetUtcNow().UtcDateTime;
    private readonly long _begun = clock.GetTimestamp();

    public StudyMoment Now => new(clock.GetUtcNow().UtcDateTime, _begin + clock.GetElapsedTime(_begun));
}

/// <summary>A moment.</summary>
/// <param name="Utc">By the wall clock.</param>
/// <param name="Steady">By a clock that is never set; only differences of it mean anything.</param>
internal readonly record struct StudyMoment(DateTime Utc, DateTime Steady);
