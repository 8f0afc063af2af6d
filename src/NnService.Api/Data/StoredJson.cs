namespace NnService.Api.Data;

/// <summary>The database's functions on stored JSON, for queries.</summary>
internal static class StoredJson
{
    /// <summary>The number at a path such as <c>$.test.accuracy</c>; null where there is none. Translated to <c>json_extract</c>.</summary>
    /// <param name="json">A document, or null.</param>
    /// <param name="path">The path.</param>
    public static double? Number(string? json, string path) => throw new InvalidOperationException("The database computes this, in a query.");
}
