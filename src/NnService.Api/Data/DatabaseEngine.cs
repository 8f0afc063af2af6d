using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data.Nodes;
using NnService.Api.Startup;
using Quartz;

namespace NnService.Api.Data;

/// <summary>
/// The database system in use: all that differs between one and another. What its exceptions mean, it gives to <see cref="Errors.DatabaseFailures"/>;
/// everything else in the service speaks EF Core, or SQL that all of them understand.
/// </summary>
internal abstract class DatabaseEngine
{
    /// <summary>What the database is called in messages.</summary>
    public abstract string Name { get; }

    /// <summary>The tables of a new database.</summary>
    public abstract Schema Schema { get; }

    /// <summary>A statement that gives the names of the tables that are there.</summary>
    public abstract string TableNames { get; }

    /// <summary>
    /// Table in which EF Core keeps who migrates, and in which a process that was killed leaves its row: every later start would wait for it forever
    /// (dotnet/efcore#38958). Null where the engine's own locks are used, which end with their owner.
    /// </summary>
    public abstract string? MigrationLockTable { get; }

    /// <summary>
    /// A statement that makes the transaction it begins the only one that writes, in every process; null where every transaction for writing is that by itself.
    /// What is read in it stays true until the commit, and numbers of rows are given in the order of commits.
    /// </summary>
    public abstract string? WriterLock { get; }

    /// <summary>Whether the rows are in a file of the data folder.</summary>
    public abstract bool IsInFolder { get; }

    /// <summary>Why the service cannot copy the database, and what can, in sentences; null where <see cref="CopyTo"/> does.</summary>
    public abstract string? WhyNoCopy { get; }

    /// <summary>Tells EF Core how to reach the database.</summary>
    public abstract void Configure(DbContextOptionsBuilder options);

    /// <summary>An open connection without EF Core, on which the engine refuses to change anything.</summary>
    public abstract DbConnection OpenToRead();

    /// <summary>An open connection without EF Core.</summary>
    public abstract DbConnection OpenToWrite();

    /// <summary>Looks whether the database can be trusted, before anything opens it. Errors: <see cref="Errors.StartException"/>.</summary>
    public abstract void Examine();

    /// <summary>Watches over it from now on: its tables are those of this version.</summary>
    public abstract void Attend();

    /// <summary>A statement that tells the other nodes, with the commit of the transaction that it is in, what that has changed; null where there are none.</summary>
    public virtual string? Announcement(News news) => null;

    /// <summary>Tells the other nodes something that is in no row; it may be lost.</summary>
    public virtual void Tell(News news)
    {
    }

    /// <summary>The blob that nodes find in each other's store where they share it; null: none was written yet, or no other node may have the database.</summary>
    public virtual string? Marker() => null;

    /// <summary>A statement that makes a blob that marker.</summary>
    public virtual string MarkBy(string blobKey) => throw new NotSupportedException();

    /// <summary>The nodes that share the database, this one among them.</summary>
    public abstract IReadOnlyList<NodeRow> Nodes();

    /// <summary>Has the scheduler of a cluster keep its rows in this database.</summary>
    public virtual void StoreSchedule(IPersistentStoreBuilder store) => throw new NotSupportedException();

    /// <summary>Writes a copy of the database as it is at one moment, while others read and write.</summary>
    /// <param name="file">The copy, which does not exist yet.</param>
    /// <param name="atThatMoment">Called while nobody, in this process or another, can commit: what it looks at fits the copy.</param>
    public abstract void CopyTo(string file, Action atThatMoment);

    /// <summary>What does not hang together in the database, a sentence each; looks at every page, index and reference.</summary>
    public abstract IReadOnlyList<string> Faults();

    /// <summary>How many rows a table with numbers of its own has ever had; what is deleted since has left a gap.</summary>
    public abstract long RowsEver(string table);

    /// <summary>A statement after which a table, whose rows were copied with their numbers, goes on with its own.</summary>
    /// <param name="table">The table.</param>
    /// <param name="column">Its numbers.</param>
    /// <param name="ever">How many rows it has ever had.</param>
    public abstract string GoOnAfter(string table, string column, long ever);

    /// <summary>Closes it, as the last to use it.</summary>
    public abstract void Close();
}
