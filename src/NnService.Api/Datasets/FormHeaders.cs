using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Datasets;

/// <summary>The body of a form, of which the headers of each part are limited: the framework's reader collects a line of them however long it is.</summary>
internal sealed class FormHeaders(Stream body) : ReadOnlyStream
{
    private const int MostBytes = 64 << 10; // with what stands before the first part, and what is read ahead

    private long? _left;

    /// <summary>Lets a reader go on to the next part, whose predecessor has been read to its end. Errors: <see cref="ProblemException"/>, 400.</summary>
    public async Task<TSection> ReadAsync<TSection>(Func<Task<TSection>> next)
    {
        _left = MostBytes;
        try
        {
            return await next();
        }
        finally
        {
            _left = null;
        }
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(buffer, cancellationToken);
        _left -= read;
        return _left >= 0 || _left is null ? read
            : throw Refusal.Exception(400, $"A part of the form has headers of more than {MostBytes:N0} bytes, or there is as much before the first part.");
    }
}
