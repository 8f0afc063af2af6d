using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>A table as JSON: rows as objects, or columns and rows as arrays.</summary>
public sealed record DatasetRequest
{
    /// <summary>Its name; left out: one is made.</summary>
    public string? Name { get; init; }

    /// <summary>The columns' names, where rows are arrays.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>The rows: objects, or arrays in the order of the columns.</summary>
    [Required]
    public IReadOnlyList<JsonElement> Rows { get; init; } = [];
}

/// <summary>A table as an uploaded file, and what the query may say too: <c>name</c>, <c>types</c>, <c>delimiter</c> …, each once.</summary>
public sealed record DatasetForm
{
    /// <summary>The table: CSV, or JSON by its content type or name.</summary>
    public required IFormFile File { get; init; }

    /// <summary>Parts of the names that the query's parameters have. They have no names here: generated methods would have two parameters of one
    /// name.</summary>
    [JsonExtensionData]
    public IDictionary<string, string>? Others { get; init; }
}

/// <summary>A saved dataset in a list: without the profile of its columns.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sha256">Hash of the uploaded bytes (inflated).</param>
/// <param name="Bytes">Number of uploaded bytes (inflated).</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="CreatedAt">When it was saved.</param>
public sealed record DatasetSummary(string Name, string Sha256, long Bytes, int Rows, DateTime CreatedAt);

/// <summary>A saved dataset and what was found in it.</summary>
public sealed record DatasetResponse
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Hash of the uploaded bytes (inflated).</summary>
    public required string Sha256 { get; init; }

    /// <summary>Number of uploaded bytes (inflated).</summary>
    public required long Bytes { get; init; }

    /// <summary>Number of rows.</summary>
    public required int Rows { get; init; }

    /// <summary>When it was saved.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>How the bytes are read.</summary>
    public required ReadingResponse Reading { get; init; }

    /// <summary>What each column holds.</summary>
    public required IReadOnlyList<ColumnProfile> Columns { get; init; }

    /// <summary>What a careful reader would remark on.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    internal static DatasetResponse Of(Dataset dataset)
    {
        var profile = JsonSerializer.Deserialize<TableProfile>(dataset.Profile, SpecJson.Options)!;
        return new DatasetResponse
        {
            Name = dataset.Name,
            Sha256 = dataset.Sha256,
            Bytes = dataset.Bytes,
            Rows = dataset.Rows,
            CreatedAt = dataset.CreatedAt,
            Reading = ReadingResponse.Of(DatasetReading.Parse(dataset.Reading)),
            Columns = profile.Columns,
            Warnings = [.. profile.Warnings.Select(warning => Echo.Shorten(NewReading.Advise(warning, dataset.Name)))],
        };
    }
}

/// <summary>How the bytes of a dataset are read, as was said at the upload.</summary>
/// <param name="Format">The form of the table.</param>
/// <param name="Header">Whether the first row holds names.</param>
/// <param name="Delimiter">What separates cells; null: found, or said by a first line.</param>
/// <param name="Decimal">What stands before the fraction of a number.</param>
/// <param name="Thousands">What stands between thousands; null: nothing.</param>
/// <param name="Missing">What stands for a missing cell besides the empty one; null: the usual spellings.</param>
/// <param name="Types">Types that were given; null: none.</param>
public sealed record ReadingResponse(
    DatasetFormat Format,
    bool Header,
    string? Delimiter,
    string Decimal,
    string? Thousands,
    IReadOnlyList<string>? Missing,
    IReadOnlyDictionary<string, ColumnType>? Types)
{
    internal static ReadingResponse Of(DatasetReading reading) => new(
        reading.Format, reading.Header ?? true, reading.Delimiter, reading.Decimal ?? ".", reading.Thousands, reading.Missing, reading.Types);
}

/// <summary>Some rows of a dataset as they were understood; null stands for a missing cell.</summary>
/// <param name="Columns">The columns' names.</param>
/// <param name="Rows">The rows asked for.</param>
/// <param name="Total">Rows of the whole dataset.</param>
public sealed record DatasetRows(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows, int Total);
