using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using NnService.Api.Startup;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>How a database comes to its tables: a new one from the script, an older one by its migrations.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-schema-").FullName;

    [Fact]
    public void The_script_is_that_of_the_migrations()
    {
        using var sqlite = new Data.Sqlite.DesignTimeContext().CreateDbContext([]);
        using var postgreSql = new Data.PostgreSql.DesignTimeContext().CreateDbContext([]);
        Compare(sqlite, "schema.sql");
        Compare(postgreSql, "postgresql.sql");
    }

    [Fact]
    public void Each_engine_has_migrations_up_to_the_model_of_now()
    {
        using var sqlite = new Data.Sqlite.DesignTimeContext().CreateDbContext([]);
        using var postgreSql = new Data.PostgreSql.DesignTimeContext().CreateDbContext([]);

        Assert.False(sqlite.Database.HasPendingModelChanges());
        Assert.False(postgreSql.Database.HasPendingModelChanges());
    }

    private static void Compare(DbContext db, string script)
    {
        var schema = new Schema(script);

        Assert.Equal(db.GetService<IMigrator>().GenerateScript().ReplaceLineEndings("\n").Trim(), schema.Script.ReplaceLineEndings("\n").Trim());
        Assert.Equal(db.Database.GetMigrations(), schema.Migrations);
    }

    [SqliteFact]
    public async Task A_database_left_in_the_middle_of_a_migration_is_brought_up_to_date()
    {
        // What a process leaves that was killed while it migrated: the history without a line, and a lock that nobody will release.
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "nnservice.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                CREATE TABLE "__EFMigrationsHistory"
                    ("MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
                CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL);
                INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01');
                """;
            command.ExecuteNonQuery();
        }

        using var service = await ServiceHere.Start(_folder);

        Assert.Equal(200, (int)(await service.Wire.Get("/health/ready")).Status);
        await service.Wire.Upload("heights", "toy_heights.csv");
        await service.Stop();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
