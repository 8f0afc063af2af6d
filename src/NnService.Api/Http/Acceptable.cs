using System.Net.Mime;
using Microsoft.Net.Http.Headers;
using NnService.Api.Errors;

namespace NnService.Api.Http;

/// <summary>Which of the forms of an answer a caller wants (RFC 9110, section 12.5.1).</summary>
internal static class Acceptable
{
    /// <summary>The form that <c>Accept</c> prefers, of equals the one named first; the first form where it prefers none.</summary>
    /// <exception cref="ProblemException">406: none is accepted.</exception>
    public static string Choose(HttpRequest request, params string[] forms) =>
        Preferred(request, forms) ?? throw Refusal.Exception(406, $"This answer comes as {string.Join(", ", forms)}; name one of them in Accept.");

    /// <summary>Whether CSV, under any of its names, is preferred to JSON. Callers name all sorts of types for JSON: one who accepts neither gets
    /// that.</summary>
    public static bool PrefersCsv(HttpRequest request) =>
        Preferred(request, [MediaTypeNames.Application.Json, .. TableTypes.Commas]) is not (null or MediaTypeNames.Application.Json);

    /// <summary>The form that <c>Accept</c> prefers, as above; null where it names none of them.</summary>
    public static string? Preferred(HttpRequest request, params string[] forms)
    {
        if (request.Headers.Accept.Count == 0)
            return forms[0];
        var ranges = request.GetTypedHeaders().Accept;
        if (ranges.Count == 0)
            return forms[0];
        return forms
            .Select(form => (Form: form, Range: ranges.Where(range => Specificity(range, form) > 0).MaxBy(range => Specificity(range, form))))
            .Where(choice => choice.Range is { Quality: not 0 })
            .OrderByDescending(choice => choice.Range!.Quality ?? 1).ThenBy(choice => ranges.IndexOf(choice.Range!))
            .Select(choice => choice.Form).FirstOrDefault();
    }

    // The range that fits most closely says how much a form is wanted: "text/csv;q=0, */*" is anything but CSV.
    private static int Specificity(MediaTypeHeaderValue range, string form) =>
        range.MatchesAllTypes ? 1
        : range.MatchesAllSubTypes ? (form.StartsWith($"{range.Type}/", StringComparison.OrdinalIgnoreCase) ? 2 : 0)
        : range.MediaType.Equals(form, StringComparison.OrdinalIgnoreCase) ? 3 : 0;
}
