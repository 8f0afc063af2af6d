using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Datasets;
using NnService.Api.Models;
using NnService.Api.Storage;

namespace NnService.Api.Keeping;

/// <summary>
/// Lets go, once a minute, of what this node keeps and has noted of things that other nodes have deleted or ended. The node that answers such a request does so
/// at once; the others see it by the rows.
/// </summary>
internal sealed class GoneElsewhere(
    Node node, Database database, DatasetTables tables, ModelStore models, CheckpointStore checkpoints, TimeProvider clock, ILogger<GoneElsewhere> log)
    : BackgroundService
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (node.IsAlone)
            return;
        using var minutes = new PeriodicTimer(Pause, clock);
        while (await minutes.WaitForNextTickAsync(stoppingToken))
            Look();
    }

    /// <summary>Looks once; what it cannot do now, it does the next time.</summary>
    public void Look()
    {
        try
        {
            tables.ForgetGone();
            models.ForgetGone();
            ForgetJobs();
        }
        catch (Exception failure) when (database.Failures.In(failure) is not null || failure is IOException or UnauthorizedAccessException)
        {
            log.LogDebug("What other nodes have deleted is looked for again in a minute: {Reason}", failure.GetBaseException().Message);
        }
        catch (Exception unforeseen) // which would end the service
        {
            log.LogError(unforeseen, "What other nodes have deleted cannot be looked for, and is again in a minute");
        }
    }

    private void ForgetJobs()
    {
        Guid[] noted = [.. checkpoints.Noted()]; // looked at before the rows: each of these has had one
        if (noted.Length == 0)
            return;
        using var db = database.Read();
        var there = db.TrainingJobs.Where(job => EF.Parameter(noted).Contains(job.Id)).Select(job => new { job.Id, HasEnded = job.EndedAt != null })
            .ToDictionary(job => job.Id, job => job.HasEnded);
        foreach (var job in noted)
            if (!there.TryGetValue(job, out var hasEnded))
                checkpoints.Forget(job);
            else if (hasEnded)
                checkpoints.NeedNoMore(job);
    }
}
