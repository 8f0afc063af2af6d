using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

/// <summary>
/// Remembers for a day which job a caller's <c>Idempotency-Key</c> has made, so that a POST that is sent again, because its answer was lost, makes no second
/// one.
/// It is saved with the job in one transaction, and outlives it: a job that was deleted is not made once more.
/// </summary>
internal sealed class IdempotencyKey
{
    /// <summary>How long it is remembered.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    private const int MostCharacters = 255;

    // What is left out is left out: a field that a later version adds must change no hash.
    private static readonly JsonSerializerOptions s_said = new(SpecJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary>What a key looks like.</summary>
    public static ValueForm Form { get; } = ValueForm.Matching("^[!-~]{1,255}$");

    public required string Key { get; init; }

    /// <summary>SHA-256 of what was asked for, as it was understood: blanks and the order of properties make no other request.</summary>
    public required string RequestSha256 { get; init; }

    public long JobNumber { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>The header's key; null without one. Errors: <see cref="ProblemException"/> where it cannot be one.</summary>
    public static string? Of(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(KeyHeader.Idempotency, out var values))
            return null;
        var key = values.ToString();
        return key.Length is > 0 and <= MostCharacters && key.All(character => character is > ' ' and <= '~')
            ? key
            : throw Refusal.Exception(400, $"The Idempotency-Key must be 1 to {MostCharacters} visible ASCII characters, for example a UUID.");
    }

    /// <summary>The hash of a request.</summary>
    public static string HashOf(TrainingConfiguration asked) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(asked, s_said)));

    /// <summary>The job that the key has made; refused where it has made another one or one that was deleted, null where it is new.</summary>
    public static Outcome<TrainingJob>? FindJob(AppDbContext db, string key, string requestSha256, DateTime now)
    {
        var known = db.IdempotencyKeys.FirstOrDefault(row => row.Key == key && row.CreatedAt > now - Life);
        if (known is null)
            return null;
        if (known.RequestSha256 != requestSha256)
            return Refusal.Result(422, "This Idempotency-Key has come with another body before. Use a new key for a new job.");
        return db.TrainingJobs.Include(job => job.Transitions).FirstOrDefault(job => job.Number == known.JobNumber) is { } made
            ? made
            : Refusal.Result(409, "The job that this Idempotency-Key has made was deleted. Use a new key for a new job.");
    }
}

internal sealed class IdempotencyKeyMapping : IEntityTypeConfiguration<IdempotencyKey>
{
    public void Configure(EntityTypeBuilder<IdempotencyKey> builder)
    {
        builder.HasKey(row => row.Key);
        builder.HasIndex(row => row.CreatedAt);
    }
}
