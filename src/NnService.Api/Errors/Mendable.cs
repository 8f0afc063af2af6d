namespace NnService.Api.Errors;

/// <summary>What is damaged or cannot be read and written now, though it can be again: by a file put back, a disk repaired, handles set free.</summary>
internal static class Mendable
{
    /// <summary>Why work waits until it is mended, as the beginning of a sentence; null where waiting does not help.</summary>
    public static string? Reason(Exception failure) => failure switch
    {
        DamageException damaged => damaged.Message,
        IOException or UnauthorizedAccessException or InvalidDataException => $"a file could not be read or written ({failure.Message})",
        _ => null,
    };
}
