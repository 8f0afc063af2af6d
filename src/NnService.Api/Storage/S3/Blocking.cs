namespace NnService.Api.Storage.S3;

/// <summary>
/// Waits for requests, which the SDK makes asynchronously alone, where files are read: on threads that may block. What follows an await runs on the pool: the
/// workers of long requests run it themselves otherwise, and would wait for themselves.
/// </summary>
internal static class Blocking
{
    /// <summary>The result. Errors: those of the request.</summary>
    public static T Wait<T>(Func<Task<T>> request) => Task.Run(request).GetAwaiter().GetResult();

    /// <summary>The same without a result.</summary>
    public static void Wait(Func<Task> request) => Task.Run(request).GetAwaiter().GetResult();
}
