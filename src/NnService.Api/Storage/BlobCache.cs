using System.Collections.Concurrent;

namespace NnService.Api.Storage;

/// <summary>
/// Local copies of blobs and what is made from them, up to so many bytes; what was used last stays. What was used in the last minute stays in any case, for
/// somebody is about to open it. Files that are open can be removed: they end when they are closed.
/// </summary>
/// <param name="folder">Where they lie.</param>
/// <param name="mostBytes">Their length together.</param>
/// <param name="clock">For the order of use.</param>
internal sealed class BlobCache(string folder, long mostBytes, TimeProvider clock)
{
    private static readonly TimeSpan AboutToBeOpened = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AboutToHaveRow = TimeSpan.FromMinutes(10); // an upload's table is read and profiled before its row is written

    private readonly ConcurrentDictionary<string, DateTime> _used = new();
    private readonly Lock _gate = new();

    /// <summary>Somebody uses the files of a key.</summary>
    public void Use(string key) => _used[key] = clock.GetUtcNow().UtcDateTime;

    /// <summary>The files of a key are no more.</summary>
    public void Forget(string key) => _used.TryRemove(key, out _);

    /// <summary>Removes what was used longest ago, until the rest is small enough.</summary>
    public void MakeRoom()
    {
        lock (_gate)
        {
            var groups = Groups();
            var bytes = groups.Sum(LengthOf);
            var recent = clock.GetUtcNow().UtcDateTime - AboutToBeOpened;
            foreach (var group in groups.OrderBy(UsedAt).TakeWhile(group => bytes > mostBytes && UsedAt(group) < recent))
            {
                bytes -= LengthOf(group);
                Remove(group);
            }
        }
    }

    /// <summary>Removes what belongs to no row any more.</summary>
    /// <param name="keys">Those that rows name.</param>
    public void LetGo(IReadOnlySet<string> keys)
    {
        lock (_gate)
        {
            var recent = clock.GetUtcNow().UtcDateTime - AboutToHaveRow;
            foreach (var group in Groups().Where(group => !keys.Contains(group.Key) && UsedAt(group) < recent))
                Remove(group);
        }
    }

    private List<IGrouping<string, FileInfo>> Groups() =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles().Where(file => file.Extension != ".tmp" && file.Exists)
            .GroupBy(file => Path.GetFileNameWithoutExtension(file.Name)),
    ];

    private void Remove(IGrouping<string, FileInfo> group)
    {
        foreach (var file in group)
            file.Delete();
        Forget(group.Key);
    }

    // Files of an earlier process count from when they were written.
    private DateTime UsedAt(IGrouping<string, FileInfo> group) =>
        _used.TryGetValue(group.Key, out var at) ? at : group.Max(file => file.LastWriteTimeUtc);

    private static long LengthOf(IEnumerable<FileInfo> files) => files.Sum(file => file.Length);
}
