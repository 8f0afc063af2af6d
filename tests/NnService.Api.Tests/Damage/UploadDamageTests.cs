using System.Net;

namespace NnService.Api.Tests.Damage;

/// <summary>Uploads, their copies by column, and files that no row names.</summary>
public sealed class UploadDamageTests : DamagedFolder
{
    [OtherUserTheory]
    [InlineData("65534")]
    public async Task An_upload_that_is_closed_to_the_service_is_named_until_it_is_open(string nobody)
    {
        Directory.CreateDirectory(Folder);
        FolderTests.Run("chown", nobody, Folder);
        using var service = await ServiceProcess.StartUnder(["setpriv", $"--reuid={nobody}", "--clear-groups"], Folder);
        await service.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n");
        var upload = Directory.GetFiles(Blobs).Single(file => Path.GetExtension(file).Length == 0);
        File.Delete(Directory.GetFiles(Blobs, "*.columns").Single()); // which would do for a job
        FolderTests.Run("chmod", "000", upload);
        var says = $"Dataset \"d\" cannot be read: {upload} is closed to the service's user. Give it the right to read that.";

        var content = await service.Wire.Get("datasets/d/content");
        var job = await service.Wire.Post("training-jobs", """{"dataset":"d","target":"b"}""");

        Assert.Equal((HttpStatusCode.InternalServerError, says), (content.Status, (string?)content.Json["detail"]));
        Assert.Equal((HttpStatusCode.InternalServerError, says), (job.Status, (string?)job.Json["detail"]));
        var health = await service.Wire.Get("/health/ready");
        Assert.Equal(("degraded", says), ((string?)health.Json["status"], Assert.Single(Reasons(health))));

        FolderTests.Run("chmod", "600", upload);
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("datasets/d/content")).Status);
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
    }

    [Fact]
    public async Task Files_without_a_row_wait_in_quarantine_and_go_after_the_days_that_are_set()
    {
        using (var first = await ServiceHere.Start(Folder))
            await first.Stop();
        var upload = Guid.CreateVersion7().ToString("N");
        var checkpoint = $"{Guid.CreateVersion7():N}.000000007";
        File.WriteAllText(Path.Combine(Blobs, upload), "a,b\n1,2\n");
        File.WriteAllText(Path.Combine(Folder, "checkpoints", checkpoint), "of a job that no row knows");

        using (var second = await ServiceHere.Start(Folder))
        {
            Assert.Contains(second.SaidSoFar(),
                line => line.Contains("Moved 1 files to", StringComparison.Ordinal) && line.Contains(upload, StringComparison.Ordinal));
            var health = await second.Wire.Get("/health/ready");
            Assert.Equal(HttpStatusCode.OK, health.Status);
            Assert.Equal("ready", (string?)health.Json["status"]);
            Assert.Contains("2 files are in quarantine", Assert.Single(Reasons(health)), StringComparison.Ordinal);
            Assert.Contains("30 days", Reasons(health)[0], StringComparison.Ordinal);
            await second.Stop();
        }

        Assert.Equal(new[] { upload, checkpoint }.Order(), Quarantined().Select(Path.GetFileName).Order());
        var kept = Assert.Single(Quarantined(upload));
        Assert.Equal("a,b\n1,2\n", File.ReadAllText(kept));

        File.Move(kept, Path.Combine(Directory.CreateDirectory(Path.Combine(Quarantine, $"{DateTime.UtcNow.AddDays(-7):yyyy-MM-dd}")).FullName, upload));
        using var third = await ServiceHere.Start(Folder, "--Storage:QuarantineDays=5");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Quarantined(upload).Length > 0)
            await Task.Delay(20, deadline.Token);
        Assert.Equal(checkpoint, Path.GetFileName(Assert.Single(Quarantined())));
    }

    [Theory]
    [InlineData("cut short")]
    [InlineData("removed")]
    [InlineData("a directory")]
    public async Task An_upload_that_is_cut_short_or_gone_is_named_at_the_start(string damage)
    {
        await Uploads(1);
        var upload = Directory.GetFiles(Blobs).Single(file => Path.GetExtension(file).Length == 0);
        File.Copy(upload, Path.Combine(Folder, "backup"));
        Damage(upload, damage);

        using var service = await ServiceHere.Start(Folder);

        Assert.Contains("Dataset \"d0\" is damaged", Assert.Single(Reasons(await service.Wire.Get("/health/ready"))), StringComparison.Ordinal);
        var refused = await service.Wire.Get("datasets/d0/content");
        Assert.Equal(HttpStatusCode.InternalServerError, refused.Status);
        Assert.StartsWith("Dataset \"d0\" is damaged", (string?)refused.Json["detail"], StringComparison.Ordinal);
        PutBack(upload);
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("datasets/d0/content")).Status);
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
    }

    [Fact]
    public async Task A_model_whose_training_dataset_is_damaged_is_exported_with_drawn_rows()
    {
        using var service = await ServiceHere.Start(Folder);
        await service.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n5,6\n7,9\n");
        await service.Wire.Train("""{"dataset":"d","target":"b","task":"regression","epochs":2,"recipe":"fast","model":"m"}""");
        Assert.Equal(4, await RowsOfTheDataset(service.Wire));
        foreach (var file in Directory.GetFiles(Blobs))
            Damage(file, "cut short");

        Assert.Equal(0, await RowsOfTheDataset(service.Wire));

        Assert.Contains("Dataset \"d\" is damaged", Assert.Single(Reasons(await service.Wire.Get("/health/ready"))), StringComparison.Ordinal);

        static async Task<int> RowsOfTheDataset(Wire wire)
        {
            var file = await wire.Get("models/m/export/json");
            Assert.True(file.Status == HttpStatusCode.OK, file.Text);
            return (int)file.Json["manifest"]!["parity"]!["rowsOfTheDataset"]!;
        }
    }

    [Theory]
    [InlineData("a bit")]
    [InlineData("cut short")]
    [InlineData("removed")]
    public async Task A_damaged_copy_by_column_is_made_anew_under_a_running_service_too(string damage)
    {
        using var service = await ServiceHere.Start(Folder);
        await service.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n");
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("datasets/d/rows")).Status);
        Damage(Directory.GetFiles(Blobs, "*.columns").Single(), damage);

        var rows = await service.Wire.Get("datasets/d/rows");

        Assert.Equal("""{"columns":["a","b"],"rows":[[1,2],[3,4]],"total":2}""", rows.Text);
    }

    [Fact]
    public async Task A_directory_in_place_of_a_copy_by_column_is_named_and_the_table_is_served()
    {
        using var service = await ServiceHere.Start(Folder);
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
        using var service = await ServiceHere.Start(Folder);
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
        await PreparedFolder.Copy("a paused job", Folder, async wire =>
        {
            await wire.Upload("iris", "iris.csv");
            await wire.Post("training-jobs", EndlessJob.OnIris("iris", "m"));
            await wire.Post("training-jobs/latest/pause", "");
            await wire.Until("latest", "paused");
        });
        const string Job = "latest";
        var upload = Directory.GetFiles(Blobs).Single(file => Path.GetExtension(file).Length == 0);
        File.Copy(upload, Path.Combine(Folder, "backup"));
        File.Delete(upload + ".columns");
        Damage(upload, damage);
        using var service = await ServiceHere.Start(Folder);
        await service.Wire.Post($"training-jobs/{Job}/resume", "");
        var job = await service.Wire.Until(Job, now => (string?)now["state"] == "paused" && now["transitions"]!.AsArray().Count > 4);

        Assert.Contains("ataset \"iris\" is damaged", (string?)job["transitions"]!.AsArray()[^1]!["reason"], StringComparison.Ordinal);
        Assert.Null(job["endedAt"]);
        Assert.StartsWith("Dataset \"iris\" is damaged", Assert.Single(Reasons(await service.Wire.Get("/health/ready"))), StringComparison.Ordinal);

        PutBack(upload);
        await service.Wire.Post($"training-jobs/{Job}/resume", "");
        await service.Wire.Until(Job, "running");
        await service.Wire.Post($"training-jobs/{Job}/stop", "");
        await service.Wire.Until(Job, "succeeded");
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
    }

    [Theory]
    [InlineData("training-jobs/latest/resume")]
    [InlineData("studies/latest/stop")]
    public async Task A_job_that_is_held_while_it_is_to_stop_stops_when_it_goes_on(string goOn)
    {
        await PreparedFolder.Copy("a study whose job is paused", Folder, async wire =>
        {
            await wire.Upload("iris", "iris.csv");
            await wire.Post("studies", $$"""
                {"job":{{EndlessJob.OnIris("iris", "m")}},"search":{"/optimizer/learningRate":{"logUniform":[1e-7,1e-6]} },"trials":1,"model":"m"}
                """);
            await wire.UntilAt("studies/latest", study => (int)study["trials"]![0]!["epochs"]! > 0);
            await wire.Post("training-jobs/latest/pause", "");
            await wire.Until("latest", "paused");
        });
        var upload = Directory.GetFiles(Blobs).Single(file => Path.GetExtension(file).Length == 0);
        File.Copy(upload, Path.Combine(Folder, "backup"));
        File.Delete(upload + ".columns");
        Damage(upload, "removed");
        using var service = await ServiceHere.Start(Folder);
        await service.Wire.Post("studies/latest/stop", "");
        await service.Wire.Until("latest", job => (string?)job["state"] == "paused" && job["transitions"]!.AsArray().Count > 5);

        PutBack(upload);
        await service.Wire.Post(goOn, "");

        Assert.Equal("stopped", (string?)(await service.Wire.Until("latest", job => job["endedAt"] is not null))["stopReason"]);
        var study = await service.Wire.UntilAt("studies/latest", study => study["endedAt"] is not null);
        Assert.Equal(("stopped", 1), ((string?)study["stopReason"], (int)study["model"]!["version"]!));
    }
}
