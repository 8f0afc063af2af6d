using Microsoft.AspNetCore.Connections;
using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Datasets;

/// <summary>A part of a form; one that ends before its boundary is the caller's mistake.</summary>
internal sealed class FormPart(Stream part) : ReadOnlyStream
{
    public const string Broken = "The multipart body is broken: it ends before its last boundary, or a part has no proper header.";

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await part.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException && broken is not (BadHttpRequestException or ConnectionResetException))
        {
            throw Refusal.Exception(400, Broken);
        }
    }
}
