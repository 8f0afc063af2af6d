using System.Buffers.Binary;
using System.Text;
using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Tensors;

/// <summary>A tensor of a request: its elements in row-major order, from JSON or as bytes.</summary>
internal sealed class InputTensor
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly double[]? _numbers;
    private readonly string[]? _texts;

    private InputTensor(TensorHeader header, ReadOnlyMemory<byte> bytes, double[]? numbers, string[]? texts)
    {
        (Name, Shape, Datatype) = (header.Name, header.Shape, header.Datatype);
        (_bytes, _numbers, _texts) = (bytes, numbers, texts);
    }

    public string Name { get; }

    public IReadOnlyList<long> Shape { get; }

    public Datatype Datatype { get; }

    /// <summary>A tensor whose data stands in the JSON. Errors: <see cref="ProblemException"/>.</summary>
    public static InputTensor OfJson(TensorHeader header, ReadOnlySpan<byte> data)
    {
        var reading = new TensorJson(header, data.Length);
        reading.Read(data);
        return new InputTensor(header, default, reading.Numbers, reading.Texts);
    }

    /// <summary>A tensor whose data stands behind the JSON. Errors: <see cref="ProblemException"/>.</summary>
    public static InputTensor OfBytes(TensorHeader header, ReadOnlyMemory<byte> bytes)
    {
        if (header.Datatype == Datatype.Bytes)
            return new InputTensor(header, default, null, Texts(header, bytes.Span));
        // Divided rather than multiplied: the product may not fit.
        if (bytes.Length % header.Datatype.Size != 0 || bytes.Length / header.Datatype.Size != header.Count)
            throw header.Refuse(
                $"the shape {header.ShapeText} of {header.Datatype.Name} takes {header.Datatype.Size} bytes for each element; "
                + $"binary_data_size is {bytes.Length}.");
        if (header.Datatype == Datatype.Bool && bytes.Span.IndexOfAnyExcept((byte)0, (byte)1) is >= 0 and var wrong)
            throw header.Refuse($"element {wrong} is the byte {bytes.Span[wrong]}; a BOOL is 0 or 1.");
        return new InputTensor(header, bytes, null, null);
    }

    /// <summary>Reads elements from one on; not for BYTES.</summary>
    public void Read(int start, Span<double> numbers)
    {
        if (_numbers is not null)
            _numbers.AsSpan(start, numbers.Length).CopyTo(numbers);
        else
            Datatype.Read(_bytes.Span.Slice(start * Datatype.Size, numbers.Length * Datatype.Size), numbers);
    }

    /// <summary>An element of BYTES.</summary>
    public string Text(int index) => _texts![index];

    private static string[] Texts(TensorHeader header, ReadOnlySpan<byte> bytes)
    {
        if (header.Count > bytes.Length / sizeof(uint))
            throw header.Refuse($"{bytes.Length} bytes are too few for {header.Count} elements of BYTES: each has 4 bytes of length before it.");
        var texts = new string[header.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            if (bytes.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(bytes) > (uint)(bytes.Length - sizeof(uint)))
                throw header.Refuse($"element {i} of BYTES reaches beyond the binary data; each is a little-endian uint32 length and that many bytes.");
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            try
            {
                texts[i] = s_strict.GetString(bytes.Slice(sizeof(uint), length));
            }
            catch (DecoderFallbackException)
            {
                throw header.Refuse($"element {i} is not UTF-8.");
            }

            bytes = bytes[(sizeof(uint) + length)..];
        }

        return bytes.IsEmpty ? texts : throw header.Refuse($"{bytes.Length} bytes are left over behind {texts.Length} elements of BYTES.");
    }
}

/// <summary>What a request says of a tensor before its data.</summary>
internal sealed record TensorHeader(string Name, Datatype Datatype, IReadOnlyList<long> Shape, long Count)
{
    private const int MostShown = 8;

    public string ShapeText => TextOf(Shape);

    /// <summary>A shape in a message.</summary>
    public static string TextOf(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape.Take(MostShown))}{(shape.Count > MostShown ? ", …" : "")}]";

    public ProblemException Refuse(string what) => Refusal.Exception(400, $"Input \"{Echo.Cut(Name)}\": {what}");
}
