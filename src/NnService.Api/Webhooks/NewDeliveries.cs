using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.TrainingJobs;
using NnService.Engine.Specs;

namespace NnService.Api.Webhooks;

/// <summary>Messages of jobs that have ended since webhooks were told last.</summary>
internal static class NewDeliveries
{
    /// <summary>Makes them: each webhook knows the last transition it has been told of.</summary>
    public static void Make(Database database, DateTime now)
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
                    db.WebhookDeliveries.Add(DeliveryOf(webhook, db.TrainingJobs.First(job => job.Number == end.JobNumber), end.State, now));
            }

            return true;
        });
    }

    private static WebhookDelivery DeliveryOf(Webhook webhook, TrainingJob job, JobState state, DateTime now)
    {
        var kind = $"training-job.{state.ToString().ToLowerInvariant()}";
        var data = new WebhookData(job.Id, state, job.StopReason, job.DatasetName, job.ModelName, job.ModelVersion, job.TrainLoss, job.ValidationLoss);
        var delivery = new WebhookDelivery
        {
            WebhookNumber = webhook.Number,
            MessageId = $"msg_{Guid.CreateVersion7():N}",
            Event = kind,
            Payload = JsonSerializer.Serialize(new WebhookMessage(kind, job.EndedAt ?? now, data), SpecJson.Options),
            CreatedAt = now,
        };
        delivery.Create();
        return delivery;
    }
}
