using Microsoft.EntityFrameworkCore;
using NnService.Api.Models;

namespace NnService.Api.Data.PostgreSql;

/// <summary>The database as PostgreSQL keeps it, with migrations of its own.</summary>
internal sealed class PostgreSqlContext(DbContextOptions<PostgreSqlContext> options) : AppDbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        var version = modelBuilder.Entity<ModelVersion>().Metadata;
        version.RemoveIndex(version.FindIndex(ModelMapping.ListIndex)!); // what is long stands outside of the row, and may not stand in an index
        var converter = new StoredText();
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
        {
            if (property.ClrType == typeof(string) && property.GetValueConverter() is null)
                property.SetValueConverter(converter);
            if (property.ClrType == typeof(string) || property.GetProviderClrType() == typeof(string))
                property.SetCollation("C"); // bytes of UTF-8, whatever the server's language is
        }
    }
}
