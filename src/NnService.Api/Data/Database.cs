using Microsoft.EntityFrameworkCore;
using NnService.Api.Errors;
using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>
/// Access to the database. Reads take a context of their own; writes pass one at a time, each in one transaction
/// (the bundled SQLite can damage a write-ahead log that two connections write at once: sqlite.org/wal.html#walresetbug).
/// </summary>
internal sealed class Database(Later<IDbContextFactory<AppDbContext>> contexts, DataFolder folder, Reserve reserve) : IDisposable
{
    private readonly SemaphoreSlim _writer = new(1, 1);
    private long _modelChanges;

    /// <summary>Counts the committed writes that change which version a name leads to. What was looked up under an older count may no longer hold.</summary>
    public long ModelChanges => Volatile.Read(ref _modelChanges);

    /// <summary>A context for reading; changes made to it are not saved.</summary>
    /// <exception cref="FolderException">The data folder is not the one that was opened.</exception>
    public AppDbContext Read()
    {
        folder.Require();
        var db = contexts.Value.CreateDbContext();
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return db;
    }

    /// <summary>
    /// The first column of the answer to a question in SQL, for the way to readiness and for probes: EF Core's model alone takes as long to build as all the rest of a start, and half as much memory.
    /// </summary>
    public IReadOnlyList<string> Ask(string sql)
    {
        using var connection = SqliteSettings.Open(folder.DatabaseFile);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var rows = command.ExecuteReader();
        var answers = new List<string>();
        while (rows.Read())
            answers.Add(rows.GetString(0));
        return answers;
    }

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
        catch (Exception full) when (DiskFull.Caused(full) && reserve.Release())
        {
            return await WriteAsync(work, cancellation);
        }
    }

    /// <summary>The same for a thread of its own, such as a training run's.</summary>
    public TResult Write<TResult>(Func<AppDbContext, TResult> work)
    {
        _writer.Wait();
        return InTransaction(work);
    }

    public void Dispose() => _writer.Dispose();

    // Synchronous on purpose: Microsoft.Data.Sqlite's asynchronous calls block their thread all the same.
    private TResult InTransaction<TResult>(Func<AppDbContext, TResult> work)
    {
        try
        {
            folder.Require();
            using var db = contexts.Value.CreateDbContext();
            using var transaction = db.Database.BeginTransaction();
            var result = work(db);
            db.SaveChanges();
            transaction.Commit();
            folder.Require(); // where the file was removed meanwhile, the commit has gone nowhere
            if (db.ChangesModels)
                Interlocked.Increment(ref _modelChanges);
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }
}
