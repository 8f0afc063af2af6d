using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.TrainingJobs;
using NnService.Engine.Specs;

namespace NnService.Api.Webhooks;

/// <summary>Messages of jobs that have ended since webhooks were told last.</summary>
internal static class NewDeliveries
{
    private const int MostAtOnce = 500; // of a write, which others wait for

    /// <summary>Makes them: each webhook knows the last transition it has been told of.</summary>
    public static void Make(Database database, DateTime now)
    {
        while (HasNews(database) && !database.Write(db => MakeSome(db, now)))
        {
        }
    }

    private static bool HasNews(Database database)
    {
        using var look = database.Read();
        return look.Webhooks.Any(webhook => look.JobTransitions.Any(transition => transition.Number > webhook.LastTransition));
    }

    // Whether there are no more.
    private static bool MakeSome(AppDbContext db, DateTime now)
    {
        var (left, latest) = (MostAtOnce, db.JobTransitions.Max(transition => (long?)transition.Number));
        foreach (var webhook in db.Webhooks.ToList())
        {
            var ends = EndsAfter(db, webhook.LastTransition).Take(left).ToList();
            db.WebhookDeliveries.AddRange(ends.Select(end => DeliveryOf(webhook, end, now)));
            left -= ends.Count;
            webhook.LastTransition = left == 0 ? ends[^1].Transition : latest ?? webhook.LastTransition;
            if (left == 0)
                return false;
        }

        return true;
    }

    private static IQueryable<End> EndsAfter(AppDbContext db, long after) =>
        from transition in db.JobTransitions
        where transition.Number > after
            && (transition.State == JobState.Succeeded || transition.State == JobState.Failed || transition.State == JobState.Cancelled)
        join job in db.TrainingJobs on transition.JobNumber equals job.Number
        orderby transition.Number
        select new End(
            transition.Number,
            job.EndedAt,
            new WebhookData(
                job.Id, transition.State, job.StopReason, job.DatasetName, job.ModelName, job.ModelVersion, job.TrainLoss, job.ValidationLoss));

    private static WebhookDelivery DeliveryOf(Webhook webhook, End end, DateTime now)
    {
        var kind = $"training-job.{end.Data.State.ToString().ToLowerInvariant()}";
        var delivery = new WebhookDelivery
        {
            WebhookNumber = webhook.Number,
            MessageId = $"msg_{Guid.CreateVersion7():N}",
            Event = kind,
            Payload = JsonSerializer.Serialize(new WebhookMessage(kind, end.EndedAt ?? now, end.Data), SpecJson.Options),
            CreatedAt = now,
        };
        delivery.Create();
        return delivery;
    }

    private sealed record End(long Transition, DateTime? EndedAt, WebhookData Data);
}
