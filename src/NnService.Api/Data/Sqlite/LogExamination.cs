using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NnService.Api.Data.Sqlite;

/// <summary>
/// Looks through the database's write-ahead log before SQLite does. SQLite takes frames in up to the first whose checksum does not hold and drops the rest
/// without a word: rightly so where a process was killed in the middle of a transaction, but all that was committed behind a flipped bit goes with it.
/// </summary>
/// <remarks>
/// Formats: sqlite.org/fileformat2.html#the_write_ahead_log, sqlite.org/walformat.html#the_wal_index_file_format. How far the log was committed stands in the
/// index beside it (<c>-shm</c>), which outlives a killed process. After a loss of power it may be old or gone; then frames of the log's own salts with a
/// commit among them, behind the first frame that does not hold, tell that something is missing.
/// </remarks>
internal sealed class LogExamination
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const uint LittleEndianSums = 0x377f0682;
    private const uint BigEndianSums = 0x377f0683;
    private const int IndexBytes = 100;

    private readonly byte[] _header = new byte[HeaderBytes];
    private readonly Index? _index;
    private readonly bool _isThere;
    private readonly List<uint> _pages = []; // of the frames that hold
    private uint _pagesAfterCommit;
    private uint _committed;
    private uint _behind;

    private LogExamination(string databaseFile)
    {
        _index = Index.Of(databaseFile + "-shm");
        var log = databaseFile + "-wal";
        if (!File.Exists(log))
            return;
        using var file = File.OpenHandle(log);
        var length = RandomAccess.GetLength(file);
        if (length < HeaderBytes || RandomAccess.Read(file, _header, 0) < HeaderBytes)
            return;
        _isThere = true;
        using var bytes = new FileStream(file, FileAccess.Read, 1 << 16);
        bytes.Position = HeaderBytes;
        Walk(bytes, length);
    }

    /// <summary>What of the log SQLite will not take in; null where it will take in all that was committed, or there is no log.</summary>
    public LogDamage? Damage
    {
        get
        {
            if (_index is { } index && (!_isThere || index.FitsLog(_header)) && index.Committed >= _committed)
            {
                var isSpare = index.InDatabase >= index.Committed;
                return index.Committed == _committed || (isSpare && _committed == 0) ? null : Say(index.Committed - _committed, index.Committed, isSpare);
            }

            return _behind == 0 ? null : Say(_behind, _committed + _behind, isSpare: false);
        }
    }

    /// <summary>Pages of the database after the last commit that SQLite will take in; null where there is none.</summary>
    public uint? DatabasePages => _committed == 0 ? null : _pagesAfterCommit;

    /// <summary>Numbers of the pages that SQLite will take in.</summary>
    public IEnumerable<uint> Pages => _pages.Take((int)_committed);

    /// <summary>Looks through the log of a database; null where there is no database.</summary>
    public static LogExamination? Of(string databaseFile) => File.Exists(databaseFile) ? new LogExamination(databaseFile) : null;

    private static LogDamage Say(uint lost, uint all, bool isSpare) => new(
        $"The database's log (nnservice.db-wal) was damaged or cut short: {lost} of its {all} pages could not be taken in"
            + (isSpare ? "; the database had been given all of them before, so nothing is missing."
                : ", so what was saved last before the service ended may be missing."),
        isSpare);

    // Each checksum goes on from the one before it, so that the first frame that does not hold ends what can be taken in.
    private void Walk(Stream log, long length)
    {
        var pageBytes = (int)BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(8));
        var isBigEndian = BinaryPrimitives.ReadUInt32BigEndian(_header) == BigEndianSums;
        var sums = SumsOf(_header.AsSpan(0, 24), isBigEndian, (0, 0));
        var holds = BinaryPrimitives.ReadUInt32BigEndian(_header) is LittleEndianSums or BigEndianSums && Holds(sums, _header.AsSpan(24));
        if (pageBytes is < 512 or > 65536 || !int.IsPow2(pageBytes))
            (pageBytes, holds) = (4096, false);
        var salts = holds ? _header.AsSpan(16, 8).ToArray() : null;
        var frame = new byte[FrameHeaderBytes + pageBytes];
        uint number = 0, lastCommitBehind = 0;
        for (var left = length - HeaderBytes; left >= frame.Length; left -= frame.Length)
        {
            log.ReadExactly(frame);
            number++;
            salts ??= frame.AsSpan(8, 8).ToArray(); // the log's header is the damage: the first frame says what belongs together
            var isOfThisRound = frame.AsSpan(8, 8).SequenceEqual(salts); // the log is written from its start again and again, with other salts each time
            var pagesAfter = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)); // 0: no commit
            var isCommit = isOfThisRound && pagesAfter != 0;
            holds &= isOfThisRound;
            if (holds)
            {
                sums = SumsOf(frame.AsSpan(FrameHeaderBytes), isBigEndian, SumsOf(frame.AsSpan(0, 8), isBigEndian, sums));
                holds = Holds(sums, frame.AsSpan(16));
            }

            if (holds)
                _pages.Add(BinaryPrimitives.ReadUInt32BigEndian(frame));
            if (isCommit && holds)
                (_committed, _pagesAfterCommit) = (number, pagesAfter);
            else if (isCommit)
                lastCommitBehind = number;
        }

        _behind = lastCommitBehind > _committed ? lastCommitBehind - _committed : 0;
    }

    private static bool Holds((uint First, uint Second) sums, ReadOnlySpan<byte> written) =>
        sums == (BinaryPrimitives.ReadUInt32BigEndian(written), BinaryPrimitives.ReadUInt32BigEndian(written[4..]));

    // s₀ ← s₀ + x₂ᵢ + s₁, s₁ ← s₁ + x₂ᵢ₊₁ + s₀
    private static (uint First, uint Second) SumsOf(ReadOnlySpan<byte> bytes, bool isBigEndian, (uint First, uint Second) before)
    {
        var (first, second) = before;
        var words = MemoryMarshal.Cast<byte, uint>(bytes);
        var isReversed = isBigEndian == BitConverter.IsLittleEndian;
        for (var i = 0; i < words.Length; i += 2)
        {
            first += (isReversed ? BinaryPrimitives.ReverseEndianness(words[i]) : words[i]) + second;
            second += (isReversed ? BinaryPrimitives.ReverseEndianness(words[i + 1]) : words[i + 1]) + first;
        }

        return (first, second);
    }

    /// <summary>What the index of the log says: two copies of a header in the machine's own order of bytes, and how far the database has been given the
    /// pages.</summary>
    private sealed record Index(uint Committed, uint InDatabase, byte[] Salts)
    {
        private const int CopyBytes = 48;
        private const int CommittedAt = 16;
        private const int SaltsAt = 32;
        private const int InDatabaseAt = 96;

        /// <summary>Null where there is none, or it was being written when the process ended.</summary>
        public static Index? Of(string path)
        {
            var bytes = new byte[IndexBytes];
            if (!File.Exists(path))
                return null;
            using var file = File.OpenHandle(path);
            if (RandomAccess.Read(file, bytes, 0) < IndexBytes || bytes[12] == 0
                || !bytes.AsSpan(0, CopyBytes).SequenceEqual(bytes.AsSpan(CopyBytes, CopyBytes)))
                return null;
            var sums = SumsOf(bytes.AsSpan(0, 40), !BitConverter.IsLittleEndian, (0, 0));
            return sums == (BitConverter.ToUInt32(bytes, 40), BitConverter.ToUInt32(bytes, 44))
                ? new Index(BitConverter.ToUInt32(bytes, CommittedAt), BitConverter.ToUInt32(bytes, InDatabaseAt), bytes[SaltsAt..40])
                : null;
        }

        /// <summary>Whether it is of the log with this header: the salts are the same, whose bytes both write as they are.</summary>
        public bool FitsLog(byte[] header) => header.AsSpan(16, 8).SequenceEqual(Salts);
    }
}

/// <summary>What is wrong with a log.</summary>
/// <param name="Sentence">Says it.</param>
/// <param name="IsSpare">Whether the database has all of it already, and is better off without what is left of it: older pages would stand before newer
/// ones.</param>
internal sealed record LogDamage(string Sentence, bool IsSpare);
