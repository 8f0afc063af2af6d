using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>What breaks around the service: a full disk, damaged files, a database that is gone, a stop in the middle of an upload.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");
    private bool _isMounted;

    [SmallDiskFact]
    public async Task On_a_full_disk_writes_are_refused_reads_and_deletes_go_on_and_jobs_wait_for_room()
    {
        _isMounted = SmallDiskFactAttribute.Mount(_folder);
        using var service = await ServiceProcess.Start(_folder, "--Training:CheckpointSeconds=0.2");
        var wire = service.Wire;
        await wire.Upload("digits", "digits.csv");
        await wire.Train(EndlessJob.OnDigits("digits", "older", epochs: 1));
        var id = (string)(await wire.Post("training-jobs", EndlessJob.OnDigits("digits", "squeezed"))).Json["id"]!;
        await wire.Until(id, job => (int)job["epoch"]! > 0);
        var ballast = Path.Combine(_folder, "ballast");
        FillDisk(ballast);

        var refused = await UntilRefused(wire);
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.Status);
        Assert.Contains("disk is full", (string?)refused.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.InsufficientStorage, (await wire.PostCsv("datasets?name=more", new string('a', 1 << 20) + "\n1\n")).Status);
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("datasets/digits")).Status);
        var waiting = await service.Line("waits until there is room"); // others may say before that the disk is full
        Assert.Contains("disk is full", waiting, StringComparison.Ordinal);
        Assert.DoesNotContain("ConnectionId", waiting, StringComparison.Ordinal); // the worker is nobody's request
        var squeezed = (await wire.Get($"training-jobs/{id}")).Json;
        Assert.Equal("running", (string?)squeezed["state"]);
        var health = (await wire.Get("/health/ready")).Json;
        Assert.Equal("degraded", (string?)health["status"]);
        Assert.Contains($"The disk is full: training job {id} waits until there is room.", health["reasons"]!.AsArray().Select(reason => (string?)reason));
        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete("models/older")).Status);

        File.Delete(ballast);
        var job = await EndlessJob.StopAndCompare(wire, squeezed);
        Assert.Equal(1, (int)job["attempt"]!);
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await wire.Get("/health/ready")).Text);
        Assert.Equal(0, await service.Terminate());
        Assert.DoesNotContain(await service.Rest(), line => line.Contains("An error occurred", StringComparison.Ordinal));
    }

    [SmallDiskFact]
    public async Task Bodies_that_wait_in_files_leave_as_much_room_as_they_take()
    {
        _isMounted = SmallDiskFactAttribute.Mount(_folder);
        using var service = await ServiceHere.Start(_folder);
        await service.Wire.Post("models", """{"name":"m","features":["a"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        await File.WriteAllBytesAsync(Path.Combine(_folder, "ballast"), new byte[new DriveInfo(_folder).AvailableFreeSpace - (6 << 20)]);

        var refused = await Predict(5_000);

        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.Status);
        Assert.Contains("Send fewer rows at a time, try again in a moment, or make room.", (string?)refused.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Predict(2_000)).Status); // the first one has gone

        Task<Answer> Predict(int rows) => service.Wire.PostCsv(
            "models/m/predict?ignoreUnknown=true", "a,note\n" + string.Concat(Enumerable.Repeat($"1,{new string('x', 1000)}\n", rows)), ("Transfer-Encoding", "chunked"));
    }

    [SmallDiskFact]
    public async Task Bodies_that_found_no_room_take_nothing_of_what_is_made_later()
    {
        _isMounted = SmallDiskFactAttribute.Mount(_folder);
        using var service = await ServiceHere.Start(_folder);
        await service.Wire.Post("models", """{"name":"m","features":["a"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        var ballast = Path.Combine(_folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[new DriveInfo(_folder).AvailableFreeSpace - (500 << 10)]);
        for (var body = 0; body < 16; body++)
            Assert.Equal(HttpStatusCode.InsufficientStorage, (await Predict(900)).Status);
        Shorten(ballast, 6 << 20);

        Assert.Equal(HttpStatusCode.OK, (await Predict(2_000)).Status);

        Task<Answer> Predict(int rows) => service.Wire.PostCsv(
            "models/m/predict?ignoreUnknown=true", "a,note\n" + string.Concat(Enumerable.Repeat($"1,{new string('x', 1000)}\n", rows)), ("Transfer-Encoding", "chunked"));
    }

    [SmallDiskFact]
    public async Task A_job_whose_model_finds_no_room_waits_for_it_and_then_has_its_model()
    {
        _isMounted = SmallDiskFactAttribute.Mount(_folder);
        using var service = await ServiceProcess.Start(_folder);
        await service.Wire.Upload("digits", "digits.csv");
        var ballast = Path.Combine(_folder, "ballast");
        FillDisk(ballast);
        Shorten(ballast, 1 << 20); // room for rows, but not for two megabytes of weights

        var posted = await service.Wire.Post("training-jobs", """
            {"dataset":"digits","target":"digit","epochs":1,"batchSize":64,"model":"large",
             "network":{"layers":[{"type":"dense","units":8192,"activation":"relu"},{"type":"dense","activation":"softmax"}]}}
            """);
        var id = (string)posted.Json["id"]!;
        Assert.Contains(id, await service.Line("waits until there is room"), StringComparison.Ordinal);
        Assert.Equal("running", (string?)(await service.Wire.Get($"training-jobs/{id}")).Json["state"]);

        File.Delete(ballast);
        Assert.Equal("completed", (string?)(await service.Wire.Until(id, "succeeded"))["stopReason"]);
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("models/large")).Status);
        Assert.Equal(0, await service.Terminate());
    }

    [SmallDiskFact]
    public async Task A_service_starts_on_a_full_disk_with_the_room_it_keeps_for_deletes()
    {
        _isMounted = SmallDiskFactAttribute.Mount(_folder);
        await LeaveFullDisk();
        using var service = await ServiceProcess.Start(_folder);
        var wire = service.Wire;

        Assert.Contains(service.SaidBefore, line => line.Contains("The disk of the data folder is full", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("datasets/iris/rows")).Status);
        Assert.Equal(HttpStatusCode.InsufficientStorage, (await wire.PostCsv("datasets?name=more", new string('a', 1 << 20) + "\n1\n")).Status);
        Assert.Equal(HttpStatusCode.InsufficientStorage, (await UntilRefused(wire)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete("datasets/iris")).Status);
        Assert.Equal(0, await service.Terminate());
        Assert.False(File.Exists(Path.Combine(_folder, "nnservice.db-wal"))); // every connection was closed
    }

    [SmallDiskFact]
    public async Task A_start_on_a_full_disk_without_that_room_says_that_the_disk_is_full()
    {
        _isMounted = SmallDiskFactAttribute.Mount(_folder);
        await LeaveFullDisk();
        File.Move(Path.Combine(_folder, "reserve"), Path.Combine(_folder, "ballast, too"));

        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.Contains("nnservice.db cannot be used: the disk is full; make room on that of the data folder.", error, StringComparison.Ordinal);
    }

    [SqliteFact]
    public async Task A_damaged_model_is_not_served_and_the_health_check_tells_it()
    {
        using (var first = await ServiceHere.Start(_folder))
        {
            await first.Wire.Post("models", """{"name":"sum","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""");
            await first.Wire.Post("models", """{"name":"other","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""");
            await first.Stop();
        }

        Execute("UPDATE ModelVersions SET Parameters = zeroblob(length(Parameters)) WHERE ModelNumber = 1");

        using var second = await ServiceHere.Start(_folder);
        var answer = await second.Wire.Post("models/sum/predict", """{"rows":[[1,2]]}""");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Contains("Version 1 of model \"sum\" is damaged", (string?)answer.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await second.Wire.Post("models/other/predict", """{"rows":[[1,2]]}""")).Status);
        var ready = await second.Wire.Get("/health/ready");
        Assert.Equal("degraded", (string?)ready.Json["status"]);
        Assert.Contains("\"sum\"", (string?)ready.Json["reasons"]![0], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await second.Wire.Delete("models/sum/versions/1")).Status);
    }

    [Fact]
    public async Task A_damaged_upload_is_not_served_and_a_damaged_copy_by_column_is_made_anew()
    {
        using (var first = await ServiceHere.Start(_folder))
            await first.Wire.Upload("iris", "iris.csv");

        var upload = Directory.GetFiles(Path.Combine(_folder, "blobs")).Single(file => Path.GetExtension(file).Length == 0);
        Damage(Directory.GetFiles(Path.Combine(_folder, "blobs")).Single(file => file != upload));
        using (var second = await ServiceHere.Start(_folder))
        {
            Assert.Equal(HttpStatusCode.OK, (await second.Wire.Get("datasets/iris/rows")).Status); // from the upload
            Damage(upload);
            Assert.Equal(HttpStatusCode.OK, (await second.Wire.Get("datasets/iris/rows")).Status); // by column, anew
            var answer = await second.Wire.Get("datasets/iris/content");
            Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
            Assert.Contains("Dataset \"iris\" is damaged", (string?)answer.Json["detail"], StringComparison.Ordinal);
            Assert.Contains("iris", (await second.Wire.Get("/health/ready")).Text, StringComparison.Ordinal);
        }

        Damage(Directory.GetFiles(Path.Combine(_folder, "blobs")).Single(file => file != upload));
        using var third = await ServiceHere.Start(_folder);
        Assert.Equal(HttpStatusCode.InternalServerError, (await third.Wire.Get("datasets/iris/rows")).Status);
    }

    [SqliteFact]
    public async Task A_database_that_is_missing_beside_uploads_is_said_and_not_made_anew()
    {
        using (var first = await ServiceHere.Start(_folder))
            await first.Wire.Upload("iris", "iris.csv");

        File.Delete(Path.Combine(_folder, "nnservice.db"));
        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.Contains("nnservice.db is missing, but there are uploads beside it", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "nnservice.db")));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder, "blobs")).Length); // the upload, and the same by column
    }

    [Fact]
    public async Task A_job_that_needs_more_memory_than_allowed_is_refused_before_it_is_queued()
    {
        using var service = await ServiceHere.Start(_folder, "--Training:MaxMemoryBytes=10000000");
        await service.Wire.Upload("digits", "digits.csv");

        foreach (var path in new[] { "training-jobs", "training-jobs?validateOnly=true" })
        {
            var answer = await service.Wire.Post(
                path, """{"dataset":"digits","target":"digit","network":{"layers":[{"type":"dense","units":5000},{"type":"dense","activation":"softmax"}]}}""");
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Contains("Training:MaxMemoryBytes allows 10,000,000", (string?)answer.Json["detail"], StringComparison.Ordinal);
        }

        Assert.Empty((await service.Wire.Get("training-jobs")).Json["items"]!.AsArray());
        await service.Wire.Train(
            """{"dataset":"digits","target":"digit","epochs":1,"network":{"layers":[{"type":"dense","units":5},{"type":"dense","activation":"softmax"}]}}""");
    }

    [Fact]
    public async Task A_slow_upload_does_not_hold_up_the_stop_and_leaves_nothing()
    {
        using var service = await ServiceProcess.Start(_folder);
        using var caller = new TcpClient();
        await caller.ConnectAsync(IPAddress.Loopback, service.Wire.Http.BaseAddress!.Port);
        await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            "POST /api/v1/datasets?name=slow HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 1000000\r\n\r\na,b\n"
            + string.Concat(Enumerable.Repeat("1,2\n", 50_000)))); // more than is looked at before anything is kept
        var blobs = Path.Combine(_folder, "blobs");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Directory.GetFiles(blobs).Length == 0)
            await Task.Delay(20, deadline.Token);

        var clock = Stopwatch.StartNew();
        Assert.Equal(0, await service.Terminate());

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
        Assert.Empty(Directory.GetFiles(blobs));
    }

    public void Dispose()
    {
        if (_isMounted)
            SmallDiskFactAttribute.Unmount(_folder);
        if (Directory.Exists(_folder))
            TemporaryFolder.Remove(_folder);
    }

    // A process, which has nothing open on the disk when it has ended.
    private async Task LeaveFullDisk()
    {
        using (var service = await ServiceProcess.Start(_folder))
        {
            await service.Wire.Upload("iris", "iris.csv");
            Assert.Equal(0, await service.Terminate());
        }

        FillDisk(Path.Combine(_folder, "ballast"));
    }

    private static void FillDisk(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var piece in new[] { 1 << 16, 1 << 12 })
        {
            try
            {
                while (true)
                    file.Write(new byte[piece]);
            }
            catch (IOException)
            {
                // full for pieces of this size
            }
        }
    }

    private static void Shorten(string path, long bytes)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(file.Length - bytes);
    }

    // The log of the database has a few pages of its own to give away before it needs the disk.
    private static async Task<Answer> UntilRefused(Wire wire)
    {
        for (var i = 0; ; i++)
        {
            var answer = await wire.Post(
                "networks", $$"""{"name":"net-{{i}}","description":"{{new string('x', 1000)}}","layers":[{"type":"dense","units":1}]}""");
            if (answer.Status != HttpStatusCode.Created || i == 10_000)
                return answer;
        }
    }

    private static void Damage(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private void Execute(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "nnservice.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.Equal(1, command.ExecuteNonQuery());
    }
}
