using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NnService.Api.Errors;
using NnService.Api.Metrics;
using NnService.Api.Storage;
using Found = NnService.Api.Errors.Damage;

namespace NnService.Api.Tests.Storage;

/// <summary>A folder of blobs and checkpoints that several nodes share.</summary>
public sealed class SharedFolderTests : IDisposable
{
    private const string Job = """{"dataset":"iris","target":"species","epochs":5,"model":"iris"}""";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, DataFolder> _data = [];
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    private string Shared => Directory.CreateDirectory(Path.Combine(_folder.Path, "shared")).FullName;

    private string NodeOne => Path.Combine(_folder.Path, "one");

    private string NodeTwo => Path.Combine(_folder.Path, "two");

    public void Dispose()
    {
        foreach (var data in _data.Values)
            data.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_node_that_starts_leaves_what_another_is_writing_and_removes_it_after_a_day()
    {
        var source = new EndlessStream();
        using var upload = new CancellationTokenSource();
        var writing = Blobs(NodeOne).WriteAsync(source, upload.Token);
        await source.WasRead;
        var checkpoint = Path.Combine(Directory.CreateDirectory(Path.Combine(Shared, "checkpoints")).FullName, $"{Guid.NewGuid():N}.1.tmp");
        await File.WriteAllTextAsync(checkpoint, "half of one");
        var (blobs, checkpoints) = (Blobs(NodeTwo), Checkpoints(NodeTwo));

        blobs.RemoveUnfinished();
        checkpoints.RemoveUnfinished();

        Assert.Single(Directory.GetFiles(Shared, "*.tmp"));
        Assert.True(File.Exists(checkpoint));
        _clock.Advance(TimeSpan.FromDays(1.1));
        blobs.RemoveUnfinished();
        checkpoints.RemoveUnfinished();
        Assert.Empty(Directory.GetFiles(Shared, "*.tmp", SearchOption.AllDirectories));
        await upload.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    [Fact]
    public async Task Two_nodes_see_each_others_blobs_and_only_old_ones_without_a_row_are_orphans()
    {
        var (one, two) = (Blobs(NodeOne), Blobs(NodeTwo));
        var blob = await one.WriteAsync(new MemoryStream(Encoding.UTF8.GetBytes("a,b\n1,2\n")), CancellationToken.None);

        Assert.True(two.IsWhole(blob.Key, blob.Sha256));
        Assert.Empty(two.OrphansIn(two.All(), new HashSet<string>())); // its row may be on its way
        _clock.Advance(TimeSpan.FromDays(1.1));
        Assert.Equal(blob.Key, Assert.Single(two.OrphansIn(two.All(), new HashSet<string>())).Key);
        Assert.Empty(two.OrphansIn(two.All(), new HashSet<string> { blob.Key }));
    }

    [Fact]
    public void Two_nodes_read_each_others_checkpoints_and_the_two_latest_stay()
    {
        var job = Guid.NewGuid();
        var (one, two) = (Checkpoints(NodeOne), Checkpoints(NodeTwo));
        one.Write(job, stream => stream.Write("first"u8));
        two.Write(job, stream => stream.Write("second"u8));
        one.Write(job, stream => stream.Write("third"u8));

        Assert.Equal("third", two.ReadLatest(job, stream => new StreamReader(stream).ReadToEnd()[..5]));
        Assert.Equal([2, 3], two.All().Select(checkpoint => checkpoint.Generation).Order());
    }

    [Fact]
    public void A_folder_that_is_replaced_under_the_service_takes_nothing()
    {
        var blobs = Blobs(NodeOne);
        Directory.Move(Shared, Path.Combine(_folder.Path, "away"));
        Assert.Contains("cannot be reached", blobs.Obstacle(), StringComparison.Ordinal);
        Directory.CreateDirectory(Shared);

        Assert.Contains("is not the one the service has opened", blobs.Obstacle(), StringComparison.Ordinal);
        var refused = Assert.Throws<StorageUnavailableException>(() => blobs.IsWhole("key", "hash"));
        Assert.Equal(blobs.Obstacle(), refused.Message);
    }

    [Fact]
    public async Task The_main_job_keeps_its_upload_in_the_shared_folder_and_its_columns_in_its_own()
    {
        using var service = await ServiceHere.Start(NodeOne, $"--Storage:BlobFolder={Shared}");
        await service.Wire.Upload("iris", "iris.csv");
        await service.Wire.Train(Job);

        var texts = Directory.GetFiles(Shared).Select(File.ReadAllText).Where(text => !text.StartsWith("Nodes of a cluster", StringComparison.Ordinal));
        Assert.Equal(Wire.Sample("iris.csv"), Assert.Single(texts));
        Assert.EndsWith(".columns", Assert.Single(Directory.GetFiles(Path.Combine(NodeOne, "cache"))), StringComparison.Ordinal);
        Assert.Equal(Shared, (string?)(await service.Wire.Get("storage")).Json["elsewhere"]!["place"]);
        Assert.Equal(Wire.Sample("iris.csv"), (await service.Wire.Get("datasets/iris/content")).Text);
        Directory.Move(Shared, Path.Combine(_folder.Path, "away"));
        var refused = await service.Wire.PostCsv("datasets?name=late", "a,b\n1,2\n");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal("degraded", (string?)(await service.Wire.Get("/health/ready")).Json["status"]);
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Post("models/iris/predict", """{"rows":[[5.1,3.5,1.4,0.2]]}""")).Status);
    }

