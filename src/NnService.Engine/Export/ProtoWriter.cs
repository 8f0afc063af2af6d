using System.Buffers;
using System.Text;

namespace NnService.Engine.Export;

/// <summary>
/// Writes a protocol-buffer message: each field is a key (number · 8 + wire type) and a varint or a length and bytes.
/// Source: the encoding's description at protobuf.dev.
/// </summary>
internal sealed class ProtoWriter
{
    private const int VarintType = 0;
    private const int LengthType = 2;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly List<(int At, ProtoWriter Message)> _messages = []; // each behind so many of the bytes: a graph of a gigabyte is not copied into the model

    /// <summary>Bytes of the message.</summary>
    public long Length => _bytes.WrittenCount + _messages.Sum(part => part.Message.Length);

    public ProtoWriter Add(int field, long value)
    {
        Varint(((ulong)field << 3) | VarintType);
        Varint((ulong)value);
        return this;
    }

    public ProtoWriter Add(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | LengthType);
        Varint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    public ProtoWriter Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a message, to which nothing is added any more.</summary>
    public ProtoWriter Add(int field, ProtoWriter message)
    {
        Varint(((ulong)field << 3) | LengthType);
        Varint((ulong)message.Length);
        _messages.Add((_bytes.WrittenCount, message));
        return this;
    }

    /// <summary>The whole message. Errors: <see cref="ExportException"/> where it is larger than readers of the format take.</summary>
    public byte[] ToArray()
    {
        if (Length > Array.MaxLength)
            throw new ExportException($"The file would have {Length:N0} bytes; a protocol-buffer message ends at 2 GiB. Take safetensors.");
        var whole = GC.AllocateUninitializedArray<byte>((int)Length);
        CopyTo(whole);
        return whole;
    }

    private void CopyTo(Span<byte> whole)
    {
        var (from, to) = (0, 0);
        foreach (var (at, message) in _messages)
        {
            _bytes.WrittenSpan[from..at].CopyTo(whole[to..]);
            to += at - from;
            from = at;
            message.CopyTo(whole[to..]);
            to += (int)message.Length;
        }

        _bytes.WrittenSpan[from..].CopyTo(whole[to..]);
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Write([(byte)(value | 0x80)]);
        _bytes.Write([(byte)value]);
    }
}

/// <summary>Reads a protocol-buffer message field by field.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The field's number.</summary>
    public int Field { get; private set; }

    /// <summary>Its value, where it is a number.</summary>
    public long Value { get; private set; }

    /// <summary>Its bytes, where it is text, bytes or a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Its bytes as text.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool Read()
    {
        if (_rest.IsEmpty)
            return false;
        var key = Varint();
        Field = (int)(key >> 3);
        Bytes = default;
        if ((key & 7) == 0)
        {
            Value = (long)Varint();
            return true;
        }

        var length = (key & 7) == 2 ? (int)Varint() : throw new FormatException($"Wire type {key & 7} is not one that is written.");
        Bytes = _rest[..length];
        _rest = _rest[length..];
        return true;
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
