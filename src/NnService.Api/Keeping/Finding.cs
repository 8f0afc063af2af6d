namespace NnService.Api.Keeping;

/// <summary>Something that is not as it should be.</summary>
/// <param name="What">A sentence.</param>
/// <param name="Command">What mends it, to be typed into a shell.</param>
/// <param name="Fix">Mends it; null where only somebody with a backup, or the will to lose something, can.</param>
internal sealed record Finding(string What, string Command, Action? Fix = null);
