using System.Diagnostics;
using System.Net;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>The data folder taken away, replaced or closed, under a service and before one.</summary>
public sealed class FolderTests : IDisposable
{
    private const string Table = "a,b\n1,2\n3,4\n";
    private const string Nobody = "65534";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    private string Moved => _folder + "-moved";

    [Theory]
    [InlineData("removed")]
    [InlineData("moved away")]
    [InlineData("another in its place")]
    [InlineData("a copy in its place")]
    [InlineData("uploads removed")]
    public async Task Nothing_is_acknowledged_that_is_not_kept(string what)
    {
        using var service = await ServiceHere.Start(_folder);
        await NothingIsAcknowledged(service.Wire, what);
        await service.Stop();
        if (what == "another in its place")
            Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [SqliteTheory]
    [InlineData("database removed")]
    [InlineData("database replaced")]
    [InlineData("log removed")]
    [InlineData("log cut short")]
    [InlineData("index cut short")]
    public async Task Nothing_is_acknowledged_in_a_database_that_is_not_the_one_that_was_opened(string what)
    {
        using var service = await ServiceProcess.Start(_folder);
        await NothingIsAcknowledged(service.Wire, what);
        Assert.InRange(await service.Terminate(), 0, 1); // and not by a signal, as when a page of a file in memory is gone
    }

    private async Task NothingIsAcknowledged(Wire wire, string what)
    {
        Assert.Equal(HttpStatusCode.Created, (await wire.PostCsv("datasets?name=before", Table)).Status);
        await Do(what);

        foreach (var answer in (Answer[])
            [
                await wire.PostCsv("datasets?name=after", Table),
                await wire.Post("networks", """{"name":"n","layers":[{"type":"dense","units":1}]}"""),
                await wire.Post("models", """{"name":"m","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}"""),
                await wire.Post("training-jobs", """{"dataset":"before","target":"b"}"""),
                await wire.Delete("datasets/before"),
                await wire.Get("datasets"),
            ])
        {
            Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable, answer.Text);
            Assert.Equal("application/problem+json", answer.ContentType);
            Assert.Contains(_folder, (string?)answer.Json["detail"], StringComparison.Ordinal);
        }

        var health = await wire.Get("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
        Assert.Contains(_folder, health.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("/health/live")).Status);
    }

