using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using NnService.Api.Data.Sqlite;
using NnService.Api.Startup;

namespace NnService.Api.Tests;

/// <summary>How a database comes to its tables: a new one from the script, an older one by its migrations.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-schema-").FullName;

    [Fact]
    public void The_script_is_that_of_the_migrations()
    {
        using var db = new DesignTimeContext().CreateDbContext([]);
        var schema = new Schema("schema.sql");

        Assert.Equal(db.GetService<IMigrator>().GenerateScript().ReplaceLineEndings("\n").Trim(), schema.Script.ReplaceLineEndings("\n").Trim());
        Assert.Equal(db.Database.GetMigrations().Last(), schema.Latest);
    }

    [Fact]
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

        using var service = await ServiceProcess.Start(_folder);

        Assert.Equal(200, (int)(await service.Wire.Get("/health/ready")).Status);
        await service.Wire.Upload("heights", "toy_heights.csv");
        await service.Kill();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
