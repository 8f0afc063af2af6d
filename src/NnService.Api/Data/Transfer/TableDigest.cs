using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore.Metadata;

namespace NnService.Api.Data.Transfer;

/// <summary>SHA-256 over the rows of a table as the service reads them, whatever engine keeps them: two tables are alike where their digests are.</summary>
internal sealed class TableDigest(IEntityType table) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IProperty[] _columns = [.. table.GetProperties().OrderBy(property => property.Name, StringComparer.Ordinal)];

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Adds a row; their order counts.</summary>
    public void Add(object row)
    {
        Rows++;
        foreach (var column in _columns)
            Add(BytesOf(column.PropertyInfo!.GetValue(row)));
    }

    /// <summary>Lower-case hexadecimal.</summary>
    public string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();

    // Lengths in front, so that no two rows are the same bytes; null has none.
    private void Add(byte[]? value)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, value?.Length ?? -1);
        _hash.AppendData(length);
        _hash.AppendData(value ?? []);
    }

    private static byte[]? BytesOf(object? value) => value switch
    {
        null => null,
        string text => Encoding.UTF8.GetBytes(text),
        byte[] bytes => bytes,
        Guid id => id.ToByteArray(),
        long number => BitConverter.GetBytes(number),
        int number => BitConverter.GetBytes((long)number),
        bool flag => [flag ? (byte)1 : (byte)0],
        double number => BitConverter.GetBytes(number),
        DateTime time => BitConverter.GetBytes(time.Ticks),
        Enum member => Encoding.UTF8.GetBytes(member.ToString()),
        _ => throw new NotSupportedException($"A column of {value.GetType()} has no bytes here yet."),
    };
}
