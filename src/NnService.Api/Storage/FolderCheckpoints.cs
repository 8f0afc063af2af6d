using NnService.Api.Errors;
using NnService.Api.Metrics;

namespace NnService.Api.Storage;

/// <summary>Checkpoints as files: in the data folder, or in a folder that several nodes share. Each is on disk before its name is.</summary>
internal sealed class FolderCheckpoints : CheckpointStore
{
    private readonly SharedFolder? _shared;
    private readonly string _folder;
    private readonly TimeProvider _clock;

    /// <param name="data">The data folder.</param>
    /// <param name="shared">The folder beside it; null: checkpoints live in the data folder's <c>checkpoints</c>.</param>
    /// <param name="damage">Where it is noted that one is damaged.</param>
    /// <param name="meter">For the time of writing.</param>
    /// <param name="clock">For the age of what others may be at work on.</param>
    public FolderCheckpoints(DataFolder data, SharedFolder? shared, Damage damage, ServiceMeter meter, TimeProvider clock)
        : base(damage, meter)
    {
        (_shared, _clock) = (shared, clock);
        _folder = shared is null ? data.CreateFolder("checkpoints") : Directory.CreateDirectory(Path.Combine(shared.Path, "checkpoints")).FullName;
    }

    public override bool IsShared => _shared is not null;

    public override IReadOnlyList<StoredCheckpoint> All()
    {
        _shared?.Require();
        return
        [
            .. new DirectoryInfo(_folder).EnumerateFiles().Where(file => !IsUnfinished(file.Name) && file.Exists).Select(file =>
                new StoredCheckpoint(JobOf(file.Name), GenerationIn(Path.GetExtension(file.Name.AsSpan()).TrimStart('.')), file.Length, file.FullName)),
        ];
    }

    public override FileStream? Open(StoredCheckpoint checkpoint)
    {
        try
        {
            return File.OpenRead(checkpoint.Place);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public override void Remove(StoredCheckpoint checkpoint) => File.Delete(checkpoint.Place);

    public override IReadOnlyList<string> Unfinished() =>
        [.. Directory.EnumerateFiles(_folder).Where(file => IsUnfinished(file) && (_shared is null || IsLeftBehind(File.GetLastWriteTimeUtc(file))))];

    protected override void Put(Guid job, Action<Stream> content)
    {
        _shared?.Require();
        var (path, temporary) = (PathOf(job, LatestGeneration(job) + 1), Path.Combine(_folder, $"{job:N}.{Guid.CreateVersion7():N}.tmp"));
        try
        {
            WriteHashed(temporary, content);
            Move(temporary, path, job);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FolderSync.Flush(_folder);
        foreach (var old in GenerationsOf(job).Select(generation => PathOf(job, generation)).Where(File.Exists).Skip(Generations))
            File.Delete(old);
    }

    // A node that was frozen, and has lost the job since, may write one of the same number when it wakes.
    private void Move(string temporary, string path, Guid job)
    {
        while (true)
            try
            {
                File.Move(temporary, path);
                return;
            }
            catch (IOException) when (_shared is not null && File.Exists(path))
            {
                path = PathOf(job, LatestGeneration(job) + 1);
            }
    }

    // Also a directory that has the name of one, so that no other gets its name.
    protected override IReadOnlyList<long> GenerationsOf(Guid job)
    {
        _shared?.Require();
        return
        [
            .. Directory.EnumerateFileSystemEntries(_folder, $"{job:N}.*")
                .Select(path => GenerationIn(Path.GetExtension(path.AsSpan()).TrimStart('.')))
                .Where(generation => generation > 0)
                .OrderDescending(),
        ];
    }

    protected override FileStream? Open(Guid job, long generation)
    {
        var path = PathOf(job, generation);
        return Directory.Exists(path) ? null : File.OpenRead(path);
    }

    protected override void RemoveAll(Guid job)
    {
        foreach (var path in GenerationsOf(job).Select(generation => PathOf(job, generation)).Where(File.Exists))
            File.Delete(path);
    }

    private static bool IsUnfinished(string file) => Path.GetExtension(file) == ".tmp";

    private static Guid JobOf(string name) => Guid.TryParseExact(Path.GetFileNameWithoutExtension(name), "N", out var job) ? job : Guid.Empty;

    private bool IsLeftBehind(DateTime writtenAt) => writtenAt < _clock.GetUtcNow().UtcDateTime - StorageSettings.LeftBehind;

    private string PathOf(Guid job, long generation) => Path.Combine(_folder, $"{job:N}.{Format(generation)}");
}
