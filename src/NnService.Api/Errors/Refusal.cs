using Microsoft.AspNetCore.WebUtilities;
using NnService.Engine.Specs;

namespace NnService.Api.Errors;

/// <summary>The refusals of the service, by status.</summary>
internal static class Refusal
{
    public static ProblemResult Result(int status, string detail) => new(Of(status, detail));

    public static ProblemResult NotFound(string noun, string name) => Result(404, $"There is no {noun} \"{name}\".");

    public static ProblemResult Conflict(string detail) => Result(409, detail);

    public static ProblemResult Conflict(string pointer, string detail) => new(Of(409, detail, new ProblemItem(detail, pointer)));

    public static ProblemResult Invalid(IReadOnlyList<SpecProblem> problems) => new(Of(problems));

    public static Problem Of(int status, string detail, params IEnumerable<ProblemItem> items) => new()
    {
        Title = ReasonPhrases.GetReasonPhrase(status),
        Status = status,
        Detail = detail,
        Errors = items.ToArray() is { Length: > 0 } named ? named : [new ProblemItem(detail, "#")],
    };

    public static Problem Of(IReadOnlyList<SpecProblem> problems) => Of(
        400,
        problems.Count == 1 ? problems[0].Detail : $"{problems.Count} things in the request need a change; the first: {problems[0].Detail}",
        problems.Select(problem => new ProblemItem(problem.Detail, problem.Pointer)));

    public static ProblemException Exception(int status, string detail, string? pointer = null) =>
        new(pointer is null ? Of(status, detail) : Of(status, detail, new ProblemItem(detail, pointer)));
}
