using NnService.Api.Data;

namespace NnService.Api.Access.Audit;

/// <summary>An entry of a request that has written nothing else, until it is saved.</summary>
/// <param name="entry">The entry.</param>
/// <param name="answer">What the request was answered.</param>
internal sealed class UnsavedEntry(AuditEntry entry, AuditedAnswer answer)
{
    /// <summary>As it was added last.</summary>
    public AuditEntry Entry { get; private set; } = entry;

    public AuditedAnswer Answer => answer;

    /// <summary>Whether a write that has failed has saved it all the same: the answer to its commit was lost.</summary>
    public bool IsIn(AppDbContext db)
    {
        var (id, hash) = (Entry.Id, Entry.Hash);
        return id > 0 && db.AuditEntries.Any(row => row.Id == id && row.Hash == hash);
    }

    /// <summary>Adds it; anew each time, since one that a write has failed with keeps the id it got there, which another entry may have by now.</summary>
    public AuditEntry AddTo(AppDbContext db) => db.AuditEntries.Add(Entry = Entry.Anew()).Entity;
}
