using Microsoft.Extensions.Logging.Abstractions;
using NnService.Api.Metrics;
using NnService.Api.Storage;
using Found = NnService.Api.Errors.Damage;

namespace NnService.Api.Tests.Storage;

/// <summary>Checkpoints that another node has replaced by later ones since they were listed.</summary>
public sealed class GoneCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Found _damage = new(NullLogger<Found>.Instance);

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public void One_that_is_gone_from_a_shared_folder_is_passed_over_and_is_no_damage()
    {
        using var data = DataFolder.Open(Path.Combine(_folder.Path, "data"));
        var shared = Directory.CreateDirectory(Path.Combine(_folder.Path, "shared")).FullName;
        var checkpoints = new FolderCheckpoints(data, new SharedFolder(shared), _damage, new ServiceMeter(new UnheardMeters()), TimeProvider.System);
        var job = Guid.NewGuid();
        checkpoints.Write(job, stream => stream.Write("first"u8));
        var gone = Path.Combine(shared, "checkpoints", $"{job:N}.000000002");
        File.CreateSymbolicLink(gone, "missing"); // it is listed, and there is no such file

        Assert.Equal("first", checkpoints.ReadLatest(job, First));
        File.Delete(Path.ChangeExtension(gone, "000000001"));
        Assert.Null(checkpoints.ReadLatest(job, First));

        Assert.Empty(_damage.Found);
    }

    [Fact]
    public void Where_all_are_gone_that_were_listed_they_are_listed_once_more()
    {
        var checkpoints = new OldList(_damage, _folder.Path);
        checkpoints.Write(Guid.Empty, stream => stream.Write("third"u8));

        Assert.Equal("third", checkpoints.ReadLatest(Guid.Empty, First));

        Assert.Empty(_damage.Found);
    }

    private static string First(Stream content) => new StreamReader(content).ReadToEnd()[..5];

    /// <summary>Has the third, and lists those before it the first time.</summary>
    private sealed class OldList(Found damage, string folder) : CheckpointStore(damage, new ServiceMeter(new UnheardMeters()))
    {
        private readonly Queue<long[]> _lists = new([[2, 1], [3, 2]]);

        public override bool IsShared => true;

        public override IReadOnlyList<StoredCheckpoint> All() => [];

        public override FileStream? Open(StoredCheckpoint checkpoint) => null;

        public override void Remove(StoredCheckpoint checkpoint)
        {
        }

        public override IReadOnlyList<string> Unfinished() => [];

        protected override void Put(Guid job, Action<Stream> content) => WriteHashed(PathOf(3), content);

        protected override IReadOnlyList<long> GenerationsOf(Guid job) => _lists.Dequeue();

        protected override FileStream Open(Guid job, long generation) => File.OpenRead(PathOf(generation));

        protected override void RemoveAll(Guid job)
        {
        }

        private string PathOf(long generation) => Path.Combine(folder, Format(generation));
    }
}
