using System.Diagnostics;
using System.Text.Json.Serialization;
using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.Errors;

/// <summary>A refusal as RFC 9457 writes it: what went wrong and what to change.</summary>
public sealed record Problem
{
    /// <summary>A URI that names the kind of problem.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>The kind of problem in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong here and what to change.</summary>
    public required string Detail { get; init; }

    /// <summary>The path of the request.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Instance { get; init; }

    /// <summary>What the log calls this request: the caller's trace where it sent a <c>traceparent</c>, otherwise its <c>X-Request-Id</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceId { get; init; }

    /// <summary>Each single thing that is wrong, with a JSON pointer to it.</summary>
    public IReadOnlyList<ProblemItem> Errors { get; init; } = [];

    internal Problem For(HttpContext context) =>
        this with
        {
            Instance = Echo.Cut(context.Request.PathBase + context.Request.Path, Echo.MostOfMessage),
            TraceId = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier,
        };
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Detail">What is wrong and what to change.</param>
/// <param name="Pointer">JSON pointer to it as a URI fragment; null where it is not in a JSON body.</param>
public sealed record ProblemItem(string Detail, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Pointer);

/// <summary>Writes a problem as the answer to a request.</summary>
public sealed class ProblemResult(Problem problem) : IResult, IStatusCodeHttpResult
{
    private const string RetryAfterSeconds = "5";

    /// <summary>What it answers.</summary>
    public Problem Problem => problem;

    /// <inheritdoc />
    public int? StatusCode => problem.Status;

    /// <inheritdoc />
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        httpContext.Response.StatusCode = problem.Status;
        NeverKept(httpContext.Response.Headers);
        if (httpContext.Response.Headers.RetryAfter.Count == 0 && problem.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        if (httpContext.Has<PlainErrors>())
        {
            await httpContext.Response.WriteAsJsonAsync(
                new ErrorResponse(problem.Detail), SpecJson.Options, PlainError.ContentType, httpContext.RequestAborted);
            return;
        }

        await httpContext.Response.WriteAsJsonAsync(
            problem.For(httpContext), SpecJson.Options, "application/problem+json", httpContext.RequestAborted);
    }

    // What was set for the answer that it would have been does not hold for a refusal.
    private static void NeverKept(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-store";
        headers.ETag = default;
        headers.ContentDisposition = default;
    }
}

/// <summary>A refusal raised where a request is read, deep in a parser. Endpoints and the operations they call return theirs.</summary>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    /// <summary>What to answer.</summary>
    public Problem Problem { get; } = problem;
}
