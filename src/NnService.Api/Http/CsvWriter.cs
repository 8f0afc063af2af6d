using System.Buffers;
using System.Globalization;
using System.Text;

namespace NnService.Api.Http;

/// <summary>Gathers lines of text/csv (RFC 4180) as UTF-8; cells are quoted where they must be.</summary>
internal sealed class CsvWriter
{
    private const int LongestNumber = 32;

    private static readonly SearchValues<byte> s_special = SearchValues.Create(",\"\r\n"u8);

    private readonly ArrayBufferWriter<byte> _bytes = new(1 << 16);
    private bool _isFirst = true;

    /// <summary>What was written since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public void Clear() => _bytes.ResetWrittenCount();

    /// <summary>Sends what was written as the next piece of an answer's body, and clears it.</summary>
    public async Task SendAsync(HttpContext context)
    {
        await context.Response.Body.WriteAsync(_bytes.WrittenMemory, context.RequestAborted);
        Clear();
    }

    public void Cell(string text) => Cell(Encoding.UTF8.GetBytes(text));

    public void Cell(ReadOnlySpan<byte> utf8)
    {
        Separate();
        if (utf8.IndexOfAny(s_special) < 0)
        {
            _bytes.Write(utf8);
            return;
        }

        _bytes.Write("\""u8);
        for (int quote; (quote = utf8.IndexOf((byte)'"')) >= 0; utf8 = utf8[(quote + 1)..])
        {
            _bytes.Write(utf8[..quote]);
            _bytes.Write("\"\""u8);
        }

        _bytes.Write(utf8);
        _bytes.Write("\""u8);
    }

    /// <summary>A number in its shortest form.</summary>
    public void Cell<T>(T number)
        where T : IUtf8SpanFormattable
    {
        Separate();
        number.TryFormat(_bytes.GetSpan(LongestNumber), out var length, default, CultureInfo.InvariantCulture);
        _bytes.Advance(length);
    }

    /// <summary>The same of an answer, which may be a float32.</summary>
    public void Cell(double number, bool isSingle)
    {
        if (isSingle)
            Cell((float)number);
        else
            Cell(number);
    }

    /// <summary>The same; an empty cell where there is none.</summary>
    public void Cell<T>(T? number)
        where T : struct, IUtf8SpanFormattable
    {
        if (number is { } given)
            Cell(given);
        else
            Separate();
    }

    /// <summary>Cells that were written by another writer, as one piece.</summary>
    public void Cells(ReadOnlySpan<byte> written)
    {
        Separate();
        _bytes.Write(written);
    }

    /// <summary>Begins the next line; the one before is not ended where its cells are kept for <see cref="Cells"/>.</summary>
    public void EndRow(bool withLineEnd = true)
    {
        if (withLineEnd)
            _bytes.Write("\r\n"u8);
        _isFirst = true;
    }

    private void Separate()
    {
        if (!_isFirst)
            _bytes.Write(","u8);
        _isFirst = false;
    }
}
