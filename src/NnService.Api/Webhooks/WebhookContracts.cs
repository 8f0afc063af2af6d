using NnService.Api.TrainingJobs;

namespace NnService.Api.Webhooks;

/// <summary>An address to tell of the ends of training jobs.</summary>
public sealed record WebhookRequest
{
    /// <summary>Its name; left out: one is made.</summary>
    public string? Name { get; init; }

    /// <summary>Where messages are posted to: http or https, its host in <c>Webhooks:AllowedHosts</c>.</summary>
    public string? Url { get; init; }

    /// <summary>The key of the signatures, <c>whsec_</c> and 24 to 64 bytes in base64; left out: one is made.</summary>
    public string? Secret { get; init; }
}

/// <summary>A webhook.</summary>
public record WebhookResponse
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where messages are posted to.</summary>
    public required string Url { get; init; }

    /// <summary>When it was made; it is told of jobs that end after that.</summary>
    public required DateTime CreatedAt { get; init; }
}

/// <summary>A webhook that was just made, with the key that is shown this once.</summary>
public sealed record NewWebhookResponse : WebhookResponse
{
    /// <summary>The key of the signatures.</summary>
    public required string Secret { get; init; }
}

/// <summary>A message in the log of deliveries.</summary>
/// <param name="MessageId">The header <c>webhook-id</c>, the same in every attempt.</param>
/// <param name="Event">What has happened.</param>
/// <param name="CreatedAt">When it was written.</param>
/// <param name="Attempts">How often it was sent.</param>
/// <param name="DeliveredAt">When it was taken; null: it was not.</param>
/// <param name="NextAt">When it is sent again; null: it was taken, or is given up.</param>
/// <param name="LastStatus">Of the last answer; null: there was none.</param>
/// <param name="LastError">Why the last attempt failed; null where it did not.</param>
public sealed record DeliveryResponse(
    string MessageId, string Event, DateTime CreatedAt, int Attempts, DateTime? DeliveredAt, DateTime? NextAt, int? LastStatus, string? LastError);

/// <summary>The body of a message.</summary>
/// <param name="Type"><c>training-job.succeeded</c>, <c>.failed</c> or <c>.cancelled</c>.</param>
/// <param name="Timestamp">When it happened.</param>
/// <param name="Data">The job.</param>
public sealed record WebhookMessage(string Type, DateTime Timestamp, WebhookData Data);

/// <summary>A training job that has ended.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">How it ended.</param>
/// <param name="StopReason">Why.</param>
/// <param name="Dataset">Its dataset.</param>
/// <param name="Model">The model's name.</param>
/// <param name="ModelVersion">The version it has made; null: none.</param>
/// <param name="TrainLoss">The last one; null before the first.</param>
/// <param name="ValidationLoss">The last one; null without a validation part.</param>
public sealed record WebhookData(
    Guid Id, JobState State, StopReason? StopReason, string Dataset, string Model, int? ModelVersion, double? TrainLoss, double? ValidationLoss);
