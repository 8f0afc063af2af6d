using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Startup;
using NnService.Api.Studies.Watching;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Watching;

namespace NnService.Api.Studies.Running;

/// <summary>Takes studies on whenever one is made or moved, or a job has changed its state.</summary>
internal sealed class StudyRunner(
    StudySteps steps, StudyControl control, Database database, PlainQueries queries, JobFeeds feeds, Node node, NewsFeed news, TimeProvider clock,
    StudyClock times, ILogger<StudyRunner> log)
    : BackgroundService
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1); // of a silence: then the rows are looked at all the same

    private readonly SemaphoreSlim _news = new(0, 1);
    private volatile bool _areAny;
    private volatile bool _isTakenBack; // what a process before this one has left

    public override void Dispose()
    {
        news.Heard -= Hear;
        node.BeganToLead -= BeginToLead;
        node.Grew -= Wake;
        feeds.AnyChanged -= Wake;
        base.Dispose();
        _news.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        feeds.AnyChanged += Wake;
        news.Heard += Hear;
        node.BeganToLead += BeginToLead;
        node.Grew += Wake;
        await Task.Yield(); // the start waits for none of it
        while (!stoppingToken.IsCancellationRequested)
        {
            var until = !node.Leads ? Timeout.InfiniteTimeSpan : _areAny || !_isTakenBack ? await WorkAsync(stoppingToken) : Timeout.InfiniteTimeSpan;
            await WaitAsync(until, stoppingToken);
        }

        if (node.Leads && _isTakenBack && _areAny)
            KeepTime();
    }

    // Whoever tells of it must not wait.
    private void Wake()
    {
        if (!_areAny)
            return;
        try
        {
            _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // it has been told and has not looked yet
        }
    }

    private void WakeForStudy()
    {
        _areAny = true;
        Wake();
    }

    private void Hear(News heard)
    {
        if (heard.Studies)
            WakeForStudy();
    }

    // What the node that led before has left.
    private void BeginToLead()
    {
        _isTakenBack = false;
        WakeForStudy();
    }

    private void TakeBack()
    {
        if (!queries.HasUnendedStudy())
            return;
        var now = times.Now;
        database.Write(db =>
        {
            foreach (var study in Unended(db).ToList())
                study.TakeBack(now);
            return true;
        });
        _areAny = true;
    }

    // For the process that goes on with them, or the node that does.
    private void KeepTime()
    {
        var now = times.Now;
        try
        {
            database.Write(db =>
            {
                foreach (var study in Unended(db).ToList())
                    study.KeepTime(now);
                return true;
            });
        }
        catch (Exception failure)
        {
            log.LogDebug(failure, "The time of studies is kept the next time");
        }
    }

    private static IQueryable<Study> Unended(AppDbContext db) =>
        db.Studies.Where(study => study.State == JobState.Queued || study.State == JobState.Running).OrderBy(study => study.Number);

    /// <summary>Takes every study on; how long to wait for news at the most.</summary>
    private async Task<TimeSpan> WorkAsync(CancellationToken cancellation)
    {
        try
        {
            if (!_isTakenBack)
                TakeBack();
            _isTakenBack = true;
            if (!_areAny)
                return Timeout.InfiniteTimeSpan;
            List<Study> studies;
            _areAny = false; // before the rows are read, or a study made meanwhile is missed
            using (var db = database.Read())
                studies = Unended(db).AsNoTracking().ToList();
            if (studies.Count > 0)
                _areAny = true; // before jobs are looked at, or an end meanwhile is missed
            var left = Longest.TotalSeconds;
            foreach (var study in studies)
                left = Math.Min(left, await AdvanceAsync(study, cancellation));
            if (studies.Exists(study => times.Now.Steady - study.CountsFrom >= Longest))
                KeepTime();
            return studies.Count > 0 ? TimeSpan.FromSeconds(Math.Max(left, 0.1)) : Timeout.InfiniteTimeSpan;
        }
        catch (Exception failure) when (IsPassing(failure))
        {
            _areAny = true; // nobody knows: the rows were not read
            log.LogWarning("Studies cannot be taken on, and are tried again within a minute: {Reason}", failure.GetBaseException().Message);
            return Longest;
        }
        catch (Exception unforeseen)
        {
            // What is thrown from here would end the service
            _areAny = true;
            log.LogError(unforeseen, "Studies cannot be taken on, and are tried again within a minute");
            return Longest;
        }
    }

    // The seconds until its time is up, as of its steps.
    private async Task<double> AdvanceAsync(Study study, CancellationToken cancellation)
    {
        try
        {
            return await steps.AdvanceAsync(study.Number, cancellation);
        }
        catch (Exception failure) when (WhyWaits(failure) is { } reason)
        {
            // Nothing is final that can be mended or passes, and the others go on.
            log.LogWarning("Study {Study} waits, and is tried again within a minute: {Reason}", study.Name, reason);
            return Longest.TotalSeconds;
        }
        catch (Exception failure) when (!IsPassing(failure))
        {
            // One study's exception never ends the others
            log.LogError(failure, "Study {Study} failed", study.Name);
            await FailAsync(study);
            return double.PositiveInfinity;
        }
    }

    private async Task FailAsync(Study study)
    {
        const string Why = "The study failed inside the service; the log has more under its name.";
        try
        {
            await control.FailAsync(study.Id, Why);
        }
        catch (Exception damaged) when (!IsPassing(damaged))
        {
            log.LogError(damaged, "The jobs and trials of study {Study} could not be ended with it", study.Name); // as where a text of theirs is damaged
            database.Write(db =>
            {
                if (db.Studies.FirstOrDefault(row => row.Number == study.Number) is not { HasEnded: false } row)
                    return false;
                row.Fail(times.Now, Why);
                StudyLog.State(db, row, row.EndedAt!.Value);
                return true;
            });
        }
    }

    private string? WhyWaits(Exception failure) =>
        NoMemory.Caused(failure) ? "no memory was left"
        : IsPassing(failure) ? null : WhyUnreadable(failure, node.IsAlone) ?? Mendable.Reason(failure.GetBaseException());

    /// <summary>Why a study is left to other nodes, which may be of a newer version; null: it is not. What is alone reads what it has written itself.</summary>
    internal static string? WhyUnreadable(Exception failure, bool isAlone) =>
        failure is JsonException && !isAlone ? "this version could not read what the study is to do: a newer one has written that, or it is damaged" : null;

    // What is the same for all studies: the database or the folder is away, no memory is left, or the process ends.
    private bool IsPassing(Exception failure) => failure is OperationCanceledException || database.Failures.IsPassing(failure);

    private async Task WaitAsync(TimeSpan time, CancellationToken cancellation)
    {
        using var over = new CancellationTokenSource(time, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellation);
        try
        {
            await _news.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
