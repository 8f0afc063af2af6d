using System.Globalization;
using NnService.Api.Errors;
using NnService.Api.Http.Describing;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary><c>?createdBefore=</c>: only what was made before a time.</summary>
internal static class CreatedBeforeQuery
{
    private const string Name = "createdBefore";

    public static readonly QueryParameter Parameter =
        new(Name, "Only what was made before this time, as `2026-01-31` or `2026-01-31T12:00:00Z`.", null) { Form = ValueForm.Time };

    /// <summary>The time in UTC, which it is taken to be in where nothing else is said; null where none is given.</summary>
    /// <exception cref="ProblemException">It is no time.</exception>
    public static DateTime? Of(HttpRequest request)
    {
        var text = request.Query[Name].ToString();
        if (text.Length == 0)
            return null;
        const DateTimeStyles Utc = DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal;
        return DateTime.TryParseExact(text, Formats, CultureInfo.InvariantCulture, Utc, out var time)
            ? time
            : throw Refusal.Exception(400, $"{Name}={Echo.Cut(text)} is no time; write it as 2026-01-31 or 2026-01-31T12:00:00Z.");
    }

    private static readonly string[] Formats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
}
