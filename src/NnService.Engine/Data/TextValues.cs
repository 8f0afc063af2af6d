using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace NnService.Engine.Data;

/// <summary>Grows a column of texts: a code for each cell, each distinct value kept once.</summary>
internal sealed class TextValues
{
    private readonly Dictionary<byte[], int> _codeOf = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly List<byte[]> _values = [];
    private readonly GrowingArray<int> _codes = new();

    internal TextValues() => _lookup = _codeOf.GetAlternateLookup<ReadOnlySpan<byte>>();

    internal int Rows => _codes.Count;

    internal int Missing { get; private set; }

    internal int Distinct => _values.Count;

    /// <summary>The distinct values as UTF-8, in order of first appearance.</summary>
    internal IReadOnlyList<byte[]> Values => _values;

    internal void AddMissing(int count = 1)
    {
        Missing += Math.Max(0, count);
        _codes.Add(-1, count);
    }

    /// <summary>Adds a cell; says what is wrong with its bytes, or null where nothing is. Looks at the bytes of a distinct value only once.</summary>
    internal string? Add(ReadOnlySpan<byte> utf8)
    {
        if (_lookup.TryGetValue(utf8, out int code))
        {
            _codes.Add(code);
            return null;
        }

        if (Problem(utf8) is { } problem)
            return problem;
        byte[] value = utf8.ToArray();
        _codes.Add(_values.Count);
        _codeOf.Add(value, _values.Count);
        _values.Add(value);
        return null;
    }

    /// <summary>What keeps bytes from being text, or null.</summary>
    internal static string? Problem(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
            return "the text is not valid UTF-8; save the file as UTF-8.";
        return utf8.Contains((byte)0) ? "the text holds a NUL byte." : null;
    }

    /// <summary>0 and 1 for the cells, NaN for missing ones, given what each distinct value means.</summary>
    internal double[] ToNumbers(ReadOnlySpan<double> meanings)
    {
        int[] codes = _codes.ToArray();
        var numbers = new double[codes.Length];
        for (int row = 0; row < numbers.Length; row++)
            numbers[row] = codes[row] < 0 ? double.NaN : meanings[codes[row]];
        return numbers;
    }

    /// <summary>The column, its categories in ordinal order.</summary>
    internal Column ToColumn(string name, ColumnType type)
    {
        string[] categories = [.. _values.Select(Encoding.UTF8.GetString)];
        int[] order = [.. Enumerable.Range(0, categories.Length)];
        Array.Sort(categories, order, StringComparer.Ordinal);
        var rank = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
            rank[order[i]] = i;
        int[] codes = _codes.ToArray();
        foreach (ref int code in codes.AsSpan())
            code = code < 0 ? -1 : rank[code];
        return Column.OfCodes(name, type, codes, categories);
    }

    /// <summary>Category where values repeat, text where they are mostly unique: over 64 and over half of the cells, or over 65,536.</summary>
    internal ColumnType FoundType() => Distinct > 65_536 || (Distinct > 64 && 2L * Distinct > Rows - Missing) ? ColumnType.Text : ColumnType.Category;

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        internal static readonly Utf8Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        // Seeded at random by the process, so that a file cannot be made of colliding values.
        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
