namespace NnService.Engine.Export;

/// <summary>A model cannot be written in a format, or what was written does not answer as the model does; the message says why and what to do.</summary>
public sealed class ExportException(string message) : Exception(message);