    [Fact]
    public async Task A_folder_that_comes_back_is_used_again()
    {
        using var service = await ServiceHere.Start(_folder);
        Directory.Move(_folder, Moved);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.Wire.Get("/health/ready")).Status);
        Directory.Move(Moved, _folder);

        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("/health/ready")).Status);
        Assert.Equal(HttpStatusCode.Created, (await service.Wire.PostCsv("datasets?name=after", Table)).Status);
    }

    [Fact]
    public async Task Without_its_lock_file_the_folder_is_locked_all_the_same()
    {
        using var service = await ServiceHere.Start(_folder);
        File.Delete(Path.Combine(_folder, "lock"));

        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.Contains("is in use", error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await service.Wire.PostCsv("datasets?name=after", Table)).Status);
    }

    [Fact]
    public async Task A_file_where_the_folder_should_be_is_said_in_a_sentence()
    {
        await File.WriteAllTextAsync(_folder, "");

        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.Contains(_folder, Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        File.Delete(_folder);
    }

    [Theory]
    [InlineData("nnservice.db", false)]
    [InlineData("nnservice.db", true)]
    [InlineData("nnservice.db-wal", false)]
    [InlineData("nnservice.db-wal", true)]
    [InlineData("nnservice.db-shm", true)]
    [InlineData("lock", false)]
    [InlineData("reserve", true)]
    [InlineData("blobs", false)]
    [InlineData("blobs", true)]
    [InlineData("checkpoints", true)]
    [InlineData("quarantine", true)]
    public async Task A_directory_in_place_of_a_file_or_a_file_in_place_of_a_directory_is_said_in_a_sentence(string name, bool hasBeenUsed)
    {
        if (hasBeenUsed)
            await Fill();

        var path = Path.Combine(_folder, name);
        var isFile = name is "blobs" or "checkpoints" or "quarantine";
        Directory.CreateDirectory(_folder);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        File.Delete(path);
        if (isFile)
            await File.WriteAllTextAsync(path, "");
        else
            Directory.CreateDirectory(path);

        var (exitCode, error) = await ProgramHere.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        var (now, wanted) = isFile ? ("file", "directory") : ("directory", "file");
        Assert.Equal(
            $"{path} is a {now}, but must be a {wanted}. Move the {now} away; where there was a {wanted} before, put that back from a backup.",
            Assert.Single(error.Trim().Split('\n')));
    }

    [Fact]
    public async Task A_job_that_loses_the_folder_is_told_of_in_our_own_words()
    {
        using var service = await ServiceProcess.Start(_folder);
        await service.Wire.Upload("iris", "iris.csv");
        var waiting = service.Wire.Post("training-jobs", EndlessJob.OnIris("iris", "m"), ("Prefer", "wait=300"));
        var id = (string)(await service.Wire.Until("latest", job => (int?)job["epoch"] > 0))["id"]!;
        Directory.Move(_folder, Moved);

        var said = new List<string>();
        said.Add(await service.Line("broke off", said.Add));
        await service.Terminate();
        await waiting;
        said.AddRange(await service.Rest());

        var told = Assert.Single(said, line => line.Contains($"Training job {id} broke off", StringComparison.Ordinal));
        Assert.True(told.Contains($"The data folder {_folder} cannot be reached", StringComparison.Ordinal), told); // all of it
        // Of the request that has waited, and of those before it that had been answered, but whose entries were still to be sealed.
        Assert.InRange(said.Count(line => line.Contains("Entries of the audit log could not be sealed", StringComparison.Ordinal)), 1, 2);
        var foreign = said.FirstOrDefault(line => line.Contains("unhandled", StringComparison.Ordinal) || line.Contains("   at ", StringComparison.Ordinal));
        Assert.True(foreign is null, foreign);
    }

    [Fact]
    public async Task A_job_under_way_goes_on_from_its_checkpoint_when_the_folder_is_back()
    {
        using var service = await ServiceHere.Start(_folder, "--Training:CheckpointSeconds=0.2");
        await service.Wire.Upload("digits", "digits.csv");
        var id = (string)(await service.Wire.Post("training-jobs", EndlessJob.OnDigits("digits", "m"))).Json["id"]!;
        await service.Wire.Until(id, job => (int)job["epoch"]! > 0);
        var latest = Latest();
        await service.Wire.Until(id, _ => string.CompareOrdinal(Latest(), latest) > 0); // of an epoch that has been reported

        Directory.Move(_folder, Moved);
        await service.Line("broke off");
        Directory.Move(Moved, _folder);

        var left = (await service.Wire.Get($"training-jobs/{id}")).Json;
        var job = await EndlessJob.StopAndCompare(service.Wire, left);
        Assert.Equal(2, (int)job["attempt"]!);
        Assert.Equal(
            ["queued", "running", "queued", "running", "succeeded"], job["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!));
        Assert.DoesNotContain(job["warnings"]!.AsArray(), warning => ((string)warning!).Contains("begun again", StringComparison.Ordinal));

        string Latest() => Directory.GetFiles(Path.Combine(_folder, "checkpoints"), "*.0*").Order().LastOrDefault() ?? "";
    }

    [OtherUserTheory]
    [InlineData("checkpoints")]
    public async Task A_job_under_way_goes_on_when_its_folder_of_checkpoints_is_open_again(string inside)
    {
        Directory.CreateDirectory(_folder);
        Run("chown", Nobody, _folder);
        using var service = await ServiceProcess.StartUnder(
            ["setpriv", $"--reuid={Nobody}", "--clear-groups"], _folder, "--Training:CheckpointSeconds=0.2");
        await service.Wire.Upload("iris", "iris.csv");
        var id = (string)(await service.Wire.Post("training-jobs", EndlessJob.OnIris("iris", "m"))).Json["id"]!;
        await service.Wire.Until(id, job => (int?)job["epoch"] > 0);

        Run("chmod", "555", Path.Combine(_folder, inside));
        await service.Line("broke off");
        Run("chmod", "755", Path.Combine(_folder, inside));

        var job = await service.Wire.Until(id, job => (int)job["attempt"]! == 2 && (string?)job["state"] == "running");
        await service.Wire.Until(id, later => (int)later["epoch"]! > (int)job["epoch"]!);
        Assert.Equal(0, await service.Terminate());
    }

    [Fact]
    public async Task Jobs_that_are_queued_are_taken_on_when_the_folder_is_back()
    {
        using var service = await ServiceHere.Start(_folder, "--Training:MaxConcurrentJobs=1");
        await service.Wire.Upload("iris", "iris.csv");
        var running = (string)(await service.Wire.Post("training-jobs", EndlessJob.OnIris("iris", "m"))).Json["id"]!;
        await service.Wire.Until(running, job => (int?)job["epoch"] > 0);
        var queued = (string)(await service.Wire.Post("training-jobs", """{"dataset":"iris","target":"species","epochs":1,"model":"next"}""")).Json["id"]!;

        Directory.Move(_folder, Moved);
        await service.Line("broke off");
        Directory.Move(Moved, _folder);
        await service.Wire.Until(running, job => (int)job["attempt"]! == 2);
        await service.Wire.Post($"training-jobs/{running}/cancel", "");

        await service.Wire.Until(queued, "succeeded");
    }

    // root may read everything, so this needs a service of another user.
    [OtherUserTheory]
    [InlineData("")]
    [InlineData("blobs")]
    [InlineData("checkpoints")]
    public async Task A_folder_that_is_closed_to_the_service_is_named(string inside) => await IsNamed(inside);

    [OtherUserTheory]
    [InlineData("nnservice.db")]
    public async Task A_database_that_is_closed_to_the_service_is_named(string inside) => await IsNamed(inside);

    [OtherUserTheory]
    [InlineData("datasets/d")]
    [InlineData("datasets?prefix=d")]
    public async Task A_dataset_whose_files_cannot_be_deleted_is_deleted_all_the_same(string path)
    {
        Directory.CreateDirectory(_folder);
        Run("chown", Nobody, _folder);
        using var service = await ServiceProcess.StartUnder(["setpriv", $"--reuid={Nobody}", "--clear-groups"], _folder);
        await service.Wire.PostCsv("datasets?name=d", Table);
        var blobs = Path.Combine(_folder, "blobs");
        Run("chown", "-R", "root", blobs);
        Run("chmod", "1777", blobs); // as /tmp: everybody may write there, and delete what is their own

        var deleted = await service.Wire.Delete(path);

        Assert.True(deleted.Status is HttpStatusCode.NoContent or HttpStatusCode.OK, deleted.Text);
        Assert.Equal(HttpStatusCode.NotFound, (await service.Wire.Get("datasets/d")).Status);
        await service.Line("stay, though no row names them");
        Assert.NotEmpty(Directory.GetFiles(blobs));
    }

    [OtherUserTheory]
    [InlineData("")]
    [InlineData("-wal")]
    [InlineData("-shm")]
    public async Task A_database_that_may_only_be_read_is_refused_at_the_start(string suffix)
    {
        await Fill();
        var file = Path.Combine(_folder, "nnservice.db" + suffix);
        if (suffix.Length > 0)
            await File.WriteAllTextAsync(file, "");
        Run("chown", "-R", Nobody, _folder);
        Run("chmod", "444", file);

        var (exitCode, error) = await ServiceProcess.RunToEndUnder(["setpriv", $"--reuid={Nobody}", "--clear-groups"], _folder);

        Assert.Equal(1, exitCode);
        Assert.Equal($"The database {file} cannot be used: Permission denied. Give the service's user the right to read and write it.", error.Trim());
    }

    [OtherUserTheory]
    [InlineData("check")]
    [InlineData("backup", "backup.tar")]
    public async Task A_command_says_that_a_folder_is_closed_to_its_user(params string[] command)
    {
        await Fill();
        Run("chmod", "700", _folder);

        var (exitCode, error) = await ServiceProcess.RunToEndUnder(["setpriv", $"--reuid={Nobody}", "--clear-groups"], _folder, command);

        Assert.Equal(1, exitCode);
        Assert.Equal($"The data folder {_folder} cannot be used: Permission denied. Choose another with --Data:Path=…", error.Trim());
    }

    private Task Fill() => PreparedFolder.Copy("one upload, for FolderTests", _folder, async wire =>
    {
        await wire.PostCsv("datasets?name=before", Table);
    });

    private async Task IsNamed(string inside)
    {
        Directory.CreateDirectory(_folder);
        Run("chown", Nobody, _folder);
        var path = Path.Combine(_folder, inside);
        using (var service = await ServiceProcess.StartUnder(["setpriv", $"--reuid={Nobody}", "--clear-groups"], _folder))
        {
            Run("chmod", "000", path);
            if (inside != "nnservice.db") // what is open stays open
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.Wire.PostCsv("datasets?name=after", Table)).Status);
                var health = await service.Wire.Get("/health/ready");
                Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
                Assert.Contains(inside.Length == 0 ? "The data folder" : $"{inside} in the data folder", health.Text, StringComparison.Ordinal);
            }

            Assert.InRange(await service.Terminate(), 0, 1);
        }

        var (exitCode, error) = await ServiceProcess.RunToEndUnder(["setpriv", $"--reuid={Nobody}", "--clear-groups"], _folder);
        Assert.Equal(1, exitCode);
        Assert.Contains(_folder, Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        Run("chmod", "755", path);
    }

    public void Dispose()
    {
        foreach (var folder in (string[])[_folder, Moved])
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
    }

    private async Task Do(string what)
    {
        var database = Path.Combine(_folder, "nnservice.db");
        switch (what)
        {
            case "removed":
                Directory.Delete(_folder, recursive: true);
                break;
            case "moved away":
                Directory.Move(_folder, Moved);
                break;
            case "another in its place":
                Directory.Delete(_folder, recursive: true);
                Directory.CreateDirectory(_folder);
                break;
            case "a copy in its place":
                Directory.Move(_folder, Moved);
                Run("cp", "-a", Moved, _folder);
                break;
            case "database removed":
                File.Delete(database);
                break;
            case "database replaced":
                File.Copy(database, database + "2");
                File.Move(database + "2", database, overwrite: true);
                break;
            case "log removed":
                File.Delete(database + "-wal");
                break;
            case "log cut short":
            case "index cut short":
                using (var log = new FileStream(database + (what[0] == 'l' ? "-wal" : "-shm"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                    log.SetLength(0);
                break;
            default:
                Directory.Delete(Path.Combine(_folder, "blobs"), recursive: true);
                break;
        }

        await Task.CompletedTask;
    }

    internal static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
