using NnService.Api.Errors;

namespace NnService.Api.Http;

/// <summary>Which of the forms of an answer a caller wants.</summary>
internal static class Acceptable
{
    /// <summary>The form that <c>Accept</c> prefers; the first where it prefers none. Errors: <see cref="ProblemException"/> with 406 where none is accepted.</summary>
    public static string Choose(HttpRequest request, params ReadOnlySpan<string> forms)
    {
        var accepted = request.GetTypedHeaders().Accept;
        if (accepted.Count == 0)
            return forms[0];
        foreach (var wanted in accepted.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1))
            foreach (var form in forms)
                if (wanted.MatchesAllTypes || (wanted.MatchesAllSubTypes && form.StartsWith($"{wanted.Type}/", StringComparison.OrdinalIgnoreCase)) || wanted.MediaType.Equals(form, StringComparison.OrdinalIgnoreCase))
                    return form;
        throw Refusal.Exception(406, $"This answer comes as {string.Join(", ", forms.ToArray())}; name one of them in Accept.");
    }
}
