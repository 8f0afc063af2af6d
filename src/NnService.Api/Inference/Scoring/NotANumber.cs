using System.Buffers;

namespace NnService.Api.Inference.Scoring;

/// <summary>NaN for a missing number, as Python writes it into JSON, which has no such word.</summary>
internal static class NotANumber
{
    private static ReadOnlySpan<byte> Word => "NaN"u8;

    /// <summary>The body with null in the place of every NaN that stands where a value does; texts stay as they are.</summary>
    public static ReadOnlyMemory<byte> AsNull(ReadOnlyMemory<byte> body)
    {
        var text = body.Span;
        if (text.IndexOf(Word) < 0)
            return body;
        var written = new ArrayBufferWriter<byte>(text.Length + (text.Length / 8));
        var (copied, isText) = (0, false);
        for (var at = 0; at < text.Length; at++)
        {
            if (isText && text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == '"')
            {
                isText = !isText;
            }
            else if (!isText && text[at..].StartsWith(Word) && IsAlone(text, at, at + Word.Length))
            {
                written.Write(text[copied..at]);
                written.Write("null"u8);
                at += Word.Length - 1;
                copied = at + 1;
            }
        }

        written.Write(text[copied..]);
        return written.WrittenMemory;
    }

    private static bool IsAlone(ReadOnlySpan<byte> text, int start, int end) =>
        (start == 0 || " \t\r\n[,:"u8.Contains(text[start - 1])) && (end == text.Length || " \t\r\n],}"u8.Contains(text[end]));
}
