using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>A saved upload: immutable once it is there, but for the place of its bytes, which are in the blob store.</summary>
internal sealed class Dataset
{
    public long Number { get; init; }

    public required string Name { get; init; }

    /// <summary>Key of the uploaded bytes; another where they were lost and have been uploaded again.</summary>
    public required string BlobKey { get; set; }

    /// <summary>Hash of the uploaded bytes (inflated), lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    public required long Bytes { get; init; }

    /// <summary>How the bytes are read again: format, delimiter, declared types; one written form, so that equal uploads are equal strings.</summary>
    public required string Reading { get; init; }

    public required int Rows { get; init; }

    /// <summary>Columns and warnings as JSON.</summary>
    public required string Profile { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>The same upload under another name, of which it warns.</summary>
    public Dataset Renamed(string name, string warning)
    {
        var profile = JsonSerializer.Deserialize<TableProfile>(Profile, SpecJson.Options)!;
        return new Dataset
        {
            Name = name,
            BlobKey = BlobKey,
            Sha256 = Sha256,
            Bytes = Bytes,
            Reading = Reading,
            Rows = Rows,
            Profile = JsonSerializer.Serialize(profile with { Warnings = [warning, .. profile.Warnings] }, SpecJson.Options),
            CreatedAt = CreatedAt,
        };
    }

    /// <summary>Tells it apart from what the same bytes may be read as otherwise (<see cref="DatasetReading.HashOf"/>).</summary>
    /// <param name="table">Its table.</param>
    public string TableSha256(Table table) => DatasetReading.Parse(Reading).HashOf(table.Columns.Select(column => (column.Name, column.Type)));

    /// <summary>The same by the columns of the profile.</summary>
    public string TableSha256()
    {
        using var profile = JsonDocument.Parse(Profile);
        return DatasetReading.Parse(Reading).HashOf(profile.RootElement.GetProperty("columns").EnumerateArray().Select(column =>
            (column.GetProperty("name").GetString()!, column.GetProperty("type").Deserialize<ColumnType>(SpecJson.Options))));
    }
}

internal sealed class DatasetMapping : IEntityTypeConfiguration<Dataset>
{
    public void Configure(EntityTypeBuilder<Dataset> builder)
    {
        builder.HasKey(dataset => dataset.Number);
        builder.HasIndex(dataset => dataset.Name).IsUnique();
    }
}
