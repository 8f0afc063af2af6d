using System.Globalization;
using NnService.Api.Data;
using NnService.Api.Http;

namespace NnService.Api.TrainingJobs.Watching;

/// <summary>Waits for jobs to end.</summary>
internal sealed class JobWaiter(Database database, JobFeeds feeds, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    /// <summary>Most seconds a request waits.</summary>
    public const int MaxSeconds = 300;

    /// <summary>Without news for so long, the row is looked at all the same: nobody is to wait to the end for a notice that went astray.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>How long a request asks to wait (<c>Prefer: wait=20</c>), at most <see cref="MaxSeconds"/>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="left">Where it does not say, or says no number of seconds.</param>
    public static int WaitSeconds(HttpRequest request, int left) =>
        Preference.Of(request, "wait") is not { Length: > 0 } said || said.AsSpan().ContainsAnyExceptInRange('0', '9') ? left
        : int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? Math.Min(seconds, MaxSeconds)
        : MaxSeconds;

    /// <summary>The job when it has ended, or as it is when the time is up, the caller has gone, or the service stops.</summary>
    /// <returns>Null where it was deleted meanwhile.</returns>
    public async Task<TrainingJob?> WaitAsync(Guid id, int seconds, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation, lifetime.ApplicationStopping);
        try
        {
            while (true)
            {
                using var listener = feeds.Listen(id); // before the row is looked at, or an end in between is missed
                using (var looking = database.Read())
                    if (!looking.TrainingJobs.Any(job => job.Id == id && job.EndedAt == null))
                        break;
                while (await listener.WaitAsync(Patience, clock, any.Token) == true)
                    if (listener.News.TryRead(out var news) && news.Data is null)
                        break;
            }
        }
        catch (OperationCanceledException) when (any.IsCancellationRequested)
        {
        }

        using var db = database.Read();
        return db.FindJob(id.ToString());
    }
}
