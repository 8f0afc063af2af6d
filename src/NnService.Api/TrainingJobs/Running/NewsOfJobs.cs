using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.TrainingJobs.Watching;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>What was changed of jobs, by this node or others: runs of this node do what their rows ask for, and whoever listens looks at the rows.</summary>
internal sealed class NewsOfJobs(NewsFeed news, Node node, RunningJobs running, TrainingThreads threads, JobFeeds feeds, Database database,
    ILogger<NewsOfJobs> log) : IHostedService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        node.Jobs = () => running.Ids;
        node.Slots = node.Trains ? threads.Jobs : 0;
        news.Heard += Hear;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        news.Heard -= Hear;
        return Task.CompletedTask;
    }

    private void Hear(News heard)
    {
        foreach (var id in heard.Looks)
            running.LookAt(id);
        Guid[] mine = [.. running.Ids.Where(id => heard.IsEverything || heard.Jobs.Contains(id))];
        if (mine.Length > 0)
            _ = Task.Run(() => FollowAsync(mine)); // whoever tells it does not wait
        if (heard.IsEverything)
            feeds.AllChanged();
        foreach (var id in heard.Jobs)
            feeds.Changed(id);
        foreach (var id in heard.Points.Where(id => !running.Has(id))) // a run of this node gives its points to those who listen
            feeds.Grown(id);
    }

    // Until it is known: nobody tells it again.
    private async Task FollowAsync(Guid[] jobs)
    {
        for (var isKnown = false; !isKnown && jobs.Any(running.Has);)
            try
            {
                using var db = database.Read();
                foreach (var id in jobs)
                    running.Follow(id, db.TrainingJobs.FirstOrDefault(job => job.Id == id));
                isKnown = true;
            }
            catch (Exception away)
            {
                log.LogDebug(away, "What was asked of running jobs is looked at again in a second");
                await Task.Delay(s_pause);
            }
    }
}
