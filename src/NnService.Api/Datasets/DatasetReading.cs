using System.Text.Json;
using NnService.Api.Errors;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>The form in which a table was uploaded.</summary>
public enum DatasetFormat
{
    /// <summary>Comma-separated values.</summary>
    Csv,

    /// <summary>One JSON object with rows.</summary>
    Json,

    /// <summary>One JSON object a line.</summary>
    Ndjson,
}

/// <summary>How the bytes of an upload become a table; stored, so that they are read the same way ever after.</summary>
internal sealed record DatasetReading
{
    public required DatasetFormat Format { get; init; }

    public string? Delimiter { get; init; }

    /// <summary>Declared types by column name, in ordinal order of the names.</summary>
    public SortedDictionary<string, ColumnType>? Types { get; init; }

    public static DatasetReading Parse(string json) => JsonSerializer.Deserialize<DatasetReading>(json, SpecJson.Options)!;

    public string ToJson() => JsonSerializer.Serialize(this, SpecJson.Options);

    /// <summary>Reads the table into a file of columns. Errors: <see cref="TableFormatException"/>.</summary>
    public Table Read(Stream utf8, ColumnFile into)
    {
        var options = new TableReadOptions { Delimiter = Delimiter?[0], Types = Types ?? new SortedDictionary<string, ColumnType>(), Into = into };
        switch (Format)
        {
            case DatasetFormat.Csv:
                return CsvTable.Read(utf8, options);
            case DatasetFormat.Ndjson:
                return JsonTable.ReadNdjson(utf8, options);
            default:
                using (var whole = new MemoryStream())
                {
                    utf8.CopyTo(whole);
                    return JsonTable.Read(whole.GetBuffer().AsMemory(0, (int)whole.Length), options);
                }
        }
    }

    /// <summary>Understands <c>?types=zip:category,age:number</c>; null where nothing is declared.</summary>
    public static SortedDictionary<string, ColumnType>? ParseTypes(string text)
    {
        if (text.Length == 0)
            return null;
        var types = new SortedDictionary<string, ColumnType>(StringComparer.Ordinal);
        foreach (var declared in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = declared.LastIndexOf(':');
            var name = colon < 0 ? declared : declared[..colon].Trim();
            if (colon <= 0 || !Enum.TryParse<ColumnType>(declared[(colon + 1)..].Trim(), ignoreCase: true, out var type) || !Enum.IsDefined(type))
                throw Refusal.Exception(400, $"types: \"{Echo.Cut(declared)}\" is not of the form column:type with type number, boolean, category or text.");
            if (!types.TryAdd(name, type))
                throw Refusal.Exception(400, $"types: column \"{name}\" stands there twice.");
        }

        return types;
    }

    /// <summary>Understands <c>?delimiter=;</c>, <c>tab</c> included; null where it is to be found.</summary>
    public static string? ParseDelimiter(string text) => text switch
    {
        "" => null,
        "," or ";" or "\t" or "|" => text,
        "tab" or "\\t" => "\t",
        _ => throw Refusal.Exception(400, $"delimiter: \"{Echo.Cut(text)}\" is not one of , ; | or tab."),
    };
}
