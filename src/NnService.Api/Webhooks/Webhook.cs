using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace NnService.Api.Webhooks;

/// <summary>An address that is told when a training job ends.</summary>
internal sealed class Webhook
{
    public long Number { get; init; }

    public required string Name { get; init; }

    public required string Url { get; init; }

    /// <summary>The key of the signatures, as <c>whsec_</c> and base64; kept as it is, since signing needs it.</summary>
    public required string Secret { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>The last transition of a job that has been looked at; what comes after it is still to be told.</summary>
    public required long LastTransition { get; set; }
}

/// <summary>One message to one address: the log, and what is still to be sent.</summary>
internal sealed class WebhookDelivery
{
    public long Number { get; init; }

    public required long WebhookNumber { get; init; }

    /// <summary>The message's id, the same in every attempt.</summary>
    public required string MessageId { get; init; }

    public required string Event { get; init; }

    /// <summary>The body, the same bytes in every attempt.</summary>
    public required string Payload { get; init; }

    public required DateTime CreatedAt { get; init; }

    public int Attempts { get; private set; }

    /// <summary>When it is sent next; null: it has been delivered or given up.</summary>
    public DateTime? NextAt { get; private set; }

    public DateTime? DeliveredAt { get; private set; }

    public int? LastStatus { get; private set; }

    public string? LastError { get; private set; }

    public void Create() => NextAt = CreatedAt;

    /// <summary>An attempt is over.</summary>
    /// <param name="now">The time.</param>
    /// <param name="result">What came of it.</param>
    public void Attempted(DateTime now, SendResult result)
    {
        Attempts++;
        (LastStatus, LastError) = (result.Status, result.Error);
        DeliveredAt = result.IsDelivered ? now : null;
        NextAt = result.IsDelivered ? null : now + RetrySchedule.After(Attempts);
    }
}

internal sealed class WebhookMapping : IEntityTypeConfiguration<Webhook>, IEntityTypeConfiguration<WebhookDelivery>
{
    public void Configure(EntityTypeBuilder<Webhook> builder)
    {
        builder.HasKey(webhook => webhook.Number);
        builder.HasIndex(webhook => webhook.Name).IsUnique();
    }

    public void Configure(EntityTypeBuilder<WebhookDelivery> builder)
    {
        builder.HasKey(delivery => delivery.Number);
        builder.HasIndex(delivery => delivery.WebhookNumber); // for lists, newest first
        builder.HasIndex(delivery => new { delivery.WebhookNumber, delivery.NextAt });
        builder.HasIndex(delivery => delivery.CreatedAt);
        builder.HasOne<Webhook>().WithMany().HasForeignKey(delivery => delivery.WebhookNumber).OnDelete(DeleteBehavior.Cascade);
    }
}
