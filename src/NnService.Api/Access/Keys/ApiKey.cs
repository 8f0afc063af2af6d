using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace NnService.Api.Access.Keys;

/// <summary>A key that was given out. Its secret is not kept.</summary>
internal sealed class ApiKey
{
    public long Number { get; init; }

    /// <summary>Stands in the key.</summary>
    public required Guid Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>As <see cref="ScopeSet"/> writes them.</summary>
    public required string Scopes { get; init; }

    /// <summary>Hash of the key, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>Null: it does not expire.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>Up to a minute old; null: it was never used.</summary>
    public DateTime? LastUsedAt { get; init; }
}

internal sealed class ApiKeyMapping : IEntityTypeConfiguration<ApiKey>
{
    public void Configure(EntityTypeBuilder<ApiKey> builder)
    {
        builder.HasKey(key => key.Number);
        builder.HasIndex(key => key.Id).IsUnique();
    }
}
