using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;
using NnService.Engine.Data.Json;
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

    // What follows came later: left out where it is as it was, so that the same upload is still the same string.

    /// <summary>False: a CSV without a header. Null: with one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Header { get; init; }

    /// <summary>What stands before the fraction of a number; null: a point.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Decimal { get; init; }

    /// <summary>What stands between thousands; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Thousands { get; init; }

    /// <summary>What stands for a missing cell besides the empty one, in ordinal order; null: the usual spellings.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Missing { get; init; }

    /// <summary>How cells are written.</summary>
    [JsonIgnore]
    public CellNotation Notation => Decimal is null && Thousands is null && Missing is null
        ? CellNotation.Default
        : new CellNotation(Decimal?[0] ?? '.', Thousands?[0], Missing);

    public static DatasetReading Parse(string json) => JsonSerializer.Deserialize<DatasetReading>(json, SpecJson.Options)!;

    public string ToJson() => JsonSerializer.Serialize(this, SpecJson.Options);

    /// <summary>Without what may be found as well as said: a delimiter or a type that is said where it would have been found makes no other table.</summary>
    public DatasetReading WithoutFound() => this with { Delimiter = null, Types = null };

    /// <summary>Tells apart the tables that the same bytes may be read as, by how cells are written and by names and types of the columns: SHA-256 in lower-case
    /// hexadecimal.</summary>
    public string HashOf(IEnumerable<(string Name, ColumnType Type)> columns) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        new { Reading = WithoutFound(), Columns = columns.Select(column => (string[])[column.Name, EnumNames<ColumnType>.Of(column.Type)]) }, SpecJson.Options)));

    /// <summary>Reads the table into a file of columns. Errors: <see cref="TableFormatException"/>.</summary>
    /// <param name="utf8">The bytes as uploaded.</param>
    /// <param name="into">The file.</param>
    /// <param name="isNew">Whether they are being uploaded; what was taken once is taken again.</param>
    public Table Read(Stream utf8, ColumnFile into, bool isNew)
    {
        var options = new TableReadOptions
        {
            Delimiter = Delimiter?[0],
            HasHeader = Header ?? true,
            Notation = Notation,
            Types = Types ?? new SortedDictionary<string, ColumnType>(),
            TakesInfinitiesAsWords = !isNew,
            Into = into,
        };
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
}
