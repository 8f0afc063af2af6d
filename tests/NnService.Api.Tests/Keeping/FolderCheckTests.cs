using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace NnService.Api.Tests.Keeping;

/// <summary><c>check</c> finds what is not in order in a data folder, says what mends it, and mends what can be.</summary>
public sealed class FolderCheckTests
{
    private const string Restore = "NnService.Api restore BACKUP --Data:Path=NEW_FOLDER";

    [UnixFact]
    public async Task Each_finding_has_its_command_and_fix_mends_those_that_lose_nothing()
    {
        using var folder = new TemporaryFolder();
        await Fill(folder.Path);
        Assert.Equal((0, ""), await ServiceProcess.RunToEnd(folder.Path, "check"));
        var (blobs, checkpoints) = (Path.Combine(folder.Path, "blobs"), Path.Combine(folder.Path, "checkpoints"));
        var columns = Directory.EnumerateFiles(blobs, "*.columns").Single();
        await File.WriteAllTextAsync(columns, "damaged");
        var (orphan, half) = (Path.Combine(blobs, $"{Guid.NewGuid():N}"), Path.Combine(blobs, "left.tmp"));
        await File.WriteAllTextAsync(orphan, "an orphan");
        await File.WriteAllTextAsync(half, "half");
        var unknown = Path.Combine(checkpoints, $"{Guid.NewGuid():N}.000000001");
        await File.WriteAllTextAsync(unknown, "of no job");

        var fix = $"NnService.Api check --fix --Data:Path={folder.Path}";
        await Finds(
            folder.Path,
            ("The file of columns of dataset \"heights\" is damaged or of another release; it is made anew from the upload at its next use.", fix),
            ($"No row names {orphan}; --fix puts it into quarantine, as a start does.", fix),
            ($"{unknown} is the checkpoint of a job that the database does not know; --fix puts it into quarantine.", fix),
            ($"{half} was never written to its end.", fix));
        Assert.True(File.Exists(columns)); // it only looks
        Assert.Equal(0, await Check(folder.Path, "--fix"));

        Assert.Equal(0, await Check(folder.Path));
        Assert.Equal(2, Directory.EnumerateFiles(Path.Combine(folder.Path, "quarantine"), "*", SearchOption.AllDirectories).Count());
        Assert.False(File.Exists(columns));
    }

    [UnixFact]
    public async Task What_is_lost_stays_a_finding_until_it_is_put_back()
    {
        using var folder = new TemporaryFolder();
        await Fill(folder.Path);
        var blob = Directory.EnumerateFiles(Path.Combine(folder.Path, "blobs")).Single(file => Path.GetExtension(file).Length == 0);
        var bytes = await File.ReadAllBytesAsync(blob);
        File.Delete(blob);
        Assert.Equal(1, await Check(folder.Path, "--fix"));
        await Finds(
            folder.Path, ($"The bytes of dataset \"heights\" ({blob}) are missing.", $"tar --extract --file BACKUP --directory {folder.Path} blobs/{Path.GetFileName(blob)}"));
        await File.WriteAllBytesAsync(blob, bytes);
        Assert.Equal(0, await Check(folder.Path));

        Sql(folder.Path, """UPDATE "ModelVersions" SET "Description" = "Description" || ' '""");
        Assert.Equal(1, await Check(folder.Path, "--fix"));
        await Finds(folder.Path, ("Version 1 of model \"checked\" is not what was saved.", Restore));
    }

    [UnixFact]
    public async Task An_audit_log_that_somebody_has_edited_is_found()
    {
        using var folder = new TemporaryFolder();
        await Fill(folder.Path);
        Sql(folder.Path, """DROP TRIGGER "AuditEntries_stay"; DELETE FROM "AuditEntries" """);

        await Finds(folder.Path, ("The audit log is not as it was written: ", Restore));
    }

    [UnixFact]
    public async Task Broken_references_and_pages_are_found()
    {
        using var folder = new TemporaryFolder();
        await Fill(folder.Path);
        Sql(folder.Path, """PRAGMA foreign_keys=OFF; DELETE FROM "Models" """);
        await Finds(folder.Path, ($"The database {Path.Combine(folder.Path, "nnservice.db")} is damaged: ", Restore));

        using var other = new TemporaryFolder();
        await Fill(other.Path);
        var database = Path.Combine(other.Path, "nnservice.db");
        var bytes = await File.ReadAllBytesAsync(database);
        bytes.AsSpan(4096 * 4, 64).Fill(0xFF); // the head of a page
        await File.WriteAllBytesAsync(database, bytes);
        await Finds(other.Path, ($"The database {database} is damaged: ", Restore));
    }

    [UnixFact]
    public async Task A_folder_of_a_newer_version_is_refused_as_at_a_start()
    {
        using var folder = new TemporaryFolder();
        await Fill(folder.Path);
        Sql(folder.Path, """INSERT INTO "__EFMigrationsHistory" VALUES ('99990101000000_Later', '11.0.0')""");

        var (code, error) = await ProgramHere.RunToEnd(folder.Path, "check");

        Assert.Equal(1, code);
        Assert.Contains("was made by a newer version of the service (its migration 99990101000000_Later is unknown here)", error, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task It_does_not_look_at_a_folder_under_a_running_service()
    {
        using var folder = new TemporaryFolder();
        using var service = await ServiceHere.Start(folder.Path);

        var (code, error) = await ServiceProcess.RunToEnd(folder.Path, "check");

        Assert.Equal(1, code);
        Assert.StartsWith("A service runs on the folder.", error, StringComparison.Ordinal);
    }

    // Nothing else: a sentence of how each begins, then what mends it.
    private static async Task Finds(string folder, params (string Begin, string Command)[] findings)
    {
        var (code, output, error) = await ProgramHere.Run(folder, "check");
        Assert.Equal((1, ""), (code, error));
        Assert.EndsWith(findings.Length == 1 ? "1 thing is not in order.\n" : $"{findings.Length} things are not in order.\n", output, StringComparison.Ordinal);
        foreach (var (begin, command) in findings)
            Assert.Matches($"(?m)^{Regex.Escape(begin)}.*\n  mend it: {Regex.Escape(command)}$", output);
    }

    private static async Task<int> Check(string folder, params string[] options)
    {
        var (code, error) = await ProgramHere.RunToEnd(folder, ["check", .. options]);
        Assert.Equal("", error);
        return code;
    }

    private static Task Fill(string folder) => PreparedFolder.Copy("a table and a model", folder, async wire =>
    {
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Train("""{"dataset":"heights","target":"gender","features":["weight_lb","height_in"],"epochs":5,"recipe":"fast","model":"checked"}""");
    });

    private static void Sql(string folder, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "nnservice.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
