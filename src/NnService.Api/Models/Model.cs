using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace NnService.Api.Models;

/// <summary>A name under which versions stand.</summary>
internal sealed class Model
{
    public long Number { get; init; }

    public required string Name { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>The highest version ever given, so that a number is never used twice.</summary>
    public int LastVersion { get; private set; }

    public List<ModelVersion> Versions { get; } = [];

    public List<ModelAlias> Aliases { get; } = [];

    /// <summary>Adds the next version.</summary>
    public ModelVersion Add(Func<int, ModelVersion> create)
    {
        LastVersion++;
        var version = create(LastVersion);
        Versions.Add(version);
        return version;
    }
}

/// <summary>A usable result: immutable once it is there.</summary>
internal sealed class ModelVersion
{
    public long Number { get; init; }

    public long ModelNumber { get; init; }

    public required int Version { get; init; }

    /// <summary>Network, encodings, precision and loss as JSON.</summary>
    public required string Description { get; init; }

    /// <summary>The flat parameter vector and the untrained state behind it, little-endian in the model's precision.</summary>
    public required byte[] Parameters { get; init; }

    /// <summary>Hash of <see cref="Parameters"/>, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Hash of description and parameters as they were saved, to notice damage.</summary>
    public required string CheckSha256 { get; init; }

    /// <summary>Metrics of each part as JSON; null for a model made from explicit weights.</summary>
    public string? Metrics { get; init; }

    /// <summary>The metrics without the tables that a list leaves out, as JSON also where there are none; null: a version of the service before this one has
    /// made the row.</summary>
    public string? Summary { get; init; }

    /// <summary>Where it comes from, as JSON.</summary>
    public required string Lineage { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>The hash that <see cref="CheckSha256"/> must be.</summary>
    public static string CheckOf(string description, byte[] parameters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(description));
        hash.AppendData(parameters);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>A name for one version of a model, which can be moved to another.</summary>
internal sealed class ModelAlias
{
    public long Number { get; init; }

    public long ModelNumber { get; init; }

    public required string Name { get; init; }

    /// <summary>The row of the version it stands for.</summary>
    public required long VersionNumber { get; set; }
}

internal sealed class ModelMapping : IEntityTypeConfiguration<Model>, IEntityTypeConfiguration<ModelVersion>, IEntityTypeConfiguration<ModelAlias>
{
    /// <summary>The index of versions that lists are read from.</summary>
    public const string ListIndex = "IX_ModelVersions_List";

    public void Configure(EntityTypeBuilder<Model> builder)
    {
        builder.HasKey(model => model.Number);
        builder.HasIndex(model => model.Name).IsUnique();
        builder.HasMany(model => model.Versions).WithOne().HasForeignKey(version => version.ModelNumber).OnDelete(DeleteBehavior.Cascade);
        builder.HasMany(model => model.Aliases).WithOne().HasForeignKey(alias => alias.ModelNumber).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<ModelVersion> builder)
    {
        builder.HasKey(version => version.Number);
        builder.HasIndex(version => new { version.ModelNumber, version.Version }).IsUnique();
        builder.HasIndex(version => version.CreatedAt);
        // All that lists show: in a row it stands behind the parameters, of which a database in a file reads every page on its way.
        builder.HasIndex(version => new { version.ModelNumber, version.Version, version.CreatedAt, version.Sha256, version.Summary }, ListIndex);
    }

    public void Configure(EntityTypeBuilder<ModelAlias> builder)
    {
        builder.HasKey(alias => alias.Number);
        builder.HasIndex(alias => new { alias.ModelNumber, alias.Name }).IsUnique();
        // Checked at the end of a statement, so that a model goes with all its versions and aliases, and a version that an alias stands for does not.
        builder.HasOne<ModelVersion>().WithMany().HasForeignKey(alias => alias.VersionNumber).OnDelete(DeleteBehavior.NoAction);
    }
}
