using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;

namespace NnService.Api.Access.Audit;

/// <summary>
/// Seals entries when their requests have been answered, those of a second in one transaction: no request waits for it. An entry that a crash has left open is
/// sealed without a status.
/// </summary>
internal sealed class AuditLog(Database database, Node node, TimeProvider clock, ILogger<AuditLog> log) : IHostedService, IDisposable
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestRequest = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, AuditedAnswer?> _requests = []; // whose entries are open: how they were answered; null: not yet
    private readonly List<UnsavedEntry> _unsaved = []; // entries of requests that have written nothing else
    private readonly SemaphoreSlim _sealer = new(1, 1); // whoever seals forgets what is sealed before the next one begins
    private ITimer? _timer; // runs while there is something to be sealed
    private Task _background = Task.CompletedTask; // what the timer has begun

    /// <summary>An entry is saved, and its request goes on.</summary>
    public void Opened(AuditEntry entry)
    {
        lock (_gate)
            _requests[entry.Id] = null;
    }

    /// <summary>The request of an entry has been answered; the entry need not be saved.</summary>
    public void Answered(AuditEntry entry, AuditedAnswer answer)
    {
        lock (_gate)
        {
            if (entry.Id == 0)
                _unsaved.Add(new UnsavedEntry(entry, answer));
            else
                _requests[entry.Id] = answer;
            using (ExecutionContext.SuppressFlow()) // it is not the request's any more
                _timer ??= clock.CreateTimer(_ => SealInBackground(), null, s_second, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Seals what has been answered up to now.</summary>
    public async Task SealAsync()
    {
        await _sealer.WaitAsync();
        try
        {
            StopTimer();
            var (done, sealedElsewhere) = await database.WriteAsync(Seal, CancellationToken.None);
            lock (_gate)
            {
                _unsaved.RemoveAll(unsaved => done.Contains(unsaved.Entry));
                foreach (var entry in done)
                    _requests.Remove(entry.Id);
                foreach (var gone in sealedElsewhere)
                    _requests.Remove(gone);
            }
        }
        finally
        {
            _sealer.Release();
        }
    }

    /// <summary>The same where it can be done, as on a disk with room.</summary>
    public async Task TrySealAsync()
    {
        try
        {
            await SealAsync();
        }
        catch (Exception failure) when (failure is IOException or DbException or DbUpdateException)
        {
            log.LogError("Entries of the audit log could not be sealed; they are kept as they are, and sealed with the next: {Reason}",
                failure.GetBaseException().Message);
        }
        catch (Exception failure)
        {
            log.LogError(failure, "Entries of the audit log could not be sealed; they are kept as they are, and sealed with the next");
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        StopTimer();
        bool isAnything;
        Task background;
        lock (_gate)
            background = _background;
        await background; // nothing is sealed any more when all of this is taken apart
        lock (_gate)
            isAnything = _unsaved.Count > 0 || _requests.Values.Any(answer => answer is not null);
        if (isAnything)
            await TrySealAsync();
    }

    public void Dispose()
    {
        StopTimer();
        _sealer.Dispose();
    }

    // A timer that was stopped when it had rung already begins nothing.
    private void SealInBackground()
    {
        lock (_gate)
            if (_timer is not null)
                _background = Task.Run(TrySealAsync);
    }

    // Whoever is answered next starts it again.
    private void StopTimer()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    // Within a write: an entry that is open then, and of no request here, is one that a crash has left; where there are other nodes, once it is older than any
    // request of theirs.
    private (HashSet<AuditEntry> Done, List<long> SealedElsewhere) Seal(AppDbContext db)
    {
        Dictionary<long, AuditedAnswer?> requests;
        UnsavedEntry[] unsaved;
        lock (_gate)
            (requests, unsaved) = (new(_requests), [.. _unsaved]);
        var chain = AuditChain.EndOf(db);
        var done = new HashSet<AuditEntry>();
        var left = clock.GetUtcNow().UtcDateTime - (node.IsAlone ? TimeSpan.Zero : s_longestRequest);
        var open = db.AuditEntries.Where(entry => entry.Number == null).OrderBy(entry => entry.Id).ToList();
        foreach (var entry in open)
            if (requests.TryGetValue(entry.Id, out var answer) ? answer is not null : node.IsAlone || entry.Method is null || entry.At < left) // a command's entry waits for no answer
                done.Add(chain.Append(entry, answer));
        foreach (var entry in unsaved)
            done.Add(entry.IsIn(db) ? entry.Entry : chain.Append(entry.AddTo(db), entry.Answer));
        return (done, [.. requests.Where(request => request.Value is not null).Select(request => request.Key).Except(open.Select(entry => entry.Id))]);
    }
}

/// <summary>What a request was answered.</summary>
/// <param name="Status">The status.</param>
/// <param name="Resource">Its <c>Location</c>; null: none.</param>
internal sealed record AuditedAnswer(int Status, string? Resource);
