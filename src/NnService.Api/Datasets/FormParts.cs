using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.WebUtilities;
using NnService.Api.Errors;

namespace NnService.Api.Datasets;

/// <summary>The parts of a form, one after another.</summary>
internal sealed class FormParts
{
    private readonly Func<CancellationToken, Task<MultipartSection?>> _next;

    public FormParts(Stream body, string boundary)
    {
        var bounded = new FormHeaders(body);
        var reader = new MultipartReader(boundary, bounded);
        _next = cancellation => bounded.ReadAsync(() => reader.ReadNextSectionAsync(cancellation));
    }

    /// <summary>The next part; null behind the last one. Errors: <see cref="ProblemException"/> where the form is broken.</summary>
    public async Task<MultipartSection?> NextAsync(CancellationToken cancellation)
    {
        try
        {
            return await _next(cancellation);
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException && broken is not (BadHttpRequestException or ConnectionResetException))
        {
            throw Refusal.Exception(400, FormPart.Broken);
        }
    }
}
