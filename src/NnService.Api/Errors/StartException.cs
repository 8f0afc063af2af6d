namespace NnService.Api.Errors;

/// <summary>The service cannot start; the message says why and what to change, and is all a person sees.</summary>
public class StartException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another process has the data folder.</summary>
public sealed class FolderInUseException(string message, Exception? inner) : StartException(message, inner);
