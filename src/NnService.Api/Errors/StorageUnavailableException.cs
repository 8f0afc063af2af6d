namespace NnService.Api.Errors;

/// <summary>
/// Where uploads and checkpoints are kept cannot be asked now: nothing is lost, and what was asked for is not done. The message says what to look at, and names
/// no key.
/// </summary>
internal class StorageUnavailableException(string what) : IOException(what);
