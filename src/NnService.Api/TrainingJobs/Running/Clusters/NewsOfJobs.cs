using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.TrainingJobs.Watching;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running.Clusters;

/// <summary>What other nodes have changed of jobs: runs of this node do what their rows ask for, and whoever listens looks at the rows.</summary>
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
        if (heard.Models)
            database.ForgetModels();
        foreach (var id in heard.Looks)
            running.LookAt(id);
        Guid[] mine = [.. running.Ids.Where(id => heard.IsEverything || heard.Jobs.Contains(id))];
        if (mine.Length > 0)
            _ = Task.Run(() => FollowAsync(mine)); // the connection that tells it has others to tell
        if (heard.IsEverything)
            feeds.AllChanged();
        foreach (var id in heard.Jobs)
            feeds.Changed(id);
        foreach (var id in heard.Points)
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
                    if (RequestIn(db.TrainingJobs.FirstOrDefault(job => job.Id == id)) is { } request)
                        running.Ask(id, request);
                isKnown = true;
            }
            catch (Exception away)
            {
                log.LogDebug(away, "What was asked of running jobs is looked at again in a second");
                await Task.Delay(s_pause);
            }
    }

    // Of a row that another node has claimed, the run finds out by its next write.
    private static TrainingRequest? RequestIn(TrainingJob? job) => job switch
    {
        null or { HasEnded: true } => TrainingRequest.Cancel,
        { Requested: JobRequest.Stop } => TrainingRequest.Stop,
        { Requested: JobRequest.Pause } => TrainingRequest.Pause,
        _ => null,
    };
}
