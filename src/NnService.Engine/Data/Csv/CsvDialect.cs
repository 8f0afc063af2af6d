using System.Runtime.CompilerServices;
using System.Text;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Csv;

/// <summary>What the first bytes of a CSV file tell: how much stands before its first row, and what separates its cells.</summary>
/// <param name="PreambleBytes">Bytes before the first row: a byte order mark, blank lines, a line such as <c>sep=;</c>.</param>
/// <param name="Delimiter">What separates cells.</param>
/// <param name="FirstLine">1-based line of the first row.</param>
internal readonly record struct CsvDialect(int PreambleBytes, byte Delimiter, int FirstLine)
{
    internal const int SampleBytes = 64 << 10;

    private const int SampleRows = 20;

    /// <summary>Reads the dialect off the start of a stream; says where its first row begins.</summary>
    internal static CsvDialect Open(Stream utf8, TableReadOptions options, ProblemList problems, out long start)
    {
        if (!utf8.CanSeek)
            throw new ArgumentException("A CSV table is read from a stream that can seek.", nameof(utf8));
        if (options.Delimiter is { } delimiter && !CanSeparate(delimiter))
            throw new ArgumentException($"The character U+{(int)delimiter:X4} cannot separate cells.", nameof(options));
        long origin = utf8.Position;
        var sample = new byte[SampleBytes];
        int length = utf8.ReadAtLeast(sample, sample.Length, throwOnEndOfStream: false);
        CsvDialect dialect = Find(sample.AsSpan(0, length), options.Delimiter, problems);
        start = origin + dialect.PreambleBytes;
        return dialect;
    }

    /// <summary>Reads the dialect off the start of a file; a delimiter that is given is not questioned.</summary>
    internal static CsvDialect Find(ReadOnlySpan<byte> start, char? delimiter, ProblemList problems)
    {
        if (ForeignFile.DescribeInCsv(start) is { } foreign)
            problems.Fail(new TableProblem(null, null, foreign));
        if (ByteOrderMark.OtherEncoding(start) is { } encoding)
            problems.Fail(new TableProblem(1, null, $"The file is {encoding}; save it as UTF-8."));
        if (LooksLikeUtf16(start))
            problems.Fail(new TableProblem(1, null, "The file looks like UTF-16 (every second byte is zero); save it as UTF-8."));
        int preamble = 0;
        while (start[preamble..].StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) // two where a program has put one before a file that had one
            preamble += 3;
        int line = 1;
        SkipBlankLines(start, ref preamble, ref line);
        byte? said = SeparatorLine(start[preamble..], problems, out int size);
        if (said is not null)
        {
            preamble += size;
            line++;
            SkipBlankLines(start, ref preamble, ref line);
        }

        if (start[preamble..].IndexOfAnyExcept(" \t\r\n"u8) < 0)
            problems.Fail(new TableProblem(1, null, "The file is empty; it needs a header line with the names of the columns and at least one row."));
        return new CsvDialect(preamble, delimiter is { } given ? (byte)given : said ?? FindDelimiter(start[preamble..]), line);
    }

    private static bool CanSeparate(char delimiter) => char.IsAscii(delimiter) && !char.IsAsciiLetterOrDigit(delimiter) && !"\"\r\n\0+-. ".Contains(delimiter);

    private static void SkipBlankLines(ReadOnlySpan<byte> start, ref int at, ref int line)
    {
        while (at < start.Length && start[at] is (byte)'\n' or (byte)'\r')
        {
            at += start[at] == '\r' && at + 1 < start.Length && start[at + 1] == '\n' ? 2 : 1;
            line++;
        }
    }

    /// <summary>What a first line such as <c>sep=;</c>, which spreadsheets write, says, and its size with the line end; null where there is none.</summary>
    private static byte? SeparatorLine(ReadOnlySpan<byte> text, ProblemList problems, out int size)
    {
        int end = text.IndexOfAny((byte)'\n', (byte)'\r');
        ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
        size = end < 0 ? text.Length : end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1);
        if (line.Length > 2 && line[0] == '"' && line[^1] == '"')
            line = line[1..^1];
        if (line.Length < 5 || !Ascii.EqualsIgnoreCase(line[..4], "sep="u8))
            return null;
        line = line[4..];
        if (line.SequenceEqual("\\t"u8))
            return (byte)'\t';
        if (line.Length == 1 && CanSeparate((char)line[0]))
            return line[0];
        string shown = Encoding.UTF8.GetString(line[..Math.Min(line.Length, 10)]);
        problems.Fail(new TableProblem(
            1, null, $"The first line says sep={shown}, which cannot separate cells; write one of , ; | and tab, or leave the line out."));
        return null;
    }

    // Latin letters, digits and separators of a header have a zero on one side in UTF-16; UTF-8 has none at all.
    private static bool LooksLikeUtf16(ReadOnlySpan<byte> start)
    {
        Span<int> zeros = stackalloc int[2];
        ReadOnlySpan<byte> header = start[..Math.Min(start.Length & ~1, 256)];
        for (int i = 0; i < header.Length; i++)
            zeros[i & 1] += header[i] == 0 ? 1 : 0;
        return header.Length >= 4 && Math.Max(zeros[0], zeros[1]) > header.Length / 4 && Math.Min(zeros[0], zeros[1]) == 0;
    }

    /// <summary>The candidate that cuts the first rows into equally many cells, at least two; failing that, the most frequent one in the header.</summary>
    // "Price, EUR;pieces" over 1,5;3: the comma cuts as evenly as the semicolon, but every one below stands in a number.
    private static byte FindDelimiter(ReadOnlySpan<byte> sample)
    {
        byte best = (byte)',';
        long bestScore = 0;
        foreach (byte candidate in ",;\t|"u8)
        {
            (int inHeader, bool constant) = Count(sample, candidate);
            long score = inHeader + (constant ? int.MaxValue : 0L);
            if (inHeader > 0 && (score > bestScore || (constant && best == ',' && DecimalCommas.Are(sample, candidate))))
                (best, bestScore) = (candidate, score);
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int InHeader, bool Constant) Count(ReadOnlySpan<byte> sample, byte candidate)
    {
        int inHeader = -1;
        int inRow = 0;
        int rows = 0;
        bool blank = true;
        bool quoted = false;
        bool constant = true;
        foreach (byte value in sample)
        {
            if (!quoted && value is (byte)'\n' or (byte)'\r')
            {
                if (blank)
                    continue; // or the second half of CR LF
                if (inHeader < 0)
                    inHeader = inRow;
                constant &= inRow == inHeader;
                (inRow, blank) = (0, true);
                if (++rows == SampleRows)
                    break;
                continue;
            }

            blank = false;
            quoted ^= value == '"';
            if (!quoted && value == candidate)
                inRow++;
        }

        return (inHeader < 0 ? inRow : inHeader, constant);
    }
}
