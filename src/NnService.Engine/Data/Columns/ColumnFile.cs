using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NnService.Engine.Data.Columns;

/// <summary>A table in a file of its own, column by column, as it was understood; made while the table is read, and read by column later.</summary>
// Magic and version (16 bytes) · blocks · list of columns · place, size and checksum of that list, magic (24 bytes). Little-endian.
// The file is a copy: whatever is wrong with it, the bytes it was made from are still there.
public sealed class ColumnFile : IDisposable
{
    private const int Version = 1;
    private const int HeaderBytes = 16;
    private const int TrailerBytes = 24;

    private static readonly byte[] s_magic = "NnColumn"u8.ToArray();

    private readonly SafeFileHandle _file;

    private ColumnFile(SafeFileHandle file)
    {
        _file = file;
        Storage = new FileBlocks(file, HeaderBytes);
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        s_magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[s_magic.Length..], Version);
        RandomAccess.Write(file, header, 0);
    }

    internal BlockStorage Storage { get; }

    /// <summary>Begins a file; one that is there is replaced. Give it to a reader of tables as <see cref="TableReadOptions.Into"/>, then call
    /// <see cref="Finish"/>.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static ColumnFile Create(string path) =>
        new(File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));

    /// <summary>Writes what is still missing: the list of the columns of the table that was read into this file.</summary>
    /// <exception cref="ArgumentException">The table was not read into this file.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Finish(Table table)
    {
        using var list = new MemoryStream();
        using (var writer = new BinaryWriter(list, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(table.Columns.Count);
            foreach (Column column in table.Columns)
                Write(writer, column);
        }

        ReadOnlySpan<byte> bytes = list.GetBuffer().AsSpan(0, (int)list.Length);
        long position = Storage.Append(bytes);
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        BinaryPrimitives.WriteInt64LittleEndian(trailer, position);
        BinaryPrimitives.WriteInt32LittleEndian(trailer[8..], bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[12..], ColumnBlock.ChecksumOf(bytes));
        s_magic.CopyTo(trailer[16..]);
        Storage.Append(trailer);
    }

    /// <summary>Opens a finished file. Columns are read when they are looked at; the file may be deleted meanwhile, and is closed when the table is
    /// gone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isIntact">Whether its bytes were looked at already, and need not be again; the list of the columns is looked at in any case.</param>
    /// <returns>The table; null where the file is not there, of another version, cut short, or where a byte has changed since it was written.</returns>
    public static Table? TryOpen(string path, bool isIntact = false)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            Column[]? columns = Read(file);
            if (columns is not null && (isIntact || Array.TrueForAll(columns, column => column.Stored!.Blocks.AreIntact())))
                return new Table(columns);
        }
        catch (Exception damaged) when (damaged is IOException or InvalidDataException or ArgumentException or UnauthorizedAccessException)
        {
            // A list that is nonsense in spite of its checksum, or a disk that gives the bytes no longer: made anew like any other.
        }

        file?.Dispose();
        return null;
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private static Column[]? Read(SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        Span<byte> ends = stackalloc byte[HeaderBytes + TrailerBytes];
        if (length < ends.Length
            || RandomAccess.Read(file, ends[..HeaderBytes], 0) < HeaderBytes
            || RandomAccess.Read(file, ends[HeaderBytes..], length - TrailerBytes) < TrailerBytes)
            return null;
        Span<byte> trailer = ends[HeaderBytes..];
        long position = BinaryPrimitives.ReadInt64LittleEndian(trailer);
        int size = BinaryPrimitives.ReadInt32LittleEndian(trailer[8..]);
        if (!ends.StartsWith(s_magic) || BinaryPrimitives.ReadInt32LittleEndian(ends[s_magic.Length..]) != Version || !trailer[16..].SequenceEqual(s_magic)
            || size < 0 || position < HeaderBytes || position + size + TrailerBytes != length)
            return null;

        var blocks = new FileBlocks(file, length);
        var list = new byte[size];
        blocks.Read(position, list);
        if (ColumnBlock.ChecksumOf(list) != BinaryPrimitives.ReadUInt32LittleEndian(trailer[12..]))
            return null;
        using var reader = new BinaryReader(new MemoryStream(list));
        var columns = new Column[reader.ReadInt32()];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = ReadColumn(reader, blocks);
        return columns;
    }

    private void Write(BinaryWriter writer, Column column)
    {
        if (column.Stored is not { } cells || cells.Blocks.Storage != Storage)
            throw new ArgumentException($"Column \"{column.Name}\" was not read into this file.", nameof(column));
        writer.Write(column.Name);
        writer.Write((byte)column.Type);
        writer.Write(column.Missing);
        writer.Write(column.IsInteger);
        writer.Write(column.KnownDistinct);
        writer.Write(cells.Dictionary.Length);
        foreach (string value in cells.Dictionary)
            writer.Write(value);
        writer.Write(cells.Blocks.Blocks.Count);
        foreach (ColumnBlock block in cells.Blocks.Blocks)
        {
            writer.Write(block.Position);
            writer.Write(block.Rows);
            writer.Write(block.Bytes);
            writer.Write((byte)block.Form);
            writer.Write(block.Checksum);
        }
    }

    private static Column ReadColumn(BinaryReader reader, BlockStorage storage)
    {
        string name = reader.ReadString();
        var type = (ColumnType)reader.ReadByte();
        int missing = reader.ReadInt32();
        bool isInteger = reader.ReadBoolean();
        int distinct = reader.ReadInt32();
        var dictionary = new string[reader.ReadInt32()];
        for (int i = 0; i < dictionary.Length; i++)
            dictionary[i] = reader.ReadString();
        var blocks = new ColumnBlock[reader.ReadInt32()];
        for (int i = 0; i < blocks.Length; i++)
            blocks[i] = new ColumnBlock(reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt32(), (BlockForm)reader.ReadByte(), reader.ReadUInt32());
        return Column.OfStored(name, type, new StoredCells(new ColumnBlocks(storage, blocks), dictionary), missing, isInteger, distinct);
    }
}
