using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace NnService.Api.Access.Audit;

/// <summary>
/// One change: who has made it, by which request, and what the answer was. The row is saved in the transaction of the change itself; when the answer is known,
/// it is sealed: it takes its place in the chain, and from then on the database lets nobody change it.
/// </summary>
internal sealed class AuditEntry
{
    /// <summary>Its table.</summary>
    public const string Table = "AuditEntries";

    /// <summary>Longest <see cref="Target"/> and <see cref="Resource"/> that is kept.</summary>
    public const int MostCharacters = 500;

    /// <summary>What stands in front of the first entry.</summary>
    public const string NoHash = "";

    public long Id { get; init; }

    /// <summary>Its place in the chain, from 1 on; null: not sealed yet.</summary>
    public long? Number { get; private set; }

    public required DateTime At { get; init; }

    /// <summary>The key's id; <c>local</c> where no key was asked for, <c>shell</c> for a command, <c>service</c> for the service itself.</summary>
    public required string Who { get; init; }

    /// <summary>What the key was called; null: there was none.</summary>
    public string? Name { get; init; }

    /// <summary>The method; of a command null.</summary>
    public string? Method { get; init; }

    /// <summary>Path and query in their escaped form; of a command the command, of the service itself what it has done.</summary>
    public required string Target { get; init; }

    /// <summary>What the log and the answer call the request; null: there was none.</summary>
    public string? RequestId { get; init; }

    /// <summary>The answer's status; null: there was no answer, or the process ended before it.</summary>
    public int? Status { get; private set; }

    /// <summary>The answer's <c>Location</c>: what was made; null: none.</summary>
    public string? Resource { get; private set; }

    /// <summary>SHA-256 over the entry and the hash before it, lower-case hexadecimal; null: not sealed yet.</summary>
    public string? Hash { get; private set; }

    /// <summary>The same before it was saved or sealed.</summary>
    public AuditEntry Anew() => new() { At = At, Who = Who, Name = Name, Method = Method, Target = Target, RequestId = RequestId };

    /// <summary>Gives it its place in the chain.</summary>
    /// <param name="number">One more than that of the entry before it.</param>
    /// <param name="previous">The hash of the entry before it.</param>
    /// <param name="status">The answer's status; null: not known.</param>
    /// <param name="resource">The answer's <c>Location</c>; null: none.</param>
    public void Seal(long number, string previous, int? status, string? resource)
    {
        (Number, Status, Resource) = (number, status, resource);
        Hash = HashAfter(previous);
    }

    /// <summary>The hash it must have behind another: of its members, a line each, with nothing where there is none. None of them has a line break.</summary>
    public string HashAfter(string previous) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\n',
        previous,
        Number?.ToString(CultureInfo.InvariantCulture),
        At.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
        Who,
        Name,
        Method,
        Target,
        RequestId,
        Status?.ToString(CultureInfo.InvariantCulture),
        Resource))));
}

internal sealed class AuditEntryMapping : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.HasKey(entry => entry.Id);
        builder.HasIndex(entry => entry.Number).IsUnique();
    }
}
