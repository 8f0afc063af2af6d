using Microsoft.AspNetCore.WebUtilities;
using NnService.Engine.Specs;

namespace NnService.Api.Errors;

/// <summary>The refusals of the service, by status.</summary>
internal static class Refusal
{
    /// <summary>Most single problems in one answer; whoever mends these is told of the others next.</summary>
    private const int MostItems = 50;

    public static ProblemResult Result(int status, string detail, string? pointer = null) => new(At(pointer, status, detail));

    public static ProblemResult NotFound(string noun, string name) => Result(404, $"There is no {noun} \"{Echo.Cut(name)}\".");

    public static ProblemResult Conflict(string detail) => Result(409, detail);

    public static ProblemResult Conflict(string pointer, string detail) => new(Of(409, detail, new ProblemItem(detail, pointer)));

    public static ProblemResult Invalid(IReadOnlyList<SpecProblem> problems) => new(Of(problems));

    /// <summary>A problem whose texts and number of items are bounded, whatever of the request they repeat.</summary>
    public static Problem Of(int status, string detail, params IEnumerable<ProblemItem> items)
    {
        var shown = Echo.Shorten(detail);
        ProblemItem[] named = [.. items.Take(MostItems).Select(item => new ProblemItem(Echo.Shorten(item.Detail), Echo.CutPointer(item.Pointer)))];
        return new()
        {
            Title = ReasonPhrases.GetReasonPhrase(status),
            Status = status,
            Detail = shown,
            Errors = named.Length > 0 ? named : [new ProblemItem(shown, "#")],
        };
    }

    public static Problem Of(IReadOnlyList<SpecProblem> problems) => Of(
        400,
        problems.Count == 1 ? problems[0].Detail : $"{problems.Count} things in the request need a change; the first: {problems[0].Detail}",
        problems.Select(problem => new ProblemItem(problem.Detail, problem.Pointer)));

    /// <summary>For what reads a request, which may be deep in a parser. Endpoints and the operations they call return theirs.</summary>
    public static ProblemException Exception(int status, string detail, string? pointer = null) => new(At(pointer, status, detail));

    private static Problem At(string? pointer, int status, string detail) =>
        pointer is null ? Of(status, detail) : Of(status, detail, new ProblemItem(detail, pointer));
}
