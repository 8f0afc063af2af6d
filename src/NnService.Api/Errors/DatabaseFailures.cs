using System.Data.Common;
using NnService.Api.Storage;

namespace NnService.Api.Errors;

/// <summary>Tells the database's failures apart, however deep in an exception they are.</summary>
/// <param name="database">What the database is called, where its place is not known.</param>
/// <param name="faultOf">How the engine in use reads its exceptions.</param>
internal sealed class DatabaseFailures(string database, Func<DbException, DatabaseFault> faultOf)
{
    /// <summary>What is said where pages of the database are not what they were.</summary>
    public const string Damaged = "The database file is damaged. Stop the service and put the data folder back from a backup.";

    /// <summary>What is said of a row whose text is not what was written.</summary>
    public const string DamagedText =
        "Something in the database file is damaged: a stored description is not what was written. "
        + "Stop the service and put the data folder back from a backup, or delete what cannot be read.";

    /// <summary>What the failure of the database means that is at the bottom of an exception; null where there is none.</summary>
    public DatabaseFault? In(Exception exception) => exception switch
    {
        ConnectionLostException => new(DatabaseFaultKind.Unreachable, "the connection to it was lost"),
        DbException failure => faultOf(failure),
        _ => exception.InnerException is { } inner ? In(inner) : null,
    };

    /// <summary>Why a start cannot go on, in a sentence; null where that is not the database's failure.</summary>
    public string? Explain(Exception exception) => In(exception)?.Explain(database);

    /// <summary>Whether the database is damaged.</summary>
    public bool IsDamage(Exception exception) => In(exception) is { Kind: DatabaseFaultKind.Damaged };

    /// <summary>Whether it may go a moment later, without anybody's doing.</summary>
    public bool IsAway(Exception exception) => In(exception) is { Kind: DatabaseFaultKind.Busy or DatabaseFaultKind.Unreachable };

    /// <summary>Whether it says nothing of the work that it ended: the database or the data folder is not there, or no memory is left.</summary>
    public bool IsPassing(Exception exception) => FolderException.Caused(exception) is not null || NoMemory.Caused(exception) || In(exception) is not null;

    /// <summary>Whether a full disk is why something could not be written, in the database or in a file.</summary>
    public bool IsFullDisk(Exception exception) => DiskFull.Caused(exception) || In(exception) is { Kind: DatabaseFaultKind.Full };
}
