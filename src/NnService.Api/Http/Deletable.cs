namespace NnService.Api.Http;

/// <summary>One of those that a filter lets through.</summary>
/// <param name="Number">Its row.</param>
/// <param name="Name">Its name, or id of a job.</param>
/// <param name="WhyKept">Why it cannot be deleted now; null: it can.</param>
/// <param name="Loss">What else is lost with it; null: nothing.</param>
internal sealed record Deletable(long Number, string Name, string? WhyKept, string? Loss = null);
