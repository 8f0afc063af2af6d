using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Metrics;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>
/// Access to the database. Reads take a context of their own; writes pass one at a time, each in one transaction (decision 3).
/// </summary>
internal sealed class Database(
    Later<IDbContextFactory<AppDbContext>> contexts, DatabaseEngine engine, DatabaseFailures failures, DataFolder folder, Reserve reserve,
    NewsFeed feed, ServiceMeter meter) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(16);

    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly Histogram<double> _busy = meter.Duration("nnservice.database.write.duration", "Time of a write's transaction, its commit included.");
    private volatile bool _isDisposed;

    /// <summary>Counts the committed writes that change which version a name leads to. What was looked up under an older count may no longer hold.</summary>
    public long ModelChanges => feed.ModelChanges;

    /// <summary>Tells the other nodes something that is in no row, where the database is there; it may be lost.</summary>
    public void Tell(News news)
    {
        try
        {
            engine.Tell(news);
        }
        catch (DbException)
        {
            // It was no promise.
        }
    }

    /// <summary>Tells what a failure of the database means.</summary>
    public DatabaseFailures Failures => failures;

    /// <summary>A context for reading; changes made to it are not saved.</summary>
    /// <exception cref="FolderException">The data folder is not the one that was opened.</exception>
    public AppDbContext Read()
    {
        folder.Require();
        var db = contexts.Value.CreateDbContext();
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return db;
    }

    /// <summary>Reads while nobody writes: a write whose connection was lost in its commit has been done by then, or never will be.</summary>
    public TResult ReadBetweenWrites<TResult>(Func<AppDbContext, TResult> look)
    {
        TResult? result = default;
        Alone(() =>
        {
            using var db = Read();
            using var transaction = db.Database.BeginTransaction();
            if (engine.WriterLock is { } writer)
                db.Database.ExecuteSqlRaw(writer);
            result = look(db);
        });
        return result!;
    }

    /// <summary>Executes statements as they are, without EF Core: those that make the tables.</summary>
    /// <param name="sql">The statements.</param>
    /// <param name="news">What they change of what is kept in memory; null: nothing.</param>
    public void Execute(string sql, News? news = null) => Alone(() =>
    {
        using var connection = engine.OpenToWrite();
        using var command = connection.CreateCommand();
        if (news is not null && engine.Announcement(news) is { } announcement)
            sql = $"{sql};\n{announcement}";
        command.CommandText = engine.WriterLock is { } writer ? $"{writer};\n{sql}" : sql; // the statements of a command are one transaction there
        Commit(() => command.ExecuteNonQuery(), news ?? new News());
    });

    /// <summary>Brings the tables up to date by the migrations that are missing.</summary>
    public void Migrate() => Alone(() =>
    {
        using var db = contexts.Value.CreateDbContext();
        db.Database.Migrate();
    });

    /// <summary>Runs <paramref name="work"/>, saves its changes and commits; on an exception nothing is changed.</summary>
    public async Task<TResult> WriteAsync<TResult>(Func<AppDbContext, TResult> work, CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        return InTransaction(work);
    }

    /// <summary>The same for work that makes room or ends a job: on a full disk the reserve lets it through.</summary>
    public async Task<TResult> WriteFromReserveAsync<TResult>(Func<AppDbContext, TResult> work, CancellationToken cancellation)
    {
        reserve.Fill();
        try
        {
            return await WriteAsync(work, cancellation);
        }
        catch (Exception full) when (failures.IsFullDisk(full) && reserve.Release())
        {
            return await WriteAsync(work, cancellation);
        }
    }

    /// <summary>The same as <see cref="WriteAsync"/> for a thread of its own, such as a training run's.</summary>
    public TResult Write<TResult>(Func<AppDbContext, TResult> work)
    {
        _writer.Wait();
        return InTransaction(work);
    }

    /// <summary>The same as <see cref="WriteFromReserveAsync"/> for such a thread.</summary>
    public TResult WriteFromReserve<TResult>(Func<AppDbContext, TResult> work)
    {
        reserve.Fill();
        try
        {
            return Write(work);
        }
        catch (Exception full) when (failures.IsFullDisk(full) && reserve.Release())
        {
            return Write(work);
        }
    }

    /// <summary>
    /// Does something on a thread of its own; again and again where the database is away for a while, as while its server is restarted, or has no room until
    /// somebody makes some. What was lost with the connection may have been committed: what is done again must fit that.
    /// </summary>
    /// <param name="work">Reads or writes.</param>
    /// <param name="isOver">Whether there is no time to wait any more.</param>
    /// <param name="toldFull">Called once where it waits for room.</param>
    public TResult WhenBack<TResult>(Func<TResult> work, Func<bool> isOver, Action? toldFull = null)
    {
        for (var pause = s_pause; ;)
            try
            {
                return work();
            }
            catch (Exception passing) when ((failures.IsAway(passing) || failures.IsFullDisk(passing)) && !isOver())
            {
                var isFull = failures.IsFullDisk(passing);
                if (isFull)
                {
                    toldFull?.Invoke();
                    toldFull = null;
                }

                for (var left = pause; left > TimeSpan.Zero && !isOver(); left -= s_pause)
                    Thread.Sleep(s_pause);
                if (isFull && pause < s_longestPause)
                    pause *= 2; // each try writes as much as there is room for, while all others wait
            }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _writer.Dispose();
    }

    // The one place behind which a change is told in this process. Where the connection is lost meanwhile, nobody knows whether it was committed, or will be.
    private void Commit(Action commit, News news)
    {
        var isDone = false;
        try
        {
            commit();
            isDone = true;
        }
        finally
        {
            if (news.IsAny)
                using (ExecutionContext.SuppressFlow()) // what follows from it is not the request's
                {
                    feed.Tell(news);
                    if (!isDone)
                        _ = Task.Run(() => TellWhenDecidedAsync(news));
                }
        }
    }

    private async Task TellWhenDecidedAsync(News news)
    {
        while (!_isDisposed)
            try
            {
                ReadBetweenWrites(_ => true);
                feed.Tell(news);
                return;
            }
            catch (Exception)
            {
                await Task.Delay(s_pause); // the database is still away
            }
    }

    private void Announce(AppDbContext db)
    {
        if (db.News.IsAny && engine.Announcement(db.News) is { } announcement)
            db.Database.ExecuteSqlRaw(announcement);
    }

    private void Alone(Action work)
    {
        _writer.Wait();
        try
        {
            folder.Require();
            work();
        }
        finally
        {
            _writer.Release();
        }
    }

    // Synchronous on purpose: the provider's asynchronous calls block their thread all the same (decision 3).
    private TResult InTransaction<TResult>(Func<AppDbContext, TResult> work)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            folder.Require();
            using var db = contexts.Value.CreateDbContext();
            using var transaction = db.Database.BeginTransaction();
            try
            {
                return InTransaction(db, transaction, work);
            }
            catch (InvalidOperationException lost) when (db.Database.GetDbConnection().State != ConnectionState.Open)
            {
                throw new ConnectionLostException(lost); // a provider finds that its transaction is over, and knows no better
            }
        }
        finally
        {
            _writer.Release();
            _busy.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }
    }

    private TResult InTransaction<TResult>(AppDbContext db, IDbContextTransaction transaction, Func<AppDbContext, TResult> work)
    {
        if (engine.WriterLock is { } writer)
            db.Database.ExecuteSqlRaw(writer);
        var result = work(db);
        var note = WriteNote.Current;
        note?.AddTo(db);
        db.SaveChanges();
        Announce(db);
        Commit(transaction.Commit, db.News);
        if (engine.IsInFolder)
            folder.Require(); // where the file was removed meanwhile, the commit has gone nowhere
        note?.Keep();
        return result;
    }
}
