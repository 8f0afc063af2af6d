namespace NnService.Api.Errors;

/// <summary>Tells a lack of file handles from other failures.</summary>
internal static class TooFewHandles
{
    private const int ProcessLimit = 24;
    private const int SystemLimit = 23;

    /// <summary>Whether it is why something could not be opened.</summary>
    public static bool Caused(Exception exception) => !OperatingSystem.IsWindows() && (exception is IOException { HResult: ProcessLimit or SystemLimit }
        || (exception.InnerException is { } inner && Caused(inner)));
}
