using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.Data;

/// <summary>Which named things a request speaks of, by its query.</summary>
/// <param name="Prefix">What their names begin with; empty: anything.</param>
/// <param name="CreatedBefore">When they were made at the latest; the end of time where nothing is said.</param>
internal sealed record NameFilter(string Prefix, DateTime CreatedBefore)
{
    private const string Name = "prefix";

    /// <summary>The query parameters it is read from.</summary>
    public static readonly QueryParameter[] Parameters = [new(Name, "Only names that begin with this.", "no-such-"), CreatedBeforeQuery.Parameter];

    /// <summary>The filter of a request. Errors: <see cref="ProblemException"/>, also where it would let everything through.</summary>
    /// <param name="request">The request.</param>
    /// <param name="noun">What is filtered, in the plural.</param>
    public static NameFilter Of(HttpRequest request, string noun)
    {
        var (prefix, before) = (request.Query[Name].ToString(), CreatedBeforeQuery.Of(request));
        if (prefix.Length == 0 && before is null)
            throw new ProblemException(Deletion.NoFilter(noun, Parameters));
        return prefix.All(sign => char.IsAsciiLetterLower(sign) || char.IsAsciiDigit(sign) || sign is '.' or '_' or '-')
            ? new NameFilter(prefix, before ?? DateTime.MaxValue)
            : throw Refusal.Exception(
                400, $"No name begins with \"{Echo.Cut(prefix)}\": names are of lower-case letters, digits, dots, underscores and hyphens.");
    }
}
