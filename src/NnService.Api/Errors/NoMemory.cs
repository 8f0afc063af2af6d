namespace NnService.Api.Errors;

/// <summary>No memory was left for a moment, as under a limit of the heap: it passes.</summary>
internal static class NoMemory
{
    /// <summary>Whether that is at the bottom of an exception, as of one of a write.</summary>
    public static bool Caused(Exception exception) => exception.GetBaseException() is OutOfMemoryException;
}
