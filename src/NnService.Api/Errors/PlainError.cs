namespace NnService.Api.Errors;

/// <summary>How refusals look at the doors whose form others have fixed: <c>{"error": "…"}</c>, as exactly <c>application/json</c>.</summary>
internal static class PlainError
{
    /// <summary>The content type of everything said there; clients compare it letter by letter.</summary>
    public const string ContentType = "application/json";

    private static readonly PathString[] Doors = ["/v2", "/v1", "/invocations", "/ping"];

    /// <summary>Whether a path is behind one of these doors.</summary>
    public static bool IsSpokenAt(PathString path)
    {
        foreach (var door in Doors)
            if (path.StartsWithSegments(door))
                return true;
        return false;
    }
}

/// <summary>A refusal at the doors whose form others have fixed.</summary>
/// <param name="Error">What is wrong and what to change.</param>
public sealed record ErrorResponse(string Error);
