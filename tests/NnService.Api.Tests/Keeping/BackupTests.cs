using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Keeping;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests.Keeping;

/// <summary>Backups by HTTP and from the shell, restored into empty folders.</summary>
public sealed class BackupTests
{
    private const string Job =
        """{"dataset":"heights","target":"gender","features":["weight_lb","height_in"],"epochs":30,"recipe":"fast","model":"kept","seed":1}""";

    private const string Row = """{"rows":[{"weight_lb":128,"height_in":63}]}""";

    [UnixFact]
    public async Task Backups_taken_under_load_restore_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, "data");
        using var service = await ServiceHere.Start(data, "--Training:CheckpointSeconds=0.05");
        var wire = service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Train(Job);
        var answer = (await wire.Post("models/kept/predict", Row)).Text;
        var weights = (string?)(await wire.Get("models/kept/versions/1")).Json["sha256"];
        var endless = (string)(await wire.Post("training-jobs", EndlessJob.OnHeights("heights", "endless"))).Json["id"]!;
        await wire.Until(endless, job => (int)job["epoch"]! > 0);

        using var over = new CancellationTokenSource();
        var uploaded = new List<string>();
        var load = Task.WhenAll(Upload(wire, uploaded, over.Token), Predict(wire, answer, over.Token));
        var backups = new List<(string File, int Uploaded)>();
        for (var round = 0; round < 3; round++)
        {
            var file = Path.Combine(folder.Path, $"{round}.tar");
            backups.Add((file, Count(uploaded)));
            if (round == 1)
                Assert.Equal((0, ""), await ServiceProcess.RunToEnd(data, "backup", file)); // beside the service
            else
                await Download(wire, file);
        }

        await over.CancelAsync();
        await load;
        await wire.Post($"training-jobs/{endless}/cancel", "");
        await service.Stop();
        backups.Add((Path.Combine(folder.Path, "stopped.tar"), uploaded.Count));
        Assert.Equal((0, ""), await ServiceProcess.RunToEnd(data, "backup", backups[^1].File));

        foreach (var (file, most) in backups)
        {
            var target = file + ".restored";
            if (file == backups[0].File)
                Assert.Equal((0, ""), await ServiceProcess.RunToEnd(target, "restore", file));
            else
                Assert.Equal((0, ""), await ProgramHere.RunToEnd(target, "restore", file));
            Assert.Equal((0, ""), await ProgramHere.RunToEnd(target, "check"));
            using var restored = await ServiceHere.Start(target);
            var there = restored.Wire;
            Assert.Equal("""{"status":"ready","reasons":[]}""", (await there.Get("/health/ready")).Text);
            Assert.Equal(answer, (await there.Post("models/kept/predict", Row)).Text);
            Assert.Equal(weights, (string?)(await there.Get("models/kept/versions/1")).Json["sha256"]);
            foreach (var name in uploaded.Take(most))
                Assert.Equal(HttpStatusCode.OK, (await there.Get($"datasets/{name}/content")).Status); // the service looks at every byte
            if (most < uploaded.Count || file == backups[0].File)
                await there.Until(endless, job => (string?)job["state"] is "running" && (int)job["epoch"]! > 0);
            await there.CancelAll();
        }
    }

    [SqliteFact]
    public async Task A_second_backup_at_the_same_time_is_refused()
    {
        using var service = new TestService();
        var wire = service.Wire;
        var turn = service.Services.GetRequiredService<BackupTurn>();
        Assert.True(turn.TryTake());

        Assert.Equal(HttpStatusCode.TooManyRequests, (await wire.Post("backups", "")).Status);
        turn.GiveBack();

        Assert.Equal(HttpStatusCode.OK, (await wire.Post("backups", "")).Status);
        Assert.Equal(HttpStatusCode.OK, (await wire.Post("backups", "")).Status); // the first one has given its turn back
    }

    [LinuxFact]
    public async Task An_upload_that_can_have_no_second_name_is_read_when_everybody_may_write_again()
    {
        const string Elsewhere = "/dev/shm"; // another file system
        using var service = new TestService();
        var uploads = Directory.CreateDirectory(Path.Combine(Elsewhere, $"nnservice-{Guid.NewGuid():N}")).FullName;
        try
        {
            Directory.CreateDirectory(service.Folder);
            Directory.CreateSymbolicLink(Path.Combine(service.Folder, "blobs"), uploads);
            await service.Wire.Upload("heights", "toy_heights.csv");

            using var snapshot = service.Services.GetRequiredService<Backups>().Take();
            var copied = Directory.GetFiles(service.Folder, "*", SearchOption.AllDirectories)
                .Where(file => file.Contains("staging", StringComparison.Ordinal) && Path.GetFileName(Path.GetDirectoryName(file)) == "blobs");
            Assert.Empty(copied);
            using var archive = new MemoryStream();
            var manifest = await snapshot.WriteAsync(archive, CancellationToken.None);

            Assert.Empty(snapshot.Damaged);
            Assert.Equal(
                (string?)(await service.Wire.Get("datasets/heights")).Json["sha256"],
                Assert.Single(manifest.Files, file => file.Path.StartsWith("blobs/", StringComparison.Ordinal)).Sha256);
        }
        finally
        {
            TemporaryFolder.Remove(uploads);
        }
    }

    [SqliteFact]
    public async Task Nothing_is_restored_from_an_archive_that_is_not_whole_or_into_a_folder_that_is_not_empty()
    {
        using var service = new TestService();
        await service.Wire.Upload("heights", "toy_heights.csv");
        using var folder = new TemporaryFolder();
        var whole = Path.Combine(folder.Path, "whole.tar");
        await Download(service.Wire, whole);
        var bytes = await File.ReadAllBytesAsync(whole);

        await Refuses("cut.tar", bytes[..(bytes.Length / 2)], "is no whole backup");
        await Refuses("without-manifest.tar", [.. bytes[..IndexOf(bytes, "manifest.json")], .. new byte[1024]], "is no whole backup");
        var flipped = (byte[])bytes.Clone();
        flipped[IndexOf(bytes, "SQLite format 3") + 5000] ^= 1;
        await Refuses("flipped.tar", flipped, "nnservice.db is missing or damaged");
        await Refuses("outside.tar", Archive("../outside"), "\"../outside\", which no backup has");
        await Refuses("text.tar", "not an archive"u8.ToArray(), "is no whole backup");
        var table = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("1,2,3\n", 1000)));
        await Refuses("table.csv", table, "is no whole backup: it is not in the form of tar");
        await Refuses("whole.tar.gz", Compressed(bytes), "or compressed: unpack it first (gunzip)");

        var full = Directory.CreateDirectory(Path.Combine(folder.Path, "full")).FullName;
        await File.WriteAllTextAsync(Path.Combine(full, "mine.txt"), "");
        var (code, error) = await ProgramHere.RunToEnd(full, "restore", whole);
        Assert.Equal(1, code);
        Assert.Contains("is not empty: it has mine.txt", error, StringComparison.Ordinal);
        Assert.Equal((0, ""), await ProgramHere.RunToEnd(Path.Combine(folder.Path, "new"), "restore", whole));

        async Task Refuses(string name, byte[] archive, string why)
        {
            var file = Path.Combine(folder.Path, name);
            await File.WriteAllBytesAsync(file, archive);
            var (code, error) = await ProgramHere.RunToEnd(file + ".restored", "restore", file);
            Assert.Equal(1, code);
            Assert.Contains(why, error, StringComparison.Ordinal);
            Assert.Equal(["lock"], Directory.EnumerateFileSystemEntries(file + ".restored").Select(Path.GetFileName));
            Assert.False(File.Exists(Path.Combine(folder.Path, "outside")));
        }
    }

    [SqliteFact]
    public async Task A_restore_says_how_many_keys_are_good_for_some_may_have_been_revoked_since()
    {
        using var folder = new TemporaryFolder();
        var (data, file, restored) = (Path.Combine(folder.Path, "data"), Path.Combine(folder.Path, "backup.tar"), Path.Combine(folder.Path, "restored"));
        foreach (var name in new[] { "kept", "revoked" })
            Assert.Equal(0, (await ProgramHere.Run(data, "keys", "create", $"--name={name}", "--scopes=read")).ExitCode);
        Assert.Equal((0, ""), await ProgramHere.RunToEnd(data, "backup", file));
        var id = (await ProgramHere.Run(data, "keys", "list")).Output.Split('\n').Single(line => line.Contains("revoked", StringComparison.Ordinal))[..36];
        Assert.Equal((0, ""), await ProgramHere.RunToEnd(data, "keys", "revoke", id));

        var (exitCode, output, _) = await ProgramHere.Run(restored, "restore", file);

        Assert.Equal(0, exitCode);
        Assert.Contains("2 keys are good, those too that were revoked after the backup", output, StringComparison.Ordinal);
        Assert.Contains(id, (await ProgramHere.Run(restored, "keys", "list")).Output, StringComparison.Ordinal);
    }

    [SqliteFact]
    public async Task A_backup_says_which_dataset_is_damaged_and_never_overwrites_a_file()
    {
        using var folder = new TemporaryFolder();
        var (data, file) = (Path.Combine(folder.Path, "data"), Path.Combine(folder.Path, "backup.tar"));
        using (var service = await ServiceHere.Start(data))
        {
            await service.Wire.Upload("heights", "toy_heights.csv");
            await service.Stop();
        }

        var blob = Directory.EnumerateFiles(Path.Combine(data, "blobs")).Single(path => Path.GetExtension(path).Length == 0);
        await File.AppendAllTextAsync(blob, "x");

        Assert.Equal(
            (1, $"Dataset \"heights\" is damaged, and so is its copy in the backup. Put its bytes back from an older one.{Environment.NewLine}"),
            await ServiceProcess.RunToEnd(data, "backup", file));
        var (code, error) = await ServiceProcess.RunToEnd(data, "backup", file);
        Assert.Equal(1, code);
        Assert.Contains("is there already", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(data, "staging")));
    }

    [Fact]
    public async Task What_a_backup_that_was_killed_has_left_goes_at_the_next_start_and_what_one_at_work_has_stays()
    {
        using var folder = new TemporaryFolder();
        var staging = Path.Combine(folder.Path, "staging");
        var left = Directory.CreateDirectory(Path.Combine(staging, "left")).FullName;
        var atWork = Directory.CreateDirectory(Path.Combine(staging, "at-work")).FullName;
        await File.WriteAllTextAsync(Path.Combine(left, "nnservice.db"), "");
        using var owner = new FileStream(Path.Combine(atWork, "owner"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        using var service = await ServiceHere.Start(folder.Path);

        Assert.Equal([atWork], Directory.EnumerateDirectories(staging));
    }

    [OtherUserTheory]
    [InlineData("65534")]
    public async Task A_folder_of_scratch_files_that_is_another_users_is_named(string nobody)
    {
        using var folder = new TemporaryFolder();
        FolderTests.Run("chown", nobody, folder.Path);
        using var service = await ServiceProcess.StartUnder(["setpriv", $"--reuid={nobody}", "--clear-groups"], folder.Path);
        Assert.Equal(0, (await ServiceProcess.RunToEnd(folder.Path, "backup", Path.Combine(folder.Path, "by-root.tar"))).ExitCode);
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Post("backups", "")).Status);
        var staging = Directory.CreateDirectory(Path.Combine(folder.Path, "staging")).FullName;

        var refused = await service.Wire.Post("backups", "");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.StartsWith($"{staging} cannot be written", (string?)refused.Json["detail"], StringComparison.Ordinal);
    }

    [SqliteFact]
    public async Task Damage_that_a_backup_has_found_goes_with_its_dataset()
    {
        using var folder = new TemporaryFolder();
        using var service = await ServiceHere.Start(folder.Path);
        await service.Wire.Upload("heights", "toy_heights.csv");
        var damage = service.Services.GetRequiredService<Errors.Damage>();
        await File.AppendAllTextAsync(Directory.EnumerateFiles(Path.Combine(folder.Path, "blobs")).Single(path => Path.GetExtension(path).Length == 0), "x");

        await Download(service.Wire, Path.Combine(folder.Path, "backup.tar"));
        var found = damage.Found;
        await service.Wire.Delete("datasets/heights");

        Assert.StartsWith("Dataset \"heights\" is damaged", Assert.Single(found), StringComparison.Ordinal);
        Assert.Empty(damage.Found);
    }

    [SqliteFact]
    public async Task A_dataset_that_is_deleted_while_a_backup_is_sent_is_not_damaged()
    {
        using var shared = new TemporaryFolder();
        using var service = new TestService();
        await using var host = service.WithWebHostBuilder(builder => builder.UseSetting("Storage:BlobFolder", shared.Path));
        var wire = new Wire(host.CreateClient());
        await wire.Upload("heights", "toy_heights.csv");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/backups");

        using var answer = await wire.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead); // it waits for its reader in the database, before the uploads
        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete("datasets/heights")).Status);
        Assert.DoesNotContain("blobs/", Encoding.ASCII.GetString(await answer.Content.ReadAsByteArrayAsync()), StringComparison.Ordinal);

        Assert.Empty(host.Services.GetRequiredService<Errors.Damage>().Found);
    }

    [SqliteFact]
    public async Task A_backup_whose_scratch_folder_cannot_be_removed_is_not_the_last_one()
    {
        if (OperatingSystem.IsWindows())
            return; // nobody removes files there that are open
        using var service = new TestService();
        var wire = service.Wire;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/backups");

        using (var answer = await wire.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead)) // it waits for its reader
        {
            Directory.Delete(Path.Combine(service.Folder, "staging"), recursive: true);
            await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.ReadAsByteArrayAsync());
        }

        Assert.Equal(HttpStatusCode.OK, (await wire.Post("backups", "")).Status);
    }

    private static byte[] Compressed(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    internal static async Task Download(Wire wire, string file)
    {
        using var answer = await wire.Http.PostAsync("/api/v1/backups", null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Matches(@"^nnservice-\d{8}T\d{6}Z\.tar$", answer.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        await using var target = File.Create(file);
        await answer.Content.CopyToAsync(target);
    }

    private static async Task Upload(Wire wire, List<string> uploaded, CancellationToken over)
    {
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            await wire.PostCsv($"datasets?name=load-{i}", $"a,b\n{i},1\n2,3\n");
            lock (uploaded)
                uploaded.Add($"load-{i}");
        }
    }

    private static async Task Predict(Wire wire, string answer, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
            Assert.Equal(answer, (await wire.Post("models/kept/predict", Row)).Text);
    }

    private static int Count(List<string> uploaded)
    {
        lock (uploaded)
            return uploaded.Count;
    }

    private static int IndexOf(byte[] bytes, string text) => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) is >= 0 and var at
        ? at / 512 * 512
        : throw new InvalidOperationException($"There is no {text} in the archive.");

    private static byte[] Archive(string entry)
    {
        using var bytes = new MemoryStream();
        using (var archive = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
            archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, entry) { DataStream = new MemoryStream(RandomNumberGenerator.GetBytes(10)) });
        return bytes.ToArray();
    }
}
