using Microsoft.Net.Http.Headers;
using NnService.Api.Http;

namespace NnService.Api.Datasets;

/// <summary>The form of an uploaded table, as its content type or its file name says.</summary>
/// <param name="Format">The form.</param>
/// <param name="HasTabs">Whether it is a CSV with tabs, where nothing else is said of what separates its cells.</param>
internal readonly record struct TableForm(DatasetFormat Format, bool HasTabs = false)
{
    /// <summary>The form of a content type; null: it is no table's.</summary>
    public static TableForm? Of(MediaTypeHeaderValue type) =>
        TableTypes.Is(type, TableTypes.Csv) ? new TableForm(DatasetFormat.Csv, TableTypes.HasTabs(type))
        : TableTypes.Is(type, TableTypes.Lines) ? new TableForm(DatasetFormat.Ndjson)
        : TableTypes.Is(type, ["application/json"]) ? new TableForm(DatasetFormat.Json)
        : null;

    /// <summary>The form that a file's name tells; CSV where it tells none. What gzip has put behind it does not count.</summary>
    public static TableForm OfFile(UploadName file) => file.Extension switch
    {
        ".json" => new TableForm(DatasetFormat.Json),
        ".ndjson" or ".jsonl" => new TableForm(DatasetFormat.Ndjson),
        ".tsv" or ".tab" => new TableForm(DatasetFormat.Csv, HasTabs: true),
        _ => new TableForm(DatasetFormat.Csv),
    };
}
