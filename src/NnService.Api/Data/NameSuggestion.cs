using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Data;

/// <summary>Looks for the name that somebody may have meant who has written one that is not there.</summary>
internal static class NameSuggestion
{
    private const int MostNames = 2000; // enough for those who write names by hand

    /// <summary>A question to put behind a message, with the blank before it; empty where no name is like the one that was written.</summary>
    public static string SuggestionFor(this IQueryable<string> names, string wanted) => NearestNames.Suggestion(names.Order().Take(MostNames).ToList(), wanted);

    /// <summary>Says that there is nothing of that name, and which name may have been meant.</summary>
    /// <param name="names">The names there are.</param>
    /// <param name="noun">What is called so.</param>
    /// <param name="name">The name that was asked for.</param>
    /// <param name="pointer">Where it was asked for; null: in the path.</param>
    public static ProblemResult NotFound(this IQueryable<string> names, string noun, string name, string? pointer = null) =>
        Refusal.Result(404, $"There is no {noun} \"{Echo.Cut(name)}\".{names.SuggestionFor(name)}", pointer);
}
