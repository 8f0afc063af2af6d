using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace NnService.Api.Networks;

/// <summary>A saved network: immutable once it is there.</summary>
internal sealed class NetworkDefinition
{
    public long Number { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The network's spec in its one written form, so that equal networks are equal strings.</summary>
    public required string Spec { get; init; }

    public required DateTime CreatedAt { get; init; }
}

internal sealed class NetworkDefinitionMapping : IEntityTypeConfiguration<NetworkDefinition>
{
    public void Configure(EntityTypeBuilder<NetworkDefinition> builder)
    {
        builder.HasKey(network => network.Number);
        builder.HasIndex(network => network.Name).IsUnique();
    }
}
