using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

/// <summary>
/// Remembers for a day which job or study a caller's <c>Idempotency-Key</c> has made, so that a POST that is sent again, because its answer was lost, makes no
/// second one.
/// It is saved with the job in one transaction, and outlives it: a job that was deleted is not made once more. So it is with studies.
/// </summary>
internal sealed class IdempotencyKey
{
    /// <summary>How long it is remembered.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    private const int MostCharacters = 255;

    // What is left out is left out: a field that a later version adds must change no hash.
    private static readonly JsonSerializerOptions s_said = new(SpecJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary>The header as the document describes it.</summary>
    public static HeaderParameter Header { get; } = new(KeyHeader.Idempotency, "Visible ASCII characters of the caller's choice, a UUID for example.")
    {
        Form = ValueForm.Matching("^[!-~]{1,255}$"),
    };

    public required string Key { get; init; }

    /// <summary>SHA-256 of what was asked for, as it was understood: blanks and the order of properties make no other request.</summary>
    public required string RequestSha256 { get; init; }

    /// <summary>The number of the job; of the study where that was asked for, which the hash tells.</summary>
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
    public static string HashOf<T>(T asked) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(asked, s_said)));

    /// <summary>Remembers a key within the write that makes the job or the study of the number, and forgets those of days before.</summary>
    public static void Remember(AppDbContext db, string key, string requestSha256, long number, DateTime now)
    {
        var forgotten = now - Life;
        db.IdempotencyKeys.Where(row => row.CreatedAt <= forgotten).ExecuteDelete();
        db.IdempotencyKeys.Add(new IdempotencyKey { Key = key, RequestSha256 = requestSha256, JobNumber = number, CreatedAt = now });
    }

    /// <summary>The job that the key has made; refused where it has made another one or one that was deleted, null where it is new.</summary>
    public static Outcome<TrainingJob>? FindJob(AppDbContext db, string key, string requestSha256, DateTime now) => Find(
        db, key, requestSha256, now, "job", number => db.TrainingJobs.Include(job => job.Transitions).FirstOrDefault(job => job.Number == number));

    /// <summary>The same of whatever goes by that name.</summary>
    public static Outcome<T>? Find<T>(AppDbContext db, string key, string requestSha256, DateTime now, string noun, Func<long, T?> byNumber)
        where T : class
    {
        var known = db.IdempotencyKeys.FirstOrDefault(row => row.Key == key && row.CreatedAt > now - Life);
        if (known is null)
            return null;
        if (known.RequestSha256 != requestSha256)
            return Refusal.Result(422, $"This Idempotency-Key has come with another body before. Use a new key for a new {noun}.");
        return byNumber(known.JobNumber) is { } made
            ? made
            : Refusal.Result(409, $"The {noun} that this Idempotency-Key has made was deleted. Use a new key for a new {noun}.");
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
