namespace NnService.Api.Access.Keys;

/// <summary>Bodies that work as they stand.</summary>
internal static class KeyExamples
{
    public const string Key =
        """
        {
          "name": "dashboard",
          "scopes": ["read", "predict"]
        }
        """;
}
