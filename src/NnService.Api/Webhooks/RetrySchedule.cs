namespace NnService.Api.Webhooks;

/// <summary>When a message is sent again that was not taken.</summary>
internal static class RetrySchedule
{
    private static readonly TimeSpan[] s_waits =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2), TimeSpan.FromHours(6), TimeSpan.FromHours(24),
    ];

    /// <summary>How long to wait after so many attempts; null: no more.</summary>
    public static TimeSpan? After(int attempts) => attempts <= s_waits.Length ? s_waits[attempts - 1] : null;
}
