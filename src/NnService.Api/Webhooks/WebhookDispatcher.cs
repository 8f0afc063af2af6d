using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.TrainingJobs.Watching;

namespace NnService.Api.Webhooks;

/// <summary>
/// Makes messages of jobs that have ended, sends what is due, and deletes those that are old. All of it stands in rows: a webhook knows the last transition
/// it has been told of, a delivery when it is sent next. So nothing is forgotten by a restart; a message may come twice where the process dies between the
/// answer and the row.
/// Where the row cannot be written, what came of a message is kept in memory until it can: nobody is sent the same every minute because of a full disk.
/// </summary>
internal sealed class WebhookDispatcher(
    WebhookSettings settings, WebhookSender sender, Database database, JobFeeds feeds, Node node, TimeProvider clock,
    ILogger<WebhookDispatcher> log) : BackgroundService
{
    private const int MostToOne = 4; // messages on their way to a webhook: one that hangs does not hold up the others
    private const int MostAtOnce = 32; // to all of them
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1); // of a silence: then the rows are looked at all the same

    private readonly SemaphoreSlim _news = new(0, 1);
    private readonly SemaphoreSlim _turns = new(MostAtOnce);
    private readonly Dictionary<long, Task> _underWay = []; // what is being sent, by the number of its webhook
    private readonly ConcurrentDictionary<long, Attempt> _unsaved = new(); // what came of messages and could not be saved, by the number of the delivery
    private bool _isSaid; // that nothing is sent

    /// <summary>There may be something to send.</summary>
    public void Wake()
    {
        try
        {
            _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // it has been told and has not looked yet
        }
    }

    public override void Dispose()
    {
        feeds.AnyChanged -= Wake;
        node.BeganToLead -= Wake;
        base.Dispose();
        _news.Dispose();
        _turns.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.IsOn && node.IsAlone)
            return;
        await Task.Yield(); // the start waits for none of it
        feeds.AnyChanged += Wake;
        node.BeganToLead += Wake;
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = !node.Leads ? null : settings.IsOn ? Work(stoppingToken) : SayThatTheyWait();
            await WaitAsync(next is { } due && due - Now < Longest ? due - Now : Longest, stoppingToken);
        }

        await Task.WhenAll(_underWay.Values);
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <summary>Begins to send what is due; when the next message is. Webhooks to which messages are on their way have theirs looked at when those are over.</summary>
    private DateTime? Work(CancellationToken cancellation)
    {
        try
        {
            SaveAgain();
            NewDeliveries.Make(database, Now);
            foreach (var (webhook, _) in _underWay.Where(sending => sending.Value.IsCompleted).ToList())
                _underWay.Remove(webhook);
            var (now, waiting) = (Now, NextOfIdle());
            foreach (var webhook in waiting.Where(next => next.At <= now).Select(next => next.Webhook))
            {
                var sending = SendAsync(Due(webhook, now), cancellation);
                _underWay.Add(webhook, sending);
                _ = WakeAfterAsync(sending);
            }

            OldDeliveries.Delete(database, now, cancellation);
            return waiting.Where(next => next.At > now).Min(next => (DateTime?)next.At);
        }
        catch (Exception failure) when (failure is IOException || database.Failures.In(failure) is not null)
        {
            log.LogWarning("Webhooks cannot be sent, and are tried again in a minute: {Reason}", failure.GetBaseException().Message);
            return null;
        }
        catch (Exception unforeseen)
        {
            // What is thrown from here would end the service
            log.LogError(unforeseen, "Webhooks cannot be sent, and are tried again in a minute");
            return null;
        }
    }

    // The others may have hosts that may be told, and take webhooks in.
    private DateTime? SayThatTheyWait()
    {
        try
        {
            using var db = database.Read();
            if (!_isSaid && db.Webhooks.Any())
            {
                _isSaid = true;
                log.LogWarning("Webhooks' messages wait: this node leads, and its Webhooks:AllowedHosts names nobody. Set it alike on all nodes");
            }
        }
        catch (Exception failure) when (database.Failures.In(failure) is not null)
        {
            // it is looked at again in a minute
        }

        return null;
    }

    private async Task WaitAsync(TimeSpan time, CancellationToken cancellation)
    {
        if (time <= TimeSpan.Zero)
            return;
        using var over = new CancellationTokenSource(time, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellation);
        try
        {
            await _news.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    // When each webhook that nothing is on its way to is sent its next message, the longest due first: of one that has thousands waiting, one is looked at.
    private List<(long Webhook, DateTime At)> NextOfIdle()
    {
        var (underWay, unsaved) = (_underWay.Keys.ToArray(), _unsaved.Keys.ToArray());
        using var db = database.Read();
        var all = db.Webhooks.Where(webhook => !EF.Parameter(underWay).Contains(webhook.Number)).Select(webhook => new
        {
            webhook.Number,
            At = db.WebhookDeliveries
                .Where(delivery => delivery.WebhookNumber == webhook.Number && delivery.NextAt != null && !EF.Parameter(unsaved).Contains(delivery.Number))
                .OrderBy(delivery => delivery.NextAt).Select(delivery => delivery.NextAt).FirstOrDefault(),
        });
        return [.. all.AsEnumerable().Where(next => next.At is not null).Select(next => (next.Number, At: next.At!.Value)).OrderBy(next => next.At)];
    }

    private List<Outgoing> Due(long webhookNumber, DateTime now)
    {
        var unsaved = _unsaved.Keys.ToArray();
        using var db = database.Read();
        var due =
            from delivery in db.WebhookDeliveries
            where delivery.WebhookNumber == webhookNumber && delivery.NextAt <= now && !EF.Parameter(unsaved).Contains(delivery.Number)
            join webhook in db.Webhooks on delivery.WebhookNumber equals webhook.Number
            orderby delivery.NextAt
            select new Outgoing(delivery.Number, delivery.Attempts, webhook.Number, delivery.MessageId, delivery.Payload, webhook.Url, webhook.Secret);
        return [.. due.Take(MostToOne)];
    }

    // For the next ones, once it is seen that these are over.
    private async Task WakeAfterAsync(Task<bool> sending)
    {
        if (await sending)
            Wake();
    }

    /// <summary>Sends messages to one webhook; false where they are not to be followed by others at once.</summary>
    private async Task<bool> SendAsync(IReadOnlyList<Outgoing> messages, CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAll(messages.Select(message => SendAsync(message, cancellation)));
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // the next start sends them
        }
        catch (Exception failure) when (failure is IOException || database.Failures.In(failure) is not null)
        {
            log.LogWarning("What came of a webhook's messages cannot be saved, and is tried again in a minute: {Reason}", failure.GetBaseException().Message);
        }
        catch (Exception unforeseen)
        {
            log.LogError(unforeseen, "A webhook's messages cannot be sent, and are tried again in a minute");
        }

        return false;
    }

    private async Task SendAsync(Outgoing message, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation); // given in the order in which they are asked for
        SendResult result;
        try
        {
            result = await sender.SendAsync(message, clock.GetUtcNow(), cancellation);
        }
        finally
        {
            _turns.Release();
        }

        if (!result.IsDelivered)
            log.LogWarning("Webhook message {MessageId} was not delivered at attempt {Attempt}: {Reason}", message.MessageId, message.Attempts + 1, result.Error);
        var attempt = new Attempt(message.Attempts, Now, result);
        try
        {
            await database.WriteAsync(db => Save(db, message.Number, attempt), CancellationToken.None);
        }
        catch
        {
            _unsaved[message.Number] = attempt;
            throw;
        }
    }

    private void SaveAgain()
    {
        var unsaved = _unsaved.ToArray();
        if (unsaved.Length == 0)
            return;
        try
        {
            database.Write(db => unsaved.Count(left => Save(db, left.Key, left.Value)));
            foreach (var (number, _) in unsaved)
                _unsaved.TryRemove(number, out _);
        }
        catch (Exception failure) when (failure is IOException || database.Failures.In(failure) is not null)
        {
            log.LogWarning("What came of {Count} webhook messages still cannot be saved: {Reason}", unsaved.Length, failure.GetBaseException().Message);
        }
    }

    // False where it was deleted with its webhook, or has been saved: a commit may be done though its answer is lost, and another node may have led meanwhile.
    private static bool Save(AppDbContext db, long number, Attempt attempt)
    {
        if (db.WebhookDeliveries.FirstOrDefault(row => row.Number == number) is not { } delivery || delivery.Attempts != attempt.Before)
            return false;
        delivery.Attempted(attempt.At, attempt.Result);
        return true;
    }

    /// <summary>One that was made.</summary>
    /// <param name="Before">How many were made before it.</param>
    /// <param name="At">When it was over.</param>
    /// <param name="Result">What came of it.</param>
    private sealed record Attempt(int Before, DateTime At, SendResult Result);
}
