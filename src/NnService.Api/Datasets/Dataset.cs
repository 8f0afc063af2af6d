using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

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
}

internal sealed class DatasetMapping : IEntityTypeConfiguration<Dataset>
{
    public void Configure(EntityTypeBuilder<Dataset> builder)
    {
        builder.HasKey(dataset => dataset.Number);
        builder.HasIndex(dataset => dataset.Name).IsUnique();
    }
}
