using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data.Sqlite;
using NnService.Api.Errors;
using NnService.Api.Startup;

namespace NnService.Api.Tests;

/// <summary>What one database system alone knows stands behind <c>DatabaseEngine</c>, so that a second one is another folder.</summary>
[Collection(SharedService.Name)]
public sealed class DatabaseSeamTests(TestService service)
{
    [Fact]
    public void Only_its_own_folder_and_one_file_name_an_engine()
    {
        var root = Path.Combine(Repository.Root, "src", "NnService.Api");
        string[] own = [Path.Combine("Data", "Sqlite"), Path.Combine("Data", "PostgreSql"), Path.Combine("Data", "Migrations"), "bin", "obj"];
        var files = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file)).ToList();
        Assert.Contains(Path.Combine("Data", "Sqlite", "SqliteEngine.cs"), files);

        Assert.Contains(Path.Combine("Data", "PostgreSql", "PostgreSqlEngine.cs"), files);

        var named = files.Where(file => !own.Any(folder => file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
            .Where(file => File.ReadLines(Path.Combine(root, file)).Any(NamesAnEngine));

        Assert.Equal([Path.Combine("Data", "StorageSetup.cs")], named);

        // Their types; texts for people may say what there is.
        static bool NamesAnEngine(string line) => line.Contains("sqlite", StringComparison.OrdinalIgnoreCase)
            || line.Contains("npgsql", StringComparison.OrdinalIgnoreCase) || line.Contains("PostgreSql", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_cannot_write_and_does_not_keep_the_next_one_from_it()
    {
        var queries = service.Services.GetRequiredService<PlainQueries>();

        foreach (var write in (string[])["DELETE FROM \"Networks\"", "CREATE TABLE t (a int)", "DROP TABLE \"Networks\""])
            Assert.Matches("read-?only", Assert.ThrowsAny<DbException>(() => queries.Ask(write)).Message);

        var made = await service.Wire.Post("networks", """{"name":"seam","layers":[{"type":"dense","units":1}]}""");
        Assert.Equal(201, (int)made.Status);
        Assert.Contains("seam", queries.Ask("SELECT \"Name\" FROM \"Networks\""));
    }

    [Theory]
    [InlineData(5, "Busy", "another program has it locked")]
    [InlineData(6, "Busy", "another program has it locked")]
    [InlineData(8, "Inaccessible", "it cannot be written; give the service's user the right to")]
    [InlineData(13, "Full", "the disk is full; make room on that of the data folder")]
    [InlineData(14, "Inaccessible", "it cannot be opened; give the service's user the right to read and write it and its folder")]
    [InlineData(19, "Other", "SQLite gives the error 19; look whether the disk is in order")]
    public void A_failure_is_told_by_its_kind_and_in_words_however_deep_it_is(int code, string kind, string reason)
    {
        var failures = new DatabaseFailures("nnservice.db in the data folder", SqliteFailures.FaultOf);
        var failure = new DbUpdateException("outer", new SqliteException("inner", code));

        Assert.Equal(kind, failures.In(failure)!.Kind.ToString());
        Assert.Equal($"The database nnservice.db in the data folder cannot be used: {reason}.", StartFailure.Explain(failure, failures));
        Assert.Equal(kind == "Full", failures.IsFullDisk(failure));
        Assert.False(failures.IsDamage(failure));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(26)]
    public void Damage_is_told_from_other_failures(int code)
    {
        var failures = new DatabaseFailures("nnservice.db in the data folder", SqliteFailures.FaultOf);
        var failure = new InvalidOperationException("outer", new SqliteException("inner", code));

        Assert.True(failures.IsDamage(failure));
        Assert.Equal(
            "The database nnservice.db in the data folder is damaged. Put the data folder back from a backup; or, to begin anew, move it away.",
            StartFailure.Explain(failure, failures));
    }

    [Theory]
    [InlineData(28, true)]
    [InlineData(122, true)]
    [InlineData(112, true)]
    [InlineData(13, false)]
    public void A_disk_is_full_for_files_as_for_the_database(int error, bool isFull)
    {
        var failures = service.Services.GetRequiredService<DatabaseFailures>();

        Assert.Equal(isFull, failures.IsFullDisk(new InvalidOperationException("outer", new IOException("inner", error))));
        Assert.Null(failures.In(new IOException("inner", error)));
    }
}
