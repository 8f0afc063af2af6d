using Microsoft.Net.Http.Headers;

namespace NnService.Api.Http;

/// <summary>Content types of tables in text. What is taken under one of the names of a form is taken under all of them.</summary>
internal static class TableTypes
{
    /// <summary>A CSV whose cells are separated by tabs.</summary>
    public const string Tabs = "text/tab-separated-values";

    /// <summary>Names of CSV with a comma between cells, in which answers come too; they are called by the first, the registered one.</summary>
    public static readonly string[] Commas = ["text/csv", "application/csv"];

    /// <summary>Names of CSV.</summary>
    public static readonly string[] Csv = [.. Commas, Tabs];

    /// <summary>Names of one JSON value a line.</summary>
    public static readonly string[] Lines = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/jsonlines"];

    /// <summary>Whether the body of a request is a CSV.</summary>
    public static bool IsCsv(HttpRequest request) => Is(request.ContentType, Csv);

    /// <summary>Whether it is one with tabs.</summary>
    public static bool HasTabs(HttpRequest request) => Is(request.ContentType, [Tabs]);

    /// <summary>Whether a content type is one with tabs.</summary>
    public static bool HasTabs(MediaTypeHeaderValue type) => Is(type, [Tabs]);

    /// <summary>Whether a content type has one of some names.</summary>
    public static bool Is(MediaTypeHeaderValue type, ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (type.MediaType.Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    // Most requests are JSON, and that is all that is looked at.
    private static bool Is(string? contentType, ReadOnlySpan<string> names) =>
        contentType is not (null or "application/json" or "application/json; charset=utf-8")
        && MediaTypeHeaderValue.TryParse(contentType, out var type) && Is(type, names);
}
