using System.Buffers;
using System.Text.Json;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Predictions;

/// <summary>
/// Gathers an answer. Where the request came in, nothing is sent before it is whole, so that a bad last row is a refusal and not half an answer;
/// a worker passes on what there is, for its caller gets it when all of it is made (<see cref="Limits.LongAnswers"/>).
/// </summary>
internal sealed class AnswerWriter
{
    private const int BytesAtATime = 1 << 16;

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);
    private HttpResponse? _response;
    private bool _passesOn;
    private long _passedOn; // bytes

    public AnswerWriter() => Json = new Utf8JsonWriter(_bytes, JsonOptions);

    /// <summary>How numbers, names and texts are written.</summary>
    public static JsonWriterOptions JsonOptions { get; } = new() { Encoder = SpecJson.Options.Encoder };

    /// <summary>Writes JSON into the answer.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Bytes of the answer up to here.</summary>
    public long Length => _passedOn + _bytes.WrittenCount;

    /// <summary>Bytes that were free where it waits when it was begun; <see cref="long.MaxValue"/>: it waits nowhere.</summary>
    public long Free { get; private set; }

    /// <summary>The headers of the answer, which go out when all of it is made.</summary>
    public IHeaderDictionary Headers => _response!.Headers;

    /// <summary>Whether it has stayed small, so that it is worth keeping for the next answer.</summary>
    public bool IsSmall => _bytes.Capacity <= BytesAtATime;

    /// <summary>Begins an answer.</summary>
    /// <param name="response">Where it goes.</param>
    /// <param name="passesOn">Whether it goes there piece by piece.</param>
    /// <param name="free">Bytes that are free where it waits.</param>
    public void Begin(HttpResponse response, bool passesOn, long free) => (_response, _passesOn, Free) = (response, passesOn, free);

    /// <summary>Writes bytes behind the JSON that was written.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Json.Flush();
        _bytes.Write(bytes);
        EndPiece();
    }

    /// <summary>Lets what there is be passed on.</summary>
    public void EndPiece()
    {
        Json.Flush();
        if (_passesOn && _bytes.WrittenCount > BytesAtATime)
            PassOn();
    }

    /// <summary>Sends the answer.</summary>
    public void Send(string contentType)
    {
        Json.Flush();
        _response!.ContentType = contentType;
        if (_passesOn)
        {
            PassOn();
            return;
        }

        _response.ContentLength = _bytes.WrittenCount;
        _response.BodyWriter.Write(_bytes.WrittenSpan);
    }

    /// <summary>Makes it as good as new, whatever became of the last answer.</summary>
    public void Clear()
    {
        _bytes.ResetWrittenCount();
        Json.Reset();
        (_response, _passedOn) = (null, 0);
    }

    private void PassOn()
    {
        _response!.Body.Write(_bytes.WrittenSpan);
        _passedOn += _bytes.WrittenCount;
        _bytes.ResetWrittenCount();
    }
}
