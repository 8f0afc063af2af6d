using System.Globalization;
using NnService.Api.Errors;
using NnService.Api.Metrics;

namespace NnService.Api.Storage.S3;

/// <summary>Checkpoints as objects of a bucket: <c>checkpoints/{job}/{generation}</c>.</summary>
internal sealed class S3Checkpoints : CheckpointStore
{
    /// <summary>What the keys of them all begin with.</summary>
    public const string Start = "checkpoints/";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Brief = TimeSpan.FromSeconds(5);

    private readonly S3Bucket _bucket;
    private readonly string _local;

    public S3Checkpoints(DataFolder data, S3Bucket bucket, Damage damage, ServiceMeter meter)
        : base(damage, meter) => (_bucket, _local) = (bucket, data.CreateFolder("cache"));

    public override bool IsShared => true;

    public override IReadOnlyList<StoredCheckpoint> All() => [.. List(Start)];

    public override FileStream? Open(StoredCheckpoint checkpoint)
    {
        try
        {
            return Open(checkpoint.Job, checkpoint.Generation);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public override void Remove(StoredCheckpoint checkpoint) => Remove(checkpoint.Job, checkpoint.Generation);

    // What is half written is on this machine, and goes with the cache's.
    public override IReadOnlyList<string> Unfinished() => [];

    protected override void Put(Guid job, Action<Stream> content)
    {
        var temporary = NewTemporary();
        try
        {
            WriteHashed(temporary, content);
            var before = GenerationsOf(job);
            Wait(token => _bucket.PutAsync(KeyOf(job, (before is [var latest, ..] ? latest : 0) + 1), temporary, token), Patience);
            DropOld(job, before.Skip(Generations - 1));
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    protected override IReadOnlyList<long> GenerationsOf(Guid job) =>
        [.. List($"{Start}{job:N}/").Select(checkpoint => checkpoint.Generation).Where(generation => generation > 0).OrderDescending()];

    protected override FileStream? Open(Guid job, long generation)
    {
        var temporary = NewTemporary();
        try
        {
            return Wait(token => _bucket.FetchAsync(KeyOf(job, generation), temporary, token), Patience) is null
                ? throw new FileNotFoundException($"There is no {_bucket.PlaceOf(KeyOf(job, generation))}.")
                : new FileStream(temporary, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.DeleteOnClose);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    protected override void RemoveAll(Guid job)
    {
        foreach (var generation in GenerationsOf(job))
            Remove(job, generation);
    }

    // The new one is safe; what stays is dropped with the next.
    private void DropOld(Guid job, IEnumerable<long> generations)
    {
        try
        {
            foreach (var old in generations)
                Remove(job, old);
        }
        catch (StorageUnavailableException)
        {
        }
    }

    private static string KeyOf(Guid job, long generation) => string.Create(CultureInfo.InvariantCulture, $"{Start}{job:N}/{Format(generation)}");

    private string NewTemporary() => Path.Combine(_local, $"{Guid.CreateVersion7():N}.tmp");

    private void Remove(Guid job, long generation) => Wait(token => _bucket.DeleteAsync(KeyOf(job, generation), token), Brief);

    private IEnumerable<StoredCheckpoint> List(string start) => Wait(token => _bucket.ListAsync(start, token), Patience).Select(item =>
    {
        var (job, generation) = item.Key.Split('/') is [_, var id, var number] ? (id, number) : ("", "");
        return new StoredCheckpoint(
            Guid.TryParseExact(job, "N", out var known) ? known : Guid.Empty, GenerationIn(generation), item.Length, _bucket.PlaceOf(item.Key));
    });

    private T Wait<T>(Func<CancellationToken, Task<T>> request, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        try
        {
            return Blocking.Wait(() => request(deadline.Token));
        }
        catch (OperationCanceledException)
        {
            throw new StorageUnavailableException($"{_bucket.PlaceOf(Start)} has not answered in {patience.TotalSeconds:0} seconds. Look at the server.");
        }
    }

    private void Wait(Func<CancellationToken, Task> request, TimeSpan patience) => Wait(
        async token =>
        {
            await request(token);
            return true;
        },
        patience);
}
