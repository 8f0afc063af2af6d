namespace NnService.Engine.Data;

/// <summary>What the first bytes of a CSV file tell: how long its byte order mark is, and what separates its cells.</summary>
internal readonly record struct CsvDialect(int PreambleBytes, byte Delimiter)
{
    internal const int SampleBytes = 64 << 10;

    private const int SampleRows = 20;

    /// <summary>Reads the dialect off the start of a stream; says where its header begins.</summary>
    internal static CsvDialect Open(Stream utf8, TableReadOptions options, ProblemList problems, out long start)
    {
        if (!utf8.CanSeek)
            throw new ArgumentException("A CSV table is read from a stream that can seek.", nameof(utf8));
        if (options.Delimiter is { } delimiter && (!char.IsAscii(delimiter) || char.IsAsciiLetterOrDigit(delimiter) || "\"\r\n\0+-. ".Contains(delimiter)))
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
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            problems.Fail(new TableProblem(1, null, "The file is UTF-16; save it as UTF-8."));
        if (LooksLikeUtf16(start))
            problems.Fail(new TableProblem(1, null, "The file looks like UTF-16 (every second byte is zero); save it as UTF-8."));
        int preamble = start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? 3 : 0;
        if (start[preamble..].IndexOfAnyExcept(" \t\r\n"u8) < 0)
            problems.Fail(new TableProblem(1, null, "The file is empty; it needs a header line with the names of the columns and at least one row."));
        return new CsvDialect(preamble, delimiter is { } given ? (byte)given : FindDelimiter(start[preamble..]));
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
    private static byte FindDelimiter(ReadOnlySpan<byte> sample)
    {
        byte best = (byte)',';
        long bestScore = 0;
        foreach (byte candidate in ",;\t"u8)
        {
            (int inHeader, bool constant) = Count(sample, candidate);
            long score = inHeader + (constant ? int.MaxValue : 0L);
            if (inHeader > 0 && score > bestScore)
                (best, bestScore) = (candidate, score);
        }

        return best;
    }

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
