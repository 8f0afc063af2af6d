namespace NnService.Api.Webhooks;

/// <summary>What came of an attempt.</summary>
/// <param name="Status">The answer's status; null: there was none.</param>
/// <param name="Error">Why it counts as not delivered; null where it was.</param>
internal sealed record SendResult(int? Status, string? Error)
{
    public bool IsDelivered => Error is null;
}
