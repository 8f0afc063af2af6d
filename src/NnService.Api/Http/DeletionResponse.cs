namespace NnService.Api.Http;

/// <summary>What a delete by filter has done, or would do.</summary>
/// <param name="DryRun">Whether nothing was deleted.</param>
/// <param name="Count">How many were deleted, or would be; 10,000 at the most in one call.</param>
/// <param name="Deleted">Their names, or ids of jobs.</param>
/// <param name="Kept">What the filter lets through as well and cannot be deleted now.</param>
/// <param name="Warnings">What else is lost, or would be.</param>
public sealed record DeletionResponse(bool DryRun, int Count, IReadOnlyList<string> Deleted, IReadOnlyList<KeptItem> Kept, IReadOnlyList<string> Warnings);

/// <summary>What cannot be deleted now.</summary>
/// <param name="Name">Its name, or id of a job.</param>
/// <param name="Reason">Why, and what to do.</param>
public sealed record KeptItem(string Name, string Reason);
