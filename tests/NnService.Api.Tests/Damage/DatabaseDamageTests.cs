using System.Buffers.Binary;
using System.Net;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests.Damage;

/// <summary>The database file.</summary>
public sealed class DatabaseDamageTests : DamagedFolder
{
    [SqliteFact]
    public async Task A_text_of_the_database_that_is_no_longer_what_was_written_is_named()
    {
        using (var first = await ServiceHere.Start(Folder))
            await first.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n");

        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            connection.Open();
            using var damage = connection.CreateCommand();
            damage.CommandText = "UPDATE Datasets SET Profile = replace(Profile, '\"mean\"', '\"meam\"')";
            Assert.Equal(1, damage.ExecuteNonQuery());
        }

        using var service = await ServiceHere.Start(Folder);
        var answer = await service.Wire.Get("datasets/d");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.StartsWith("Something in the database file is damaged: a stored description is not what was written.",
            (string?)answer.Json["detail"], StringComparison.Ordinal);
        Assert.Contains(Reasons(await service.Wire.Get("/health/ready")),
            reason => reason.StartsWith("Something in the database file is damaged", StringComparison.Ordinal));
    }

    [SqliteTheory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(10_000)]
    public async Task A_database_that_is_cut_by_some_bytes_is_said_in_a_sentence(int bytes)
    {
        await Uploads(20, terminate: true);
        var length = new FileInfo(Database).Length - bytes;
        Truncate(Database, length);
        var before = File.ReadAllBytes(Database);

        var (exitCode, error) = await ProgramHere.RunToEnd(Folder);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"The database {Database} is damaged: it has {length} bytes, and page ",
            Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Database));
        Assert.Equal(40, Directory.GetFiles(Blobs).Length);
    }

    [SqliteFact]
    public async Task A_database_that_is_cut_beside_its_log_is_said_in_a_sentence()
    {
        await Uploads(20, terminate: true);
        using (var service = await ServiceProcess.Start(Folder))
        {
            await Upload(service.Wire, 20);
            await service.Kill();
        }

        Truncate(Database, (new FileInfo(Database).Length / 2) + 1);

        var (exitCode, error) = await ProgramHere.RunToEnd(Folder);

        Assert.Equal(1, exitCode);
        Assert.Contains("is not whole", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [SqliteFact]
    public async Task A_database_whose_last_pages_are_still_in_the_log_is_whole()
    {
        const int Page = 4096, FrameHeader = 24;
        await Uploads(20);
        var log = File.ReadAllBytes(Log);
        var frames = Enumerable.Range(0, (log.Length - 32) / (FrameHeader + Page)).Select(frame => 32 + (frame * (FrameHeader + Page))).ToList();
        // A kill in the middle of a checkpoint: the first page comes first
        var first = frames.Last(at => BinaryPrimitives.ReadUInt32BigEndian(log.AsSpan(at)) == 1);
        using (var database = File.OpenWrite(Database))
            database.Write(log, first + FrameHeader, Page);
        var pages = BinaryPrimitives.ReadUInt32BigEndian(log.AsSpan(first + FrameHeader + 28));
        Assert.True(pages * Page > new FileInfo(Database).Length, "The test needs a file that is shorter than its header says.");

        using var service = await ServiceHere.Start(Folder);

        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
        Assert.Equal(20, (await service.Wire.Get("datasets?limit=100")).Json["items"]!.AsArray().Count);
    }

    [SqliteTheory]
    [InlineData("a bit")]
    [InlineData("cut short")]
    public async Task A_database_that_is_none_any_more_is_said_in_a_sentence(string damage)
    {
        await Uploads(1, terminate: true);
        if (damage == "a bit")
            Flip(Database, 3);
        else
            Truncate(Database, 70);
        var before = File.ReadAllBytes(Database);

        var (exitCode, error) = await ProgramHere.RunToEnd(Folder);

        Assert.Equal(1, exitCode);
        Assert.Contains("nnservice.db is damaged", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Database));
        Assert.Equal(2, Directory.GetFiles(Blobs).Length);
    }

    [SqliteTheory]
    [InlineData("emptied")]
    [InlineData("removed")]
    public async Task A_database_that_is_gone_is_not_made_anew_even_without_uploads(string damage)
    {
        await Uploads(0, terminate: true);
        if (damage == "removed")
            File.Delete(Database);
        else
            Truncate(Database, 0);

        var (exitCode, error) = await ProgramHere.RunToEnd(Folder);

        Assert.Equal(1, exitCode);
        Assert.Contains($"nnservice.db is {(damage == "removed" ? "missing" : "empty")}, but this folder has had one",
            Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [SqliteFact]
    public async Task A_database_with_pages_that_do_not_hang_together_is_named()
    {
        await Uploads(1, terminate: true);
        var bytes = File.ReadAllBytes(Database);
        bytes.AsSpan((RootOf("IX_TrainingJobs_NetworkName") - 1) * 4096, 16).Fill(0xff); // the head of a page that no start reads, which would refuse it
        File.WriteAllBytes(Database, bytes);

        using var service = await ServiceHere.Start(Folder);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!(await service.Wire.Get("/health/ready")).Text.Contains("The database file is damaged", StringComparison.Ordinal))
            await Task.Delay(50, deadline.Token);
    }

    // The number of an index's first page, from 1.
    private int RootOf(string index)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var asked = connection.CreateCommand();
        asked.CommandText = $"SELECT rootpage FROM sqlite_master WHERE name = '{index}'";
        return Convert.ToInt32(asked.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
