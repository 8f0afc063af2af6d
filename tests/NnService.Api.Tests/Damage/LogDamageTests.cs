using System.Net;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests.Damage;

/// <summary>The write-ahead log, damaged or left by a kill.</summary>
public sealed class LogDamageTests : DamagedFolder
{
    [SqliteTheory]
    [InlineData("a bit of the first frame")]
    [InlineData("a bit of a frame's salt")]
    [InlineData("a bit of the header")]
    [InlineData("cut short")]
    [InlineData("emptied")]
    [InlineData("removed")]
    public async Task A_damaged_log_is_said_and_no_upload_goes_with_it(string damage)
    {
        await Uploads(12);
        var uploads = Directory.GetFiles(Blobs).Select(Path.GetFileName).Order().ToList();
        Assert.Equal(24, uploads.Count); // the bytes, and the same by column
        switch (damage)
        {
            case "cut short":
                Truncate(Log, new FileInfo(Log).Length / 2);
                break;
            case "emptied":
                Truncate(Log, 0);
                break;
            case "removed":
                File.Delete(Log);
                break;
            default:
                Flip(Log, damage switch { "a bit of the header" => 20, "a bit of a frame's salt" => 32 + 9, _ => 32 + 24 + 100 });
                break;
        }

        using var service = await ServiceHere.Start(Folder);
        var health = await service.Wire.Get("/health/ready");

        Assert.Equal(HttpStatusCode.OK, health.Status);
        Assert.Equal("degraded", (string?)health.Json["status"]);
        Assert.Contains(Reasons(health), reason =>
            reason.Contains("nnservice.db-wal", StringComparison.Ordinal) && reason.Contains("could not be taken in", StringComparison.Ordinal));
        var left = Directory.GetFiles(Blobs).Concat(Quarantined())
            .Select(Path.GetFileName).Where(name => !name!.StartsWith("nnservice.db", StringComparison.Ordinal)).Order();
        Assert.Equal(uploads, left);
        Assert.NotEmpty(Quarantined("nnservice.db.*"));
        if (damage != "removed")
            Assert.NotEmpty(Quarantined("nnservice.db-wal.*"));
        Assert.Equal(HttpStatusCode.Created, (await service.Wire.PostCsv("datasets?name=another", "a,b\n1,2\n3,4\n")).Status);
        await service.Stop();
    }

    [SqliteFact]
    public async Task An_empty_database_beside_its_log_is_refused_and_the_log_stays()
    {
        await Uploads(4);
        var log = File.ReadAllBytes(Log);
        File.WriteAllBytes(Database, []);

        var (exitCode, error) = await ProgramHere.RunToEnd(Folder);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"{Database} is empty, but its log is there. Put the database back from a backup", error, StringComparison.Ordinal);
        Assert.Equal(log, File.ReadAllBytes(Log));
    }

    [SqliteFact]
    public async Task A_log_without_its_index_tells_a_damage_by_its_own_frames()
    {
        await Uploads(12);
        File.Delete(Database + "-shm");
        Flip(Log, 32 + 24 + 100);

        using var service = await ServiceHere.Start(Folder);

        Assert.Contains("nnservice.db-wal", (await service.Wire.Get("/health/ready")).Text, StringComparison.Ordinal);
    }

    [SqliteFact]
    public async Task A_kill_and_what_it_leaves_at_the_end_of_the_log_is_no_damage()
    {
        await Uploads(5);
        using (var log = new FileStream(Log, FileMode.Append)) // a frame that was begun, and one of an earlier round
            log.Write(new byte[24 + 4096 + 10]);
        File.WriteAllBytes(Path.Combine(Blobs, "0123.tmp"), [1]);

        using var service = await ServiceHere.Start(Folder);

        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
        Assert.Equal(10, Directory.GetFiles(Blobs).Length);
        Assert.False(Directory.Exists(Quarantine));
    }
}
