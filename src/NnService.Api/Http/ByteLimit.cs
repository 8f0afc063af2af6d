namespace NnService.Api.Http;

/// <summary>A number of bytes, and what to say where there are more.</summary>
internal sealed record ByteLimit(long Bytes, string Refusal);
