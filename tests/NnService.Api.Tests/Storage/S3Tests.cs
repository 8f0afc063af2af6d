using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.S3;
using NnService.Api.Storage.S3;

namespace NnService.Api.Tests.Storage;

/// <summary>Uploads and checkpoints in a bucket.</summary>
public sealed class S3Tests : IDisposable
{
    private const string Job = """{"dataset":"iris","target":"species","epochs":5,"model":"iris"}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [S3Fact]
    public async Task The_main_job_keeps_its_upload_in_the_bucket_and_reads_it_again_without_a_copy()
    {
        using var server = await S3Server.Start();
        using (var first = await ServiceHere.Start(_folder.Path, server.Settings))
        {
            await first.Wire.Upload("iris", "iris.csv");
            await first.Wire.Train(Job);
            var stored = Assert.Single(server.Objects("")); // the checkpoints of a job that has ended are gone
            Assert.StartsWith("blobs/", stored.Key, StringComparison.Ordinal);
            Assert.Equal(Wire.Sample("iris.csv"), File.ReadAllText(stored.Value));
            var use = (await first.Wire.Get("storage")).Json;
            Assert.Equal("s3://nn/team/a/", (string?)use["elsewhere"]!["place"]);
            var length = Wire.Sample("iris.csv").Length;
            Assert.InRange((long)use["elsewhere"]!["kinds"]![0]!["bytes"]!, length, length + 100); // with the file of a cluster, where there is one
            Assert.Equal("""{"status":"ready","reasons":[]}""", (await first.Wire.Get("/health/ready")).Text);
            await first.Stop();
        }

        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "blobs")));
        Directory.Delete(Path.Combine(_folder.Path, "cache"), recursive: true);
        using var second = await ServiceHere.Start(_folder.Path, server.Settings);
        Assert.Equal(HttpStatusCode.OK, (await second.Wire.Get("datasets/iris/rows")).Status);
        Assert.Equal(Wire.Sample("iris.csv"), (await second.Wire.Get("datasets/iris/content")).Text);
        await second.Wire.Delete("training-jobs/latest");
        Assert.Equal(HttpStatusCode.NoContent, (await second.Wire.Delete("datasets/iris")).Status);
        Assert.Empty(server.Objects(""));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "cache")));
    }

    [S3Fact]
    public async Task After_kill_9_another_process_that_has_the_database_alone_goes_on_from_the_buckets_checkpoint_to_the_same_bits()
    {
        using var server = await S3Server.Start();
        JsonNode killed;
        using (var first = await ServiceProcess.Start(_folder.Path, [.. server.Settings, "--Training:CheckpointSeconds=0.1"]))
        {
            await first.Wire.Upload("digits", "digits.csv");
            var id = (string)(await first.Wire.Post("training-jobs", EndlessJob.OnDigits("digits", "killed"))).Json["id"]!;
            await first.Wire.Until(id, job => (int)job["epoch"]! > 0);
            await Until(() => server.Objects("checkpoints/").Keys.Any(key => long.Parse(key.Split('/')[^1]) >= 4));
            killed = (await first.Wire.Get($"training-jobs/{id}")).Json;
            await first.Kill();
        }

        Assert.InRange(server.Objects("checkpoints/").Count, 1, 3);
        using var elsewhere = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(_folder.Path, "nnservice.db*"))
            File.Copy(file, Path.Combine(elsewhere.Path, Path.GetFileName(file)));

        using var second = await ServiceHere.Start(elsewhere.Path, server.Settings);

        var job = await EndlessJob.StopAndCompare(second.Wire, killed);
        Assert.Equal(2, (int)job["attempt"]!);
        await Until(() => server.Objects("checkpoints/").Count == 0); // which go after the commit that was waited for
        var health = await second.Wire.Get("/health/ready");
        Assert.Equal("""{"status":"ready","reasons":[]}""", health.Text); // nothing was lost on the way
    }

    [S3Fact]
    public async Task A_training_outlives_the_server_of_its_checkpoints_and_says_so()
    {
        using var server = await S3Server.Start();
        using var service = await ServiceHere.Start(_folder.Path, [.. server.Settings, "--Training:CheckpointSeconds=0.1"]);
        var wire = service.Wire;
        await wire.Upload("digits", "digits.csv");
        await wire.Upload("iris", "iris.csv");
        await wire.Train(Job);
        var id = (string)(await wire.Post("training-jobs", EndlessJob.OnDigits("digits", "alone"))).Json["id"]!;
        await Until(() => server.Objects("checkpoints/").Count > 0);

        await server.Stop();

        await wire.UntilAt("/health/ready", health => health["reasons"]!.AsArray().Any(reason => ((string)reason!).StartsWith(
            $"No checkpoint of training job {id} can be written: http://127.0.0.1:{server.Port} cannot be reached", StringComparison.Ordinal)));
        Assert.Equal("degraded", (string?)(await wire.Get("/health/ready")).Json["status"]);
        var epoch = (int)(await wire.Get($"training-jobs/{id}")).Json["epoch"]!;
        await wire.Until(id, job => (int)job["epoch"]! > epoch && (string?)job["state"] == "running");
        Assert.Equal(HttpStatusCode.OK, (await wire.Post("models/iris/predict", """{"rows":[[5.1,3.5,1.4,0.2]]}""")).Status);
        var refused = await wire.PostCsv("datasets?name=late", "a,b\n1,2\n");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal("5", refused.Headers.RetryAfter?.ToString());
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("datasets/late")).Status);

        await server.StartAgain();

        await wire.UntilAt("/health/ready", health => (string?)health["status"] == "ready");
        await wire.Post($"training-jobs/{id}/stop", "");
        await wire.Until(id, "succeeded");
        Assert.Equal(HttpStatusCode.Created, (await wire.PostCsv("datasets?name=late", "a,b\n1,2\n")).Status);
    }

    [S3Fact]
    public async Task A_job_ends_well_while_the_server_is_gone()
    {
        using var server = await S3Server.Start();
        using var service = await ServiceHere.Start(_folder.Path, [.. server.Settings, "--Training:CheckpointSeconds=0"]);
        await service.Wire.Upload("digits", "digits.csv");
        var id = (string)(await service.Wire.Post("training-jobs", EndlessJob.OnDigits("digits", "iris"))).Json["id"]!;
        await Until(() => server.Objects("checkpoints/").Count > 0);
        await server.Stop();

        await service.Wire.Post($"training-jobs/{id}/stop", "");

        await service.Wire.Until(id, "succeeded");
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("models/iris")).Status);
    }

    [S3Fact]
    public async Task An_upload_in_parts_of_50_MB_is_whole_and_one_that_loses_its_server_half_way_leaves_nothing()
    {
        var text = "a,b\n" + string.Concat(Enumerable.Repeat("1234567,7654321\n", (50 << 20) / 16));
        using var server = await S3Server.Start();
        using var service = await ServiceHere.Start(_folder.Path, server.Settings);

        Assert.Equal(HttpStatusCode.Created, (await service.Wire.PostCsv("datasets?name=large", text)).Status);

        var stored = Assert.Single(server.Objects("blobs/")).Value;
        using (var bytes = File.OpenRead(stored))
            Assert.Equal((string?)(await service.Wire.Get("datasets/large")).Json["sha256"], Convert.ToHexStringLower(SHA256.HashData(bytes)));

        await server.Freeze();
        var upload = service.Wire.PostCsv("datasets?name=half", text);
        var cache = Path.Combine(_folder.Path, "cache");
        await Until(() => Directory.GetFiles(cache, "*.tmp").Any(file => new FileInfo(file).Length == text.Length)); // all of it has come, and is sent on
        await server.Stop();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await upload).Status);
        Assert.Empty(Directory.GetFiles(cache, "*.tmp"));
        await server.StartAgain();
        Assert.Equal(HttpStatusCode.NotFound, (await service.Wire.Get("datasets/half")).Status);
        Assert.Single(server.Objects("blobs/"));
    }

    [S3Theory]
    [InlineData("deleted")]
    [InlineData("changed")]
    [InlineData("cut short")]
    public async Task An_object_that_was_changed_behind_the_services_back_is_damage_until_it_is_put_back(string damage)
    {
        using var server = await S3Server.Start();
        using (var first = await ServiceHere.Start(_folder.Path, server.Settings))
        {
            await first.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n");
            await first.Stop();
        }

        Directory.Delete(Path.Combine(_folder.Path, "cache"), recursive: true);
        var file = Assert.Single(server.Objects("blobs/")).Value;
        File.Delete(file + ".md5"); // the server reckons anew what it says of its bytes
        if (damage == "deleted")
            File.Delete(file);
        else
            File.WriteAllText(file, damage == "changed" ? "a,b\n1,2\n3,5\n" : "a,b\n1,2\n");

        using (var second = await ServiceHere.Start(_folder.Path, server.Settings))
        {
            if (damage != "changed") // a start looks at lengths
                Assert.StartsWith(
                    "Dataset \"d\" is damaged", (string?)(await second.Wire.Get("/health/ready")).Json["reasons"]![0], StringComparison.Ordinal);
            foreach (var path in (string[])["datasets/d/content", "datasets/d/rows"])
            {
                var refused = await second.Wire.Get(path);
                Assert.Equal(HttpStatusCode.InternalServerError, refused.Status);
                Assert.StartsWith("Dataset \"d\" is damaged", (string?)refused.Json["detail"], StringComparison.Ordinal);
            }

            await second.Stop();
        }

        var (code, said, _) = await ProgramHere.Run(_folder.Path, ["check", .. server.Settings]);
        Assert.Equal(1, code);
        Assert.Contains(
            $"The bytes of dataset \"d\" (s3://nn/team/a/blobs/{Path.GetFileName(file).Split('.')[0]}) are {(damage == "deleted" ? "missing" : "not those")}",
            said, StringComparison.Ordinal);
        File.Delete(file + ".md5");
        File.WriteAllText(file, "a,b\n1,2\n3,4\n");
        Assert.Equal((0, "All is in order.\n"), await Check(server));
        using var third = await ServiceHere.Start(_folder.Path, server.Settings);
        Assert.Equal("a,b\n1,2\n3,4\n", (await third.Wire.Get("datasets/d/content")).Text);
    }

    [S3Fact]
    public async Task A_copy_that_is_damaged_is_fetched_anew()
    {
        using var server = await S3Server.Start();
        using var service = await ServiceHere.Start(_folder.Path, server.Settings);
        await service.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n");
        var copy = Directory.GetFiles(Path.Combine(_folder.Path, "cache")).Single(file => Path.GetExtension(file).Length == 0);
        File.WriteAllText(copy, "a,b\n9,9\n9,9\n");

        Assert.Equal("a,b\n1,2\n3,4\n", (await service.Wire.Get("datasets/d/content")).Text);
    }

    [S3Fact]
    public async Task A_start_says_what_is_wrong_with_the_bucket()
    {
        using var server = await S3Server.Start();
        await Refuses("There is no bucket other at", [.. server.Settings, "--Storage:S3:Bucket=other"]);
        await Refuses("does not accept the key for s3://nn/team/a/ (InvalidAccessKeyId)", [.. server.Settings, "--Storage:S3:AccessKey=wr0ngSecret"]);
        await server.Stop();
        await Refuses("cannot be reached for s3://nn/team/a/ (ConnectionRefused)", server.Settings);
    }

    [Theory] // s3rver compares no signatures
    [InlineData("SignatureDoesNotMatch", HttpStatusCode.Forbidden, "does not accept the key for s3://b/p/ (SignatureDoesNotMatch). Change Storage:S3")]
    [InlineData("AccessDenied", HttpStatusCode.Forbidden, "refuses access to s3://b/p/ (AccessDenied). The key needs s3:ListBucket")]
    [InlineData("PermanentRedirect", HttpStatusCode.MovedPermanently, "in another region (PermanentRedirect). Change Storage:S3:Region")]
    public void What_a_server_refuses_is_said_by_its_code_alone(string code, HttpStatusCode status, string says)
    {
        var settings = new S3Settings("https://s3.example.com", "b", "p/", null, true) { Key = ("access", "wr0ngSecret") };
        var refused = new AmazonS3Exception("It is not wr0ngSecret", ErrorType.Sender, code, "request", status);

        var sentence = S3Failure.Explain(refused, settings, CancellationToken.None);

        Assert.Contains(says, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ngSecret", $"{sentence} {settings}", StringComparison.Ordinal);
    }

    [S3Fact]
    public async Task A_server_that_does_not_answer_is_told_by_the_health_check_within_seconds()
    {
        using var server = await S3Server.Start();
        using var service = await ServiceHere.Start(_folder.Path, server.Settings);

        await server.Freeze();

        var health = await service.Wire.UntilAt("/health/ready", answer => (string?)answer["status"] == "degraded");
        Assert.Contains("has not answered in 2 seconds", (string?)health["reasons"]![0], StringComparison.Ordinal);
        await server.Thaw();
        await service.Wire.UntilAt("/health/ready", answer => (string?)answer["status"] == "ready");
    }

    [S3Fact]
    public async Task Many_datasets_are_deleted_without_a_wait_for_each_where_the_server_is_silent()
    {
        using var server = await S3Server.Start();
        using var service = await ServiceHere.Start(_folder.Path, server.Settings);
        for (var i = 0; i < 6; i++)
            await service.Wire.PostCsv($"datasets?name=d{i}", $"a,b\n1,2\n3,{i}\n");
        await server.Freeze();

        var answer = await service.Wire.Delete("datasets?prefix=d");
        await server.Thaw();

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var left = service.SaidSoFar().Where(line => line.Contains("could not be deleted and stays", StringComparison.Ordinal)).ToList();
        Assert.Equal(6, left.Count);
        Assert.All(left.Skip(1), line => Assert.Contains("has not answered in 2 seconds", line, StringComparison.Ordinal)); // the first may be asked for 5 seconds
    }

    [S3Fact]
    public async Task No_key_is_said_anywhere()
    {
        using var server = await S3Server.Start();
        var said = new List<string>();
        using (var service = await ServiceProcess.Start(_folder.Path, [.. server.Settings, "--Serilog:MinimumLevel:Default=Verbose",
            "--Serilog:MinimumLevel:Override:Microsoft=Verbose", "--Training:CheckpointSeconds=0.1"]))
        {
            await service.Wire.Upload("digits", "digits.csv");
            var id = (string)(await service.Wire.Post("training-jobs", EndlessJob.OnDigits("digits", "iris"))).Json["id"]!;
            await Until(() => server.Objects("checkpoints/").Count > 0);
            await server.Stop();
            await service.Wire.UntilAt("/health/ready", health => health["reasons"]!.AsArray().Count > 1);
            said.Add((await service.Wire.PostCsv("datasets?name=late", "a,b\n1,2\n")).Text);
            foreach (var path in (string[])["storage", "audit", "/health/ready", "/metrics", $"training-jobs/{id}"])
                said.Add((await service.Wire.Get(path)).Text);
            await service.Terminate();
            said.AddRange([.. service.SaidBefore, .. await service.Rest(), .. await service.RestOfErrors()]);
        }

        Assert.Contains(said, text => text.Contains("cannot be reached for s3://nn/team/a/", StringComparison.Ordinal));
        Assert.DoesNotContain(said, text => text.Contains(S3Server.SecretKey, StringComparison.Ordinal));
    }

    [S3Fact]
    public async Task A_backup_takes_the_bucket_in_and_is_restored_into_a_folder_or_a_bucket()
    {
        using var server = await S3Server.Start();
        var archive = Path.Combine(_folder.Path, "backup.tar");
        var data = Path.Combine(_folder.Path, "data");
        string id;
        using (var first = await ServiceHere.Start(data, server.Settings))
        {
            await first.Wire.Upload("digits", "digits.csv");
            id = (string)(await first.Wire.Post("training-jobs", EndlessJob.OnDigits("digits", "kept"))).Json["id"]!;
            await first.Wire.Until(id, job => (int)job["epoch"]! > 0);
            await first.Wire.Post($"training-jobs/{id}/pause", "");
            await first.Wire.Until(id, "paused");
            await File.WriteAllBytesAsync(archive, await (await first.Wire.Http.PostAsync("/api/v1/backups", null)).Content.ReadAsByteArrayAsync());
            await first.Stop();
        }

        foreach (var (name, settings) in new (string, string[])[] { ("folder", []), ("bucket", [.. server.Settings, "--Storage:S3:Prefix=team/a/b"]) })
        {
            var target = Path.Combine(_folder.Path, name);
            var (code, _, error) = await ProgramHere.Run(target, ["restore", archive, .. settings]);
            Assert.True(code == 0, error);
            using var service = await ServiceHere.Start(target, settings);
            Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
            Assert.Equal(Wire.Sample("digits.csv"), (await service.Wire.Get("datasets/digits/content")).Text);
            var paused = (await service.Wire.Get($"training-jobs/{id}")).Json;
            await service.Wire.Post($"training-jobs/{id}/resume", "");
            await EndlessJob.StopAndCompare(service.Wire, paused);
        }
    }

    [S3Fact]
    public async Task An_object_that_no_row_names_stays_and_is_listed_after_a_day()
    {
        using var server = await S3Server.Start();
        using (var first = await ServiceHere.Start(_folder.Path, server.Settings))
        {
            await first.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n");
            await first.Stop();
        }

        var (key, file) = Assert.Single(server.Objects("blobs/"));
        foreach (var part in Directory.GetFiles(Path.GetDirectoryName(file)!, key.Split('/')[1] + "*"))
            File.Copy(part, part.Replace(key.Split('/')[1], "of-nobody", StringComparison.Ordinal));
        Assert.Equal((0, "All is in order.\n"), await Check(server)); // an upload under way on another node looks the same
        File.SetLastWriteTimeUtc(server.Objects("blobs/")["blobs/of-nobody"], DateTime.UtcNow.AddDays(-2));

        var (code, said) = await Check(server, "--fix");

        Assert.Equal(1, code);
        Assert.Contains("No row names s3://nn/team/a/blobs/of-nobody, which is older than a day.", said, StringComparison.Ordinal);
        Assert.Contains("mend it: aws s3 rm s3://nn/team/a/blobs/of-nobody", said, StringComparison.Ordinal);
        using var second = await ServiceHere.Start(_folder.Path, server.Settings);
        Assert.Equal(2, server.Objects("blobs/").Count);
        Assert.Contains(second.SaidSoFar(), line => line.Contains("are named by no row", StringComparison.Ordinal));
    }

    [S3Fact]
    public async Task The_practice_of_a_start_leaves_the_bucket_alone()
    {
        using var server = await S3Server.Start();
        string[] environment = ["env", .. server.Settings.Select(setting => setting[2..].Replace(":", "__", StringComparison.Ordinal).Replace("http__", "http:",
            StringComparison.Ordinal).Replace($"__{server.Port}", $":{server.Port}", StringComparison.Ordinal))];
        using var service = await ServiceProcess.StartUnder(environment, _folder.Path, "--WarmUp:Enabled=true", "--Serilog:MinimumLevel:Default=Debug");
        await service.Wire.Upload("iris", "iris.csv");
        await service.Line("Warmed up in", patience: Wire.Patience);

        Assert.Single(server.Objects(""));
    }

    [LinuxFact]
    public async Task Where_a_folder_is_used_nothing_of_the_AWS_SDK_is_loaded()
    {
        using var service = await ServiceProcess.Start(_folder.Path);
        await service.Wire.Upload("iris", "iris.csv");
        await service.Wire.Train(Job);
        await service.Wire.Get("storage");

        var loaded = await File.ReadAllTextAsync($"/proc/{service.ProcessId}/maps");

        Assert.Contains("NnService.Api.dll", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("AWSSDK", loaded, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Said)> Check(S3Server server, params string[] options)
    {
        var (code, said, error) = await ProgramHere.Run(_folder.Path, ["check", .. options, .. server.Settings]);
        Assert.Empty(error);
        return (code, said);
    }

    private async Task Refuses(string sentence, string[] settings)
    {
        var (code, error) = await ServiceProcess.RunToEnd(_folder.Path, settings);
        Assert.Equal(1, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("wr0ngSecret", error, StringComparison.Ordinal);
        Assert.DoesNotContain(S3Server.SecretKey, error, StringComparison.Ordinal);
    }

    private static async Task Until(Func<bool> isSo)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var glance = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!isSo())
            await glance.WaitForNextTickAsync(deadline.Token);
    }
}
