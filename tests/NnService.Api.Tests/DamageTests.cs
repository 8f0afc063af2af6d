using System.Buffers.Binary;
using System.Net;

namespace NnService.Api.Tests;

/// <summary>
/// Each kind of damage to each kind of file. It is noticed, the health check names it, nothing damaged is served, nothing that may be the last copy goes, and
/// what can be mended by putting a file back is mended by it.
/// </summary>
public sealed class DamageTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    private string Database => Path.Combine(_folder, "nnservice.db");

    private string Log => Database + "-wal";

    private string Blobs => Path.Combine(_folder, "blobs");

    private string Quarantine => Path.Combine(_folder, "quarantine");

    [Theory]
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

        using var service = await ServiceProcess.Start(_folder);
        var health = await service.Wire.Get("/health/ready");

        Assert.Equal(HttpStatusCode.OK, health.Status);
        Assert.Equal("degraded", (string?)health.Json["status"]);
        Assert.Contains(Reasons(health), reason =>
            reason.Contains("nnservice.db-wal", StringComparison.Ordinal) && reason.Contains("could not be taken in", StringComparison.Ordinal));
        var left = Directory.GetFiles(Blobs).Concat(Directory.GetFiles(Quarantine))
            .Select(Path.GetFileName).Where(name => !name!.StartsWith("nnservice.db", StringComparison.Ordinal)).Order();
        Assert.Equal(uploads, left);
        Assert.NotEmpty(Directory.GetFiles(Quarantine, "nnservice.db.*"));
        if (damage != "removed")
            Assert.NotEmpty(Directory.GetFiles(Quarantine, "nnservice.db-wal.*"));
        Assert.Equal(HttpStatusCode.Created, (await service.Wire.PostCsv("datasets?name=another", "a,b\n1,2\n3,4\n")).Status);
        Assert.Equal(0, await service.Terminate());
    }

    [Fact]
    public async Task An_empty_database_beside_its_log_is_refused_and_the_log_stays()
    {
        await Uploads(4);
        var log = File.ReadAllBytes(Log);
        File.WriteAllBytes(Database, []);

        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"{Database} is empty, but its log is there. Put the database back from a backup", error, StringComparison.Ordinal);
        Assert.Equal(log, File.ReadAllBytes(Log));
    }

    [Fact]
    public async Task A_text_of_the_database_that_is_no_longer_what_was_written_is_named()
    {
        using (var first = await ServiceProcess.Start(_folder))
        {
            await first.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n");
            await first.Terminate();
        }

        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            connection.Open();
            using var damage = connection.CreateCommand();
            damage.CommandText = "UPDATE Datasets SET Profile = replace(Profile, '\"mean\"', '\"meam\"')";
            Assert.Equal(1, damage.ExecuteNonQuery());
        }

        using var service = await ServiceProcess.Start(_folder);
        var answer = await service.Wire.Get("datasets/d");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.StartsWith("Something in the database file is damaged: a stored description is not what was written.",
            (string?)answer.Json["detail"], StringComparison.Ordinal);
        Assert.Contains(Reasons(await service.Wire.Get("/health/ready")),
            reason => reason.StartsWith("Something in the database file is damaged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_without_its_index_tells_a_damage_by_its_own_frames()
    {
        await Uploads(12);
        File.Delete(Database + "-shm");
        Flip(Log, 32 + 24 + 100);

        using var service = await ServiceProcess.Start(_folder);

        Assert.Contains("nnservice.db-wal", (await service.Wire.Get("/health/ready")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kill_and_what_it_leaves_at_the_end_of_the_log_is_no_damage()
    {
        await Uploads(5);
        using (var log = new FileStream(Log, FileMode.Append)) // a frame that was begun, and one of an earlier round
            log.Write(new byte[24 + 4096 + 10]);
        File.WriteAllBytes(Path.Combine(Blobs, "0123.tmp"), [1]);

        using var service = await ServiceProcess.Start(_folder);

        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
        Assert.Equal(10, Directory.GetFiles(Blobs).Length);
        Assert.False(Directory.Exists(Quarantine));
    }

    [Fact]
    public async Task Files_without_a_row_wait_in_quarantine_and_go_after_the_days_that_are_set()
    {
        using (var first = await ServiceProcess.Start(_folder))
            await first.Terminate();
        var upload = Guid.CreateVersion7().ToString("N");
        var checkpoint = $"{Guid.CreateVersion7():N}.000000007";
        File.WriteAllText(Path.Combine(Blobs, upload), "a,b\n1,2\n");
        File.WriteAllText(Path.Combine(_folder, "checkpoints", checkpoint), "of a job that no row knows");

        using (var second = await ServiceProcess.Start(_folder))
        {
            Assert.Contains(second.SaidBefore,
                line => line.Contains("Moved 1 files to", StringComparison.Ordinal) && line.Contains(upload, StringComparison.Ordinal));
            var health = await second.Wire.Get("/health/ready");
            Assert.Equal(HttpStatusCode.OK, health.Status);
            Assert.Equal("ready", (string?)health.Json["status"]);
            Assert.Contains("2 files are in quarantine", Assert.Single(Reasons(health)), StringComparison.Ordinal);
            Assert.Contains("30 days", Reasons(health)[0], StringComparison.Ordinal);
            await second.Terminate();
        }

        Assert.Equal(new[] { upload, checkpoint }.Order(), Directory.GetFiles(Quarantine).Select(Path.GetFileName).Order());
        Assert.Equal("a,b\n1,2\n", File.ReadAllText(Path.Combine(Quarantine, upload)));

        File.SetLastWriteTimeUtc(Path.Combine(Quarantine, upload), DateTime.UtcNow.AddDays(-6));
        using var third = await ServiceProcess.Start(_folder, "--Storage:QuarantineDays=5");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (File.Exists(Path.Combine(Quarantine, upload)))
            await Task.Delay(20, deadline.Token);
        Assert.Equal(checkpoint, Path.GetFileName(Assert.Single(Directory.GetFiles(Quarantine))));
    }

    [Theory]
    [InlineData("cut short")]
    [InlineData("removed")]
    [InlineData("a directory")]
    public async Task An_upload_that_is_cut_short_or_gone_is_named_at_the_start(string damage)
    {
        await Uploads(1);
        var upload = Directory.GetFiles(Blobs).Single(file => Path.GetExtension(file).Length == 0);
        File.Copy(upload, Path.Combine(_folder, "backup"));
        Damage(upload, damage);

        using var service = await ServiceProcess.Start(_folder);

        Assert.Contains("Dataset \"d0\" is damaged", Assert.Single(Reasons(await service.Wire.Get("/health/ready"))), StringComparison.Ordinal);
        var refused = await service.Wire.Get("datasets/d0/content");
        Assert.Equal(HttpStatusCode.InternalServerError, refused.Status);
        Assert.StartsWith("Dataset \"d0\" is damaged", (string?)refused.Json["detail"], StringComparison.Ordinal);
        PutBack(upload);
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("datasets/d0/content")).Status);
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
    }

    [Theory]
    [InlineData("a bit")]
    [InlineData("cut short")]
    [InlineData("removed")]
    public async Task A_damaged_copy_by_column_is_made_anew_under_a_running_service_too(string damage)
    {
        using var service = await ServiceProcess.Start(_folder);
        await service.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n");
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("datasets/d/rows")).Status);
        Damage(Directory.GetFiles(Blobs, "*.columns").Single(), damage);

        var rows = await service.Wire.Get("datasets/d/rows");

        Assert.Equal("""{"columns":["a","b"],"rows":[[1,2],[3,4]],"total":2}""", rows.Text);
    }

    [Fact]
    public async Task A_directory_in_place_of_a_copy_by_column_is_named_and_the_table_is_served()
    {
        using var service = await ServiceProcess.Start(_folder);
        await service.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n5,6\n7,9\n");
        var columns = Directory.GetFiles(Blobs, "*.columns").Single();
        Damage(columns, "a directory");

        var rows = await service.Wire.Get("datasets/d/rows");
        Assert.Equal("""{"columns":["a","b"],"rows":[[1,2],[3,4],[5,6],[7,9]],"total":4}""", rows.Text);
        await service.Wire.Train("""{"dataset":"d","target":"b","task":"regression","epochs":2}""");
        Assert.StartsWith($"{columns} is a directory, where the service keeps dataset \"d\" by column.",
            Assert.Single(Reasons(await service.Wire.Get("/health/ready"))), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Blobs)); // the upload

        Directory.Delete(columns, recursive: true);
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("datasets/d/rows")).Status);
        Assert.True(File.Exists(columns));
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
    }

    [Fact]
    public async Task A_dataset_with_directories_in_place_of_its_files_can_be_deleted_and_they_stay()
    {
        using var service = await ServiceProcess.Start(_folder);
        await service.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n");
        foreach (var file in Directory.GetFiles(Blobs))
            Damage(file, "a directory");

        var refused = await service.Wire.Get("datasets/d/rows");
        Assert.Equal(HttpStatusCode.InternalServerError, refused.Status);
        Assert.StartsWith("Dataset \"d\" is damaged", (string?)refused.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await service.Wire.Delete("datasets/d")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await service.Wire.Get("datasets/d")).Status);
        Assert.Empty(Reasons(await service.Wire.Get("/health/ready")));
        Assert.Equal(2, Directory.GetDirectories(Blobs).Sum(directory => Directory.GetFiles(directory).Length));
    }

    [Theory]
    [InlineData("a bit")]
    [InlineData("cut short")]
    [InlineData("removed")]
    [InlineData("a directory")]
    public async Task A_job_whose_table_is_damaged_is_held_and_goes_on_when_the_file_is_put_back(string damage)
    {
        string id, upload;
        using (var first = await ServiceProcess.Start(_folder))
        {
            await first.Wire.Upload("iris", "iris.csv");
            id = (string)(await first.Wire.Post("training-jobs", EndlessJob.Of("""{"dataset":"iris","target":"species","model":"m"}"""))).Json["id"]!;
            await first.Wire.Post($"training-jobs/{id}/pause", "");
            await first.Wire.Until(id, "paused");
            await first.Terminate();
        }

        upload = Directory.GetFiles(Blobs).Single(file => Path.GetExtension(file).Length == 0);
        File.Copy(upload, Path.Combine(_folder, "backup"));
        File.Delete(upload + ".columns");
        Damage(upload, damage);
        using var service = await ServiceProcess.Start(_folder);
        await service.Wire.Post($"training-jobs/{id}/resume", "");
        var job = await service.Wire.Until(id, now => (string?)now["state"] == "paused" && now["transitions"]!.AsArray().Count > 4);

        Assert.Contains("ataset \"iris\" is damaged", (string?)job["transitions"]!.AsArray()[^1]!["reason"], StringComparison.Ordinal);
        Assert.Null(job["endedAt"]);
        Assert.StartsWith("Dataset \"iris\" is damaged", Assert.Single(Reasons(await service.Wire.Get("/health/ready"))), StringComparison.Ordinal);

        PutBack(upload);
        await service.Wire.Post($"training-jobs/{id}/resume", "");
        await service.Wire.Until(id, "running");
        await service.Wire.Post($"training-jobs/{id}/stop", "");
        await service.Wire.Until(id, "succeeded");
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
    }

    [Fact]
    public async Task A_job_without_a_whole_checkpoint_says_so_and_starts_over()
    {
        string id;
        using (var first = await ServiceProcess.Start(_folder, "--Training:CheckpointSeconds=0.05"))
        {
            await first.Wire.Upload("iris", "iris.csv");
            id = (string)(await first.Wire.Post(
                "training-jobs", """{"dataset":"iris","target":"species","epochs":1000000,"batchSize":8,"network":{"layers":[{"type":"dense","units":128},"""
                + """{"type":"dense","activation":"softmax"}]},"earlyStopping":{"patience":0},"model":"m"}""")).Json["id"]!;
            await first.Wire.Until(id, job => (int)job["epoch"]! > 5);
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (Checkpoints.Count < 2)
                await Task.Delay(20, deadline.Token);
            await first.Wire.Post($"training-jobs/{id}/pause", "");
            await first.Wire.Until(id, "paused");
            await first.Terminate();
        }

        var files = Checkpoints;
        Assert.Equal(2, files.Count);
        files.ForEach(file => Flip(file, new FileInfo(file).Length / 2));
        using var second = await ServiceProcess.Start(_folder);
        await second.Wire.Post($"training-jobs/{id}/resume", "");
        using var taking = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        List<string> reasons;
        while ((reasons = Reasons(await second.Wire.Get("/health/ready"))).Count < 2)
            await Task.Delay(20, taking.Token);
        Assert.Equal(2, reasons.Count);
        Assert.Single(reasons, reason => reason.EndsWith("is damaged; the job goes on from the one before it.", StringComparison.Ordinal));
        Assert.Single(reasons, reason => reason.EndsWith("is damaged; the job starts over.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_directory_in_place_of_a_checkpoint_is_named_and_passed_over()
    {
        using var service = await ServiceProcess.Start(_folder, "--Training:CheckpointSeconds=3600");
        var id = await Paused(service, pauses: 2);
        var latest = Checkpoints.Max()!;
        Damage(latest, "a directory");

        await service.Wire.Post($"training-jobs/{id}/resume", "");
        await service.Wire.Until(id, "running");
        await service.Wire.Post($"training-jobs/{id}/pause", "");
        var job = await service.Wire.Until(id, "paused");
        Assert.Equal("paused", (string?)job["transitions"]!.AsArray()[^1]!["reason"]);
        Assert.EndsWith($"of training job {id} is a directory; the job goes on from the one before it.",
            Assert.Single(Reasons(await service.Wire.Get("/health/ready"))), StringComparison.Ordinal);
        Assert.Equal(2, Checkpoints.Count);

        await service.Wire.Post($"training-jobs/{id}/stop", "");
        await service.Wire.Until(id, "succeeded");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Checkpoints.Count > 0)
            await Task.Delay(20, deadline.Token);
        Assert.Single(Directory.GetFiles(latest)); // what somebody had put into the directory
    }

    [Fact]
    public async Task A_paused_job_whose_checkpoints_are_removed_is_named_and_not_made_a_model_of()
    {
        string id;
        using (var first = await ServiceProcess.Start(_folder, "--Training:CheckpointSeconds=3600"))
        {
            id = await Paused(first, pauses: 1);
            await first.Terminate();
        }

        var checkpoint = Assert.Single(Checkpoints);
        File.Move(checkpoint, Path.Combine(_folder, "backup"));
        using var second = await ServiceProcess.Start(_folder);
        var lost = $"The checkpoints of training job {id} are missing: it starts over, unless they are put back before it goes on.";
        Assert.Equal(lost, Assert.Single(Reasons(await second.Wire.Get("/health/ready"))));

        await second.Wire.Post($"training-jobs/{id}/stop", "");
        var held = await second.Wire.Until(id, now => (string?)now["state"] is "paused" or "succeeded" && now["transitions"]!.AsArray().Count > 3);
        Assert.Equal("paused", (string?)held["state"]);
        Assert.Contains("its checkpoints are missing or damaged", (string?)held["transitions"]!.AsArray()[^1]!["reason"], StringComparison.Ordinal);

        PutBack(checkpoint);
        await second.Wire.Post($"training-jobs/{id}/stop", "");
        await second.Wire.Until(id, "succeeded");
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await second.Wire.Get("/health/ready")).Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_that_starts_over_for_want_of_its_checkpoint_is_named(bool isPaused)
    {
        string id;
        string before;
        using (var first = await ServiceProcess.Start(_folder, "--Training:CheckpointSeconds=3600"))
        {
            id = isPaused ? await Paused(first, pauses: 1) : await Running(first);
            before = await FirstPoint(first, but: null);
            if (isPaused)
                await first.Kill();
            else
                await first.Terminate();
        }

        File.Delete(Assert.Single(Checkpoints));
        using var second = await ServiceProcess.Start(_folder, "--Training:CheckpointSeconds=3600");
        if (isPaused)
            await second.Wire.Post($"training-jobs/{id}/resume", "");
        await FirstPoint(second, but: before);
        Assert.StartsWith($"The checkpoints of training job {id} are missing: it starts over",
            Assert.Single(Reasons(await second.Wire.Get("/health/ready"))), StringComparison.Ordinal);

        await second.Kill();
        using var third = await ServiceProcess.Start(_folder); // it had none yet when it was killed
        await third.Wire.Until(id, job => (string?)job["state"] == "running" && (int)job["epoch"]! > 0);
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await third.Wire.Get("/health/ready")).Text);

        // With its elapsedSeconds, which are others each time. The row may count an epoch a moment before the history has a point.
        async Task<string> FirstPoint(ServiceProcess service, string? but)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (true)
            {
                var points = (await service.Wire.Get($"training-jobs/{id}/history")).Json["points"]!.AsArray();
                if (points.FirstOrDefault()?.ToJsonString() is { } first && first != but)
                    return first;
                await Task.Delay(20, deadline.Token);
            }
        }
    }

    [Theory]
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

        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"The database {Database} is damaged: it has {length} bytes, and page ",
            Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Database));
        Assert.Equal(40, Directory.GetFiles(Blobs).Length);
    }

    [Fact]
    public async Task A_database_that_is_cut_beside_its_log_is_said_in_a_sentence()
    {
        await Uploads(20, terminate: true);
        await Uploads(1, from: 20);
        Truncate(Database, (new FileInfo(Database).Length / 2) + 1);

        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.Contains("is not whole", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
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

        using var service = await ServiceProcess.Start(_folder);

        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
        Assert.Equal(20, (await service.Wire.Get("datasets?limit=100")).Json["items"]!.AsArray().Count);
    }

    [Theory]
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

        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.Contains("nnservice.db is damaged", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Database));
        Assert.Equal(2, Directory.GetFiles(Blobs).Length);
    }

    [Theory]
    [InlineData("emptied")]
    [InlineData("removed")]
    public async Task A_database_that_is_gone_is_not_made_anew_even_without_uploads(string damage)
    {
        await Uploads(0, terminate: true);
        if (damage == "removed")
            File.Delete(Database);
        else
            Truncate(Database, 0);

        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.Contains($"nnservice.db is {(damage == "removed" ? "missing" : "empty")}, but this folder has had one",
            Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_with_pages_that_do_not_hang_together_is_named()
    {
        await Uploads(40, terminate: true);
        var bytes = File.ReadAllBytes(Database);
        bytes.AsSpan(bytes.Length / 4096 * 4096 * 3 / 4 / 4096 * 4096, 16).Fill(0xff); // the head of a page
        File.WriteAllBytes(Database, bytes);

        using var service = await ServiceProcess.Start(_folder);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!(await service.Wire.Get("/health/ready")).Text.Contains("The database file is damaged", StringComparison.Ordinal))
            await Task.Delay(50, deadline.Token);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private static List<string> Reasons(Answer health) => [.. health.Json["reasons"]!.AsArray().Select(reason => (string)reason!)];

    // Uploads, and then no end in good order, so that the log holds them.
    private async Task Uploads(int count, bool terminate = false, int from = 0)
    {
        using var service = await ServiceProcess.Start(_folder);
        for (var i = from; i < from + count; i++)
            Assert.Equal(HttpStatusCode.Created, (await service.Wire.PostCsv($"datasets?name=d{i}", $"a,b\n{i},2\n3,4\n")).Status);
        if (terminate)
            await service.Terminate();
        else
            await service.Kill();
    }

    private List<string> Checkpoints => [.. Directory.GetFiles(Path.Combine(_folder, "checkpoints")).Where(file => Path.GetExtension(file) != ".tmp")];

    private static async Task<string> Running(ServiceProcess service)
    {
        await service.Wire.Upload("iris", "iris.csv");
        var id = (string)(await service.Wire.Post("training-jobs", EndlessJob.Of("""{"dataset":"iris","target":"species","model":"m"}"""))).Json["id"]!;
        await service.Wire.Until(id, job => (int)job["epoch"]! > 0);
        return id;
    }

    // Each pause leaves a checkpoint.
    private static async Task<string> Paused(ServiceProcess service, int pauses)
    {
        var id = await Running(service);
        for (var pause = 1; pause <= pauses; pause++)
        {
            await service.Wire.Until(id, job => (int)job["attempt"]! == pause && (string?)job["state"] == "running");
            await service.Wire.Post($"training-jobs/{id}/pause", "");
            await service.Wire.Until(id, "paused");
            if (pause < pauses)
                await service.Wire.Post($"training-jobs/{id}/resume", "");
        }

        return id;
    }

    private void PutBack(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        File.Copy(Path.Combine(_folder, "backup"), path, overwrite: true);
    }

    private static void Damage(string path, string damage)
    {
        if (damage is "removed" or "a directory")
            File.Delete(path);
        if (damage == "a directory")
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(path).FullName, "somebody's"), "");
        if (damage is "removed" or "a directory")
            return;
        if (damage == "cut short")
            Truncate(path, new FileInfo(path).Length / 2);
        else
            Flip(path, new FileInfo(path).Length / 2);
    }

    private static void Flip(string path, long position)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.Position = position;
        var value = file.ReadByte();
        file.Position = position;
        file.WriteByte((byte)(value ^ 1));
    }

    private static void Truncate(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(length);
    }
}
