using NnService.Api.Data;

namespace NnService.Api.Access.Audit;

/// <summary>Sealed entries, each with the hash of the one before it in its own: whoever changes, removes or inserts one changes every hash behind it.</summary>
internal sealed class AuditChain
{
    private long _number;
    private string _hash = AuditEntry.NoHash;

    /// <summary>The end of the chain there is, to go on from.</summary>
    public static AuditChain EndOf(AppDbContext db)
    {
        var last = db.AuditEntries.Where(entry => entry.Number != null).OrderByDescending(entry => entry.Number)
            .Select(entry => new { entry.Number, entry.Hash }).FirstOrDefault();
        return last is null ? new AuditChain() : new AuditChain { _number = last.Number!.Value, _hash = last.Hash! };
    }

    /// <summary>Seals an entry behind the others.</summary>
    public AuditEntry Append(AuditEntry entry, AuditedAnswer? answer)
    {
        entry.Seal(++_number, _hash, answer?.Status, answer?.Resource);
        _hash = entry.Hash!;
        return entry;
    }

    /// <summary>Whether the log is as it was written.</summary>
    /// <param name="db">The database.</param>
    /// <param name="ever">How many entries there have ever been; the last ones may be gone without a gap in the chain.</param>
    /// <param name="noted">A hash that was noted before, which must be among them: a log that was cut short, or made anew, does not have it. Null: none.</param>
    public static AuditVerification Verify(AppDbContext db, long ever, string? noted)
    {
        var (entries, last, isNotedThere) = (0L, AuditEntry.NoHash, noted is null);
        foreach (var entry in db.AuditEntries.Where(entry => entry.Number != null).OrderBy(entry => entry.Number).AsEnumerable())
        {
            if (entry.Number != entries + 1)
                return Fails($"Entry {entries + 1} is missing.");
            if (entry.Hash != entry.HashAfter(last))
                return Fails($"Entry {entry.Number} is not what was written, or the one before it is not.");
            (entries, last) = (entries + 1, entry.Hash);
            isNotedThere |= string.Equals(last, noted, StringComparison.OrdinalIgnoreCase);
        }

        if (db.AuditEntries.Count() is var there && there < ever)
            return Fails($"The log has had {ever} entries and has {there}: the last ones were deleted.");
        return isNotedThere ? new AuditVerification(true, entries, last, null) : Fails("No entry has the hash that was noted: the log was cut short, or made anew.");

        AuditVerification Fails(string why) => new(false, entries, last, why);
    }
}
