using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NnService.Engine.Data.Columns;

/// <summary>How the cells of a block are written.</summary>
internal enum BlockForm : byte
{
    /// <summary>Whole numbers of 8 bits; the least stands for a missing cell. So with the next two.</summary>
    Int8,
    Int16,
    Int32,

    /// <summary>Numbers that are exact in 32 bits; NaN stands for a missing cell.</summary>
    Float32,
    Float64,

    /// <summary>Lengths of 32 bits, -1 for a missing cell, and behind them the texts as UTF-8.</summary>
    Text,
}

/// <summary>Some cells of a column, one after the other.</summary>
/// <param name="Position">Where the storage has them.</param>
/// <param name="Rows">Number of cells.</param>
/// <param name="Bytes">Size in the storage.</param>
/// <param name="Form">How they are written: the narrowest form that is exact.</param>
/// <param name="Checksum">CRC-32C of the bytes.</param>
internal readonly record struct ColumnBlock(long Position, int Rows, int Bytes, BlockForm Form, uint Checksum)
{
    internal static ColumnBlock OfNumbers(BlockStorage storage, ReadOnlySpan<double> numbers)
    {
        BlockForm form = FormOf(numbers);
        return form switch
        {
            BlockForm.Int8 => Write<sbyte>(storage, numbers, form, sbyte.MinValue),
            BlockForm.Int16 => Write<short>(storage, numbers, form, short.MinValue),
            BlockForm.Int32 => Write<int>(storage, numbers, form, int.MinValue),
            BlockForm.Float32 => Write<float>(storage, numbers, form, float.NaN),
            _ => Append(storage, MemoryMarshal.AsBytes(numbers), numbers.Length, form),
        };
    }

    internal static ColumnBlock OfCodes(BlockStorage storage, ReadOnlySpan<int> codes)
    {
        int greatest = 0;
        foreach (int code in codes)
            greatest = Math.Max(greatest, code);
        return greatest switch
        {
            <= sbyte.MaxValue => Write<sbyte>(storage, codes, BlockForm.Int8),
            <= short.MaxValue => Write<short>(storage, codes, BlockForm.Int16),
            _ => Append(storage, MemoryMarshal.AsBytes(codes), codes.Length, BlockForm.Int32),
        };
    }

    internal static ColumnBlock OfTexts(BlockStorage storage, ReadOnlySpan<int> lengths, ReadOnlySpan<byte> texts)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(lengths.Length * sizeof(int) + texts.Length);
        MemoryMarshal.AsBytes(lengths).CopyTo(bytes);
        texts.CopyTo(bytes.AsSpan(lengths.Length * sizeof(int)));
        ColumnBlock block = Append(storage, bytes.AsSpan(0, lengths.Length * sizeof(int) + texts.Length), lengths.Length, BlockForm.Text);
        ArrayPool<byte>.Shared.Return(bytes);
        return block;
    }

    /// <summary>Reads [Rows] numbers.</summary>
    internal void Read(BlockStorage storage, Span<double> numbers)
    {
        if (Form == BlockForm.Float64)
        {
            storage.Read(Position, MemoryMarshal.AsBytes(numbers));
            return;
        }

        byte[] bytes = Read(storage);
        switch (Form)
        {
            case BlockForm.Int8:
                Widen(MemoryMarshal.Cast<byte, sbyte>(bytes.AsSpan(0, Bytes)), numbers, sbyte.MinValue);
                break;
            case BlockForm.Int16:
                Widen(MemoryMarshal.Cast<byte, short>(bytes.AsSpan(0, Bytes)), numbers, short.MinValue);
                break;
            case BlockForm.Int32:
                Widen(MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, Bytes)), numbers, int.MinValue);
                break;
            default:
                ReadOnlySpan<float> floats = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(0, Bytes));
                for (int i = 0; i < floats.Length; i++)
                    numbers[i] = floats[i];
                break;
        }

        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Reads [Rows] codes; -1 for a missing cell.</summary>
    internal void Read(BlockStorage storage, Span<int> codes)
    {
        if (Form == BlockForm.Int32)
        {
            storage.Read(Position, MemoryMarshal.AsBytes(codes));
            return;
        }

        byte[] bytes = Read(storage);
        for (int i = 0; i < codes.Length; i++)
            codes[i] = Form == BlockForm.Int8 ? (sbyte)bytes[i] : MemoryMarshal.Cast<byte, short>(bytes)[i];
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Reads [Bytes] as they lie there into an array of the shared pool, which the caller gives back.</summary>
    internal byte[] Read(BlockStorage storage)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1, Bytes));
        storage.Read(Position, bytes.AsSpan(0, Bytes));
        return bytes;
    }

    /// <summary>Whether the bytes are those that were written.</summary>
    internal bool IsIntact(BlockStorage storage)
    {
        byte[] bytes = Read(storage);
        bool intact = ChecksumOf(bytes.AsSpan(0, Bytes)) == Checksum;
        ArrayPool<byte>.Shared.Return(bytes);
        return intact;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static uint ChecksumOf(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (ulong eight in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, eight);
        foreach (byte one in bytes[(bytes.Length & ~7)..])
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }

    private static BlockForm FormOf(ReadOnlySpan<double> numbers)
    {
        double greatest = 0;
        bool whole = true;
        bool single = true;
        foreach (double number in numbers)
        {
            if (double.IsNaN(number))
                continue;
            single &= (float)number == number;
            whole &= Math.Floor(number) == number;
            if (!single && !whole)
                return BlockForm.Float64;
            greatest = Math.Max(greatest, Math.Abs(number));
        }

        if (!whole || greatest > int.MaxValue)
            return single ? BlockForm.Float32 : BlockForm.Float64;
        return greatest <= sbyte.MaxValue ? BlockForm.Int8 : greatest <= short.MaxValue ? BlockForm.Int16 : BlockForm.Int32;
    }

    private static ColumnBlock Write<T>(BlockStorage storage, ReadOnlySpan<double> numbers, BlockForm form, T missing)
        where T : unmanaged, INumber<T>
    {
        T[] narrow = ArrayPool<T>.Shared.Rent(numbers.Length);
        for (int i = 0; i < numbers.Length; i++)
            narrow[i] = double.IsNaN(numbers[i]) ? missing : T.CreateTruncating(numbers[i]);
        ColumnBlock block = Append(storage, MemoryMarshal.AsBytes(narrow.AsSpan(0, numbers.Length)), numbers.Length, form);
        ArrayPool<T>.Shared.Return(narrow);
        return block;
    }

    private static ColumnBlock Write<T>(BlockStorage storage, ReadOnlySpan<int> codes, BlockForm form)
        where T : unmanaged, INumber<T>
    {
        T[] narrow = ArrayPool<T>.Shared.Rent(codes.Length);
        for (int i = 0; i < codes.Length; i++)
            narrow[i] = T.CreateTruncating(codes[i]);
        ColumnBlock block = Append(storage, MemoryMarshal.AsBytes(narrow.AsSpan(0, codes.Length)), codes.Length, form);
        ArrayPool<T>.Shared.Return(narrow);
        return block;
    }

    private static void Widen<T>(ReadOnlySpan<T> whole, Span<double> numbers, T missing)
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < whole.Length; i++)
            numbers[i] = whole[i] == missing ? double.NaN : double.CreateTruncating(whole[i]);
    }

    private static ColumnBlock Append(BlockStorage storage, ReadOnlySpan<byte> bytes, int rows, BlockForm form) =>
        new(storage.Append(bytes), rows, bytes.Length, form, ChecksumOf(bytes));
}
