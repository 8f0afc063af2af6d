using System.Buffers.Binary;

namespace NnService.Api.Data.Sqlite;

/// <summary>
/// Whether the database's file is as long as its pages take. SQLite reads what is missing of the last page as zeros, without a word, and writes them back.
/// </summary>
/// <remarks>Format: sqlite.org/fileformat2.html#the_database_header. Pages that stand in the log need not be in the file yet.</remarks>
internal static class DatabaseLength
{
    private const int HeaderBytes = 100;
    private const int PageBytesAt = 16;
    private const int ChangesAt = 24;
    private const int PagesAt = 28;
    private const int PagesValidForAt = 92;
    private const int LargestPage = 65536;
    private const long LockedBytesAt = 1L << 30; // the page they are in is never written

    /// <summary>What is missing, as words that follow the file's name; null where nothing is, or where the file is none that can be told about.</summary>
    /// <param name="databaseFile">The file of a database that is not open.</param>
    /// <param name="log">Its log, where it will be taken in.</param>
    public static string? WhyTooShort(string databaseFile, LogExamination? log)
    {
        using var file = File.OpenHandle(databaseFile);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (RandomAccess.Read(file, header, 0) < HeaderBytes || !header.StartsWith("SQLite format 3\0"u8))
            return null; // SQLite says so itself
        var pageBytes = BinaryPrimitives.ReadUInt16BigEndian(header[PageBytesAt..]) is var written and not 1 ? written : LargestPage;
        if (pageBytes < 512)
            return null;
        var length = RandomAccess.GetLength(file);
        long whole = length / pageBytes;
        var pages = log?.DatabasePages ?? PagesIn(header) ?? (length + pageBytes - 1) / pageBytes;
        if (whole >= pages)
            return null;
        var inLog = log?.Pages.Where(page => page > whole).ToHashSet() ?? [];
        for (var page = whole + 1; page <= pages; page++)
            if (!inLog.Contains((uint)page) && page != (LockedBytesAt / pageBytes) + 1)
                return $"has {length} bytes, and page {page} of its {pages} pages of {pageBytes} bytes is not whole";
        return null;
    }

    // What an old version of SQLite has written last leaves the number as it was: it counts where both counters of changes say the same.
    private static long? PagesIn(ReadOnlySpan<byte> header) =>
        header[ChangesAt..(ChangesAt + 4)].SequenceEqual(header[PagesValidForAt..(PagesValidForAt + 4)])
        && BinaryPrimitives.ReadUInt32BigEndian(header[PagesAt..]) is > 0 and var pages
            ? pages
            : null;
}
