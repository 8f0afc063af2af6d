using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Watching;
using NnService.Engine.Specs;

namespace NnService.Api.Webhooks;

/// <summary>
/// Makes messages of jobs that have ended, and sends what is due. All of it stands in rows: a webhook knows the last transition it has been told of, a delivery
/// when it is sent next. So nothing is forgotten by a restart; a message may come twice where the process dies between the answer and the row.
/// </summary>
internal sealed class WebhookDispatcher(
    WebhookSettings settings, WebhookSender sender, Database database, JobFeeds feeds, Node node, TimeProvider clock,
    ILogger<WebhookDispatcher> log) : BackgroundService
{
    private const int MostAtOnce = 100;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1); // of a silence: then the rows are looked at all the same

    private readonly SemaphoreSlim _news = new(0, 1);

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
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.IsOn)
            return;
        await Task.Yield(); // the start waits for none of it
        feeds.AnyChanged += Wake;
        node.BeganToLead += Wake;
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = node.Leads ? await WorkAsync(stoppingToken) : null;
            await WaitAsync(next is { } due && due - Now < Longest ? due - Now : Longest, stoppingToken);
        }
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <summary>Sends what is due; when the next message is.</summary>
    private async Task<DateTime?> WorkAsync(CancellationToken cancellation)
    {
        try
        {
            MakeMessages();
            await Parallel.ForEachAsync(Due(), cancellation, SendAsync);
            using var db = database.Read();
            var next = db.WebhookDeliveries.Where(delivery => delivery.NextAt != null).OrderBy(delivery => delivery.NextAt);
            return next.Select(delivery => delivery.NextAt).FirstOrDefault();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception failure) when (failure is IOException || database.Failures.In(failure) is not null)
        {
            log.LogWarning("Webhooks cannot be sent, and are tried again in a minute: {Reason}", failure.GetBaseException().Message);
            return null;
        }
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

    private void MakeMessages()
    {
        using (var look = database.Read())
            if (!look.Webhooks.Any(webhook => look.JobTransitions.Any(transition => transition.Number > webhook.LastTransition)))
                return;
        database.Write(db =>
        {
            foreach (var webhook in db.Webhooks.ToList())
            {
                var after = webhook.LastTransition;
                webhook.LastTransition = db.JobTransitions.Max(transition => (long?)transition.Number) ?? after;
                var ends = db.JobTransitions.OrderBy(transition => transition.Number).Where(transition => transition.Number > after
                    && (transition.State == JobState.Succeeded || transition.State == JobState.Failed || transition.State == JobState.Cancelled));
                foreach (var end in ends.Select(transition => new { transition.State, transition.JobNumber }).ToList())
                    db.WebhookDeliveries.Add(DeliveryOf(webhook, db.TrainingJobs.First(job => job.Number == end.JobNumber), end.State));
            }

            return true;
        });
    }

    private WebhookDelivery DeliveryOf(Webhook webhook, TrainingJob job, JobState state)
    {
        var kind = $"training-job.{state.ToString().ToLowerInvariant()}";
        var data = new WebhookData(job.Id, state, job.StopReason, job.DatasetName, job.ModelName, job.ModelVersion, job.TrainLoss, job.ValidationLoss);
        var delivery = new WebhookDelivery
        {
            WebhookNumber = webhook.Number,
            MessageId = $"msg_{Guid.CreateVersion7():N}",
            Event = kind,
            Payload = JsonSerializer.Serialize(new WebhookMessage(kind, job.EndedAt ?? Now, data), SpecJson.Options),
            CreatedAt = Now,
        };
        delivery.Create();
        return delivery;
    }

    private List<Outgoing> Due()
    {
        var now = Now;
        using var db = database.Read();
        var due =
            from delivery in db.WebhookDeliveries
            where delivery.NextAt != null && delivery.NextAt <= now
            join webhook in db.Webhooks on delivery.WebhookNumber equals webhook.Number
            orderby delivery.NextAt
            select new Outgoing(delivery.Number, delivery.MessageId, delivery.Payload, webhook.Url, webhook.Secret);
        return [.. due.Take(MostAtOnce)];
    }

    private async ValueTask SendAsync(Outgoing message, CancellationToken cancellation)
    {
        var result = await sender.SendAsync(message, clock.GetUtcNow(), cancellation);
        await database.WriteAsync(
            db =>
            {
                if (db.WebhookDeliveries.FirstOrDefault(row => row.Number == message.Number) is not { } delivery)
                    return false; // deleted with its webhook
                delivery.Attempted(Now, result);
                if (!result.IsDelivered)
                    log.LogWarning("Webhook message {MessageId} was not delivered at attempt {Attempt}: {Reason}",
                        message.MessageId, delivery.Attempts, result.Error);
                return true;
            },
            CancellationToken.None);
    }
}