    [Fact]
    public async Task Settings_that_do_not_fit_together_are_refused()
    {
        await Refuses("There is no folder", $"--Storage:BlobFolder={Path.Combine(_folder.Path, "missing")}");
        await Refuses("The setting Storage:Kind is \"tape\"; it must be folder or s3.", "--Storage:Kind=tape");
        await Refuses("neither Storage:S3:ServiceUrl nor Storage:S3:Region", "--Storage:Kind=s3", "--Storage:S3:Bucket=b");
        await Refuses("Storage:S3:Bucket does not say which bucket", "--Storage:Kind=s3", "--Storage:S3:Region=eu-west-1");
        await Refuses("only one is set", "--Storage:Kind=s3", "--Storage:S3:Region=eu-west-1", "--Storage:S3:Bucket=b", "--Storage:S3:AccessKey=a");
        await Refuses("must be an address", "--Storage:Kind=s3", "--Storage:S3:Bucket=b", "--Storage:S3:ServiceUrl=https://user:wr0ngSecret@s3.example.com");
        await Refuses("Choose one of them", "--Storage:Kind=s3", $"--Storage:BlobFolder={Shared}");
    }

    [Fact]
    public void A_cache_keeps_what_was_used_last()
    {
        var cache = new BlobCache(Shared, mostBytes: 250, _clock);
        foreach (var key in (string[])["a", "b", "c"])
        {
            File.WriteAllBytes(Path.Combine(Shared, key), new byte[60]);
            File.WriteAllBytes(Path.Combine(Shared, key + ".columns"), new byte[40]);
            cache.Use(key);
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        cache.MakeRoom();
        Assert.Equal(6, Directory.GetFiles(Shared).Length); // whoever has just asked for one is about to open it
        _clock.Advance(TimeSpan.FromMinutes(2));
        cache.Use("a");
        cache.MakeRoom();

        Assert.Equal(["a", "a.columns", "c", "c.columns"], Directory.GetFiles(Shared).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void What_no_row_names_leaves_a_cache_when_nobody_has_used_it_for_a_while()
    {
        var blobs = Blobs(NodeOne);
        WriteColumns(blobs, "kept", "gone");
        File.WriteAllBytes(Path.Combine(blobs.Folder, "gone"), new byte[60]);
        _clock.Advance(TimeSpan.FromMinutes(11));
        WriteColumns(blobs, "new"); // of an upload whose row is still to come
        File.WriteAllText(Path.Combine(blobs.Folder, "fetched.tmp"), "half of one");

        blobs.LetCopiesGo(new HashSet<string> { "kept" });

        Assert.Equal(["fetched.tmp", "kept.columns", "new.columns"], Directory.GetFiles(blobs.Folder).Select(Path.GetFileName).Order());
        blobs.CompanionOf("new");
        _clock.Advance(TimeSpan.FromMinutes(9));
        blobs.LetCopiesGo(new HashSet<string> { "kept" });
        Assert.True(File.Exists(blobs.CompanionOf("new")));
        _clock.Advance(TimeSpan.FromMinutes(11));
        blobs.LetCopiesGo(new HashSet<string> { "kept" });
        Assert.Equal(["fetched.tmp", "kept.columns"], Directory.GetFiles(blobs.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Nothing_of_the_uploads_themselves_is_let_go()
    {
        var blobs = new FolderBlobs(Data(NodeOne), null, cacheBytes: 250, _clock);
        var blob = await blobs.WriteAsync(new MemoryStream("a,b\n1,2\n"u8.ToArray()), CancellationToken.None);
        _clock.Advance(TimeSpan.FromDays(2));

        blobs.LetCopiesGo(new HashSet<string>());

        Assert.True(blobs.IsWhole(blob.Key, blob.Sha256));
    }

    [Fact]
    public void Columns_of_tables_in_a_shared_folder_make_room_for_each_other()
    {
        var blobs = Blobs(NodeOne, cacheBytes: 250);

        Assert.Equal(["b", "c"], WriteColumns(blobs, "a", "b", "c"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        blobs.CompanionOf("b"); // somebody reads it
        Assert.Equal(["b", "d"], WriteColumns(blobs, "d"));
        blobs.Delete("d");
        Assert.Equal(["b", "e"], WriteColumns(blobs, "e"));
    }

    [Fact]
    public void Columns_beside_the_uploads_themselves_stay() =>
        Assert.Equal(["a", "b", "c"], WriteColumns(new FolderBlobs(Data(NodeOne), null, cacheBytes: 250, _clock), "a", "b", "c"));

    private IEnumerable<string> WriteColumns(FolderBlobs blobs, params string[] keys)
    {
        foreach (var key in keys)
        {
            _clock.Advance(TimeSpan.FromMinutes(2));
            blobs.WriteCompanion(key, path => File.WriteAllBytes(path, new byte[100]), path => path);
        }

        return Directory.GetFiles(blobs.Folder).Select(Path.GetFileNameWithoutExtension).OfType<string>().Order();
    }

    private FolderBlobs Blobs(string node, long cacheBytes = long.MaxValue) => new(Data(node), new SharedFolder(Shared), cacheBytes, _clock);

    private FolderCheckpoints Checkpoints(string node) =>
        new(Data(node), new SharedFolder(Shared), new Found(NullLogger<Found>.Instance), new ServiceMeter(new UnheardMeters()), _clock);

    private DataFolder Data(string node)
    {
        if (!_data.TryGetValue(node, out var data))
            _data[node] = data = DataFolder.Open(node);
        return data;
    }

    private async Task Refuses(string sentence, params string[] settings)
    {
        var (code, error) = await ProgramHere.RunToEnd(NodeOne, settings);
        Assert.Equal(1, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ngSecret", error, StringComparison.Ordinal);
    }

    /// <summary>An upload that never comes to its end.</summary>
    private sealed class EndlessStream : Stream
    {
        private readonly TaskCompletionSource _wasRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _reads;

        public Task WasRead => _wasRead.Task;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_reads++ == 0)
                return 1;
            _wasRead.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
