using System.Text.Json.Serialization;

namespace NnService.Api.Access.Audit;

/// <summary>One change.</summary>
/// <param name="Number">Its place in the log, from 1 on.</param>
/// <param name="At">When it was made.</param>
/// <param name="Who">The key's id; `local` where no key was asked for, `shell` for a command, `service` for the service itself.</param>
/// <param name="Name">What the key was called; null: there was none.</param>
/// <param name="Method">The request's method; null of a command.</param>
/// <param name="Target">Its path and query; of a command the command, of the service itself what it has done.</param>
/// <param name="RequestId">The request's `X-Request-Id`, which the service's own log has too; null: there was none.</param>
/// <param name="Status">The answer's status; null: there was no answer, or the process ended before it.</param>
/// <param name="Resource">What was made: the answer's `Location`; null: none.</param>
/// <param name="Hash">SHA-256 over all this and the hash of the entry before.</param>
public sealed record AuditEntryResponse(
    long Number, DateTime At, string Who, string? Name, string? Method, string Target, string? RequestId, int? Status, string? Resource, string Hash)
{
    internal static AuditEntryResponse Of(AuditEntry entry) => new(
        entry.Number!.Value, entry.At, entry.Who, entry.Name, entry.Method, entry.Target, entry.RequestId, entry.Status, entry.Resource, entry.Hash!);
}

/// <summary>Whether the audit log is as it was written.</summary>
/// <param name="Holds">Whether it is.</param>
/// <param name="Entries">Entries that hold, from the first one on.</param>
/// <param name="LastHash">The hash of the last of them: noted elsewhere, it proves later that nothing was cut off. Empty where there is none.</param>
/// <param name="Detail">What is wrong; left out where nothing is.</param>
public sealed record AuditVerification(
    bool Holds, long Entries, string LastHash, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail);
