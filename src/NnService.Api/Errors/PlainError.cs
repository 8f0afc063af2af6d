namespace NnService.Api.Errors;

/// <summary>How refusals look at the doors whose form others have fixed: <c>{"error": "…"}</c>, as exactly <c>application/json</c>.</summary>
internal static class PlainError
{
    /// <summary>The content type of everything said there; clients compare it letter by letter.</summary>
    public const string ContentType = "application/json";
}

/// <summary>A refusal at the doors whose form others have fixed.</summary>
/// <param name="Error">What is wrong and what to change.</param>
public sealed record ErrorResponse(string Error);
