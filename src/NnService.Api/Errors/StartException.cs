namespace NnService.Api.Errors;

/// <summary>The service cannot start; the message says why and what to change, and is all a person sees.</summary>
public class StartException(string message, Exception? inner = null) : Exception(message, inner);
